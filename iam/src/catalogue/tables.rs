//! Tables: the catalogue as it is stored. `Core` answers about actions, `Operations` about API models.
//!
//! Fields that catalogues before 2026-10-27.2 may lack have defaults. Actions are sorted by lower-case name, resource types by (service, name),
//! so that equal sources give equal bytes.

use super::columns::{Lines, Rows};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything but API models.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Core {
    pub(crate) version: String,
    /// Service prefixes, sorted, retired ones included.
    pub(crate) services: Lines,
    pub(crate) actions: ActionTable,
    pub(crate) resource_types: ResourceTypeTable,
    pub(crate) condition_keys: Lines,
    pub(crate) observations: Vec<Observation>,
    /// Actions that together let a principal raise its own permissions.
    pub(crate) escalations: Vec<Vec<super::ActionId>>,
    pub(crate) events: EventTable,
}

/// One entry per action.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ActionTable {
    /// `s3:GetObject`.
    pub(crate) names: Lines,
    pub(crate) services: Vec<u32>,
    /// Index into [`super::AccessLevel`]'s order.
    pub(crate) levels: Vec<u8>,
    /// Ids of retired actions, sorted.
    pub(crate) retired: Vec<u32>,
    /// Resource type id × 2, plus 1 when required.
    pub(crate) resources: Rows,
    pub(crate) condition_keys: Rows,
    pub(crate) dependents: Rows,
    /// Bit per [`super::Risk`].
    pub(crate) risks: Vec<u8>,
    /// Bit per [`super::Capability`].
    pub(crate) capabilities: Vec<u8>,
    /// Index into [`Core::observations`].
    pub(crate) observations: Vec<u32>,
}

/// One entry per resource type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResourceTypeTable {
    pub(crate) names: Lines,
    pub(crate) services: Vec<u32>,
    /// Indexes into `arns`.
    pub(crate) patterns: Rows,
    pub(crate) arns: Lines,
    pub(crate) condition_keys: Rows,
}

/// What a trail can show of an action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Observation {
    Management { read: bool },
    Data(Vec<String>),
    Never(String),
}

/// How event names become actions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EventTable {
    /// Label of an event source → prefixes, in the order they are tried. From the hand file.
    pub(crate) aliases: BTreeMap<String, Vec<String>>,
    /// Hand-written rows: label → lower-case event name (or `*`) → row.
    pub(crate) overrides: BTreeMap<String, BTreeMap<String, OverrideRow>>,
    /// Label → lower-case event name (or `*`) → reason.
    pub(crate) no_permission: BTreeMap<String, BTreeMap<String, String>>,
    /// Label → lower-case event name → rows.
    pub(crate) pass_roles: BTreeMap<String, BTreeMap<String, Vec<PassRoleRow>>>,
    /// Calls that services make with the caller's identity. Empty in catalogues before 2026-10-27.2.
    #[serde(default)]
    pub(crate) forwards: Vec<ForwardRow>,
    /// API models, sorted by directory.
    pub(crate) models: Vec<ModelRow>,
    /// Model directory → lower-case operation → action ids; operations that same-name mapping does not explain.
    pub(crate) irregular: BTreeMap<String, BTreeMap<String, Vec<u32>>>,
    /// Model directory → lower-case operation → why it needs no permission.
    pub(crate) free: BTreeMap<String, BTreeMap<String, String>>,
}

/// One hand-written event row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct OverrideRow {
    pub(crate) required: Vec<ActionRef>,
    #[serde(default)]
    pub(crate) conditional: Vec<ConditionalRow>,
    #[serde(default)]
    pub(crate) resource_hint: Option<String>,
    /// Stated by one source at least; an unverified row must not widen a policy without a warning.
    pub(crate) confidence: super::Confidence,
}

/// An action and the resource of the call it is checked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ActionRef {
    pub(crate) action: u32,
    #[serde(default)]
    pub(crate) on: Option<String>,
}

/// An action needed under a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConditionalRow {
    pub(crate) action: ActionRef,
    pub(crate) when: WhenRow,
    #[serde(default)]
    pub(crate) replaces: Option<u32>,
}

/// A condition on the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhenRow {
    AnyPresent(Vec<String>),
    Contains(String, String),
    SqlVerb(String, Vec<String>),
    ServiceDetail(String),
    Text(String),
}

/// One hand-written row about a role outside the derivation's sight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PassRoleRow {
    pub(crate) role_from: String,
    pub(crate) paths: Vec<String>,
    pub(crate) passed_to: Vec<String>,
}

/// One hand-written row about forward access sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ForwardRow {
    /// Label of the event source.
    pub(crate) label: String,
    /// Event names as AWS spells them.
    pub(crate) events: Vec<String>,
    /// None: any call.
    pub(crate) calls: Vec<ForwardCall>,
    pub(crate) when: String,
    pub(crate) confidence: super::Confidence,
}

/// One such call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ForwardCall {
    pub(crate) action: ActionRef,
    /// `kms:ViaService` of it, with `${Region}`.
    #[serde(default)]
    pub(crate) via_service: Option<String>,
}

/// One API model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModelRow {
    /// Directory name, e.g. `elbv2`.
    pub(crate) name: String,
    /// Index of its service; none for models whose operations are no actions.
    pub(crate) service: Option<u32>,
    /// Labels of event sources it may log under.
    pub(crate) labels: Vec<String>,
}

/// API operations and how their requests name resources and roles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Operations {
    /// One entry per model of [`EventTable::models`].
    pub(crate) models: Vec<OperationTable>,
    /// Names of request members, ARN variables, ARN templates, URIs and role paths.
    pub(crate) texts: Lines,
}

/// The operations of one model, sorted by lower-case name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct OperationTable {
    pub(crate) names: Lines,
    /// One entry per name, encoded as `operations.rs` says.
    pub(crate) templates: Rows,
    /// Text × 2, plus 1 when the role is certainly passed.
    pub(crate) roles: Rows,
    /// Text of the URI path; only API Gateway models have them.
    #[serde(default)]
    pub(crate) uris: BTreeMap<u32, u32>,
}
