//! Outlooks: what proposals for one role share changes none of them.

use super::{ACCOUNT, MANAGEMENT, ROLE_ID, dump, header, policy, used};
use iam::catalogue::Catalogue;
use iam::usage::{Outcome, Usage};
use leastwise_generate::{Config, Outlook, Standing, parse_current};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Puts parts of the rows to a role with these statements, with and without what is shared.
fn check(statements: &Value) {
    let text = dump(&policy(statements)).to_string();
    let current = [parse_current(text.as_bytes(), "dump.json").unwrap()];
    let config = Config::new(PathBuf::new());
    let header = header(&MANAGEMENT);
    let outlook = Outlook::new(&header, &current, &config, Catalogue::embedded()).unwrap();
    let role = outlook.role(&format!("arn:aws:iam::{ACCOUNT}:role/app/web"), ROLE_ID);
    assert!(role.is_some());
    let standing = outlook.standing(role);
    let denied = Usage {
        outcome: Outcome::Denied,
        ..used(
            "ec2:RunInstances",
            &["arn:aws:ec2:eu-west-1:111122223333:instance/*"],
        )
    };
    let rows = [
        used("s3:GetObject", &["arn:aws:s3:::b/one"]),
        used("s3:ListBucket", &["arn:aws:s3:::b"]),
        used("odd:Thing", &[]),
        used("ec2:DescribeInstances", &[]),
        denied,
    ];
    for part in [0, 0b1, 0b11110, 0b10101] {
        let some = rows
            .iter()
            .enumerate()
            .filter(|(at, _)| part >> at & 1 == 1);
        let some: Vec<Usage> = some.map(|(_, row)| row.clone()).collect();
        let shared = outlook.propose(role, &some, &standing);
        let alone = outlook.propose(role, &some, &Standing::default());
        assert_eq!(shared, alone, "{statements} {some:?}");
    }
}

#[test]
fn what_is_shared_changes_nothing() {
    let all = |actions: Value| json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    check(&json!([all(json!(["s3:*", "ec2:*"]))]));
    check(&json!([
        all(json!("s3:Get*")),
        all(json!(["s3:GetObject", "ec2:Run*"]))
    ]));
    check(&json!([all(json!([
        "odd:Thing",
        "ODD:thing",
        "odd:*",
        "iam:PassRole"
    ]))]));
    check(
        &json!([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}]),
    );
    check(
        &json!([{"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]},
        {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::c*"}]),
    );
}
