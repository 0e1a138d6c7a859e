//! Silence: how the chance of a use falls, the longer a permission has been left alone.
//!
//! The header's pauses give Kaplan–Meier's hazard of re-use: of the `n(g)` pauses that lasted `g` days or more, `d(g)`
//! ended on day `g`. Single days at long pauses are few, and beyond the window there are none, so the hazards are
//! smoothed by the curve that permissions with different but steady rates would give: with rates that follow a Gamma
//! distribution, pauses are Lomax and the hazard is `a / (b + g)`. `a` and `b` are the maximum likelihood of the `d(g)`
//! among `n(g)`. A permission first used late has the same `b`, so only `b` is used here: of the hazard after `g` silent
//! days, it says how it falls with `g`.

use iam::pause::Pause;
use std::collections::BTreeMap;

/// Values of `b` that are tried: `2^(i/2)` days from an eighth of a day to some ten years.
const OFFSETS: std::ops::RangeInclusive<i32> = -6..=24;
/// Halvings of the interval in which `a` is sought: beyond the precision of the data.
const HALVINGS: usize = 50;

/// How the hazard falls with the length of the silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Silence {
    /// `b`, in days; infinite: the hazard does not fall.
    offset: f64,
}

/// Pauses that ended on day `g`, and that lasted so long.
type Hazards = Vec<(f64, f64)>;

impl Silence {
    /// The most likely curve. Without pauses that ended: a hazard that does not fall.
    pub(crate) fn fit<'p>(pauses: impl IntoIterator<Item = &'p Pause>) -> Self {
        let hazards = hazards(pauses);
        let ended: f64 = hazards.iter().map(|(ended, _)| ended).sum();
        if ended == 0.0 {
            return Self {
                offset: f64::INFINITY,
            };
        }
        let offsets = OFFSETS.map(|step| 2_f64.powf(f64::from(step) / 2.0));
        let best = offsets
            .map(|offset| (likelihood(&hazards, offset), offset))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        Self {
            offset: best.map_or(f64::INFINITY, |(_, offset)| offset),
        }
    }

    /// The hazard summed over `days` that follow `silent` days, up to a factor.
    pub(crate) fn sum(self, silent: i64, days: i64) -> f64 {
        let (silent, days) = (silent as f64, days as f64);
        if self.offset.is_infinite() {
            return days;
        }
        ((self.offset + silent + days) / (self.offset + silent)).ln()
    }
}

fn hazards<'p>(pauses: impl IntoIterator<Item = &'p Pause>) -> Hazards {
    let mut by_days: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for pause in pauses {
        let sum = by_days.entry(pause.days).or_default();
        *sum = (sum.0 + pause.ended, sum.1 + pause.ended + pause.open);
    }
    let longest = by_days.last_key_value().map_or(0, |(days, _)| *days);
    let mut lasting = 0;
    let mut hazards: Hazards = Vec::new();
    for days in (1..=longest).rev() {
        let (ended, all) = by_days.get(&days).copied().unwrap_or_default();
        lasting += all;
        hazards.push((ended as f64, lasting as f64));
    }
    hazards.reverse();
    hazards
}

/// The log-likelihood of the hazards under the best `a` for this `b`.
fn likelihood(hazards: &Hazards, offset: f64) -> f64 {
    let steps: Vec<(f64, f64, f64)> = (1..)
        .zip(hazards)
        .map(|(day, (ended, lasting))| {
            let day = f64::from(day);
            let step = ((offset + day) / (offset + day - 1.0)).ln();
            (step, *ended, lasting - ended)
        })
        .collect();
    // The slope falls with `a`: where it is 0, the likelihood is greatest.
    let slope = |scale: f64| -> f64 {
        let of_step = |(step, ended, went_on): &(f64, f64, f64)| {
            step * (ended / (scale * step).exp_m1() - went_on)
        };
        steps.iter().map(of_step).sum()
    };
    let (mut low, mut high) = (1e-9, 1e6);
    for _ in 0..HALVINGS {
        let middle = f64::sqrt(low * high);
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let of_step = |(step, ended, went_on): &(f64, f64, f64)| {
        let ends = -(-low * step).exp_m1();
        let ended = if *ended > 0.0 { ended * ends.ln() } else { 0.0 };
        ended - went_on * low * step
    };
    steps.iter().map(of_step).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(days: u32, ended: u64, open: u64) -> Pause {
        Pause {
            level: "Read".to_owned(),
            kind: "role".to_owned(),
            days,
            ended,
            open,
        }
    }

    /// Pauses of a Lomax distribution, cut off at the window's end.
    fn lomax(shape: f64, offset: f64, window: u32) -> Vec<Pause> {
        let lasting = |days: u32| 1e6 * (offset / (offset + f64::from(days))).powf(shape);
        let ended = |days: u32| (lasting(days - 1) - lasting(days)).round() as u64;
        let mut pauses: Vec<Pause> = (1..=window)
            .map(|days| pause(days, ended(days), 0))
            .collect();
        pauses.push(pause(window, 0, lasting(window).round() as u64));
        pauses
    }

    #[test]
    fn the_curve_that_made_the_pauses_is_found() {
        for (shape, offset) in [(1.5, 4.0), (0.5, 16.0), (3.0, 64.0)] {
            let found = Silence::fit(&lomax(shape, offset, 90));
            assert!(
                (found.offset / offset).ln().abs() < 0.36,
                "{found:?} for {offset}"
            );
        }
    }

    #[test]
    fn a_steady_rate_hardly_falls() {
        let lasting = |days: u32| 1e6 * (-0.05 * f64::from(days)).exp();
        let ended = |days: u32| (lasting(days - 1) - lasting(days)) as u64;
        let pauses: Vec<Pause> = (1..=90).map(|days| pause(days, ended(days), 0)).collect();
        let silence = Silence::fit(&pauses);
        let ratio = silence.sum(90, 30) / silence.sum(60, 30);
        assert!(ratio > 0.95, "{silence:?} {ratio}");
    }

    #[test]
    fn hazards_are_kaplan_meiers() {
        let some = [pause(1, 5, 0), pause(3, 2, 1), pause(0, 0, 9)];
        assert_eq!(hazards(&some), [(5.0, 8.0), (0.0, 3.0), (2.0, 3.0)]);
        assert_eq!(Silence::fit(&[pause(4, 0, 3)]).offset, f64::INFINITY);
        assert_eq!(Silence::fit(&[pause(4, 0, 3)]).sum(9, 30), 30.0);
    }
}
