//! A probability in thousandths, or unknown: the data does not carry more digits.

use serde::{Serialize, Serializer};
use std::fmt;

/// A probability in thousandths; unknown comes before all that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chance(Option<u32>);

impl Chance {
    /// Not enough was observed to say.
    pub(crate) const UNKNOWN: Self = Self(None);

    /// The nearest thousandth of a probability from 0 to 1.
    pub(crate) fn of(probability: f64) -> Self {
        Self(Some((probability * 1000.0).round() as u32))
    }

    /// From 0 to 1; none when unknown.
    pub(crate) fn known(self) -> Option<f64> {
        self.0.map(|thousandths| f64::from(thousandths) / 1000.0)
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
            Some(0) => write!(f, "under 0.1 %"),
            Some(thousandths) => write!(f, "{}.{} %", thousandths / 10, thousandths % 10),
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
        check(Chance::of(0.0004), "under 0.1 %", "0.0");
        check(Chance::of(0.0121), "1.2 %", "0.012");
        check(Chance::of(1.0), "100.0 %", "1.0");
        assert!(Chance::UNKNOWN < Chance::of(0.0));
    }
}
