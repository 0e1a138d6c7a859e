//! A probability in millionths, or unknown. None is ever written as 0: what is granted may be needed.

use serde::{Serialize, Serializer};
use std::fmt;

const MILLION: f64 = 1e6;
/// A tenth of a percent, the last digit that is told to people.
const LEAST_TOLD: u32 = 1000;

/// A probability in millionths, at least one; unknown comes before all that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chance(Option<u32>);

impl Chance {
    /// Not enough was observed to say.
    pub(crate) const UNKNOWN: Self = Self(None);

    /// The nearest millionth of a probability from 0 to 1, but not 0.
    pub(crate) fn of(probability: f64) -> Self {
        let millionths = (probability * MILLION).round() as u32;
        Self(Some(millionths.max(1)))
    }

    /// From 0 to 1; none when unknown.
    pub(crate) fn known(self) -> Option<f64> {
        self.0.map(|millionths| f64::from(millionths) / MILLION)
    }
}

impl Serialize for Chance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => write!(f, "unknown"),
            Some(..LEAST_TOLD) => write!(f, "under 0.1 %"),
            Some(millionths) => write!(f, "{:.1} %", f64::from(millionths) / MILLION * 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_a_person_would_write_it() {
        let check = |chance: Chance, text: &str, json: &str| {
            assert_eq!(chance.to_string(), text);
            assert_eq!(serde_json::to_string(&chance).ok().as_deref(), Some(json));
        };
        check(Chance::UNKNOWN, "unknown", "null");
        check(Chance::of(0.0), "under 0.1 %", "1e-6");
        check(Chance::of(0.0004), "under 0.1 %", "0.0004");
        check(Chance::of(0.01214), "1.2 %", "0.01214");
        check(Chance::of(1.0), "100.0 %", "1.0");
        assert!(Chance::UNKNOWN < Chance::of(0.0) && Chance::of(0.0) < Chance::of(0.1));
    }
}
