//! Checks of the record decoder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use super::Event;
use crate::decode::{DecodeError, Decoded, Skip};
use std::borrow::Cow;

const BASE: &str = r#""eventTime":"2023-07-10T12:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject""#;

fn record(members: &str) -> String {
    format!(
        "{{{BASE}{}{members}}}",
        if members.is_empty() { "" } else { "," }
    )
}

fn check(members: &str, expect: impl FnOnce(Event<'_>)) {
    let json = record(members);
    match Event::parse(&json).unwrap() {
        Decoded::Event(event) => expect(*event),
        Decoded::Skipped(skip) => panic!("skipped: {skip:?}"),
    }
}

#[test]
fn t1_versions_are_compared_as_integers() {
    for version in ["1.0", "1.05", "1.10", "1.11", "1.99"] {
        check(&format!(r#""eventVersion":"{version}""#), |event| {
            assert_eq!(event.event_version.unwrap(), version);
        });
    }
    for version in ["2.0", "10.1", "0.9", "1.x", ""] {
        let json = record(&format!(r#""eventVersion":"{version}""#));
        assert!(
            matches!(Event::parse(&json), Err(DecodeError::Version(_))),
            "{version}"
        );
    }
}

#[test]
fn t3_null_and_absent_parameters_are_alike() {
    check(r#""requestParameters":null"#, |event| {
        assert!(event.request_parameters.is_none())
    });
    check("", |event| assert!(event.request_parameters.is_none()));
    check(r#""requestParameters":{"a":1}"#, |event| {
        assert_eq!(event.request_parameters.unwrap().get(), r#"{"a":1}"#);
    });
}

#[test]
fn t4_read_only_in_three_forms() {
    for (json, expect) in [
        ("true", Some(true)),
        (r#""true""#, Some(true)),
        (r#""False""#, Some(false)),
        ("null", None),
        ("[1]", None),
    ] {
        check(&format!(r#""readOnly":{json}"#), |event| {
            assert_eq!(event.read_only, expect)
        });
    }
}

#[test]
fn t9_other_kinds_are_skipped() {
    for (json, expect) in [
        (
            r#"{"eventCategory":"Aggregated","eventId":"x","timeWindow":{}}"#,
            Skip::Aggregated,
        ),
        (
            r#"{"eventType":"AwsCloudTrailInsight","eventVersion":"9.0"}"#,
            Skip::Insight,
        ),
    ] {
        let Decoded::Skipped(skip) = Event::parse(json).unwrap() else {
            panic!("an event: {json}")
        };
        assert_eq!(skip, expect);
    }
}

#[test]
fn t16_identity_without_type() {
    check(
        r#""userIdentity":{"accountId":"111122223333","invokedBy":"AWS Internal"}"#,
        |event| {
            assert!(event.user_identity.identity_type.is_none());
            assert_eq!(event.user_identity.invoked_by.unwrap(), "AWS Internal");
        },
    );
}

#[test]
fn t22_resource_entries_in_all_shapes() {
    check(
        r#""resources":[{"ARN":"arn:aws:s3:::b/k","type":"AWS::S3::Object"},
            {"ARNPrefix":"arn:aws:s3:::b/","type":"AWS::S3::Object"},
            {"ARN":"arn:aws:ssm:::x","accountId":"1"}, "stray", null]"#,
        |event| {
            assert_eq!(event.resources.len(), 3);
            assert_eq!(
                event.resources[1].arn_prefix.as_deref(),
                Some("arn:aws:s3:::b/")
            );
            assert!(event.resources[0].account_id.is_none());
            assert!(event.resources[2].resource_type.is_none());
        },
    );
}

#[test]
fn unexpected_types_count_as_absent() {
    check(
        r#""userIdentity":"me","resources":{"a":[1]},"addendum":[],"errorCode":{"x":1},"recipientAccountId":111122223333"#,
        |event| {
            assert!(event.user_identity.arn.is_none());
            assert!(event.resources.is_empty());
            assert!(event.addendum.is_none());
            assert!(event.error_code.is_none());
            assert_eq!(event.recipient_account_id.unwrap(), "111122223333");
        },
    );
}

#[test]
fn text_borrows_unless_escaped() {
    check(r#""userAgent":"aws-cli","errorMessage":"a\nb""#, |event| {
        assert!(matches!(
            event.user_agent.unwrap().0,
            Cow::Borrowed("aws-cli")
        ));
        assert!(matches!(event.error_message.unwrap().0, Cow::Owned(text) if text == "a\nb"));
    });
}

#[test]
fn depth_does_not_overflow_the_stack() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for member in [
        "requestParameters",
        "responseElements",
        "userIdentity",
        "resources",
        "errorCode",
    ] {
        let json = record(&format!(r#""{member}":{deep}"#));
        // An error or an event, never a crash.
        let _ = Event::parse(&json);
    }
    assert!(Event::parse(&deep).is_err());
}

#[test]
fn records_that_are_none() {
    for json in [
        "{}",
        "[]",
        "1",
        "\"x\"",
        r#"{"eventSource":"s3.amazonaws.com"}"#,
        "{",
    ] {
        assert!(Event::parse(json).is_err(), "{json}");
    }
}
