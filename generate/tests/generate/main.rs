//! Generate as the command line calls it: dumps and usage in, folders out.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod brownfield;
mod conditions;
mod confidence;
mod dumps;
mod greenfield;
mod laws;
mod outlook;
mod shapes;
mod worlds;

use iam::catalogue::Catalogue;
use iam::usage::{Coverage, Header, Outcome, Usage, Via};
use leastwise_generate::{Config, Summary, generate, parse_current};
use serde_json::{Value, json};
use std::path::Path;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const ROLE_ID: &str = "AROAEXAMPLEWEBFRONT01";

pub(crate) fn header(classes: &[&str]) -> Header {
    let (start, end) = ("2026-08-01T00:00:00Z", "2026-10-30T00:00:00Z");
    let coverage = classes.iter().map(|class| Coverage {
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        class: (*class).into(),
        events: 10,
        first: start.into(),
        last: end.into(),
        days: Vec::new(),
    });
    Header {
        schema_version: iam::usage::SCHEMA_VERSION,
        window_start: Some(start.into()),
        window_end: Some(end.into()),
        catalogue_version: Catalogue::embedded().version().into(),
        events: 10,
        without_access: Default::default(),
        unknown_events: Default::default(),
        coverage: coverage.collect(),
        trails: None,
        pauses: Vec::new(),
    }
}

pub(crate) const MANAGEMENT: [&str; 4] = [
    "management-read",
    "management-read-kms",
    "management-write",
    "management-write-kms",
];

/// A row: `resources` empty means that the log does not name them.
pub(crate) fn used(action: &str, resources: &[&str]) -> Usage {
    let mut resources: Vec<String> = resources.iter().map(|&r| r.into()).collect();
    resources.sort();
    Usage {
        principal: format!("arn:aws:iam::{ACCOUNT}:role/app/web"),
        principal_id: ROLE_ID.into(),
        action: action.into(),
        template: resources.first().cloned(),
        outcome: Outcome::Allowed,
        via: Via::Direct,
        count: 3,
        active_days: 2,
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

/// A dump with one role `app/web` that has this inline policy.
pub(crate) fn dump(policy: &Value) -> Value {
    json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "IsTruncated": false, "RoleDetailList": [{
        "Path": "/app/", "RoleName": "web", "RoleId": ROLE_ID, "Arn": format!("arn:aws:iam::{ACCOUNT}:role/app/web"),
        "AssumeRolePolicyDocument": {}, "InstanceProfileList": [], "AttachedManagedPolicies": [],
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy}]}]})
}

pub(crate) fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub(crate) struct Out {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) summary: Summary,
}

impl Out {
    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name))
            .unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }

    /// The proposed statements of `app/web`.
    pub(crate) fn statements(&self) -> Value {
        self.json("111122223333/web/policy.json")["Statement"].clone()
    }
}

pub(crate) fn run(dump: Option<&Value>, header: &Header, usage: &[Usage]) -> Out {
    let folder = tempfile::tempdir().unwrap();
    let summary = run_in(folder.path(), dump, header, usage);
    Out { folder, summary }
}

pub(crate) fn run_in(
    folder: &Path,
    dump: Option<&Value>,
    header: &Header,
    usage: &[Usage],
) -> Summary {
    let accounts: Vec<_> = dump
        .iter()
        .map(|d| parse_current(d.to_string().as_bytes(), "dump.json").unwrap())
        .collect();
    let config = Config::new(folder.to_owned());
    generate(header, usage, &accounts, &config, Catalogue::embedded()).unwrap()
}

/// The same with other settings.
pub(crate) fn run_with(
    set: impl FnOnce(&mut Config),
    dump: Option<&Value>,
    header: &Header,
    usage: &[Usage],
) -> Out {
    let folder = tempfile::tempdir().unwrap();
    let accounts = dump.map(|d| parse_current(d.to_string().as_bytes(), "dump.json").unwrap());
    let accounts: Vec<_> = accounts.into_iter().collect();
    let mut config = Config::new(folder.path().to_owned());
    set(&mut config);
    let summary = generate(header, usage, &accounts, &config, Catalogue::embedded()).unwrap();
    Out { folder, summary }
}
