//! Interrupted, repeated and concurrent runs; amendments across runs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod common;

use common::{House, all_files, column, record};
use leastwise_ingest::{Cancel, Progress, Silent, ingest};
use serde_json::json;
use std::fs;
use std::sync::Mutex;

const ID1: &str = "00000000-0000-0000-0000-000000000001";

fn ten(house: &House) {
    for n in 0..10 {
        house.put(
            &format!("{n}.json.gz"),
            &[
                record(&format!("id-{n}"), json!({})),
                record("id-same", json!({})),
            ],
        );
    }
}

#[test]
fn staging_without_entry_is_forgotten() {
    let house = House::new();
    ten(&house);
    let stale = house
        .archive()
        .join("_staging/gone/1/event_date=2023-07-10");
    fs::create_dir_all(&stale).unwrap();
    fs::write(stale.join("part-NUMBER-0001.parquet"), b"half").unwrap();
    fs::write(house.archive().join("_staging/gone/_lock"), b"").unwrap();
    house.ingest();
    assert_eq!(house.rows().len(), 11);
    assert!(
        fs::read_dir(house.archive().join("_staging"))
            .unwrap()
            .next()
            .is_none()
    );
}

#[test]
fn a_committed_run_is_rolled_forward() {
    let house = House::new();
    ten(&house);
    house.write("noise.json", b"noise");
    house.ingest();
    let expect = house.rows();
    let committed: Vec<_> = all_files(&house.archive())
        .into_iter()
        .map(|path| path.strip_prefix(house.archive()).unwrap().to_owned())
        .filter(|name| !name.starts_with("_ledger") && !name.starts_with("_lock"))
        .collect();
    assert_eq!(committed.len(), 3, "{committed:?}");
    let entry = fs::read(house.archive().join("_ledger/000001.json")).unwrap();
    let entry: serde_json::Value = serde_json::from_slice(&entry).unwrap();
    let staging = house.archive().join("_staging");
    let staging = staging.join(entry["batch"].as_str().unwrap());
    // As if the process had died between the commit and each of the renames.
    for still_staged in 1..=committed.len() {
        for name in &committed[..still_staged] {
            let staged = name.to_str().unwrap().replacen("000001", "NUMBER", 1);
            let staged = staging.join(staged);
            fs::create_dir_all(staged.parent().unwrap()).unwrap();
            fs::rename(house.archive().join(name), staged).unwrap();
        }
        let report = house.ingest();
        assert_eq!((report.objects.read, report.objects.unchanged), (0, 11));
        assert_eq!(house.rows(), expect);
        assert!(
            committed
                .iter()
                .all(|name| house.archive().join(name).exists())
        );
    }
    house.put("late.json.gz", &[record("id-same", json!({}))]);
    assert_eq!(house.ingest().duplicates, 1);
}

#[test]
fn a_long_run_commits_in_between() {
    let (house, undisturbed) = (House::new(), House::new());
    ten(&house);
    ten(&undisturbed);
    undisturbed.ingest();
    let mut config = house.config();
    config.commit_objects = 3;
    let report = ingest(&config, &Silent, &Cancel::default()).unwrap();
    assert_eq!((report.rows, report.duplicates, report.files), (11, 9, 4));
    assert_eq!(
        fs::read_dir(house.archive().join("_ledger"))
            .unwrap()
            .count(),
        4
    );
    assert_eq!(house.rows(), undisturbed.rows());
}

/// Cancels after some objects.
struct CancelAfter<'c>(&'c Cancel, Mutex<u32>);

impl Progress for CancelAfter<'_> {
    fn listed(&self, _: u64, _: u64) {}
    fn advanced(&self, _: u64, _: u64) {
        let mut left = self.1.lock().unwrap();
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.0.cancel();
        }
    }
}

#[test]
fn a_cancelled_run_goes_on_later() {
    let (house, undisturbed) = (House::new(), House::new());
    ten(&house);
    ten(&undisturbed);
    undisturbed.ingest();
    let cancel = Cancel::default();
    let mut config = house.config();
    config.threads = 1;
    let report = ingest(&config, &CancelAfter(&cancel, Mutex::new(3)), &cancel).unwrap();
    assert!(report.cancelled);
    assert!(
        (3..10).contains(&report.objects.read),
        "{}",
        report.objects.read
    );
    let again = house.ingest();
    assert_eq!(again.objects.read + report.objects.read, 10);
    assert_eq!(house.rows(), undisturbed.rows());
}

/// Removes an object between listing and reading.
struct Remover<'h>(&'h House);

impl Progress for Remover<'_> {
    fn listed(&self, _: u64, _: u64) {
        fs::remove_file(self.0.logs().join("3.json.gz")).unwrap();
    }
    fn advanced(&self, _: u64, _: u64) {}
}

#[test]
fn an_object_that_cannot_be_read_is_tried_again() {
    let house = House::new();
    ten(&house);
    let mut config = house.config();
    config.threads = 1;
    let report = ingest(&config, &Remover(&house), &Cancel::default()).unwrap();
    assert_eq!(report.objects.unreadable.len(), 1);
    assert_eq!(report.objects.unreadable[0].object, "3.json.gz");
    assert_eq!(house.rows().len(), 10);
    ten(&house);
    let report = house.ingest();
    assert!(report.objects.unreadable.is_empty());
    assert_eq!(house.rows().len(), 11);
}

#[test]
fn a_changed_object_is_read_again() {
    let house = House::new();
    house.put("a.json.gz", &[record("id-1", json!({}))]);
    house.ingest();
    house.put(
        "a.json.gz",
        &[record("id-1", json!({})), record("id-2", json!({}))],
    );
    let report = house.ingest();
    assert_eq!(
        (report.objects.read, report.rows, report.duplicates),
        (1, 1, 1)
    );
    assert_eq!(column(&house.rows(), "event_id"), ["id-1", "id-2"]);
}

#[test]
fn an_archive_below_its_source_is_not_read() {
    let house = House::new();
    house.put("a.json.gz", &[record("id-1", json!({}))]);
    house.write("b.json", b"noise");
    let mut config = house.config();
    config.archive = house.logs().join("archive").into();
    ingest(&config, &Silent, &Cancel::default()).unwrap();
    let report = ingest(&config, &Silent, &Cancel::default()).unwrap();
    assert_eq!((report.objects.read, report.objects.unchanged), (0, 2));
}

fn original() -> String {
    record(ID1, json!({"errorCode": null}))
}

fn amendment() -> String {
    let addendum = json!({"reason": "UPDATED_DATA", "updatedFields": "requestParameters", "originalEventID": ID1});
    record(
        "amendment",
        json!({"addendum": addendum, "requestParameters": {"bucketName": "right"}}),
    )
}

/// Runs one ingest per list of objects; each object is a list of records.
fn check_amended(runs: &[&[(&str, Vec<String>)]]) {
    let house = House::new();
    let (mut events, mut accounted) = (0, 0);
    for run in runs {
        for (key, records) in *run {
            house.put(key, records);
        }
        let report = house.ingest();
        events += report.events;
        accounted += report.rows + report.duplicates + report.amended;
    }
    assert_eq!(events, accounted);
    let rows = house.rows();
    assert_eq!(column(&rows, "event_id"), [ID1, "other"], "{runs:?}");
    assert_eq!(
        column(&rows, "request_parameters")[0],
        r#"{"bucketName":"right"}"#,
        "{runs:?}"
    );
    let last = house.ingest();
    assert_eq!((last.rows, last.amended), (0, 0));
}

#[test]
fn t10_an_amendment_patches_its_event_whatever_comes_first() {
    let other = || record("other", json!({}));
    check_amended(&[&[
        ("a.json.gz", vec![original(), other()]),
        ("b.json.gz", vec![amendment()]),
    ]]);
    check_amended(&[&[
        ("a.json.gz", vec![amendment()]),
        ("b.json.gz", vec![original(), other(), amendment()]),
    ]]);
    check_amended(&[
        &[("a.json.gz", vec![original(), other()])],
        &[("b.json.gz", vec![amendment(), amendment(), original()])],
    ]);
    check_amended(&[
        &[("a.json.gz", vec![amendment()])],
        &[("b.json.gz", vec![original(), other()])],
    ]);
    check_amended(&[
        &[("a.json.gz", vec![amendment(), other()])],
        &[("b.json.gz", vec![amendment()])],
    ]);
}
