//! Event to accesses: which actions an event exercised, and on which resources.
//!
//! The meaning of an (event source, event name) comes from the catalogue and is compiled once into a plan; each event
//! then only looks values up. See catalogue.md, sections B6 and C, and cloudtrail-and-iam.md, sections 3, 9 and 10.

mod accesses;
mod action;
mod arn;
mod arn_rule;
mod carrier;
mod condition;
mod denied;
mod ec2;
mod escape;
mod facts;
mod fill;
mod found;
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

pub use accesses::Accesses;
pub(crate) use json::end_of_string;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem;

use iam::catalogue::Catalogue;
use iam::usage::Outcome;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::access::{EventKind, NoAccess, Resolution};
use crate::event::Event;
use accesses::Scratch;
use facts::Facts;
use params::{Member, Params};
use plan::Plan;

/// Plans kept; a log with more kinds of events than AWS has is hostile, and only gets slower.
const PLANS: usize = 32_768;

/// Resolves events with one catalogue; holds the plans of the events it has met. One per thread.
#[derive(Debug)]
pub struct Resolver {
    catalogue: &'static Catalogue,
    plans: Plans,
    scratch: Scratch,
    /// Empty between events; kept for its capacity.
    members: Vec<Member<'static>>,
}

impl Resolver {
    /// A resolver without plans yet.
    pub fn new(catalogue: &'static Catalogue) -> Self {
        Resolver {
            catalogue,
            plans: Plans::default(),
            scratch: Scratch::new(catalogue),
            members: Vec::new(),
        }
    }

    /// The accesses of an event, or why there are none. `outcome` is the event's own: of a denied call, AWS's message
    /// names the action and resource if it is in the common format.
    pub fn resolve(&mut self, event: &Event<'_>, outcome: Outcome) -> Resolution<'_> {
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
        let parameters = event.request_parameters.filter(|_| rule.reads);
        let text = parameters.map(|parameters| parameters.get());
        let params = Params::new(text, recycle(mem::take(&mut self.members)));
        let facts = Facts::new(event, params, &rule.hints);
        self.scratch.next_event();
        if outcome != Outcome::Denied || !self.scratch.denied(&facts) {
            self.scratch.of_rule(rule, &facts);
        }
        self.members = recycle(facts.params.into_room());
        match self.scratch.accesses() {
            Some(accesses) => Resolution::Accesses(accesses),
            None => Resolution::None(NoAccess::NoConditionMet),
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
    /// Hash of both names → index; of two pairs with one hash, each displaces the other.
    indices: HashMap<u64, usize, BuildHasherDefault<Hashed>>,
    plans: Vec<(Box<str>, Box<str>, Plan)>,
}

impl Plans {
    fn get(&mut self, catalogue: &Catalogue, event_source: &str, event_name: &str) -> &Plan {
        const UNKNOWN: &Plan = &Plan::None(NoAccess::UnknownAction);
        let hash = xxh3_64_with_seed(event_name.as_bytes(), xxh3_64(event_source.as_bytes()));
        let index = self.indices.get(&hash).copied();
        let is_it = |(source, name, _): &(Box<str>, Box<str>, Plan)| {
            **name == *event_name && **source == *event_source
        };
        let known = index.filter(|index| self.plans.get(*index).is_some_and(is_it));
        let index = match known {
            Some(index) => index,
            None => self.add(catalogue, (event_source, event_name), hash),
        };
        self.plans.get(index).map_or(UNKNOWN, |(_, _, plan)| plan)
    }

    fn add(&mut self, catalogue: &Catalogue, (source, name): (&str, &str), hash: u64) -> usize {
        if self.plans.len() >= PLANS {
            self.indices.clear();
            self.plans.clear();
        }
        let index = self.plans.len();
        let plan = plan::compile(catalogue, source, name);
        self.plans.push((source.into(), name.into(), plan));
        self.indices.insert(hash, index);
        index
    }
}

/// A key that is a hash already.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
