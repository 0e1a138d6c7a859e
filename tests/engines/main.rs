//! The same archive counted on this machine (from a folder and from S3), by a real Trino, and through Athena's API, and
//! raw CloudTrail tables of the same logs: the same bytes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod bed;
mod delivered;
mod difficult;
#[path = "../harness/mod.rs"]
mod harness;
mod raw;
mod records;
#[path = "../../analyze/tests/rows/mod.rs"]
#[allow(dead_code, reason = "each test binary uses its part")]
mod rows;
#[path = "../s3/server.rs"]
mod server;

use bed::Bed;
use fixtures::synthetic;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const BUCKET: &str = "acme-archive";
const SYNTHETIC_LOGS: &str = "synthetic-logs/logs";

#[test]
fn three_engines_give_the_same_bytes() {
    let work = harness::fresh("engines");
    let Some(mut bed) = started(&work, 2) else {
        return;
    };
    let difficult = work.join("difficult");
    difficult::write(&difficult);
    bed.upload("difficult", &difficult);
    let few = [
        "--since",
        "2026-01-02",
        "--until",
        "2026-01-03",
        "--region",
        "eu-west-1",
    ];
    let one = [
        "--account",
        "111122223333",
        "--principal",
        "arn:aws:iam::111122223333:role/app/r1",
    ];
    for (name, filter) in [("all", &[][..]), ("few", &few), ("one", &one)] {
        same_bytes(&mut bed, &work, "difficult", name, filter);
    }
    let synthetic = synthetic(&work, 20_000);
    bed.upload("synthetic", &synthetic);
    same_bytes(&mut bed, &work, "synthetic", "all", &[]);
    let corpora = corpora(&work);
    for (name, _, archive) in &corpora {
        bed.upload(name, archive);
        same_bytes(&mut bed, &work, name, "all", &[]);
    }
    let mut raw = vec![("synthetic", work.join(SYNTHETIC_LOGS), synthetic)];
    raw.extend(
        corpora
            .into_iter()
            .filter(|(name, ..)| *name != "console-events"),
    );
    raw::same_usage(&mut bed, &work, &raw);
    what_is_not_there(&bed, &work);
}

/// An archive of any size: `LEASTWISE_EVENTS`, two million unless that says otherwise. In a release build: `cargo test
/// --release --workspace --test engines -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn three_engines_give_the_same_bytes_of_many_events() {
    let work = harness::fresh("many-events");
    let events =
        std::env::var("LEASTWISE_EVENTS").map_or(2_000_000, |count| count.parse().unwrap());
    let Some(mut bed) = started(&work, 8) else {
        return;
    };
    let archive = synthetic(&work, events);
    bed.upload("synthetic", &archive);
    same_bytes(&mut bed, &work, "synthetic", "all", &[]);
}

/// The engines, unless one is missing.
fn started(work: &Path, gigabytes: u32) -> Option<Bed> {
    let bed = Bed::start(work, gigabytes);
    let told = |missing: &&str| {
        eprintln!(
            "skipped: {missing} is not installed, so Trino and Athena were not asked (`.ci/run` installs it)"
        )
    };
    bed.inspect_err(told).ok()
}

/// An archive of invented logs, through ingest.
fn synthetic(work: &Path, events: u64) -> PathBuf {
    let config = synthetic::Config {
        events,
        seed: 5,
        out: work.join("synthetic-logs"),
        roles: 20,
        days: 10,
        accounts: 3,
        daily: false,
    };
    synthetic::write(&config).unwrap();
    ingested(&work.join(SYNTHETIC_LOGS), work.join("synthetic"))
}

fn ingested(logs: &Path, archive: PathBuf) -> PathBuf {
    let mut command = harness::leastwise();
    command.args(["ingest", "--quiet", "--source"]).arg(logs);
    let output = command.arg("--archive").arg(&archive).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    archive
}

/// Names, logs and archives of the corpora beside the checkout.
fn corpora(work: &Path) -> Vec<(&'static str, PathBuf, PathBuf)> {
    let named = std::env::var_os("LEASTWISE_CORPORA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    let Some(corpora) = named
        .into_iter()
        .chain([beside])
        .find(|folder| folder.is_dir())
    else {
        eprintln!(
            "skipped: no corpora beside the checkout (../shared/corpora or LEASTWISE_CORPORA)"
        );
        return Vec::new();
    };
    ["invictus", "stratus-red-team", "console-events"]
        .map(|name| {
            let logs = corpora.join(name);
            let archive = ingested(&logs, work.join(name));
            (name, logs, archive)
        })
        .to_vec()
}

/// Runs an analysis on all three engines and compares what they wrote.
fn same_bytes(bed: &mut Bed, work: &Path, archive: &str, name: &str, filter: &[&str]) {
    let location = format!("s3://{BUCKET}/{archive}");
    let flags = bed.flags();
    let folder = work.join(archive).display().to_string();
    let runs: [(&str, &str, &[&str]); 4] = [
        ("local", &folder, &[]),
        ("local", &location, &flags),
        ("trino", &location, &flags),
        ("athena", &location, &flags),
    ];
    let mut expected = None;
    for (number, (engine, place, more)) in runs.into_iter().enumerate() {
        let what = format!("{archive} {name} {engine}");
        let out = work.join(format!("{archive}-{name}-{number}.jsonl"));
        let mut command = harness::leastwise();
        command.args(["analyze", "--json", "--engine", engine, "--archive", place]);
        command.args(["--table", &archive.replace('-', "_")]);
        command.arg("--out").arg(&out);
        command.args(filter).args(more);
        let start = Instant::now();
        let told = analyzed(command.envs(bed.environment()), engine, &what);
        eprintln!("{what}: {:.1} s", start.elapsed().as_secs_f64());
        let found = (std::fs::read_to_string(&out).unwrap(), told);
        match &expected {
            None => {
                let lines = found.0.lines().count();
                let is_silent = archive == "console-events";
                assert!(is_silent || lines > 1, "{what}: no usage");
                eprintln!("{archive} {name}: {lines} lines");
                expected = Some(found);
            }
            Some(expected) => same(expected, &found, &what),
        }
    }
    assert_eq!(
        bed.keys("results"),
        Vec::<String>::new(),
        "results are removed"
    );
}

/// Runs an analysis that must succeed: its summary, less what only Athena tells.
fn analyzed(command: &mut Command, engine: &str, what: &str) -> serde_json::Value {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{what}: {told}");
    let mut summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let scan = summary.as_object_mut().unwrap().remove("scan");
    assert_eq!(scan.is_some(), engine == "athena", "{scan:?}");
    summary
}

/// The same file, line by line, and the same summary.
fn same(expected: &(String, serde_json::Value), found: &(String, serde_json::Value), what: &str) {
    let mut lines = expected.0.lines().zip(found.0.lines());
    assert_eq!(lines.find(|(one, other)| one != other), None, "{what}");
    assert!(expected.0 == found.0, "{what}: another number of lines");
    assert_eq!(expected.1, found.1, "{what}");
}

/// What a cluster says no to is told with what to do about it.
fn what_is_not_there(bed: &Bed, work: &Path) {
    let nowhere = format!("http://127.0.0.1:{}", bed::free_port());
    let check = |more: &[&str], cause: &str, hint: &str| {
        let mut command = harness::leastwise();
        command.args([
            "analyze",
            "--engine",
            "trino",
            "--location",
            "s3://acme-archive/difficult",
        ]);
        command
            .arg("--archive")
            .arg(work.join("difficult"))
            .arg("--out")
            .arg(work.join("none.jsonl"))
            .args(more);
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        let (error, advice) = told
            .split_once("hint: ")
            .unwrap_or_else(|| panic!("no hint: {told}"));
        assert!(error.contains(cause) && advice.contains(hint), "{told}");
    };
    check(
        &["--trino", &nowhere],
        "Trino did not run the statement",
        "is there a coordinator at",
    );
    check(
        &["--trino", &bed.trino, "--catalog", "nope"],
        "CATALOG_NOT_FOUND",
        "--catalog",
    );
    let schema = [
        "--trino",
        &bed.trino,
        "--catalog",
        "awsdatacatalog",
        "--schema",
    ];
    let tables = [&schema[..], &["information_schema", "--table", "tables"]].concat();
    check(
        &tables,
        "is not the archive's: it lacks event_id varchar",
        "--table",
    );
    let elsewhere = [&schema[..], &["trino", "--table", "synthetic"]].concat();
    check(&elsewhere, "the archive's files hold", "table's location");
}
