//! A backtest of small archives, compared with straight loops over the rows they were made of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod rows;

use iam::usage::{Outcome, Usage};
use leastwise_analyze::{
    Backtest, Candidate, Config, Daily, Error, Plan, Proposed, Proposer, Silent, Since, backtest,
    daily,
};
use rows::{Row, row, write_archive};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

const START: i64 = 1_767_225_600_000;
const DAYS: i64 = 24;

/// Three roles with actions of very different rates on a few resources, some denied, some failed.
fn some_rows(seed: u64) -> Vec<Row> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    let mut rows = Vec::new();
    for day in 0..DAYS {
        for role in 0..3 {
            for action in 0..8_u64 {
                if next(1 << action) > 0 || (role == 2 && day < 5) {
                    continue;
                }
                for _ in 0..=next(3) {
                    let mut row = row(rows.len() as u64);
                    row.time = START + day * 86_400_000 + next(86_400_000) as i64;
                    row.account = "111122223333".to_owned();
                    row.principal = Some(format!("arn:aws:iam::111122223333:role/r{role}"));
                    row.principal_id = Some(format!("AROAEXAMPLEEXAMPLE{role}"));
                    row.outcome = ["allowed", "allowed", "allowed", "denied", "failed"]
                        [next(5) as usize]
                        .to_owned();
                    let resource = format!("arn:aws:s3:::b/{}", next(3));
                    row.accesses = vec![rows::Access {
                        action: format!("s3:Action{action}"),
                        resource: (action != 3).then_some(resource),
                        template: (action != 3).then(|| "arn:aws:s3:::b/*".to_owned()),
                        via: "direct".to_owned(),
                    }];
                    rows.push(row);
                }
            }
        }
    }
    rows
}

/// Proposes exactly what succeeded; today's policies explain all but one action.
struct Exactly;

struct Pairs(BTreeSet<(String, Option<String>)>);

impl Proposer for Exactly {
    fn candidate<'s>(&'s self, principal: &str, _: &str) -> Option<Box<dyn Candidate + 's>> {
        Some(Box::new(Role(principal.to_owned())))
    }
}

struct Role(String);

impl Candidate for Role {
    fn since(&self) -> Since {
        match self.0.ends_with("r0") {
            true => Since::Day(START / 86_400_000 + 2),
            false => Since::Seen,
        }
    }

    fn explained(&self, action: &str, _: Option<&str>) -> bool {
        action != "s3:Action1"
    }

    fn propose<'s>(&'s self, usage: &[Usage]) -> Box<dyn Proposed + 's> {
        let allowed = usage.iter().filter(|line| line.outcome == Outcome::Allowed);
        let pairs = allowed.flat_map(|line| {
            let named = line.resources.iter().cloned().map(Some);
            let named: Vec<_> = match line.template {
                Some(_) => named.collect(),
                None => vec![None],
            };
            named
                .into_iter()
                .map(|on| (line.action.clone(), on))
                .collect::<Vec<_>>()
        });
        Box::new(Pairs(pairs.collect()))
    }
}

impl Proposed for Pairs {
    fn allows_action(&self, action: &str) -> bool {
        self.0.iter().any(|(own, _)| own == action)
    }

    fn allows(&self, action: &str, resource: Option<&str>) -> bool {
        self.0
            .contains(&(action.to_owned(), resource.map(str::to_owned)))
    }

    fn granted(&self) -> (Option<u64>, u64) {
        let actions: BTreeSet<&String> = self.0.iter().map(|(action, _)| action).collect();
        (Some(20), actions.len() as u64)
    }

    fn risky(&self) -> (Option<u64>, u64) {
        (None, 0)
    }

    fn size(&self) -> (u64, u64) {
        (1, 100)
    }
}

fn table(rows: &[Row], sample: usize, threads: usize) -> Daily {
    table_in(rows, sample, threads, 256 << 20)
}

fn table_in(rows: &[Row], sample: usize, threads: usize, memory: usize) -> Daily {
    let folder = tempfile::tempdir().unwrap();
    write_archive(folder.path(), rows, 50, 20);
    let mut config = Config::new(folder.path().to_owned(), folder.path().join("unused"));
    (config.sample, config.threads) = (sample, threads);
    config.memory_bytes = memory;
    daily(&config, &Silent, &AtomicBool::new(false)).unwrap()
}

fn principals(table: &Daily) -> String {
    let all = std::iter::from_fn(|| table.next().unwrap());
    format!("{:?}", all.collect::<Vec<_>>())
}

fn plan() -> Plan {
    Plan {
        observe: vec![3, 9, 40],
        operate: vec![1, 4],
        step: 2,
        threads: 2,
        ..Plan::default()
    }
}

fn run(rows: &[Row]) -> Backtest {
    let table = table(rows, 64, 2);
    backtest(&table, &plan(), &Exactly, &|_| {}, &AtomicBool::new(false)).unwrap()
}

type Pair = (String, Option<String>);

/// Accesses of a role in some days, with their number.
fn within(rows: &[&Row], outcome: &str, days: std::ops::Range<i64>) -> BTreeMap<Pair, u64> {
    let mut pairs = BTreeMap::new();
    for row in rows {
        let day = row.day() - START / 86_400_000;
        if row.outcome == outcome && days.contains(&day) {
            let access = &row.accesses[0];
            *pairs
                .entry((access.action.clone(), access.resource.clone()))
                .or_default() += 1;
        }
    }
    pairs
}

/// The sums of a setting, said plainly: windows, unharmed, and then part and whole of each rate.
fn slowly(rows: &[Row], observe: i64, operate: i64) -> Vec<u64> {
    let mut sums = vec![0; 17];
    for role in 0..3 {
        let own = |row: &&Row| {
            row.principal
                .as_ref()
                .unwrap()
                .ends_with(&format!("r{role}"))
        };
        let own: Vec<&Row> = rows.iter().filter(own).collect();
        let seen = own.iter().map(|row| row.day()).min().unwrap() - START / 86_400_000;
        let since = if role == 0 { 2 } else { seen };
        let mut cut = observe;
        while cut + operate <= DAYS {
            if since <= cut - observe {
                add(&mut sums, &own, cut - observe, cut, cut + operate);
            }
            cut += 2;
        }
    }
    sums
}

fn add(sums: &mut [u64], own: &[&Row], start: i64, cut: i64, end: i64) {
    let learnt = within(own, "allowed", start..cut);
    let known: BTreeSet<&String> = learnt.keys().map(|(action, _)| action).collect();
    let mut all = within(own, "allowed", cut..end);
    sums[16] += all
        .iter()
        .filter(|((a, _), _)| a == "s3:Action1")
        .map(|(_, n)| n)
        .sum::<u64>();
    all.retain(|(action, _), _| action != "s3:Action1");
    sums[0] += 1;
    sums[1] += u64::from(all.keys().all(|pair| learnt.contains_key(pair)));
    let actions: BTreeSet<&String> = all.keys().map(|(action, _)| action).collect();
    sums[2] += actions
        .iter()
        .filter(|action| !known.contains(*action))
        .count() as u64;
    sums[3] += actions.len() as u64;
    for (pair, count) in &all {
        let missed = u64::from(!learnt.contains_key(pair));
        let gone = u64::from(!known.contains(&pair.0));
        for (at, number) in [
            (4, gone * count),
            (5, *count),
            (6, missed),
            (7, 1),
            (8, missed * count),
            (9, *count),
        ] {
            sums[at] += number;
        }
    }
    for (pair, count) in within(own, "denied", cut..end) {
        let opened = u64::from(learnt.contains_key(&pair));
        for (at, number) in [(10, opened), (11, 1), (12, opened * count), (13, count)] {
            sums[at] += number;
        }
    }
    let used = within(own, "allowed", start..end);
    let used: BTreeSet<&String> = used.keys().map(|(action, _)| action).collect();
    sums[14] += known.len() as u64;
    sums[15] += used.len() as u64;
}

#[test]
fn sums_are_those_of_the_rows() {
    for seed in 1..4 {
        let rows = some_rows(seed);
        let found = run(&rows);
        assert_eq!(found.settings.len(), 6);
        for setting in &found.settings {
            let expect = slowly(
                &rows,
                i64::from(setting.observe_days),
                i64::from(setting.operate_days),
            );
            let rates = [
                &setting.under_grant_action.unique,
                &setting.under_grant_action.weighted,
                &setting.under_grant_resource.unique,
                &setting.under_grant_resource.weighted,
                &setting.denied_replay.unique,
                &setting.denied_replay.weighted,
            ];
            let mut sums = vec![setting.windows, setting.windows_unharmed];
            sums.extend(rates.iter().flat_map(|rate| [rate.part, rate.of]));
            assert_eq!(sums, expect[..14], "{seed} {setting:?}");
            assert_eq!(setting.gap_events, expect[16]);
            let ratio = (expect[15] > 0).then(|| expect[14] as f64 / expect[15] as f64);
            assert_eq!(setting.over_grant, ratio);
            let removal =
                (expect[0] > 0).then(|| 1.0 - expect[14] as f64 / (20 * expect[0]) as f64);
            assert_eq!(setting.removal, removal);
        }
        let exercised = |at: usize| found.settings[at].under_grant_resource.unique.of;
        assert!(exercised(0) > 20 && exercised(3) > 20 && exercised(5) == 0);
        assert!(found.settings[0].under_grant_resource.unique.part > 0);
    }
}

#[test]
fn the_table_does_not_depend_on_threads_and_bounds_its_resources() {
    let rows = some_rows(7);
    let one = principals(&table(&rows, 64, 1));
    assert_eq!(one, principals(&table(&rows, 64, 3)));
    assert_eq!(one, principals(&table_in(&rows, 64, 1, 0)));
    let few = principals(&table(&rows, 2, 1));
    assert_eq!(few, principals(&table_in(&rows, 2, 2, 0)));
    let counts = |sample| {
        let found = backtest(
            &table(&rows, sample, 2),
            &plan(),
            &Exactly,
            &|_| {},
            &AtomicBool::new(false),
        );
        found.unwrap().settings[0].under_grant_resource.weighted.of
    };
    assert_eq!(
        counts(2),
        counts(64),
        "what is not held is counted all the same"
    );
}

#[test]
fn a_role_needs_as_many_days_as_it_takes_to_lose_nothing() {
    let mut rows = Vec::new();
    for day in 0..DAYS {
        let mut used = row(rows.len() as u64);
        used.time = START + day * 86_400_000;
        used.principal = Some("arn:aws:iam::111122223333:role/r1".to_owned());
        used.accesses = vec![rows::Access {
            // every fourth day something else
            action: if day % 4 == 3 {
                "s3:Action9"
            } else {
                "s3:Action0"
            }
            .to_owned(),
            resource: Some("arn:aws:s3:::b".to_owned()),
            template: Some("arn:aws:s3:::b".to_owned()),
            via: "direct".to_owned(),
        }];
        rows.push(used);
    }
    let found = run(&rows);
    let role = &found.by_role[0];
    assert_eq!(role.role, "arn:aws:iam::111122223333:role/r1");
    assert_eq!(role.days_needed, Some(9));
    assert!(found.settings[0].under_grant_resource.weighted.share > 0.0);
    assert_eq!(found.settings[2].under_grant_resource.weighted.share, 0.0);
    assert_eq!(
        found.settings[2].under_grant_resource.weighted.interval, None,
        "one role"
    );
}

#[test]
fn a_stop_is_heard() {
    let table = table(&some_rows(1), 64, 1);
    let cancel = AtomicBool::new(true);
    let stopped = backtest(&table, &plan(), &Exactly, &|_| {}, &cancel);
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
}
