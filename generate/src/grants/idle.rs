//! Idle grants: what the grants of a role are when no row names their action. It is the same whatever the rows are, so
//! that many proposals for one role share it.

use super::{Basis, Grant, Keep};
use crate::diff::risks;
use crate::need::Granularity;
use crate::verdict::Verdict;
use iam::catalogue::Catalogue;
use std::collections::{BTreeMap, BTreeSet};

/// Actions that rows name, in lower case.
pub(crate) type Named = BTreeSet<String>;

/// The grants of a role without rows.
#[derive(Debug, Default)]
pub(crate) struct Idle {
    of_rule: Vec<Vec<IdleAction>>,
    /// Distinct actions, and what their grants come to.
    actions: BTreeMap<String, Standing>,
}

/// One action of one rule.
#[derive(Debug)]
pub(super) struct IdleAction {
    pub(super) name: String,
    pub(super) lower: String,
    /// The grant, if something stays of it.
    pub(super) kept: Option<Grant>,
}

/// What the grants of an action come to when no row names it.
#[derive(Debug, Default)]
struct Standing {
    lower: String,
    /// A use would have been seen in the archive.
    observable: bool,
    /// Something stays of an observable one.
    stays: bool,
    /// It has a risk label.
    risky: bool,
}

impl Idle {
    /// The grants of a basis without rows.
    pub(crate) fn of(basis: &Basis<'_>) -> Self {
        let mut idle = Self::default();
        for grants in basis.judge(Granularity::Exact).of_rule {
            let grants = grants.into_iter();
            let of_rule = grants.map(|grant| idle.note(grant, basis.catalogue));
            let of_rule = of_rule.collect();
            idle.of_rule.push(of_rule);
        }
        idle
    }

    fn note(&mut self, grant: Grant, catalogue: &Catalogue) -> IdleAction {
        let stays = grant.keep != Keep::Nothing;
        let lower = grant.action.to_ascii_lowercase();
        let standing = self.actions.entry(grant.action.clone()).or_default();
        standing.lower.clone_from(&lower);
        if grant.verdict != Verdict::Unobservable {
            standing.observable = true;
            standing.stays |= stays;
        }
        standing.risky = !risks(catalogue, &grant.action).is_empty();
        IdleAction {
            name: grant.action.clone(),
            lower,
            kept: stays.then_some(grant),
        }
    }

    pub(super) fn of_rule(&self, index: usize) -> &[IdleAction] {
        self.of_rule.get(index).map_or(&[], Vec::as_slice)
    }

    /// Whether the action is one of these grants, and no row names it.
    pub(crate) fn is_idle(&self, action: &str, named: &Named) -> bool {
        self.actions.contains_key(action) && !named.contains(&action.to_ascii_lowercase())
    }

    /// Adds the observable actions that no row names: to those of today and, as far as they stay, to those after; to
    /// all and to the risky ones.
    pub(crate) fn count(
        &self,
        named: &Named,
        granted: &mut (Option<u64>, u64),
        risky: &mut (Option<u64>, u64),
    ) {
        let idle = self.actions.values();
        let idle = idle.filter(|standing| standing.observable && !named.contains(&standing.lower));
        for standing in idle {
            for (sums, counts) in [(&mut *granted, true), (&mut *risky, standing.risky)] {
                let one = u64::from(counts);
                sums.0 = sums.0.map(|sum| sum + one);
                sums.1 += one * u64::from(standing.stays);
            }
        }
    }
}
