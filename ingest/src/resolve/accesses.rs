//! The accesses of one event, as they are found.

use iam::catalogue::{ActionId, Catalogue};
use iam::usage::Via;

use super::condition::Holds;
use super::denied::{self, Denial};
use super::facts::Facts;
use super::found::{Found, Span};
use super::pass::{self, Passed};
use super::plan::RulePlan;
use super::{escape, template};
use crate::access::Access;

/// One access; its texts are pieces of [`Scratch`].
#[derive(Debug, Clone, Copy)]
struct Slot {
    action: ActionId,
    resource: Option<Span>,
    /// `None`: the resource is its own template.
    template: Option<Span>,
    via: Via,
}

/// What one event is resolved with and into, kept from one to the next.
#[derive(Debug)]
pub(super) struct Scratch {
    catalogue: &'static Catalogue,
    pass_role: Option<ActionId>,
    found: Found,
    templates: String,
    slots: Vec<Slot>,
}

/// The accesses of one event, in the order they were found.
#[derive(Debug, Clone, Copy)]
pub struct Accesses<'r>(&'r Scratch);

impl<'r> Accesses<'r> {
    /// How many; at least one.
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(self) -> usize {
        self.0.slots.len()
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Access<'r>> {
        let text = self.0.found.text();
        self.0.slots.iter().map(move |slot| {
            let resource = slot.resource.map(|span| span.of(text));
            let template = slot.template.map(|span| span.of(&self.0.templates));
            Access {
                action: slot.action,
                resource,
                template: template.or(resource),
                via: slot.via,
            }
        })
    }
}

impl Scratch {
    pub(super) fn new(catalogue: &'static Catalogue) -> Self {
        Scratch {
            catalogue,
            pass_role: catalogue.action("iam:PassRole").map(|action| action.id()),
            found: Found::default(),
            templates: String::new(),
            slots: Vec::new(),
        }
    }

    pub(super) fn next_event(&mut self) {
        self.found.next_event();
        self.templates.clear();
        self.slots.clear();
    }

    /// The accesses found; `None` without any.
    pub(super) fn accesses(&self) -> Option<Accesses<'_>> {
        (!self.slots.is_empty()).then_some(Accesses(self))
    }

    /// Adds an access, unless it is among the first `known` ones.
    fn add(&mut self, action: ActionId, resource: Option<Span>, via: Via, known: usize) {
        let text = resource.map(|span| span.of(self.found.text()));
        let same = |slot: &Slot| {
            slot.action == action
                && slot.via == via
                && slot.resource.map(|span| span.of(self.found.text())) == text
        };
        if self.slots.iter().take(known).any(same) {
            return;
        }
        let start = self.templates.len();
        let masked = text.is_some_and(|text| template::push(&mut self.templates, text));
        self.slots.push(Slot {
            action,
            resource,
            template: masked.then(|| Span::new(start, self.templates.len())),
            via,
        });
    }

    /// Adds what was found for an action; nothing means that the record does not say which resource.
    fn add_found(&mut self, action: ActionId, via: Via) {
        let known = self.slots.len();
        if self.found.is_empty() {
            self.add(action, None, via, known);
        }
        for index in 0..self.found.len() {
            if let Some((span, _)) = self.found.get(index) {
                self.add(action, Some(span), via, known);
            }
        }
    }

    /// What the message of a denial names; false if it names no action.
    pub(super) fn denied(&mut self, facts: &Facts<'_>) -> bool {
        let message = facts.event.error_message.as_deref();
        let Some(Denial { action, resource }) = message.and_then(denied::denial) else {
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
        let everything = action.resources().next().is_none().then_some("*");
        self.found.next_action();
        if let Some(resource) = resource.or(everything) {
            self.found
                .add(0, |out| push_named(out, action.service(), resource));
        }
        self.add_found(action.id(), via);
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
            plan.resources(facts, &mut self.found);
            self.add_found(plan.action, facts.via());
            if let Some((action, via)) = tags
                .take()
                .and_then(|tags| tags.find(self.catalogue, facts, &mut self.found))
            {
                self.add_found(action, via);
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
            conditional.plan.resources(facts, &mut self.found);
            self.add_found(conditional.plan.action, via);
        }
    }

    fn passed(&mut self, rule: &RulePlan, facts: &Facts<'_>) {
        let Some(pass_role) = self.pass_role.filter(|_| rule.may_pass()) else {
            return;
        };
        let passed = rule.passed.find(facts, &mut self.found);
        let known = self.slots.len();
        for index in 0..self.found.len() {
            match (passed, self.found.get(index)) {
                (Passed::Roles, Some((role, at))) => {
                    self.add(pass_role, Some(role), pass::via(at), known)
                }
                (_, Some((carrier, at))) => self.add_carried(pass_role, carrier, pass::via(at)),
                (_, None) => {}
            }
        }
        match passed {
            Passed::Unnamed(via) => self.add(pass_role, None, via, known),
            Passed::Nothing if rule.must_pass => self.add(pass_role, None, Via::PassedRole, known),
            _ => {}
        }
    }

    /// A role that the record does not name, only what carries it: the carrier stands in the template's place.
    fn add_carried(&mut self, action: ActionId, carrier: Span, via: Via) {
        let start = self.templates.len();
        self.templates.push_str(carrier.of(self.found.text()));
        self.slots.push(Slot {
            action,
            resource: None,
            template: Some(Span::new(start, self.templates.len())),
            via,
        });
    }
}

/// The resource of a message. S3 names keys, in which a `*` is literal; elsewhere it stands for what was not named.
fn push_named(out: &mut String, service: &str, resource: &str) {
    match service {
        "s3" if resource != "*" => escape::push_literal(out, resource),
        _ => escape::push_pattern(out, resource),
    }
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
