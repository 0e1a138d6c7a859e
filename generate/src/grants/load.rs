//! Loads: which statements of today carry each access, and what of their resources it needs.

use super::{Basis, Gap};
use crate::need::{Granularity, Need, each, proven, speaks};
use crate::rule::{Reach, Rule};
use iam::policy::{ActionElement, Pattern};
use iam::usage::{Outcome, Usage};
use std::collections::{BTreeMap, BTreeSet};

/// What the rows of one action load onto one rule.
#[derive(Debug, Default, Clone)]
pub(super) struct Load {
    pub(super) whole: bool,
    pub(super) only: BTreeSet<String>,
    pub(super) rows: BTreeSet<usize>,
    pub(super) touched: BTreeSet<usize>,
}

/// Loads by lower-case action and index of the rule.
type Loads = BTreeMap<String, BTreeMap<usize, Load>>;

/// What all rows load onto the rules, at one granularity.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) granularity: Granularity,
    pub(super) loads: Loads,
    pub(super) gaps: Vec<Gap>,
}

impl Basis<'_> {
    /// Loads each row onto the rules that carry it.
    pub(crate) fn load(&self, granularity: Granularity) -> Loaded {
        let mut loaded = Loaded {
            granularity,
            loads: Loads::new(),
            gaps: Vec::new(),
        };
        let needs = self.surroundings.needs(self.rows, granularity);
        for ((at, row), need) in self.rows.iter().enumerate().zip(&needs) {
            let action = row.action.to_ascii_lowercase();
            let of_action = loaded.loads.entry(action).or_default();
            let naming: Vec<(usize, &Rule)> = self.naming(row).collect();
            if speaks(row) {
                let found = self.load_row((at, row), &naming, (need, granularity), of_action);
                loaded.gaps.extend(found);
            } else {
                touch((at, row), &naming, of_action);
            }
        }
        loaded
    }

    /// The rules that name the row's action, with their index.
    fn naming(&self, row: &Usage) -> impl Iterator<Item = (usize, &Rule)> {
        let rules = self.allows.iter().enumerate();
        rules.filter(|(_, rule)| rule.names(&row.action))
    }

    /// Loads the rules that carry a row; what none carries is a gap.
    fn load_row(
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
            let not_action = matches!(rule.statement.action, ActionElement::NotAction(_));
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
}

/// A denied row: it keeps nothing, but tells unused from denied.
fn touch((at, row): (usize, &Usage), naming: &[(usize, &Rule)], loads: &mut BTreeMap<usize, Load>) {
    let pieces = match proven(row) {
        Need::Resources(pieces) => pieces,
        Need::Unknown => vec!["*".to_owned()],
    };
    let pieces: Vec<Pattern> = pieces.iter().map(|text| Pattern::new(text)).collect();
    for (index, rule) in naming {
        let meets = |piece: &Pattern| rule.scope.reach(piece) != Reach::Nothing;
        if pieces.iter().any(meets) {
            loads.entry(*index).or_default().touched.insert(at);
        }
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
