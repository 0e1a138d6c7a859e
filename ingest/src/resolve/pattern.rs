//! An ARN format of a resource type, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`: matched and filled.

use super::arn::{Arn, Head};
use super::place::Place;

/// Alternatives tried before a match is given up; hostile ARNs only.
const STEPS: u32 = 4_096;

/// Colons before the account of an ARN; an account elsewhere is one that the request names.
const ACCOUNT: usize = 4;

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
    /// The same cut behind the account, if it begins as most do.
    cut: Option<Cut>,
}

/// A format's beginning, and its parts behind that.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cut {
    head: Head,
    tail: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Text(Box<str>),
    Partition,
    Region,
    Account,
    Variable { index: usize, reach: Reach },
}

impl Part {
    /// Holds anything at the end of a format that is matched loosely.
    fn may_reach_on(&self) -> bool {
        matches!(
            self,
            Part::Variable {
                reach: Reach::Segment,
                ..
            }
        )
    }
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
        let (parts, variables) = parts(format, 0);
        let cut = Head::parse(format).map(|(head, tail)| Cut {
            head,
            tail: self::parts(tail, ACCOUNT + 1).0,
        });
        (ArnPattern { parts, cut }, variables)
    }

    /// Whether a concrete ARN is of this format.
    pub(crate) fn matches(&self, arn: Arn<'_>, fit: Fit) -> bool {
        let mut steps = STEPS;
        match &self.cut {
            Some(cut) => cut.head.fits(&arn) && matches(&cut.tail, arn.tail, fit, &mut steps),
            None => matches(&self.parts, arn.text, fit, &mut steps),
        }
    }

    /// Whether it matters how closely an ARN must fit.
    pub(crate) fn can_be_loose(&self) -> bool {
        self.parts.last().is_some_and(Part::may_reach_on)
    }

    /// The same in one piece: what [`ArnPattern::matches`] is tested against.
    #[cfg(test)]
    fn matches_slowly(&self, arn: &str, fit: Fit) -> bool {
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

/// The parts of a format or of its end, before which there are so many colons; and the names of its variables.
fn parts(format: &str, mut colons: usize) -> (Vec<Part>, Vec<&str>) {
    let (mut parts, mut variables) = (Vec::new(), Vec::new());
    let mut rest = format;
    while let Some((text, tail)) = rest.split_once("${") {
        push_text(&mut parts, text, &mut variables);
        let (name, tail) = tail.split_once('}').unwrap_or((tail, ""));
        colons += text.matches(':').count();
        parts.push(match name {
            "Account" | "AccountId" if colons == ACCOUNT => Part::Account,
            _ => variable(name, &mut variables),
        });
        rest = tail;
    }
    push_text(&mut parts, rest, &mut variables);
    (parts, variables)
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
        "Account" => return Part::Account,
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
        let loose = fit == Fit::Loose && part.may_reach_on();
        return (extent == text.len() || loose) && (!text.is_empty() || may_be_empty(part));
    };
    let least = if may_be_empty(part) { 0 } else { 1 };
    let mut ends_at = |at: usize| {
        *steps = steps.saturating_sub(1);
        let tail = text.get(at..).filter(|_| *steps > 0 && at >= least);
        tail.is_some_and(|tail| matches(rest, tail, fit, steps))
    };
    match next {
        Part::Text(next) if next.starts_with([':', '/']) && !spans(part, next) => ends_at(extent),
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
#[path = "pattern_tests.rs"]
mod tests;
