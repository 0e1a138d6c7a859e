//! Reading and printing policy documents.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code")]

use super::Policy;
use proptest::prelude::*;

fn refused(text: &str, expect: &str) {
    let error = Policy::parse(text).expect_err(text);
    assert_eq!(error.to_string(), expect);
}

#[test]
fn a_policy_prints_as_it_was_written() {
    let text = r#"{
  "Version": "2012-10-17",
  "Statement": {
    "Sid": "One",
    "Effect": "Allow",
    "NotAction": "iam:*",
    "Resource": [
      "arn:aws:s3:::b/*"
    ],
    "Condition": {
      "NumericLessThan": {
        "aws:MultiFactorAuthAge": 3600
      },
      "Bool": {
        "aws:SecureTransport": true
      }
    }
  }
}
"#;
    assert_eq!(Policy::parse(text).unwrap().to_json(), text);
}

#[test]
fn errors_say_where() {
    refused(
        "{\"Statement\": [\n {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\", \"Ressource\": 1}]}",
        "line 2, column 64: unknown field `Ressource`, expected one of `Sid`, `Effect`, `Principal`, \
         `NotPrincipal`, `Action`, `NotAction`, `Resource`, `NotResource`, `Condition`",
    );
    refused(
        r#"{"Statement": {"Effect": "Allow", "Effect": "Deny"}}"#,
        "line 1, column 42: duplicate field `Effect`",
    );
    refused(
        r#"{"Statement": {"Effect": "Permit", "Action": "*"}}"#,
        "line 1, column 33: Effect is `Permit`, not Allow or Deny",
    );
    refused(
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*"}}"#,
        "line 1, column 66: a statement has `Action` or `NotAction`, not both",
    );
    refused(
        r#"{"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"Bool": {"a": "1", "a": "2"}}}}"#,
        "line 1, column 84: `a` is there twice",
    );
    refused("{}", "line 1, column 2: missing field `Statement`");
    refused(
        "{\"Version\": \"2012-10-18\", \"Statement\": []}",
        "line 1, column 24: unknown Version `2012-10-18`",
    );
    for element in [
        "Sid",
        "Principal",
        "NotPrincipal",
        "NotAction",
        "Resource",
        "NotResource",
    ] {
        let text = format!(r#"{{"Statement": {{"Effect": "Deny", "{element}": null}}}}"#);
        Policy::parse(&text).expect_err(element);
    }
    refused(
        r#"{"Statement": {"Effect": "Deny", "Action": "*", "Principal": 7}}"#,
        "line 1, column 62: invalid type: integer `7`, expected \"*\" or an object such as {\"AWS\": …}",
    );
}

#[test]
fn hostile_documents_are_refused_not_followed() {
    let deep = format!(
        r#"{{"Statement": {}{}}}"#,
        "[".repeat(9_000),
        "]".repeat(9_000)
    );
    Policy::parse(&deep).expect_err("too deep");
    let value = format!(r#"{{"a": {}1{}}}"#, "[".repeat(9_000), "]".repeat(9_000));
    let text = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"Bool": "#;
    Policy::parse(&format!("{text}{value}}}}}")).expect_err("too deep in a condition");
    let long = format!(r#"{{"Statement": [], "Id": "{}"}}"#, "x".repeat(2 << 20));
    Policy::parse(&long).expect_err("too long");
}

prop_compose! {
    fn names()(items in prop::collection::vec("[a-z]{1,3}:[A-Z*?]{1,4}", 1..3)) -> String {
        if items.len() == 1 { format!("{:?}", items.concat()) } else { format!("{items:?}") }
    }
}

proptest! {
    #[test]
    fn printing_is_the_inverse_of_reading(action in names(), resource in names(), deny: bool, not: bool, sid in "[A-Za-z0-9]{0,8}") {
        let effect = if deny { "Deny" } else { "Allow" };
        let element = if not { "NotAction" } else { "Action" };
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"{effect}","{element}":{action},"Resource":{resource},"Condition":{{"StringLike":{{"aws:x":["a","b"],"y":1}}}}}}]}}"#
        );
        let policy = Policy::parse(&text).unwrap();
        prop_assert_eq!(Policy::parse(&policy.to_json()).unwrap(), policy.clone());
        prop_assert_eq!(policy.size(), text.replace(", ", ",").len());
    }
}
