//! Confidence against known truth: what generate says of silent grants, and how many are used in the days after.
//!
//! Four worlds: rates that follow the curve which `generate` fits, quick and slow, and rates of another form with grants
//! that nobody needs.

use crate::worlds::{DAYS, Random, World, calendar, rare, slow, steady};
use crate::{ACCOUNT, MANAGEMENT, header, policy, used};
use iam::catalogue::{Catalogue, Observability};
use iam::coverage::{civil, day_of};
use iam::pause::{Pause, access_level};
use iam::usage::{Header, Outcome, Usage};
use leastwise_generate::{Config, generate, parse_current};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Days of the header's window, 2026-08-01 to 2026-10-30, and days ahead.
const WINDOW: u32 = 91;
const AHEAD: u32 = DAYS - WINDOW;
const ROLES: usize = 150;
/// Fewest silent grants of a decile that are judged: the error of a share of so many is 0.02 at most at one sigma.
const ENOUGH: usize = 600;

/// Actions that any trail shows, of two levels.
fn actions() -> Vec<String> {
    let catalogue = Catalogue::embedded();
    let all = catalogue.expand("ec2:*").into_iter();
    let all: Vec<_> = all.filter_map(|id| catalogue.get(id)).collect();
    let shown = |level: &'static str| {
        let fine = all.iter().filter(move |action| {
            let management = matches!(action.observability(), Observability::Management { .. });
            management && action.level().as_str() == level
        });
        fine.map(|action| action.name().to_owned()).take(30)
    };
    shown("Write").chain(shown("List")).collect()
}

fn arn(role: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/role-{role:03}")
}

fn time(day: u32) -> String {
    let start = day_of("2026-08-01").unwrap();
    let (year, month, day) = civil(start + i64::from(day));
    format!("{year:04}-{month:02}-{day:02}T12:00:00Z")
}

fn row(role: usize, action: &str, days: &[u32]) -> Usage {
    Usage {
        principal: arn(role),
        principal_id: format!("AROAEXAMPLE{role:010}"),
        count: days.len() as u64,
        active_days: days.len() as u32,
        first_seen: time(days[0]),
        last_seen: time(*days.last().unwrap()),
        ..used(action, &["*"])
    }
}

/// What happened: the usage of the window, its pauses, and by role the actions silent in it: used in the days after?
#[derive(Default)]
struct Past {
    usage: Vec<Usage>,
    pauses: BTreeMap<(&'static str, u32), (u64, u64)>,
    silent: BTreeMap<usize, BTreeMap<String, bool>>,
}

impl Past {
    fn of(world: World, actions: &[String]) -> Self {
        let (mut past, mut random) = (Self::default(), Random(7));
        for role in 0..ROLES {
            let by_level = ["Write", "List"].map(|level| (level, world(&mut random, level)));
            for action in actions {
                let level = access_level(Catalogue::embedded(), action);
                let (_, rate) = by_level.iter().find(|(name, _)| *name == level).unwrap();
                let rate = rate(&mut random);
                past.add((role, action, level), &random.days(rate));
            }
        }
        past
    }

    fn add(&mut self, (role, action, level): (usize, &str, &'static str), days: &[u32]) {
        let (seen, ahead): (Vec<u32>, Vec<u32>) = days.iter().partition(|day| **day < WINDOW);
        let Some(last) = seen.last() else {
            let silent = self.silent.entry(role).or_default();
            silent.insert(action.to_owned(), !ahead.is_empty());
            return;
        };
        for pair in seen.windows(2) {
            self.pauses.entry((level, pair[1] - pair[0])).or_default().0 += 1;
        }
        self.pauses.entry((level, WINDOW - 1 - last)).or_default().1 += 1;
        self.usage.push(row(role, action, &seen));
    }

    fn header(&self) -> Header {
        let pauses = self
            .pauses
            .iter()
            .map(|((level, days), (ended, open))| Pause {
                level: (*level).into(),
                kind: "role".into(),
                days: *days,
                ended: *ended,
                open: *open,
            });
        Header {
            pauses: pauses.collect(),
            ..header(&MANAGEMENT)
        }
    }
}

fn dump(actions: &[String]) -> Value {
    let policy = policy(&json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]));
    let roles = (0..ROLES).map(|role| {
        json!({"Path": "/", "RoleName": format!("role-{role:03}"), "RoleId": format!("AROAEXAMPLE{role:010}"),
            "Arn": arn(role), "AssumeRolePolicyDocument": {}, "InstanceProfileList": [], "AttachedManagedPolicies": [],
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy}]})
    });
    json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": roles.collect::<Vec<_>>()})
}

/// By decile of what was said: silent grants, the sum of their probabilities, and how many were used.
type Deciles = BTreeMap<u32, (usize, f64, usize)>;

fn deciles(world: World) -> Deciles {
    let actions = actions();
    assert_eq!(actions.len(), 60);
    let past = Past::of(world, &actions);
    let folder = tempfile::tempdir().unwrap();
    let account = parse_current(dump(&actions).to_string().as_bytes(), "dump.json").unwrap();
    let mut config = Config::new(folder.path().to_owned());
    config.horizon_days = AHEAD;
    let catalogue = Catalogue::embedded();
    generate(&past.header(), &past.usage, &[account], &config, catalogue).unwrap();
    let mut deciles = Deciles::new();
    for (role, silent) in &past.silent {
        let path = folder
            .path()
            .join(format!("{ACCOUNT}/role-{role:03}/diff.json"));
        let diff: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let levels = &diff["confidence"]["levels"];
        let told: BTreeSet<&str> = silent.keys().map(|a| access_level(catalogue, a)).collect();
        assert_eq!(levels.as_object().unwrap().len(), told.len());
        let mut expected = 0.0;
        for (action, used) in silent {
            let level = &levels[access_level(catalogue, action)];
            let needed = level["needed"].as_f64().unwrap();
            let decile = deciles.entry((needed * 10.0) as u32).or_default();
            *decile = (
                decile.0 + 1,
                decile.1 + needed,
                decile.2 + usize::from(*used),
            );
            expected += needed;
        }
        let found = diff["confidence"]["expected_needs"].as_f64().unwrap();
        assert!((found - expected).abs() < 0.002, "{found} {expected}");
    }
    deciles
}

fn check(world: World, least: usize) {
    let deciles = deciles(world);
    let mut judged = 0;
    for (decile, (silent, needed, used)) in &deciles {
        if *silent >= ENOUGH {
            judged += 1;
            let (said, was) = (needed / *silent as f64, *used as f64 / *silent as f64);
            assert!(
                (said - was).abs() <= 0.05,
                "{decile}: said {said:.3}, was {was:.3}; {deciles:?}"
            );
        }
    }
    assert!(judged >= least, "{deciles:?}");
}

#[test]
fn what_is_said_of_steady_rates_comes_true() {
    check(steady, 2);
}

#[test]
fn what_is_said_of_daily_weekly_and_monthly_work_comes_true() {
    check(calendar, 1);
}

#[test]
fn what_is_said_of_slow_rates_comes_true() {
    check(slow, 2);
}

#[test]
fn what_is_said_of_rare_needs_comes_true() {
    check(rare, 2);
}

/// What is told of one role with these days ahead, and its review.
fn told(horizon: u32, created: Option<&str>) -> (Value, String) {
    let statements = json!([{"Effect": "Allow", "Resource": "*",
        "Action": ["ec2:StopInstances", "ec2:StartInstances", "sqs:DeleteQueue"]}]);
    let mut dump = crate::dump(&policy(&statements));
    if let Some(created) = created {
        dump["RoleDetailList"][0]["CreateDate"] = created.into();
    }
    let mut denied = crate::used("sqs:DeleteQueue", &[]);
    denied.outcome = Outcome::Denied;
    let usage = [crate::used("ec2:StartInstances", &[]), denied];
    let set = |config: &mut Config| config.horizon_days = horizon;
    let out = crate::run_with(set, Some(&dump), &header(&MANAGEMENT), &usage);
    let folder = format!("{ACCOUNT}/web");
    let review = out.text(&format!("{folder}/review.md"));
    (out.json(&format!("{folder}/diff.json")), review)
}

#[test]
fn a_removed_grant_has_its_probability_and_a_denied_one_none() {
    let (diff, review) = told(30, None);
    let removed = diff["statements"][0]["removed"].as_array().unwrap();
    let of = |verdict: &str| {
        removed
            .iter()
            .find(|entry| entry["verdict"] == verdict)
            .unwrap()
    };
    assert!(of("denied-only").get("needed").is_none());
    let level = &diff["confidence"]["levels"]["Write"];
    assert_eq!(of("unused")["needed"], level["needed"]);
    let needed = level["needed"].as_f64().unwrap();
    assert!(needed > 0.05 && needed < 0.25, "{needed}");
    assert_eq!(
        diff["confidence"]["doubts"],
        json!(["the days observed hold no end of a year"])
    );
    let line = format!("| ec2:StopInstances | unused | {:.1} % |", needed * 100.0);
    assert!(review.contains(&line), "{review}");
    assert!(
        review.contains("| sqs:DeleteQueue | denied-only | – |"),
        "{review}"
    );
}

#[test]
fn what_cannot_be_learned_is_unknown() {
    let check = |horizon, created, why: &str| {
        let (diff, review) = told(horizon, created);
        let confidence = &diff["confidence"];
        assert!(
            confidence["levels"]["Write"]["needed"].is_null(),
            "{confidence}"
        );
        assert!(confidence["expected_needs"].is_null(), "{confidence}");
        let doubt = format!("the probabilities are unknown: {why}");
        assert_eq!(confidence["doubts"][0], doubt.as_str());
        assert!(
            review.contains("| ec2:StopInstances | unused | unknown |"),
            "{review}"
        );
        assert!(review.contains(&doubt), "{review}");
    };
    let short = "the window has 91 days, and learning what 46 days bring takes 92";
    check(46, None, short);
    let young = "the role is 20 days old, younger than the 30 days ahead";
    check(30, Some("2026-10-11T08:00:00Z"), young);
    let alone = "no role with silent grants was there from the first day on";
    check(30, Some("2026-09-01T08:00:00Z"), alone);
}
