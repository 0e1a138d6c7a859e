//! Greenfield: a policy from usage alone, for roles whose policies of today are not known.

use crate::draft::{Item, Kept, Part};
use crate::kinds::takes_none;
use crate::need::{Granularity, Need, Surroundings, speaks};
use crate::sid::of_service;
use iam::catalogue::Catalogue;
use iam::usage::Usage;
use std::collections::{BTreeMap, BTreeSet};

/// One part a service, with what was used or failed, and one with what takes no resource. Where the log does not say which
/// resource, any may have been meant.
pub(crate) fn items(
    rows: &[&Usage],
    granularity: Granularity,
    surroundings: &Surroundings<'_>,
    catalogue: &Catalogue,
) -> Vec<Item> {
    let mut services: BTreeMap<(&str, bool), BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
    let needs = surroundings.needs(rows, granularity);
    for (row, need) in rows.iter().zip(needs).filter(|(row, _)| speaks(row)) {
        let Some((service, _)) = row.action.split_once(':') else {
            continue;
        };
        let resources = services
            .entry((
                service,
                catalogue.action(&row.action).is_some_and(takes_none),
            ))
            .or_default()
            .entry(&row.action)
            .or_default();
        match need {
            Need::Resources(pieces) => resources.extend(pieces),
            Need::Unknown => drop(resources.insert("*".to_owned())),
        }
    }
    let parts = services.into_iter().map(|((service, _), actions)| {
        let kept = actions.into_iter().map(|(action, resources)| {
            let any = resources.contains("*");
            let resources = if any {
                vec!["*".to_owned()]
            } else {
                resources.into_iter().collect()
            };
            let kept = Kept {
                all_but: false,
                resources,
            };
            (action.to_owned(), kept)
        });
        Item::Allow(Part {
            sid: Some(of_service(service)),
            kept: kept.collect(),
            ..Part::default()
        })
    });
    parts.collect()
}

/// The actions that a policy from usage allows.
pub(crate) fn actions<'u>(rows: &[&'u Usage]) -> BTreeSet<&'u str> {
    let rows = rows.iter().filter(|row| speaks(row));
    rows.map(|row| row.action.as_str()).collect()
}

/// Actions whose resource the log does not name: granted on `*`.
pub(crate) fn unknown(rows: &[&Usage]) -> Vec<String> {
    let rows = rows
        .iter()
        .filter(|row| speaks(row) && row.template.is_none());
    let actions: BTreeSet<String> = rows.map(|row| row.action.clone()).collect();
    actions.into_iter().collect()
}
