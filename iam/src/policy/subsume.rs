//! Subsumption: whether every request that one set of policies allows is allowed by another.
//!
//! Sound by construction: `Yes` only when each Allow statement of the inner set is covered, action by action and
//! resource by resource, by Allow statements of the outer set whose conditions are no stricter, and no Deny, boundary or
//! control policy of the outer set can take away what the inner set leaves. `No` only with a request that
//! [`evaluate`] confirms on both sides. Everything else is `Unknown`.

use super::document::{ActionElement, Condition, Effect, Policy, ResourceElement, Statement};
use super::evaluate::{Decision, action_applies, evaluate};
use super::glob::{Pattern, covers};
use super::request::{PolicySet, Request};
use crate::catalogue::Catalogue;
use std::collections::BTreeSet;

/// Whether the outer set allows all that the inner one allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It does.
    Yes,
    /// It does not: the inner set allows this request, the outer one does not.
    No(Witness),
    /// Not decided; why.
    Unknown(String),
}

/// A request that tells two sets of policies apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The request.
    pub request: Request,
    /// Which part of the inner set allows it.
    pub why: String,
}

/// Whether every request that `inner` allows is allowed by `outer`.
pub fn subsumes(outer: &PolicySet, inner: &PolicySet, catalogue: &Catalogue) -> Answer {
    let comparison = Comparison {
        outer,
        inner,
        catalogue,
    };
    for (policy, statement) in allows(&inner.identity) {
        match comparison.statement(policy, statement) {
            Answer::Yes => {}
            other => return other,
        }
    }
    comparison.limits()
}

/// An Allow or Deny statement with its document, whose Version gives `${…}` its meaning.
fn with_effect(policies: &[Policy], effect: Effect) -> impl Iterator<Item = (&Policy, &Statement)> {
    policies.iter().flat_map(move |policy| {
        let statements = policy.statements.iter();
        statements
            .filter(move |s| s.effect == effect)
            .map(move |s| (policy, s))
    })
}

fn allows(policies: &[Policy]) -> impl Iterator<Item = (&Policy, &Statement)> {
    with_effect(policies, Effect::Allow)
}

/// A resource pattern as its document means it.
pub(super) fn pattern(policy: &Policy, text: &str) -> Pattern {
    if policy.has_variables() {
        Pattern::new(text)
    } else {
        Pattern::without_variables(text)
    }
}

struct Comparison<'a> {
    outer: &'a PolicySet,
    inner: &'a PolicySet,
    catalogue: &'a Catalogue,
}

impl Comparison<'_> {
    fn statement(&self, policy: &Policy, statement: &Statement) -> Answer {
        let same = |(p, s): (&Policy, &Statement)| {
            p.has_variables() == policy.has_variables()
                && s.action == statement.action
                && s.resource == statement.resource
                && s.condition == statement.condition
        };
        if allows(&self.outer.identity).any(same) {
            return Answer::Yes;
        }
        let resources = match &statement.resource {
            Some(ResourceElement::Resource(values)) => values.items.as_slice(),
            _ => {
                return unknown(
                    statement,
                    "NotResource is compared only with the same statement",
                );
            }
        };
        let names = match self.actions(&statement.action) {
            Ok(names) => names,
            Err(why) => return unknown(statement, why),
        };
        for action in &names {
            for text in resources {
                if !self.covered(action, &pattern(policy, text), &statement.condition) {
                    return self.witness(statement, action, &pattern(policy, text));
                }
            }
        }
        Answer::Yes
    }

    /// The actions to compare: exact names as they are, wildcards through the catalogue unless the outer set has the
    /// same wildcard or a wider one.
    fn actions(&self, element: &ActionElement) -> Result<BTreeSet<String>, &'static str> {
        let ActionElement::Action(values) = element else {
            return Err("NotAction is compared only with the same statement");
        };
        let mut names = BTreeSet::new();
        for text in &values.items {
            if text.contains(['*', '?']) && !self.wildcard_known(text) {
                return Err(
                    "a wildcard action may come to mean actions that the catalogue does not know yet",
                );
            }
            if text.contains(['*', '?']) {
                let ids = self.catalogue.expand(text);
                let known = ids.iter().filter_map(|id| self.catalogue.get(*id));
                names.extend(known.map(|action| action.name().to_owned()));
            } else {
                names.insert(text.clone());
            }
        }
        Ok(names)
    }

    fn wildcard_known(&self, text: &str) -> bool {
        let inner = Pattern::action(text);
        allows(&self.outer.identity).any(|(_, statement)| match &statement.action {
            ActionElement::Action(values) => values
                .items
                .iter()
                .any(|outer| Pattern::action(outer).subsumes(&inner)),
            ActionElement::NotAction(values) => !values
                .items
                .iter()
                .any(|outer| Pattern::action(outer).overlaps(&inner)),
        })
    }

    /// Whether outer Allow statements, together, cover the action on every resource of the pattern.
    fn covered(&self, action: &str, resource: &Pattern, condition: &Condition) -> bool {
        let mut union = Vec::new();
        for (policy, statement) in allows(&self.outer.identity) {
            let applies = action_applies(&statement.action, action)
                && no_stricter(&statement.condition, condition);
            match &statement.resource {
                Some(ResourceElement::Resource(values)) if applies => {
                    union.extend(values.items.iter().map(|text| pattern(policy, text)));
                }
                Some(ResourceElement::NotResource(values)) if applies => {
                    let mut excluded = values.items.iter().map(|text| pattern(policy, text));
                    if !excluded.any(|excluded| excluded.overlaps(resource)) {
                        return true;
                    }
                }
                _ => {}
            }
        }
        covers(&union.iter().collect::<Vec<_>>(), resource)
    }

    /// A confirmed witness, or Unknown.
    fn witness(&self, statement: &Statement, action: &str, resource: &Pattern) -> Answer {
        for filler in ["leastwise-witness", "", "x", "a/b"] {
            let request = Request::new(action, resource.sample(filler));
            let allowed = evaluate(&request, self.inner).decision == Decision::Allowed;
            let refused = matches!(
                evaluate(&request, self.outer).decision,
                Decision::ImplicitDeny | Decision::ExplicitDeny
            );
            if allowed && refused {
                let why = format!("allowed by statement {}", name(statement));
                return Answer::No(Witness { request, why });
            }
        }
        unknown(
            statement,
            &format!("`{action}` is not seen to be covered on every resource"),
        )
    }

    /// Whether all that can take away in the outer set takes away in the inner one too.
    fn limits(&self) -> Answer {
        if self.outer.boundary.is_some() && self.outer.boundary != self.inner.boundary {
            return Answer::Unknown("the permissions boundaries differ".to_owned());
        }
        if !self.outer.session.is_empty() && self.outer.session != self.inner.session {
            return Answer::Unknown("the session policies differ".to_owned());
        }
        if !self.outer.scps.is_empty() && self.outer.scps != self.inner.scps {
            return Answer::Unknown("the control policies differ".to_owned());
        }
        for (policy, deny) in with_effect(&self.outer.identity, Effect::Deny) {
            let mut inner = with_effect(&self.inner.identity, Effect::Deny);
            let kept = inner.any(|(p, s)| {
                p.has_variables() == policy.has_variables()
                    && s.action == deny.action
                    && s.resource == deny.resource
                    && s.condition == deny.condition
            });
            if !kept && self.reaches(policy, deny) {
                return self.denied_witness(deny);
            }
        }
        Answer::Yes
    }

    /// Whether a Deny statement could match something the inner set allows.
    fn reaches(&self, policy: &Policy, deny: &Statement) -> bool {
        allows(&self.inner.identity).any(|(inner_policy, allow)| {
            actions_overlap(&deny.action, &allow.action)
                && resources_overlap(
                    (policy, deny.resource.as_ref()),
                    (inner_policy, allow.resource.as_ref()),
                )
        })
    }

    fn denied_witness(&self, deny: &Statement) -> Answer {
        for (policy, allow) in allows(&self.inner.identity) {
            let (ActionElement::Action(actions), Some(ResourceElement::Resource(resources))) =
                (&allow.action, &allow.resource)
            else {
                continue;
            };
            for action in actions.items.iter().filter(|a| !a.contains(['*', '?'])) {
                for text in &resources.items {
                    let answer = self.witness(allow, action, &pattern(policy, text));
                    if matches!(answer, Answer::No(_)) {
                        return answer;
                    }
                }
            }
        }
        Answer::Unknown(format!(
            "the Deny statement {} is not carried over",
            name(deny)
        ))
    }
}

fn unknown(statement: &Statement, why: &str) -> Answer {
    Answer::Unknown(format!("statement {}: {why}", name(statement)))
}

fn name(statement: &Statement) -> String {
    statement
        .sid
        .as_ref()
        .map_or_else(|| "without Sid".to_owned(), |sid| format!("`{sid}`"))
}

/// Whether `outer` holds whenever `inner` does: each of its tests is one of the inner block's.
fn no_stricter(outer: &Condition, inner: &Condition) -> bool {
    outer.0.iter().all(|(operator, keys)| {
        keys.iter().all(|(key, values)| {
            inner.0.iter().any(|(other, inner_keys)| {
                other.eq_ignore_ascii_case(operator)
                    && inner_keys
                        .iter()
                        .any(|(k, v)| k.eq_ignore_ascii_case(key) && v.items == values.items)
            })
        })
    })
}

fn actions_overlap(a: &ActionElement, b: &ActionElement) -> bool {
    let compiled = |element: &ActionElement| -> Vec<Pattern> {
        element
            .patterns()
            .iter()
            .map(|text| Pattern::action(text))
            .collect()
    };
    let (left, right) = (compiled(a), compiled(b));
    overlap(
        (&left, matches!(a, ActionElement::NotAction(_))),
        (&right, matches!(b, ActionElement::NotAction(_))),
    )
}

fn resources_overlap(
    a: (&Policy, Option<&ResourceElement>),
    b: (&Policy, Option<&ResourceElement>),
) -> bool {
    let (Some(left), Some(right)) = (a.1, b.1) else {
        return true;
    };
    let compiled = |policy: &Policy, element: &ResourceElement| -> Vec<Pattern> {
        element
            .patterns()
            .iter()
            .map(|text| pattern(policy, text))
            .collect()
    };
    overlap(
        (
            &compiled(a.0, left),
            matches!(left, ResourceElement::NotResource(_)),
        ),
        (
            &compiled(b.0, right),
            matches!(right, ResourceElement::NotResource(_)),
        ),
    )
}

/// Whether two unions of patterns, each possibly complemented, may share a text. Never a wrong "no".
fn overlap((a, not_a): (&[Pattern], bool), (b, not_b): (&[Pattern], bool)) -> bool {
    match (not_a, not_b) {
        (false, false) => a.iter().any(|a| b.iter().any(|b| a.overlaps(b))),
        (true, false) => !b.iter().all(|b| covers(&a.iter().collect::<Vec<_>>(), b)),
        (false, true) => !a.iter().all(|a| covers(&b.iter().collect::<Vec<_>>(), a)),
        (true, true) => true,
    }
}

#[cfg(test)]
#[path = "subsume_tests.rs"]
mod tests;
