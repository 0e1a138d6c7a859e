//! An ARN format of a resource type, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`: matched and filled.

use super::place::Place;

/// Alternatives tried before a match is given up; hostile ARNs only.
const STEPS: u32 = 4_096;

/// Variables whose values hold more, or less, than one segment. Names ending in `WithPath` are paths too.
const REACHES: [(&str, Reach); 17] = [
    ("ObjectName", Reach::Any),
    ("ObjectPath", Reach::Any),
    ("FolderPath", Reach::Any),
    ("ApiSpecificResourcePath", Reach::Any),
    ("ParameterNameWithoutLeadingSlash", Reach::Path),
    ("LogGroupName", Reach::Path),
    ("LogStreamName", Reach::Path),
    ("SecretId", Reach::Path),
    ("RepositoryName", Reach::Path),
    ("ResourcePath", Reach::Path),
    ("EntityPath", Reach::Path),
    ("OidcProviderName", Reach::Path),
    ("BucketName", Reach::Closed),
    ("TableName", Reach::Closed),
    ("FunctionName", Reach::Closed),
    ("StateMachineName", Reach::Closed),
    ("ClusterName", Reach::Closed),
];

/// A parsed ARN format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArnPattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Text(Box<str>),
    Partition,
    Region,
    Account,
    Variable { index: usize, reach: Reach },
}

/// What a variable's value may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Neither `/` nor `:`, but anything at the end of a format that is matched loosely.
    Segment,
    /// Neither `/` nor `:`.
    Closed,
    /// `/`, not `:`.
    Path,
    /// Anything.
    Any,
}

/// How far a variable at the end of the format may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Only what the variable is known to hold.
    Strict,
    /// Anything, if nothing is known of the variable.
    Loose,
}

impl ArnPattern {
    /// Parses a format and gives the names of its variables, Partition, Region and Account left out.
    pub(crate) fn parse(format: &str) -> (ArnPattern, Vec<&str>) {
        let mut parts = Vec::new();
        let mut variables = Vec::new();
        let mut rest = format;
        while let Some((text, tail)) = rest.split_once("${") {
            push_text(&mut parts, text, &mut variables);
            let (name, tail) = tail.split_once('}').unwrap_or((tail, ""));
            parts.push(variable(name, &mut variables));
            rest = tail;
        }
        push_text(&mut parts, rest, &mut variables);
        (ArnPattern { parts }, variables)
    }

    /// Whether a concrete ARN is of this format.
    pub(crate) fn matches(&self, arn: &str, fit: Fit) -> bool {
        let mut steps = STEPS;
        matches(&self.parts, arn, fit, &mut steps)
    }

    /// Appends the ARN; `value` writes each variable as pattern text.
    pub(crate) fn write(
        &self,
        out: &mut String,
        place: &Place<'_>,
        value: &mut dyn FnMut(usize, &mut String),
    ) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Partition => out.push_str(place.partition),
                Part::Region => out.push_str(place.region),
                Part::Account => out.push_str(place.account),
                Part::Variable { index, .. } => value(*index, out),
            }
        }
    }
}

/// Text, a literal `*` in which becomes a variable without name.
fn push_text(parts: &mut Vec<Part>, text: &str, variables: &mut Vec<&str>) {
    let mut pieces = text.split('*');
    if let Some(first) = pieces.next().filter(|piece| !piece.is_empty()) {
        parts.push(Part::Text(first.into()));
    }
    for piece in pieces {
        parts.push(variable("", variables));
        if !piece.is_empty() {
            parts.push(Part::Text(piece.into()));
        }
    }
}

fn variable<'f>(name: &'f str, variables: &mut Vec<&'f str>) -> Part {
    match name {
        "Partition" => return Part::Partition,
        "Region" => return Part::Region,
        "Account" | "AccountId" => return Part::Account,
        _ => {}
    }
    let known = REACHES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, reach)| *reach);
    let by_name = if name.ends_with("WithPath") {
        Reach::Path
    } else {
        Reach::Segment
    };
    variables.push(name);
    Part::Variable {
        index: variables.len() - 1,
        reach: known.unwrap_or(by_name),
    }
}

fn matches(parts: &[Part], text: &str, fit: Fit, steps: &mut u32) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return text.is_empty();
    };
    if let Part::Text(expected) = part {
        let tail = text.strip_prefix(&**expected);
        return tail.is_some_and(|tail| matches(rest, tail, fit, steps));
    }
    let extent = extent(part, text);
    let Some(next) = rest.first() else {
        let loose = fit == Fit::Loose
            && matches!(
                part,
                Part::Variable {
                    reach: Reach::Segment,
                    ..
                }
            );
        return (extent == text.len() || loose) && (!text.is_empty() || may_be_empty(part));
    };
    let least = if may_be_empty(part) { 0 } else { 1 };
    let mut ends_at = |at: usize| {
        *steps = steps.saturating_sub(1);
        let tail = text.get(at..).filter(|_| *steps > 0 && at >= least);
        tail.is_some_and(|tail| matches(rest, tail, fit, steps))
    };
    match next {
        Part::Text(next)
            if next.starts_with([':', '/']) && extent < text.len() && !spans(part, next) =>
        {
            ends_at(extent)
        }
        Part::Text(next) => {
            let ends = text.match_indices(&**next).map(|(at, _)| at);
            ends.take_while(|at| *at <= extent).any(ends_at)
        }
        _ => (least..=extent).any(ends_at),
    }
}

/// How far a value may reach from the start of `text`.
fn extent(part: &Part, text: &str) -> usize {
    let end = match part {
        Part::Variable {
            reach: Reach::Any, ..
        } => None,
        Part::Variable {
            reach: Reach::Path, ..
        } => text.bytes().position(|b| b == b':'),
        _ => text.bytes().position(|b| matches!(b, b':' | b'/')),
    };
    end.unwrap_or(text.len())
}

/// Whether a value may itself hold the first character of `next`; if not, it ends where that first occurs.
fn spans(part: &Part, next: &str) -> bool {
    match part {
        Part::Variable {
            reach: Reach::Any, ..
        } => true,
        Part::Variable {
            reach: Reach::Path, ..
        } => next.starts_with('/'),
        _ => false,
    }
}

fn may_be_empty(part: &Part) -> bool {
    matches!(part, Part::Region | Part::Account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, arn: &str, strict: bool, loose: bool) {
        let (pattern, _) = ArnPattern::parse(format);
        assert_eq!(
            pattern.matches(arn, Fit::Strict),
            strict,
            "strict {format} {arn}"
        );
        assert_eq!(
            pattern.matches(arn, Fit::Loose),
            loose,
            "loose {format} {arn}"
        );
    }

    #[test]
    fn t23_bucket_and_object_are_told_apart() {
        let (bucket, object) = (
            "arn:${Partition}:s3:::${BucketName}",
            "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
        );
        check(bucket, "arn:aws:s3:::b", true, true);
        check(bucket, "arn:aws:s3:::b/k", false, false);
        check(object, "arn:aws:s3:::b", false, false);
        check(object, "arn:aws-cn:s3:::b/a/b:c", true, true);
        check(object, "arn:aws:s3:::b/", false, false);
    }

    #[test]
    fn a_type_does_not_swallow_its_children() {
        let table = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}";
        check(
            table,
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            true,
            true,
        );
        check(
            table,
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2020",
            false,
            false,
        );
        let group = "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}";
        check(
            group,
            "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f",
            true,
            true,
        );
        check(
            group,
            "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:s",
            false,
            false,
        );
    }

    #[test]
    fn a_name_with_slashes_is_taken_loosely() {
        let topic = "arn:${Partition}:iot:${Region}:${Account}:topic/${TopicName}";
        check(
            topic,
            "arn:aws:iot:eu-west-1:111122223333:topic/a/b",
            false,
            true,
        );
        let document = "arn:${Partition}:ssm:${Region}:${Account}:document/${DocumentName}";
        check(
            document,
            "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript",
            true,
            true,
        );
        let role = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";
        check(role, "arn:aws:iam::111122223333:role/a/b/c", true, true);
    }

    #[test]
    fn hostile_arns_end() {
        let format = "arn:${A}-${B}-${C}-${D}-${E}-${F}x";
        check(format, &format!("arn:{}", "-".repeat(10_000)), false, false);
    }
}
