//! Confidence, from logs to reviews: what a synthetic archive's first 90 days say of the next 30, and its truth.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod harness;

use fixtures::synthetic::{Config, RoleTruth, Truth, write};
use harness::fresh;
use iam::catalogue::Catalogue;
use iam::pause::access_level;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const OBSERVED: u32 = 90;
const LAST_OBSERVED_DAY: &str = "2026-03-31";
const AHEAD: u32 = 30;
/// Fewest silent grants of a decile that are judged.
const ENOUGH: usize = 100;

/// So few events that a part of what each role needs is not seen in the window.
fn archive(folder: &Path) -> Truth {
    let truth = write(&Config {
        events: 6_000,
        seed: 5,
        out: folder.to_owned(),
        roles: 250,
        days: OBSERVED + AHEAD,
        accounts: 1,
        daily: true,
    });
    let output = harness::leastwise()
        .args([
            "run",
            "--quiet",
            "--until",
            LAST_OBSERVED_DAY,
            "--slack",
            "0",
        ])
        .args(["--horizon", &AHEAD.to_string(), "--source"])
        .arg(folder.join("logs"))
        .arg("--current")
        .arg(folder.join("current.json"))
        .arg("--out")
        .arg(folder.join("out"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    truth.unwrap()
}

/// The actions that are removed as unused.
fn unused(diff: &Value) -> BTreeSet<String> {
    let statements = diff["statements"].as_array().unwrap().iter();
    let removed = statements.flat_map(|statement| statement["removed"].as_array().unwrap());
    let asked = removed.filter(|entry| entry.get("needed").is_some());
    let patterns = asked.flat_map(|entry| entry["actions"].as_array().unwrap());
    let catalogue = Catalogue::embedded();
    let ids = patterns.flat_map(|pattern| catalogue.expand(pattern.as_str().unwrap()));
    let actions = ids.filter_map(|id| catalogue.get(id));
    actions.map(|action| action.name().to_owned()).collect()
}

/// Whether the truth has the action in the days ahead.
fn is_used(role: &RoleTruth, action: &str) -> bool {
    let days = role.days.get(action);
    days.is_some_and(|days| days.range(OBSERVED..OBSERVED + AHEAD).next().is_some())
}

#[test]
fn what_the_logs_say_of_silence_comes_true() {
    let folder = fresh("confidence");
    let truth = archive(&folder);
    let mut deciles: BTreeMap<u32, (usize, f64, usize)> = BTreeMap::new();
    for (arn, role) in &truth.roles {
        let name = arn.rsplit('/').next().unwrap();
        let path = folder.join(format!("out/{}/{name}/diff.json", role.account));
        let diff: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for action in unused(&diff) {
            let level = access_level(Catalogue::embedded(), &action);
            let needed = diff["confidence"]["levels"][level]["needed"]
                .as_f64()
                .unwrap();
            let sum = deciles.entry((needed * 10.0) as u32).or_default();
            let used = usize::from(is_used(role, &action));
            *sum = (sum.0 + 1, sum.1 + needed, sum.2 + used);
        }
    }
    eprintln!("silent grants, probabilities summed, used: {deciles:.1?}");
    let used: usize = deciles.values().map(|(_, _, used)| used).sum();
    assert!(
        used > 20,
        "too few came back: nothing was tested; {deciles:?}"
    );
    for (silent, needed, used) in deciles.values().filter(|sum| sum.0 >= ENOUGH) {
        let (said, was) = (needed / *silent as f64, *used as f64 / *silent as f64);
        assert!(
            (said - was).abs() <= 0.05,
            "said {said:.3}, was {was:.3}; {deciles:?}"
        );
    }
}
