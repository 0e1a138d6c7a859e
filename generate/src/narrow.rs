//! Conditions that all evidence agrees on, each only when asked for.
//!
//! The usage tells which services made calls in the role's name, so `kms:ViaService` can be learned from it. What a passed
//! role was passed to, by which call a tag was made and whether every call came through an endpoint is not in the usage, so
//! no condition is made of it.

use crate::draft::{Item, Part};
use crate::need::speaks;
use iam::policy::{Condition, ConditionValues, Scalar};
use iam::usage::{Usage, Via};
use std::collections::BTreeSet;

/// A condition that evidence can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Learned {
    /// `kms:ViaService`: keys used only by services in the role's name.
    KmsViaService,
}

const OPERATOR: &str = "StringEquals";
const VIA_SERVICE: &str = "kms:ViaService";

/// The items with the conditions that were asked for.
pub(crate) fn narrowed(items: Vec<Item>, rows: &[&Usage], asked: &[Learned]) -> Vec<Item> {
    if !asked.contains(&Learned::KmsViaService) {
        return items;
    }
    let mut out = Vec::new();
    for item in items {
        match item {
            Item::Allow(part) if !names_service(&part.condition) => {
                out.extend(split(part, rows).into_iter().map(Item::Allow));
            }
            other => out.push(other),
        }
    }
    out
}

fn names_service(condition: &Condition) -> bool {
    let keys = condition.0.iter().flat_map(|(_, keys)| keys);
    keys.into_iter()
        .any(|(key, _)| key.eq_ignore_ascii_case(VIA_SERVICE))
}

/// The actions that every call needed only through a service, apart, with that condition.
fn split(part: Part, rows: &[&Usage]) -> Vec<Part> {
    let mut plain = part.clone();
    plain.kept.clear();
    let mut parts: Vec<Part> = Vec::new();
    for (action, kept) in &part.kept {
        let Some(services) = services(action, rows) else {
            plain.kept.push((action.clone(), kept.clone()));
            continue;
        };
        let condition = with(&part.condition, services);
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

/// The services that made every call of a KMS action, as `kms:ViaService` names them; none when some call was direct, or
/// made by a service that the log does not name.
fn services(action: &str, rows: &[&Usage]) -> Option<Vec<String>> {
    if !action.to_ascii_lowercase().starts_with("kms:") {
        return None;
    }
    let own = rows
        .iter()
        .filter(|row| speaks(row) && row.action.eq_ignore_ascii_case(action));
    let mut services = BTreeSet::new();
    for row in own {
        if row.via != Via::Forwarded || row.invoked_by.is_empty() || row.regions.is_empty() {
            return None;
        }
        for service in &row.invoked_by {
            let name = service.strip_suffix(".amazonaws.com")?;
            let regions = row.regions.iter();
            services.extend(regions.map(|region| format!("{name}.{region}.amazonaws.com")));
        }
    }
    (!services.is_empty()).then(|| services.into_iter().collect())
}

fn with(condition: &Condition, services: Vec<String>) -> Condition {
    let mut condition = condition.clone();
    let values = ConditionValues {
        bare: services.len() == 1,
        items: services.into_iter().map(Scalar::Text).collect(),
    };
    let key = (VIA_SERVICE.to_owned(), values);
    match condition.0.iter_mut().find(|(name, _)| name == OPERATOR) {
        Some((_, keys)) => keys.push(key),
        None => condition.0.push((OPERATOR.to_owned(), vec![key])),
    }
    condition
}
