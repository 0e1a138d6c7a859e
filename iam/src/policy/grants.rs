//! Grants: what a set of policies allows, action by action.
//!
//! Actions about which the statements of a set say the same are one [`Class`]. That keeps `*` to a few rows although
//! it means twenty thousand actions, and whatever is proven of one action holds for the class.

use super::clause::Set;
use super::document::{
    ActionElement, Condition, Effect, Policy, ResourceElement, Statement, Values,
};
use super::glob::Pattern;
use super::request::PolicySet;
use super::subsume::{Answer, subsumes};
use crate::catalogue::{AccessLevel, Capability, Catalogue, Risk};
use std::collections::{BTreeMap, BTreeSet};

/// One statement's part in what is granted: these resources, under these conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Index of the identity policy in its set.
    pub policy: usize,
    /// Index of the statement in its policy.
    pub statement: usize,
    /// The statement's Sid.
    pub sid: Option<String>,
    /// The resources, or all but them.
    pub resource: Option<ResourceElement>,
    /// Under which conditions.
    pub condition: Condition,
}

/// Actions that some sets of policies treat alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Actions by name, in the catalogue's spelling, sorted.
    pub actions: Vec<String>,
    /// Patterns that also stand for actions the catalogue does not list; sorted.
    pub unlisted: Vec<String>,
    /// One action to ask about, for all.
    pub representative: String,
}

/// What a set grants to one class of actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The actions.
    pub class: Class,
    /// The Allow statements of identity policies that speak about them, each granting something.
    pub rows: Vec<Row>,
}

/// How much is granted, counted in actions.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Tally {
    /// Actions of the catalogue.
    pub actions: usize,
    /// By access level.
    pub levels: BTreeMap<&'static str, usize>,
    /// By capability; an action may count for several.
    pub capabilities: BTreeMap<&'static str, usize>,
    /// By risk; an action may count for several.
    pub risks: BTreeMap<&'static str, usize>,
}

/// What the set grants: identity policies less everything that denies or limits them.
pub fn grants(set: &PolicySet, catalogue: &Catalogue) -> Vec<Grant> {
    let classes = classes(&[set], catalogue).into_iter();
    let granted = classes.map(|class| {
        let rows = rows(set, &class.representative, catalogue);
        Grant { class, rows }
    });
    granted.filter(|grant| !grant.rows.is_empty()).collect()
}

impl Tally {
    /// Counts actions.
    pub fn of<'a>(actions: impl Iterator<Item = &'a String>, catalogue: &Catalogue) -> Self {
        let mut tally = Self::default();
        for action in actions.filter_map(|name| catalogue.action(name)) {
            let count = |into: &mut BTreeMap<&'static str, usize>, name| {
                *into.entry(name).or_default() += 1;
            };
            tally.actions += 1;
            count(&mut tally.levels, AccessLevel::as_str(action.level()));
            for capability in action.capabilities() {
                count(&mut tally.capabilities, Capability::as_str(capability));
            }
            for risk in action.risks() {
                count(&mut tally.risks, Risk::as_str(risk));
            }
        }
        tally
    }
}

impl PolicySet {
    /// What the set says of one action: statements that do not speak about it are left out.
    pub(super) fn about(&self, action: &str) -> Self {
        let policy = |policy: &Policy| about(policy, action);
        Self {
            identity: self.identity.iter().map(policy).collect(),
            boundary: self.boundary.as_ref().map(policy),
            session: self.session.iter().map(policy).collect(),
            scps: self
                .scps
                .iter()
                .map(|level| level.iter().map(policy).collect())
                .collect(),
        }
    }
}

fn about(policy: &Policy, action: &str) -> Policy {
    let lower = action.to_ascii_lowercase();
    let statements = policy.statements.iter();
    let speaking = statements.filter(|s| Set::of_actions(&s.action).has(&lower));
    let named = |statement: &Statement| Statement {
        action: ActionElement::Action(Values::new(vec![action.to_owned()])),
        ..statement.clone()
    };
    Policy {
        statements: speaking.map(named).collect(),
        ..policy.clone()
    }
}

/// The Allow statements about an action that grant something.
pub(super) fn rows(set: &PolicySet, action: &str, catalogue: &Catalogue) -> Vec<Row> {
    let lower = action.to_ascii_lowercase();
    let about = set.about(action);
    let mut rows = Vec::new();
    for (p, policy) in set.identity.iter().enumerate() {
        for (s, statement) in policy.statements.iter().enumerate() {
            let allows = statement.effect == Effect::Allow;
            if allows
                && Set::of_actions(&statement.action).has(&lower)
                && effective(policy, statement, action, &about, catalogue)
            {
                rows.push(Row {
                    policy: p,
                    statement: s,
                    sid: statement.sid.clone(),
                    resource: statement.resource.clone(),
                    condition: statement.condition.clone(),
                });
            }
        }
    }
    rows
}

/// Whether an Allow statement grants anything beside what denies and limits it; undecided counts as granting.
fn effective(
    policy: &Policy,
    statement: &Statement,
    action: &str,
    about: &PolicySet,
    catalogue: &Catalogue,
) -> bool {
    let mut alone = about.clone();
    for policy in &mut alone.identity {
        policy.statements.retain(|s| s.effect == Effect::Deny);
    }
    let own = Policy {
        statements: vec![Statement {
            action: ActionElement::Action(Values::new(vec![action.to_owned()])),
            ..statement.clone()
        }],
        ..policy.clone()
    };
    alone.identity.push(own);
    subsumes(&PolicySet::default(), &alone, catalogue) != Answer::Yes
}

/// The actions that identity policies allow in some way, classed by which statements speak about them.
pub(super) fn classes(sets: &[&PolicySet], catalogue: &Catalogue) -> Vec<Class> {
    let all = sets.iter().flat_map(|set| set.all());
    let spoken: Vec<Set> = all
        .flat_map(|policy| &policy.statements)
        .map(|statement| Set::of_actions(&statement.action))
        .collect();
    let speaking = |name: &str| -> Vec<usize> {
        let lower = name.to_ascii_lowercase();
        let own = spoken.iter().enumerate().filter(|(_, set)| set.has(&lower));
        own.map(|(at, _)| at).collect()
    };
    let identity = sets.iter().flat_map(|set| &set.identity);
    let allows = identity
        .flat_map(|policy| &policy.statements)
        .filter(|statement| statement.effect == Effect::Allow);
    let mut names = Names::default();
    allows.for_each(|statement| names.add(&statement.action, catalogue));
    let mut classes: BTreeMap<Vec<usize>, Names> = BTreeMap::new();
    for name in names.listed {
        let class = classes.entry(speaking(&name)).or_default();
        class.listed.insert(name);
    }
    for (pattern, sample) in names.unlisted {
        let class = classes.entry(speaking(&sample)).or_default();
        class.unlisted.insert(pattern, sample);
    }
    classes.into_values().filter_map(Names::class).collect()
}

/// Actions by name, and patterns that stand for others too, each with a name of its own making.
#[derive(Debug, Default)]
struct Names {
    listed: BTreeSet<String>,
    unlisted: BTreeMap<String, String>,
}

impl Names {
    fn add(&mut self, element: &ActionElement, catalogue: &Catalogue) {
        let ActionElement::Action(values) = element else {
            let all = catalogue.actions();
            self.listed
                .extend(all.map(|action| action.name().to_owned()));
            self.wild("*");
            return;
        };
        for text in &values.items {
            if text.contains(['*', '?']) {
                let ids = catalogue.expand(text).into_iter();
                let actions = ids.filter_map(|id| catalogue.get(id));
                self.listed
                    .extend(actions.map(|action| action.name().to_owned()));
                self.wild(text);
            } else {
                let known = catalogue.action(text).map(|action| action.name());
                self.listed.insert(known.unwrap_or(text).to_owned());
            }
        }
    }

    fn wild(&mut self, pattern: &str) {
        let sample = Pattern::action(pattern).sample("leastwise-witness");
        self.unlisted.insert(pattern.to_owned(), sample);
    }

    fn class(self) -> Option<Class> {
        let mut representatives = self.listed.iter().chain(self.unlisted.values());
        Some(Class {
            representative: representatives.next()?.clone(),
            actions: self.listed.into_iter().collect(),
            unlisted: self.unlisted.into_keys().collect(),
        })
    }
}

#[cfg(test)]
#[path = "grants_tests.rs"]
mod tests;
