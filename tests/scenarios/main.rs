//! The golden scenarios: every folder of `fixtures/scenarios` run through the binary and held against its expectations.
//!
//! `LEASTWISE_BLESS=1 cargo test --test scenarios` rewrites `expected/`; the READMEs are for people to write.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod current;
#[path = "../harness/mod.rs"]
mod harness;

use current::Current;
use fixtures::Scenario;
use fixtures::oracle::{After, Conditions, Row, allowed};
use fixtures::tree::{self, Tree};
use harness::{Access, Archive};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

/// One scenario, run.
struct Run {
    scenario: Scenario,
    out: Tree,
    archive: Archive,
    current: BTreeMap<String, Current>,
}

static RUNS: LazyLock<Vec<Run>> = LazyLock::new(|| {
    let folder = harness::fresh("scenarios");
    Scenario::all()
        .unwrap()
        .into_iter()
        .map(|scenario| run(scenario, &folder))
        .collect()
});

fn run(scenario: Scenario, folder: &Path) -> Run {
    let out = folder.join(&scenario.name);
    let currents = scenario.currents().unwrap();
    harness::run_well(scenario.events().to_str().unwrap(), &currents, &out);
    let current = currents
        .iter()
        .flat_map(|file| current::roles(&std::fs::read(file).unwrap()))
        .collect();
    let golden = harness::golden(&out);
    if std::env::var_os("LEASTWISE_BLESS").is_some() {
        tree::write(&scenario.expected(), &golden).unwrap();
    }
    Run {
        out: golden,
        archive: harness::archive(&out.join("archive")),
        scenario,
        current,
    }
}

#[test]
fn outputs_are_the_golden_files() {
    let mut wrong = String::new();
    for run in RUNS.iter() {
        let expected = tree::read(&run.scenario.expected(), &[]).unwrap();
        assert!(
            !expected.is_empty(),
            "{} has no expected files",
            run.scenario.name
        );
        let explained = tree::explain(&expected, &run.out);
        if !explained.is_empty() {
            wrong.push_str(&format!("== {}\n{explained}", run.scenario.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong}LEASTWISE_BLESS=1 rewrites the golden files; read the diff before you commit it"
    );
}

#[test]
fn there_are_the_twelve() {
    let names: Vec<_> = RUNS.iter().map(|run| run.scenario.name.as_str()).collect();
    let twelve = [
        "brownfield-web-role",
        "cross-account-reader",
        "deployer-passrole",
        "etl-without-data-events",
        "explicit-deny",
        "hostile-strings",
        "notaction-policy",
        "only-denied",
        "permissions-boundary",
        "recreated-role",
        "tag-conditions",
        "two-trail-duplicates",
    ];
    for name in twelve {
        assert!(names.contains(&name), "{name} is gone");
    }
}

#[test]
fn changing_any_line_of_a_golden_file_is_noticed() {
    for run in RUNS.iter() {
        let actual = &run.out;
        let mut expected = tree::read(&run.scenario.expected(), &[]).unwrap();
        for path in expected.keys().cloned().collect::<Vec<_>>() {
            let starts = expected[&path]
                .split_inclusive(|b| *b == b'\n')
                .scan(0, |at, line| {
                    *at += line.len();
                    Some(*at - line.len())
                });
            for (number, start) in starts.collect::<Vec<_>>().into_iter().enumerate() {
                // any other byte in place of the line's first
                expected.get_mut(&path).unwrap()[start] ^= 1;
                let found = tree::differences(&expected, actual);
                assert_eq!(
                    found,
                    [(path.clone(), tree::Difference::Changed)],
                    "{} {path}:{}",
                    run.scenario.name,
                    number + 1
                );
                expected.get_mut(&path).unwrap()[start] ^= 1;
            }
            let good = expected[&path].clone();
            expected.remove(&path);
            assert_eq!(
                tree::differences(&expected, actual),
                [(path.clone(), tree::Difference::Extra)]
            );
            expected.insert(path.clone(), good);
        }
        expected.insert("more".into(), Vec::new());
        assert_eq!(
            tree::differences(&expected, actual),
            [("more".into(), tree::Difference::Missing)]
        );
    }
}

#[test]
fn the_tables_in_the_readmes_hold() {
    let mut wrong = Vec::new();
    for run in RUNS.iter() {
        let rows = run.scenario.rows().unwrap();
        assert!(rows.len() >= 5, "{}: no table", run.scenario.name);
        wrong.extend(
            rows.iter()
                .filter_map(|row| judge(run, row).err())
                .map(|why| format!("{}: {why}", run.scenario.name)),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn judge(run: &Run, row: &Row) -> Result<(), String> {
    let proposal = harness::policies(&run.out, &row.role);
    let Some(proposal) = proposal else {
        return match row.after {
            After::NoProposal => Ok(()),
            _ => Err(format!("no policy for {}", row.role)),
        };
    };
    let ask = |conditions| allowed(&proposal, &row.action, &row.resource, conditions);
    let got = match (ask(Conditions::Unmet), ask(Conditions::Favourable)) {
        (true, _) => After::Allowed,
        (false, true) => After::Conditional,
        (false, false) => After::Denied,
    };
    let told = format!(
        "{} {} on {}: expected {:?}, got {got:?}",
        row.role, row.action, row.resource, row.after
    );
    (got == row.after).then_some(()).ok_or(told)
}

/// Accesses that succeeded, are of the present incarnation of the role and have a known resource.
fn proven<'a>(run: &'a Run, current: &'a Current) -> impl Iterator<Item = (&'a Access, String)> {
    run.archive.accesses.iter().filter_map(move |access| {
        let ours = access.principal_id == current.id
            || (access.principal_id.is_empty() && access.principal == current.arn);
        let resource = access.resource.as_deref().map(harness::sample)?;
        (ours && access.outcome == "allowed").then_some((access, resource))
    })
}

#[test]
fn what_was_done_can_still_be_done() {
    let mut checked = 0;
    for run in RUNS.iter() {
        for (role, current) in &run.current {
            let Some(proposal) = harness::policies(&run.out, role) else {
                continue;
            };
            for (access, resource) in proven(run, current) {
                // what today's own policies do not explain is a gap: reported, not granted
                if current.allows(&access.action, &resource, Conditions::Favourable) {
                    checked += 1;
                    let ok = allowed(&proposal, &access.action, &resource, Conditions::Favourable);
                    assert!(
                        ok,
                        "{} {role}: lost {} on {resource}",
                        run.scenario.name, access.action
                    );
                }
            }
        }
    }
    assert!(checked > 300, "only {checked} accesses checked");
}

#[test]
fn nothing_new_can_be_done() {
    let mut checked = 0;
    for run in RUNS.iter() {
        let requests = requests(run);
        for (role, current) in &run.current {
            let Some(proposal) = harness::policies(&run.out, role) else {
                continue;
            };
            for (action, resource) in &requests {
                for conditions in [
                    Conditions::Favourable,
                    Conditions::Unmet,
                    Conditions::Adverse,
                ] {
                    checked += 1;
                    let gained = allowed(&proposal, action, resource, conditions)
                        && !allowed(&current.identity, action, resource, conditions);
                    assert!(
                        !gained,
                        "{} {role}: gained {action} on {resource} ({conditions:?})",
                        run.scenario.name
                    );
                }
            }
        }
    }
    assert!(checked > 10_000, "only {checked} requests checked");
}

/// Requests worth asking: each action named anywhere in the scenario with each resource named anywhere, and with the table's.
fn requests(run: &Run) -> BTreeSet<(String, String)> {
    let rows = run.scenario.rows().unwrap();
    let mut actions: BTreeSet<String> = rows.iter().map(|row| row.action.clone()).collect();
    let mut resources: BTreeSet<String> = rows.iter().map(|row| row.resource.clone()).collect();
    resources.insert("arn:aws:s3:::somebody-elses/key".into());
    let proposals = run
        .current
        .keys()
        .filter_map(|role| harness::policies(&run.out, role))
        .flatten();
    let identities = run
        .current
        .values()
        .flat_map(|current| current.identity.clone());
    for document in proposals.chain(identities) {
        for statement in fixtures::oracle::statements(&document) {
            let named = |keys: [&str; 2]| {
                let values = keys.iter().filter_map(|key| statement.get(*key));
                let flat =
                    values.flat_map(|v| v.as_array().cloned().unwrap_or_else(|| vec![v.clone()]));
                flat.filter_map(|v| v.as_str().map(harness::sample))
                    .take(40)
                    .collect::<Vec<_>>()
            };
            actions.extend(named(["Action", "NotAction"]));
            resources.extend(named(["Resource", "NotResource"]));
        }
    }
    let asked = rows
        .iter()
        .map(|row| (row.action.clone(), row.resource.clone()));
    let pairs = actions
        .iter()
        .flat_map(|a| resources.iter().map(move |r| (a.clone(), r.clone())));
    // spread over all pairs, the same at every run
    let step = (actions.len() * resources.len() / 1_200).max(1) | 1;
    pairs.step_by(step).chain(asked).collect()
}

#[test]
fn denies_are_carried_over_word_for_word() {
    let mut checked = 0;
    for run in RUNS.iter() {
        for (role, current) in &run.current {
            let Some(proposal) = harness::policies(&run.out, role) else {
                continue;
            };
            let kept: Vec<&Value> = proposal
                .iter()
                .flat_map(fixtures::oracle::statements)
                .collect();
            for statement in current
                .identity
                .iter()
                .flat_map(fixtures::oracle::statements)
            {
                if statement["Effect"] == "Deny" {
                    checked += 1;
                    assert!(
                        kept.contains(&statement),
                        "{} {role}: lost {statement}",
                        run.scenario.name
                    );
                }
            }
        }
    }
    assert_eq!(checked, 4, "the Deny statements of explicit-deny");
}

#[test]
fn counts_are_of_calls_not_of_copies() {
    for (scenario, role, action, expect) in [
        (
            "two-trail-duplicates",
            "inventory",
            "ec2:DescribeInstances",
            11,
        ),
        ("two-trail-duplicates", "inventory", "ssm:GetParameter", 11),
        ("two-trail-duplicates", "inventory", "ssm:PutParameter", 2),
        (
            "two-trail-duplicates",
            "inventory",
            "ec2:DescribeVolumes",
            1,
        ),
        ("cross-account-reader", "hub-analyst", "sts:AssumeRole", 10),
        ("cross-account-reader", "hub-analyst", "s3:GetObject", 10),
        (
            "cross-account-reader",
            "data/shared-reader",
            "s3:GetObject",
            10,
        ),
    ] {
        let run = RUNS
            .iter()
            .find(|run| run.scenario.name == scenario)
            .unwrap();
        let usage = std::str::from_utf8(&run.out["usage.jsonl"]).unwrap();
        let lines = usage
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let of_role = |line: &Value| {
            line["principal"]
                .as_str()
                .is_some_and(|p| p.ends_with(&format!(":role/{role}")))
        };
        let ours = lines.filter(|line| of_role(line) && line["action"] == action);
        let count: u64 = ours.map(|line| line["count"].as_u64().unwrap()).sum();
        assert_eq!(count, expect, "{scenario} {role} {action}");
    }
}

#[test]
fn hostile_strings_stay_strings() {
    let run = RUNS
        .iter()
        .find(|run| run.scenario.name == "hostile-strings")
        .unwrap();
    for (path, content) in &run.out {
        let text = std::str::from_utf8(content).unwrap_or_else(|_| panic!("{path} is not UTF-8"));
        let bad = text.chars().find(|c| {
            (c.is_control() && *c != '\n')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert_eq!(bad, None, "{path} holds a control character");
        assert!(
            !path.contains("..") && !path.contains("owned") && !path.contains('<'),
            "{path}"
        );
        if path.ends_with(".md") {
            for active in ["<img", "<script", "<svg", "](javascript:"] {
                assert!(!text.contains(active), "{path} holds {active}");
            }
        }
    }
    // nothing was written beside the output folders of the scenarios
    let beside =
        std::fs::read_dir(Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenarios")).unwrap();
    let beside: BTreeSet<_> = beside
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        beside,
        RUNS.iter().map(|run| run.scenario.name.clone()).collect()
    );
}

#[test]
fn no_session_token_is_written() {
    for run in RUNS.iter() {
        for (path, content) in &run.out {
            assert!(
                !String::from_utf8_lossy(content).contains("EXAMPLETOKEN"),
                "{} {path}",
                run.scenario.name
            );
        }
    }
}
