//! Doubts: what speaks against removing anything yet, beside the probabilities.
//!
//! Ends of months, quarters and years that the days observed lack ([`calendar`]); why the probabilities are unknown; and
//! what the role has not shown yet, by Good and Turing (Good 1953, "The population frequencies of species"). The
//! species are the role's usage lines, the catches the active days of each. Of `n` catches `f₁` are the only one of
//! their line: `f₁ / n` is the chance that the next one is of a new line, and in `N` further days some `f₁ · N / T` new
//! lines are to be expected, as long as `N ≤ T` (Good and Toulmin 1956).

use super::record::thousandth;
use super::{Confidence, Odds, Record, calendar};
use crate::need::speaks;
use iam::coverage::Stretch;
use iam::usage::Usage;
use std::collections::BTreeMap;

impl Odds {
    /// What is told of a role of which only the usage is known.
    pub(crate) fn of_usage(&self, role: &str, rows: &[&Usage], missing: &[Stretch]) -> Confidence {
        self.around(&self.blank(role, None), rows, missing, false)
    }

    /// All but the probabilities. `asked`: there is something that they would be about.
    pub(super) fn around(
        &self,
        record: &Record,
        rows: &[&Usage],
        missing: &[Stretch],
        asked: bool,
    ) -> Confidence {
        let days = (record.first, self.window.1);
        let observed = observed(days, missing);
        let own = rows.iter().filter(|row| speaks(row));
        let active: Vec<u32> = own.map(|row| row.active_days).collect();
        let single = active.iter().filter(|days| **days == 1).count() as f64;
        let catches: f64 = active.iter().map(|days| f64::from(*days)).sum();
        let mut doubts = Vec::new();
        if let Some(why) = self.unknown(record).filter(|_| asked) {
            doubts.push(format!("the probabilities are unknown: {why}"));
        }
        let unseen = calendar::unseen_ends(days, missing);
        if !unseen.is_empty() {
            let list = unseen.join(", no end of a ");
            doubts.push(format!("the days observed hold no end of a {list}"));
        }
        doubts.extend(self.news(single, observed));
        Confidence {
            horizon_days: self.horizon,
            observed_days: u32::try_from(observed).unwrap_or(0),
            held_out_days: u32::try_from(self.held_out()).unwrap_or(0),
            expected_needs: None,
            levels: BTreeMap::new(),
            missing_mass: thousandth(single / catches.max(1.0)),
            doubts,
        }
    }

    /// When new kinds of use are to be expected, so many.
    fn news(&self, single: f64, observed: i64) -> Option<String> {
        let horizon = self.horizon;
        let expected = single * f64::from(horizon) / observed.max(1) as f64;
        let told = expected >= 1.0 && i64::from(horizon) <= observed;
        told.then(|| {
            format!(
                "{single} kinds of use (an action on a resource) were seen on one day only: in {horizon} days some {expected:.0} new ones are to be expected"
            )
        })
    }
}

/// Days that are not missing.
fn observed((first, last): (i64, i64), missing: &[Stretch]) -> i64 {
    let lost = missing.iter().map(|gap| {
        let (from, to) = (gap.first.max(first), gap.last.min(last));
        (to - from + 1).max(0)
    });
    (last - first + 1 - lost.sum::<i64>()).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_days_are_not_observed() {
        let gap = |first, last| Stretch { first, last };
        assert_eq!(observed((10, 19), &[]), 10);
        assert_eq!(
            observed((10, 19), &[gap(0, 10), gap(18, 30), gap(13, 14)]),
            5
        );
        assert_eq!(observed((10, 19), &[gap(0, 90)]), 0);
    }
}
