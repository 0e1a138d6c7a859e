//! Settings of a run: where results go and how large they may be.

use crate::format::Format;
use crate::intent::Intent;
use crate::last_accessed::LastAccessed;
use crate::narrow::Learned;
use crate::need::Granularity;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How to generate.
#[derive(Debug, Clone)]
pub struct Config {
    /// The output folder.
    pub out: PathBuf,
    /// Limits of the account.
    pub quotas: Quotas,
    /// What is proposed.
    pub kind: Kind,
    /// Write the statements anew instead of keeping those of today.
    pub rewrite: bool,
    /// What proposals are written as, beside JSON.
    pub formats: Vec<Format>,
    /// What is declared to stay.
    pub intent: Intent,
    /// Conditions to learn from the evidence.
    pub learned: Vec<Learned>,
    /// How closely resources follow the evidence, where the quotas permit it.
    pub granularity: Granularity,
    /// What IAM itself noticed of the roles' use.
    pub last_accessed: LastAccessed,
    /// Silence counts as "unused" although so many days of the window are missing in the logs.
    pub missing_days: u32,
    /// Days ahead that the probabilities of removed grants are about, at least 1.
    pub horizon_days: u32,
}

impl Config {
    /// The default quotas of AWS, results under `out`.
    pub fn new(out: PathBuf) -> Self {
        Self {
            out,
            quotas: Quotas::default(),
            kind: Kind::default(),
            rewrite: false,
            formats: Vec::new(),
            intent: Intent::default(),
            learned: Vec::new(),
            granularity: Granularity::default(),
            last_accessed: LastAccessed::default(),
            missing_days: 0,
            horizon_days: 30,
        }
    }
}

/// What is proposed for a role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Policies in place of those of today.
    #[default]
    Policy,
    /// A permissions boundary; the policies of today stay.
    Boundary,
}

/// Sizes in characters without white space. Source: IAM User Guide, IAM and AWS STS quotas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas {
    /// One managed policy.
    pub managed: usize,
    /// All inline policies of a role together.
    pub role_inline: usize,
    /// Managed policies attached to a role.
    pub documents: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            managed: 6_144,
            role_inline: 10_240,
            documents: 20,
        }
    }
}
