//! Logs that are not what the digests say, and what is not a log of theirs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod common;
mod delivery;

use common::{House, gzip};
use delivery::{
    FINGERPRINT, HOURS, Trail, check, config, content, key, key_list, pkcs1, read, remove, run,
    spki, weighty,
};
use leastwise_ingest::Delivery::{AsDelivered, NotAsDelivered, Unchecked};
use leastwise_ingest::{Cancel, Error, Silent, Source, verify};
use std::fs;

#[test]
fn what_was_delivered_is_proven() {
    let house = House::new();
    Trail::new(&house).hours(HOURS);
    let mut other = Trail::new(&house);
    other.region = "eu-west-1".into();
    other.account = "444455556666".into();
    other.hours(0..2);
    let found = run(&house);
    assert_eq!(weighty(&found), [""; 0]);
    assert_eq!(found.delivery(), AsDelivered);
    assert_eq!((found.digests.valid, found.logs.valid), (8, 16));
    let places: Vec<_> = found
        .places
        .iter()
        .map(|place| {
            (
                place.account.as_str(),
                place.region.as_str(),
                place.logs.valid,
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("111122223333", "us-east-2", 12),
            ("444455556666", "eu-west-1", 4)
        ]
    );
    assert_eq!(
        found.places[0].covered_from.as_deref(),
        Some("2024-02-28T21:00:00Z")
    );
    assert_eq!(
        found.places[0].covered_to.as_deref(),
        Some("2024-02-29T03:00:00Z")
    );
}

#[test]
fn t33_keys_in_both_forms() {
    assert_ne!(pkcs1(key(0)), spki(key(0)));
    for der in [pkcs1(key(0)), spki(key(0))] {
        let house = House::new();
        Trail::new(&house).hours(HOURS);
        let keys = house.archive().with_file_name("keys.json");
        fs::write(
            &keys,
            key_list("other", &pkcs1(key(1))) + "\n" + &key_list(FINGERPRINT, &der),
        )
        .unwrap();
        assert_eq!(run(&house).delivery(), AsDelivered);
    }
}

#[test]
fn a_changed_log() {
    check(
        |house, trail| house.write(&trail.log_key(2, "a"), &gzip("{\"Records\":[]}")),
        NotAsDelivered,
        &["log-modified"],
    );
    check(
        |house, trail| {
            let (a, b) = (trail.log_key(2, "a"), trail.log_key(3, "b"));
            let (first, second) = (read(house, &a), read(house, &b));
            house.write(&a, &second);
            house.write(&b, &first);
        },
        NotAsDelivered,
        &["log-modified", "log-modified"],
    );
}

#[test]
fn a_deleted_log() {
    check(
        |house, trail| remove(house, &trail.log_key(2, "a")),
        NotAsDelivered,
        &["log-not-found"],
    );
}

#[test]
fn t34_an_extended_log() {
    for tail in [gzip("{\"Records\":[]}"), b"x".to_vec(), vec![0; 512]] {
        check(
            |house, trail| {
                let log = trail.log_key(2, "a");
                house.write(&log, &[read(house, &log), tail].concat());
            },
            NotAsDelivered,
            &["log-trailing"],
        );
    }
}

#[test]
fn a_damaged_log() {
    check(
        |house, trail| {
            let log = trail.log_key(2, "a");
            let bytes = read(house, &log);
            house.write(&log, &bytes[..bytes.len() - 3]);
        },
        NotAsDelivered,
        &["log-corrupt"],
    );
}

#[test]
fn t30_a_log_inflated_on_the_way_is_the_same_log() {
    check(
        |house, trail| house.write(&trail.log_key(2, "a"), content(2, "a").as_bytes()),
        AsDelivered,
        &[],
    );
}

#[test]
fn t36_a_forged_log() {
    check(
        |house, trail| house.write(&trail.log_key(2, "forged"), &gzip("{\"Records\":[]}")),
        NotAsDelivered,
        &["log-unreferenced"],
    );
    for key in [
        "2024/02/29/deeper/x.json",
        "x.json.gz",
        "2024/x.jsonl",
        "zzz/y/x/w.json",
    ] {
        let key = format!("AWSLogs/111122223333/CloudTrail/us-east-2/{key}");
        check(
            |house, _| house.write(&key, b"{\"Records\":[]}"),
            NotAsDelivered,
            &["log-unreferenced"],
        );
    }
}

#[test]
fn logs_that_no_digest_can_know() {
    check(
        |house, trail| house.write(&trail.log_key(6, "new"), &gzip("{}")),
        AsDelivered,
        &[],
    );
    check(
        |house, trail| house.write(&trail.log_key(40, "late"), &gzip("{}")),
        Unchecked,
        &["logs-undigested"],
    );
    check(
        |house, trail| house.write(&trail.log_key(-30, "early"), &gzip("{}")),
        Unchecked,
        &["logs-undigested"],
    );
}

/// The strict part: digests rightly signed, but the chain is not right.
#[test]
fn a_window() {
    let house = House::new();
    let trail = Trail::new(&house).hours(0..60);
    let mut config = config(&house);
    config.window.from = "2024-02-29".parse().ok();
    config.window.to = "2024-02-29".parse().ok();
    let found = verify(&config, &Silent, &Cancel::default()).unwrap();
    assert_eq!(weighty(&found), [""; 0], "{:#?}", found.findings);
    assert_eq!(found.delivery(), AsDelivered);
    assert_eq!(found.digests.valid, 26);

    // Outside the window nothing counts; at its edges hours are missed.
    house.write(&trail.log_key(58, "a"), b"");
    for hour in 2..8 {
        remove(&house, &trail.digest_key(hour));
    }
    let found = verify(&config, &Silent, &Cancel::default()).unwrap();
    assert_eq!(
        weighty(&found),
        ["digest-not-found", "hours-missing", "logs-undigested"]
    );
    config.window.from = "2024-03-01".parse().ok();
    config.window.to = "2024-03-04".parse().ok();
    let found = verify(&config, &Silent, &Cancel::default()).unwrap();
    assert_eq!(
        weighty(&found),
        ["hours-missing", "log-modified"],
        "{:#?}",
        found.findings
    );
}

#[test]
fn delivered_to() {
    let house = House::new();
    Trail::new(&house).hours(0..2);
    let mut config = config(&house);
    for (there, expect) in [
        ("s3://trail-logs", AsDelivered),
        ("s3://other", NotAsDelivered),
        ("s3://trail-logs/x", NotAsDelivered),
    ] {
        config.trust.delivered_to = Some(Source::parse(there).unwrap());
        let found = verify(&config, &Silent, &Cancel::default()).unwrap();
        assert_eq!(found.delivery(), expect, "{there}: {:?}", found.findings);
    }
    // A part of the tree is a source too.
    config.source = Source::Folder(house.logs().join("AWSLogs/111122223333"));
    config.trust.delivered_to = None;
    let found = verify(&config, &Silent, &Cancel::default()).unwrap();
    assert_eq!(found.delivery(), AsDelivered);
}

#[test]
fn nothing_to_verify() {
    let house = House::new();
    house.put("AWSLogs/1/CloudTrail/us-east-2/2024/02/28/x.json.gz", &[]);
    assert!(matches!(
        verify(&config(&house), &Silent, &Cancel::default()),
        Err(Error::NoDigests(_))
    ));
    let mut config = config(&house);
    for text in [
        "",
        "{}",
        "[]",
        r#"{"PublicKeyList":[{"Value":"%","Fingerprint":"a"}]}"#,
        r#"{"PublicKeyList":[]}"#,
    ] {
        fs::write(&config.trust.keys[0], text).unwrap();
        let result = verify(&config, &Silent, &Cancel::default());
        assert!(matches!(result, Err(Error::KeyFile { .. })), "{text}");
    }
    config.trust.keys = vec![house.logs().join("none")];
    assert!(matches!(
        verify(&config, &Silent, &Cancel::default()),
        Err(Error::Io { .. })
    ));
}

#[test]
fn a_cancelled_verification_proves_nothing() {
    let house = House::new();
    Trail::new(&house).hours(0..2);
    let cancel = Cancel::default();
    cancel.cancel();
    let found = verify(&config(&house), &Silent, &cancel).unwrap();
    assert!(found.cancelled);
    assert_eq!(found.delivery(), Unchecked);
}
