//! Checks against the previous catalogue: a refresh that loses much is a broken source, not news.

use super::{DeriveError, Sources, facts::Facts};
use crate::catalogue::Catalogue;
use std::collections::{BTreeMap, BTreeSet};

/// Stops when a service is gone whose loss nobody accepted.
pub(crate) fn services(
    facts: &Facts,
    previous: &Catalogue,
    accepted: &BTreeSet<String>,
) -> Result<(), DeriveError> {
    let mut before = previous.services();
    let gone = before.find(|s| !facts.services.contains(*s) && !accepted.contains(*s));
    match gone {
        Some(service) => Err(DeriveError::RemovedService {
            service: service.to_owned(),
        }),
        None => Ok(()),
    }
}

/// Stops when actions are gone whose loss nobody accepted, be it one by one or with their service.
pub(crate) fn actions(
    facts: &Facts,
    previous: &Catalogue,
    sources: &Sources,
) -> Result<(), DeriveError> {
    let accepted = sources.retired_actions.iter();
    let accepted: BTreeSet<String> = accepted.map(|name| name.to_ascii_lowercase()).collect();
    let gone: Vec<String> = previous
        .actions()
        .filter(|action| facts.current(action.name()).is_none())
        .filter(|action| !sources.retired_services.contains(action.service()))
        .map(|action| action.name().to_owned())
        .filter(|name| !accepted.contains(&name.to_ascii_lowercase()))
        .collect();
    match gone.is_empty() {
        true => Ok(()),
        false => Err(DeriveError::RemovedActions { actions: gone }),
    }
}

/// Stops when more than 2 % of the actions, operations or templates are gone.
pub(crate) fn counts(
    summary: &BTreeMap<&'static str, usize>,
    previous: &Catalogue,
) -> Result<(), DeriveError> {
    let templates = summary
        .iter()
        .filter(|(name, _)| name.starts_with("templates: "));
    let before = previous.operations().models.iter();
    let operations = before.clone().map(|model| model.names.len()).sum();
    let stored: usize = before.map(|model| previous.count_templates(model)).sum();
    let count = |name: &str| summary.get(name).copied().unwrap_or(0);
    for (what, before, now) in [
        ("actions", previous.actions().count(), count("actions")),
        ("operations", operations, count("operations")),
        ("templates", stored, templates.map(|(_, count)| count).sum()),
    ] {
        if now * 100 < before * 98 {
            return Err(DeriveError::Shrunk { what, before, now });
        }
    }
    Ok(())
}
