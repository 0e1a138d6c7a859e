//! Days with events, and the stretches without that are too long for the events' own rhythm.
//!
//! Let `a` of the `n` days from the first with events to the last hold some. If each day did with the same chance
//! `p = (a + ½) / (n + 1)` (Jeffreys' rule), a window of `w` days would hold `w · p · (1 − p)^k` stretches of `k` silent
//! days or more. A stretch of which fewer than [`BY_CHANCE`] were to be expected is *missing*: the logs, not the
//! users, were silent. Sparse archives have long natural stretches, daily ones have none of more than a day or two.
//! What lies before the first event and after the last is judged by the rhythm in between.

use crate::usage::Coverage;
use std::collections::BTreeSet;

/// The usual level of significance: one window in twenty would hold such a stretch by chance.
const BY_CHANCE: f64 = 0.05;

/// Days without events, first and last, since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// First day.
    pub first: i64,
    /// Last day.
    pub last: i64,
}

impl Stretch {
    /// Number of days.
    pub fn days(self) -> u32 {
        u32::try_from(self.last - self.first + 1).unwrap_or(0)
    }
}

impl std::fmt::Display for Stretch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = |day: i64| {
            let (year, month, day) = civil(day);
            format!("{year:04}-{month:02}-{day:02}")
        };
        match self.first == self.last {
            true => write!(f, "{}", date(self.first)),
            false => write!(f, "{} to {}", date(self.first), date(self.last)),
        }
    }
}

/// The UTC day since 1970 of an RFC 3339 time or date that begins with `YYYY-MM-DD`; none for other text.
pub fn day_of(time: &str) -> Option<i64> {
    let date = time.get(..10)?;
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let fine = (1..=12).contains(&month) && (1..=31).contains(&day) && parts.next().is_none();
    fine.then(|| from_civil(year, month, day))
}

/// Day number of a date of the Gregorian calendar (Hinnant, chrono-Compatible Low-Level Date Algorithms).
fn from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a UTC day since 1970 (same source).
pub fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

/// The runs of days with and without events, in turn, of sorted distinct days.
pub fn runs(days: impl IntoIterator<Item = i64>) -> Vec<u32> {
    let mut runs: Vec<u32> = Vec::new();
    let mut before = None;
    for day in days {
        let silent = before.map_or(0, |before: i64| day - before - 1);
        match runs.last_mut() {
            Some(run) if silent <= 0 => *run += 1,
            Some(_) => runs.extend([u32::try_from(silent).unwrap_or(u32::MAX), 1]),
            None => runs.push(1),
        }
        before = Some(day);
    }
    runs
}

/// The days of a coverage row. Rows of archives from before days were counted: every day from first to last.
pub(super) fn days(row: &Coverage) -> BTreeSet<i64> {
    let (Some(first), Some(last)) = (day_of(&row.first), day_of(&row.last)) else {
        return BTreeSet::new();
    };
    let whole = [u32::try_from(last - first + 1).unwrap_or(0)];
    let runs = if row.days.is_empty() {
        &whole[..]
    } else {
        &row.days
    };
    let (mut days, mut at) = (BTreeSet::new(), first);
    for (number, run) in runs.iter().enumerate() {
        let end = at.saturating_add(i64::from(*run)).min(last + 1);
        if number % 2 == 0 {
            days.extend(at..end);
        }
        at = end;
    }
    days
}

/// The missing stretches of a window, given the days with events. The window's first and last day are seldom whole and
/// count as neither silent nor missing.
pub(super) fn missing(days: &BTreeSet<i64>, (start, end): (i64, i64)) -> Vec<Stretch> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Vec::new();
    };
    let window = (end - start + 1) as f64;
    let chance = (days.len() as f64 + 0.5) / ((last - first + 1) as f64 + 1.0);
    let is_missing = |stretch: &Stretch| {
        window * chance * (1.0 - chance).powf(f64::from(stretch.days())) < BY_CHANCE
    };
    let mut silent = Vec::new();
    let mut before = start;
    for day in days.iter().copied().chain([end]) {
        let stretch = Stretch {
            first: before + 1,
            last: day - 1,
        };
        if stretch.first <= stretch.last {
            silent.push(stretch);
        }
        before = before.max(day);
    }
    silent.retain(is_missing);
    silent
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    #[test]
    fn days_are_chronos() {
        let start = chrono_free("1999-12-31");
        assert_eq!(start, 10_956);
        assert_eq!(chrono_free("2000-02-29T23:59:59Z"), start + 60);
        assert_eq!(chrono_free("1970-01-01"), 0);
        for day in (-800_000..800_000).step_by(97) {
            let (year, month, date) = civil(day);
            assert_eq!(from_civil(year, month, date), day);
        }
        assert_eq!(day_of("yesterday"), None);
        assert_eq!(day_of("2026-13-01"), None);
    }

    fn chrono_free(text: &str) -> i64 {
        day_of(text).unwrap()
    }

    fn row(first: &str, last: &str, days: &[u32]) -> Coverage {
        Coverage {
            account: String::new(),
            region: String::new(),
            class: String::new(),
            events: 1,
            first: first.to_owned(),
            last: last.to_owned(),
            days: days.to_vec(),
        }
    }

    #[test]
    fn runs_are_read_as_written() {
        let some: BTreeSet<i64> = [20_454, 20_455, 20_459, 20_461, 20_462].into();
        let written = runs(some.iter().copied());
        assert_eq!(written, [2, 3, 1, 1, 2]);
        let read = days(&row(
            "2026-01-01T10:00:00Z",
            "2026-01-09T00:00:00Z",
            &written,
        ));
        assert_eq!(read, some);
        let old = days(&row("2026-01-01T10:00:00Z", "2026-01-09T00:00:00Z", &[]));
        assert_eq!(old.len(), 9);
        assert!(runs([]).is_empty());
    }

    fn check(days: impl IntoIterator<Item = i64>, window: (i64, i64), expect: &[(i64, i64)]) {
        let found = missing(&days.into_iter().collect(), window);
        let found: Vec<_> = found.iter().map(|s| (s.first, s.last)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn silence_is_missing_when_the_rhythm_does_not_explain_it() {
        let daily = || 0..30;
        check(daily(), (0, 29), &[]);
        check(
            daily().filter(|d| !(10..13).contains(d)),
            (0, 29),
            &[(10, 12)],
        );
        check(daily().filter(|d| *d != 10), (0, 29), &[]);
        let workdays = || (0..90).filter(|day| day % 7 < 5);
        check(workdays(), (0, 89), &[]);
        // a long weekend, and two weeks
        check(workdays().filter(|d| *d != 35), (0, 89), &[]);
        check(
            workdays().filter(|d| !(35..47).contains(d)),
            (0, 89),
            &[(33, 48)],
        );
        check((0..12).map(|week| week * 7), (0, 78), &[]);
    }

    #[test]
    fn a_late_start_and_an_early_end_are_missing() {
        check(15..30, (0, 29), &[(1, 14)]);
        check(0..15, (0, 29), &[(15, 28)]);
        // the days at the edges are not whole
        check(1..29, (0, 29), &[]);
        // once in the middle of a month shows nothing of its beginning and end
        check([15], (0, 30), &[(1, 14), (16, 29)]);
        check([5, 25], (0, 30), &[]);
        check([], (0, 30), &[]);
    }
}
