//! Coverage: how many API operations the catalogue resolves, asked through the same door as the resolver.

use super::Catalogue;
use super::event::{EventMeaning, EventRule};
use serde::Serialize;
use std::collections::BTreeMap;

/// Counts over all operations of all API models.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Operations.
    pub operations: usize,
    /// Resolved to an action that exists.
    pub resolved: usize,
    /// Known to need no permission.
    pub no_permission: usize,
    /// Resolved to something the catalogue does not have; a bug when not zero.
    pub dangling: usize,
    /// Operations whose action takes a resource.
    pub with_resource: usize,
    /// Of these, the ones whose request names it, by template or path.
    pub with_template: usize,
    /// Unresolved operations by model.
    pub unknown: BTreeMap<String, Vec<String>>,
}

impl Coverage {
    /// Part of the operations that are resolved or need no permission, in per cent.
    pub fn resolved_percent(&self) -> f64 {
        percent(self.resolved + self.no_permission, self.operations)
    }

    /// Part of the operations with a resource that have a template, in per cent.
    pub fn template_percent(&self) -> f64 {
        percent(self.with_template, self.with_resource)
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    match whole {
        0 => 100.0,
        _ => part as f64 * 100.0 / whole as f64,
    }
}

impl Catalogue {
    /// Resolves every operation of every model, under the labels the model may log under.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        let models = self.core.events.models.iter();
        for (model, table) in models.zip(&self.operations().models) {
            for name in table.names.iter() {
                coverage.operations += 1;
                match self.any_label(&model.labels, name) {
                    EventMeaning::Permissions(rule) => self.count_rule(&rule, &mut coverage),
                    EventMeaning::NoPermission(_) => coverage.no_permission += 1,
                    EventMeaning::Unknown => {
                        let unknown = coverage.unknown.entry(model.name.clone());
                        unknown.or_default().push(name.to_owned());
                    }
                }
            }
        }
        coverage
    }

    fn any_label(&self, labels: &[String], name: &str) -> EventMeaning {
        let meanings = labels
            .iter()
            .map(|label| self.event(&format!("{label}.amazonaws.com"), name));
        let mut known = meanings.filter(|meaning| *meaning != EventMeaning::Unknown);
        known.next().unwrap_or(EventMeaning::Unknown)
    }

    fn count_rule(&self, rule: &EventRule, coverage: &mut Coverage) {
        let conditional = rule.conditional.iter().map(|row| row.action.action);
        let required = rule.required.iter().map(|row| row.action);
        let all: Vec<_> = required.chain(conditional).map(|id| self.get(id)).collect();
        if all.is_empty() || all.iter().any(Option::is_none) {
            coverage.dangling += 1;
            return;
        }
        coverage.resolved += 1;
        let mut actions = all.into_iter().flatten();
        if actions.any(|action| action.resources().next().is_some()) {
            coverage.with_resource += 1;
            let operation = rule.operation.iter();
            let named = |uri: &Option<String>| uri.is_some();
            let mut named = operation.map(|o| named(&o.uri) || !o.templates.is_empty());
            coverage.with_template += usize::from(named.any(|named| named));
        }
    }
}
