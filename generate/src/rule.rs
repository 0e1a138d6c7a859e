//! Rules: the statements of a role's documents in order, all read as Version 2012-10-17.

use crate::current::Boundary;
use iam::catalogue::{Action, Catalogue};
use iam::policy::{
    ActionElement, Actions, Effect, Pattern, Policy, ResourceElement, Scalar, Statement, covers,
};
use std::collections::BTreeSet;

/// A statement and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Index of the document.
    pub(crate) document: usize,
    /// Index of the statement in its document.
    pub(crate) index: usize,
    /// The statement, with the meaning it has in a Version 2012-10-17 document.
    pub(crate) statement: Statement,
    /// What it reaches.
    pub(crate) scope: Scope,
    actions: Actions,
}

/// The resources that a statement reaches.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// The patterns, as written.
    pub(crate) texts: Vec<String>,
    patterns: Vec<Pattern>,
    /// `NotResource`: everything but the patterns.
    pub(crate) all_but: bool,
}

/// How much of a resource pattern a scope reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    All,
    Part,
    Nothing,
}

impl Scope {
    fn of(element: Option<&ResourceElement>) -> Self {
        let everything = ["*".to_owned()];
        let texts = element.map_or(&everything[..], ResourceElement::patterns);
        Self {
            texts: texts.to_vec(),
            patterns: texts.iter().map(|text| Pattern::new(text)).collect(),
            all_but: matches!(element, Some(ResourceElement::NotResource(_))),
        }
    }

    /// How much of the pattern is reached.
    pub(crate) fn reach(&self, piece: &Pattern) -> Reach {
        let all: Vec<&Pattern> = self.patterns.iter().collect();
        let touched = || self.patterns.iter().any(|pattern| pattern.overlaps(piece));
        match (covers(&all, piece), self.all_but) {
            (true, false) => Reach::All,
            (true, true) => Reach::Nothing,
            (false, false) if touched() => Reach::Part,
            (false, true) if touched() => Reach::Part,
            (false, false) => Reach::Nothing,
            (false, true) => Reach::All,
        }
    }

    /// Whether the scope is every resource.
    pub(crate) fn is_everything(&self) -> bool {
        !self.all_but && self.texts.iter().any(|text| text == "*")
    }

    /// The compiled patterns.
    pub(crate) fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// What of a piece, of which so much is reached, lies inside: the piece itself, else those of the scope's own patterns that meet it. Never more
    /// than the scope; `None` when only the whole `NotResource` scope will do.
    pub(crate) fn narrow(&self, text: &str, piece: &Pattern, reach: Reach) -> Option<Vec<String>> {
        if reach == Reach::All {
            return Some(vec![text.to_owned()]);
        }
        if self.all_but {
            return None;
        }
        let meeting = self.texts.iter().zip(&self.patterns);
        let meeting = meeting.filter(|(_, own)| own.overlaps(piece));
        Some(meeting.map(|(text, _)| text.clone()).collect())
    }
}

impl Rule {
    /// The statements of documents, in order.
    pub(crate) fn all<'p>(policies: impl Iterator<Item = &'p Policy>) -> Vec<Self> {
        let mut rules = Vec::new();
        for (document, policy) in policies.enumerate() {
            for (index, statement) in policy.statements.iter().enumerate() {
                let mut statement = statement.clone();
                if !policy.has_variables() {
                    escape(&mut statement);
                }
                rules.push(Self {
                    document,
                    index,
                    scope: Scope::of(statement.resource.as_ref()),
                    actions: Actions::new(&statement.action),
                    statement,
                });
            }
        }
        rules
    }

    /// Whether it holds only under conditions.
    pub(crate) fn conditional(&self) -> bool {
        !self.statement.condition.is_empty()
    }

    /// Whether it is about the action.
    pub(crate) fn names(&self, action: &str) -> bool {
        self.actions.has(action)
    }

    /// The actions of an Allow, in the order of its patterns: current ones of the catalogue, and names that the
    /// catalogue does not know.
    pub(crate) fn expand<'c>(&self, catalogue: &'c Catalogue) -> Vec<(String, Option<Action<'c>>)> {
        match &self.statement.action {
            ActionElement::Action(patterns) => listed(&patterns.items, catalogue),
            ActionElement::NotAction(patterns) => {
                let excluded: BTreeSet<_> = patterns
                    .items
                    .iter()
                    .flat_map(|p| catalogue.expand(p))
                    .collect();
                let actions = catalogue
                    .actions()
                    .filter(|action| !excluded.contains(&action.id()));
                actions
                    .map(|action| (action.name().to_owned(), Some(action)))
                    .collect()
            }
        }
    }
}

fn listed<'c>(patterns: &[String], catalogue: &'c Catalogue) -> Vec<(String, Option<Action<'c>>)> {
    let mut seen = BTreeSet::new();
    let mut actions = Vec::new();
    for pattern in patterns {
        let known = catalogue.expand(pattern);
        let known = known.iter().filter_map(|id| catalogue.get(*id));
        let mut names: Vec<(String, Option<Action<'c>>)> = known
            .map(|action| (action.name().to_owned(), Some(action)))
            .collect();
        if names.is_empty() {
            let retired = catalogue.action(pattern);
            let name = retired.map_or(pattern.as_str(), |action| action.name());
            names.push((name.to_owned(), retired));
        }
        let new = |(name, _): &(String, _)| seen.insert(name.to_ascii_lowercase());
        actions.extend(names.into_iter().filter(new));
    }
    actions
}

/// Writes what is plain text in a Version 2008-10-17 document so that it stays plain text in a newer one.
fn escape(statement: &mut Statement) {
    let plain = |text: &mut String| *text = text.replace("${", "${$}{");
    if let Some(ResourceElement::Resource(values) | ResourceElement::NotResource(values)) =
        &mut statement.resource
    {
        values.items.iter_mut().for_each(plain);
    }
    for (_, keys) in &mut statement.condition.0 {
        for (_, values) in keys {
            for value in &mut values.items {
                if let Scalar::Text(text) = value {
                    plain(text);
                }
            }
        }
    }
}

/// What a set of rules forbids or permits, as far as it does not depend on conditions.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// Deny rules of the role's own documents.
    pub(crate) denies: Vec<Rule>,
    /// The permissions boundary.
    pub(crate) boundary: Option<Vec<Rule>>,
}

impl Limits {
    /// The Allow rules of a role, and what limits them.
    pub(crate) fn split(rules: &[Rule], boundary: Option<&Boundary>) -> (Vec<Rule>, Self) {
        let allow = |rule: &Rule| rule.statement.effect == Effect::Allow;
        let (allows, denies) = rules.iter().cloned().partition(allow);
        let boundary = boundary.and_then(|boundary| boundary.policy.as_ref());
        let limits = Self {
            denies,
            boundary: boundary.map(|policy| Rule::all(std::iter::once(policy))),
        };
        (allows, limits)
    }

    /// Whether an unconditional Deny covers all of the piece.
    pub(crate) fn deny(&self, action: &str, piece: &Pattern) -> bool {
        denied(&self.denies, action, piece)
    }

    /// Whether the boundary leaves nothing of the piece.
    pub(crate) fn bounded(&self, action: &str, piece: &Pattern) -> bool {
        let Some(rules) = &self.boundary else {
            return false;
        };
        let allows = |rule: &Rule| {
            rule.statement.effect == Effect::Allow
                && rule.names(action)
                && rule.scope.reach(piece) != Reach::Nothing
        };
        !rules.iter().any(allows) || denied(rules, action, piece)
    }
}

fn denied(rules: &[Rule], action: &str, piece: &Pattern) -> bool {
    let mut denies = rules
        .iter()
        .filter(|rule| rule.statement.effect == Effect::Deny);
    denies.any(|rule| {
        !rule.conditional() && rule.names(action) && rule.scope.reach(piece) == Reach::All
    })
}
