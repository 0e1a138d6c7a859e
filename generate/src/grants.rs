//! Grants: every action that each Allow statement of a role gives today, with its verdict and what stays of it.

mod idle;
mod keep;

pub(crate) use idle::{Idle, Named};

use crate::confidence::Chance;
use crate::intent::Keep as Intended;
use crate::kinds::Fits;
use crate::need::{Granularity, Need, Surroundings, each, proven, speaks};
use crate::rule::{Limits, Reach, Rule};
use crate::sight::Sight;
use crate::verdict::Verdict;
use iam::catalogue::{Action, Capability, Catalogue, Risk};
use iam::policy::Pattern;
use iam::usage::{Outcome, Usage, Via};
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

/// What the rows of one action load onto one rule.
#[derive(Debug, Default, Clone)]
struct Load {
    whole: bool,
    only: BTreeSet<String>,
    rows: BTreeSet<usize>,
    touched: BTreeSet<usize>,
}

/// Loads by lower-case action and index of the rule.
type Loads = BTreeMap<String, BTreeMap<usize, Load>>;

impl Basis<'_> {
    /// Judges every grant.
    pub(crate) fn judge(&self, granularity: Granularity) -> Grants {
        let (loads, gaps) = self.loads(granularity);
        let nothing = BTreeMap::new();
        let of_rule = self.allows.iter().enumerate().map(|(index, rule)| {
            let actions = self.actions(rule).into_iter();
            let judged = actions.map(|(action, known)| {
                let loads = loads.get(&action.to_ascii_lowercase()).unwrap_or(&nothing);
                self.grant(index, rule, (action, known), loads)
            });
            judged.collect()
        });
        Grants {
            of_rule: of_rule.collect(),
            gaps,
        }
    }

    /// Judges the grants of the actions that rows name; of all others those that keep something are what they are
    /// without rows.
    pub(crate) fn judge_named(&self, granularity: Granularity, idle: &Idle) -> (Grants, Named) {
        let (loads, gaps) = self.loads(granularity);
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
            gaps,
        };
        (grants, loads.into_keys().collect())
    }

    /// What the rows load onto the rules, and what none carries.
    fn loads(&self, granularity: Granularity) -> (Loads, Vec<Gap>) {
        let mut gaps = Vec::new();
        let mut loads = Loads::new();
        let needs = self.surroundings.needs(self.rows, granularity);
        for ((at, row), need) in self.rows.iter().enumerate().zip(&needs) {
            let of_action = loads.entry(row.action.to_ascii_lowercase()).or_default();
            if speaks(row) {
                let naming: Vec<(usize, &Rule)> = self.naming(row).collect();
                let found = self.load((at, row), &naming, (need, granularity), of_action);
                gaps.extend(found);
            } else {
                self.touch(at, row, of_action);
            }
        }
        (loads, gaps)
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

    /// The rules that name the row's action, with their index.
    fn naming(&self, row: &Usage) -> impl Iterator<Item = (usize, &Rule)> {
        let rules = self.allows.iter().enumerate();
        rules.filter(|(_, rule)| rule.names(&row.action))
    }

    /// Loads the rules that carry a row; what none carries is a gap.
    fn load(
        &self,
        (at, row): (usize, &Usage),
        naming: &[(usize, &Rule)],
        (need, granularity): (&Need, Granularity),
        loads: &mut BTreeMap<usize, Load>,
    ) -> Vec<Gap> {
        let mut missing = Vec::new();
        match need {
            Need::Unknown => {
                if let Err(why) = load_unknown(at, naming, loads) {
                    missing.push((None, why));
                }
            }
            Need::Resources(pieces) => {
                let inside = |text: &String| is_inside(naming, &Pattern::new(text));
                let single = each(row);
                let single = single.filter(|own| own != pieces && !pieces.iter().all(inside));
                for text in single.as_ref().unwrap_or(pieces) {
                    let piece = (text.as_str(), granularity);
                    if let Err(why) = self.load_piece((at, row), naming, piece, loads) {
                        missing.push((Some(text.clone()), why));
                    }
                }
            }
        }
        let succeeded = row.outcome == Outcome::Allowed;
        let missing = missing.into_iter().filter(|_| succeeded);
        missing
            .map(|(resource, why)| Gap {
                row: at,
                resource,
                why,
            })
            .collect()
    }

    /// An access to a resource, or a set of them, loads the rules that carry it; or why none does.
    fn load_piece(
        &self,
        (at, row): (usize, &Usage),
        naming: &[(usize, &Rule)],
        (text, granularity): (&str, Granularity),
        loads: &mut BTreeMap<usize, Load>,
    ) -> Result<(), &'static str> {
        let piece = Pattern::new(text);
        if self.limits.deny(&row.action, &piece) {
            return Err("an explicit Deny of today covers it");
        }
        let reached: Vec<(usize, &Rule, Reach)> = naming
            .iter()
            .map(|(index, rule)| (*index, *rule, rule.scope.reach(&piece)))
            .filter(|(_, _, reach)| *reach != Reach::Nothing)
            .collect();
        let carriers = self.carriers(&reached, &piece);
        for (index, rule, reach) in &reached {
            let load = loads.entry(*index).or_default();
            load.touched.insert(at);
            if !carriers.contains(index) {
                continue;
            }
            load.rows.insert(at);
            let narrowed = rule.scope.narrow(text, &piece, *reach);
            match narrowed.filter(|_| granularity != Granularity::Statement) {
                Some(resources) => load.only.extend(resources),
                None => load.whole = true,
            }
        }
        match (reached.is_empty(), naming.first()) {
            (false, _) => Ok(()),
            (true, Some(_)) => Err("granted on other resources only"),
            (true, None) => Err("no identity statement names the action"),
        }
    }

    /// The rules that keep a piece: one unconditional rule if it reaches all of it, else all unconditional ones if they
    /// do together, else every rule that reaches any of it.
    fn carriers(&self, reached: &[(usize, &Rule, Reach)], piece: &Pattern) -> BTreeSet<usize> {
        let free = || reached.iter().filter(|(_, rule, _)| !rule.conditional());
        let rank = |rule: &Rule| {
            let not_action = matches!(
                rule.statement.action,
                iam::policy::ActionElement::NotAction(_)
            );
            let wild = rule
                .statement
                .action
                .patterns()
                .iter()
                .any(|pattern| pattern == "*");
            (
                not_action || wild,
                rule.scope.all_but || rule.scope.is_everything(),
            )
        };
        let full = free().filter(|(_, _, reach)| *reach == Reach::All);
        if let Some((index, _, _)) = full.min_by_key(|(index, rule, _)| (rank(rule), *index)) {
            return BTreeSet::from([*index]);
        }
        let union: Vec<&Pattern> = free()
            .filter(|(_, rule, _)| !rule.scope.all_but)
            .flat_map(|(_, rule, _)| rule.scope.patterns())
            .collect();
        let together = iam::policy::covers(&union, piece);
        let kept = reached
            .iter()
            .filter(|(_, rule, _)| !together || !rule.conditional());
        kept.map(|(index, _, _)| *index).collect()
    }

    /// A denied row: it keeps nothing, but tells unused from denied.
    fn touch(&self, at: usize, row: &Usage, loads: &mut BTreeMap<usize, Load>) {
        let pieces = match proven(row) {
            Need::Resources(pieces) => pieces,
            Need::Unknown => vec!["*".to_owned()],
        };
        let pieces: Vec<Pattern> = pieces.iter().map(|text| Pattern::new(text)).collect();
        for (index, rule) in self.allows.iter().enumerate() {
            let meets = |piece: &Pattern| rule.scope.reach(piece) != Reach::Nothing;
            if rule.names(&row.action) && pieces.iter().any(meets) {
                loads.entry(index).or_default().touched.insert(at);
            }
        }
    }

    fn grant(
        &self,
        index: usize,
        rule: &Rule,
        (action, known): (String, Option<Action<'_>>),
        loads: &BTreeMap<usize, Load>,
    ) -> Grant {
        let load = loads.get(&index).cloned().unwrap_or_default();
        let verdict = self.verdict(&load);
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
        let any = |rows: &BTreeSet<usize>, outcome| {
            let mut found = rows.iter().filter_map(|at| self.rows.get(*at));
            found.any(|row| row.outcome == outcome)
        };
        let all: BTreeSet<usize> = load.rows.union(&load.touched).copied().collect();
        if any(&all, Outcome::Allowed) {
            Verdict::Used
        } else if any(&all, Outcome::Failed) {
            Verdict::FailedOnly
        } else if any(&all, Outcome::Denied) {
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

/// Whether the statements about an action reach all of a piece.
fn is_inside(naming: &[(usize, &Rule)], piece: &Pattern) -> bool {
    let all = |(_, rule): &(usize, &Rule)| rule.scope.reach(piece) == Reach::All;
    if naming.iter().any(all) {
        return true;
    }
    let positive = naming.iter().filter(|(_, rule)| !rule.scope.all_but);
    let union: Vec<&Pattern> = positive
        .flat_map(|(_, rule)| rule.scope.patterns())
        .collect();
    iam::policy::covers(&union, piece)
}

/// An access to we know not what keeps the action on all resources, wherever it may have been granted.
fn load_unknown(
    at: usize,
    naming: &[(usize, &Rule)],
    loads: &mut BTreeMap<usize, Load>,
) -> Result<(), &'static str> {
    let sure = |(_, rule): &&(usize, &Rule)| !rule.conditional() && rule.scope.is_everything();
    let carriers: Vec<usize> = match naming.iter().find(sure) {
        Some((index, _)) => vec![*index],
        None => naming.iter().map(|(index, _)| *index).collect(),
    };
    for index in &carriers {
        let load = loads.entry(*index).or_default();
        load.whole = true;
        load.rows.insert(at);
    }
    if carriers.is_empty() {
        return Err("no identity statement names the action");
    }
    Ok(())
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
