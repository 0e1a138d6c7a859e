//! The meaning of an event: the tables asked in the order of the recipe (step B6).

use super::event::{
    ConditionalAction, EventMeaning, EventRule, PassRoleRule, Provenance, RuleAction, When,
};
use super::source::{label, without_date};
use super::tables::{ActionRef, ModelRow, OverrideRow, PassRoleRow, WhenRow};
use super::{ActionId, Catalogue, Confidence};
use std::collections::BTreeMap;

/// Rows by label (or model), then by lower-case event name.
type Rows<T> = BTreeMap<String, BTreeMap<String, T>>;

fn row<'r, T>(rows: &'r Rows<T>, label: &str, name: &str) -> Option<&'r T> {
    let rows = rows.get(label)?;
    rows.get(name).or_else(|| rows.get("*"))
}

impl Catalogue {
    /// What an event means: its permissions, that it needs none, or that no source knows it.
    ///
    /// Records that are not API calls (`eventType`) must be sorted out before.
    pub fn event(&self, event_source: &str, event_name: &str) -> EventMeaning {
        let label = label(event_source);
        let name = without_date(event_name);
        let lower = name.to_ascii_lowercase();
        let events = &self.core.events;
        if let Some(found) = row(&events.overrides, &label, &lower) {
            return EventMeaning::Permissions(self.overridden(found, &label, &lower));
        }
        if let Some(reason) = row(&events.no_permission, &label, &lower) {
            return EventMeaning::NoPermission(reason.clone());
        }
        let prefixes = self.prefixes(&label);
        let same_name = prefixes
            .iter()
            .find_map(|prefix| self.action(&format!("{prefix}:{name}")));
        if let Some(action) = same_name {
            let required = vec![plain(action.id())];
            let rule = self.rule(required, Provenance::SameName, &label, &lower);
            return EventMeaning::Permissions(rule);
        }
        let events = &self.core.events;
        if let Some(actions) = self.of_model(&events.irregular, &label, &prefixes, &lower) {
            let required = actions.iter().map(|id| plain(ActionId(*id))).collect();
            let rule = self.rule(required, Provenance::Irregular, &label, &lower);
            return EventMeaning::Permissions(rule);
        }
        match self.of_model(&events.free, &label, &prefixes, &lower) {
            Some(reason) => EventMeaning::NoPermission(reason.clone()),
            None => EventMeaning::Unknown,
        }
    }

    /// How well the hand-written row behind an event is supported; none when no such row answers.
    ///
    /// An unverified row must not widen a policy without a warning.
    pub fn event_confidence(&self, event_source: &str, event_name: &str) -> Option<Confidence> {
        let name = without_date(event_name).to_ascii_lowercase();
        let found = row(&self.core.events.overrides, &label(event_source), &name);
        found.map(|found| found.confidence)
    }

    /// Prefixes whose actions the events of a source may be named after, in the order they are tried.
    pub(crate) fn prefixes(&self, label: &str) -> Vec<String> {
        if let Some(alias) = self.core.events.aliases.get(label) {
            return alias.clone();
        }
        let own = self.core.services.iter().find(|service| *service == label);
        let mut prefixes: Vec<String> = own.map(str::to_owned).into_iter().collect();
        for (_, model) in self.models_of(label) {
            let service = model
                .service
                .and_then(|at| self.core.services.get(at as usize));
            if let Some(service) = service.filter(|name| !prefixes.iter().any(|p| p == name)) {
                prefixes.push(service.to_owned());
            }
        }
        prefixes
    }

    /// Models that log under a label, the one of that name first, then by length of name.
    pub(crate) fn models_of(&self, label: &str) -> Vec<(usize, &ModelRow)> {
        let mut models: Vec<_> = self.core.events.models.iter().enumerate().collect();
        models.retain(|(_, model)| model.labels.iter().any(|own| own == label));
        sort_models(&mut models, label);
        models
    }

    /// Models whose operations are actions of these prefixes, sorted as in [`Self::models_of`].
    pub(crate) fn models_under(&self, prefixes: &[String], label: &str) -> Vec<(usize, &ModelRow)> {
        let mut models: Vec<_> = self.core.events.models.iter().enumerate().collect();
        models.retain(|(_, model)| {
            let service = model
                .service
                .and_then(|at| self.core.services.get(at as usize));
            service.is_some_and(|service| prefixes.iter().any(|prefix| prefix == service))
        });
        sort_models(&mut models, label);
        models
    }

    /// What a table says of an operation of the label's models, else of any model under these prefixes.
    fn of_model<'t, T>(
        &self,
        table: &'t Rows<T>,
        label: &str,
        prefixes: &[String],
        name: &str,
    ) -> Option<&'t T> {
        let models = self.models_of(label).into_iter();
        let mut models = models.chain(self.models_under(prefixes, label));
        models.find_map(|(_, model)| table.get(&model.name)?.get(name))
    }

    fn rule(
        &self,
        required: Vec<RuleAction>,
        provenance: Provenance,
        label: &str,
        name: &str,
    ) -> EventRule {
        let rows = row(&self.core.events.pass_roles, label, name);
        EventRule {
            required,
            conditional: Vec::new(),
            resource_hint: None,
            operation: self.operation(label, name),
            pass_roles: rows.into_iter().flatten().map(pass_role).collect(),
            provenance,
        }
    }

    fn overridden(&self, row: &OverrideRow, label: &str, name: &str) -> EventRule {
        let required = row.required.iter().map(rule_action).collect();
        let conditional = row.conditional.iter().map(|row| ConditionalAction {
            action: rule_action(&row.action),
            when: when(&row.when),
            replaces: row.replaces.map(ActionId),
        });
        EventRule {
            conditional: conditional.collect(),
            resource_hint: row.resource_hint.clone(),
            ..self.rule(required, Provenance::Override, label, name)
        }
    }
}

fn sort_models(models: &mut [(usize, &ModelRow)], label: &str) {
    models.sort_by_key(|(_, model)| (model.name != label, model.name.len(), model.name.clone()));
}

fn plain(action: ActionId) -> RuleAction {
    RuleAction { action, on: None }
}

fn rule_action(row: &ActionRef) -> RuleAction {
    RuleAction {
        action: ActionId(row.action),
        on: row.on.clone(),
    }
}

fn when(row: &WhenRow) -> When {
    match row.clone() {
        WhenRow::AnyPresent(parameters) => When::AnyPresent(parameters),
        WhenRow::Contains(parameter, text) => When::Contains(parameter, text),
        WhenRow::SqlVerb(parameter, verbs) => When::SqlVerb(parameter, verbs),
        WhenRow::ServiceDetail(field) => When::ServiceDetail(field),
        WhenRow::Text(text) => When::Text(text),
    }
}

fn pass_role(row: &PassRoleRow) -> PassRoleRule {
    PassRoleRule {
        role_from: row.role_from.clone(),
        paths: row.paths.clone(),
        passed_to: row.passed_to.clone(),
    }
}
