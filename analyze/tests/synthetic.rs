//! Logs in, usage out: a synthetic archive through ingest and analyze, compared with its truth.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use fixtures::synthetic::{self, Need, RoleTruth, Truth};
use iam::policy::resource_matches;
use iam::usage::{Header, Outcome, Usage};
use leastwise_analyze::{Config, Silent, Summary, analyze};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

struct Run {
    truth: Truth,
    summary: Summary,
    header: Header,
    lines: Vec<Usage>,
    text: String,
}

fn ingested(folder: &Path, events: u64) -> Truth {
    let out = folder.to_owned();
    let truth = synthetic::write(&synthetic::Config {
        events,
        out,
        ..Default::default()
    })
    .unwrap();
    let source = ingest::Source::Folder(folder.join("logs"));
    let mut config = ingest::Config::new(source, folder.join("archive"));
    // Small enough to be flushed many times.
    config.memory_bytes = 8 << 20;
    ingest::ingest(&config, &ingest::Silent, &ingest::Cancel::default()).unwrap();
    truth
}

fn analyzed(folder: &Path, truth: Truth, threads: usize) -> Run {
    let mut config = Config::new(folder.join("archive"), folder.join("usage.jsonl"));
    config.threads = threads;
    let summary = analyze(&config, &Silent, &AtomicBool::new(false)).unwrap();
    let text = std::fs::read_to_string(folder.join("usage.jsonl")).unwrap();
    let (header, lines) = iam::usage::read(text.as_bytes()).unwrap();
    let lines = lines.map(Result::unwrap).collect();
    Run {
        truth,
        summary,
        header,
        lines,
        text,
    }
}

/// The lines of a role, added up by the need or attempt that their resources lie in.
fn counted(role: &RoleTruth, arn: &str, lines: &[Usage]) -> BTreeMap<(String, String), Need> {
    let mut needs = BTreeMap::new();
    for usage in lines.iter().filter(|usage| usage.principal == arn) {
        assert_eq!(usage.principal_id, role.role_id);
        let known = if usage.outcome == Outcome::Denied {
            &role.attempts
        } else {
            &role.needs
        };
        // Within the need, or wider where the log does not tell: the path of a role given by name.
        let on_need = |on: &String, need: &Need| {
            resource_matches(&need.resource, on) || resource_matches(on, &need.resource)
        };
        let holds = |need: &&Need| {
            need.action == usage.action && usage.resources.iter().all(|on| on_need(on, need))
        };
        let resource = known.iter().find(holds).map(|need| need.resource.clone());
        let resource = resource.unwrap_or_else(|| format!("no need of {:?}", usage.resources));
        let key = (usage.action.clone(), resource.clone());
        let (action, blank) = (usage.action.clone(), Need::default());
        let need = needs.entry(key).or_insert(Need {
            action,
            resource,
            ..blank
        });
        match usage.outcome {
            Outcome::Allowed => need.allowed += usage.count,
            Outcome::Denied => need.denied += usage.count,
            Outcome::Failed => need.failed += usage.count,
        }
    }
    needs
}

#[test]
fn usage_is_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let truth = ingested(folder.path(), 30_000);
    let run = analyzed(folder.path(), truth, 2);
    assert_eq!(run.header.events, run.truth.events);
    assert_eq!(
        run.summary.cross_account_copies,
        run.truth.cross_account_copies
    );
    assert_eq!(run.summary.without_principal, run.truth.service_events);
    for (arn, role) in &run.truth.roles {
        let shown = |need: &&Need| need.allowed + need.denied + need.failed > 0;
        let all = role.needs.iter().chain(&role.attempts).filter(shown);
        let mut expect: BTreeMap<(String, String), Need> = BTreeMap::new();
        for need in all {
            expect.insert((need.action.clone(), need.resource.clone()), need.clone());
        }
        let found = counted(role, arn, &run.lines);
        for (key, need) in &expect {
            assert_eq!(
                found.get(key),
                Some(need),
                "{arn} {:?}",
                run.header.unknown_events
            );
        }
        assert_eq!(found.len(), expect.len(), "{arn}");
    }
}

#[test]
fn coverage_names_the_data_events() {
    let folder = tempfile::tempdir().unwrap();
    let truth = ingested(folder.path(), 5000);
    let one = analyzed(folder.path(), truth, 1);
    let classes: std::collections::BTreeSet<&str> = one
        .header
        .coverage
        .iter()
        .map(|row| row.class.as_str())
        .collect();
    let expect = [
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
        "AWS::S3::Object",
        "AWS::SQS::Queue",
        "management-read",
        "management-read-kms",
        "management-write",
        "management-write-kms",
    ];
    assert_eq!(classes.into_iter().collect::<Vec<_>>(), expect);
    let events: u64 = one.header.coverage.iter().map(|row| row.events).sum();
    assert_eq!(events, one.truth.events);
    let eight = analyzed(folder.path(), one.truth, 8);
    assert_eq!(eight.text, one.text);
}
