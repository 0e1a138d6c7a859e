//! Changes: what differs between two catalogues, in the words of a reviewer.

use super::event::{ArnTemplate, Operation};
use super::{Action, Catalogue};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The differences between two catalogues, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Version of the older one.
    pub from: String,
    /// Version of the newer one.
    pub to: String,
    /// Actions that are current now and were not.
    pub added: Vec<String>,
    /// Actions that were current and are not.
    pub retired: Vec<String>,
    /// Action → old and new access level.
    pub relevelled: BTreeMap<String, (String, String)>,
    /// Operation (`model.Name`) → old and new actions.
    pub operations: BTreeMap<String, (Vec<String>, Vec<String>)>,
    /// Operation → old and new templates.
    pub templates: BTreeMap<String, (Vec<String>, Vec<String>)>,
}

impl Changes {
    /// Whether nothing but the version differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.retired.is_empty()
            && self.relevelled.is_empty()
            && self.operations.is_empty()
            && self.templates.is_empty()
    }
}

impl Catalogue {
    /// What `newer` changes.
    pub fn changes(&self, newer: &Self) -> Changes {
        let (before, after) = (self.levels(), newer.levels());
        let gone = |of: &BTreeMap<&str, &str>, from: &BTreeMap<&str, &str>| {
            let names = from.keys().filter(|name| !of.contains_key(*name));
            names.map(|name| (*name).to_owned()).collect()
        };
        let relevelled = before.iter().filter_map(|(name, old)| {
            let new = after.get(name).filter(|new| *new != old)?;
            Some(((*name).to_owned(), ((*old).to_owned(), (*new).to_owned())))
        });
        Changes {
            from: self.version().to_owned(),
            to: newer.version().to_owned(),
            added: gone(&before, &after),
            retired: gone(&after, &before),
            relevelled: relevelled.collect(),
            operations: differing(self.resolutions(), newer.resolutions()),
            templates: differing(self.all_templates(), newer.all_templates()),
        }
    }

    fn levels(&self) -> BTreeMap<&str, &str> {
        let actions = self.actions();
        actions
            .map(|action: Action<'_>| (action.name(), action.level().as_str()))
            .collect()
    }

    /// Operation → names of its actions; unresolved ones have none.
    fn resolutions(&self) -> BTreeMap<String, Vec<String>> {
        let resolve = |model: usize, name: &str| {
            let row = self.core.events.models.get(model)?;
            let irregular = self.core.events.irregular.get(&row.name);
            let irregular = irregular.and_then(|rows| rows.get(&name.to_ascii_lowercase()));
            let ids = irregular.into_iter().flatten();
            let names = ids.filter_map(|id| self.get(super::ActionId(*id)));
            let mut names: Vec<String> = names.map(|action| action.name().to_owned()).collect();
            let service = row
                .service
                .and_then(|at| self.core.services.get(at as usize));
            if let (true, Some(service)) = (names.is_empty(), service) {
                let own = self.action(&format!("{service}:{name}"));
                names.extend(own.map(|action| action.name().to_owned()));
            }
            Some(names)
        };
        self.per_operation(resolve)
    }

    fn all_templates(&self) -> BTreeMap<String, Vec<String>> {
        self.per_operation(|model, name| {
            let operation = self.operation_of(model, name)?;
            Some(self.describe_templates(&operation))
        })
    }

    fn per_operation<T>(&self, ask: impl Fn(usize, &str) -> Option<T>) -> BTreeMap<String, T> {
        let models = self.core.events.models.iter().enumerate();
        let rows = models.zip(&self.operations().models);
        let operations = rows
            .flat_map(|((at, model), table)| table.names.iter().map(move |name| (at, model, name)));
        operations
            .filter_map(|(at, model, name)| {
                Some((format!("{}.{name}", model.name), ask(at, name)?))
            })
            .collect()
    }

    /// The templates of an operation as text, `type: Variable < Member` each.
    pub fn describe_templates(&self, operation: &Operation) -> Vec<String> {
        let templates = operation.templates.iter();
        templates
            .map(|template| {
                let kind = self.resource_type(template.resource_type);
                let name = kind.map_or("?", |kind| kind.name());
                format!("{name}: {template}")
            })
            .collect()
    }
}

/// Keys whose values differ; a key of one side only counts as empty on the other.
fn differing<T: Default + PartialEq>(
    mut before: BTreeMap<String, T>,
    mut after: BTreeMap<String, T>,
) -> BTreeMap<String, (T, T)> {
    let keys: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
    keys.into_iter()
        .map(|key| {
            let old = before.remove(&key).unwrap_or_default();
            let new = after.remove(&key).unwrap_or_default();
            (key, (old, new))
        })
        .filter(|(_, (old, new))| old != new)
        .collect()
}

impl fmt::Display for ArnTemplate {
    /// `ARN < Member, Variable < Member`; a constant ARN has neither.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |list: bool| if list { "[]" } else { "" };
        let arn = self.arn_member.iter();
        let arn = arn.map(|member| format!("ARN < {}{}", member.name, list(member.list)));
        let fills = self.fills.iter();
        let fills = fills
            .map(|(variable, member)| format!("{variable} < {}{}", member.name, list(member.list)));
        let whole = self.arn.iter().map(|template| format!("is {template}"));
        let parts: Vec<String> = arn.chain(fills).chain(whole).collect();
        f.write_str(match parts.is_empty() {
            true => "constant",
            false => "",
        })?;
        f.write_str(&parts.join(", "))
    }
}
