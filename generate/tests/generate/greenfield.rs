//! Roles of which only the usage is known.

use crate::{header, run, used};
use iam::usage::Outcome;
use leastwise_generate::Status;
use serde_json::json;

#[test]
fn what_was_used_and_no_more() {
    let mut denied = used("iam:CreateUser", &["arn:aws:iam::111122223333:user/x"]);
    denied.outcome = Outcome::Denied;
    let rows = [
        denied,
        used("s3:GetObject", &["arn:aws:s3:::b/a"]),
        used("s3:PutObject", &["arn:aws:s3:::b/a"]),
        used("ec2:DescribeInstances", &["*"]),
        used("lambda:InvokeFunction", &[]),
    ];
    let out = run(None, &header(&[]), &rows);
    assert_eq!(
        out.statements(),
        json!([
            {"Sid": "Ec2", "Effect": "Allow", "Action": ["ec2:DescribeInstances"], "Resource": ["*"]},
            {"Sid": "Lambda", "Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": ["*"]},
            {"Sid": "S3", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::b/a"]},
        ])
    );
    let proof = out.json("111122223333/web/proof.json");
    assert_eq!(proof["observed_within_proposed"]["result"], "yes");
    assert_eq!(proof["proposed_within_current"]["result"], "not-applicable");
    assert!(
        out.text("111122223333/web/review.md")
            .contains("lambda:InvokeFunction: granted on any")
    );
}

#[test]
fn impossible_principals_get_no_folder() {
    let check = |principal: &str, roles: usize| {
        let mut row = used("s3:GetObject", &["arn:aws:s3:::b/a"]);
        row.principal = principal.into();
        row.principal_id = String::new();
        let out = run(None, &header(&[]), &[row]);
        assert_eq!(out.summary.roles.len(), roles, "{principal}");
        let entries = std::fs::read_dir(out.folder.path()).unwrap().count();
        assert_eq!(entries, roles + 1, "{principal}");
    };
    check("arn:aws:iam::111122223333:role/x+=,.@-_y", 1);
    check("arn:aws:sts::111122223333:assumed-role/web/session", 1);
    check("arn:aws:iam::111122223333:role/../../owned", 1);
    check("arn:aws:iam::111122223333:role/<img>", 0);
    check("arn:aws:iam::../..:role/x", 0);
    check("arn:aws:iam::111122223333:user/alice", 0);
    check("", 0);
}

#[test]
fn roles_of_aws_and_roles_that_only_failed_get_no_policy() {
    let check = |path: &str, outcome: Outcome, status: Status| {
        let mut row = used("s3:GetObject", &["arn:aws:s3:::b/a"]);
        row.principal = format!("arn:aws:iam::111122223333:role{path}web");
        row.outcome = outcome;
        let out = run(None, &header(&[]), &[row]);
        assert_eq!(out.summary.roles[0].status, status);
        assert_eq!(
            out.has("111122223333/web/policy.json"),
            status == Status::Proposed
        );
    };
    check("/", Outcome::Allowed, Status::Proposed);
    check("/", Outcome::Denied, Status::Withheld);
    check(
        "/aws-service-role/rds.amazonaws.com/",
        Outcome::Allowed,
        Status::ReportOnly,
    );
    check(
        "/aws-reserved/sso.amazonaws.com/",
        Outcome::Allowed,
        Status::ReportOnly,
    );
}
