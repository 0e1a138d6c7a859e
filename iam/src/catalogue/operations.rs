//! API operations: their packed rows as the plain data of [`super::event`].
//!
//! A template is packed as: resource type, flags, then what the flags announce. Flag bit 0: a member holds the
//! whole ARN; bit 1: a whole-ARN template; the rest: number of fills. A member is its text × 2, plus 1 for a
//! list; a fill is the text of its variable and its member.

use super::event::{ArnTemplate, Member, Operation, RoleParameter};
use super::tables::{OperationTable, Operations};
use super::{Catalogue, ResourceTypeId};

impl Catalogue {
    /// The operation an event of this label is about. Where several models of the label have it (Classic and
    /// current load balancers), the first one, with the templates and roles of all.
    pub(crate) fn operation(&self, label: &str, name: &str) -> Option<Operation> {
        let own = self.models_of(label).into_iter();
        let found: Vec<Operation> = own
            .filter_map(|(at, _)| self.operation_of(at, name))
            .collect();
        if let Some(merged) = merge(found) {
            return Some(merged);
        }
        let prefixes = self.prefixes(label);
        let models = self.models_under(&prefixes, label).into_iter();
        models
            .filter_map(|(at, _)| self.operation_of(at, name))
            .next()
    }

    /// Number of templates of a model's operations.
    pub(crate) fn count_templates(&self, table: &OperationTable) -> usize {
        let operations = self.operations();
        (0..table.names.len())
            .map(|index| operations.templates(table, index).len())
            .sum()
    }

    /// The operation of that lower-case name in a model.
    pub(crate) fn operation_of(&self, model: usize, name: &str) -> Option<Operation> {
        let operations = self.operations();
        let table = operations.models.get(model)?;
        let index = table.names.find_ignoring_case(name)?;
        let uri = u32::try_from(index).ok().and_then(|at| table.uris.get(&at));
        Some(Operation {
            model: self.core.events.models.get(model)?.name.clone(),
            name: table.names.get(index)?.to_owned(),
            uri: uri.and_then(|text| operations.text(*text)),
            templates: operations.templates(table, index),
            roles: operations.roles(table, index),
        })
    }
}

impl Operations {
    fn text(&self, at: u32) -> Option<String> {
        self.texts.get(at as usize).map(str::to_owned)
    }

    fn templates(&self, table: &OperationTable, index: usize) -> Vec<ArnTemplate> {
        let mut packed = table.templates.get(index).iter().copied();
        std::iter::from_fn(|| self.template(&mut packed)).collect()
    }

    fn template(&self, packed: &mut impl Iterator<Item = u32>) -> Option<ArnTemplate> {
        let resource_type = ResourceTypeId(packed.next()?);
        let flags = packed.next()?;
        let arn_member = match flags & 1 {
            1 => self.member(packed.next()?),
            _ => None,
        };
        let arn = match flags & 2 {
            2 => self.text(packed.next()?),
            _ => None,
        };
        let mut fills = Vec::new();
        for _ in 0..flags >> 2 {
            let variable = self.text(packed.next()?)?;
            fills.push((variable, self.member(packed.next()?)?));
        }
        Some(ArnTemplate {
            resource_type,
            arn_member,
            fills,
            arn,
        })
    }

    fn member(&self, packed: u32) -> Option<Member> {
        Some(Member {
            name: self.text(packed >> 1)?,
            list: packed & 1 == 1,
        })
    }

    fn roles(&self, table: &OperationTable, index: usize) -> Vec<RoleParameter> {
        let packed = table.roles.get(index).iter();
        let roles = packed.filter_map(|packed| {
            Some(RoleParameter {
                path: self.text(packed >> 1)?,
                certain: packed & 1 == 1,
            })
        });
        roles.collect()
    }
}

/// The first operation with what the others add: one template per resource type.
fn merge(found: Vec<Operation>) -> Option<Operation> {
    let mut found = found.into_iter();
    let mut first = found.next()?;
    for other in found {
        for template in other.templates {
            let mut known = first.templates.iter_mut();
            match known.find(|known| known.resource_type == template.resource_type) {
                Some(known) => merge_template(known, template),
                None => first.templates.push(template),
            }
        }
        for role in other.roles {
            if !first.roles.contains(&role) {
                first.roles.push(role);
            }
        }
        first.uri = first.uri.or(other.uri);
    }
    Some(first)
}

fn merge_template(known: &mut ArnTemplate, other: ArnTemplate) {
    known.arn_member = known.arn_member.take().or(other.arn_member);
    known.arn = known.arn.take().or(other.arn);
    for (variable, member) in other.fills {
        if !known.fills.iter().any(|(own, _)| *own == variable) {
            known.fills.push((variable, member));
        }
    }
}
