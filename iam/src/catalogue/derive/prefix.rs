//! The prefix of a model: which IAM service its operations belong to (step B0), and its labels (step B5).

use super::{facts::Facts, map_file::MapFile, model::Model};
use crate::catalogue::event::norm;

/// Prefixes a model may belong to, in order.
pub(crate) fn candidates(model: &Model, map: &MapFile, facts: &Facts) -> Vec<String> {
    let metadata = &model.metadata;
    let mut names: Vec<String> = Vec::new();
    for text in [
        &metadata.service_id,
        &metadata.service_abbreviation,
        &metadata.service_full_name,
    ] {
        let bare = text.strip_prefix("Amazon ").or(text.strip_prefix("AWS "));
        names.extend(map.prefix(text).map(str::to_owned));
        names.extend(bare.and_then(|bare| map.prefix(bare)).map(str::to_owned));
        names.push(text.to_lowercase().replace(' ', "-"));
        names.push(norm(text));
    }
    let endpoint = &metadata.endpoint_prefix;
    let parts = || endpoint.split('.').map(str::to_owned);
    names.push(metadata.signing_name.clone());
    names.push(endpoint.clone());
    names.extend(parts().next_back());
    names.extend(parts().next());
    names.push(model.name.clone());
    names.push(model.name.replace('-', ""));
    names.extend(model.name.strip_suffix("v2").map(str::to_owned));
    names.extend(model.name.split('-').next().map(str::to_owned));
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if facts.services.contains(&name) && !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

/// The candidate under which most operation names are actions; the earliest of equals.
pub(crate) fn prefix<'c>(
    model: &Model,
    candidates: &'c [String],
    facts: &Facts,
) -> Option<&'c str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let names = model.operations.keys();
        let count = names
            .filter(|name| facts.current(&format!("{candidate}:{name}")).is_some())
            .count();
        if best.is_none_or(|(most, _)| count > most) {
            best = Some((count, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Labels of the event sources a model may log under, sorted.
pub(crate) fn labels(model: &Model) -> Vec<String> {
    let metadata = &model.metadata;
    let names = [
        &model.name,
        &metadata.endpoint_prefix,
        &metadata.signing_name,
    ];
    let mut labels: Vec<String> = names
        .into_iter()
        .filter(|name| !name.is_empty())
        .map(|name| name.to_ascii_lowercase())
        .collect();
    labels.sort();
    labels.dedup();
    labels
}
