//! Digests that are not what CloudTrail wrote, and chains with holes.
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
use delivery::{HOURS, Trail, check, content, gunzip, key, read, remove, run, weighty};
use leastwise_ingest::Delivery::{AsDelivered, NotAsDelivered, Unchecked};
use serde_json::{Value, json};

#[test]
fn t35_a_deleted_digest() {
    check(
        |house, trail| remove(house, &trail.digest_key(2)),
        NotAsDelivered,
        &["digest-not-found", "hours-missing", "logs-undigested"],
    );
    // The first of a chain is missed too; the last one is not, but its logs are.
    check(
        |house, trail| remove(house, &trail.digest_key(0)),
        NotAsDelivered,
        &["digest-not-found", "logs-undigested"],
    );
}

#[test]
fn a_changed_digest() {
    check(
        |house, trail| {
            let key = trail.digest_key(2);
            let mut digest: Value = serde_json::from_str(&gunzip(&read(house, &key))).unwrap();
            digest["logFiles"] = json!([]);
            house.write(&key, &gzip(&digest.to_string()));
            remove(house, &trail.log_key(2, "a"));
        },
        NotAsDelivered,
        // The other log of that hour has no valid digest any more.
        &["digest-link", "digest-signature", "logs-undigested"],
    );
}

#[test]
fn a_digest_that_is_none() {
    for bytes in [
        gzip("{}"),
        gzip("nonsense"),
        b"{}".to_vec(),
        vec![0x1f, 0x8b, 3],
    ] {
        check(
            |house, trail| house.write(&trail.digest_key(2), &bytes),
            NotAsDelivered,
            &["digest-format", "logs-undigested"],
        );
    }
}

#[test]
fn t32_a_digest_at_another_place() {
    check(
        |house, trail| {
            let bytes = read(house, &trail.digest_key(2));
            house.write(&trail.digest_key(3), &bytes);
        },
        NotAsDelivered,
        &["digest-moved", "logs-undigested"],
    );
}

#[test]
fn signed_by_another_key() {
    let house = House::new();
    let mut trail = Trail::new(&house);
    trail.signer = key(1);
    trail.hours(HOURS);
    let found = run(&house);
    assert_eq!(weighty(&found), ["digest-signature"; 6]);
    assert_eq!(found.delivery(), NotAsDelivered);
    assert_eq!((found.digests.invalid, found.logs.unchecked), (6, 12));

    // Its own fingerprint is not in the file.
    let house = House::new();
    let mut trail = Trail::new(&house);
    (trail.signer, trail.fingerprint) = (key(1), "other".into());
    trail.hours(0..1);
    let found = run(&house);
    assert_eq!(weighty(&found), ["key-unavailable"]);
    assert_eq!(found.delivery(), Unchecked);
}

#[test]
fn without_signature() {
    for metadata in [
        json!({}),
        json!({"signature": "00"}),
        json!({"signature-algorithm": "SHA256withRSA"}),
    ] {
        check(
            |house, trail| {
                let head = json!({"Metadata": metadata}).to_string();
                house.write(
                    &format!("{}.metadata.json", trail.digest_key(5)),
                    head.as_bytes(),
                );
            },
            NotAsDelivered,
            &["digest-unsigned"],
        );
    }
}

#[test]
fn the_chain_is_strict() {
    type Lie = fn(&mut (String, String, String));
    let lies: [(Lie, &[&str]); 3] = [
        (|last| last.1 = "00".repeat(32), &["digest-link"]),
        (|last| last.2 = "00".repeat(256), &["digest-link"]),
        (
            |last| last.0 = last.0.replace("T0000", "T0007"),
            &["digest-not-found"],
        ),
    ];
    for (lie, expect) in lies {
        let house = House::new();
        let mut trail = Trail::new(&house).hours(0..3);
        lie(trail.last.as_mut().unwrap());
        trail.hours(3..5);
        let found = run(&house);
        assert_eq!(weighty(&found), expect, "{:#?}", found.findings);
        assert_eq!(found.delivery(), NotAsDelivered);
    }
}

#[test]
fn a_digest_that_the_chain_leaves_out() {
    let house = House::new();
    let mut trail = Trail::new(&house).hours(0..2);
    let kept = trail.last.clone();
    trail = trail.hours(2..3);
    trail.last = kept;
    trail.hours(3..5);
    let found = run(&house);
    assert_eq!(weighty(&found), ["digest-orphan"], "{:#?}", found.findings);
}

#[test]
fn t35_a_restart_is_a_gap() {
    let house = House::new();
    let mut trail = Trail::new(&house).hours(0..2);
    trail.last = None;
    trail.hours(4..6);
    let found = run(&house);
    assert_eq!(weighty(&found), ["hours-missing"]);
    assert_eq!(found.delivery(), Unchecked);
    let gap = found
        .findings
        .iter()
        .find(|f| f.kind.as_str() == "hours-missing")
        .unwrap();
    assert!(
        gap.detail
            .contains("from 2024-02-28T23:00:00Z to 2024-02-29T01:00:00Z"),
        "{gap:?}"
    );
}

#[test]
fn t35_backfill_digests_are_a_chain_of_their_own() {
    let house = House::new();
    let mut trail = Trail::new(&house).hours(0..2);
    trail.last = None;
    trail.hours(4..6);
    let mut backfill = Trail::new(&house);
    backfill.backfill = true;
    backfill.hours(2..4);
    let found = run(&house);
    assert_eq!(weighty(&found), [""; 0], "{:#?}", found.findings);
    assert_eq!(found.delivery(), AsDelivered);
    assert_eq!((found.digests.valid, found.logs.valid), (6, 12));

    let head = json!({"Metadata": {"signature": "00", "signature-algorithm": "SHA256withRSA"}});
    let mut backfill = Trail::new(&house);
    backfill.backfill = true;
    house.write(
        &format!("{}.metadata.json", backfill.digest_key(3)),
        head.to_string().as_bytes(),
    );
    assert_eq!(
        weighty(&run(&house)),
        ["digest-format", "hours-missing", "logs-undigested"]
    );
}

#[test]
fn a_copy_without_metadata() {
    let house = House::new();
    let mut trail = Trail::new(&house);
    trail.metadata = false;
    let mut trail = trail.hours(0..5);
    let found = run(&house);
    assert_eq!(weighty(&found), ["signature-not-saved"]);
    assert_eq!((found.digests.valid, found.digests.unchecked), (4, 1));
    assert_eq!((found.logs.valid, found.logs.unchecked), (8, 2));
    assert_eq!(found.delivery(), Unchecked);

    // A change is found all the same.
    house.write(&trail.log_key(1, "a"), &gzip("{}"));
    assert_eq!(
        weighty(&run(&house)),
        ["log-modified", "signature-not-saved"]
    );

    // With the newest signature saved nothing is missing.
    house.put(&trail.log_key(9, "z"), &[]);
    house.write(&trail.log_key(1, "a"), &gzip(&content(1, "a")));
    remove(&house, &trail.log_key(9, "z"));
    trail.metadata = true;
    trail.hours(5..6);
    assert_eq!(run(&house).delivery(), AsDelivered);
}
