//! An action of an event, compiled: which resources of the record it was exercised on.

use iam::catalogue::ActionId;

use super::ec2;
use super::facts::Facts;
use super::fill::Fill;
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
    /// Without identifiers it is about everything.
    pub(crate) lists: bool,
}

impl ActionPlan {
    /// The resources as policy patterns; a single `None` if the record does not say which.
    pub(crate) fn resources(&self, facts: &Facts<'_>) -> Vec<Option<String>> {
        if self.types.is_empty() {
            return vec![Some("*".to_owned())];
        }
        if let Some(uri) = &self.uri {
            return vec![uri.resource(facts)];
        }
        let mut found = Found::default();
        self.take_entries(facts, &mut found);
        self.take_parameters(facts, &mut found);
        if found.resources.is_empty() {
            self.take_elsewhere(facts, &mut found);
        }
        if self.creates && !facts.params.is_omitted() {
            self.created(facts, &mut found);
        }
        found.resources.sort_unstable();
        found.resources.dedup();
        match found.resources.is_empty() {
            true => vec![self.fallback(facts)],
            false => found.resources.into_iter().map(Some).collect(),
        }
    }

    /// `resources[]`, filtered by the action's resource types.
    fn take_entries(&self, facts: &Facts<'_>, found: &mut Found) {
        let arns = || {
            facts
                .event
                .resources
                .iter()
                .filter_map(|entry| entry.arn.as_deref())
        };
        match self.entries {
            Entries::Never => {}
            Entries::All => arns().for_each(|arn| self.take(arn, found)),
            Entries::Nth(n) => {
                let mut fitting = arns().filter(|arn| self.type_of(arn).is_some());
                if let Some(arn) = fitting.nth(n) {
                    self.take(arn, found);
                }
            }
        }
    }

    fn take(&self, arn: &str, found: &mut Found) {
        if let Some((at, plan)) = self.type_of(arn) {
            found.add(at, plan.arn_rule.pattern(plan.arn_rule.trim(arn)));
        }
    }

    /// The type of a concrete ARN: one it fits strictly, else one it fits loosely.
    fn type_of(&self, arn: &str) -> Option<(usize, &TypePlan)> {
        [Fit::Strict, Fit::Loose].into_iter().find_map(|fit| {
            self.types
                .iter()
                .enumerate()
                .find(|(_, plan)| plan.matches(arn, fit))
        })
    }

    /// Types whose variables the parameters fill. One filled in part counts if it is required or nothing is full.
    fn take_parameters(&self, facts: &Facts<'_>, found: &mut Found) {
        let named = !found.resources.is_empty();
        let (mut full, mut partial) = (Vec::new(), Vec::new());
        for (at, plan) in self.types.iter().enumerate() {
            if found.covers(at) {
                continue;
            }
            match plan.fill(facts, named && !plan.required) {
                Fill::Full(resources) => full.push((at, plan, resources)),
                Fill::Partial(resources) => partial.push((at, plan, resources)),
                Fill::Nothing => {}
            }
        }
        let specific = |general: &TypePlan| {
            full.iter()
                .any(|(_, plan, _)| general.superseded_by == Some(&*plan.name))
        };
        if let Some(general) = full.iter().position(|(_, plan, _)| specific(plan)) {
            full.remove(general);
        }
        for (at, _, resources) in full {
            found.extend(at, resources);
        }
        let required = partial.iter().any(|(_, plan, _)| plan.required);
        let any = found.resources.is_empty() && !required;
        for (at, plan, resources) in partial {
            if plan.required || any {
                found.extend(at, resources);
            }
        }
    }

    /// The last resorts: any ARN in the parameters, EC2 ids by their prefix, the IAM user who calls.
    fn take_elsewhere(&self, facts: &Facts<'_>, found: &mut Found) {
        if self.entries == Entries::All {
            facts
                .params
                .arns(&mut |arn| self.take(&decode(&arn), found));
        }
        for (at, plan) in self.types.iter().enumerate() {
            ec2::by_id_prefix(plan, facts, &mut |resource| found.add(at, resource));
        }
        let user = self
            .types
            .iter()
            .position(|plan| &*plan.service == "iam" && &*plan.name == "user");
        if let (true, Some(at), Some(arn)) = (found.resources.is_empty(), user, facts.iam_user()) {
            found.add(
                at,
                self.types
                    .get(at)
                    .map_or_else(String::new, |plan| plan.arn_rule.pattern(arn)),
            );
        }
    }

    /// Required types that nothing names: the thing made, or chosen, by AWS. Any of the type.
    fn created(&self, facts: &Facts<'_>, found: &mut Found) {
        let required = self.types.iter().any(|plan| plan.required);
        for (at, plan) in self.types.iter().enumerate() {
            let made = if required {
                plan.required
            } else {
                plan.own && found.resources.is_empty()
            };
            if made && !found.covers(at) {
                plan.any(facts)
                    .into_iter()
                    .for_each(|resource| found.add(at, resource));
            }
        }
    }

    /// Nothing is named: the only resource that there is, else everything for a list call, else unknown.
    fn fallback(&self, facts: &Facts<'_>) -> Option<String> {
        if facts.params.is_omitted() {
            return None;
        }
        let mut only = self.types.iter().filter_map(|plan| plan.only(facts));
        match (only.next(), only.next()) {
            (Some(resource), None) => Some(resource),
            _ => self.lists.then(|| "*".to_owned()),
        }
    }
}

/// Resources found, and which types they cover.
#[derive(Default)]
struct Found {
    resources: Vec<String>,
    /// One bit a type; no action has more than fit.
    covered: u128,
}

impl Found {
    fn add(&mut self, at: usize, resource: String) {
        self.covered |= bit(at);
        if self.resources.len() < super::params::VALUES {
            self.resources.push(resource);
        }
    }

    fn extend(&mut self, at: usize, resources: Vec<String>) {
        resources
            .into_iter()
            .for_each(|resource| self.add(at, resource));
    }

    fn covers(&self, at: usize) -> bool {
        self.covered & bit(at) != 0
    }
}

/// The bit of a type; those beyond the last share it.
fn bit(at: usize) -> u128 {
    1 << at.min(127)
}
