//! Places: what holds a resource (bucket, log group, cluster …), and the part of its name below that.
//!
//! Only that part may become a wildcard. What identifies a thing of its own (a bucket, a table, a key, a role …) and what
//! comes before it in the ARN (partition, region, account) is never crossed.

use iam::catalogue::Catalogue;
use std::collections::BTreeMap;

/// Variables that identify a thing of its own, by their name in the catalogue's ARNs without `Name` and `Id`.
const IDENTITIES: [&str; 21] = [
    "account",
    "bucket",
    "cluster",
    "database",
    "db",
    "domain",
    "function",
    "group",
    "key",
    "policy",
    "profile",
    "queue",
    "region",
    "repository",
    "role",
    "schema",
    "secret",
    "stream",
    "table",
    "topic",
    "user",
];

/// Resource types whose single variable holds a path: service and type as in the ARN, and what divides container and rest.
const PATHS: [(&str, &str, char); 3] = [
    ("codebuild", "build/", ':'),
    ("codebuild", "report/", ':'),
    ("ssm", "parameter/", '/'),
];

/// Resource types that get a new machine-made name each time: service and the type's literal before the name.
const EPHEMERAL: [(&str, &str); 6] = [
    ("cloudformation", "stack/"),
    ("codebuild", "build/"),
    ("codebuild", "report/"),
    ("ecs", "task/"),
    ("logs", ":log-stream:"),
    ("states", "execution:"),
];

/// The resource types of the catalogue, by the service that their ARNs name.
#[derive(Debug)]
pub(crate) struct Places {
    by_service: BTreeMap<String, Vec<Form>>,
}

/// What follows the account in the ARNs of a resource type.
#[derive(Debug)]
struct Form {
    /// Text, then the variable after it.
    parts: Vec<(String, String)>,
    /// Text after the last variable.
    end: String,
    /// Characters that are no variable: of two forms that match, the one with more is the closer.
    weight: usize,
    /// The last variable may become a wildcard, whatever follows it.
    free_type: bool,
}

/// Where a resource stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'r> {
    /// Up to the part that may become a wildcard.
    pub(crate) container: &'r str,
    /// That part.
    pub(crate) leaf: &'r str,
    /// Things here get a new name each time.
    pub(crate) ephemeral: bool,
}

impl Places {
    /// The resource types of a catalogue.
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let mut by_service: BTreeMap<String, Vec<Form>> = BTreeMap::new();
        for arn in catalogue.resource_types().flat_map(|kind| kind.arns()) {
            let mut parts = arn.splitn(6, ':').skip(2);
            if let (Some(service), Some(rest)) = (parts.next(), parts.nth(2)) {
                let forms = by_service.entry(service.to_owned()).or_default();
                forms.push(Form::new(rest));
            }
        }
        for forms in by_service.values_mut() {
            forms.sort_by_key(|form| std::cmp::Reverse(form.weight));
        }
        Self { by_service }
    }

    /// The place of a resource pattern; none when nothing of it may become a wildcard.
    pub(crate) fn of<'r>(&self, resource: &'r str) -> Option<Place<'r>> {
        let (service, rest) = service_and_rest(resource)?;
        let mut forms = self.by_service.get(service)?.iter();
        let (form, starts) = forms.find_map(|form| Some((form, form.starts(rest)?)))?;
        let leaf = match starts.as_slice() {
            [] => return None,
            [only] => *only + below(service, rest)?,
            [.., last] if form.is_free() => *last,
            _ => return None,
        };
        let at = resource.len() - rest.len() + leaf;
        let (container, leaf) = resource.split_at_checked(at)?;
        let known = |(of, text): &(&str, &str)| *of == service && container.contains(text);
        (!leaf.is_empty()).then_some(Place {
            container,
            leaf,
            ephemeral: EPHEMERAL.iter().any(known),
        })
    }

    /// Up to the name of a thing that is one of many of its type in the account and region, such as an instance.
    pub(crate) fn of_type<'r>(&self, resource: &'r str) -> Option<&'r str> {
        let (service, rest) = service_and_rest(resource)?;
        let mut forms = self.by_service.get(service)?.iter();
        let (form, starts) = forms.find_map(|form| Some((form, form.starts(rest)?)))?;
        let [only] = starts.as_slice() else {
            return None;
        };
        let literal = rest.get(..*only).is_some_and(|text| !text.is_empty());
        let at = resource.len() - rest.len() + only;
        resource.get(..at).filter(|_| literal && form.free_type)
    }
}

fn service_and_rest(resource: &str) -> Option<(&str, &str)> {
    let mut parts = resource.splitn(6, ':');
    let service = parts.by_ref().nth(2)?;
    Some((service, parts.nth(2)?))
}

/// Where the part below the container begins in the single variable, counted from the variable's start.
fn below(service: &str, rest: &str) -> Option<usize> {
    let mut paths = PATHS.iter().filter(|(of, _, _)| *of == service);
    paths.find_map(|(_, before, divider)| {
        let name = rest.strip_prefix(before)?;
        name.find(*divider).map(|at| at + divider.len_utf8())
    })
}

impl Form {
    /// `log-group:${LogGroupName}:log-stream:${LogStreamName}`.
    fn new(rest: &str) -> Self {
        let (mut parts, mut left) = (Vec::new(), rest);
        while let Some((before, after)) = left.split_once("${") {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            parts.push((before.to_owned(), name.to_owned()));
            left = after;
        }
        let weight = parts.iter().map(|(text, _)| text.len()).sum::<usize>() + left.len();
        Self {
            free_type: parts.last().is_some_and(|(_, name)| !is_identity(name)),
            parts,
            end: left.to_owned(),
            weight,
        }
    }

    /// Where each variable starts, when the text is of this form; each is as short as can be.
    fn starts(&self, rest: &str) -> Option<Vec<usize>> {
        let rest = rest.strip_suffix(self.end.as_str())?;
        let (mut at, mut starts) = (0, Vec::new());
        for (before, _) in &self.parts {
            let ahead = rest.get(at..)?;
            let found = match starts.is_empty() {
                true => ahead.starts_with(before.as_str()).then_some(0)?,
                // a variable holds at least one character
                false => {
                    let first = ahead.chars().next()?.len_utf8();
                    first + position(ahead.get(first..)?, before)?
                }
            };
            at += found + before.len();
            starts.push(at);
        }
        (at < rest.len()).then_some(starts)
    }

    /// Whether the last variable may become a wildcard.
    fn is_free(&self) -> bool {
        self.end.is_empty() && self.free_type
    }
}

/// Where a text first stands in another; mostly it is a single divider.
fn position(text: &str, wanted: &str) -> Option<usize> {
    match wanted.as_bytes() {
        [only] => text.bytes().position(|b| b == *only),
        _ => text.find(wanted),
    }
}

/// Whether a variable identifies a thing of its own.
fn is_identity(variable: &str) -> bool {
    let name = variable.to_ascii_lowercase();
    let rest = |identity: &&str| name.strip_prefix(*identity);
    let mut rests = IDENTITIES.iter().filter_map(rest);
    rests.any(|rest| rest.is_empty() || rest.starts_with("name") || rest == "id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_resource() {
        let places = Places::new(Catalogue::embedded());
        let check = |resource: &str, leaf: Option<&str>| {
            assert_eq!(
                places.of(resource).map(|place| place.leaf),
                leaf,
                "{resource}"
            );
        };
        check("arn:aws:s3:::b/a/c.txt", Some("a/c.txt"));
        check("arn:aws:s3:::b", None);
        check("arn:aws:s3:::b/", None);
        let at = "eu-west-1:111122223333";
        check(
            &format!("arn:aws:logs:{at}:log-group:/aws/lambda/f:log-stream:2026/[${{$}}LATEST]x"),
            Some("2026/[${$}LATEST]x"),
        );
        check(&format!("arn:aws:logs:{at}:log-group:/aws/lambda/f"), None);
        check(&format!("arn:aws:kms:{at}:key/1234abcd"), None);
        check(&format!("arn:aws:dynamodb:{at}:table/t"), None);
        check(&format!("arn:aws:dynamodb:{at}:table/t/index/i"), Some("i"));
        check(&format!("arn:aws:glue:{at}:table/lake/orders"), None);
        check(&format!("arn:aws:sqs:{at}:q"), None);
        check(&format!("arn:aws:lambda:{at}:function:f"), None);
        check(&format!("arn:aws:ec2:{at}:instance/i-1"), None);
        check(
            &format!("arn:aws:ssm:{at}:parameter/app/db/url"),
            Some("db/url"),
        );
        check(&format!("arn:aws:ssm:{at}:parameter/app"), None);
        check(
            &format!("arn:aws:codebuild:{at}:build/orders:1-2"),
            Some("1-2"),
        );
        check("arn:aws:iam::111122223333:role/app/web", None);
        check("*", None);
    }

    #[test]
    fn what_is_one_of_many() {
        let places = Places::new(Catalogue::embedded());
        let check = |resource: &str, expect: Option<&str>| {
            assert_eq!(places.of_type(resource), expect, "{resource}");
        };
        let head = "arn:aws:ec2:eu-west-1:111122223333:volume/";
        check(&format!("{head}vol-1"), Some(head));
        check("arn:aws:s3:::b", None);
        check("arn:aws:kms:eu-west-1:111122223333:key/1", None);
        check("arn:aws:iam::111122223333:role/x", None);
    }
}
