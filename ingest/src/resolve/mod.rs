//! Event to accesses: which actions an event exercised, and on which resources.
//!
//! The meaning of an (event source, event name) comes from the catalogue and is compiled once into a plan; each event
//! then only looks values up. See catalogue.md, sections B6 and C, and cloudtrail-and-iam.md, sections 3, 9 and 10.

mod action;
mod arn_rule;
mod condition;
mod denied;
mod ec2;
mod escape;
mod facts;
mod fill;
mod json;
mod kind;
mod params;
mod pass;
mod pattern;
mod place;
mod plan;
mod source;
mod special;
mod tags;
mod template;
#[cfg(test)]
mod tests;
mod types;
mod uri;
mod values;

use std::collections::HashMap;

use iam::catalogue::{Action, ActionId, Catalogue};
use iam::usage::{Outcome, Via};

use crate::access::{Access, EventKind, NoAccess, Resolution};
use crate::event::Event;
use condition::Holds;
use denied::Denial;
use facts::Facts;
use params::{Name, Params};
use plan::{Plan, RulePlan};

/// Plans kept; a log with more kinds of events than AWS has is hostile, and only gets slower.
const PLANS: usize = 32_768;

/// Resolves events with one catalogue; holds the plans of the events it has met. One per thread.
#[derive(Debug)]
pub struct Resolver {
    catalogue: &'static Catalogue,
    pass_role: Option<ActionId>,
    path: Name,
    /// Plans by event source and event name.
    plans: HashMap<Box<str>, HashMap<Box<str>, Plan>>,
    kept: usize,
}

impl Resolver {
    /// A resolver without plans yet.
    pub fn new(catalogue: &'static Catalogue) -> Self {
        let pass_role = catalogue.action("iam:PassRole").map(Action::id);
        Resolver {
            catalogue,
            pass_role,
            path: Name::new("path"),
            plans: HashMap::new(),
            kept: 0,
        }
    }

    /// The accesses of an event, or why there are none. `outcome` is the event's own: of a denied call, AWS's message
    /// names the action and resource if it is in the common format.
    pub fn resolve(&mut self, event: &Event<'_>, outcome: Outcome) -> Resolution {
        let catalogue = self.catalogue;
        let pass_role = self.pass_role;
        let path = self.path.clone();
        let kind = kind::kind(event);
        if let Some(kind) = kind.filter(|kind| *kind != EventKind::ServiceEvent) {
            return Resolution::None(NoAccess::NotAnApiCall(kind));
        }
        let rule = match self.plan(&event.event_source, &event.event_name) {
            Plan::Rule(rule) if kind.is_none() || rule.of_service_events => rule,
            Plan::None(reason) if kind.is_none() => return Resolution::None(*reason),
            _ => return Resolution::None(NoAccess::NotAnApiCall(EventKind::ServiceEvent)),
        };
        let params = Params::read(event.request_parameters.map(|parameters| parameters.get()));
        let facts = Facts::new(event, &params, &path);
        let mut found = Accesses { list: Vec::new() };
        if outcome == Outcome::Denied && found.denied(catalogue, pass_role, &facts) {
            return Resolution::Accesses(found.list);
        }
        found.of_rule(rule, catalogue, pass_role, &facts);
        match found.list.is_empty() {
            true => Resolution::None(NoAccess::NoConditionMet),
            false => Resolution::Accesses(found.list),
        }
    }

    fn plan(&mut self, event_source: &str, event_name: &str) -> &Plan {
        let known = self
            .plans
            .get(event_source)
            .is_some_and(|names| names.contains_key(event_name));
        if !known {
            if self.kept >= PLANS {
                self.plans.clear();
                self.kept = 0;
            }
            self.kept += 1;
        }
        let names = self.plans.entry(event_source.into()).or_default();
        names
            .entry(event_name.into())
            .or_insert_with(|| plan::compile(self.catalogue, event_source, event_name))
    }
}

/// Accesses of one event.
struct Accesses {
    list: Vec<Access>,
}

impl Accesses {
    fn add(&mut self, action: ActionId, resource: Option<String>, via: Via) {
        let template = resource.as_deref().map(template::template);
        let access = Access {
            action,
            resource,
            template,
            via,
        };
        if !self.list.contains(&access) {
            self.list.push(access);
        }
    }

    /// What the message of a denial names; false if it names no action.
    fn denied(
        &mut self,
        catalogue: &Catalogue,
        pass_role: Option<ActionId>,
        facts: &Facts<'_>,
    ) -> bool {
        let denial = facts
            .event
            .error_message
            .as_deref()
            .and_then(denied::denial);
        let Some(Denial { action, resource }) = denial else {
            return false;
        };
        let Some(action) = catalogue.action(action) else {
            return false;
        };
        let via = if Some(action.id()) == pass_role {
            Via::PassedRole
        } else {
            facts.via()
        };
        let pattern = |resource: &str| {
            let mut out = String::with_capacity(resource.len());
            match action.service() {
                "s3" if resource != "*" => escape::push_literal(&mut out, resource),
                _ => escape::push_pattern(&mut out, resource),
            }
            out
        };
        let everything = action.resources().next().is_none().then(|| "*".to_owned());
        self.add(action.id(), resource.map(pattern).or(everything), via);
        true
    }

    fn of_rule(
        &mut self,
        rule: &RulePlan,
        catalogue: &Catalogue,
        pass_role: Option<ActionId>,
        facts: &Facts<'_>,
    ) {
        let via = facts.via();
        let holds: Vec<Holds> = rule
            .conditional
            .iter()
            .map(|conditional| conditional.condition.holds(facts))
            .collect();
        let replaced = |action: ActionId| {
            let mut pairs = rule.conditional.iter().zip(&holds);
            pairs.any(|(conditional, holds)| {
                conditional.replaces == Some(action) && *holds == Holds::Yes
            })
        };
        let mut tags = rule.tags.as_ref();
        for plan in rule.required.iter().filter(|plan| !replaced(plan.action)) {
            let resources = plan.resources(facts);
            let tagged = tags
                .take()
                .map(|tags| tags.accesses(catalogue, facts, &resources))
                .unwrap_or_default();
            resources
                .into_iter()
                .for_each(|resource| self.add(plan.action, resource, via));
            tagged
                .into_iter()
                .for_each(|(action, resource, via)| self.add(action, resource, via));
        }
        let unread = rule.required.is_empty() && !holds.contains(&Holds::Yes);
        for (conditional, holds) in rule.conditional.iter().zip(&holds) {
            let via = match holds {
                Holds::Yes => via,
                Holds::Perhaps => Via::Inferred,
                Holds::No if unread && conditional.condition.reads_parameters() => Via::Inferred,
                Holds::No => continue,
            };
            let resources = conditional.plan.resources(facts);
            resources
                .into_iter()
                .for_each(|resource| self.add(conditional.plan.action, resource, via));
        }
        let Some(pass_role) = pass_role else { return };
        let passed = rule.passed.passed(facts);
        if passed.is_empty() && rule.must_pass {
            self.add(pass_role, None, Via::PassedRole);
        }
        passed
            .into_iter()
            .for_each(|(resource, via)| self.add(pass_role, resource, via));
    }
}
