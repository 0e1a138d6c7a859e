//! Two ingests into one archive at once: the later commit is brought in line with the earlier.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod common;

use common::{House, all_files, column, gzip, record};
use leastwise_ingest::{
    Archive, Cancel, Config, Progress, Report, S3Options, Silent, Source, ingest,
};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

const ID1: &str = "00000000-0000-0000-0000-000000000001";

/// Runs another ingest into the archive when the first has opened it.
struct Intruder {
    config: Config,
    report: Mutex<Option<Report>>,
}

impl Intruder {
    fn of(source: PathBuf, house: &House) -> Self {
        let config = Config::new(Source::Folder(source), house.archive());
        let report = Mutex::default();
        Self { config, report }
    }
}

impl Progress for Intruder {
    fn listed(&self, _: u64, _: u64) {
        let report = ingest(&self.config, &Silent, &Cancel::default()).unwrap();
        *self.report.lock().unwrap() = Some(report);
    }
    fn advanced(&self, _: u64, _: u64) {}
}

/// Ingests `own` while another process ingests `other` and commits first: both reports.
fn race(
    house: &House,
    own: &[(&str, Vec<String>)],
    other: &[(&str, Vec<String>)],
) -> (Report, Report) {
    let others = house.archive().with_file_name("others");
    fs::create_dir_all(&others).unwrap();
    for (key, records) in own {
        house.put(key, records);
    }
    for (key, records) in other {
        let text = format!("{{\"Records\":[{}]}}", records.join(","));
        fs::write(others.join(key), gzip(&text)).unwrap();
    }
    let before = if house.archive().exists() {
        house.rows().len() as u64
    } else {
        0
    };
    let intruder = Intruder::of(others, house);
    let report = ingest(&house.config(), &intruder, &Cancel::default()).unwrap();
    let other = intruder.report.into_inner().unwrap().unwrap();
    for report in [&report, &other] {
        let sum = report.rows + report.duplicates + report.amended;
        assert_eq!(report.events, sum, "{report:?}");
    }
    let rows = house.rows().len() as u64;
    assert_eq!(rows, before + report.rows + other.rows);
    let staging = house.archive().join("_staging");
    assert!(fs::read_dir(staging).unwrap().next().is_none());
    // What the two left behind is an archive like any other.
    let again = house.ingest();
    assert_eq!((again.rows, again.amended, again.objects.read), (0, 0, 0));
    (report, other)
}

fn plain(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| record(id, json!({}))).collect()
}

fn at(id: &str, day: u32, members: Value) -> String {
    let mut all = json!({"eventTime": format!("2023-07-{day:02}T12:00:00Z")});
    let more = members.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(more);
    record(id, all)
}

#[test]
fn the_same_objects_are_taken_once() {
    let house = House::new();
    for n in 0..10 {
        house.put(
            &format!("{n}.json.gz"),
            &plain(&[&format!("id-{n}"), "id-same"]),
        );
    }
    house.write("noise.json", b"noise");
    let intruder = Intruder::of(house.logs(), &house);
    let report = ingest(&house.config(), &intruder, &Cancel::default()).unwrap();
    let other = intruder.report.into_inner().unwrap().unwrap();
    assert_eq!((other.rows, other.objects.read), (11, 11));
    assert_eq!(
        (report.rows, report.objects.read, report.objects.unchanged),
        (0, 0, 11)
    );
    assert_eq!((report.events, report.quarantined.count), (0, 0));
    assert_eq!(house.rows().len(), 11);
    let quarantine = all_files(&house.archive().join("_quarantine"));
    assert_eq!(quarantine.len(), 1);
}

#[test]
fn shared_events_are_dropped_from_the_later_commit() {
    let house = House::new();
    let denied = |id: &str| {
        at(
            id,
            2,
            json!({"eventName": "HeadBucket", "eventSource": "x.amazonaws.com"}),
        )
    };
    let own = vec![
        at("a", 1, json!({})),
        at("b", 1, json!({})),
        denied("c"),
        at("d", 3, json!({})),
    ];
    let other = vec![at("b", 1, json!({})), denied("c"), at("e", 3, json!({}))];
    let (report, other) = race(&house, &[("a.json.gz", own)], &[("b.json.gz", other)]);
    assert_eq!((report.rows, report.duplicates, other.rows), (2, 2, 3));
    // The file of the second day had no other row.
    assert_eq!((report.files, other.files), (2, 3));
    assert!(report.no_access.is_empty(), "{:?}", report.no_access);
    assert_eq!(column(&house.rows(), "event_id"), ["a", "b", "c", "d", "e"]);
}

#[test]
fn commits_that_share_nothing_stand_side_by_side() {
    let house = House::new();
    let (report, other) = race(
        &house,
        &[("a.json.gz", plain(&["a"]))],
        &[("b.json.gz", plain(&["b"]))],
    );
    assert_eq!((report.duplicates, other.duplicates), (0, 0));
    let archive = Archive::open(&house.archive().into(), &S3Options::default()).unwrap();
    let names: Vec<String> = archive
        .files()
        .unwrap()
        .into_iter()
        .map(|file| file.name)
        .collect();
    assert_eq!(
        names,
        [
            "event_date=2023-07-10/part-000001-0001.parquet",
            "event_date=2023-07-10/part-000002-0001.parquet"
        ]
    );
}

#[test]
fn different_events_of_one_id_are_both_kept() {
    let house = House::new();
    let other_event = || record("a", json!({"eventName": "PutObject"}));
    race(
        &house,
        &[(
            "a.json.gz",
            vec![record("a", json!({})), record("b", json!({}))],
        )],
        &[("b.json.gz", vec![other_event(), record("b", json!({}))])],
    );
    assert_eq!(column(&house.rows(), "event_id"), ["a", "a", "b"]);
    house.put("late.json.gz", &[record("a", json!({})), other_event()]);
    assert_eq!(house.ingest().duplicates, 2);
}

fn amendment() -> String {
    let addendum = json!({"reason": "UPDATED_DATA", "updatedFields": "requestParameters", "originalEventID": ID1});
    record(
        "amendment",
        json!({"addendum": addendum, "requestParameters": {"bucketName": "right"}}),
    )
}

#[test]
fn an_amendment_patches_its_event_whoever_comes_first() {
    let original = || plain(&[ID1, "other"]);
    let amended = || vec![amendment()];
    for (own, other) in [
        (original(), amended()),
        (amended(), original()),
        (amended(), amended()),
    ] {
        let house = House::new();
        race(&house, &[("a.json.gz", own)], &[("b.json.gz", other)]);
        house.put("late.json.gz", &original());
        house.ingest();
        let rows = house.rows();
        assert_eq!(column(&rows, "event_id"), [ID1, "other"]);
        assert_eq!(
            column(&rows, "request_parameters")[0],
            r#"{"bucketName":"right"}"#
        );
    }
}

#[test]
fn an_event_in_a_file_is_amended_once() {
    let house = House::new();
    house.put("0.json.gz", &plain(&[ID1, "other"]));
    house.ingest();
    race(
        &house,
        &[("a.json.gz", vec![amendment()])],
        &[("b.json.gz", vec![amendment()])],
    );
    let rows = house.rows();
    assert_eq!(column(&rows, "event_id"), [ID1, "other"]);
    assert_eq!(
        column(&rows, "request_parameters")[0],
        r#"{"bucketName":"right"}"#
    );
}
