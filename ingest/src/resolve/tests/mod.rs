//! Events of our own making, and what they exercise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod data;
mod management;
mod outcome;
mod passing;

use super::*;
use crate::access::Access;
use crate::decode::Decoded;
use iam::usage::Via;

/// A record of role `app` in eu-west-1 with the members given; later ones win over the standard ones.
fn record(source: &str, name: &str, members: &str) -> String {
    let mut record: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&format!(
        r#"{{"eventVersion": "1.08", "eventTime": "2026-11-01T10:00:00Z", "eventID": "e-1", "eventType": "AwsApiCall",
            "eventSource": "{source}.amazonaws.com", "eventName": "{name}", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333",
            "userIdentity": {{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/app/s",
                              "accountId": "111122223333"}}}}"#
    ))
    .unwrap();
    let more: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&format!("{{{members}}}")).unwrap();
    record.extend(more);
    serde_json::to_string(&record).unwrap()
}

/// `s3:GetObject arn:aws:s3:::b/k`, with the via if it is not direct; `?` for an unknown resource, `? of …` for the role
/// of a carrier.
fn lines(record: &str, outcome: Outcome) -> Vec<String> {
    let Decoded::Event(event) = Event::parse(record).unwrap() else {
        panic!("skipped")
    };
    match Resolver::new(Catalogue::embedded()).resolve(&event, outcome) {
        Resolution::None(reason) => vec![reason.to_string()],
        Resolution::Accesses(accesses) => accesses.iter().map(line).collect(),
    }
}

fn line(access: Access<'_>) -> String {
    let (resource, carried) = match (access.resource, access.template) {
        (None, Some(carrier)) => ("? of ", carrier),
        (None, None) => ("?", ""),
        (Some(resource), masked) => {
            assert_eq!(masked, Some(&*template::tests::template(resource)));
            (resource, "")
        }
    };
    let action = Catalogue::embedded().get(access.action).unwrap().name();
    let via = match access.via {
        Via::Direct => "",
        Via::PassedRole => " (passed role)",
        Via::Forwarded => " (forwarded)",
        Via::Inferred => " (inferred)",
    };
    format!("{action} {resource}{carried}{via}")
}

/// Checks an allowed call with these request parameters.
#[track_caller]
fn check(source: &str, name: &str, parameters: &str, expect: &[&str]) {
    check_record(
        &record(
            source,
            name,
            &format!(r#""requestParameters": {parameters}"#),
        ),
        expect,
    );
}

#[track_caller]
fn check_record(record: &str, expect: &[&str]) {
    assert_eq!(lines(record, Outcome::Allowed), expect, "{record}");
}
