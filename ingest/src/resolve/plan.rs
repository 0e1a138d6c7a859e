//! The meaning of one (event source, event name), compiled once for all its events.

use iam::catalogue::event::{EventMeaning, EventRule, RuleAction, When};
use iam::catalogue::{AccessLevel, Action, ActionId, Catalogue};

use super::action::{ActionPlan, Entries};
use super::condition::Condition;
use super::facts::Hints;
use super::pass::PassPlan;
use super::special::{Elsewhere, ON};
use super::tags::TagPlan;
use super::types::{Call, TypePlan};
use super::uri::UriPlan;
use crate::access::NoAccess;

/// Verbs of calls that make things.
const CREATES: [&str; 11] = [
    "Create",
    "Run",
    "Allocate",
    "Request",
    "Register",
    "Import",
    "Copy",
    "Launch",
    "Purchase",
    "Provision",
    "Restore",
];
/// Verbs of calls that list things.
const LISTS: [&str; 5] = ["List", "Describe", "Search", "Lookup", "BatchDescribe"];

/// Types that are checked although the reference marks them as optional: every EBS-backed instance gets a root volume
/// (EC2 User Guide, example policies for `RunInstances`).
const IMPLIED: [(&str, &str); 1] = [("ec2:RunInstances", "volume")];

/// Actions that a parameter makes necessary, beyond the catalogue's rows: event source, event name, parameter, action
/// (STS API reference, `AssumeRole`: session tags and source identity need permissions of their own).
const EXTRAS: [(&str, &str, &str, &str); 3] = [
    ("sts.amazonaws.com", "AssumeRole", "tags", "sts:TagSession"),
    (
        "sts.amazonaws.com",
        "AssumeRole",
        "sourceIdentity",
        "sts:SetSourceIdentity",
    ),
    (
        "sts.amazonaws.com",
        "GetFederationToken",
        "tags",
        "sts:TagSession",
    ),
];

/// What to do with an event.
#[derive(Debug)]
pub(crate) enum Plan {
    /// It gives accesses.
    Rule(Box<RulePlan>),
    /// It gives none.
    None(NoAccess),
}

/// The permissions of an event.
#[derive(Debug)]
pub(crate) struct RulePlan {
    pub(crate) required: Vec<ActionPlan>,
    pub(crate) conditional: Vec<ConditionalPlan>,
    pub(crate) passed: PassPlan,
    pub(crate) tags: Option<TagPlan>,
    pub(crate) hints: Hints,
    /// Something depends on the request's parameters.
    pub(crate) reads: bool,
    /// Passing a role is the call's documented need, whatever parameter shows it.
    pub(crate) must_pass: bool,
    /// Also for service events: their details show what was allowed.
    pub(crate) of_service_events: bool,
}

impl RulePlan {
    /// Whether some record of the call could show a passed role.
    pub(crate) fn may_pass(&self) -> bool {
        self.must_pass || !self.passed.is_empty()
    }

    fn depends_on_parameters(&self) -> bool {
        let mut required = self.required.iter();
        required.any(|plan| !plan.types.is_empty())
            || !self.conditional.is_empty()
            || self.tags.is_some()
            || self.may_pass()
    }
}

/// An action under a condition.
#[derive(Debug)]
pub(crate) struct ConditionalPlan {
    pub(crate) plan: ActionPlan,
    pub(crate) condition: Condition,
    pub(crate) replaces: Option<ActionId>,
}

/// Compiles the meaning of an event.
pub(crate) fn compile(catalogue: &Catalogue, event_source: &str, event_name: &str) -> Plan {
    let rule = match catalogue.event(event_source, event_name) {
        EventMeaning::Permissions(rule) => rule,
        EventMeaning::NoPermission(_) => return Plan::None(NoAccess::NoPermission),
        EventMeaning::Unknown => return Plan::None(NoAccess::UnknownAction),
    };
    if rule.required.is_empty() && rule.conditional.is_empty() {
        return Plan::None(NoAccess::NoPermission);
    }
    let pass_role = catalogue.action("iam:PassRole").map(Action::id);
    let (passes, own): (Vec<_>, Vec<_>) = rule
        .required
        .iter()
        .partition(|action| Some(action.action) == pass_role);
    let plan = |action: &RuleAction| action_plan(catalogue, &rule, action, event_name);
    let mut conditional: Vec<ConditionalPlan> = rule
        .conditional
        .iter()
        .filter_map(|row| {
            Some(conditional_plan(
                plan(&row.action)?,
                &row.when,
                row.replaces,
            ))
        })
        .collect();
    for (action, when) in extras(catalogue, event_source, event_name) {
        conditional.extend(plan(&action).map(|plan| conditional_plan(plan, &when, None)));
    }
    let first = rule
        .required
        .first()
        .and_then(|action| catalogue.get(action.action));
    let mut plan = RulePlan {
        required: own.into_iter().filter_map(plan).collect(),
        of_service_events: conditional
            .iter()
            .any(|row| row.condition.reads_service_details()),
        conditional,
        passed: PassPlan::new(&rule, event_source, event_name),
        tags: first.and_then(|action| TagPlan::new(catalogue, action)),
        must_pass: !passes.is_empty(),
        hints: Hints::new(event_source, event_name),
        reads: false,
    };
    plan.reads = plan.depends_on_parameters();
    Plan::Rule(Box::new(plan))
}

fn conditional_plan(plan: ActionPlan, when: &When, replaces: Option<ActionId>) -> ConditionalPlan {
    ConditionalPlan {
        plan,
        condition: Condition::new(when),
        replaces,
    }
}

/// The rows of [`EXTRAS`] for an event.
fn extras(catalogue: &Catalogue, event_source: &str, event_name: &str) -> Vec<(RuleAction, When)> {
    let rows = EXTRAS
        .iter()
        .filter(|(source, name, _, _)| *source == event_source && *name == event_name);
    rows.filter_map(|(_, _, parameter, action)| {
        let action = RuleAction {
            action: catalogue.action(action)?.id(),
            on: None,
        };
        Some((action, When::AnyPresent(vec![(*parameter).to_owned()])))
    })
    .collect()
}

fn action_plan(
    catalogue: &Catalogue,
    rule: &EventRule,
    rule_action: &RuleAction,
    event_name: &str,
) -> Option<ActionPlan> {
    let action = catalogue.get(rule_action.action)?;
    let elsewhere = rule_action
        .on
        .as_deref()
        .and_then(|on| ON.iter().find(|row| row.on == on));
    let call = Call {
        event_name,
        action: action.name(),
        templates: rule
            .operation
            .as_ref()
            .map_or(&[], |operation| &operation.templates),
        only: elsewhere.map(|row| row.member),
        ec2: action.service() == "ec2",
    };
    let uri = rule
        .operation
        .as_ref()
        .and_then(|operation| operation.uri.as_deref());
    Some(ActionPlan {
        action: action.id(),
        types: action
            .resources()
            .map(|(resource_type, required)| {
                let implied = IMPLIED.contains(&(action.name(), resource_type.name()));
                TypePlan::new(resource_type, required || implied, call)
            })
            .collect(),
        entries: entries(elsewhere),
        uri: uri.map(UriPlan::new),
        creates: begins(event_name, &CREATES),
        copies: action.service() == "ec2" && event_name.starts_with("Copy"),
        lists: lists(action, event_name),
    })
}

fn entries(elsewhere: Option<&Elsewhere>) -> Entries {
    match elsewhere {
        None => Entries::All,
        Some(row) => row.entry.map_or(Entries::Never, Entries::Nth),
    }
}

/// Whether the call is about everything unless it names something.
fn lists(action: Action<'_>, event_name: &str) -> bool {
    let reads = matches!(action.level(), AccessLevel::List | AccessLevel::Read);
    let optional = action.resources().all(|(_, required)| !required);
    action.level() == AccessLevel::List || begins(event_name, &LISTS) || (reads && optional)
}

fn begins(event_name: &str, verbs: &[&str]) -> bool {
    verbs.iter().any(|verb| event_name.starts_with(verb))
}
