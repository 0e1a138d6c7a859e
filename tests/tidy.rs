//! The house rules that a compiler does not hold: sizes, headers, leftovers, the direction of imports.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use std::fs;
use std::path::{Path, PathBuf};

const FILE_WALL: usize = 500;

const ROOMS: [&str; 9] = [
    "src", "iam", "ingest", "analyze", "generate", "fixtures", "tests", "benches", "fuzz",
];

/// Which room may use which.
const ARROWS: [(&str, &[&str]); 5] = [
    ("iam", &[]),
    ("ingest", &["iam"]),
    ("analyze", &["iam", "ingest"]),
    ("generate", &["iam"]),
    ("fixtures", &["iam"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for room in ROOMS {
        walk(&root().join(room), &mut found);
    }
    found.sort();
    assert!(
        found.len() > 30,
        "only {} source files: is the walk broken?",
        found.len()
    );
    found
}

/// Fails with every source file that the rule objects to, and what it says.
fn check(rule: impl Fn(&Path, &str) -> Option<String>) {
    let found: Vec<String> = sources()
        .iter()
        .filter_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let name = path.strip_prefix(root()).unwrap();
            rule(name, &text).map(|why| format!("{}: {why}", name.display()))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_stay_under_the_wall() {
    check(|_, text| {
        let lines = text.lines().count();
        (lines > FILE_WALL).then(|| format!("{lines} lines, the wall is {FILE_WALL}"))
    });
}

#[test]
fn the_first_line_says_what_the_file_is() {
    check(|_, text| (!text.starts_with("//! ")).then(|| "no `//!` header".to_owned()));
}

#[test]
fn nothing_is_left_for_later() {
    // Spelt in two parts so that this file does not find itself.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("unimpl", "emented!"),
    ];
    check(|_, text| {
        let mark = marks.iter().find(|mark| text.contains(**mark))?;
        Some(format!("contains `{mark}`"))
    });
}

#[test]
fn lint_exceptions_say_why() {
    let opens = [concat!("[al", "low("), concat!("[exp", "ect(")];
    check(|_, text| {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let silent = |rest: &&str| !rest.split(")]").next().unwrap().contains("reason =");
        let rest = opens
            .iter()
            .find_map(|open| flat.split(open).skip(1).find(silent))?;
        Some(format!("a lint exception without a reason: {:.40}", rest))
    });
}

#[test]
fn rooms_import_in_one_direction() {
    for (room, may_use) in ARROWS {
        let manifest = read(&format!("{room}/Cargo.toml"));
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for (other, _) in ARROWS {
            let line = format!("{other}.workspace");
            let uses = dependencies.lines().any(|l| l.starts_with(&line));
            assert!(
                !uses || may_use.contains(&other),
                "`{room}` must not use `{other}`"
            );
        }
    }
}

#[test]
fn the_policy_language_does_no_io() {
    let forbidden = [
        "std::fs",
        "std::net",
        "std::process",
        "arrow::",
        "parquet::",
        "tokio::",
    ];
    check(|name, text| {
        let word = forbidden.iter().find(|word| text.contains(**word))?;
        name.starts_with("iam/src")
            .then(|| format!("does I/O: `{word}`"))
    });
}

#[test]
fn main_is_glue() {
    let lines = read("src/main.rs").lines().count();
    assert!(lines <= 60, "src/main.rs has {lines} lines");
}

#[test]
fn every_dependency_has_its_reason() {
    let (manifest, reasons) = (read("Cargo.toml"), read("ARCHITECTURE.md"));
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let missing: Vec<&str> = section
        .lines()
        .filter(|line| line.contains('=') && !line.contains("path ="))
        .filter_map(|line| line.split('=').next().map(str::trim))
        .filter(|name| !reasons.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md gives no reason for {missing:?}"
    );
}
