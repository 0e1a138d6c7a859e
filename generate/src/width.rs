//! Widths: for each wildcard of a proposal, how many seen resources it stands for, and what it adds beyond them.

use crate::need::{Surroundings, is_wild, speaks};
use iam::policy::{Effect, Pattern, Policy, ResourceElement, Statement, action_applies};
use iam::usage::Usage;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Examples of what a wildcard adds.
const EXAMPLES: usize = 3;

/// A resource pattern of a proposal that stands for more than one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Wildcard {
    pub(crate) pattern: String,
    /// Resources seen that it stands for, with the actions of its statements.
    pub(crate) seen: u64,
    /// The log does not name the resource of some calls that it stands for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unnamed: bool,
    /// Resources that other calls used, which it newly reaches; null: it reaches across containers, so not counted.
    pub(crate) adds_known: Option<usize>,
    /// Some of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) examples: Vec<String>,
    /// Written so today.
    pub(crate) of_today: bool,
}

/// The wildcards of a proposal, in order.
pub(crate) fn wildcards(
    documents: &[Policy],
    rows: &[&Usage],
    today: &BTreeSet<&str>,
    surroundings: &Surroundings<'_>,
) -> Vec<Wildcard> {
    let mut statements_of: BTreeMap<&str, Vec<&Statement>> = BTreeMap::new();
    for statement in documents.iter().flat_map(|document| &document.statements) {
        let Some(ResourceElement::Resource(values)) = &statement.resource else {
            continue;
        };
        for text in values.items.iter().filter(|text| is_wild(text)) {
            if statement.effect == Effect::Allow {
                statements_of.entry(text).or_default().push(statement);
            }
        }
    }
    let rows: Vec<&Usage> = rows.iter().copied().filter(|row| speaks(row)).collect();
    let widths = statements_of.into_iter();
    widths
        .map(|(text, statements)| {
            let own = rows.iter().filter(|row| {
                statements
                    .iter()
                    .any(|s| action_applies(&s.action, &row.action))
            });
            let own: Vec<&Usage> = own.copied().collect();
            wildcard(text, &own, today.contains(text), surroundings)
        })
        .collect()
}

fn wildcard(
    text: &str,
    rows: &[&Usage],
    of_today: bool,
    surroundings: &Surroundings<'_>,
) -> Wildcard {
    let pattern = Pattern::new(text);
    let (mut seen, mut beyond) = (BTreeSet::new(), 0);
    for row in rows {
        let before = seen.len();
        let matched = row.resources.iter().filter(|r| matches(&pattern, r));
        seen.extend(matched.map(String::as_str));
        if seen.len() > before {
            beyond += row
                .resources_total
                .saturating_sub(row.resources.len() as u64);
        }
    }
    let added = surroundings.added(text, &pattern, &seen);
    Wildcard {
        pattern: text.to_owned(),
        seen: seen.len() as u64 + beyond,
        unnamed: rows.iter().any(|row| row.template.is_none()),
        adds_known: added.as_ref().map(Vec::len),
        examples: added.into_iter().flatten().take(EXAMPLES).collect(),
        of_today,
    }
}

fn matches(pattern: &Pattern, resource: &str) -> bool {
    pattern.matches(&Pattern::new(resource).sample(""))
}

impl Surroundings<'_> {
    /// Known resources of the pattern's container that it stands for and that are not among those seen.
    fn added(&self, text: &str, pattern: &Pattern, seen: &BTreeSet<&str>) -> Option<Vec<String>> {
        let place = self
            .places
            .of(text)
            .filter(|place| !is_wild(place.container))?;
        let names = self.known.names(place.container);
        let resources = names.map(|name| format!("{}{name}", place.container));
        Some(
            resources
                .filter(|resource| matches(pattern, resource) && !seen.contains(resource.as_str()))
                .collect(),
        )
    }
}
