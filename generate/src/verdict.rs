//! Verdicts: what the archive says about one grant of today.

use serde::Serialize;
use std::fmt;

/// What the archive says about a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A call succeeded.
    Used,
    /// Calls were made and failed for another reason than permissions.
    FailedOnly,
    /// Calls were made and all denied.
    DeniedOnly,
    /// A use would have been logged, and was not.
    Unused,
    /// A use would not have been logged.
    Unobservable,
    /// Declared intent: kept although nothing shows a use.
    Kept,
}

impl Verdict {
    /// `used`, `failed-only` and so on.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::FailedOnly => "failed-only",
            Self::DeniedOnly => "denied-only",
            Self::Unused => "unused",
            Self::Unobservable => "unobservable",
            Self::Kept => "kept",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
