//! Settings of a run: where results go and how large they may be.

use std::path::PathBuf;

/// How to generate.
#[derive(Debug, Clone)]
pub struct Config {
    /// The output folder.
    pub out: PathBuf,
    /// Limits of the account.
    pub quotas: Quotas,
}

impl Config {
    /// The default quotas of AWS, results under `out`.
    pub fn new(out: PathBuf) -> Self {
        Self {
            out,
            quotas: Quotas::default(),
        }
    }
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
