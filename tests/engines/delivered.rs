//! A trail's objects as Athena's CloudTrail input format hands them to the table: a record a row, and of four members the
//! JSON as text. Trino cannot split objects into their records, so here the rows are files of one record a line.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Members that the table has as text (Athena User Guide, "Query AWS CloudTrail logs").
const TEXTS: [&str; 4] = [
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "serviceEventDetails",
];

/// Day of records that name none.
const NO_DAY: &str = "2026/01/05";

/// The rows of all objects below a folder, by `yyyy/MM/dd` of their events; but for records that name a member twice, of
/// which a table shows one and ingest quarantines the record.
pub(crate) fn rows(logs: &Path) -> BTreeMap<String, String> {
    let mut days: BTreeMap<String, String> = BTreeMap::new();
    for (name, content) in fixtures::tree::read(logs, &[]).unwrap() {
        for record in records(&content).unwrap_or_else(|error| panic!("{name}: {error}")) {
            if matches!(
                ingest::Event::parse(record.get()),
                Err(ingest::DecodeError::Json(_))
            ) {
                continue;
            }
            let (day, row) = row(&record);
            let rows = days.entry(day).or_default();
            rows.push_str(&row);
            rows.push('\n');
        }
    }
    days
}

fn records(content: &[u8]) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Object {
        #[serde(rename = "Records")]
        records: Vec<Box<RawValue>>,
    }
    let mut text = Vec::new();
    if content.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(content)
            .read_to_end(&mut text)
            .unwrap();
    } else {
        text.extend_from_slice(content);
    }
    serde_json::from_slice(&text)
        .or_else(|_| serde_json::from_slice::<Object>(&text).map(|object| object.records))
}

fn row(record: &RawValue) -> (String, String) {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(record.get()).unwrap();
    let row: Map<String, Value> = members
        .iter()
        .map(|(name, value)| {
            let text = value.get();
            let is_text = TEXTS.contains(&name.as_str()) && text != "null";
            let parsed = || serde_json::from_str(text).unwrap();
            let value = if is_text { text.into() } else { parsed() };
            (name.clone(), value)
        })
        .collect();
    let day = row.get("eventTime").and_then(Value::as_str);
    let day = day
        .and_then(|time| time.get(..10))
        .filter(|day| day.starts_with("20"));
    let day = day.map_or_else(|| NO_DAY.to_owned(), |day| day.replace('-', "/"));
    (day, Value::Object(row).to_string())
}
