//! What may be wrapped around a record: EventBridge, `lookup-events`, CloudWatch Logs, arrays of these.

use crate::decode::{DecodeError, Decoded, Skip};
use crate::event::{Event, Text};
use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Wrappers in wrappers: how deep records are looked for.
const MAX_WRAPPING: u8 = 4;

/// What one JSON value holds.
#[derive(Debug)]
pub(crate) enum Unwrapped<'e> {
    /// An event.
    Event(&'e Event<'e>),
    /// Recognised, and of no use.
    Skipped(Skip),
    /// Not what it should be.
    Broken(DecodeError),
}

/// Members of the known wrappers.
#[derive(Deserialize)]
struct Wrapper<'a> {
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(rename = "detail-type")]
    detail_type: Option<IgnoredAny>,
    #[serde(borrow, rename = "CloudTrailEvent")]
    cloud_trail_event: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow, rename = "Records", alias = "Events", alias = "logEvents")]
    records: Option<&'a RawValue>,
    #[serde(rename = "digestS3Object")]
    digest: Option<IgnoredAny>,
}

/// Gives every record in `json` to `take`.
pub(crate) fn unwrap(json: &str, take: &mut dyn FnMut(Unwrapped<'_>)) {
    unwrap_at(json, 0, take);
}

fn unwrap_at(json: &str, depth: u8, take: &mut dyn FnMut(Unwrapped<'_>)) {
    if json.starts_with('[') && depth < MAX_WRAPPING {
        return unwrap_list(json, depth, take);
    }
    match Event::parse(json) {
        Ok(Decoded::Event(event)) => take(Unwrapped::Event(&event)),
        Ok(Decoded::Skipped(skip)) => take(Unwrapped::Skipped(skip)),
        Err(error @ DecodeError::Missing(_)) if depth < MAX_WRAPPING => {
            unwrap_object(json, depth, error, take)
        }
        Err(error) => take(Unwrapped::Broken(error)),
    }
}

/// The items of a list one after the other: a list of millions is never held.
struct Items<'t> {
    depth: u8,
    take: &'t mut dyn FnMut(Unwrapped<'_>),
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&'de RawValue>()? {
            unwrap_at(item.get(), self.depth, self.take);
        }
        Ok(())
    }
}

fn unwrap_list(json: &str, depth: u8, take: &mut dyn FnMut(Unwrapped<'_>)) {
    let mut list = serde_json::Deserializer::from_str(json);
    let items = Items {
        depth: depth + 1,
        take,
    };
    let read = list.deserialize_seq(items).and_then(|()| list.end());
    if let Err(error) = read {
        take(Unwrapped::Broken(DecodeError::Json(error)));
    }
}

/// An object that is no record itself; `error` says what it lacks.
fn unwrap_object(json: &str, depth: u8, error: DecodeError, take: &mut dyn FnMut(Unwrapped<'_>)) {
    let Ok(wrapper) = serde_json::from_str::<Wrapper<'_>>(json) else {
        return take(Unwrapped::Broken(error));
    };
    if wrapper.digest.is_some() {
        return take(Unwrapped::Skipped(Skip::Digest));
    }
    if let Some(records) = wrapper.records {
        return unwrap_at(records.get(), depth + 1, take);
    }
    if let Some(detail) = wrapper.detail {
        let other_kind = wrapper.detail_type.is_some();
        return unwrap_text(detail, depth, &mut |found| match found {
            Unwrapped::Broken(DecodeError::Missing(_)) if other_kind => {
                take(Unwrapped::Skipped(Skip::OtherEvent))
            }
            other => take(other),
        });
    }
    match wrapper.cloud_trail_event.or(wrapper.message) {
        Some(text) => unwrap_text(text, depth, take),
        None => take(Unwrapped::Broken(error)),
    }
}

/// A record as an object, or as JSON in a string.
fn unwrap_text(value: &RawValue, depth: u8, take: &mut dyn FnMut(Unwrapped<'_>)) {
    if !value.get().starts_with('"') {
        return unwrap_at(value.get(), depth + 1, take);
    }
    match serde_json::from_str::<Text<'_>>(value.get()) {
        Ok(text) if text.starts_with("CWL CONTROL MESSAGE") => {
            take(Unwrapped::Skipped(Skip::ControlMessage))
        }
        Ok(text) => unwrap_at(&text, depth + 1, take),
        Err(error) => take(Unwrapped::Broken(DecodeError::Json(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str =
        r#"{"eventTime":"2023-07-10T12:00:00Z","eventSource":"s","eventName":"n"}"#;

    fn check(json: &str, expect: &[&str]) {
        let mut found = Vec::new();
        unwrap(json, &mut |unwrapped| {
            found.push(match unwrapped {
                Unwrapped::Event(event) => event.event_name.to_string(),
                Unwrapped::Skipped(skip) => format!("{skip:?}"),
                Unwrapped::Broken(error) => error.to_string(),
            });
        });
        assert_eq!(found, expect, "{json}");
    }

    fn quoted() -> String {
        serde_json::to_string(RECORD).unwrap_or_default()
    }

    #[test]
    fn records_in_wrappers() {
        check(RECORD, &["n"]);
        check(&format!("[{RECORD},{RECORD}]"), &["n", "n"]);
        check(
            &format!(
                r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{RECORD}}}"#
            ),
            &["n"],
        );
        check(&format!(r#"{{"detail":{RECORD}}}"#), &["n"]);
        check(
            &format!(r#"{{"EventId":"x","CloudTrailEvent":{}}}"#, quoted()),
            &["n"],
        );
        check(
            &format!(r#"{{"id":"1","timestamp":1,"message":{}}}"#, quoted()),
            &["n"],
        );
        check(
            &format!(r#"{{"Records":[{RECORD},{{}}]}}"#),
            &["n", "not a CloudTrail record: `eventSource` is missing"],
        );
    }

    #[test]
    fn t9_known_and_useless() {
        check(r#"{"digestS3Object":"k","logFiles":[]}"#, &["Digest"]);
        check(
            r#"{"detail-type":"Scheduled Event","detail":{}}"#,
            &["OtherEvent"],
        );
        check(
            r#"{"id":"1","message":"CWL CONTROL MESSAGE: Checking health of destination"}"#,
            &["ControlMessage"],
        );
    }

    #[test]
    fn neither() {
        check(
            r#"{"a":{"b":1}}"#,
            &["not a CloudTrail record: `eventSource` is missing"],
        );
        check(r#"{"message":"hello"}"#, &["not a JSON record"]);
        check("7", &["not a JSON record"]);
        check("{", &["not a JSON record"]);
        let nested = format!("{}{RECORD}{}", r#"{"detail":"#.repeat(200), "}".repeat(200));
        check(
            &nested,
            &["not a CloudTrail record: `eventSource` is missing"],
        );
    }
}
