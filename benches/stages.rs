//! One bench per stage on a synthetic archive, beside the floor: gunzip, alone and with a borrowing scan. Throughput in bytes after inflation.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a bench is a test; criterion's macros make public functions without docs"
)]

#[path = "floor/mod.rs"]
mod floor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixtures::synthetic;
use iam::catalogue::Catalogue;
use iam::policy::{PolicySet, subsumes};
use std::path::Path;
use std::sync::atomic::AtomicBool;

const EVENTS: u64 = 20_000;

fn ingest(logs: &Path, archive: &Path) {
    let _ = std::fs::remove_dir_all(archive);
    let source = ingest::Source::parse(&logs.to_string_lossy()).unwrap();
    let mut config = ingest::Config::new(source, archive.to_owned());
    config.threads = 1;
    ingest::ingest(&config, &ingest::Silent, &ingest::Cancel::default()).unwrap();
}

fn analyze(archive: &Path, usage: &Path) {
    let config = analyze::Config::new(archive.to_owned(), usage.to_owned());
    analyze::analyze(&config, &analyze::Silent, &AtomicBool::new(false)).unwrap();
}

fn generate(usage: &Path, account: &generate::Account, out: &Path) {
    let reader = std::io::BufReader::new(std::fs::File::open(usage).unwrap());
    let (header, lines) = iam::usage::read(reader).unwrap();
    let lines: Vec<_> = lines.collect::<Result<_, _>>().unwrap();
    let config = generate::Config::new(out.to_owned());
    let current = std::slice::from_ref(account);
    generate::generate(&header, &lines, current, &config, Catalogue::embedded()).unwrap();
}

fn stages(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = synthetic::Config {
        events: EVENTS,
        accounts: 1,
        out: folder.path().to_owned(),
        ..synthetic::Config::default()
    };
    synthetic::write(&made).unwrap();
    let files = floor::objects(&at("logs"));
    let account = generate::read_current(&at("current.json")).unwrap();
    let mut group = c.benchmark_group("stages");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(floor::gunzip(&files)));
    group.bench_function("gunzip alone", |b| b.iter(|| floor::gunzip(&files)));
    group.bench_function("gunzip and scan", |b| b.iter(|| floor::scan(&files)));
    group.bench_function("ingest, one thread", |b| {
        b.iter(|| ingest(&at("logs"), &at("archive")))
    });
    group.throughput(Throughput::Elements(EVENTS));
    group.bench_function("analyze", |b| {
        b.iter(|| analyze(&at("archive"), &at("usage.jsonl")))
    });
    group.bench_function("generate", |b| {
        b.iter(|| generate(&at("usage.jsonl"), &account, &at("out")))
    });
    group.finish();
}

/// A role's policy against itself: the commonest shape of a proof.
fn proof(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let made = synthetic::Config {
        events: 1,
        accounts: 1,
        out: folder.path().to_owned(),
        ..synthetic::Config::default()
    };
    synthetic::write(&made).unwrap();
    let account = generate::read_current(&folder.path().join("current.json")).unwrap();
    let role = account.roles.first().unwrap();
    let set = PolicySet::identity(role.documents.iter().map(|d| d.policy.clone()).collect());
    c.bench_function("subsumes", |b| {
        b.iter(|| subsumes(&set, &set, Catalogue::embedded()))
    });
}

criterion_group!(benches, stages, proof);
criterion_main!(benches);
