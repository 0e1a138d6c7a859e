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
use delivery::{
    FINGERPRINT, HOURS, Trail, check, content, gunzip, key, read, remove, run, weighty,
};
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

/// Key and signature made by another program: `openssl genrsa`, `openssl dgst -sha256 -sign` over
/// `digestEndTime LF bucket/object LF sha256 LF null`.
#[test]
fn t31_signed_by_openssl() {
    const KEY: &str = "/AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/111122223333_CloudTrail-Digest_us-east-2_example_us-east-2_20150817T150131Z.json.gz";
    const DIGEST: &str = r#"{"awsAccountId":"111122223333","digestStartTime":"2015-08-17T14:01:31Z","digestEndTime":"2015-08-17T15:01:31Z","digestS3Bucket":"example-bucket","digestS3Object":"AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/111122223333_CloudTrail-Digest_us-east-2_example_us-east-2_20150817T150131Z.json.gz","digestPublicKeyFingerprint":"31e8b5433410dfb61a9dc45cc65b22ff","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,"logFiles":[]}"#;
    const SIGNATURE: &str = "04f5106c5999ce6e92a2edf31a32312973ea78d11dc0f9174af8c8b1f8041695abf1d8b1a8a76bf2c2a67acdb32b61fe3ec6\
        032f7640895c9b5505e4aa9fd428827db30458837e91a4e1e6d2fa0555c2f67bdfff9fbd51daffe5bb2fe565e77fdad13a8d\
        7803ad622c69bf3953593bd793753f00a7d59596ba269a0c9c53bb46b04c75457fa6973bb7db8ce132c623c065e1ae2fb994\
        1730e06c4ad803becf8deee5b8b273bdd4c2c72063db3a934c44e7396fbe720f004af190028f84ed16f89e3065ff3314f064\
        be666941c7c6332870807ab3a461d20a4cad8ef8035df67e625d00afe5d633560bea0603460d0d0165fa44dd08cff2aff751\
        08f760c7ec9d";
    const PKCS1: &str = "MIIBCgKCAQEAsnrTRtFDH1g4aSein2P/TqmKZ5sUevwjCEVOE+94aHEnEN+565yF9/j+5Q7PkczzgQQfzPqjF3hzOA0oAg3KQsOy\
        uxkvazsqHerW4v8JTLD+908w0w2lg20I/980yylYNect8nYMh14A8mMmqORFZ/IdBtHhkn1u0fbg+xYjrrp9wRkabxhCwnDCil3F\
        HlCPLIeXkK07CyT5tMUkb98JHnQYJ8MURQS/da27+MNY1F8uhemkHEA7Cls4q6g3BLLzYtr9LHab2WczfXNz4YqBp6+95jPslFZN\
        BwgGNi6kvHgC8OujY6ExTkn3dwzj0Ind4XTjb7HaTX6UgAFw0SpSUQIDAQAB";
    const SPKI: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsnrTRtFDH1g4aSein2P/TqmKZ5sUevwjCEVOE+94aHEnEN+565yF9/j+\
        5Q7PkczzgQQfzPqjF3hzOA0oAg3KQsOyuxkvazsqHerW4v8JTLD+908w0w2lg20I/980yylYNect8nYMh14A8mMmqORFZ/IdBtHh\
        kn1u0fbg+xYjrrp9wRkabxhCwnDCil3FHlCPLIeXkK07CyT5tMUkb98JHnQYJ8MURQS/da27+MNY1F8uhemkHEA7Cls4q6g3BLLz\
        Ytr9LHab2WczfXNz4YqBp6+95jPslFZNBwgGNi6kvHgC8OujY6ExTkn3dwzj0Ind4XTjb7HaTX6UgAFw0SpSUQIDAQAB";
    for (der, digest, expect) in [
        (PKCS1, DIGEST.to_owned(), AsDelivered),
        (SPKI, DIGEST.to_owned(), AsDelivered),
        (SPKI, DIGEST.replace("14:01:31", "14:01:32"), NotAsDelivered),
    ] {
        let house = House::new();
        house.write(&KEY[1..], &gzip(&digest));
        let head =
            json!({"Metadata": {"signature": SIGNATURE, "signature-algorithm": "SHA256withRSA"}});
        house.write(
            &format!("{}.metadata.json", &KEY[1..]),
            head.to_string().as_bytes(),
        );
        let list = json!({"PublicKeyList": [{"Value": der, "Fingerprint": FINGERPRINT}]});
        std::fs::write(
            house.archive().with_file_name("keys.json"),
            list.to_string(),
        )
        .unwrap();
        let found = run(&house);
        assert_eq!(found.delivery(), expect, "{:?}", found.findings);
    }
}
