//! Confidence: how probable it is that a grant which was silent in the archive is needed in the days ahead.
//!
//! Silence alone is weak evidence, so all roles learn together. The window of `T` days is cut into halves; what was
//! silent in the first half of `T − h` days and used in the second of `h = ⌊T/2⌋` is known ([`record`]). For each
//! stratum (access level × kind of principal) the roles' shares of such grants make a beta-binomial ([`prior`]), and
//! with it each role's chance `q` that a silent grant is used in `h` days. How the hazard of a use falls, the longer
//! the silence, shows in the days of the second half on which silent grants were first used ([`silence`]): with `Λ(t, d)`
//! the hazard summed over `d` days after `t` silent ones, a grant that was silent for `t` days is needed in the next `N`
//! with
//!
//! `P = 1 − (1 − q) ^ (Λ(t, N) / Λ(T − h, h))`
//!
//! `P` never falls when `N` grows and never grows with `t`. It is *unknown*, rather than extrapolated, when the window
//! does not hold `N` days after as many before (`h < N`), when the role is younger than `N` days, and when no role
//! was there from the first day on. Grants of one role and one access level have the same `P`.
//!
//! Beside it stands what no count can tell ([`doubts`]).

mod calendar;
mod chance;
mod doubts;
mod odds;
mod prior;
mod record;
mod silence;

pub(crate) use chance::Chance;
pub(crate) use odds::Odds;
pub(crate) use record::Record;

use serde::Serialize;
use std::collections::BTreeMap;

/// What a role's silence is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Confidence {
    /// Days ahead that probabilities are about.
    pub(crate) horizon_days: u32,
    /// Days of the window that the role existed and the logs do not miss.
    pub(crate) observed_days: u32,
    /// Days of the second half of the window, from which all roles learn.
    pub(crate) held_out_days: u32,
    /// How many of the unused actions are to be expected to be needed: the sum of their probabilities. Null: unknown.
    pub(crate) expected_needs: Option<f64>,
    /// Unused actions by access level.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) levels: BTreeMap<&'static str, Level>,
    /// Probability that the next use on a new day is of a new kind (Good–Turing).
    pub(crate) missing_mass: f64,
    /// What speaks against removing anything yet.
    pub(crate) doubts: Vec<String>,
}

/// Unused actions of one access level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Level {
    /// Their number.
    pub(crate) unused: usize,
    /// Probability that one of them is needed in the days ahead; null: unknown.
    pub(crate) needed: Chance,
    /// Of this role's actions of the level, how many were silent in the first half of the window.
    pub(crate) silent: u64,
    /// How many of these were used in the second half.
    pub(crate) used: u64,
}
