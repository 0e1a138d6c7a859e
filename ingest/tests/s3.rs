//! S3 as a source: paging, faults on the wire, and the same archive as from a folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod common;
mod server;

use common::{House, all_files, record};
use leastwise_ingest::{Cancel, Config, DeliveryDays, Report, Silent, Source, ingest};
use serde_json::json;
use server::{Fault, Server};
use std::fs;
use std::time::Duration;

fn house() -> House {
    let house = House::new();
    for n in 0..25 {
        let records: Vec<String> = (0..n * 3)
            .map(|i| {
                record(
                    &format!("id-{n}-{i}"),
                    json!({"requestID": format!("{:x}", i * 7919 + n)}),
                )
            })
            .collect();
        house.put(
            &format!(
                "AWSLogs/1/CloudTrail/eu-west-1/2023/07/{:02}/{n}.json.gz",
                n % 3 + 1
            ),
            &records,
        );
    }
    house.put(
        "AWSLogs/1/CloudTrail-Digest/eu-west-1/2023/07/10/d.json.gz",
        &[record("digest", json!({}))],
    );
    house.write(
        "AWSLogs/1/CloudTrail/eu-west-1/2023/07/01/broken.json",
        b"{\"Records\":[{",
    );
    house
}

fn ingest_s3(house: &House, server: &Server, prefix: &str, archive: &str) -> Report {
    ingest_days(house, server, (prefix, archive), DeliveryDays::default())
}

fn ingest_days(
    house: &House,
    server: &Server,
    (prefix, archive): (&str, &str),
    days: DeliveryDays,
) -> Report {
    let source = Source::parse(&format!("s3://logs/{prefix}")).unwrap();
    let mut config = Config::new(source, house.archive().with_file_name(archive));
    config.s3.endpoint_url = Some(server.url());
    config.s3.region = Some("eu-west-1".into());
    config.s3.patience = Duration::from_secs(2);
    config.unsigned = true;
    config.days = days;
    ingest(&config, &Silent, &Cancel::default()).unwrap()
}

/// Everything but the ledger, which names the source.
fn files(house: &House, archive: &str) -> Vec<(String, Vec<u8>)> {
    let root = house.archive().with_file_name(archive);
    let files = all_files(&root).into_iter().map(|path| {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        (name, fs::read(&path).unwrap())
    });
    files
        .filter(|(name, _)| !name.starts_with("_ledger"))
        .collect()
}

#[test]
fn s3_and_folder_give_the_same_bytes_also_under_faults() {
    let house = house();
    let folder = house.ingest();
    let expect = files(&house, "archive");
    for (archive, fault) in [
        ("plain", Fault::None),
        ("busy", Fault::SlowDown),
        ("cut", Fault::CutBodies),
        ("silent", Fault::Silence("4.json.gz")),
        ("reset", Fault::Reset("3.json.gz")),
    ] {
        let server = Server::start(&house.logs(), "pre/", fault);
        let report = ingest_s3(&house, &server, "pre", archive);
        assert!(
            report.objects.unreadable.is_empty(),
            "{archive}: {:?}",
            report.objects.unreadable
        );
        assert_eq!(report, folder, "{archive}");
        assert_eq!(files(&house, archive), expect, "{archive}");
        let again = ingest_s3(&house, &server, "pre", archive);
        assert_eq!((again.objects.read, again.objects.unchanged), (0, 26));
    }
}

#[test]
fn a_prefix_is_a_folder_or_an_object() {
    let house = house();
    let server = Server::start(&house.logs(), "pre/", Fault::None);
    let day = "AWSLogs/1/CloudTrail/eu-west-1/2023/07/01";
    let whole = ingest_s3(&house, &server, &format!("pre/{day}/"), "slash");
    let bare = ingest_s3(&house, &server, &format!("pre/{day}"), "bare");
    assert_eq!((whole.objects.read, bare.objects.read), (10, 10));
    let cut = ingest_s3(
        &house,
        &server,
        &format!("pre/{}", day.trim_end_matches('1')),
        "cut",
    );
    assert_eq!(cut.objects.read, 0);
    let one = ingest_s3(&house, &server, &format!("pre/{day}/3.json.gz"), "one");
    assert_eq!((one.objects.read, one.rows), (1, 9));
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_is_done() {
    let house = house();
    let end = "/24.json.gz";
    for (archive, fault, why) in [
        ("forbidden", Fault::Forbid(end), "AccessDenied"),
        (
            "changed",
            Fault::Changed(end),
            "has changed since it was listed",
        ),
        ("gone", Fault::Gone(end), "is gone since it was listed"),
        ("busy", Fault::Busy(end), "no progress for 2s: "),
    ] {
        let server = Server::start(&house.logs(), "pre/", fault);
        let report = ingest_s3(&house, &server, "pre", archive);
        assert_eq!(report.objects.read, 25, "{archive}");
        let unreadable = &report.objects.unreadable;
        assert_eq!(unreadable.len(), 1, "{archive}");
        assert!(unreadable[0].reason.contains(why), "{unreadable:?}");
        // Another run takes what is left, and nothing else.
        let server = Server::start(&house.logs(), "pre/", Fault::None);
        let again = ingest_s3(&house, &server, "pre", archive);
        assert_eq!((again.objects.read, again.rows), (1, 72), "{archive}");
    }
}

#[test]
fn a_clock_that_is_off_stops_it_with_the_servers_words() {
    let house = house();
    let server = Server::start(&house.logs(), "pre/", Fault::Skew);
    let mut config = house.config();
    config.source = Source::parse("s3://logs/pre").unwrap();
    config.s3.endpoint_url = Some(server.url());
    config.unsigned = true;
    let error = ingest(&config, &Silent, &Cancel::default()).unwrap_err();
    let cause = std::error::Error::source(&error).map(|cause| format!("{cause:?}"));
    assert!(cause.unwrap().contains("RequestTimeTooSkewed"));
}

#[test]
fn a_large_object_comes_in_parts() {
    let house = House::new();
    // Random text, which gzip cannot make small.
    let mut number = 1_u64;
    let mut noise = || {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        format!("{number:016x}")
    };
    let records: Vec<String> = (0..400)
        .map(|n| {
            let noise: String = (0..6000).map(|_| noise()).collect();
            record(&format!("id-{n}"), json!({"userAgent": noise}))
        })
        .collect();
    house.put("large.json.gz", &records);
    house.put("small.json.gz", &[record("small", json!({}))]);
    assert!(
        fs::metadata(house.logs().join("large.json.gz"))
            .unwrap()
            .len()
            > 16 << 20
    );
    for (archive, fault) in [("plain", Fault::None), ("cut", Fault::CutBodies)] {
        let server = Server::start(&house.logs(), "", fault);
        let report = ingest_s3(&house, &server, "", archive);
        assert_eq!((report.rows, report.objects.read), (401, 2), "{archive}");
        assert!(server.most_at_once() > 1);
    }
}

#[test]
fn a_window_lists_only_its_days() {
    let house = House::new();
    for account in ["111122223333", "444455556666"] {
        for region in ["eu-west-1", "us-east-1"] {
            for n in 0..84 {
                let (month, day) = (n / 28 + 1, n % 28 + 1);
                let key = format!(
                    "AWSLogs/{account}/CloudTrail/{region}/2026/{month:02}/{day:02}/{n}.json.gz"
                );
                house.put(
                    &key,
                    &[record(&format!("{account}-{region}-{n}"), json!({}))],
                );
            }
        }
    }
    let server = Server::start(&house.logs(), "", Fault::None);
    let date = |text: &str| Some(text.parse().unwrap());
    let days = DeliveryDays::of_events(date("2026-02-10"), date("2026-02-12"), 1);
    let mut windowed = house.config();
    windowed.days = days.clone();
    let folder = ingest(&windowed, &Silent, &Cancel::default()).unwrap();
    let report = ingest_days(&house, &server, ("", "windowed"), days);
    // 4 days in 2 accounts and 2 regions, wherever they are read from
    assert_eq!((folder.rows, report.rows), (16, 16));
    assert_eq!(folder.objects.ignored["other-days"], 4 * 80);
    // 1 for the root, 1 for AWSLogs/, 2 accounts with 1 folder each, 4 regions of a page (7 keys hold the 4 days)
    assert_eq!(server.listings(), 10);
    let all = ingest_s3(&house, &server, "", "all");
    assert_eq!(all.rows, 4 * 84);
}

#[test]
fn a_prefix_that_may_not_be_listed_is_reported_and_the_rest_is_read() {
    let house = House::new();
    for region in ["eu-west-1", "us-east-1"] {
        let key = format!("AWSLogs/111122223333/CloudTrail/{region}/2026/01/01/a.json.gz");
        house.put(&key, &[record(region, json!({}))]);
    }
    let server = Server::start(&house.logs(), "", Fault::ForbidListing("us-east-1"));
    let report = ingest_s3(&house, &server, "", "forbidden");
    assert_eq!(report.rows, 1);
    let unreadable = &report.objects.unreadable;
    assert_eq!(unreadable.len(), 1);
    assert_eq!(
        unreadable[0].object,
        "AWSLogs/111122223333/CloudTrail/us-east-1/*"
    );
    assert!(
        unreadable[0].reason.contains("AccessDenied"),
        "{}",
        unreadable[0].reason
    );
}
