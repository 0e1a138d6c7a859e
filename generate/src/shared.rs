//! Shared policies: managed policies of several roles, and what all of them together still need.

use crate::cover::Covers;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What stays of one managed policy for one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) policy: String,
    pub(crate) role: String,
    pub(crate) before: usize,
    pub(crate) kept: BTreeSet<String>,
}

/// A managed policy that several roles have. Each role's proposal is its own; this is what one policy for all would hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedPolicy {
    /// ARN of the policy.
    pub policy: String,
    /// Grants that it holds.
    pub grants: usize,
    /// How many of them each role keeps, by ARN.
    pub kept_by_role: BTreeMap<String, usize>,
    /// How many at least one role keeps.
    pub kept_by_any: usize,
    /// Those, as patterns that match nothing else of the catalogue.
    pub union: Vec<String>,
}

/// The policies that more than one role has.
pub(crate) fn shared(shares: Vec<Share>, covers: &Covers<'_>) -> Vec<SharedPolicy> {
    let mut by_policy: BTreeMap<String, Vec<Share>> = BTreeMap::new();
    for share in shares {
        by_policy
            .entry(share.policy.clone())
            .or_default()
            .push(share);
    }
    let several = by_policy.into_iter().filter(|(_, shares)| shares.len() > 1);
    several
        .map(|(policy, shares)| {
            let union: BTreeSet<&String> = shares.iter().flat_map(|share| &share.kept).collect();
            let union: Vec<String> = union.into_iter().cloned().collect();
            SharedPolicy {
                policy,
                grants: shares.iter().map(|share| share.before).max().unwrap_or(0),
                kept_by_any: union.len(),
                union: covers.cover(&union, &|_| true),
                kept_by_role: shares.into_iter().map(|s| (s.role, s.kept.len())).collect(),
            }
        })
        .collect()
}
