//! First use of the embedded catalogue: what a run pays before its first answer, in time and memory. Each sample is a
//! process of its own, since a process decodes the catalogue once.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench is a test"
)]

use criterion::{BenchmarkId, Criterion};
use leastwise_iam::catalogue::Catalogue;
use leastwise_iam::catalogue::event::EventMeaning;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

/// Set in the processes that are measured.
const QUESTION: &str = "LEASTWISE_BENCH_QUESTION";

/// What is asked first: an action needs the core table, an event the API models too.
const QUESTIONS: [&str; 2] = ["action", "event"];

fn answer(question: &str) {
    let catalogue = Catalogue::embedded();
    if question == "action" {
        assert!(black_box(catalogue.action("s3:GetObject")).is_some());
    } else {
        let meaning = black_box(catalogue.event("s3.amazonaws.com", "GetObject"));
        assert!(matches!(meaning, EventMeaning::Permissions(_)));
    }
}

/// Largest resident size of this process so far in KiB, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// In a process of its own: nanoseconds to the answer, and the resident size afterwards.
fn child(question: &str) {
    let start = Instant::now();
    answer(question);
    let nanos = start.elapsed().as_nanos();
    println!("{nanos} {}", resident().unwrap_or(0));
}

fn ask(question: &str) -> (Duration, u64) {
    let asked = Command::new(std::env::current_exe().unwrap())
        .env(QUESTION, question)
        .output()
        .unwrap();
    let text = String::from_utf8(asked.stdout).unwrap();
    let (nanos, resident) = text.trim().split_once(' ').unwrap();
    let nanos = Duration::from_nanos(nanos.parse().unwrap());
    (nanos, resident.parse().unwrap())
}

fn first_use(c: &mut Criterion) {
    let mut group = c.benchmark_group("catalogue-first-use");
    group.sample_size(20);
    for question in QUESTIONS {
        let mut largest = 0;
        group.bench_function(BenchmarkId::from_parameter(question), |b| {
            b.iter_custom(|times| {
                let asked = (0..times).map(|_| ask(question));
                asked.fold(Duration::ZERO, |sum, (time, resident)| {
                    largest = largest.max(resident);
                    sum + time
                })
            })
        });
        eprintln!("{question}: {largest} KiB resident at most");
    }
    group.finish();
}

fn main() {
    match std::env::var(QUESTION) {
        Ok(question) => child(&question),
        Err(_) => {
            let mut criterion = Criterion::default().configure_from_args();
            first_use(&mut criterion);
            criterion.final_summary();
        }
    }
}
