//! Archives under kills and faults, in a folder and in S3: whatever instruction a process dies at, the same command again
//! gives the rows of an undisturbed run, and no reader ever sees a file in part.
//!
//! `LEASTWISE_KILLS` sets how many kills at random moments each place is given, and that none of the chosen ones is left out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

mod faults;
#[path = "../harness/mod.rs"]
mod harness;
mod kill;
mod logs;
mod place;
mod proxy;
#[path = "../s3/server.rs"]
mod server;

use kill::{Trial, well};
use place::{Bucket, Place};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const NO_SERVER: &str =
    "skipped: no S3 server is installed (`.ci/run` installs MinIO, or: pip install 'moto[server]')";

/// A folder for the test, with logs in it.
fn world(name: &str) -> (PathBuf, PathBuf) {
    let work = harness::fresh(name);
    let folder = work.join("logs");
    logs::write(&folder);
    (work, folder)
}

/// `leastwise ingest` in several commits.
fn ingest(source: &Path, place: &Place<'_>, endpoint: Option<&str>) -> Command {
    let mut command = harness::leastwise();
    command.arg("ingest").arg("--source").arg(source);
    command.args(["--commit-objects", "30", "--quiet"]);
    place.name_in(&mut command, endpoint);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn compact(place: &Place<'_>, endpoint: Option<&str>) -> Command {
    let mut command = harness::leastwise();
    command.args(["compact", "--quiet"]);
    place.name_in(&mut command, endpoint);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The rows of the logs: those of an undisturbed run into a folder.
fn expected() -> &'static Vec<String> {
    static EXPECTED: OnceLock<Vec<String>> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let (work, source) = world("archive-undisturbed");
        let place = Place::Folder(work.join("archive"));
        well(&mut ingest(&source, &place, None));
        let rows = place.rows();
        assert_eq!(rows.len(), logs::events());
        rows
    })
}

/// What is there is of the undisturbed run, each row once.
fn check_part(place: &Place<'_>) {
    let rows = place.rows();
    let distinct: BTreeSet<&String> = rows.iter().collect();
    assert_eq!(distinct.len(), rows.len(), "a row is there twice");
    assert!(distinct.is_subset(&expected().iter().collect()));
}

/// No row is missing, though some may be there twice.
fn check_all(place: &Place<'_>) {
    let rows = place.rows();
    let distinct: BTreeSet<&String> = rows.iter().collect();
    assert!(distinct == expected().iter().collect());
}

/// The rows are those of an undisturbed run.
fn check_whole(place: &Place<'_>) {
    assert!(&place.rows() == expected());
    check_clean(place);
}

/// The same when several ran at once: of two copies of an event, either may have come first.
fn check_events(place: &Place<'_>) {
    let event = |row: &String| row.rsplit_once('|').unwrap().0.to_owned();
    let rows: Vec<String> = place.rows().iter().map(event).collect();
    let expected: Vec<String> = expected().iter().map(event).collect();
    assert_eq!(rows.len(), expected.len());
    assert!(rows == expected);
    check_clean(place);
}

/// In a folder, nothing is left of what was on its way; in S3, it is left for a day.
fn check_clean(place: &Place<'_>) {
    if let Place::Folder(_) = place {
        let files = place.files();
        let left = files.keys().filter(|name| name.starts_with("_staging"));
        assert_eq!(left.collect::<Vec<_>>(), Vec::<&String>::new());
    }
}

#[test]
fn an_ingest_killed_in_a_folder() {
    let (work, source) = world("archive-folder");
    let trial = Trial {
        place: &|number| Place::Folder(work.join(format!("archive-{number}"))),
        command: &|place, endpoint| ingest(&source, place, endpoint),
        killed: &check_part,
        ended: &check_whole,
    };
    trial.at_random();
    let trial = Trial {
        place: &|number| Place::Folder(work.join(format!("calls-{number}"))),
        ..trial
    };
    trial.at_calls();
}

#[test]
fn an_ingest_killed_in_s3() {
    let (work, source) = world("archive-s3");
    let Some(bucket) = Bucket::start(&work.join("server")) else {
        return eprintln!("{NO_SERVER}");
    };
    let trial = Trial {
        place: &|number| Place::Prefix(&bucket, format!("archive-{number}")),
        command: &|place, endpoint| ingest(&source, place, endpoint),
        killed: &check_part,
        ended: &check_whole,
    };
    trial.at_random();
    let trial = Trial {
        place: &|number| Place::Prefix(&bucket, format!("requests-{number}")),
        ..trial
    };
    trial.at_requests(&bucket.server.url);
}

/// Filled by the time it is named first.
fn filled<'s>(source: &Path, place: Place<'s>) -> Place<'s> {
    if place.files().is_empty() {
        well(&mut ingest(source, &place, None));
    }
    place
}

fn check_compacted(place: &Place<'_>) {
    check_whole(place);
    check_days(place);
}

/// A date is one file.
fn check_days(place: &Place<'_>) {
    let files = place.files();
    let data = files.keys().filter(|name| name.starts_with("event_date="));
    let days: BTreeSet<&str> = data
        .clone()
        .map(|name| name.split_once('/').unwrap().0)
        .collect();
    assert_eq!(data.count(), days.len(), "one file a day");
}

#[test]
fn a_compaction_killed_in_a_folder() {
    let (work, source) = world("compact-folder");
    let trial = Trial {
        place: &|number| {
            filled(
                &source,
                Place::Folder(work.join(format!("archive-{number}"))),
            )
        },
        command: &compact,
        killed: &check_all,
        ended: &check_compacted,
    };
    trial.at_calls();
}

#[test]
fn a_compaction_killed_in_s3() {
    let (work, source) = world("compact-s3");
    let Some(bucket) = Bucket::start(&work.join("server")) else {
        return eprintln!("{NO_SERVER}");
    };
    let trial = Trial {
        place: &|number| filled(&source, Place::Prefix(&bucket, format!("archive-{number}"))),
        command: &compact,
        killed: &check_all,
        ended: &check_compacted,
    };
    trial.at_requests(&bucket.server.url);
}

/// Runs them all at once; each must succeed.
fn at_once(commands: Vec<Command>) {
    let spawned: Vec<_> = commands
        .into_iter()
        .map(|mut command| command.stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    for process in spawned {
        let output = process.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{told}");
    }
}

/// Three shards at once; then another number of them, and a compaction.
fn check_crowd(source: &Path, place: &Place<'_>) {
    let sharded = |shard: &str| {
        let mut command = ingest(source, place, None);
        command.args(["--shard", shard]);
        command
    };
    at_once(["1/3", "2/3", "3/3"].map(sharded).into());
    check_events(place);
    at_once(vec![sharded("1/2"), sharded("2/2"), compact(place, None)]);
    check_events(place);
    well(&mut compact(place, None));
    check_days(place);
    check_events(place);
}

fn check_twins(source: &Path, place: &Place<'_>) {
    at_once(vec![
        ingest(source, place, None),
        ingest(source, place, None),
    ]);
    check_events(place);
}

#[test]
fn a_crowd_in_a_folder() {
    let (work, source) = world("crowd-folder");
    check_crowd(&source, &Place::Folder(work.join("archive")));
    check_twins(&source, &Place::Folder(work.join("twins")));
}

#[test]
fn a_crowd_in_s3() {
    let (work, source) = world("crowd-s3");
    let Some(bucket) = Bucket::start(&work.join("server")) else {
        return eprintln!("{NO_SERVER}");
    };
    check_crowd(&source, &Place::Prefix(&bucket, "archive".to_owned()));
    check_twins(&source, &Place::Prefix(&bucket, "twins".to_owned()));
}
