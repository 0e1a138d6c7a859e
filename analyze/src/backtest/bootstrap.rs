//! The bootstrap: how far a sum over roles would move, had other roles of the same kind been there.

use super::report::Interval;
use super::score::Share;

/// Resamples: enough for the 2.5 % ends to be 25 resamples from the edge.
const RESAMPLES: usize = 1000;

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers everywhere.
#[derive(Debug, Clone)]
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        let wide = u128::from(self.next()) * limit as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

/// The 95 % percentile interval of the ratio of the sums of `of_role`; none when fewer than two roles have anything.
pub(super) fn interval(of_role: &[Share], seed: u64) -> Option<Interval> {
    let of_role: Vec<Share> = of_role
        .iter()
        .filter(|share| share.all > 0)
        .copied()
        .collect();
    if of_role.len() < 2 {
        return None;
    }
    let mut random = Random(seed);
    let mut ratios: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (mut part, mut all) = (0_u64, 0_u64);
            for _ in 0..of_role.len() {
                if let Some(drawn) = of_role.get(random.below(of_role.len())) {
                    part += drawn.part;
                    all += drawn.all;
                }
            }
            part as f64 / all as f64
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let at = |share: usize| ratios.get(RESAMPLES * share / 1000).copied();
    Some(Interval {
        low: at(25)?,
        high: at(974)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    #[test]
    fn alike_roles_leave_no_doubt_and_unlike_ones_do() {
        let share = |part, all| Share { part, all };
        let alike = interval(&[share(1, 10); 20], 1).unwrap();
        assert_eq!((alike.low, alike.high), (0.1, 0.1));
        let unlike: Vec<Share> = (0..100).map(|at| share(at % 2, 1)).collect();
        let found = interval(&unlike, 1).unwrap();
        // the binomial's own interval: 0.5 ± 1.96 · √(0.25 / 100)
        assert!(
            (found.low - 0.402).abs() < 0.03 && (found.high - 0.598).abs() < 0.03,
            "{found:?}"
        );
        assert_eq!(interval(&unlike, 1), Some(found));
        assert_eq!(interval(&[share(1, 2), share(0, 0)], 1), None);
    }

    #[test]
    fn the_generator_is_splitmix64() {
        assert_eq!(Random(0).next(), 0xE220_A839_7B1D_CDAF);
    }
}
