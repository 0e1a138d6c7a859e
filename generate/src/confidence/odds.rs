//! Odds: what all roles together say about silence.

use super::prior::{Prior, Trial};
use super::silence::Silence;
use super::{Chance, Record};
use iam::coverage::day_of;
use iam::pause::Pause;
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

    /// Learns from the records of roles that were there from the first day on.
    pub(crate) fn learn(mut self, records: &[Record], pauses: &[Pause]) -> Self {
        let mut trials: BTreeMap<Stratum, Vec<Trial>> = BTreeMap::new();
        for record in records.iter().filter(|record| self.is_old(record)) {
            for (level, trial) in &record.trials {
                let stratum = (*level, record.kind);
                trials.entry(stratum).or_default().push(*trial);
            }
        }
        let sums: Vec<Trial> = trials.values().map(|trials| Trial::sum(trials)).collect();
        if sums.is_empty() {
            return self;
        }
        let (prior, silence) = (Prior::fit(&sums, None), Silence::fit(pauses));
        let strata = trials.into_iter().map(|(stratum, trials)| {
            let own = |pause: &&Pause| (pause.level.as_str(), pause.kind.as_str()) == stratum;
            let own: Vec<&Pause> = pauses.iter().filter(own).collect();
            let ended = own.iter().any(|pause| pause.ended > 0);
            let silence = if ended { Silence::fit(own) } else { silence };
            let mean = prior.chance(Trial::sum(&trials));
            (stratum, (Prior::fit(&trials, Some(mean)), silence))
        });
        self.strata = strata.collect();
        self.all = Some((prior, silence));
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
        let stratum = self.strata.get(&(level, record.kind)).copied();
        let (Some((prior, silence)), None) = (stratum.or(self.all), self.unknown(record)) else {
            return Chance::UNKNOWN;
        };
        let own = record.trials.get(level).filter(|_| self.is_old(record));
        let used = prior.chance(own.copied().unwrap_or_default());
        let held_out = self.held_out();
        let silent = self.window.1 - record.first + 1;
        let learned = silence.sum(self.days() - held_out, held_out);
        let ahead = silence.sum(silent, i64::from(self.horizon));
        Chance::of(1.0 - (1.0 - used).powf(ahead / learned))
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

    fn record(first: i64, used: u64, silent: u64) -> Record {
        let trial = Trial { used, silent };
        Record {
            kind: "role",
            trials: BTreeMap::from([("Write", trial)]),
            first,
        }
    }

    fn pause(days: u32, ended: u64, open: u64) -> Pause {
        Pause {
            level: "Write".to_owned(),
            kind: "role".to_owned(),
            days,
            ended,
            open,
        }
    }

    fn pauses() -> impl Strategy<Value = Vec<Pause>> {
        let one = (1..90_u32, 0..50_u64, 0..50_u64);
        let one = one.prop_map(|(days, ended, open)| pause(days, ended, open));
        proptest::collection::vec(one, 0..20)
    }

    fn records() -> impl Strategy<Value = Vec<Record>> {
        let one = (0..40_u64, 1..40_u64);
        let one = one.prop_map(|(used, more)| record(0, used, used + more));
        proptest::collection::vec(one, 1..9)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn more_silence_is_never_more_probable(
            pauses in pauses(), records in records(), ages in (30..90_i64, 30..90_i64),
        ) {
            let odds = odds(90, 30).learn(&records, &pauses);
            let of_age = |age: i64| odds.chance(&record(90 - age, 0, 9), "Write");
            let (young, old) = (ages.0.min(ages.1), ages.0.max(ages.1));
            prop_assert!(of_age(old) <= of_age(young));
        }

        #[test]
        fn a_longer_horizon_is_never_less_probable(
            pauses in pauses(), records in records(), horizons in (1..45_u32, 1..45_u32),
        ) {
            let ahead = |days| odds(90, days).learn(&records, &pauses).chance(&records[0], "Write");
            let (short, long) = (horizons.0.min(horizons.1), horizons.0.max(horizons.1));
            prop_assert!(ahead(short) <= ahead(long));
            prop_assert!(ahead(short) > Chance::UNKNOWN);
        }
    }

    #[test]
    fn what_a_window_must_hold() {
        let records = [record(0, 1, 10)];
        let check = |odds: Odds, of: &Record, expect: Option<&str>| {
            let why = odds.unknown(of);
            assert_eq!(why.as_deref(), expect);
            let unknown = odds.chance(of, "Write") == Chance::UNKNOWN;
            assert_eq!(unknown, expect.is_some());
        };
        check(odds(60, 30).learn(&records, &[]), &records[0], None);
        let short = "the window has 59 days, and learning what 30 days bring takes 60";
        check(odds(59, 30).learn(&records, &[]), &records[0], Some(short));
        let young = "the role is 29 days old, younger than the 30 days ahead";
        check(
            odds(60, 30).learn(&records, &[]),
            &record(31, 0, 0),
            Some(young),
        );
        let nobody = "no role with silent grants was there from the first day on";
        check(
            odds(60, 30).learn(&[record(1, 0, 9)], &[]),
            &record(0, 0, 0),
            Some(nobody),
        );
    }

    #[test]
    fn without_pauses_half_a_window_ahead_is_the_half_that_was_held_out() {
        let records = [record(0, 1, 10), record(0, 1, 10), record(0, 1, 10)];
        let learned = odds(60, 30).learn(&records, &[]);
        // three of thirty, by Jeffreys
        assert_eq!(learned.chance(&records[0], "Write"), Chance::of(3.5 / 31.0));
        // a level that nobody has: all together
        assert_eq!(learned.chance(&records[0], "Read"), Chance::of(3.5 / 31.0));
    }

    #[test]
    fn a_small_stratum_follows_the_others_and_a_large_one_itself() {
        let trial = |used, silent| Trial { used, silent };
        let trials = [
            ("Write", trial(500, 1000)),
            ("Read", trial(1, 1000)),
            ("List", trial(0, 2)),
        ];
        let records = [Record {
            kind: "role",
            trials: BTreeMap::from(trials),
            first: 0,
        }];
        let learned = odds(60, 30).learn(&records, &[]);
        let said = |level| learned.chance(&records[0], level).known().unwrap();
        assert!((said("Write") - 0.5).abs() < 0.01);
        assert!((said("Read") - 0.001).abs() < 0.001);
        assert!(said("List") > 0.05 && said("List") < 0.25);
    }
}
