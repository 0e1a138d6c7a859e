//! Input that was made to break a decoder: it is quarantined and counted, its neighbours are read, memory is bounded.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod common;

use common::{House, column, gzip, record};
use flate2::{Compression, write::GzEncoder};
use leastwise_ingest::{Probe, Report};
use proptest::prelude::*;
use serde_json::json;
use std::io::{self, Read, Write};

const RECORD_BYTES: usize = 16 << 20;
const OBJECT_BYTES: u64 = 1 << 30;

fn probe(stored: &[u8]) -> Probe {
    Probe::read("x.json", stored, RECORD_BYTES, OBJECT_BYTES).unwrap()
}

/// `{"Records":[good, <bytes>, good]}`.
fn between(bytes: &[u8]) -> Vec<u8> {
    let good = record("a", json!({}));
    [
        b"{\"Records\":[",
        good.as_bytes(),
        b",",
        bytes,
        b",",
        good.as_bytes(),
        b"]}",
    ]
    .concat()
}

/// The neighbours of a record are read; it is quarantined for a reason, or an event itself.
fn check(bytes: &[u8], reason: Option<&str>) {
    let found = probe(&between(bytes));
    let reasons: Vec<&str> = found
        .quarantined
        .iter()
        .map(|entry| entry.reason.as_str())
        .collect();
    let shown = String::from_utf8_lossy(bytes)
        .chars()
        .take(100)
        .collect::<String>();
    assert_eq!(reasons, reason.into_iter().collect::<Vec<_>>(), "{shown}");
    assert_eq!(found.events, 2 + u64::from(reason.is_none()), "{shown}");
}

/// A record with one more member, as it stands.
fn with(member: &str) -> Vec<u8> {
    let record = record("b", json!({}));
    format!("{},{member}}}", &record[..record.len() - 1]).into_bytes()
}

#[test]
fn malformed_utf8() {
    let forms: [&[u8]; 6] = [
        b"\xff",
        b"\x80",
        b"\xc3",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
    ];
    for form in forms {
        let bytes = [b"{\"userAgent\":\"".as_slice(), form, b"\"}"].concat();
        check(&bytes, Some("not-utf8"));
    }
    check(&with(r#""userAgent":"\ud800""#), Some("not-json"));
    check(&with("\"userAgent\":\"\u{10ffff}\u{feff}\""), None);
}

#[test]
fn byte_order_marks() {
    let good = record("a", json!({}));
    for text in [
        good.clone(),
        format!("[{good}]"),
        format!("{{\"Records\":[{good}]}}"),
    ] {
        let found = probe(format!("\u{feff}{text}").as_bytes());
        assert_eq!((found.events, found.quarantined.len()), (1, 0));
    }
    // In the middle it is noise, and ends with the record that it stands before.
    let found = probe(&between(format!("\u{feff}{good}").as_bytes()));
    assert_eq!(found.events, 2);
    assert!(
        found
            .quarantined
            .iter()
            .all(|entry| entry.reason == "not-json")
    );
    let wide: Vec<u8> = "\u{feff}[]"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(probe(&wide).quarantined[0].reason, "not-json");
}

#[test]
fn nul() {
    check(b"\0", Some("not-json"));
    check(&with("\"userAgent\":\"a\0b\""), Some("not-json"));
    check(&with("\"requestParameters\":{\"a\0\":1}"), Some("not-json"));
    check(&with(r#""userAgent":"a\u0000b""#), None);
    assert_eq!(probe(&[0; 1000]).quarantined[0].reason, "not-json");

    // A NUL that was written as an escape comes out of the archive as it was.
    let house = House::new();
    house.put("a.json.gz", &[record("a", json!({"userAgent": "a\0b"}))]);
    house.ingest();
    assert_eq!(column(&house.rows(), "user_agent"), ["a\0b"]);
}

#[test]
fn depth_10_000() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        for member in [
            "requestParameters",
            "additionalEventData",
            "responseElements",
            "unknown",
        ] {
            let found = probe(&between(
                format!(r#"{{"x":{{}},"{member}":{deep}}}"#).as_bytes(),
            ));
            assert_eq!((found.events, found.quarantined.len()), (2, 1), "{member}");
        }
        let found = probe(&between(&with(&format!(r#""serviceEventDetails":{deep}"#))));
        assert_eq!(found.events + found.quarantined.len() as u64, 3);
        let alone = probe(deep.as_bytes());
        assert_eq!(
            (alone.events, alone.quarantined.len()),
            (0, 1),
            "{:?}",
            alone.quarantined
        );
        probe(&open.repeat(1_000_000).into_bytes());
    }
    let text = (0..12).fold("1".to_owned(), |text, _| {
        json!({"policy": text}).to_string()
    });
    check(&with(&format!(r#""serviceEventDetails":{text}"#)), None);
}

#[test]
fn duplicate_keys() {
    for name in ["eventName", "userIdentity", "eventID"] {
        check(&with(&format!(r#""{name}":"other""#)), Some("not-json"));
    }
    // The decoder does not choose between two values of a member that it reads.
    let found = probe(&between(&with(r#""eventName":"PutObject""#)));
    assert!(
        found.quarantined[0]
            .detail
            .contains("duplicate field `eventName`"),
        "{found:?}"
    );
    check(&with(r#""unknown":1,"unknown":2"#), None);
}

#[test]
fn numbers_out_of_range() {
    for number in ["1e999", "-1e999", "1e-999"] {
        let found = probe(&between(&with(&format!(r#""vpcEndpointId":{number}"#))));
        assert_eq!(found.events + found.quarantined.len() as u64, 3, "{number}");
    }
    for number in ["18446744073709551616", "-9223372036854775809", "0.1", "-0"] {
        check(&with(&format!(r#""vpcEndpointId":{number}"#)), None);
    }
    let digits = "9".repeat(100_000);
    check(
        &with(&format!(r#""additionalEventData":{{"n":{digits}}}"#)),
        None,
    );
    for number in ["01", "+1", "0x10", "NaN", "1e", "--1"] {
        check(
            &with(&format!(r#""vpcEndpointId":{number}"#)),
            Some("not-json"),
        );
    }
    for time in [
        "\"9999999-01-01T00:00:00Z\"",
        "1e300",
        "\"2023-13-01T00:00:00Z\"",
        "-1",
    ] {
        let record = record("b", json!({})).replace("\"2023-07-10T12:00:00Z\"", time);
        check(record.as_bytes(), Some("event-time"));
    }
}

#[test]
fn strings_of_200_kb() {
    let long = "é".repeat(100 << 10);
    let members = json!({
        "userAgent": long, "errorMessage": long, "eventID": long, "requestID": long,
        "requestParameters": {"bucketName": long, "key": long},
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::1:user/{long}"), "accountId": long},
    });
    let house = House::new();
    house.put(
        "a.json.gz",
        &[
            record("x", members),
            record("y", json!({"eventName": long})),
        ],
    );
    let report = house.ingest();
    assert_eq!((report.rows, report.quarantined.count), (2, 0));
    let rows = house.rows();
    assert!(rows.iter().any(|row| row.get("user_agent") == Some(&long)));
    assert!(rows.iter().any(|row| row["event_name"] == long));
}

/// Gzip of text that is written piece by piece.
fn gzip_of(write: impl FnOnce(&mut dyn Write)) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    write(&mut encoder);
    encoder.finish().unwrap()
}

fn fill(to: &mut dyn Write, byte: u8, mebibytes: usize) {
    let block = vec![byte; 1 << 20];
    (0..mebibytes).for_each(|_| to.write_all(&block).unwrap());
}

fn ingest_one(stored: &[u8]) -> (Report, House) {
    let house = House::new();
    house.write("a.json.gz", stored);
    (house.ingest(), house)
}

#[test]
fn one_record_of_100_mb() {
    let good = record("a", json!({}));
    let stored = gzip_of(|to| {
        write!(to, "{{\"Records\":[{good},{{\"userAgent\":\"").unwrap();
        fill(to, b'x', 100);
        write!(to, "\"}},{}]}}", record("b", json!({}))).unwrap();
    });
    let (report, house) = ingest_one(&stored);
    assert_eq!(column(&house.rows(), "event_id"), ["a", "b"]);
    let entry = &report.quarantined.first[0];
    assert_eq!(
        (report.quarantined.count, entry.reason.as_str()),
        (1, "too-long")
    );
    assert_eq!(entry.offset, (12 + good.len() + 1) as u64);
    assert_eq!(
        entry.length,
        Some((100 << 20) + r#"{"userAgent":""}"#.len() as u64)
    );
    assert!(
        entry.detail.contains("more than 4194304 bytes"),
        "{entry:?}"
    );
}

#[test]
fn an_object_that_inflates_without_end() {
    let read = |start: &str, byte: u8| {
        let stored = gzip_of(|to| {
            write!(to, "{start}").unwrap();
            fill(to, byte, 5);
        });
        Probe::read("x.json", &*stored, 1 << 20, 4 << 20).unwrap()
    };
    for byte in b" [x1\"\n{,:" {
        let found = read(
            &format!("{{\"Records\":[{},", record("a", json!({}))),
            *byte,
        );
        let last = found.quarantined.last().unwrap();
        let byte = char::from(*byte);
        assert_eq!(
            (last.reason.as_str(), found.events),
            ("too-large", 1),
            "{byte}"
        );
        assert!(
            last.detail.contains("inflates to more than 4194304 bytes"),
            "{last:?}"
        );
    }
    // Before the records begin, too.
    for start in [
        "",
        "{",
        "{\"Records\"",
        "{\"Records\":",
        "{\"a\":1,",
        "{\"a",
    ] {
        let found = read(start, b' ');
        assert_eq!(
            found.quarantined.last().unwrap().reason,
            "too-large",
            "{start}"
        );
    }
}

#[test]
fn very_many_broken_records_are_counted_not_listed() {
    let stored = gzip(&format!(
        "[{}{}]",
        "1,".repeat(50_000),
        record("a", json!({}))
    ));
    let (report, house) = ingest_one(&stored);
    assert_eq!((report.rows, report.quarantined.count), (1, 50_000));
    assert_eq!(report.quarantined.by_reason["not-json"], 50_000);
    let file = std::fs::read_to_string(house.archive().join("_quarantine/000001.jsonl")).unwrap();
    assert_eq!(file.lines().count(), 1001);
    let last = file.lines().last().unwrap();
    assert!(
        last.contains("\"count\":49000") && last.contains("\"offset\":2001"),
        "{last}"
    );

    // The items of one value are one entry.
    let found =
        probe(format!("[[{}2,{}]]", "1,".repeat(500_000), record("a", json!({}))).as_bytes());
    assert_eq!((found.events, found.quarantined.len()), (1, 1));
    assert_eq!(found.quarantined[0].count, 500_001);
}

#[test]
fn very_many_members_and_items_do_not_stop_it() {
    let items = |item: &str| vec![item; 200_000].join(",");
    for member in [
        format!(
            "\"resources\":[{}]",
            items(r#"{"ARN":"arn:aws:s3:::b/k","type":"AWS::S3::Object"}"#)
        ),
        format!("\"additionalEventData\":{{{}}}", items("\"a\":1")),
        format!("\"unknown\":[{}]", items("{}")),
    ] {
        check(&with(&member), None);
    }
    let names: Vec<String> = (0..100_000)
        .map(|n| format!("{{\"ARN\":\"arn:aws:s3:::b/{n}\"}}"))
        .collect();
    check(&with(&format!("\"resources\":[{}]", names.join(","))), None);
    let base = r#"{"eventTime":"2023-07-10T12:00:00Z","eventID":"c","#;
    let keys: Vec<String> = (0..100_000)
        .map(|n| format!("{{\"key\":\"{n}\"}}"))
        .collect();
    let delete = format!(
        "{base}\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"DeleteObjects\",\"requestParameters\":{{\"bucketName\":\"b\",\"delete\":{{\"object\":[{}]}}}}}}",
        keys.join(",")
    );
    check(delete.as_bytes(), None);
}

/// Gives a few bytes at a time.
struct Drip<'b>(&'b [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let few = buffer.len().min(7);
        self.0.read(&mut buffer[..few])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Of bytes that come a few at a time the quick road sees no whole record: the slow road reads the same.
    #[test]
    fn both_roads_give_the_same_rows(edits in prop::collection::vec((0_usize..4000, "[\\[\\]{}\",:\\\\x0 \n\u{0}é]{0,3}"), 0..4)) {
        let members = json!({"userAgent": "a \"b\" é", "responseElements": {"x": [1, {}]}, "readOnly": true});
        let records: Vec<String> = (0..6).map(|n| record(&n.to_string(), members.clone())).collect();
        let mut bytes = format!("{{\"Records\":[{}]}}", records.join(", ")).into_bytes();
        for (at, text) in edits {
            let at = at.min(bytes.len());
            bytes.splice(at..(at + 1).min(bytes.len()), text.bytes());
        }
        let dripping = Probe::read("x.json", Drip(&bytes), RECORD_BYTES, OBJECT_BYTES).unwrap();
        prop_assert_eq!(probe(&bytes), dripping);
    }
}
