//! Packing: derived models as table rows.

use super::core::Ids;
use super::operations::{DerivedModel, DerivedOperation};
use super::resolution::Rule;
use super::templates::TypeTemplate;
use crate::catalogue::columns::Rows;
use crate::catalogue::event::Member;
use crate::catalogue::tables::{EventTable, ModelRow, OperationTable, Operations};
use std::collections::{BTreeMap, BTreeSet};

/// Adds models and irregular operations to the event table.
pub(crate) fn events(models: &[DerivedModel], ids: &Ids<'_>, table: &mut EventTable) {
    for model in models {
        table.models.push(ModelRow {
            name: model.name.clone(),
            service: model
                .prefix
                .as_deref()
                .and_then(|prefix| ids.service(prefix)),
            labels: model.labels.clone(),
        });
        let mut irregular = BTreeMap::new();
        let mut free = BTreeMap::new();
        for (key, operation) in &model.operations {
            let resolution = operation.resolution.as_ref();
            if let Some(found) = resolution.filter(|found| found.rule != Rule::SameName) {
                let actions = found.actions.iter().filter_map(|name| ids.action(name));
                irregular.insert(key.clone(), actions.collect());
            }
            if let Some(reason) = operation.free {
                free.insert(key.clone(), reason.to_owned());
            }
        }
        if !irregular.is_empty() {
            table.irregular.insert(model.name.clone(), irregular);
        }
        if !free.is_empty() {
            table.free.insert(model.name.clone(), free);
        }
    }
}

/// The operations table.
pub(crate) fn operations(models: &[DerivedModel], ids: &Ids<'_>) -> Operations {
    let texts: BTreeSet<&str> = models
        .iter()
        .flat_map(|model| model.operations.values())
        .flat_map(texts)
        .collect();
    let numbers: BTreeMap<&str, u32> = texts.iter().copied().zip(0..).collect();
    let packer = Packer {
        ids,
        texts: &numbers,
    };
    Operations {
        models: models.iter().map(|model| packer.model(model)).collect(),
        texts: texts.into_iter().collect(),
    }
}

fn texts(operation: &DerivedOperation) -> impl Iterator<Item = &str> {
    let templates = operation.templates.iter().flat_map(|template| {
        let fills = template.fills.iter();
        let fills = fills.flat_map(|(variable, member, _)| [variable, &member.name]);
        let member = template.arn_member.iter().map(|member| &member.name);
        fills.chain(member).chain(&template.arn)
    });
    let roles = operation.roles.iter().map(|role| &role.path);
    templates
        .chain(roles)
        .chain(&operation.uri)
        .map(String::as_str)
}

struct Packer<'p> {
    ids: &'p Ids<'p>,
    texts: &'p BTreeMap<&'p str, u32>,
}

impl Packer<'_> {
    fn model(&self, model: &DerivedModel) -> OperationTable {
        let operations = || model.operations.values();
        let templates = operations().map(|operation| self.templates(operation));
        let roles = operations().map(|operation| {
            let roles = operation.roles.iter();
            let packed = roles.map(|role| self.text(&role.path) << 1 | u32::from(role.certain));
            packed.collect()
        });
        let uris = operations().zip(0..).filter_map(|(operation, index)| {
            let uri = operation.uri.as_deref()?;
            Some((index, self.text(uri)))
        });
        OperationTable {
            names: operations()
                .map(|operation| operation.name.as_str())
                .collect(),
            templates: templates.collect::<Rows>(),
            roles: roles.collect(),
            uris: uris.collect(),
        }
    }

    fn templates(&self, operation: &DerivedOperation) -> Vec<u32> {
        let packed = operation.templates.iter().filter_map(|template| {
            let ids = self.ids;
            let id = ids.resource_type(&template.service, &template.resource_type)?;
            Some(self.template(id, template))
        });
        packed.flatten().collect()
    }

    /// As `catalogue/operations.rs` reads it.
    fn template(&self, id: u32, template: &TypeTemplate) -> Vec<u32> {
        let fills = u32::try_from(template.fills.len()).unwrap_or(0);
        let flags = u32::from(template.arn_member.is_some())
            | u32::from(template.arn.is_some()) << 1
            | fills << 2;
        let mut packed = vec![id, flags];
        packed.extend(template.arn_member.iter().map(|member| self.member(member)));
        packed.extend(template.arn.iter().map(|arn| self.text(arn)));
        for (variable, member, _) in &template.fills {
            packed.extend([self.text(variable), self.member(member)]);
        }
        packed
    }

    fn member(&self, member: &Member) -> u32 {
        self.text(&member.name) << 1 | u32::from(member.list)
    }

    fn text(&self, text: &str) -> u32 {
        self.texts.get(text).copied().unwrap_or(0)
    }
}
