//! The document under lint, its elements with their JSON pointers, and the actions that its patterns stand for.

use super::super::document::{
    ActionElement, ConditionValues, Policy, ResourceElement, Statement, Values,
};
use super::super::operator::Operator;
use super::super::places::escape;
use super::Kind;
use crate::catalogue::{Action, ActionId, Catalogue};

/// What is wrong at an element.
pub(super) struct Found {
    pub(super) pointer: String,
    pub(super) message: String,
}

impl Found {
    pub(super) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
        }
    }
}

/// A document under lint.
pub(super) struct Subject<'s> {
    pub(super) policy: &'s Policy,
    pub(super) kind: Kind,
    pub(super) catalogue: &'s Catalogue,
    /// By statement, by pattern: the actions of the catalogue. Empty for NotAction.
    named: Vec<Vec<Vec<ActionId>>>,
}

/// A statement and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Clause<'s> {
    pub(super) statement: &'s Statement,
    at: usize,
    bare: bool,
}

/// A condition: one operator on one key.
pub(super) struct Comparison<'s> {
    pub(super) clause: Clause<'s>,
    pub(super) operator: &'s str,
    pub(super) key: &'s str,
    pub(super) values: &'s ConditionValues,
    pub(super) pointer: String,
}

impl<'s> Subject<'s> {
    pub(super) fn new(policy: &'s Policy, kind: Kind, catalogue: &'s Catalogue) -> Self {
        let named = policy.statements.iter().map(|statement| {
            let ActionElement::Action(values) = &statement.action else {
                return Vec::new();
            };
            let expand = |text: &String| match catalogue.action(text) {
                Some(action) => vec![action.id()],
                None => catalogue.expand(text),
            };
            values.items.iter().map(expand).collect()
        });
        Self {
            policy,
            kind,
            catalogue,
            named: named.collect(),
        }
    }

    pub(super) fn clauses(&self) -> impl Iterator<Item = Clause<'s>> {
        let bare = self.policy.bare_statement;
        let statements = self.policy.statements.iter().enumerate();
        statements.map(move |(at, statement)| Clause {
            statement,
            at,
            bare,
        })
    }

    /// Each pattern of the clause's Action with its place and the actions it stands for; none for NotAction.
    pub(super) fn named(
        &self,
        clause: Clause<'s>,
    ) -> impl Iterator<Item = (String, &'s str, Vec<Action<'s>>)> {
        let patterns = self.named.get(clause.at).map_or(&[][..], Vec::as_slice);
        let texts = clause.actions().into_iter();
        let catalogue = self.catalogue;
        texts.zip(patterns).map(move |((pointer, text), ids)| {
            let actions = ids.iter().filter_map(|id| catalogue.get(*id));
            (pointer, text, actions.collect())
        })
    }

    pub(super) fn comparisons(&self) -> impl Iterator<Item = Comparison<'s>> {
        self.clauses().flat_map(|clause| {
            let operators = clause.statement.condition.0.iter();
            operators.flat_map(move |(operator, keys)| {
                keys.iter().map(move |(key, values)| Comparison {
                    clause,
                    operator,
                    key,
                    values,
                    pointer: format!(
                        "{}/Condition/{}/{}",
                        clause.pointer(),
                        escape(operator),
                        escape(key)
                    ),
                })
            })
        })
    }
}

impl<'s> Clause<'s> {
    pub(super) fn pointer(&self) -> String {
        if self.bare {
            return "/Statement".to_owned();
        }
        format!("/Statement/{}", self.at)
    }

    /// The patterns of Action or NotAction with their places.
    pub(super) fn actions(&self) -> Vec<(String, &'s str)> {
        let (name, values) = match &self.statement.action {
            ActionElement::Action(values) => ("Action", values),
            ActionElement::NotAction(values) => ("NotAction", values),
        };
        each(format!("{}/{name}", self.pointer()), values)
    }

    /// The patterns of Resource or NotResource with their places.
    pub(super) fn resources(&self) -> Vec<(String, &'s str)> {
        let (name, values) = match &self.statement.resource {
            Some(ResourceElement::Resource(values)) => ("Resource", values),
            Some(ResourceElement::NotResource(values)) => ("NotResource", values),
            None => return Vec::new(),
        };
        each(format!("{}/{name}", self.pointer()), values)
    }
}

impl<'s> Comparison<'s> {
    /// The operator taken apart; None for `Null` and for what is no operator.
    pub(super) fn parsed(&self) -> Option<Operator> {
        Operator::parse(&self.operator.to_ascii_lowercase())
    }

    pub(super) fn is_null(&self) -> bool {
        self.operator.eq_ignore_ascii_case("null")
    }

    /// The values as text with their places.
    pub(super) fn texts(&self) -> impl Iterator<Item = (String, &'s str)> {
        let bare = self.values.bare;
        let items = self.values.items.iter().enumerate();
        items.map(move |(at, value)| (item(&self.pointer, bare, at), value.text()))
    }
}

/// Each value of an element with its place.
pub(super) fn each(pointer: String, values: &Values) -> Vec<(String, &str)> {
    let items = values.items.iter().enumerate();
    items
        .map(|(at, text)| (item(&pointer, values.bare, at), text.as_str()))
        .collect()
}

fn item(pointer: &str, bare: bool, at: usize) -> String {
    if bare {
        return pointer.to_owned();
    }
    format!("{pointer}/{at}")
}
