//! Subsumption: two policies of the size of the quota, many roles, and patterns made to be hard.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "bench code"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use leastwise_iam::catalogue::Catalogue;
use leastwise_iam::policy::{Policy, PolicySet, subsumes};
use std::fmt::Write as _;
use std::hint::black_box;

/// The quota of a managed policy, in characters without white space.
const QUOTA: usize = 6_144;

/// A policy just under the quota: statements of exact and wildcard actions on exact and wildcard resources, every third
/// with a condition. `first` shifts where the resources start.
fn large(first: usize) -> Policy {
    let services = [
        "s3:Get*",
        "dynamodb:PutItem",
        "sqs:SendMessage",
        "kms:Decrypt",
        "ec2:Describe*",
    ];
    let mut statements = String::new();
    let mut at = first;
    loop {
        let service = services[at % services.len()];
        let prefix = service.split(':').next().unwrap();
        let condition = if at.is_multiple_of(3) {
            r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"},"Bool":{"aws:SecureTransport":"true"}}"#
        } else {
            ""
        };
        let next = format!(
            r#"{{"Effect":"Allow","Action":["{service}","{prefix}:List*"],"Resource":["arn:aws:{prefix}:*:111122223333:thing-{at}","arn:aws:{prefix}:*:111122223333:thing-{at}/*"]{condition}}}"#
        );
        if statements.len() + next.len() + 60 > QUOTA {
            break;
        }
        let comma = if statements.is_empty() { "" } else { "," };
        let _ = write!(statements, "{comma}{next}");
        at += 1;
    }
    Policy::parse(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
    .unwrap()
}

fn set(policy: Policy) -> PolicySet {
    PolicySet::identity(vec![policy])
}

/// The same policy with every `*` resource spelled narrower: nothing is equal at sight.
fn narrower(policy: &Policy) -> Policy {
    let text = policy
        .to_json()
        .replace("arn:aws:s3:*:", "arn:aws:s3:eu-west-1:");
    Policy::parse(&text.replace("/*\"", "/a/*\"")).unwrap()
}

fn two_of_the_quota(c: &mut Criterion) {
    let catalogue = Catalogue::embedded();
    let policy = large(0);
    assert!(policy.size() > QUOTA * 9 / 10 && policy.size() <= QUOTA);
    let outer = set(policy.clone());
    let cases = [
        ("itself", set(policy.clone())),
        ("narrower", set(narrower(&policy))),
        ("another", set(large(7))),
    ];
    for (name, inner) in cases {
        c.bench_function(&format!("subsumes, 6144 characters, {name}"), |b| {
            b.iter(|| black_box(subsumes(black_box(&outer), black_box(&inner), catalogue)));
        });
    }
}

/// What roles of a grown account have attached: broad managed policies beside narrow inline ones.
fn role(at: usize) -> PolicySet {
    let shapes = [
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["ec2:*","elasticloadbalancing:*","cloudwatch:*","autoscaling:*"],"Resource":"*"},{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":["autoscaling.amazonaws.com","ec2scheduled.amazonaws.com"]}}}"#,
        r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:*:*:*"}"#,
    ];
    let document = |statements: &str| {
        Policy::parse(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
        ))
        .unwrap()
    };
    let attached = document(shapes[at % shapes.len()]);
    let other = document(shapes[(at / shapes.len()) % shapes.len()]);
    PolicySet::identity(vec![large(at), attached, other])
}

fn two_hundred_roles(c: &mut Criterion) {
    let catalogue = Catalogue::embedded();
    let roles: Vec<(PolicySet, PolicySet)> = (0..200)
        .map(|at| {
            let mut less = role(at);
            less.identity[0] = narrower(&less.identity[0]);
            (role(at), less)
        })
        .collect();
    c.bench_function("subsumes, 200 roles, both ways", |b| {
        b.iter(|| {
            for (outer, inner) in &roles {
                black_box(subsumes(outer, inner, catalogue));
                black_box(subsumes(inner, outer, catalogue));
            }
        });
    });
}

fn hard_patterns(c: &mut Criterion) {
    let catalogue = Catalogue::embedded();
    let allow = |resource: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{resource}"}}]}}"#
        );
        set(Policy::parse(&text).unwrap())
    };
    let (outer, inner) = (
        allow(&format!("{}b", "*a".repeat(40))),
        allow(&format!("{}*b", "*a?".repeat(40))),
    );
    c.bench_function("subsumes, *a*a…b", |b| {
        b.iter(|| black_box(subsumes(&outer, &inner, catalogue)));
    });
}

criterion_group!(benches, two_of_the_quota, two_hundred_roles, hard_patterns);
criterion_main!(benches);
