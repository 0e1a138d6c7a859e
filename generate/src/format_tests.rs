//! What the formats write of one proposal, hostile text included.
#![allow(clippy::unwrap_used, reason = "test code")]

use super::*;
use serde_json::json;

const FORMATS: [Format; 4] = [
    Format::Terraform,
    Format::CloudFormation,
    Format::Cdk,
    Format::Cli,
];

fn policy() -> Policy {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/${aws:username}/%{x}/\"'\\ \u{7f}$(id)`"},
        {"Effect": "Deny", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::c/*"], "Condition": {"StringLike": {"aws:PrincipalTag/team": ["a", "b"]}, "Bool": {"aws:SecureTransport": "false"}}}]});
    Policy::parse(&document.to_string()).unwrap()
}

fn proposal(documents: &[Policy]) -> Proposal<'_> {
    Proposal {
        account: "111122223333",
        role: "web_front-1",
        partition: "aws",
        kind: Kind::Policy,
        documents,
        files: vec!["policy.json".to_owned()],
        current: None,
        inline: false,
    }
}

#[test]
fn as_written() {
    let documents = [policy()];
    let proposal = proposal(&documents);
    let mut all = String::new();
    for (name, text) in FORMATS.iter().flat_map(|f| proposal.files(*f).unwrap()) {
        all.push_str(&format!("== {name}\n{text}"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_name_that_iam_never_gave_is_not_written() {
    let documents = [policy()];
    for role in ["a'; rm -rf", "a\nb", "", "\u{202e}x"] {
        let proposal = Proposal {
            role,
            ..proposal(&documents)
        };
        for format in FORMATS {
            assert!(proposal.files(format).is_err(), "{role:?} {format:?}");
        }
    }
}
