//! The accesses of one event, as they are found.

use iam::catalogue::{ActionId, Catalogue};
use iam::usage::Via;

use super::condition::Holds;
use super::denied::{self, Denial};
use super::facts::Facts;
use super::plan::RulePlan;
use super::{escape, template};
use crate::access::Access;

/// Accesses of one event.
pub(super) struct Accesses {
    pub(super) list: Vec<Access>,
    pub(super) catalogue: &'static Catalogue,
    pub(super) pass_role: Option<ActionId>,
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
    pub(super) fn denied(&mut self, facts: &Facts<'_>) -> bool {
        let denial = facts
            .event
            .error_message
            .as_deref()
            .and_then(denied::denial);
        let Some(Denial { action, resource }) = denial else {
            return false;
        };
        let Some(action) = self.catalogue.action(action) else {
            return false;
        };
        let via = if Some(action.id()) == self.pass_role {
            Via::PassedRole
        } else {
            facts.via()
        };
        let everything = action.resources().next().is_none().then(|| "*".to_owned());
        self.add(
            action.id(),
            resource
                .map(|resource| pattern(action.service(), resource))
                .or(everything),
            via,
        );
        true
    }

    /// What the plan of the event finds.
    pub(super) fn of_rule(&mut self, rule: &RulePlan, facts: &Facts<'_>) {
        let holds = HeldConditions::of(rule, facts);
        let replaced = |action: ActionId| {
            let mut held = rule
                .conditional
                .iter()
                .enumerate()
                .filter(|(at, _)| holds.get(*at) == Holds::Yes);
            held.any(|(_, conditional)| conditional.replaces == Some(action))
        };
        let mut tags = rule.tags.as_ref();
        for plan in rule.required.iter().filter(|plan| !replaced(plan.action)) {
            let resources = plan.resources(facts);
            let tagged = tags
                .take()
                .map(|tags| tags.accesses(self.catalogue, facts, &resources));
            self.extend(plan.action, resources, facts.via());
            for (action, resource, via) in tagged.unwrap_or_default() {
                self.add(action, resource, via);
            }
        }
        self.conditional(rule, holds, facts);
        self.passed(rule, facts);
    }

    /// Actions under a condition. One that the record cannot show is inferred; so are all of an event that has no
    /// other actions, when none of their conditions can be read.
    fn conditional(&mut self, rule: &RulePlan, holds: HeldConditions, facts: &Facts<'_>) {
        let unread = rule.required.is_empty() && holds.yes == 0;
        for (at, conditional) in rule.conditional.iter().enumerate() {
            let via = match holds.get(at) {
                Holds::Yes => facts.via(),
                Holds::Perhaps => Via::Inferred,
                Holds::No if unread && conditional.condition.reads_parameters() => Via::Inferred,
                Holds::No => continue,
            };
            self.extend(
                conditional.plan.action,
                conditional.plan.resources(facts),
                via,
            );
        }
    }

    fn passed(&mut self, rule: &RulePlan, facts: &Facts<'_>) {
        let Some(pass_role) = self.pass_role else {
            return;
        };
        let passed = rule.passed.passed(facts);
        if passed.is_empty() && rule.must_pass {
            self.add(pass_role, None, Via::PassedRole);
        }
        for (resource, via) in passed {
            self.add(pass_role, resource, via);
        }
    }

    fn extend(&mut self, action: ActionId, resources: Vec<Option<String>>, via: Via) {
        resources
            .into_iter()
            .for_each(|resource| self.add(action, resource, via));
    }
}

/// The resource of a message. S3 names keys, in which a `*` is literal; elsewhere it stands for what was not named.
fn pattern(service: &str, resource: &str) -> String {
    let mut out = String::with_capacity(resource.len());
    match service {
        "s3" if resource != "*" => escape::push_literal(&mut out, resource),
        _ => escape::push_pattern(&mut out, resource),
    }
    out
}

/// Which conditions of a rule hold, and which the record cannot show: one bit each.
#[derive(Clone, Copy)]
struct HeldConditions {
    yes: u64,
    perhaps: u64,
}

impl HeldConditions {
    fn of(rule: &RulePlan, facts: &Facts<'_>) -> Self {
        let mut held = HeldConditions { yes: 0, perhaps: 0 };
        for (at, conditional) in rule.conditional.iter().take(64).enumerate() {
            match conditional.condition.holds(facts) {
                Holds::Yes => held.yes |= 1 << at,
                Holds::Perhaps => held.perhaps |= 1 << at,
                Holds::No => {}
            }
        }
        held
    }

    fn get(self, at: usize) -> Holds {
        let bit = |bits: u64| at < 64 && bits >> at & 1 == 1;
        match (bit(self.yes), bit(self.perhaps)) {
            (true, _) => Holds::Yes,
            (_, true) => Holds::Perhaps,
            _ => Holds::No,
        }
    }
}
