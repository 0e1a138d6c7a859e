//! The summary of a run: one line a role, and totals.

use crate::shared::SharedPolicy;
use crate::verdict::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// `summary.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Catalogue that expanded the policies.
    pub catalogue_version: String,
    /// First event of the evidence, RFC 3339 UTC.
    pub window_start: Option<String>,
    /// Last event of the evidence, RFC 3339 UTC.
    pub window_end: Option<String>,
    /// Sums over all roles.
    pub totals: Totals,
    /// The roles, by account and name.
    pub roles: Vec<RoleSummary>,
    /// Managed policies that several roles have.
    pub shared_policies: Vec<SharedPolicy>,
    /// Roles in the usage that no account dump holds, by ARN. Empty without dumps.
    pub without_current: Vec<String>,
    /// Principals in the usage that are no roles: users, and names that no role can have.
    pub other_principals: usize,
}

/// Sums over all roles.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Totals {
    /// Roles.
    pub roles: usize,
    /// Roles by status.
    pub by_status: BTreeMap<Status, usize>,
    /// Grants of today (an action of a statement), where policies of today are known.
    pub grants_before: usize,
    /// Grants after the proposals; those of roles without proposal stay.
    pub grants_after: usize,
    /// Of those before, the ones with a risk label.
    pub risky_before: usize,
    /// Of those after, the ones with a risk label.
    pub risky_after: usize,
    /// Accesses that no identity policy of today explains.
    pub gaps: usize,
    /// Grants by verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
}

/// What became of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// There is a proposal with both proofs.
    Proposed,
    /// Nothing needs to stay: all its policies can go. There is no document, since IAM accepts no empty one.
    RemoveAll,
    /// There is none, because it cannot be proven or would not fit.
    Withheld,
    /// The role's policies are not its owner's to edit.
    ReportOnly,
}

/// One role.
#[derive(Debug, Clone, Serialize)]
pub struct RoleSummary {
    /// Account id.
    pub account: String,
    /// ARN with path.
    pub role: String,
    /// Folder of its results, relative to the output folder.
    pub folder: String,
    /// What became of it.
    pub status: Status,
    /// Why there is no proposal.
    pub reason: Option<String>,
    /// Policy documents proposed.
    pub documents: usize,
    /// Grants of today; null without policies of today.
    pub grants_before: Option<usize>,
    /// Grants after the proposal.
    pub grants_after: usize,
    /// Grants of today with a risk label; null without policies of today.
    pub risky_before: Option<usize>,
    /// Grants after the proposal with a risk label.
    pub risky_after: usize,
    /// Accesses that no identity policy of today explains.
    pub gaps: usize,
    /// Grants by verdict; empty without policies of today.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// How many of the unused actions are to be expected to be needed in the days ahead; null: unknown, or there are none.
    pub expected_needs: Option<f64>,
    /// Accesses of earlier roles of the same name, which count for nothing.
    pub former_accesses: u64,
}

impl Totals {
    /// Adds up roles.
    pub(crate) fn of(roles: &[RoleSummary]) -> Self {
        let mut totals = Self {
            roles: roles.len(),
            ..Self::default()
        };
        for role in roles {
            *totals.by_status.entry(role.status).or_default() += 1;
            totals.grants_before += role.grants_before.unwrap_or(0);
            totals.grants_after += role.grants_after;
            totals.risky_before += role.risky_before.unwrap_or(0);
            totals.risky_after += role.risky_after;
            totals.gaps += role.gaps;
            for (verdict, count) in &role.verdicts {
                *totals.verdicts.entry(*verdict).or_default() += count;
            }
        }
        totals
    }
}
