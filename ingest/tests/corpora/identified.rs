//! What a record spells of the resources of an action, judged by names and ARN formats alone: no template, no table of
//! the resolver is asked.

use std::collections::BTreeMap;

use iam::catalogue::Action;
use iam::catalogue::event::norm;
use leastwise_ingest::Event;
use serde_json::Value;

/// Names of ARN variables that say nothing without their type.
const GENERIC: [&str; 9] = [
    "id",
    "name",
    "identifier",
    "arn",
    "resource",
    "resourceid",
    "resourcename",
    "resourceidentifier",
    "resourcetype",
];
const PLACES: [&str; 4] = ["partition", "region", "account", "accountid"];
const ENDINGS: [&str; 9] = [
    "",
    "s",
    "id",
    "ids",
    "name",
    "names",
    "arn",
    "arns",
    "identifier",
];

/// Parameter (or `resources[]`) → the part of its value that an ARN of the resource must hold.
pub(crate) fn identified(event: &Event<'_>, action: Action<'_>) -> BTreeMap<String, String> {
    let mut leaves = Vec::new();
    if let Some(parameters) = event.request_parameters {
        let value: Value = serde_json::from_str(parameters.get()).unwrap_or_default();
        walk("", &value, &mut leaves);
    }
    for arn in event
        .resources
        .iter()
        .filter_map(|entry| entry.arn.as_deref())
    {
        leaves.push(("resources[]".to_owned(), arn.to_owned()));
    }
    let types: Vec<Type> = action
        .resources()
        .map(|(kind, _)| Type::new(kind.name(), kind.arns()))
        .collect();
    let spells = |(key, value): &(String, String)| {
        let is = |kind: &Type| match value.strip_prefix("arn:") {
            Some(_) => kind.formats.iter().any(|format| matches(format, value)),
            None => kind.names.contains(&norm(key)),
        };
        types.iter().any(is)
    };
    leaves.retain(spells);
    let kept = leaves.into_iter().map(|(key, value)| {
        let part = part(&value);
        (key, part)
    });
    kept.filter(|(_, part)| !part.is_empty()).collect()
}

/// A resource type: the names that a parameter for it has, and its ARN formats.
struct Type {
    names: Vec<String>,
    formats: Vec<String>,
}

impl Type {
    fn new<'a>(name: &str, formats: impl Iterator<Item = &'a str>) -> Self {
        let formats: Vec<String> = formats.map(str::to_owned).collect();
        let variables = formats.iter().flat_map(|format| format.split("${").skip(1));
        let variables = variables
            .filter_map(|rest| rest.split('}').next())
            .map(norm);
        let variables =
            variables.filter(|name| !GENERIC.contains(&&**name) && !PLACES.contains(&&**name));
        let own = ENDINGS.iter().map(|ending| norm(name) + ending);
        Self {
            names: own.chain(variables).collect(),
            formats,
        }
    }
}

/// Whether an ARN looks like the format: the same service, the same words between its variables.
fn matches(format: &str, arn: &str) -> bool {
    let (format, arn): (Vec<&str>, Vec<&str>) = (
        format.splitn(6, ':').collect(),
        arn.splitn(6, ':').collect(),
    );
    let ([_, _, service, _, _, format], [_, _, of, _, _, arn]) = (&format[..], &arn[..]) else {
        return false;
    };
    let words = |text: &str| {
        text.split(['/', ':'])
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (wanted, found) = (words(format), words(arn));
    let several = wanted.len() > 1;
    (service == of || service.contains("${"))
        && (found.len() == wanted.len() || (several && found.len() > wanted.len()))
        && wanted
            .iter()
            .zip(&found)
            .all(|(wanted, found)| wanted.contains(['$', '*']) || wanted == found)
}

fn walk(key: &str, value: &Value, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(key, member)| walk(key, member, leaves)),
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| walk(key, element, leaves)),
        Value::String(text) if !text.starts_with("HIDDEN_DUE") => {
            leaves.push((key.to_owned(), text.clone()));
        }
        Value::Number(number) => leaves.push((key.to_owned(), number.to_string())),
        _ => {}
    }
}

/// The last name in a value: `k` of `a/k`, `f` of `…:function:f`.
fn part(value: &str) -> String {
    let name = value.trim_end_matches(":*").trim_end_matches('/');
    let name = name.rsplit(['/', ':']).next().unwrap_or_default();
    let plain = |c: &char| !matches!(c, '*' | '?' | '$') && ('\u{20}'..='\u{ff}').contains(c);
    name.chars().take_while(plain).collect()
}
