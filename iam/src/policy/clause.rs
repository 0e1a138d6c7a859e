//! A statement made ready for comparison: its sets compiled, under one of the two readings of `*` in an ARN.

use super::condition::{Test, Truth, tests};
use super::document::{ActionElement, Policy, ResourceElement, Statement};
use super::glob::Pattern;
use super::language::Member;
use super::listed::{Actions, Listed};
use super::principal;

/// How far a `*` reaches in an ARN. AWS documents that one at the end of a part may run across colons; other tools
/// match part by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As evaluation does: across colons.
    Whole,
    /// Within its part, but for the last one.
    ByPart,
}

/// A set of texts: the union of patterns, or everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) patterns: Vec<Pattern>,
    pub(super) negated: bool,
}

/// A statement, compiled.
#[derive(Debug, Clone)]
pub(super) struct Clause<'a> {
    pub(super) statement: &'a Statement,
    pub(super) actions: Set,
    pub(super) resources: Set,
    /// The same actions, to be asked about single ones.
    pub(super) named: Actions,
    /// The same resources, to be asked about single ones.
    pub(super) reached: Listed,
    pub(super) tests: Vec<Test>,
}

impl<'a> Clause<'a> {
    pub(super) fn new(policy: &Policy, statement: &'a Statement, reading: Reading) -> Self {
        let variables = policy.has_variables();
        let resource = |text: &str| {
            let pattern = if variables {
                Pattern::new(text)
            } else {
                Pattern::without_variables(text)
            };
            match reading {
                Reading::Whole => pattern,
                Reading::ByPart => pattern.by_part(),
            }
        };
        let resources = statement.resource.as_ref();
        let texts = resources.map_or(&[][..], ResourceElement::patterns);
        let negated = !matches!(resources, Some(ResourceElement::Resource(_)));
        Self {
            statement,
            actions: Set::of_actions(&statement.action),
            resources: Set {
                patterns: texts.iter().map(|text| resource(text)).collect(),
                negated,
            },
            named: Actions::new(&statement.action),
            reached: Listed::new(texts, negated, resource),
            tests: tests(&statement.condition, variables).collect(),
        }
    }

    /// Whether this statement matches, at sight, every request that the other one matches.
    pub(super) fn contains(&self, inner: &Clause<'_>) -> bool {
        let principals = self.statement.principal.is_none()
            || self.statement.principal == inner.statement.principal;
        principals
            && self.no_stricter(inner)
            && self.actions.contains(&inner.actions)
            && self.resources.contains(&inner.resources)
    }

    /// Whether each test is one of the other statement's.
    pub(super) fn no_stricter(&self, inner: &Clause<'_>) -> bool {
        self.tests.iter().all(|test| inner.tests.contains(test))
    }

    /// The patterns of its actions and resources.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.actions.patterns.iter().chain(&self.resources.patterns)
    }

    /// Whether the statement is about the caller.
    pub(super) fn about(&self, caller: Option<&str>) -> Truth {
        principal::applies(self.statement.principal.as_ref(), caller)
    }
}

impl Set {
    /// The actions of an element, in lower case.
    pub(super) fn of_actions(element: &ActionElement) -> Self {
        let patterns = element.patterns().iter();
        Self {
            patterns: patterns.map(|text| Pattern::action(text)).collect(),
            negated: matches!(element, ActionElement::NotAction(_)),
        }
    }

    fn contains(&self, inner: &Set) -> bool {
        if self == inner {
            return true;
        }
        match (self.negated, inner.negated) {
            (false, false) => {
                let read = |inner: &Pattern| self.patterns.iter().any(|own| own.reads(inner));
                inner.patterns.iter().all(read)
            }
            (true, false) => inner
                .patterns
                .iter()
                .all(|a| !self.patterns.iter().any(|b| a.overlaps(b))),
            (true, true) => self
                .patterns
                .iter()
                .all(|pattern| inner.patterns.contains(pattern)),
            (false, true) => self.wide(),
        }
    }

    fn wide(&self) -> bool {
        self.patterns.contains(&Pattern::new("*"))
    }

    /// The set with its variables as `*`.
    pub(super) fn widened(self) -> Self {
        let patterns = self.patterns.into_iter().map(Pattern::widened);
        Self {
            patterns: patterns.collect(),
            negated: self.negated,
        }
    }

    pub(super) fn member(&self, settles: bool) -> Member<'_> {
        Member {
            patterns: self.patterns.iter().collect(),
            negated: self.negated,
            settles,
        }
    }

    /// What a negated set leaves out, as texts of no interest.
    pub(super) fn outside(&self) -> Member<'_> {
        Member {
            negated: !self.negated,
            ..self.member(true)
        }
    }

    pub(super) fn has(&self, text: &str) -> bool {
        let mut patterns = self.patterns.iter();
        patterns.any(|pattern| pattern.matches(text)) != self.negated
    }
}
