//! Overrides: `event-overrides.json` as tables, every action in it checked.

use super::fill::Filled;
use super::hand::{Checker, parse};
use super::{DeriveError, core::Ids};
use crate::catalogue::Confidence;
use crate::catalogue::source::label;
use crate::catalogue::tables::{
    ActionRef, ConditionalRow, EventTable, OverrideRow, PassRoleRow, WhenRow,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The file.
pub(super) const FILE: &str = "event-overrides.json";

/// `event-overrides.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Overrides {
    pub(super) source_aliases: Vec<Alias>,
    pub(super) events: Vec<Event>,
    pub(super) no_permission: Vec<NoPermission>,
    pub(super) pass_role: Vec<PassRole>,
    pub(super) rejected_mined_rows: Vec<Rejected>,
    #[serde(default)]
    rejected_fills: Vec<RejectedFill>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Alias {
    pub(super) event_source: String,
    prefixes: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) event_source: String,
    pub(super) event_name: String,
    required: Vec<Required>,
    #[serde(default)]
    conditional: Vec<Conditional>,
    resource_hint: Option<String>,
    #[serde(default)]
    note: String,
    confidence: Confidence,
}

#[derive(Debug, Deserialize)]
struct Required {
    action: String,
    on: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Conditional {
    #[serde(flatten)]
    action: Required,
    when: When,
    effect: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum When {
    AnyParamPresent(Vec<String>),
    ParamContains(BTreeMap<String, String>),
    SqlVerb { param: String, verb: String },
    ServiceEventDetailTrue(String),
    Text(String),
}

#[derive(Debug, Deserialize)]
pub(super) struct NoPermission {
    pub(super) event_source: String,
    pub(super) event_name: String,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct PassRole {
    pub(super) event_source: String,
    pub(super) event_names: Vec<String>,
    role_from: String,
    paths: Vec<String>,
    passed_to: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Rejected {
    pub(super) model: String,
    pub(super) operation: String,
    pub(super) mined: String,
}

#[derive(Debug, Deserialize)]
struct RejectedFill {
    service: String,
    resource_type: String,
    variable: String,
    member: String,
}

impl Overrides {
    /// Parses the file.
    pub(crate) fn parse(text: &str) -> Result<Self, DeriveError> {
        parse(FILE, text)
    }

    /// Whether a row mined from operation documentation is known to be wrong.
    pub(crate) fn rejects(&self, model: &str, operation: &str) -> bool {
        let mut rows = self.rejected_mined_rows.iter();
        rows.any(|row| row.model == model && row.operation == operation)
    }

    /// Whether a member is known not to be the variable's value, though its name suggests it.
    pub(crate) fn rejects_fill(&self, service: &str, kind: &str, fill: &Filled) -> bool {
        let (variable, member, _) = fill;
        self.rejected_fills.iter().any(|row| {
            row.service == service
                && row.resource_type.eq_ignore_ascii_case(kind)
                && row.variable == *variable
                && row.member == member.name
        })
    }

    /// Lower-case names of all actions of the event rows.
    pub(crate) fn actions(&self) -> impl Iterator<Item = String> {
        self.events.iter().flat_map(|event| {
            let conditional = event.conditional.iter().map(|row| &row.action);
            let actions = event.required.iter().chain(conditional);
            actions.map(|row| row.action.to_ascii_lowercase())
        })
    }

    /// Lower-case names of the required actions of the row for an operation, under any of these labels.
    pub(crate) fn required(&self, labels: &[String], operation: &str) -> Vec<String> {
        let mut rows = self.events.iter().filter(|event| {
            event.event_name.eq_ignore_ascii_case(operation)
                && labels.contains(&label(&event.event_source))
        });
        let required = rows.next().into_iter().flat_map(|event| &event.required);
        required
            .map(|row| row.action.to_ascii_lowercase())
            .collect()
    }

    /// The hand-written part of the event table.
    pub(crate) fn table(&self, ids: &Ids<'_>) -> Result<EventTable, DeriveError> {
        let mut table = EventTable::default();
        for alias in &self.source_aliases {
            table
                .aliases
                .insert(label(&alias.event_source), alias.prefixes.clone());
        }
        for event in &self.events {
            let key = event.event_name.to_ascii_lowercase();
            let label = label(&event.event_source);
            if event.required.is_empty() && event.conditional.is_empty() {
                let rows = table.no_permission.entry(label).or_default();
                rows.insert(key, event.note.clone());
            } else {
                let rows = table.overrides.entry(label).or_default();
                rows.insert(key, event.row(ids)?);
            }
        }
        for call in &self.no_permission {
            let rows = table.no_permission.entry(label(&call.event_source));
            rows.or_default()
                .insert(call.event_name.to_ascii_lowercase(), call.note.clone());
        }
        for pass in &self.pass_role {
            let rows = table
                .pass_roles
                .entry(label(&pass.event_source))
                .or_default();
            for name in &pass.event_names {
                rows.entry(name.to_ascii_lowercase())
                    .or_default()
                    .push(pass.row());
            }
        }
        Ok(table)
    }
}

impl Event {
    fn row(&self, ids: &Ids<'_>) -> Result<OverrideRow, DeriveError> {
        let place = format!("{} {}", self.event_source, self.event_name);
        let check = Checker::new(FILE, &place, ids);
        let required = self.required.iter().map(|action| action.row(&check));
        let conditional = self.conditional.iter().map(|row| row.row(&check));
        Ok(OverrideRow {
            required: required.collect::<Result<_, _>>()?,
            conditional: conditional.collect::<Result<_, _>>()?,
            resource_hint: self.resource_hint.clone(),
            confidence: self.confidence,
        })
    }
}

impl Required {
    fn row(&self, check: &Checker<'_>) -> Result<ActionRef, DeriveError> {
        Ok(ActionRef {
            action: check.action(&self.action)?,
            on: self.on.clone(),
        })
    }
}

impl Conditional {
    fn row(&self, check: &Checker<'_>) -> Result<ConditionalRow, DeriveError> {
        let replaces = match self.effect.strip_prefix("replace:") {
            Some(action) => Some(check.action(action)?),
            None if self.effect == "add" => None,
            None => return Err(check.refuse(format!("unknown effect `{}`", self.effect))),
        };
        Ok(ConditionalRow {
            action: self.action.row(check)?,
            when: self.when.row(check)?,
            replaces,
        })
    }
}

impl When {
    fn row(&self, check: &Checker<'_>) -> Result<WhenRow, DeriveError> {
        Ok(match self {
            Self::AnyParamPresent(parameters) => WhenRow::AnyPresent(parameters.clone()),
            Self::ParamContains(pairs) => {
                let mut pairs = pairs.iter();
                let (Some((parameter, text)), None) = (pairs.next(), pairs.next()) else {
                    return Err(check.refuse("`param_contains` takes one parameter".to_owned()));
                };
                WhenRow::Contains(parameter.clone(), text.clone())
            }
            Self::SqlVerb { param, verb } => WhenRow::SqlVerb(param.clone(), vec![verb.clone()]),
            Self::ServiceEventDetailTrue(field) => WhenRow::ServiceDetail(field.clone()),
            Self::Text(text) => WhenRow::Text(text.clone()),
        })
    }
}

impl PassRole {
    fn row(&self) -> PassRoleRow {
        PassRoleRow {
            role_from: self.role_from.clone(),
            paths: self.paths.clone(),
            passed_to: self.passed_to.clone(),
        }
    }
}
