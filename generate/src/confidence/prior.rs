//! The beta-binomial: how often permissions that were silent became used, role by role.
//!
//! Of `m` silent permissions of a role, `k` were used in the hold-out. Each role has its own chance `p`, and over the
//! roles of a stratum `p` is Beta(μs, (1 − μ)s). `s` is estimated by the moments (Kleinman 1973, "Proportions with
//! extraneous variance", weights m): the more the roles differ beyond chance, the smaller; but never below 1, the weight
//! of Jeffreys' prior, so that no chance is ever 0. A role's own chance is (μs + k) / (s + m).
//!
//! A stratum's μ is found the same way, one level higher: over the strata the chances are another Beta, of which a stratum
//! has the sums of its roles. The mean of that one is the pooled share with Jeffreys' half, (Σk + ½) / (Σm + 1).

/// The least weight of a prior: α + β of Jeffreys' Beta(½, ½).
const WEAKEST: f64 = 1.0;

/// A Beta distribution of chances, over roles or over strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Prior {
    mean: f64,
    /// α + β; infinite when the roles do not differ beyond chance.
    strength: f64,
}

/// Silent permissions of a role or a stratum, and those of them used in the hold-out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Trial {
    pub(crate) used: u64,
    pub(crate) silent: u64,
}

impl Trial {
    /// The sums of trials.
    pub(crate) fn sum(trials: &[Self]) -> Self {
        Self {
            used: trials.iter().map(|trial| trial.used).sum(),
            silent: trials.iter().map(|trial| trial.silent).sum(),
        }
    }
}

impl Prior {
    /// Fits the distribution to trials; `mean`: what is known of its mean, if the pooled share is not all.
    pub(crate) fn fit(trials: &[Trial], mean: Option<f64>) -> Self {
        let trials: Vec<(f64, f64)> = trials
            .iter()
            .filter(|trial| trial.silent > 0)
            .map(|trial| (trial.used as f64, trial.silent as f64))
            .collect();
        let used: f64 = trials.iter().map(|(k, _)| k).sum();
        let silent: f64 = trials.iter().map(|(_, m)| m).sum();
        let share = used / silent;
        let spread: f64 = trials
            .iter()
            .map(|(k, m)| m * (k / m - share).powi(2))
            .sum();
        let by_chance = share * (1.0 - share);
        let free = trials.len() as f64 - 1.0;
        let room = trials
            .iter()
            .map(|(_, m)| m * (1.0 - m / silent))
            .sum::<f64>()
            - free;
        let excess = (spread - by_chance * free) / (by_chance * room);
        let strength = if excess.is_finite() && excess > 0.0 {
            (1.0 / excess - 1.0).max(WEAKEST)
        } else {
            f64::INFINITY
        };
        Self {
            mean: mean.unwrap_or((used + 0.5) / (silent + 1.0)),
            strength,
        }
    }

    /// The chance of a role, or a stratum, with this trial.
    pub(crate) fn chance(self, trial: Trial) -> f64 {
        if self.strength.is_infinite() {
            return self.mean;
        }
        let (used, silent) = (trial.used as f64, trial.silent as f64);
        (self.mean * self.strength + used) / (self.strength + silent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(list: &[(u64, u64)]) -> Vec<Trial> {
        let trial = |&(used, silent): &(u64, u64)| Trial { used, silent };
        list.iter().map(trial).collect()
    }

    #[test]
    fn alike_roles_share_one_chance() {
        let prior = Prior::fit(&trials(&[(1, 10), (1, 10), (1, 10)]), None);
        assert_eq!(prior.strength, f64::INFINITY);
        assert_eq!(
            prior.chance(Trial {
                used: 1,
                silent: 10
            }),
            3.5 / 31.0
        );
    }

    #[test]
    fn unlike_roles_keep_their_own() {
        let some: Vec<(u64, u64)> = (0..20).map(|at| (at % 2 * 9, 10)).collect();
        let prior = Prior::fit(&trials(&some), None);
        assert_eq!(prior.strength, WEAKEST);
        assert!(
            prior.chance(Trial {
                used: 9,
                silent: 10
            }) > 0.8
        );
        assert!(
            prior.chance(Trial {
                used: 0,
                silent: 10
            }) < 0.1
        );
        // a role of which nothing is known has the mean
        assert!((prior.chance(Trial::default()) - 0.45).abs() < 0.01);
    }

    #[test]
    fn the_moments_find_the_strength_that_made_the_trials() {
        // Beta(1, 3), by its quantiles: 1 − (1 − u)^(1/3); 40 trials each, their expected number of successes.
        let some: Vec<(u64, u64)> = (0..400)
            .map(|at| 1.0 - (1.0 - (f64::from(at) + 0.5) / 400.0_f64).powf(1.0 / 3.0))
            .map(|chance| ((chance * 4000.0).round() as u64, 4000))
            .collect();
        let prior = Prior::fit(&trials(&some), None);
        assert!((prior.mean - 0.25).abs() < 0.01, "{prior:?}");
        assert!((prior.strength - 4.0).abs() < 0.2, "{prior:?}");
    }

    #[test]
    fn no_data_is_even_odds() {
        assert_eq!(Prior::fit(&[], None).chance(Trial::default()), 0.5);
        let one = Prior::fit(&trials(&[(0, 4)]), None);
        assert_eq!(one.chance(Trial::default()), 0.1);
        let part = Prior::fit(&trials(&[(0, 1)]), Some(0.05));
        assert_eq!(part.chance(Trial::default()), 0.05);
    }
}
