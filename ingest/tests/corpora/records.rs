//! The records of all corpora.

use std::io::Read;
use std::path::{Path, PathBuf};

use iam::catalogue::Catalogue;
use leastwise_ingest::{Decoded, Event, Resolver};
use serde_json::Value;

/// Every record that is an event, with one resolver for all.
pub(crate) fn each_event(records: &[String], mut each: impl FnMut(&mut Resolver, &Event<'_>)) {
    let mut resolver = Resolver::new(Catalogue::embedded());
    for record in records {
        if let Ok(Decoded::Event(event)) = Event::parse(record) {
            each(&mut resolver, &event);
        }
    }
}

/// Records of all corpora, each as its JSON text.
pub(crate) fn records() -> Option<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    if !root.is_dir() {
        eprintln!("SKIPPED: no corpora at {}", root.display());
        return None;
    }
    let mut records = Vec::new();
    read_folder(&root, &mut records);
    Some(records)
}

fn read_folder(folder: &Path, records: &mut Vec<String>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        match path.is_dir() {
            true => read_folder(&path, records),
            false => read_file(&path, records),
        }
    }
}

/// Plain or gzip, one JSON value or many; files that are neither (licences, broken samples) give nothing.
fn read_file(path: &Path, records: &mut Vec<String>) {
    let bytes = std::fs::read(path).unwrap();
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let _ = flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain);
    } else {
        plain = bytes;
    }
    let values = serde_json::Deserializer::from_slice(&plain).into_iter::<Value>();
    values
        .map_while(Result::ok)
        .for_each(|value| find(&value, records));
}

/// Records at any depth; an embedded one is JSON in a string.
fn find(value: &Value, records: &mut Vec<String>) {
    match value {
        Value::Object(members)
            if members.contains_key("eventSource") && members.contains_key("eventName") =>
        {
            records.push(value.to_string());
        }
        Value::Object(members) => match members.get("CloudTrailEvent").and_then(Value::as_str) {
            Some(text) => find(&serde_json::from_str(text).unwrap_or_default(), records),
            None => members.values().for_each(|member| find(member, records)),
        },
        Value::Array(elements) => elements.iter().for_each(|element| find(element, records)),
        _ => {}
    }
}
