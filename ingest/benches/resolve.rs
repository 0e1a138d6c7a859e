//! The resolver alone, on the events of a synthetic archive. Throughput in events on one core.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a bench is a test; criterion's macros make public functions without docs"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixtures::synthetic;
use iam::catalogue::Catalogue;
use iam::usage::Outcome;
use leastwise_ingest::{Decoded, Event, Resolution, Resolver, outcome};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EVENTS: u64 = 20_000;
/// Events decoded before they are resolved: few enough to stay in a core's cache.
const AT_ONCE: usize = 16;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    files
}

/// The logs of an archive, as text.
fn texts() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let made = synthetic::Config {
        events: EVENTS,
        out: folder.path().to_owned(),
        ..synthetic::Config::default()
    };
    synthetic::write(&made).unwrap();
    let read = |path: &PathBuf| {
        let file = std::fs::File::open(path).unwrap();
        std::io::read_to_string(flate2::read::MultiGzDecoder::new(file)).unwrap()
    };
    logs(&folder.path().join("logs")).iter().map(read).collect()
}

fn records(texts: &[String]) -> Vec<&RawValue> {
    let envelopes = texts.iter();
    envelopes
        .filter_map(|text| serde_json::from_str::<Envelope<'_>>(text).ok())
        .flat_map(|envelope| envelope.records)
        .collect()
}

fn decoded<'t>(records: &[&'t RawValue]) -> Vec<(Event<'t>, Outcome)> {
    let events = records
        .iter()
        .filter_map(|record| match Event::parse(record.get()) {
            Ok(Decoded::Event(event)) => Some(*event),
            _ => None,
        });
    events
        .map(|event| (outcome(&event), event))
        .map(|(outcome, event)| (event, outcome))
        .collect()
}

fn accesses(resolver: &mut Resolver, events: &[(Event<'_>, Outcome)]) -> usize {
    let count = |(event, outcome): &(Event<'_>, Outcome)| match black_box(
        resolver.resolve(event, *outcome),
    ) {
        Resolution::Accesses(accesses) => accesses.len(),
        Resolution::None(_) => 0,
    };
    events.iter().map(count).sum()
}

/// Time to resolve all records, each right after it was decoded. Decoding is not counted.
fn hot(resolver: &mut Resolver, records: &[&RawValue]) -> Duration {
    let mut time = Duration::ZERO;
    for records in records.chunks(AT_ONCE) {
        let events = decoded(records);
        let start = Instant::now();
        black_box(accesses(resolver, &events));
        time += start.elapsed();
    }
    time
}

/// `hot`: as in an ingest, which resolves an event right after decoding it. `cold`: all events decoded beforehand, so that
/// each is fetched from memory first.
fn resolve(c: &mut Criterion) {
    let texts = texts();
    let records = records(&texts);
    let mut resolver = Resolver::new(Catalogue::embedded());
    let mut group = c.benchmark_group("resolve");
    group.throughput(Throughput::Elements(records.len() as u64));
    group.bench_function("hot", |b| {
        b.iter_custom(|rounds| (0..rounds).map(|_| hot(&mut resolver, &records)).sum())
    });
    let events = decoded(&records);
    assert!(accesses(&mut resolver, &events) > events.len() / 2);
    group.throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("cold", |b| b.iter(|| accesses(&mut resolver, &events)));
    group.finish();
}

criterion_group!(benches, resolve);
criterion_main!(benches);
