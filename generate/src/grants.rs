//! Grants: every action that each Allow statement of a role gives today, with its verdict and what stays of it.

mod idle;
mod keep;
mod load;

pub(crate) use idle::{Idle, Named};
pub(crate) use load::Loaded;

use crate::confidence::Chance;
use crate::intent::Keep as Intended;
use crate::kinds::Fits;
use crate::need::{Surroundings, speaks};
use crate::rule::{Limits, Rule};
use crate::sight::Sight;
use crate::verdict::Verdict;
use iam::catalogue::{Action, Capability, Catalogue, Risk};
use iam::usage::{Outcome, Usage, Via};
use load::Load;
use std::collections::{BTreeMap, BTreeSet};

/// One action of one Allow statement.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) action: String,
    pub(crate) verdict: Verdict,
    /// Why this verdict, or why nothing stays although it was used.
    pub(crate) why: Option<String>,
    pub(crate) keep: Keep,
    /// The statement's resource patterns that the action can use, as written; empty when none of it matters.
    pub(crate) own: Vec<String>,
    /// Indices of the usage rows that it carries.
    pub(crate) rows: BTreeSet<usize>,
    /// Why the action is sensitive, if it is.
    pub(crate) risks: Vec<Risk>,
    /// What the action lets its caller do.
    pub(crate) capabilities: Vec<Capability>,
    /// More stays than was seen: what the log could not have shown, or declared intent.
    pub(crate) unseen: bool,
    /// Of what goes as unused: the probability that it is needed in the days ahead.
    pub(crate) needed: Option<Chance>,
}

/// What stays of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    /// These resources.
    Only(BTreeSet<String>),
    /// All that the statement reaches.
    Whole,
}

/// A success that today's identity policies do not explain.
#[derive(Debug, Clone)]
pub(crate) struct Gap {
    pub(crate) row: usize,
    pub(crate) resource: Option<String>,
    pub(crate) why: &'static str,
}

/// The grants of a role, and what they do not explain.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    /// By Allow rule, in order; inside by the order of the statement's own actions.
    pub(crate) of_rule: Vec<Vec<Grant>>,
    pub(crate) gaps: Vec<Gap>,
}

/// All that a verdict rests on.
pub(crate) struct Basis<'a> {
    pub(crate) allows: &'a [Rule],
    pub(crate) limits: &'a Limits,
    pub(crate) rows: &'a [&'a Usage],
    pub(crate) sight: &'a Sight<'a>,
    pub(crate) fits: Fits<'a>,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) surroundings: &'a Surroundings<'a>,
    /// Rules of declared intent that are in force.
    pub(crate) intent: &'a [&'a Intended],
}

impl Basis<'_> {
    /// Judges every grant.
    pub(crate) fn judge(&self, loaded: &Loaded) -> Grants {
        let nothing = BTreeMap::new();
        let of_rule = |(index, rule): (usize, &Rule)| {
            let actions = self.actions(rule).into_iter();
            let judged = actions.map(|(action, known)| {
                let loads = loaded.loads.get(&action.to_ascii_lowercase());
                self.grant(index, rule, (action, known), loads.unwrap_or(&nothing))
            });
            judged.collect()
        };
        Grants {
            of_rule: self.allows.iter().enumerate().map(of_rule).collect(),
            gaps: loaded.gaps.clone(),
        }
    }

    /// The actions of a rule, those used but no longer in the catalogue included.
    fn actions(&self, rule: &Rule) -> Vec<(String, Option<Action<'_>>)> {
        let mut actions = rule.expand(self.catalogue);
        let used = self
            .rows
            .iter()
            .filter(|row| speaks(row) && rule.names(&row.action));
        let used: Vec<&str> = used.map(|row| row.action.as_str()).collect();
        if used.is_empty() {
            return actions;
        }
        let names = actions.iter().map(|(name, _)| name.to_ascii_lowercase());
        let mut known: BTreeSet<String> = names.collect();
        for action in used {
            if known.insert(action.to_ascii_lowercase()) {
                actions.push((action.to_owned(), self.catalogue.action(action)));
            }
        }
        actions
    }

    fn grant(
        &self,
        index: usize,
        rule: &Rule,
        (action, known): (String, Option<Action<'_>>),
        loads: &BTreeMap<usize, Load>,
    ) -> Grant {
        let nothing = Load::default();
        let load = loads.get(&index).unwrap_or(&nothing);
        let verdict = self.verdict(load);
        let hidden = if self.seen_passing(loads) {
            BTreeMap::new()
        } else {
            self.hidden(rule, (&action, known), verdict)
        };
        let own = if load.whole || !hidden.is_empty() {
            self.own(rule, known)
        } else {
            Vec::new()
        };
        let mut grant = Grant {
            verdict,
            why: None,
            keep: Keep::Nothing,
            own,
            rows: load.rows.clone(),
            risks: known.map(|known| known.risks()).unwrap_or_default(),
            capabilities: known.map(|known| known.capabilities()).unwrap_or_default(),
            needed: None,
            action,
            unseen: false,
        };
        if load.whole {
            grant.keep = Keep::Whole;
        } else if !load.only.is_empty() {
            grant.keep = Keep::Only(load.only.clone());
        }
        if !hidden.is_empty() {
            self.keep_hidden(rule, &mut grant, &hidden);
        }
        self.keep_intended(rule, &mut grant);
        if grant.keep == Keep::Nothing && grant.why.is_none() {
            grant.why = self.why_nothing(index, &grant, loads);
        }
        grant
    }

    /// The statement's resources that the action can be granted on.
    fn own(&self, rule: &Rule, action: Option<Action<'_>>) -> Vec<String> {
        let texts = rule.scope.texts.iter().filter(|_| !rule.scope.all_but);
        texts
            .filter(|text| self.fits.fits(action, text))
            .cloned()
            .collect()
    }

    fn verdict(&self, load: &Load) -> Verdict {
        let any = |outcome| {
            let rows = load.rows.iter().chain(&load.touched);
            let mut found = rows.filter_map(|at| self.rows.get(*at));
            found.any(|row| row.outcome == outcome)
        };
        if any(Outcome::Allowed) {
            Verdict::Used
        } else if any(Outcome::Failed) {
            Verdict::FailedOnly
        } else if any(Outcome::Denied) {
            Verdict::DeniedOnly
        } else {
            Verdict::Unused
        }
    }

    /// `iam:PassRole` is never logged itself, but the calls that pass a role are: seen once, it counts as observable.
    fn seen_passing(&self, loads: &BTreeMap<usize, Load>) -> bool {
        let mut rows = loads
            .values()
            .flat_map(|load| &load.rows)
            .filter_map(|at| self.rows.get(*at));
        rows.any(|row| row.via == Via::PassedRole)
    }
}

/// How reviews name a statement: its Sid, else its number.
pub(crate) fn label(rule: &Rule) -> String {
    let sid = rule.statement.sid.as_ref().filter(|sid| !sid.is_empty());
    sid.cloned().unwrap_or_else(|| {
        format!(
            "statement {} of document {}",
            rule.index + 1,
            rule.document + 1
        )
    })
}
