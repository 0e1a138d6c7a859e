//! Ingest that asks CloudTrail's digests: what is not as delivered is no evidence, and the ledger says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod common;
mod delivery;

use common::{House, column, gzip, record};
use delivery::{HOURS, Trail, config, content, read, remove};
use leastwise_ingest::Delivery::{self, AsDelivered, NotAsDelivered, Unchecked};
use leastwise_ingest::{Cancel, Error, Report, Silent, ingest};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

fn run(house: &House) -> Result<Report, Error> {
    let mut ingesting = house.config();
    ingesting.verify = Some(config(house).trust);
    ingest(&ingesting, &Silent, &Cancel::default())
}

/// Verdicts by key, over all ledger entries.
fn ledger(house: &House) -> BTreeMap<String, String> {
    let mut verdicts = BTreeMap::new();
    for entry in fs::read_dir(house.archive().join("_ledger")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let entry: Value = serde_json::from_str(&text).unwrap();
        for object in entry["objects"].as_array().unwrap() {
            let verdict = object["verdict"].as_str().unwrap_or("none").to_owned();
            verdicts.insert(object["key"].as_str().unwrap().to_owned(), verdict);
        }
    }
    verdicts
}

/// Six hours with twelve events, something done to them; what becomes of one object.
fn check(
    attack: impl FnOnce(&House, &Trail<'_>) -> String,
    verdict: &str,
    rows: usize,
    delivery: Delivery,
) {
    let house = House::new();
    let trail = Trail::new(&house).hours(HOURS);
    let key = attack(&house, &trail);
    let report = run(&house).unwrap();
    let found = report.verification.unwrap();
    assert_eq!(
        ledger(&house).get(&key).map_or("gone", String::as_str),
        verdict,
        "{found:#?}"
    );
    assert_eq!(house.rows().len(), rows);
    assert_eq!(found.delivery(), delivery, "{found:#?}");
    let refused = report.quarantined.by_reason.get("not-as-delivered");
    let invalid = delivery == NotAsDelivered && verdict.starts_with("log-");
    assert_eq!(refused, invalid.then_some(&1));
    let counted = found.logs.valid + found.logs.invalid + found.logs.unchecked;
    assert_eq!(counted, report.objects.read);
}

#[test]
fn what_is_as_delivered_is_ingested_and_noted() {
    check(|_, trail| trail.log_key(2, "a"), "valid", 12, AsDelivered);
}

#[test]
fn what_is_not_is_refused() {
    check(
        |house, trail| {
            let key = trail.log_key(2, "a");
            house.write(&key, &gzip(&content(77, "x")));
            key
        },
        "log-modified",
        11,
        NotAsDelivered,
    );
    check(
        |house, trail| {
            let key = trail.log_key(2, "forged");
            house.write(&key, &gzip(&content(77, "x")));
            key
        },
        "log-unreferenced",
        12,
        NotAsDelivered,
    );
    check(
        |house, trail| {
            let key = trail.log_key(2, "a");
            remove(house, &key);
            key
        },
        "gone",
        11,
        NotAsDelivered,
    );
}

#[test]
fn t34_neither_member_of_an_extended_log_is_evidence() {
    check(
        |house, trail| {
            let key = trail.log_key(2, "a");
            house.write(&key, &[read(house, &key), gzip(&content(77, "x"))].concat());
            key
        },
        "log-trailing",
        11,
        NotAsDelivered,
    );
}

#[test]
fn what_cannot_be_proven_yet_is_ingested() {
    check(
        |house, trail| {
            let key = trail.log_key(6, "new");
            house.write(&key, &gzip(&content(77, "x")));
            key
        },
        "logs-pending",
        13,
        AsDelivered,
    );
    check(
        |house, _| {
            house.write("else/where.json", record("x", json!({})).as_bytes());
            "else/where.json".to_owned()
        },
        "elsewhere",
        13,
        Unchecked,
    );
    check(
        |house, trail| {
            let digest = trail.digest_key(2);
            let other = read(house, &trail.digest_key(3));
            house.write(&digest, &other);
            trail.log_key(2, "a")
        },
        "logs-undigested",
        12,
        NotAsDelivered,
    );
}

#[test]
fn a_later_run_verifies_what_is_new() {
    let house = House::new();
    let trail = Trail::new(&house).hours(0..30);
    assert_eq!(run(&house).unwrap().verification.unwrap().logs.valid, 60);
    assert_eq!(run(&house).unwrap().verification, None);
    let trail = trail.hours(30..54);
    let report = run(&house).unwrap();
    let found = report.verification.unwrap();
    assert_eq!(found.delivery(), AsDelivered, "{found:#?}");
    assert_eq!((report.objects.read, found.logs.valid), (48, 48));
    assert!(found.digests.valid < 54, "{:?}", found.digests);
    drop(trail);
    let verdicts = ledger(&house);
    assert_eq!(verdicts.len(), 108);
    assert!(verdicts.values().all(|verdict| verdict == "valid"));
    assert_eq!(column(&house.rows(), "event_id").len(), 108);
}

#[test]
fn without_digests_nothing_is_ingested() {
    let house = House::new();
    house.put(
        "AWSLogs/1/CloudTrail/us-east-2/2024/02/28/x.json.gz",
        &[record("a", json!({}))],
    );
    assert!(matches!(run(&house), Err(Error::NoDigests(_))));
    assert!(house.rows().is_empty());
}

#[test]
fn without_verification_the_ledger_has_no_verdict() {
    let house = House::new();
    let trail = Trail::new(&house).hours(0..1);
    assert_eq!(house.ingest().verification, None);
    assert_eq!(ledger(&house)[&trail.log_key(0, "a")], "none");
}

#[test]
fn little_room_is_enough() {
    let house = House::new();
    Trail::new(&house).hours(HOURS);
    let mut ingesting = house.config();
    ingesting.verify = Some(config(&house).trust);
    ingesting.memory_bytes = 1;
    ingesting.threads = 4;
    let report = ingest(&ingesting, &Silent, &Cancel::default()).unwrap();
    assert_eq!(report.verification.unwrap().logs.valid, 12);
}
