//! Laws: whatever the policies and the usage, what was allowed and done stays allowed, and nothing is gained.

use crate::{MANAGEMENT, dump, header, policy, run, run_in, run_with, used};
use iam::policy::{Decision, Policy, PolicySet, Request, evaluate};
use iam::usage::Usage;
use leastwise_generate::{Granularity, Status};
use proptest::prelude::*;
use serde_json::{Value, json};

const ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:GetBucketAcl",
    "s3:PutBucketPolicy",
];
const PATTERNS: [&str; 6] = [
    "s3:*",
    "s3:Get*",
    "s3:*Object",
    "s3:PutObject",
    "s3:*Bucket*",
    "s3:ListBucket",
];
const RESOURCES: [&str; 6] = [
    "arn:aws:s3:::a",
    "arn:aws:s3:::b",
    "arn:aws:s3:::a/x",
    "arn:aws:s3:::a/y/1",
    "arn:aws:s3:::b/x",
    "arn:aws:s3:::b/z",
];
const SCOPES: [&str; 6] = [
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::b/?",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b*",
];

fn statement() -> impl Strategy<Value = Value> {
    let pick = |all: [&'static str; 6]| proptest::sample::subsequence(all.to_vec(), 1..3);
    (
        pick(PATTERNS),
        pick(SCOPES),
        0..6_u8,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(actions, scopes, kind, conditional, not)| {
            let effect = if kind == 0 { "Deny" } else { "Allow" };
            let (action, resource) = if not && kind == 1 {
                ("Action", "NotResource")
            } else {
                ("Action", "Resource")
            };
            let mut statement = json!({"Effect": effect, action: actions, resource: scopes});
            if conditional && kind < 3 {
                statement["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/team": "a"}});
            }
            statement
        })
}

fn usage() -> impl Strategy<Value = Vec<Usage>> {
    let row = (
        proptest::sample::select(ACTIONS.to_vec()),
        proptest::sample::subsequence(RESOURCES.to_vec(), 0..3),
    );
    proptest::collection::vec(
        row.prop_map(|(action, resources)| used(action, &resources)),
        0..6,
    )
}

fn set(policy: &Value) -> PolicySet {
    PolicySet::identity(vec![Policy::parse(&policy.to_string()).unwrap()])
}

fn allowed(set: &PolicySet, action: &str, resource: &str) -> bool {
    let mut request = Request::new(action, resource);
    request
        .context
        .insert("aws:principaltag/team".into(), vec!["a".into()]);
    evaluate(&request, set).decision == Decision::Allowed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn nothing_observed_is_lost_and_nothing_is_gained(
        statements in proptest::collection::vec(statement(), 1..5), usage in usage()
    ) {
        let current = policy(&json!(statements));
        let classes = [MANAGEMENT.as_slice(), &["AWS::S3::Object"]].concat();
        let out = run(Some(&dump(&current)), &header(&classes), &usage);
        let role = &out.summary.roles[0];
        prop_assume!(matches!(role.status, Status::Proposed | Status::RemoveAll));
        let left = match role.status {
            Status::Proposed => out.json("111122223333/web/policy.json"),
            _ => policy(&json!([])),
        };
        let (before, after) = (set(&current), set(&left));
        for action in ACTIONS {
            for resource in RESOURCES {
                let (was, is) = (allowed(&before, action, resource), allowed(&after, action, resource));
                prop_assert!(was || !is, "gained {action} on {resource}");
                let done = usage.iter().any(|row| row.action == action && row.resources.iter().any(|r| r == resource));
                prop_assert!(!(done && was && !is), "lost {action} on {resource}");
            }
        }
    }
}

/// An unconditional Allow of actions whose every use would be in the archive.
fn plain_statement() -> impl Strategy<Value = Value> {
    let pick = |all: [&'static str; 6]| proptest::sample::subsequence(all.to_vec(), 1..4);
    (pick(ACTIONS), pick(SCOPES)).prop_map(
        |(actions, scopes)| json!({"Effect": "Allow", "Action": actions, "Resource": scopes}),
    )
}

/// The values of an element, whether or not it is an array.
fn values(element: &Value) -> Vec<Value> {
    element
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![element.clone()])
}

/// The policy without the one value of an element of a statement; without the statement, if it has no other.
fn without(proposal: &Value, statement: usize, element: &str, value: usize) -> Value {
    let mut less = proposal.clone();
    let statements = less["Statement"].as_array_mut().unwrap();
    let mut left = values(&statements[statement][element]);
    left.remove(value);
    match left.is_empty() {
        true => drop(statements.remove(statement)),
        false => statements[statement][element] = json!(left),
    }
    less
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn nothing_of_a_proposal_can_go_without_a_loss(
        statements in proptest::collection::vec(plain_statement(), 1..5), usage in usage()
    ) {
        let usage: Vec<Usage> = usage.into_iter().filter(|row| !row.resources.is_empty()).collect();
        let current = policy(&json!(statements));
        let classes = [MANAGEMENT.as_slice(), &["AWS::S3::Object"]].concat();
        let exact = |config: &mut leastwise_generate::Config| config.granularity = Granularity::Exact;
        let out = run_with(exact, Some(&dump(&current)), &header(&classes), &usage);
        prop_assume!(out.summary.roles[0].status == Status::Proposed);
        let proposal = out.json("111122223333/web/policy.json");
        let whole = set(&proposal);
        for (at, statement) in proposal["Statement"].as_array().unwrap().iter().enumerate() {
            for element in ["Action", "Resource"] {
                for (value, text) in values(&statement[element]).iter().enumerate() {
                    let less = set(&without(&proposal, at, element, value));
                    let accesses = usage.iter().flat_map(|row| row.resources.iter().map(|on| (&row.action, on)));
                    let mut lost = accesses.filter(|(action, on)| {
                        allowed(&whole, action, on) && !allowed(&less, action, on)
                    });
                    prop_assert!(lost.next().is_some(), "{text} is not needed in {proposal:#}");
                }
            }
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let current = policy(&json!([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]));
    let usage = [used("s3:GetObject", &["arn:aws:s3:::a/x"])];
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&first, &second, &second] {
        run_in(
            folder.path(),
            Some(&dump(&current)),
            &header(&MANAGEMENT),
            &usage,
        );
    }
    let mut names: Vec<_> = std::fs::read_dir(first.path().join("111122223333/web"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    names.sort();
    assert!(names.len() >= 4);
    for name in names {
        let read = |folder: &tempfile::TempDir| {
            std::fs::read(folder.path().join("111122223333/web").join(&name)).unwrap()
        };
        assert_eq!(read(&first), read(&second), "{name:?}");
    }
}
