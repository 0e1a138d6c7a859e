//! Ends of months, quarters and years: when work is done that is done at no other time.

use iam::coverage::{Stretch, civil};

/// Periods, and the months that begin them.
const PERIODS: [(&str, &[i64]); 3] = [
    ("month", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("quarter", &[1, 4, 7, 10]),
    ("year", &[1]),
];

/// The periods that did not end in the days from `first` to `last`. An end is seen when the last day of the one period
/// and the first of the next are, and neither is missing.
pub(crate) fn unseen_ends((first, last): (i64, i64), missing: &[Stretch]) -> Vec<&'static str> {
    let seen = |day: i64| {
        let missing = missing
            .iter()
            .any(|gap| (gap.first..=gap.last).contains(&day));
        (first..=last).contains(&day) && !missing
    };
    let begins = |months: &[i64]| {
        (first..=last).any(|day| {
            let (_, month, date) = civil(day);
            date == 1 && months.contains(&month) && seen(day) && seen(day - 1)
        })
    };
    let unseen = PERIODS.iter().filter(|(_, months)| !begins(months));
    unseen.map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;
    use iam::coverage::day_of;

    fn check(first: &str, last: &str, missing: &[Stretch], expect: &[&str]) {
        let window = (day_of(first).unwrap(), day_of(last).unwrap());
        assert_eq!(unseen_ends(window, missing), expect, "{first} {last}");
    }

    #[test]
    fn ends_that_the_window_lacks() {
        check(
            "2026-05-02",
            "2026-05-31",
            &[],
            &["month", "quarter", "year"],
        );
        check("2026-05-02", "2026-06-01", &[], &["quarter", "year"]);
        check("2026-06-01", "2026-07-15", &[], &["year"]);
        check("2025-12-31", "2026-01-01", &[], &[]);
        let first = day_of("2026-05-31").unwrap();
        let gap = [Stretch { first, last: first }];
        check(
            "2026-05-02",
            "2026-06-01",
            &gap,
            &["month", "quarter", "year"],
        );
    }
}
