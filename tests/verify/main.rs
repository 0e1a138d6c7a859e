//! `leastwise verify` as a user types it: exit codes, what it prints, S3, and keys from CloudTrail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

extern crate ingest as leastwise_ingest;

#[path = "../../ingest/tests/common/mod.rs"]
mod common;
#[path = "../../ingest/tests/delivery/mod.rs"]
mod delivery;
#[path = "../harness/mod.rs"]
mod harness;
#[path = "../../ingest/tests/server/mod.rs"]
mod server;

use common::{House, gzip};
use delivery::{FINGERPRINT, Trail, key, key_answer, key_list, pkcs1, spki};
use harness::leastwise;
use serde_json::Value;
use server::{Fault, Server};
use std::fs;
use std::process::{Command, Output};

/// Two regions; the answers of CloudTrail in both.
fn house() -> House {
    let house = House::new();
    Trail::new(&house).hours(0..4);
    let mut other = Trail::new(&house);
    other.region = "eu-west-1".into();
    other.hours(0..4);
    for (region, der) in [("us-east-2", pkcs1(key(0))), ("eu-west-1", spki(key(0)))] {
        let answer = key_answer(FINGERPRINT, &der);
        house.write(
            &format!("list-public-keys/{region}.json"),
            answer.as_bytes(),
        );
    }
    fs::write(
        house.archive().with_file_name("keys.json"),
        key_list(FINGERPRINT, &pkcs1(key(0))),
    )
    .unwrap();
    house
}

fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

fn verify(house: &House, keys: &str) -> (Option<i32>, String, String) {
    let keys = house.archive().with_file_name(keys);
    output(
        leastwise()
            .arg("verify")
            .arg(house.logs())
            .arg("--keys")
            .arg(keys)
            .arg("-q"),
    )
}

/// `leastwise verify s3://…`, S3 and CloudTrail at one endpoint.
fn in_s3(server: &Server, verb: &[&str]) -> (Option<i32>, String, String) {
    let mut command = leastwise();
    command
        .args(verb)
        .args([
            "--endpoint-url",
            &server.url(),
            "--region",
            "us-east-1",
            "--json",
            "-q",
        ])
        .envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
    output(&mut command)
}

#[test]
fn a_folder_with_a_key_file() {
    let house = house();
    let (code, out, err) = verify(&house, "keys.json");
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let row = " 111122223333   us-east-2   2024-02-28T21:00:00Z to 2024-02-29T01:00:00Z       4/4    8/8   chain-start 1 \n";
    assert!(out.contains(row), "{out}");
    assert!(
        out.ends_with(
            "logs: 16 valid, 0 invalid, 0 unchecked\nEverything is as CloudTrail delivered it.\n"
        ),
        "{out}"
    );

    house.write(&Trail::new(&house).log_key(2, "a"), &gzip("{}"));
    let (code, out, _) = verify(&house, "keys.json");
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains("\nlog-modified: s3://trail-logs/AWSLogs/111122223333/CloudTrail/us-east-2/"),
        "{out}"
    );
    assert!(
        out.ends_with("logs: 15 valid, 1 invalid, 0 unchecked\nNOT as CloudTrail delivered it.\n"),
        "{out}"
    );
}

#[test]
fn what_cannot_be_checked() {
    let house = house();
    fs::write(
        house.archive().with_file_name("other.json"),
        key_list("other", &pkcs1(key(1))),
    )
    .unwrap();
    let (code, out, _) = verify(&house, "other.json");
    assert_eq!(code, Some(2));
    assert!(
        out.contains("key-unavailable") && out.ends_with("Not everything could be checked.\n"),
        "{out}"
    );

    let (code, out, err) = verify(&house, "none.json");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("none.json"), "{err}");

    fs::remove_dir_all(house.logs().join("AWSLogs/111122223333/CloudTrail-Digest")).unwrap();
    let (code, _, err) = verify(&house, "keys.json");
    assert_eq!(code, Some(2));
    assert!(
        err.contains("no `CloudTrail-Digest` folder") && err.contains("hint: "),
        "{err}"
    );
}

#[test]
fn s3_with_keys_from_cloudtrail() {
    let house = house();
    let server = Server::start(&house.logs(), "pre/", Fault::None);
    for source in ["s3://trail-logs", "s3://trail-logs/pre/AWSLogs"] {
        // The digests say that they were delivered to the top of the bucket.
        let (code, out, _) = in_s3(&server, &["verify", source]);
        assert_eq!(code, Some(1), "{source}");
        assert!(out.contains("digest-moved"), "{out}");
    }
    let (code, out, err) = in_s3(
        &server,
        &[
            "verify",
            "s3://trail-logs/pre",
            "--delivered-to",
            "s3://trail-logs",
        ],
    );
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["verdict"], "as-delivered");
    assert_eq!(
        (&found["digests"]["valid"], &found["logs"]["valid"]),
        (&8.into(), &16.into())
    );
    assert_eq!(found["places"][0]["region"], "eu-west-1");

    let server = Server::start(&house.logs(), "", Fault::None);
    for source in [
        "s3://trail-logs",
        "s3://trail-logs/AWSLogs/",
        "s3://trail-logs/AWSLogs/111122223333",
    ] {
        assert_eq!(in_s3(&server, &["verify", source]).0, Some(0), "{source}");
    }
    let (code, out, _) = in_s3(&server, &["verify", "s3://replica"]);
    assert_eq!(code, Some(1), "{out}");
}

#[test]
fn s3_that_is_not_as_delivered_or_not_readable() {
    let house = house();
    let trail = Trail::new(&house);
    house.write(&trail.log_key(1, "a"), &gzip("{}"));
    let server = Server::start(&house.logs(), "", Fault::Forbid("_b.json.gz"));
    fs::remove_file(house.logs().join("list-public-keys/eu-west-1.json")).unwrap();
    let (code, out, _) = in_s3(&server, &["verify", "s3://trail-logs"]);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, Some(1));
    assert_eq!(found["by_kind"]["log-modified"], 1);
    assert_eq!(found["by_kind"]["unreadable"], 8);
    let unreadable = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["kind"] == "unreadable")
        .unwrap();
    assert!(
        unreadable["detail"]
            .as_str()
            .unwrap()
            .contains("AccessDenied"),
        "{unreadable}"
    );
    assert_eq!(unreadable["bucket"], "trail-logs");

    // CloudTrail refuses to tell the keys of one region: asked once, and its digests are unchecked.
    let server = Server::start(&house.logs(), "", Fault::None);
    let (code, out, _) = in_s3(&server, &["verify", "s3://trail-logs"]);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &found["by_kind"]["key-unavailable"]),
        (Some(1), &4.into())
    );
    assert_eq!(found["places"][0]["digests"]["unchecked"], 4);
    assert_eq!(found["places"][1]["digests"]["valid"], 4);
}

#[test]
fn ingest_refuses_what_is_not_as_delivered() {
    let house = house();
    house.write(&Trail::new(&house).log_key(1, "a"), &gzip("{}"));
    let server = Server::start(&house.logs(), "", Fault::None);
    let archive = house.archive();
    let verb = [
        "ingest",
        "--verify",
        "--source",
        "s3://trail-logs/AWSLogs",
        "--archive",
        archive.to_str().unwrap(),
    ];
    let (code, out, _) = in_s3(&server, &verb);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, Some(1), "{out}");
    assert_eq!(report["quarantined"]["by_reason"]["not-as-delivered"], 1);
    assert_eq!(report["verification"]["logs"]["valid"], 15);
    assert_eq!(
        report["rows"], 8,
        "the two regions deliver the same events, one of which is refused once"
    );
}
