//! Idle grants: what the grants of a role are when no row names their action. It is the same whatever the rows are, so
//! that many proposals for one role share it.

use super::{Basis, Grant, Grants, Keep, Loaded};
use crate::need::{Granularity, speaks};
use crate::verdict::Verdict;
use std::collections::BTreeSet;

/// Actions that rows name, in lower case.
pub(crate) type Named = BTreeSet<String>;

/// The grants of a role without rows.
#[derive(Debug, Default)]
pub(crate) struct Idle {
    /// By lower-case name, name and rule.
    actions: Vec<IdleAction>,
    /// By rule, the grants of which something stays, each with its place in the rule's order.
    kept: Vec<Vec<(usize, Grant)>>,
    all: Sums,
}

/// One action of one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct IdleAction {
    lower: String,
    name: String,
    rule: usize,
    /// Its place in the rule's order.
    at: usize,
    /// A use would have been seen in the archive.
    observable: bool,
    /// Something stays of it.
    stays: bool,
    /// It has a risk label.
    risky: bool,
}

/// Numbers of observable actions, and of those that stay; then of risky ones.
#[derive(Debug, Clone, Copy, Default)]
struct Sums([u64; 4]);

impl Sums {
    /// Adds actions, sorted by name: each counts once, whatever the number of its rules.
    fn add(&mut self, actions: &[IdleAction]) {
        for of_name in actions.chunk_by(|one, other| one.name == other.name) {
            let mut observable = of_name.iter().filter(|action| action.observable).peekable();
            let Some(risky) = observable.peek().map(|action| action.risky) else {
                continue;
            };
            let stays = observable.any(|action| action.stays);
            let counts = [true, stays, risky, risky && stays];
            for (sum, counts) in self.0.iter_mut().zip(counts) {
                *sum += u64::from(counts);
            }
        }
    }
}

impl Idle {
    /// The grants of a basis without rows.
    pub(crate) fn of(basis: &Basis<'_>) -> Self {
        let mut idle = Self::default();
        let loaded = basis.load(Granularity::Exact);
        for (rule, grants) in basis.judge(&loaded).of_rule.into_iter().enumerate() {
            let mut kept = Vec::new();
            for (at, grant) in grants.into_iter().enumerate() {
                let stays = grant.keep != Keep::Nothing;
                idle.actions.push(IdleAction {
                    lower: grant.action.to_ascii_lowercase(),
                    name: grant.action.clone(),
                    rule,
                    at,
                    observable: grant.verdict != Verdict::Unobservable,
                    stays,
                    risky: !grant.risks.is_empty(),
                });
                if stays {
                    kept.push((at, bare(grant)));
                }
            }
            idle.kept.push(kept);
        }
        idle.actions.sort_unstable();
        idle.all.add(&idle.actions);
        idle
    }

    fn spelled(&self, lower: &str) -> &[IdleAction] {
        let start = self
            .actions
            .partition_point(|action| action.lower.as_str() < lower);
        let rest = self.actions.get(start..).unwrap_or_default();
        let end = rest.partition_point(|action| action.lower == lower);
        rest.get(..end).unwrap_or_default()
    }

    /// Of a rule, in its order: the actions that rows name, and of the others the grants of which something stays.
    pub(super) fn of_rule<'i>(
        &'i self,
        rule: usize,
        named: impl Iterator<Item = &'i String>,
    ) -> Vec<(usize, Result<&'i str, &'i Grant>)> {
        let own = named.flat_map(|lower| self.spelled(lower));
        let own = own.filter(|action| action.rule == rule);
        let mut all: Vec<(usize, Result<&str, &Grant>)> = own
            .map(|action| (action.at, Ok(action.name.as_str())))
            .collect();
        let own: BTreeSet<usize> = all.iter().map(|(at, _)| *at).collect();
        let kept = self.kept.get(rule).into_iter().flatten();
        let kept = kept.filter(|(at, _)| !own.contains(at));
        all.extend(kept.map(|(at, grant)| (*at, Err(grant))));
        all.sort_unstable_by_key(|(at, _)| *at);
        all
    }

    /// Whether the action is one of these grants, and no row names it.
    pub(crate) fn is_idle(&self, action: &str, named: &Named) -> bool {
        let lower = action.to_ascii_lowercase();
        !named.contains(&lower) && !self.spelled(&lower).is_empty()
    }

    /// Adds the observable actions that no row names: to those of today and, as far as they stay, to those after; to
    /// all and to the risky ones.
    pub(crate) fn count(
        &self,
        named: &Named,
        granted: &mut (Option<u64>, u64),
        risky: &mut (Option<u64>, u64),
    ) {
        let mut used = Sums::default();
        for lower in named {
            used.add(self.spelled(lower));
        }
        let mut idle = self.all.0;
        for (sum, used) in idle.iter_mut().zip(used.0) {
            *sum -= used;
        }
        let [all, stay, all_risky, stay_risky] = idle;
        for (sums, all, stay) in [(granted, all, stay), (risky, all_risky, stay_risky)] {
            sums.0 = sums.0.map(|sum| sum + all);
            sums.1 += stay;
        }
    }
}

impl Basis<'_> {
    /// Judges the grants of the actions that rows name; of all others those that keep something are what they are
    /// without rows.
    pub(crate) fn judge_named(&self, loaded: &Loaded, idle: &Idle) -> (Grants, Named) {
        let loads = &loaded.loads;
        let of_rule = self.allows.iter().enumerate().map(|(index, rule)| {
            let fresh = |name: &str, loads| {
                let known = self.catalogue.action(name);
                self.grant(index, rule, (name.to_owned(), known), loads)
            };
            let mut grants = Vec::new();
            let mut own = BTreeSet::new();
            for (_, action) in idle.of_rule(index, loads.keys()) {
                match action {
                    Err(grant) => grants.push(grant.clone()),
                    Ok(name) => {
                        let (lower, loads) = loads.get_key_value(&name.to_ascii_lowercase())?;
                        own.insert(lower);
                        grants.push(fresh(name, loads));
                    }
                }
            }
            let speaking = self.rows.iter().filter(|row| speaks(row));
            for row in speaking.filter(|row| rule.names(&row.action)) {
                let (lower, loads) = loads.get_key_value(&row.action.to_ascii_lowercase())?;
                if own.insert(lower) {
                    grants.push(fresh(&row.action, loads));
                }
            }
            Some(grants)
        });
        let grants = Grants {
            of_rule: of_rule.map(Option::unwrap_or_default).collect(),
            gaps: loaded.gaps.clone(),
        };
        (grants, loads.keys().cloned().collect())
    }
}

/// The grant without what only reviews tell.
fn bare(grant: Grant) -> Grant {
    Grant {
        why: None,
        risks: Vec::new(),
        capabilities: Vec::new(),
        ..grant
    }
}
