//! Conditions that all evidence agrees on, each only when asked for.
//!
//! A condition is learned of an action that nothing but evidence keeps: what stays because the log could not have shown its
//! use, or because it is declared, is not narrowed by the uses that happened to be seen. A statement of today that has the
//! key keeps its own condition. `aws:PrincipalOrgID` cannot be learned: no record says which organization its caller is of.

mod keys;

use crate::draft::{Item, Part};
use crate::grants::Grants;
use crate::need::speaks;
use iam::catalogue::Catalogue;
use iam::policy::{Condition, ConditionValues, Scalar};
use iam::usage::Usage;
use keys::{KEYS, Key};
use std::collections::{BTreeMap, BTreeSet};

/// A condition that evidence can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Learned {
    /// `kms:ViaService`: keys used only by services in the role's name.
    KmsViaService,
    /// `iam:PassedToService`: the services that roles were passed to.
    PassedToService,
    /// `ec2:CreateAction`: the calls that tagged what they created.
    CreateAction,
    /// `aws:SourceVpce`: the endpoints that every call came through.
    SourceVpce,
}

const OPERATOR: &str = "StringEquals";

/// What conditions are learned from.
pub(crate) struct Lessons<'a> {
    asked: &'a [Learned],
    /// The rows that speak for an action, by its lower-case name.
    rows: BTreeMap<String, Vec<&'a Usage>>,
    catalogue: &'a Catalogue,
}

impl<'a> Lessons<'a> {
    /// The rows of a role, and the conditions that were asked for.
    pub(crate) fn new(rows: &[&'a Usage], asked: &'a [Learned], catalogue: &'a Catalogue) -> Self {
        let mut by_action: BTreeMap<String, Vec<&Usage>> = BTreeMap::new();
        for row in rows.iter().filter(|row| !asked.is_empty() && speaks(row)) {
            let rows = by_action.entry(row.action.to_ascii_lowercase());
            rows.or_default().push(row);
        }
        Self {
            asked,
            rows: by_action,
            catalogue,
        }
    }

    /// Without the actions of which more stays than was seen.
    pub(crate) fn within(mut self, grants: &Grants) -> Self {
        let grants = grants.of_rule.iter().flatten();
        for grant in grants.filter(|grant| grant.unseen) {
            self.rows.remove(&grant.action.to_ascii_lowercase());
        }
        self
    }

    /// The values of a key that hold for every row of an action.
    fn values(&self, key: &Key, action: &str) -> Option<BTreeSet<String>> {
        let action = action.to_ascii_lowercase();
        let rows = self.rows.get(&action)?;
        let values = action.starts_with(key.actions).then_some(key.values)?;
        values(rows, self.catalogue).filter(|values| !values.is_empty())
    }
}

/// The items with the conditions that were asked for.
pub(crate) fn narrowed(items: Vec<Item>, lessons: &Lessons<'_>) -> Vec<Item> {
    let asked = |key: &&Key| lessons.asked.contains(&key.learned);
    KEYS.iter().filter(asked).fold(items, |items, key| {
        let narrowed = items.into_iter().flat_map(|item| match item {
            Item::Allow(part) if !names(&part.condition, key.name) => {
                let parts = split(part, key, lessons).into_iter();
                parts.map(Item::Allow).collect()
            }
            other => vec![other],
        });
        narrowed.collect()
    })
}

fn names(condition: &Condition, key: &str) -> bool {
    let keys = condition.0.iter().flat_map(|(_, keys)| keys);
    keys.into_iter()
        .any(|(name, _)| name.eq_ignore_ascii_case(key))
}

/// The actions whose evidence agrees on the key, apart, with that condition.
fn split(part: Part, key: &Key, lessons: &Lessons<'_>) -> Vec<Part> {
    let mut plain = part.clone();
    plain.kept.clear();
    let mut parts: Vec<Part> = Vec::new();
    for (action, kept) in &part.kept {
        let Some(values) = lessons.values(key, action) else {
            plain.kept.push((action.clone(), kept.clone()));
            continue;
        };
        let condition = with(&part.condition, key.name, values);
        let own = parts.iter_mut().find(|own| own.condition == condition);
        match own {
            Some(own) => own.kept.push((action.clone(), kept.clone())),
            None => parts.push(Part {
                condition,
                kept: vec![(action.clone(), kept.clone())],
                ..part.clone()
            }),
        }
    }
    if !plain.kept.is_empty() {
        parts.insert(0, plain);
    }
    parts
}

fn with(condition: &Condition, key: &str, values: BTreeSet<String>) -> Condition {
    let mut condition = condition.clone();
    let values = ConditionValues {
        bare: values.len() == 1,
        items: values.into_iter().map(Scalar::Text).collect(),
    };
    let key = (key.to_owned(), values);
    match condition.0.iter_mut().find(|(name, _)| name == OPERATOR) {
        Some((_, keys)) => keys.push(key),
        None => condition.0.push((OPERATOR.to_owned(), vec![key])),
    }
    condition
}
