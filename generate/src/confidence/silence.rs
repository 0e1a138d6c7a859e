//! Silence: how the chance of a use falls, the longer a grant has been left alone.
//!
//! With rates of use that differ from grant to grant as a Gamma distribution, and steady for each, the hazard of a first
//! use after `g` silent days is `a / (b + g)` (Lomax); grants that nobody needs make it fall faster, like a smaller `b`.
//! `a` differs from role to role, `b` is a stratum's. Given that of a role `D` grants came back in the second half of
//! the window, the day of each is `g` with a chance in proportion to `n(g) · ln((b + g) / (b + g − 1))`, where `n(g)`
//! grants were still silent: a conditional likelihood that no `a` is in, so that neither busy roles nor idle ones distort
//! `b` (Cox 1972, "Regression models and life-tables", stratified). Values of `b` are weighed by it, all alike beforehand
//! on the scale of ln b, and what they say is averaged: where few grants came back, none of them is picked by chance.
//!
//! The pauses between uses in the usage header would be more data, but are about other grants: what was used twice is
//! needed, what is silent may not be.

/// Values of `b`: `2^(i/2)` days from an eighth of a day to some ten years.
const OFFSETS: std::ops::RangeInclusive<i32> = -6..=24;

/// Silent grants of one role and level: their number, and when those that came back did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Silent {
    pub(crate) grants: u64,
    /// Days since the second half began, from 0.
    pub(crate) back: Vec<i64>,
}

/// The two parts of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Halves {
    pub(crate) first: i64,
    pub(crate) second: i64,
}

/// How the hazard falls with the length of the silence: values of `b`, in days, and their weights.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Silence(Vec<(f64, f64)>);

impl Silence {
    /// Weighs the values of `b` by when silent grants came back.
    pub(crate) fn fit(roles: &[Silent], halves: Halves) -> Self {
        let back = roles.iter().filter(|role| !role.back.is_empty());
        let roles: Vec<Days> = back.map(|role| days(role, halves)).collect();
        let offsets = OFFSETS.map(|step| 2_f64.powf(f64::from(step) / 2.0));
        let logs: Vec<(f64, f64)> = offsets
            .map(|offset| (offset, likelihood(&roles, halves, offset)))
            .collect();
        let best = logs.iter().map(|(_, log)| *log).fold(f64::MIN, f64::max);
        let weights = logs
            .iter()
            .map(|(offset, log)| (*offset, (log - best).exp()));
        Self(weights.collect())
    }

    /// The hazard summed over `days` that follow `silent` days, in terms of that of the second half.
    pub(crate) fn fall(&self, silent: i64, days: i64, halves: Halves) -> f64 {
        let all: f64 = self.0.iter().map(|(_, weight)| weight).sum();
        let falls = self.0.iter().map(|(offset, weight)| {
            let learned = sum(*offset, halves.first, halves.second);
            weight * sum(*offset, silent, days) / learned
        });
        falls.sum::<f64>() / all
    }
}

/// The hazard summed over `days` that follow `silent` days, up to a factor.
fn sum(offset: f64, silent: i64, days: i64) -> f64 {
    let (silent, days) = (silent as f64, days as f64);
    (days / (offset + silent)).ln_1p()
}

/// By day of the second half: grants still silent, and those that came back.
type Days = Vec<(f64, f64)>;

fn days(role: &Silent, halves: Halves) -> Days {
    let mut still = role.grants as f64;
    let day = |day: i64| {
        let back = role.back.iter().filter(|back| **back == day).count() as f64;
        let found = (still, back);
        still -= back;
        found
    };
    (0..halves.second).map(day).collect()
}

/// The logarithm of the conditional likelihood of a `b`.
fn likelihood(roles: &[Days], halves: Halves, offset: f64) -> f64 {
    let hazards: Vec<f64> = (halves.first..halves.first + halves.second)
        .map(|silent| sum(offset, silent, 1))
        .collect();
    let of_role = |days: &Days| {
        let (mut chances, mut own, mut all) = (0.0, 0.0, 0.0);
        for ((still, back), hazard) in days.iter().zip(&hazards) {
            let chance = still * hazard;
            chances += chance;
            if *back > 0.0 {
                own += back * chance.ln();
                all += back;
            }
        }
        own - all * f64::ln(chances)
    };
    roles.iter().map(of_role).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALVES: Halves = Halves {
        first: 46,
        second: 45,
    };

    /// Roles of different size whose grants come back with the hazard `a / (b + g)`, as many each day as expected.
    fn lomax(shape: f64, offset: f64) -> Vec<Silent> {
        let role = |grants: u64| {
            let lasting = |day: i64| {
                let silent = HALVES.first as f64;
                grants as f64 * ((offset + silent) / (offset + silent + day as f64)).powf(shape)
            };
            let back = |day: i64| {
                let gone = lasting(day).round() - lasting(day + 1).round();
                std::iter::repeat_n(day, gone as usize)
            };
            Silent {
                grants,
                back: (0..HALVES.second).flat_map(back).collect(),
            }
        };
        [1000, 3000, 5000].map(role).to_vec()
    }

    #[test]
    fn the_curve_that_made_the_silence_is_found() {
        for (shape, offset) in [(0.5, 1.0), (0.5, 16.0), (3.0, 64.0), (20.0, 1000.0)] {
            let silence = Silence::fit(&lomax(shape, offset), HALVES);
            let learned = sum(offset, HALVES.first, HALVES.second);
            let expect = sum(offset, 91, 30) / learned;
            let found = silence.fall(91, 30, HALVES);
            assert!((found / expect - 1.0).abs() < 0.05, "{found} for {expect}");
        }
    }

    #[test]
    fn without_any_return_all_curves_count_alike() {
        let role = Silent {
            grants: 9,
            back: Vec::new(),
        };
        let silence = Silence::fit(&[role], HALVES);
        assert_eq!(silence, Silence::fit(&[], HALVES));
        let steepest = sum(0.0, 91, 30) / sum(0.0, 46, 45);
        let found = silence.fall(91, 30, HALVES);
        assert!(found > steepest && found < 30.0 / 45.0, "{found}");
    }

    #[test]
    fn the_half_that_was_learned_from_is_one() {
        let silence = Silence::fit(&lomax(0.5, 16.0), HALVES);
        let again = silence.fall(HALVES.first, HALVES.second, HALVES);
        assert!((again - 1.0).abs() < 1e-9);
    }
}
