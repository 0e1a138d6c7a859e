//! Event to accesses: which actions an event exercised, and on which resources.
//!
//! The meaning of an (event source, event name) comes from the catalogue and is compiled once into a plan; each event
//! then only looks values up. See catalogue.md, sections B6 and C, and cloudtrail-and-iam.md, sections 3, 9 and 10.

mod accesses;
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
mod name;
mod params;
mod pass;
mod path;
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
use std::mem;

use iam::catalogue::{Action, ActionId, Catalogue};
use iam::usage::Outcome;

use crate::access::{EventKind, NoAccess, Resolution};
use crate::event::Event;
use accesses::Accesses;
use facts::Facts;
use name::Name;
use params::{Member, Params};
use plan::Plan;

/// Plans kept; a log with more kinds of events than AWS has is hostile, and only gets slower.
const PLANS: usize = 32_768;

/// Resolves events with one catalogue; holds the plans of the events it has met. One per thread.
#[derive(Debug)]
pub struct Resolver {
    catalogue: &'static Catalogue,
    pass_role: Option<ActionId>,
    path: Name,
    plans: Plans,
    /// Empty between events; kept for its capacity.
    members: Vec<Member<'static>>,
}

impl Resolver {
    /// A resolver without plans yet.
    pub fn new(catalogue: &'static Catalogue) -> Self {
        let pass_role = catalogue.action("iam:PassRole").map(Action::id);
        Resolver {
            catalogue,
            pass_role,
            path: Name::new("path"),
            plans: Plans::default(),
            members: Vec::new(),
        }
    }

    /// The accesses of an event, or why there are none. `outcome` is the event's own: of a denied call, AWS's message
    /// names the action and resource if it is in the common format.
    pub fn resolve(&mut self, event: &Event<'_>, outcome: Outcome) -> Resolution {
        let kind = kind::kind(event);
        if let Some(kind) = kind.filter(|kind| *kind != EventKind::ServiceEvent) {
            return Resolution::None(NoAccess::NotAnApiCall(kind));
        }
        let rule = match self
            .plans
            .get(self.catalogue, kind::source(event), &event.event_name)
        {
            Plan::Rule(rule) if kind.is_none() || rule.of_service_events => rule,
            Plan::None(reason) if kind.is_none() => return Resolution::None(*reason),
            _ => return Resolution::None(NoAccess::NotAnApiCall(EventKind::ServiceEvent)),
        };
        let text = event.request_parameters.map(|parameters| parameters.get());
        let params = Params::read(text, recycle(mem::take(&mut self.members)));
        let mut found = Accesses {
            list: Vec::new(),
            catalogue: self.catalogue,
            pass_role: self.pass_role,
        };
        let facts = Facts::new(event, &params, &self.path);
        if outcome != Outcome::Denied || !found.denied(&facts) {
            found.of_rule(rule, &facts);
        }
        let list = found.list;
        drop(facts);
        self.members = recycle(params.into_members());
        match list.is_empty() {
            true => Resolution::None(NoAccess::NoConditionMet),
            false => Resolution::Accesses(list),
        }
    }
}

/// An empty list with the capacity of another.
fn recycle<'b>(mut members: Vec<Member<'_>>) -> Vec<Member<'b>> {
    members.clear();
    members.into_iter().map(|_| Member::default()).collect()
}

/// Plans by event source and event name.
#[derive(Debug, Default)]
struct Plans {
    indices: HashMap<Box<str>, HashMap<Box<str>, usize>>,
    plans: Vec<Plan>,
}

impl Plans {
    fn get(&mut self, catalogue: &Catalogue, event_source: &str, event_name: &str) -> &Plan {
        const UNKNOWN: &Plan = &Plan::None(NoAccess::UnknownAction);
        let known = self
            .indices
            .get(event_source)
            .and_then(|names| names.get(event_name));
        let index = match known {
            Some(index) => *index,
            None => self.add(catalogue, event_source, event_name),
        };
        self.plans.get(index).unwrap_or(UNKNOWN)
    }

    fn add(&mut self, catalogue: &Catalogue, event_source: &str, event_name: &str) -> usize {
        if self.plans.len() >= PLANS {
            self.indices.clear();
            self.plans.clear();
        }
        let index = self.plans.len();
        self.plans
            .push(plan::compile(catalogue, event_source, event_name));
        self.indices
            .entry(event_source.into())
            .or_default()
            .insert(event_name.into(), index);
        index
    }
}
