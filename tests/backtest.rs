//! `leastwise backtest` on a synthetic archive, held against its truth.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod harness;

use fixtures::synthetic::{self, RoleTruth, Truth};
use harness::{fresh, leastwise};
use serde_json::Value;
use std::path::Path;

const DAYS: u32 = 20;

fn archive(folder: &Path) -> Truth {
    let truth = synthetic::write(&synthetic::Config {
        events: 6000,
        days: DAYS,
        roles: 30,
        accounts: 1,
        daily: true,
        out: folder.to_owned(),
        ..synthetic::Config::default()
    });
    let output = leastwise()
        .args(["ingest", "--quiet", "--source"])
        .arg(folder.join("logs"))
        .arg("--archive")
        .arg(folder.join("archive"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    truth.unwrap()
}

fn backtest(folder: &Path, more: &[&str]) -> String {
    let output = leastwise()
        .args(["backtest", "--quiet", "--observe", "14,4,90"])
        .args(["--operate", "1,5", "--step", "2", "--archive"])
        .arg(folder.join("archive"))
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

/// Windows; actions missed and exercised, once a window and by events. A policy allows what succeeded or failed before.
fn expected(truth: &Truth, observe: u32, operate: u32, created: Option<u32>) -> [u64; 5] {
    let mut sums = [0; 5];
    for role in truth.roles.values() {
        let Some(since) = created.or(role.first_day) else {
            continue;
        };
        let mut cut = observe;
        while cut + operate <= DAYS {
            if since <= cut - observe {
                sums[0] += 1;
                add(&mut sums, role, cut - observe..cut, cut..cut + operate);
            }
            cut += 2;
        }
    }
    sums
}

fn add(
    sums: &mut [u64; 5],
    role: &RoleTruth,
    learnt: std::ops::Range<u32>,
    replayed: std::ops::Range<u32>,
) {
    for days in role.days.values() {
        let known = days.range(learnt.clone()).next().is_some();
        let count: u64 = days
            .range(replayed.clone())
            .map(|(_, (allowed, _))| allowed)
            .sum();
        let exercised = u64::from(count > 0);
        let missed = u64::from(!known);
        for (sum, number) in
            sums.iter_mut()
                .skip(1)
                .zip([exercised * missed, exercised, count * missed, count])
        {
            *sum += number;
        }
    }
}

fn check(found: &Value, truth: &Truth, created: Option<u32>) {
    let settings = found["settings"].as_array().unwrap();
    assert_eq!(settings.len(), 6);
    let mut missed = 0;
    for setting in settings {
        let days = |name: &str| setting[name].as_u64().unwrap() as u32;
        let expect = expected(truth, days("observe_days"), days("operate_days"), created);
        let (unique, weighted) = (
            &setting["under_grant_action"]["unique"],
            &setting["under_grant_action"]["weighted"],
        );
        let number = |of: &Value, name: &str| of[name].as_u64().unwrap();
        let got = [
            setting["windows"].as_u64().unwrap(),
            number(unique, "part"),
            number(unique, "of"),
            number(weighted, "part"),
            number(weighted, "of"),
        ];
        assert_eq!(got, expect, "{setting}");
        missed += expect[1];
    }
    assert!(missed > 100, "only {missed} missed: nothing was tested");
}

#[test]
fn the_truths_numbers_come_out() {
    let folder = fresh("backtest");
    let truth = archive(&folder);
    let found: Value = serde_json::from_str(&backtest(&folder, &["--json"])).unwrap();
    check(&found, &truth, None);
    let roles = found["by_role"].as_array().unwrap().len();
    assert_eq!(found["roles"], roles);
    // With the policies of today: all roles are older than the archive, and what cannot be seen stays.
    let current = ["--current", "current.json"];
    let found = backtest(&folder, &[&current[..], &["--json"]].concat());
    let found: Value = serde_json::from_str(&found).unwrap();
    check(&found, &truth, Some(0));
    let setting = &found["settings"][0];
    assert!(setting["removal"].as_f64().unwrap() > 0.5, "{setting}");
    assert_eq!(setting["denied_replay"]["unique"]["part"], 0, "{setting}");
    let text = backtest(
        &folder,
        &["--principal", truth.roles.keys().next().unwrap()],
    );
    let none = "no window of 90 + 1 days fits into the archive";
    assert!(text.contains(none), "{text}");
}
