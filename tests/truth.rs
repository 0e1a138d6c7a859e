//! Against the truth of a synthetic archive: what 60 days of observation keep and remove, judged on 90 days.
//!
//! `LEASTWISE_TRUTH_EVENTS` makes the archive larger than CI's.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod harness;

use fixtures::oracle::{Conditions, allowed};
use fixtures::synthetic::{Config, RoleTruth, Truth, write};
use harness::sample;
use iam::catalogue::{Catalogue, Observability};
use iam::policy::resource_matches;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const DAYS: u32 = 90;
const LAST_OBSERVED_DAY: &str = "2026-03-01";

/// Proposals after 60 days, and all accesses of 90.
struct Run {
    truth: Truth,
    usage: String,
    proposals: BTreeMap<String, Vec<Value>>,
    observed: usize,
    all: Vec<harness::Access>,
}

fn run() -> Run {
    let folder = harness::fresh("truth");
    let events = std::env::var("LEASTWISE_TRUTH_EVENTS").ok();
    let truth = write(&Config {
        events: events.map_or(30_000, |events| events.parse().unwrap()),
        seed: 8,
        out: folder.clone(),
        roles: 15,
        days: DAYS,
        accounts: 2,
        daily: false,
    })
    .unwrap();
    let (logs, out) = (folder.join("logs"), folder.join("out"));
    let mut command = harness::leastwise();
    command
        .arg("run")
        .arg("--source")
        .arg(&logs)
        .arg("--out")
        .arg(&out);
    command.args(["--until", LAST_OBSERVED_DAY, "--slack", "0"]);
    for current in currents(&folder) {
        command.arg("--current").arg(current);
    }
    well(&mut command);
    let whole = folder.join("whole");
    well(
        harness::leastwise()
            .arg("ingest")
            .arg("--source")
            .arg(&logs)
            .arg("--archive")
            .arg(&whole),
    );
    let tree = harness::golden(&out);
    let roles = truth.roles.keys();
    let proposals = roles.filter_map(|arn| {
        let folder = format!("{}/{}", arn.split(':').nth(4)?, arn.rsplit('/').next()?);
        Some((arn.clone(), harness::policies(&tree, &folder)?))
    });
    let run = Run {
        proposals: proposals.collect(),
        usage: String::from_utf8(tree["usage.jsonl"].clone()).unwrap(),
        observed: successes(&out.join("archive")).len(),
        all: successes(&whole),
        truth,
    };
    std::fs::remove_dir_all(folder).unwrap();
    run
}

fn currents(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("current")
        })
        .collect();
    found.sort();
    found
}

fn well(command: &mut std::process::Command) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
}

/// Successful accesses of roles to a known resource.
fn successes(archive: &Path) -> Vec<harness::Access> {
    let mut accesses = harness::archive(archive).accesses;
    accesses.retain(|access| {
        access.outcome == "allowed"
            && access.resource.is_some()
            && access.principal.contains(":role/app/")
    });
    accesses
}

/// Grants (an action of an excess pattern on its resources) that the role does not need and a trail would have shown.
fn unneeded(role: &RoleTruth, covered: &BTreeSet<String>) -> Vec<(String, String)> {
    let catalogue = Catalogue::embedded();
    let mut grants = Vec::new();
    for (pattern, resource) in &role.excess {
        for action in catalogue
            .expand(pattern)
            .into_iter()
            .filter_map(|id| catalogue.get(id))
        {
            let shown = match action.observability() {
                Observability::Management { .. } => true,
                Observability::Data(types) => types.iter().any(|kind| covered.contains(*kind)),
                Observability::Never(_) => false,
            };
            let needed = role.needs.iter().any(|need| {
                need.action == action.name() && resource_matches(resource, &sample(&need.resource))
            });
            if shown && !needed {
                grants.push((action.name().to_owned(), resource.clone()));
            }
        }
    }
    grants
}

/// A sample of each resource that a proposal names.
fn resources(proposal: &[Value]) -> BTreeSet<String> {
    let statements = proposal.iter().flat_map(fixtures::oracle::statements);
    let named = statements.filter_map(|statement| statement.get("Resource"));
    let texts = named.flat_map(|value| match value {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    });
    texts.filter_map(|text| text.as_str().map(sample)).collect()
}

/// Event classes that the archive holds of an account.
fn covered(usage: &str, account: &str) -> BTreeSet<String> {
    let header: Value = serde_json::from_str(usage.lines().next().unwrap()).unwrap();
    let rows = header["coverage"].as_array().unwrap().iter();
    let own = rows.filter(|row| row["account"] == account);
    own.map(|row| row["class"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_not_needed_goes_and_what_is_needed_stays() {
    let run = run();
    assert_eq!(
        run.proposals.len(),
        run.truth.roles.len(),
        "a proposal was withheld"
    );
    let held_out = run.all.len() - run.observed;
    let lost = run.all.iter().filter(|access| {
        let resource = sample(access.resource.as_ref().unwrap());
        let proposal = &run.proposals[&access.principal];
        !allowed(proposal, &access.action, &resource, Conditions::Favourable)
    });
    let lost: Vec<String> = lost
        .map(|a| format!("{} {} {:?}", a.principal, a.action, a.resource))
        .collect();
    let (mut before, mut after) = (0, 0);
    for (arn, role) in &run.truth.roles {
        let grants = unneeded(role, &covered(&run.usage, &role.account));
        before += grants.len();
        let proposal = &run.proposals[arn];
        let own = resources(proposal);
        let kept = |(action, pattern): &&(String, String)| {
            let mut inside = own.iter().filter(|own| resource_matches(pattern, own));
            let may = |on: &str| allowed(proposal, action, on, Conditions::Favourable);
            may(&sample(pattern)) || inside.any(|own| may(own))
        };
        after += grants.iter().filter(kept).count();
    }
    eprintln!(
        "{} roles: {} of {before} unneeded grants removed; {} of {held_out} accesses of the 30 days after lost",
        run.truth.roles.len(),
        before - after,
        lost.len()
    );
    assert!(held_out > 5_000 && before > 1_000, "{held_out} {before}");
    assert!(after * 10 <= before, "{after} of {before} stay");
    let first: BTreeSet<&String> = lost.iter().take(20).collect();
    assert!(
        lost.len() * 200 <= held_out,
        "{} of {held_out} lost: {first:#?}",
        lost.len()
    );
}
