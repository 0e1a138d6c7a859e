//! Sources to archives: what is in the rows, and that each event is there once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod common;

use common::{House, all_files, column, file_rows, gzip, parquet_files, record};
use leastwise_ingest::{Cancel, Silent, ingest};
use serde_json::json;
use std::fs;

const ID1: &str = "00000000-0000-0000-0000-000000000001";
const ID2: &str = "00000000-0000-0000-0000-000000000002";

#[test]
fn t26_an_event_of_two_trails_is_one_row() {
    let house = House::new();
    house.put(
        "a.json.gz",
        &[record(ID1, json!({})), record(ID2, json!({}))],
    );
    house.put("b.json.gz", &[record(ID1, json!({}))]);
    let report = house.ingest();
    assert_eq!((report.events, report.rows, report.duplicates), (3, 2, 1));
    assert_eq!(column(&house.rows(), "event_id"), [ID1, ID2]);

    // Again: nothing to do. A copy in a new object: dropped.
    let report = house.ingest();
    assert_eq!(
        (report.objects.unchanged, report.objects.read, report.rows),
        (2, 0, 0)
    );
    house.put("c.json.gz", &[record(ID2, json!({}))]);
    let report = house.ingest();
    assert_eq!(
        (report.objects.unchanged, report.rows, report.duplicates),
        (2, 0, 1)
    );
    assert_eq!(house.rows().len(), 2);
}

#[test]
fn another_event_with_the_same_id_is_kept() {
    let house = House::new();
    let other = record(ID1, json!({"eventName": "PutObject"}));
    house.put("a.json.gz", &[record(ID1, json!({})), other.clone(), other]);
    let report = house.ingest();
    assert_eq!(
        (report.rows, report.duplicates, report.conflicting_ids),
        (2, 1, 1)
    );
}

#[test]
fn one_event_in_two_envelopes_is_one_row() {
    let house = House::new();
    let plain = r#"{"eventTime":"2023-07-10T12:00:00Z","eventSource":"s","eventName":"n","eventID":"x","requestParameters":{"a":1,"b":[2]}}"#;
    let other = r#"{ "requestParameters": { "b": [ 2 ], "a": 1 }, "eventID":"x","eventName":"n","eventSource":"s","eventTime":"2023-07-10T12:00:00Z" }"#;
    house.write("a.json", plain.as_bytes());
    house.write(
        "b.json",
        format!(r#"{{"detail-type":"AWS API Call via CloudTrail","detail":{other}}}"#).as_bytes(),
    );
    let report = house.ingest();
    assert_eq!((report.rows, report.duplicates), (1, 1));
}

#[test]
fn t2_version_1_0_has_a_made_up_id() {
    let house = House::new();
    let old = |name: &str| {
        format!(
            r#"{{"eventVersion":"1.0","eventTime":"2014-07-18T15:07:39Z","eventSource":"iam.amazonaws.com","eventName":"{name}",
            "awsRegion":"us-east-1","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::1:user/a","accountId":"1"}}}}"#
        )
    };
    house.put(
        "a.json.gz",
        &[old("CreateRole"), old("CreateRole"), old("CreateUser")],
    );
    let report = house.ingest();
    assert_eq!((report.rows, report.duplicates), (2, 1));
    let rows = house.rows();
    assert!(
        rows.iter()
            .all(|row| row["event_id"].len() == 32 && row["account"] == "1"),
        "{rows:?}"
    );
}

#[test]
fn t27_t28_region_and_date_come_from_the_record() {
    let house = House::new();
    let key = "AWSLogs/111122223333/CloudTrail/us-east-1/2023/07/11/x.json.gz";
    house.put(
        key,
        &[record(ID1, json!({"eventTime": "2023-07-10T23:59:59Z"}))],
    );
    house.ingest();
    let rows = house.rows();
    assert_eq!(column(&rows, "event_date"), ["2023-07-10"]);
    assert_eq!(column(&rows, "region"), ["eu-west-1"]);
    assert_eq!(column(&rows, "event_time"), ["1689033599000"]);
    assert_eq!(column(&rows, "source_object"), [key]);
}

#[test]
fn t7_secrets_and_responses_are_never_written() {
    let house = House::new();
    let parameters = json!({"sessionToken": "S3CR3T", "x": {"masterUserPassword": "S3CR3T"}, "k": "{\"secretString\":\"S3CR3T\"}"});
    let response = json!({"credentials": {"sessionToken": "S3CR3T"}});
    house.put(
        "a.json.gz",
        &[record(
            ID1,
            json!({"requestParameters": parameters, "responseElements": response}),
        )],
    );
    house.write(
        "broken.json",
        br#"{"Records":[{"sessionToken":"S3CR3T"},{"eventVersion":"2.0","eventTime":"S3CR3T""#,
    );
    let report = house.ingest();
    assert_eq!(report.quarantined.count, 2);
    let rows = house.rows();
    assert_eq!(
        rows[0]["request_parameters"],
        r#"{"k":"{\"secretString\":\"[redacted]\"}","sessionToken":"[redacted]","x":{"masterUserPassword":"[redacted]"}}"#
    );
    for path in all_files(&house.archive()) {
        let bytes = fs::read(&path).unwrap();
        assert!(
            !bytes.windows(6).any(|bytes| bytes == b"S3CR3T"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_broken_record_leaves_its_neighbours() {
    let house = House::new();
    let good = record(ID1, json!({}));
    let text = format!(
        r#"{{"Records":[{{"eventVersion":}},{good},{{"eventVersion":"2.0","eventTime":"2023-07-10T12:00:00Z","eventSource":"s","eventName":"n"}},{}]}}"#,
        record(ID2, json!({"eventTime": "yesterday"})),
    );
    house.write("a.json", text.as_bytes());
    house.write("cut.json.gz", &gzip(&format!("[{good}]"))[..60]);
    house.write(
        "two.json.gz",
        &[gzip(&format!("[{}]", record(ID2, json!({})))), gzip("[{}]")].concat(),
    );
    house.write("bytes.json", b"[{\"a\":\"\xff\"}]");
    house.write("noise.json", b"hello\nworld\n");
    let report = house.ingest();
    assert_eq!(column(&house.rows(), "event_id"), [ID1, ID2]);
    let reasons: Vec<(String, String, u64)> = report
        .quarantined
        .first
        .iter()
        .map(|entry| (entry.object.clone(), entry.reason.clone(), entry.offset))
        .collect();
    let expect = |object: &str, reason: &str, offset: usize| {
        (object.to_owned(), reason.to_owned(), offset as u64)
    };
    let second = 12 + r#"{"eventVersion":},"#.len() + good.len() + 1;
    assert_eq!(reasons[0], expect("a.json", "not-json", 12));
    assert_eq!(reasons[1], expect("a.json", "event-version", second));
    assert_eq!(reasons[2].1, "event-time");
    assert_eq!(reasons[3], expect("bytes.json", "not-utf8", 1));
    assert_eq!(reasons[4].1, "gzip");
    assert_eq!(reasons[5], expect("noise.json", "not-json", 0));
    assert_eq!(reasons[6].1, "trailing-bytes");
    assert_eq!(report.quarantined.count, 7, "{reasons:?}");
    let file = fs::read_to_string(house.archive().join("_quarantine/000001.jsonl")).unwrap();
    assert_eq!(file.lines().count(), 7);
}

#[test]
fn limits_quarantine_and_do_not_stop() {
    let house = House::new();
    let long = record(ID1, json!({"requestParameters": {"x": "x".repeat(3000)}}));
    house.put("a.json.gz", &[long, record(ID2, json!({}))]);
    house.write("bomb.json.gz", &gzip(&" ".repeat(200_000)));
    let mut config = house.config();
    config.record_bytes = 2000;
    config.object_bytes = 100_000;
    let report = ingest(&config, &Silent, &Cancel::default()).unwrap();
    assert_eq!(column(&house.rows(), "event_id"), [ID2]);
    let reasons: Vec<&str> = report
        .quarantined
        .by_reason
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(reasons, ["too-large", "too-long"]);
}

#[test]
fn t9_t29_other_files_and_kinds_are_counted() {
    let house = House::new();
    house.put(
        "AWSLogs/1/CloudTrail-Digest/us-east-1/2023/07/10/d.json.gz",
        &[record(ID1, json!({}))],
    );
    house.write("README.md", b"x");
    house.write("digest.json", br#"{"digestS3Object":"k","logFiles":[]}"#);
    house.put(
        "a.json.gz",
        &[
            r#"{"eventCategory":"Insight"}"#.to_owned(),
            record(ID2, json!({})),
        ],
    );
    let report = house.ingest();
    assert_eq!(
        report
            .objects
            .ignored
            .iter()
            .map(|(k, v)| (k.as_str(), *v))
            .collect::<Vec<_>>(),
        [("CloudTrail-Digest", 1), ("other-file", 1)]
    );
    assert_eq!(
        report
            .skipped
            .iter()
            .map(|(k, v)| (k.as_str(), *v))
            .collect::<Vec<_>>(),
        [("digest", 1), ("insight", 1)]
    );
    assert_eq!((report.rows, report.quarantined.count), (1, 0));
}

fn many(house: &House) {
    for file in 0..20 {
        let records: Vec<String> = (0..50)
            .map(|n| {
                let id = format!("{file:08}-0000-0000-0000-{:012}", n % 45);
                let time = format!("2023-07-{:02}T12:00:{:02}Z", 10 + n % 7, n % 45);
                let user = format!("arn:aws:iam::111122223333:user/u{}", (n * 7 + file) % 5);
                record(
                    &id,
                    json!({"eventTime": time, "userIdentity": {"type": "IAMUser", "arn": user}}),
                )
            })
            .collect();
        house.put(&format!("{file:02}.json.gz"), &records);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let build = |threads| {
        let house = House::new();
        many(&house);
        let mut config = house.config();
        config.threads = threads;
        config.memory_bytes = 400_000;
        let report = ingest(&config, &Silent, &Cancel::default()).unwrap();
        assert!(
            report.files > 7,
            "memory must be short: {} files",
            report.files
        );
        assert_eq!(
            report.events,
            report.rows + report.duplicates + report.amended
        );
        let archive = house.archive();
        let files = parquet_files(&archive).into_iter();
        files
            .map(|path| {
                (
                    path.strip_prefix(&archive).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let one = build(1);
    assert_eq!(one, build(5));
}

#[test]
fn rows_are_sorted_inside_a_file() {
    let house = House::new();
    many(&house);
    house.ingest();
    for path in parquet_files(&house.archive()) {
        let rows = file_rows(&path);
        let key = |row: &common::Row| {
            [
                row["principal"].clone(),
                row["event_source"].clone(),
                row["event_name"].clone(),
                row["event_time"].clone(),
                row["event_id"].clone(),
            ]
        };
        assert!(rows.iter().map(key).is_sorted(), "{}", path.display());
    }
}

#[test]
fn file_size_is_respected() {
    let house = House::new();
    let records: Vec<String> = (0..9000)
        .map(|n| record(&format!("id-{n}"), json!({"requestID": format!("{:x}", n * 7919 % 104_729), "requestParameters": {"key": format!("{:x}", n * 31_337 % 99_991)}})))
        .collect();
    house.put("a.json.gz", &records);
    let mut config = house.config();
    config.file_bytes = 50_000;
    let report = ingest(&config, &Silent, &Cancel::default()).unwrap();
    assert!(report.files > 2, "{report:?}");
    assert_eq!(house.rows().len(), 9000);
}
