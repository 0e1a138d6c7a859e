//! What an event means: the permissions it exercised and how to name their resources.
//!
//! Plain data handed to the resolver, which compiles it once per (event source, event name) and caches the plan;
//! so these types may allocate.

use super::{ActionId, Confidence, ResourceTypeId};

/// The catalogue's answer for one (event source, event name).
#[derive(Debug, Clone, PartialEq)]
pub enum EventMeaning {
    /// The event exercises these permissions.
    Permissions(EventRule),
    /// The call needs no permission; the reason.
    NoPermission(String),
    /// No source knows the event: count it, never invent an action.
    Unknown,
}

/// Permissions of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRule {
    /// Needed for every successful call.
    pub required: Vec<RuleAction>,
    /// Needed only when a condition on the request holds.
    pub conditional: Vec<ConditionalAction>,
    /// Where in the record the resources are, when the row says so (free text of the override row).
    pub resource_hint: Option<String>,
    /// The API operation behind the event, when a model has it: templates and role parameters.
    pub operation: Option<Operation>,
    /// Roles the call passes that the derivation cannot see (override rows).
    pub pass_roles: Vec<PassRoleRule>,
    /// Which rule answered.
    pub provenance: Provenance,
}

/// Which derivation step gave the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// A hand-written row of `event-overrides.json`.
    Override,
    /// The operation and the action have the same name.
    SameName,
    /// A row of the irregular table (map.json, operation docs, API Gateway verbs).
    Irregular,
}

/// An action and the resource of the call it is checked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleAction {
    /// The action.
    pub action: ActionId,
    /// `source`, `destination`, …: which resource, when the call has more than one.
    pub on: Option<String>,
}

/// An action needed under a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionalAction {
    /// The action and its resource.
    pub action: RuleAction,
    /// The condition on the request.
    pub when: When,
    /// In place of this required action, or in addition to all when absent.
    pub replaces: Option<ActionId>,
}

/// A condition on the request parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// One of these parameters is present (compared by [`norm`]; a path `a.b[].c` walks structures and lists).
    AnyPresent(Vec<String>),
    /// The parameter's value contains the text.
    Contains(String, String),
    /// The SQL text in the parameter starts with one of these verbs.
    SqlVerb(String, Vec<String>),
    /// The named boolean of `serviceEventDetails` is true.
    ServiceDetail(String),
    /// The record cannot show it: the access is inferred, not observed.
    Text(String),
}

/// Calls that a service makes with the caller's identity (a forward access session), in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// Action, and the value of `kms:ViaService` with `${Region}` when it is a KMS call. None: any call.
    pub calls: Vec<(RuleAction, Option<String>)>,
    /// The case, in words.
    pub when: String,
    /// How well the row is supported.
    pub confidence: Confidence,
}

/// An operation of an API model.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Model directory, e.g. `s3`, `ec2`, `apigatewayv2`.
    pub model: String,
    /// Operation name in the model's spelling.
    pub name: String,
    /// URI path with `{placeholders}` (API Gateway models only), without query.
    pub uri: Option<String>,
    /// How to build the ARN of each resource type from top-level request members.
    pub templates: Vec<ArnTemplate>,
    /// Request members that carry a role.
    pub roles: Vec<RoleParameter>,
}

/// How to build the ARN of one resource type from the request.
#[derive(Debug, Clone, PartialEq)]
pub struct ArnTemplate {
    /// The resource type.
    pub resource_type: ResourceTypeId,
    /// A member that holds the whole ARN; tried first.
    pub arn_member: Option<Member>,
    /// Variable of the type's ARN pattern → member. Variables not listed stay `*` (Partition, Region, Account
    /// come from the record).
    pub fills: Vec<(String, Member)>,
    /// A whole-ARN template of map.json, used when there is neither ARN member nor fill.
    pub arn: Option<String>,
}

/// A request member: a top-level one, or rarely a path below one (`Placement.GroupName`, `Items[].Id`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name in the model's spelling; compare by [`norm`], segment by segment if it is a path.
    pub name: String,
    /// The member is a list of values.
    pub list: bool,
}

/// A request member that carries a role the call passes to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleParameter {
    /// Path below the request parameters, e.g. `overrides.taskRoleArn`; `[]` marks list elements.
    pub path: String,
    /// Certain, or only possible: propose but mark as inferred.
    pub certain: bool,
}

/// A hand-written `pass_role` row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassRoleRule {
    /// `parameter`, `instance-profile`, `launch-template`, `task-definition`, …
    pub role_from: String,
    /// Paths of the parameters; `*.x` is the member `x` at any depth.
    pub paths: Vec<String>,
    /// Services the role is passed to.
    pub passed_to: Vec<String>,
}

/// Lower case, everything but `a–z0–9` removed: how parameter names are compared.
pub fn norm(name: &str) -> String {
    name.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|b| b.to_ascii_lowercase() as char)
        .collect()
}
