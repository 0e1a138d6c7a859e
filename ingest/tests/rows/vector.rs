//! A vector: a record, cut down to what matters, and what it exercises. One line each of `vectors.jsonl`.

use iam::catalogue::Catalogue;
use iam::catalogue::event::norm;
use iam::usage::Via;
use leastwise_ingest::{Access, Decoded, Event, Resolution, Resolver, outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fmt;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rows/vectors.jsonl");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vector {
    /// Event source without `.amazonaws.com`.
    source: String,
    /// Event name as logged.
    pub(crate) name: String,
    /// Members of the record, in place of the standard ones.
    record: Map<String, Value>,
    /// `action resource`, with the way it came about unless that is direct; or the reason why there is none.
    #[serde(default)]
    pub(crate) accesses: Vec<String>,
}

pub(crate) fn vectors() -> Vec<Vector> {
    let text = std::fs::read_to_string(PATH).unwrap();
    let vectors = text.lines().map(|line| serde_json::from_str(line).unwrap());
    vectors.collect()
}

/// Writes the vectors with what they exercise today.
pub(crate) fn bless(vectors: &[Vector]) {
    let lines = vectors.iter().map(|vector| {
        let accesses = vector.resolve();
        let line = serde_json::to_string(&Vector {
            accesses,
            ..vector.clone()
        });
        line.unwrap() + "\n"
    });
    std::fs::write(PATH, lines.collect::<String>()).unwrap();
}

impl Vector {
    pub(crate) fn event_source(&self) -> String {
        format!("{}.amazonaws.com", self.source)
    }

    /// The event name without API date.
    pub(crate) fn call(&self) -> &str {
        let name = self.name.split("20").next().unwrap();
        if name.is_empty() { &self.name } else { name }
    }

    /// Whether a row for this event source and name (or `*`) is about the vector.
    pub(crate) fn is(&self, event_source: &str, event_name: &str) -> bool {
        event_source == self.event_source()
            && (event_name == "*" || event_name.eq_ignore_ascii_case(self.call()))
    }

    pub(crate) fn event_type(&self) -> Option<&str> {
        match self.record.get("eventType") {
            None => Some("AwsApiCall"),
            Some(kind) => kind.as_str(),
        }
    }

    /// Whether the action is among the accesses.
    pub(crate) fn has(&self, action: &str) -> bool {
        let mut accesses = self.accesses.iter();
        accesses.any(|access| access.split(' ').next() == Some(action))
    }

    /// Whether a path (`a.b[].c`, `*` for any member at any depth) leads to a value in the request.
    pub(crate) fn leads(&self, path: &str) -> bool {
        let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
        let parameters = self.record.get("requestParameters");
        parameters.is_some_and(|value| leads(value, &steps))
    }

    pub(crate) fn resolve(&self) -> Vec<String> {
        let record = self.full().to_string();
        let Decoded::Event(event) = Event::parse(&record).unwrap() else {
            return vec!["skipped".to_owned()];
        };
        match Resolver::new(Catalogue::embedded()).resolve(&event, outcome(&event)) {
            Resolution::None(reason) => vec![reason.to_string()],
            Resolution::Accesses(accesses) => accesses.iter().map(text).collect(),
        }
    }

    fn full(&self) -> Value {
        let mut record = json!({
            "eventVersion": "1.09", "eventTime": "2026-11-01T10:00:00Z", "eventID": "e-1",
            "eventType": "AwsApiCall", "eventSource": self.event_source(), "eventName": self.name,
            "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "userIdentity": {
                "type": "AssumedRole", "accountId": "111122223333",
                "arn": "arn:aws:sts::111122223333:assumed-role/app/s",
            },
        });
        record.as_object_mut().unwrap().extend(self.record.clone());
        record
    }
}

fn leads(value: &Value, steps: &[String]) -> bool {
    if let Value::Array(elements) = value {
        return elements.iter().any(|element| leads(element, steps));
    }
    let Some((first, rest)) = steps.split_first() else {
        return !value.is_null();
    };
    let mut members = value.as_object().into_iter().flatten();
    match first.trim_end_matches("[]") {
        "*" => members.any(|(_, member)| leads(member, rest) || leads(member, steps)),
        name => members.any(|(key, member)| norm(key) == norm(name) && leads(member, rest)),
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source, self.name)
    }
}

/// A role behind a carrier is `? of` it, a resource that the record does not name `?`.
fn text(access: Access<'_>) -> String {
    let action = Catalogue::embedded().get(access.action).unwrap().name();
    let resource = match (access.resource, access.template) {
        (Some(resource), _) => resource.to_owned(),
        (None, Some(carrier)) => format!("? of {carrier}"),
        (None, None) => "?".to_owned(),
    };
    let via = match access.via {
        Via::Direct => "",
        Via::PassedRole => " (passed role)",
        Via::Forwarded => " (forwarded)",
        Via::Inferred => " (inferred)",
    };
    format!("{action} {resource}{via}")
}
