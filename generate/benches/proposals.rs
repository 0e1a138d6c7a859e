//! Proposals with proofs for many roles: 100 grants each, half of them used, each on resources of its own, written to a new
//! folder; with the allocator of the command line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "bench code"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use iam::catalogue::Catalogue;
use iam::usage::{Coverage, Header, Outcome, SCHEMA_VERSION, Usage, Via};
use leastwise_generate::{Account, Config, generate, parse_current};
use serde_json::{Value, json};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ACCOUNT: &str = "111122223333";
const SERVICES: [(&str, &str); 5] = [
    ("s3", "arn:aws:s3:::data-ROLE/*"),
    (
        "dynamodb",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/ROLE-*",
    ),
    ("sqs", "arn:aws:sqs:eu-west-1:111122223333:ROLE-*"),
    ("ec2", "*"),
    (
        "lambda",
        "arn:aws:lambda:eu-west-1:111122223333:function:ROLE-*",
    ),
];
/// Actions of each service that a role has.
const ACTIONS: usize = 20;

fn actions(service: &str) -> Vec<String> {
    let catalogue = Catalogue::embedded();
    let ids = catalogue.expand(&format!("{service}:*")).into_iter();
    let names = ids.filter_map(|id| Some(catalogue.get(id)?.name().to_owned()));
    names.step_by(3).take(ACTIONS).collect()
}

fn arn(number: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/role-{number}")
}

fn role(number: usize) -> Value {
    let statements = SERVICES.map(|(service, resource)| {
        let resource = resource.replace("ROLE", &format!("role-{number}"));
        json!({"Effect": "Allow", "Action": actions(service), "Resource": resource})
    });
    json!({"Path": "/", "RoleName": format!("role-{number}"), "RoleId": format!("AROAEXAMPLE{number:010}"), "Arn": arn(number),
        "AssumeRolePolicyDocument": {}, "InstanceProfileList": [], "AttachedManagedPolicies": [],
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}]})
}

fn usage(number: usize) -> Vec<Usage> {
    let mut rows = Vec::new();
    for (service, resource) in SERVICES {
        let resource = resource.replace("ROLE", &format!("role-{number}"));
        for action in actions(service).into_iter().step_by(2) {
            let one = |n: usize| resource.replace('*', &format!("name/{n}.csv"));
            let mut resources: Vec<String> = (0..4).map(one).collect();
            resources.sort();
            resources.dedup();
            rows.push(row(number, action, resources));
        }
    }
    rows
}

fn row(number: usize, action: String, resources: Vec<String>) -> Usage {
    Usage {
        principal: arn(number),
        principal_id: format!("AROAEXAMPLE{number:010}"),
        action,
        template: resources.first().cloned(),
        outcome: Outcome::Allowed,
        via: Via::Direct,
        count: 40,
        active_days: 20,
        first_seen: "2026-08-02T00:00:00Z".into(),
        last_seen: "2026-10-02T00:00:00Z".into(),
        regions: vec!["eu-west-1".into()],
        resources_total: resources.len() as u64,
        resources,
        evidence: vec!["11111111-0000-4000-8000-000000000001".into()],
        error_codes: Vec::new(),
        invoked_by: Vec::new(),
        vpc_endpoints: Vec::new(),
        mfa_count: 0,
        endpoint_count: 0,
        calls: Vec::new(),
    }
}

fn header() -> Header {
    let (start, end) = ("2026-08-01T00:00:00Z", "2026-10-30T00:00:00Z");
    let classes = [
        "management-read",
        "management-read-kms",
        "management-write",
        "AWS::S3::Object",
    ];
    let coverage = classes.map(|class| Coverage {
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        class: class.into(),
        events: 10,
        first: start.into(),
        last: end.into(),
        days: Vec::new(),
    });
    Header {
        schema_version: SCHEMA_VERSION,
        window_start: Some(start.into()),
        window_end: Some(end.into()),
        catalogue_version: Catalogue::embedded().version().into(),
        events: 10,
        without_access: Default::default(),
        unknown_events: Default::default(),
        coverage: coverage.to_vec(),
        trails: None,
        pauses: Vec::new(),
    }
}

fn account(roles: usize) -> Account {
    let roles: Vec<Value> = (0..roles).map(role).collect();
    let dump = json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": roles});
    parse_current(dump.to_string().as_bytes(), "dump.json").unwrap()
}

fn proposals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("proposals");
    group.sample_size(10);
    for roles in [1, 100, 1000] {
        let accounts = [account(roles)];
        let rows: Vec<Usage> = (0..roles).flat_map(usage).collect();
        let (header, catalogue) = (header(), Catalogue::embedded());
        group.throughput(Throughput::Elements(roles as u64));
        group.bench_function(format!("{roles} roles of 100 grants"), |bencher| {
            let proposed = |out: TempDir| {
                let config = Config::new(out.path().to_owned());
                let summary = generate(&header, &rows, &accounts, &config, catalogue).unwrap();
                assert_eq!(summary.totals.by_status.len(), 1, "{:?}", summary.totals);
                out
            };
            let folder = || tempfile::tempdir().unwrap();
            bencher.iter_batched(folder, proposed, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, proposals);
criterion_main!(benches);
