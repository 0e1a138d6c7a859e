//! Odds: what all roles together say about silence.

use super::prior::{Prior, Trial};
use super::silence::{Halves, Silence, Silent};
use super::{Chance, Record};
use iam::coverage::day_of;
use iam::usage::Header;
use std::collections::BTreeMap;

/// A stratum: access level and kind of principal.
type Stratum = (&'static str, &'static str);

/// What all roles together say about silence.
#[derive(Debug)]
pub(crate) struct Odds {
    /// First and last day of the window.
    pub(super) window: (i64, i64),
    /// Days ahead.
    pub(super) horizon: u32,
    strata: BTreeMap<Stratum, (Prior, Silence)>,
    all: Option<(Prior, Silence)>,
}

impl Odds {
    /// The window of a header, before any role is known.
    pub(crate) fn new(header: &Header, horizon: u32) -> Self {
        let [first, last] = [&header.window_start, &header.window_end]
            .map(|time| time.as_deref().and_then(day_of).unwrap_or_default());
        Self {
            window: (first, last),
            horizon,
            strata: BTreeMap::new(),
            all: None,
        }
    }

    fn days(&self) -> i64 {
        self.window.1 - self.window.0 + 1
    }

    /// Days of the second half of the window.
    pub(super) fn held_out(&self) -> i64 {
        self.days() / 2
    }

    /// First day of the second half of the window.
    pub(super) fn cut(&self) -> i64 {
        self.window.1 - self.held_out() + 1
    }

    /// Whether the role was there from the first day on.
    fn is_old(&self, record: &Record) -> bool {
        record.first <= self.window.0
    }

    fn halves(&self) -> Halves {
        Halves {
            first: self.days() - self.held_out(),
            second: self.held_out(),
        }
    }

    /// Learns from the records of roles that were there from the first day on.
    pub(crate) fn learn(mut self, records: &[Record]) -> Self {
        let mut strata: BTreeMap<Stratum, Vec<Silent>> = BTreeMap::new();
        for record in records.iter().filter(|record| self.is_old(record)) {
            for (level, silent) in &record.silent {
                let roles = strata.entry((*level, record.kind)).or_default();
                roles.push(silent.clone());
            }
        }
        let trials = |roles: &[Silent]| roles.iter().map(Trial::of).collect::<Vec<_>>();
        let total = |roles: &[Silent]| Trial::sum(&trials(roles));
        let sums: Vec<Trial> = strata.values().map(|roles| total(roles)).collect();
        if sums.is_empty() {
            return self;
        }
        let prior = Prior::fit(&sums, None);
        let everyone: Vec<Silent> = strata.values().flatten().cloned().collect();
        let halves = self.halves();
        let strata = strata.into_iter().map(|(stratum, roles)| {
            let mean = prior.chance(total(&roles));
            let prior = Prior::fit(&trials(&roles), Some(mean));
            (stratum, (prior, Silence::fit(&roles, halves)))
        });
        self.strata = strata.collect();
        self.all = Some((prior, Silence::fit(&everyone, halves)));
        self
    }

    /// Why nothing can be said of the role; none when it can.
    pub(super) fn unknown(&self, record: &Record) -> Option<String> {
        let horizon = self.horizon;
        let age = self.window.1 - record.first + 1;
        if self.held_out() < i64::from(horizon) {
            let (days, enough) = (self.days(), 2 * u64::from(horizon));
            return Some(format!(
                "the window has {days} days, and learning what {horizon} days bring takes {enough}"
            ));
        }
        if age < i64::from(horizon) {
            return Some(format!(
                "the role is {age} days old, younger than the {horizon} days ahead"
            ));
        }
        let none = self.all.is_none();
        none.then(|| "no role with silent grants was there from the first day on".to_owned())
    }

    /// The probability that a silent grant of the role is needed in the days ahead.
    pub(crate) fn chance(&self, record: &Record, level: &'static str) -> Chance {
        let stratum = self.strata.get(&(level, record.kind)).or(self.all.as_ref());
        let (Some((prior, silence)), None) = (stratum, self.unknown(record)) else {
            return Chance::UNKNOWN;
        };
        let own = match self.is_old(record) {
            true => record.trial(level),
            false => Trial::default(),
        };
        let used = prior.chance(own);
        let silent = self.window.1 - record.first + 1;
        let fall = silence.fall(silent, i64::from(self.horizon), self.halves());
        Chance::of(1.0 - (1.0 - used).powf(fall))
    }
}

impl Record {
    /// Silent grants of a level, and those that came back.
    pub(super) fn trial(&self, level: &str) -> Trial {
        self.silent.get(level).map(Trial::of).unwrap_or_default()
    }
}

impl Trial {
    fn of(silent: &Silent) -> Self {
        Self {
            used: silent.back.len() as u64,
            silent: silent.grants,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
    use super::*;
    use proptest::prelude::*;

    fn odds(days: i64, horizon: u32) -> Odds {
        Odds {
            window: (0, days - 1),
            horizon,
            strata: BTreeMap::new(),
            all: None,
        }
    }

    fn silent(back: Vec<i64>, more: u64) -> Silent {
        let grants = back.len() as u64 + more;
        Silent { grants, back }
    }

    fn record(first: i64, back: Vec<i64>, more: u64) -> Record {
        Record {
            kind: "role",
            silent: BTreeMap::from([("Write", silent(back, more))]),
            first,
        }
    }

    fn records() -> impl Strategy<Value = Vec<Record>> {
        let back = proptest::collection::vec(0..45_i64, 0..20);
        let one = (back, 1..40_u64).prop_map(|(back, more)| record(0, back, more));
        proptest::collection::vec(one, 1..9)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn more_silence_is_never_more_probable(
            records in records(), ages in (30..90_i64, 30..90_i64),
        ) {
            let odds = odds(90, 30).learn(&records);
            let of_age = |age: i64| odds.chance(&record(90 - age, Vec::new(), 9), "Write");
            let (young, old) = (ages.0.min(ages.1), ages.0.max(ages.1));
            prop_assert!(of_age(old) <= of_age(young));
        }

        #[test]
        fn a_longer_horizon_is_never_less_probable(
            records in records(), horizons in (1..45_u32, 1..45_u32),
        ) {
            let ahead = |days| odds(90, days).learn(&records).chance(&records[0], "Write");
            let (short, long) = (horizons.0.min(horizons.1), horizons.0.max(horizons.1));
            prop_assert!(ahead(short) <= ahead(long));
            prop_assert!(ahead(short) > Chance::UNKNOWN);
        }
    }

    #[test]
    fn what_a_window_must_hold() {
        let records = [record(0, vec![3], 9)];
        let check = |odds: Odds, of: &Record, expect: Option<&str>| {
            let why = odds.unknown(of);
            assert_eq!(why.as_deref(), expect);
            let unknown = odds.chance(of, "Write") == Chance::UNKNOWN;
            assert_eq!(unknown, expect.is_some());
        };
        check(odds(60, 30).learn(&records), &records[0], None);
        let short = "the window has 59 days, and learning what 30 days bring takes 60";
        check(odds(59, 30).learn(&records), &records[0], Some(short));
        let young = "the role is 29 days old, younger than the 30 days ahead";
        check(
            odds(60, 30).learn(&records),
            &record(31, Vec::new(), 0),
            Some(young),
        );
        let nobody = "no role with silent grants was there from the first day on";
        check(
            odds(60, 30).learn(&[record(1, Vec::new(), 9)]),
            &record(0, Vec::new(), 0),
            Some(nobody),
        );
    }

    #[test]
    fn a_small_stratum_follows_the_others_and_a_large_one_itself() {
        let evenly = |number: i64| (0..number).map(|at| at * 30 / number).collect();
        let levels = [
            ("Write", silent(evenly(500), 500)),
            ("Read", silent(evenly(1), 999)),
            ("List", silent(Vec::new(), 2)),
        ];
        let records = [Record {
            kind: "role",
            silent: BTreeMap::from(levels),
            first: 0,
        }];
        let learned = odds(60, 30).learn(&records);
        let said = |level| learned.chance(&records[0], level).known().unwrap();
        // later by 30 days than the half in which 50 % came back
        assert!(said("Write") > 0.3 && said("Write") < 0.5);
        assert!(said("Read") < 0.002);
        assert!(said("List") > 0.03 && said("List") < 0.25);
        // a level that nobody has: all together
        assert!(said("Tagging") > 0.1 && said("Tagging") < 0.25);
    }
}
