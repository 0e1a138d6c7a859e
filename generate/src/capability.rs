//! Capabilities: what the grants of a role let it do, service by service, before and after.

use crate::draft::kept;
use crate::grants::Grants;
use crate::rule::Rule;
use iam::catalogue::Capability;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a role can do in one service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Abilities {
    pub(crate) before: BTreeSet<&'static str>,
    pub(crate) after: BTreeSet<&'static str>,
    /// On which resources, after.
    pub(crate) resources: BTreeSet<String>,
}

/// By service prefix.
pub(crate) type ByService = BTreeMap<String, Abilities>;

/// What the grants of a role let it do, before and after.
pub(crate) fn abilities(allows: &[Rule], grants: &Grants) -> ByService {
    let mut services = ByService::new();
    for (rule, grants) in allows.iter().zip(&grants.of_rule) {
        for grant in grants {
            let Some((service, _)) = grant.action.split_once(':') else {
                continue;
            };
            if !services.contains_key(service) {
                services.insert(service.to_owned(), Abilities::default());
            }
            let Some(own) = services.get_mut(service) else {
                continue;
            };
            let names = grant.capabilities.iter().copied().map(Capability::as_str);
            own.before.extend(names.clone());
            if let Some(kept) = kept(rule, grant) {
                own.after.extend(names);
                let all_but = if kept.all_but { "all but " } else { "" };
                let texts = kept.resources.iter().map(|text| format!("{all_but}{text}"));
                own.resources.extend(texts);
            }
        }
    }
    services
}
