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
    of_rule: Vec<OfRule>,
    /// What the actions come to, by their lower-case name; some are spelled in several ways.
    actions: BTreeMap<String, BTreeMap<String, Standing>>,
    all: Sums,
}

/// The actions of one rule, in its order.
#[derive(Debug, Default)]
struct OfRule {
    names: Vec<String>,
    /// By lower-case name, the place.
    places: BTreeMap<String, usize>,
    /// By place, the grants of which something stays.
    kept: BTreeMap<usize, Grant>,
}

/// What the grants of an action come to when no row names it.
#[derive(Debug, Default)]
struct Standing {
    /// A use would have been seen in the archive.
    observable: bool,
    /// Something stays of an observable one.
    stays: bool,
    /// It has a risk label.
    risky: bool,
}

/// Numbers of observable actions, and of those that stay; then of risky ones.
#[derive(Debug, Clone, Copy, Default)]
struct Sums([u64; 4]);

impl Sums {
    fn of<'s>(standings: impl Iterator<Item = &'s Standing>) -> Self {
        let mut sums = Self::default();
        for standing in standings.filter(|standing| standing.observable) {
            let Standing { stays, risky, .. } = *standing;
            let counts = [true, stays, risky, risky && stays];
            for (sum, counts) in sums.0.iter_mut().zip(counts) {
                *sum += u64::from(counts);
            }
        }
        sums
    }
}

impl Idle {
    /// The grants of a basis without rows.
    pub(crate) fn of(basis: &Basis<'_>) -> Self {
        let mut idle = Self::default();
        for grants in basis.judge(Granularity::Exact).of_rule {
            let mut of_rule = OfRule::default();
            for grant in grants {
                idle.note(&grant, basis.catalogue);
                of_rule.push(grant);
            }
            idle.of_rule.push(of_rule);
        }
        idle.all = Sums::of(idle.actions.values().flat_map(BTreeMap::values));
        idle
    }

    fn note(&mut self, grant: &Grant, catalogue: &Catalogue) {
        let spelled = self.actions.entry(grant.action.to_ascii_lowercase());
        let standing = spelled.or_default().entry(grant.action.clone());
        let standing = standing.or_default();
        if grant.verdict != Verdict::Unobservable {
            standing.observable = true;
            standing.stays |= grant.keep != Keep::Nothing;
        }
        standing.risky = !risks(catalogue, &grant.action).is_empty();
    }

    /// Of a rule, in its order: the actions that rows name, and of the others the grants of which something stays.
    pub(super) fn of_rule<'i>(
        &'i self,
        index: usize,
        named: impl Iterator<Item = &'i str>,
    ) -> BTreeMap<usize, Result<&'i str, &'i Grant>> {
        let Some(of_rule) = self.of_rule.get(index) else {
            return BTreeMap::new();
        };
        let kept = of_rule.kept.iter().map(|(at, grant)| (*at, Err(grant)));
        let mut all: BTreeMap<usize, Result<&str, &Grant>> = kept.collect();
        for lower in named {
            if let Some(at) = of_rule.places.get(lower)
                && let Some(name) = of_rule.names.get(*at)
            {
                all.insert(*at, Ok(name));
            }
        }
        all
    }

    /// Whether the action is one of these grants, and no row names it.
    pub(crate) fn is_idle(&self, action: &str, named: &Named) -> bool {
        let lower = action.to_ascii_lowercase();
        self.actions.contains_key(&lower) && !named.contains(&lower)
    }

    /// Adds the observable actions that no row names: to those of today and, as far as they stay, to those after; to
    /// all and to the risky ones.
    pub(crate) fn count(
        &self,
        named: &Named,
        granted: &mut (Option<u64>, u64),
        risky: &mut (Option<u64>, u64),
    ) {
        let spelled = named.iter().filter_map(|lower| self.actions.get(lower));
        let Sums(used) = Sums::of(spelled.flat_map(BTreeMap::values));
        let Sums(mut idle) = self.all;
        for (sum, used) in idle.iter_mut().zip(used) {
            *sum -= used;
        }
        let [all, stay, all_risky, stay_risky] = idle;
        for (sums, all, stay) in [(granted, all, stay), (risky, all_risky, stay_risky)] {
            sums.0 = sums.0.map(|sum| sum + all);
            sums.1 += stay;
        }
    }
}

impl OfRule {
    fn push(&mut self, grant: Grant) {
        let at = self.names.len();
        self.names.push(grant.action.clone());
        self.places.insert(grant.action.to_ascii_lowercase(), at);
        if grant.keep != Keep::Nothing {
            self.kept.insert(at, grant);
        }
    }
}
