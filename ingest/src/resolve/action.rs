//! An action of an event, compiled: which resources of the record it was exercised on.

use iam::catalogue::ActionId;

use super::arn::Arn;
use super::ec2;
use super::facts::Facts;
use super::found::Found;
use super::pattern::Fit;
use super::types::TypePlan;
use super::uri::UriPlan;
use super::values::decode;

/// Which entries of `resources[]` an action may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entries {
    /// All that are of one of its types.
    All,
    /// The n-th of these, counted from 0.
    Nth(usize),
    /// None: they name another resource of the call.
    Never,
}

/// An action and how its resources are found.
#[derive(Debug, Clone)]
pub(crate) struct ActionPlan {
    pub(crate) action: ActionId,
    pub(crate) types: Vec<TypePlan>,
    pub(crate) entries: Entries,
    /// API Gateway: the resource is the request's path.
    pub(crate) uri: Option<UriPlan>,
    /// Makes something whose id only AWS knows.
    pub(crate) creates: bool,
    /// Makes a copy, under an id that only AWS knows, of something of the same type.
    pub(crate) copies: bool,
    /// Without identifiers it is about everything.
    pub(crate) lists: bool,
}

impl ActionPlan {
    /// Finds the resources, as policy patterns; none if the record does not say which.
    pub(crate) fn resources(&self, facts: &Facts<'_>, found: &mut Found) {
        found.next_action();
        if self.types.is_empty() {
            return found.add(0, |out| out.push('*'));
        }
        if let Some(uri) = &self.uri {
            return uri.find(facts, found);
        }
        self.take_entries(facts, found);
        self.take_parameters(facts, found);
        if found.is_empty() {
            self.take_elsewhere(facts, found);
        }
        if self.creates && !facts.params.is_omitted() {
            self.created(facts, found);
        }
        match found.len() {
            0 => self.fallback(facts, found),
            1 => {}
            _ => found.sort(),
        }
    }

    /// `resources[]`, filtered by the action's resource types.
    fn take_entries(&self, facts: &Facts<'_>, found: &mut Found) {
        let entries = facts.event.resources.iter();
        let mut arns = entries.filter_map(|entry| entry.arn.as_deref());
        match self.entries {
            Entries::Never => {}
            Entries::All => arns.for_each(|arn| self.take(arn, found)),
            Entries::Nth(n) => {
                let mut fitting = arns.by_ref().filter(|arn| self.type_of(arn).is_some());
                if let Some(arn) = fitting.nth(n) {
                    self.take(arn, found);
                }
            }
        }
    }

    fn take(&self, arn: &str, found: &mut Found) {
        if let Some((at, plan)) = self.type_of(arn) {
            found.add(at, |out| plan.arn_rule.push(out, plan.arn_rule.trim(arn)));
        }
    }

    /// The type of a concrete ARN: one it fits strictly, else one it fits loosely.
    fn type_of(&self, arn: &str) -> Option<(usize, &TypePlan)> {
        let arn = Arn::new(arn);
        let types = || self.types.iter().enumerate();
        let strict = types().find(|(_, plan)| plan.matches(arn, Fit::Strict));
        strict.or_else(|| {
            let mut loose = types().filter(|(_, plan)| plan.can_be_loose());
            loose.find(|(_, plan)| plan.matches(arn, Fit::Loose))
        })
    }

    /// Types whose variables the parameters fill. One filled in part counts if it is required or nothing is full.
    fn take_parameters(&self, facts: &Facts<'_>, found: &mut Found) {
        let named = found.len();
        for (at, plan) in self.types.iter().enumerate() {
            if !found.covers(at) {
                plan.fill(at, facts, named > 0 && !plan.required, found);
            }
            if !found.covers(at) {
                ec2::by_other_name(at, plan, facts, found);
            }
        }
        if found.len() == named {
            return;
        }
        let superseded = found
            .types()
            .skip(named)
            .find(|(at, partial)| !partial && self.is_superseded(*at, named, found));
        if let Some((general, _)) = superseded {
            found.retain_from(named, |at, _| at != general);
        }
        let any_full = named > 0 || found.types().any(|(_, partial)| !partial);
        let required = |at: usize| self.types.get(at).is_some_and(|plan| plan.required);
        let any_required = found
            .types()
            .skip(named)
            .any(|(at, partial)| partial && required(at));
        if any_full || any_required {
            found.retain_from(named, |at, partial| !partial || required(at));
        }
    }

    /// Whether the call also names, in full, the type that makes this one wrong.
    fn is_superseded(&self, general: usize, named: usize, found: &Found) -> bool {
        let Some(specific) = self.types.get(general).and_then(|plan| plan.superseded_by) else {
            return false;
        };
        let is_it = |at: usize| {
            self.types
                .get(at)
                .is_some_and(|plan| &*plan.name == specific)
        };
        let mut full = found.types().skip(named).filter(|(_, partial)| !partial);
        full.any(|(at, _)| is_it(at))
    }

    /// The last resorts: any ARN in the parameters, EC2 ids by their prefix, the IAM user who calls.
    fn take_elsewhere(&self, facts: &Facts<'_>, found: &mut Found) {
        if self.entries == Entries::All {
            facts
                .params
                .arns(&mut |arn| self.take(&decode(&arn), found));
        }
        for (at, plan) in self.types.iter().enumerate() {
            ec2::by_id_prefix(at, plan, facts, found);
        }
        let Some(arn) = facts.iam_user().filter(|_| found.is_empty()) else {
            return;
        };
        let is_user = |plan: &TypePlan| &*plan.service == "iam" && &*plan.name == "user";
        let mut types = self.types.iter().enumerate();
        if let Some((at, plan)) = types.find(|(_, plan)| is_user(plan)) {
            found.add(at, |out| plan.arn_rule.push(out, arn));
        }
    }

    /// Required types that nothing names: the thing made, or chosen, by AWS. Any of the type.
    fn created(&self, facts: &Facts<'_>, found: &mut Found) {
        let required = self.types.iter().any(|plan| plan.required);
        for (at, plan) in self.types.iter().enumerate() {
            let made = if required {
                plan.required
            } else {
                plan.own && found.is_empty()
            };
            if made && (self.copies || !found.covers(at)) {
                plan.any(at, facts, found);
            }
        }
    }

    /// Nothing is named: the only resource that there is, else everything for a list call, else unknown.
    fn fallback(&self, facts: &Facts<'_>, found: &mut Found) {
        if facts.params.is_omitted() {
            return;
        }
        let mut only = self.types.iter().filter(|plan| plan.is_constant());
        match (only.next(), only.next()) {
            (Some(plan), None) => {
                plan.any(0, facts, found);
                found.truncate(1);
            }
            _ if self.lists => found.add(0, |out| out.push('*')),
            _ => {}
        }
    }
}
