//! Records: which of a role's grants were silent in the first half of the window, and used in the second.
//!
//! A grant counts when the archive would have shown a use and a use is possible: it can be granted on a resource of its
//! statement, and neither a Deny nor the boundary forbids it. What was denied in the first half is neither silent nor
//! used. An action that several statements grant counts once.

use super::silence::Silent;
use super::{Confidence, Level, Odds};
use crate::draft::stays;
use crate::grants::{Basis, Grant, Grants, Loaded};
use crate::need::speaks;
use crate::rule::Rule;
use crate::verdict::Verdict;
use iam::catalogue::Catalogue;
use iam::coverage::{Stretch, day_of};
use iam::pause::{access_level, principal_kind};
use iam::policy::Pattern;
use iam::usage::Usage;
use std::collections::{BTreeMap, BTreeSet};

/// What one role's silence looked like.
#[derive(Debug)]
pub(crate) struct Record {
    /// Kind of principal.
    pub(super) kind: &'static str,
    /// By access level.
    pub(super) silent: BTreeMap<&'static str, Silent>,
    /// First day of the window that the role was there.
    pub(super) first: i64,
}

impl Odds {
    /// The record of a role, of which `basis` knows no declared intent.
    pub(crate) fn record(&self, role: &str, basis: &Basis<'_>, loaded: &Loaded) -> Record {
        let grants = basis.judge(loaded);
        let mut silent: BTreeMap<&'static str, Silent> = BTreeMap::new();
        for (action, back) in self.silent(basis, &grants) {
            let level = access_level(basis.catalogue, &action);
            let silent = silent.entry(level).or_default();
            silent.grants += 1;
            silent.back.extend(back);
        }
        Record {
            silent,
            ..self.blank(role, basis.sight.created)
        }
    }

    /// The actions that were silent in the first half, in lower case, and the day of the second on which they came back.
    fn silent(&self, basis: &Basis<'_>, grants: &Grants) -> BTreeMap<String, Option<i64>> {
        let tried = self.tried(basis.rows);
        let mut silent: BTreeMap<String, Option<i64>> = BTreeMap::new();
        for (rule, grant) in pairs(basis.allows, grants) {
            let action = grant.action.to_ascii_lowercase();
            let back = match grant.verdict {
                Verdict::Unused => Some(None),
                Verdict::Used | Verdict::FailedOnly if !tried.contains(&action) => {
                    self.back(basis.rows, grant).map(Some)
                }
                _ => None,
            };
            if let Some(back) = back
                && basis.asks(rule, grant)
            {
                let earliest = silent.entry(action).or_default();
                *earliest = earliest.iter().copied().chain(back).min();
            }
        }
        silent
    }

    /// The record of a role of whose grants nothing is known.
    pub(super) fn blank(&self, role: &str, created: Option<i64>) -> Record {
        Record {
            kind: principal_kind(role),
            silent: BTreeMap::new(),
            first: created.unwrap_or(self.window.0).max(self.window.0),
        }
    }

    /// Actions that were denied in the first half.
    fn tried(&self, rows: &[&Usage]) -> BTreeSet<String> {
        let tried = rows.iter().filter(|row| !speaks(row) && self.is_early(row));
        tried.map(|row| row.action.to_ascii_lowercase()).collect()
    }

    fn is_early(&self, row: &Usage) -> bool {
        day_of(&row.first_seen).is_none_or(|day| day < self.cut())
    }

    /// The day of the second half, from 0, on which all that a grant was used for began; none when it began before.
    fn back(&self, rows: &[&Usage], grant: &Grant) -> Option<i64> {
        let own = grant.rows.iter().filter_map(|at| rows.get(*at));
        let first = own.filter_map(|row| day_of(&row.first_seen)).min()?;
        (first >= self.cut()).then(|| first - self.cut())
    }

    /// Writes the probability onto each unused grant that goes.
    pub(crate) fn mark(&self, record: &Record, basis: &Basis<'_>, grants: &mut Grants) {
        for (rule, grants) in basis.allows.iter().zip(&mut grants.of_rule) {
            for grant in grants {
                let unused = grant.verdict == Verdict::Unused && !stays(grant);
                if unused && basis.asks(rule, grant) {
                    let level = access_level(basis.catalogue, &grant.action);
                    grant.needed = Some(self.chance(record, level));
                }
            }
        }
    }

    /// What the silence of a role is worth, whose grants are marked.
    pub(crate) fn confidence(
        &self,
        record: &Record,
        (rows, missing): (&[&Usage], &[Stretch]),
        grants: &Grants,
        catalogue: &Catalogue,
    ) -> Confidence {
        let marked = grants.of_rule.iter().flatten();
        let marked = marked.filter_map(|grant| Some((grant.action.as_str(), grant.needed?)));
        let unused: BTreeMap<&str, _> = marked.collect();
        let mut levels: BTreeMap<&'static str, Level> = BTreeMap::new();
        for (action, needed) in &unused {
            let name = access_level(catalogue, action);
            let own = record.trial(name);
            let level = levels.entry(name).or_insert(Level {
                unused: 0,
                needed: *needed,
                silent: own.silent,
                used: own.used,
            });
            level.unused += 1;
        }
        let known: Option<Vec<f64>> = unused.values().map(|needed| needed.known()).collect();
        let known = known.filter(|known| !known.is_empty());
        Confidence {
            expected_needs: known.map(|known| thousandth(known.iter().sum())),
            levels,
            ..self.around(record, rows, missing, !unused.is_empty())
        }
    }
}

impl Basis<'_> {
    /// Whether a use of the grant is possible, and would be in the archive wherever it is.
    fn asks(&self, rule: &Rule, grant: &Grant) -> bool {
        let everything = ["*".to_owned()];
        let texts = match rule.scope.all_but {
            true => &everything[..],
            false => &rule.scope.texts,
        };
        let known = self.catalogue.action(&grant.action);
        let possible = |text: &&String| {
            let piece = Pattern::new(text);
            let fits = rule.scope.all_but || self.fits.fits(known, text);
            fits && !self.limits.deny(&grant.action, &piece)
                && !self.limits.bounded(&grant.action, &piece)
        };
        let possible: Vec<&String> = texts.iter().filter(possible).collect();
        let shown = |text: &&String| self.sight.hides(known, text).is_none();
        // What is unused was already asked for: hidden, it would be unobservable.
        let all_shown = grant.verdict == Verdict::Unused || possible.iter().all(shown);
        !possible.is_empty() && all_shown
    }
}

fn pairs<'g>(
    allows: &'g [Rule],
    grants: &'g Grants,
) -> impl Iterator<Item = (&'g Rule, &'g Grant)> {
    let rules = allows.iter().zip(&grants.of_rule);
    rules.flat_map(|(rule, grants)| grants.iter().map(move |grant| (rule, grant)))
}

/// The nearest thousandth, as fine as a person reads.
pub(super) fn thousandth(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
