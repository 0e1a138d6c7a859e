//! The archive as DuckDB reads it, a library that is not ours, against a straight count of the JSON.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

use fixtures::synthetic;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Prints `[rows, distinct ids, {principal: rows}, rows whose folder is not their date]`.
const QUESTIONS: &str = r#"
import duckdb, json, sys
events = f"read_parquet('{sys.argv[1]}/event_date=*/*.parquet', hive_partitioning = true)"
ask = lambda query: duckdb.sql(query).fetchall()
rows, ids = ask(f"SELECT count(*), count(DISTINCT event_id) FROM {events}")[0]
principals = dict(ask(f"SELECT coalesce(principal, ''), count(*) FROM {events} GROUP BY ALL"))
misplaced = ask(f"SELECT count(*) FROM {events} WHERE event_date <> (event_time AT TIME ZONE 'UTC')::DATE")[0][0]
print(json.dumps([rows, ids, principals, misplaced]))
"#;

#[derive(Debug, PartialEq, Deserialize)]
struct Counts(u64, u64, BTreeMap<String, u64>, u64);

/// A Python that has DuckDB: `LEASTWISE_DUCKDB_PYTHON`, the one of the path, or where `.ci/run` puts it.
fn python() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let named = std::env::var_os("LEASTWISE_DUCKDB_PYTHON").map(PathBuf::from);
    let installed = cache.map(|cache| cache.join("leastwise-duckdb/bin/python"));
    let candidates = [named, Some(PathBuf::from("python3")), installed];
    let has_duckdb = |python: &PathBuf| {
        let tried = Command::new(python).args(["-c", "import duckdb"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    candidates.into_iter().flatten().find(has_duckdb)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// Each event once, by its id; whose role it was.
fn straight_count(logs: &Path) -> Counts {
    let (mut objects, mut ids) = (Vec::new(), BTreeSet::new());
    let mut principals = BTreeMap::new();
    files(logs, &mut objects);
    for object in objects {
        let file = std::fs::File::open(object).unwrap();
        let log: Value = serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap();
        for record in log["Records"].as_array().unwrap() {
            if ids.insert(record["eventID"].as_str().unwrap().to_owned()) {
                let issuer = &record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"];
                let arn = issuer.as_str().unwrap_or_default().to_owned();
                *principals.entry(arn).or_default() += 1;
            }
        }
    }
    Counts(ids.len() as u64, ids.len() as u64, principals, 0)
}

#[test]
fn duckdb_counts_what_the_json_holds() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with DuckDB (`.ci/run` installs it, or: pip install duckdb)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let made = synthetic::Config {
        events: 20_000,
        days: 3,
        out: folder.path().to_owned(),
        ..synthetic::Config::default()
    };
    let truth = synthetic::write(&made).unwrap();
    let (logs, archive) = (folder.path().join("logs"), folder.path().join("archive"));
    let mut config = ingest::Config::new(ingest::Source::Folder(logs.clone()), archive.clone());
    // Several files a day.
    config.file_bytes = 64 << 10;
    ingest::ingest(&config, &ingest::Silent, &ingest::Cancel::default()).unwrap();

    let output = Command::new(python)
        .args(["-c", QUESTIONS])
        .arg(&archive)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let counts: Counts = serde_json::from_slice(&output.stdout).unwrap();
    assert!(truth.duplicates > 0 && counts.0 == 20_000 && counts.2.len() > 20);
    assert_eq!(counts, straight_count(&logs));
}
