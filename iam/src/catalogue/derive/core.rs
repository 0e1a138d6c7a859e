//! The core table: facts, numbered and packed.

use super::facts::{ActionFact, Facts};
use crate::catalogue::tables::{ActionTable, Core, ResourceTypeTable};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers of everything the tables refer to.
#[derive(Debug, Default)]
pub(crate) struct Ids<'f> {
    services: BTreeMap<&'f str, u32>,
    keys: BTreeMap<&'f str, u32>,
    actions: BTreeMap<&'f str, u32>,
    types: BTreeMap<(&'f str, &'f str), u32>,
    retired: BTreeSet<u32>,
}

impl<'f> Ids<'f> {
    /// Numbers the facts in the order of the tables.
    pub(crate) fn new(facts: &'f Facts) -> Self {
        let services: BTreeSet<&str> = facts.actions.values().map(|a| a.service.as_str()).collect();
        let of_actions = facts.actions.values().flat_map(|action| &action.keys);
        let of_types = facts.types.values().flat_map(|kind| &kind.keys);
        let keys: BTreeSet<&str> = of_actions.chain(of_types).map(String::as_str).collect();
        let types = facts.types.keys().map(|(s, t)| (s.as_str(), t.as_str()));
        Self {
            services: services.into_iter().zip(0..).collect(),
            keys: keys.into_iter().zip(0..).collect(),
            actions: facts.actions.keys().map(String::as_str).zip(0..).collect(),
            types: types.zip(0..).collect(),
            retired: retired(facts).collect(),
        }
    }

    /// Whether AWS no longer has the action with that id.
    pub(crate) fn is_retired(&self, action: u32) -> bool {
        self.retired.contains(&action)
    }

    /// The id of an action by lower-case name.
    pub(crate) fn action(&self, name: &str) -> Option<u32> {
        self.actions.get(name).copied()
    }

    /// The id of a resource type by service and lower-case name.
    pub(crate) fn resource_type(&self, service: &str, name: &str) -> Option<u32> {
        self.types.get(&(service, name)).copied()
    }

    /// The id of a service.
    pub(crate) fn service(&self, prefix: &str) -> Option<u32> {
        self.services.get(prefix).copied()
    }

    fn keys<'k>(&self, keys: impl IntoIterator<Item = &'k String>) -> Vec<u32> {
        let ids = keys.into_iter().map(|key| self.keys.get(key.as_str()));
        ids.flatten().copied().collect()
    }

    fn resources(&self, action: &ActionFact) -> Vec<u32> {
        let packed = action.resources.iter().filter_map(|(name, required)| {
            let id = self.resource_type(&action.service, name)?;
            Some(id << 1 | u32::from(*required))
        });
        packed.collect()
    }
}

/// The core table without what hand-written files and models add.
pub(crate) fn tables(facts: &Facts, ids: &Ids<'_>) -> Core {
    Core {
        services: ids.services.keys().copied().collect(),
        condition_keys: ids.keys.keys().copied().collect(),
        actions: actions(facts, ids),
        resource_types: resource_types(facts, ids),
        ..Core::default()
    }
}

/// Ids of retired actions, ascending.
fn retired(facts: &Facts) -> impl Iterator<Item = u32> {
    let actions = facts.actions.values().zip(0..);
    actions
        .filter(|(action, _)| action.retired)
        .map(|(_, id)| id)
}

fn actions(facts: &Facts, ids: &Ids<'_>) -> ActionTable {
    let actions = || facts.actions.values();
    ActionTable {
        names: actions().map(|action| action.name.as_str()).collect(),
        services: actions()
            .filter_map(|action| ids.service(&action.service))
            .collect(),
        levels: actions().map(|action| action.level as u8).collect(),
        retired: retired(facts).collect(),
        resources: actions().map(|action| ids.resources(action)).collect(),
        condition_keys: actions().map(|action| ids.keys(&action.keys)).collect(),
        dependents: actions()
            .map(|action| {
                let names = action.dependents.iter();
                names.filter_map(|name| ids.action(name)).collect()
            })
            .collect(),
        ..ActionTable::default()
    }
}

fn resource_types(facts: &Facts, ids: &Ids<'_>) -> ResourceTypeTable {
    let types = || facts.types.values();
    let arns: BTreeSet<&str> = types()
        .flat_map(|kind| &kind.arns)
        .map(String::as_str)
        .collect();
    let numbers: BTreeMap<&str, u32> = arns.iter().copied().zip(0..).collect();
    ResourceTypeTable {
        names: types().map(|kind| kind.name.as_str()).collect(),
        services: facts
            .types
            .keys()
            .filter_map(|(service, _)| ids.service(service))
            .collect(),
        patterns: types()
            .map(|kind| {
                let arns = kind.arns.iter().map(|arn| numbers.get(arn.as_str()));
                arns.flatten().copied().collect()
            })
            .collect(),
        arns: arns.into_iter().collect(),
        condition_keys: types().map(|kind| ids.keys(&kind.keys)).collect(),
    }
}
