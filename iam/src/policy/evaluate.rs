//! Evaluation: what a set of policies says to one request, and which statements decided.

use super::condition::{Truth, satisfied};
use super::document::{ActionElement, Effect, Policy, ResourceElement, Statement};
use super::glob::{Pattern, action_matches};
use super::principal;
use super::request::{PolicySet, Request};

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, and by no policy denied.
    Allowed,
    /// Nothing allows it.
    ImplicitDeny,
    /// A Deny statement matches.
    ExplicitDeny,
    /// Something that is not modelled could decide; why.
    Unknown(String),
}

/// The answer, with the statements that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The answer.
    pub decision: Decision,
    /// Statements that matched, in policy order.
    pub trace: Vec<Hit>,
}

/// A statement that matched a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Index of the policy in the order identity, boundary, session, SCPs; then, for [`authorize`](super::authorize), the
    /// resource's policy and the RCPs.
    pub policy: usize,
    /// Index of the statement in its policy.
    pub statement: usize,
    /// The statement's Sid.
    pub sid: Option<String>,
    /// What it does.
    pub effect: Effect,
}

/// Evaluates a request against the policies of its principal (same account, no resource policy).
pub fn evaluate(request: &Request, policies: &PolicySet) -> Evaluation {
    Evaluation {
        decision: decision(
            layer_of_denies(request, policies),
            allowed(request, policies),
        ),
        trace: trace(request, policies.all()),
    }
}

/// The answer when it is known whether something denies, and whether everything that must allow does.
pub(super) fn decision(denied: Truth, allowed: Truth) -> Decision {
    let undenied = match denied {
        Truth::Yes => return Decision::ExplicitDeny,
        Truth::No => Truth::Yes,
        Truth::Unknown(why) => Truth::Unknown(why),
    };
    match undenied.and(|| allowed) {
        Truth::Yes => Decision::Allowed,
        Truth::No => Decision::ImplicitDeny,
        Truth::Unknown(why) => Decision::Unknown(why),
    }
}

/// The statements that match, policy by policy.
pub(super) fn trace<'p>(request: &Request, policies: impl Iterator<Item = &'p Policy>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (p, policy) in policies.enumerate() {
        for (s, statement) in policy.statements.iter().enumerate() {
            if applies(statement, policy, request) == Truth::Yes {
                hits.push(Hit {
                    policy: p,
                    statement: s,
                    sid: statement.sid.clone(),
                    effect: statement.effect,
                });
            }
        }
    }
    hits
}

fn layer_of_denies(request: &Request, policies: &PolicySet) -> Truth {
    any(policies
        .all()
        .map(|policy| says(policy, Effect::Deny, request)))
}

fn allowed(request: &Request, policies: &PolicySet) -> Truth {
    layer(&policies.identity, request)
        .and(|| limits(request, policies))
        .and(|| levels(&policies.scps, request))
}

/// Whether one of the policies allows.
pub(super) fn layer(policies: &[Policy], request: &Request) -> Truth {
    any(policies
        .iter()
        .map(|policy| says(policy, Effect::Allow, request)))
}

/// Whether the boundary and the session policies, where there are any, allow.
pub(super) fn limits(request: &Request, policies: &PolicySet) -> Truth {
    let boundary = policies.boundary.as_ref();
    let bounded = boundary.map_or(Truth::Yes, |policy| says(policy, Effect::Allow, request));
    bounded.and(|| {
        if policies.session.is_empty() {
            return Truth::Yes;
        }
        layer(&policies.session, request)
    })
}

/// Whether each level of an organization allows.
pub(super) fn levels(levels: &[Vec<Policy>], request: &Request) -> Truth {
    let allowing = |truth: Truth, level: &Vec<Policy>| truth.and(|| layer(level, request));
    levels.iter().fold(Truth::Yes, allowing)
}

/// Whether a statement of that effect matches.
pub(super) fn says(policy: &Policy, effect: Effect, request: &Request) -> Truth {
    let statements = policy.statements.iter().filter(|s| s.effect == effect);
    any(statements.map(|statement| applies(statement, policy, request)))
}

/// Whether one of them holds.
pub(super) fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut unknown = None;
    for truth in truths {
        match truth {
            Truth::Yes => return Truth::Yes,
            Truth::Unknown(why) => unknown = unknown.or(Some(why)),
            Truth::No => {}
        }
    }
    unknown.map_or(Truth::No, Truth::Unknown)
}

/// Whether a statement matches.
pub(super) fn applies(statement: &Statement, policy: &Policy, request: &Request) -> Truth {
    Truth::from(action_applies(&statement.action, &request.action))
        .and(|| principal::applies(statement.principal.as_ref(), request.principal.as_deref()))
        .and(|| resource_applies(statement.resource.as_ref(), policy, request).into())
        .and(|| {
            satisfied(
                &statement.condition,
                policy.has_variables(),
                &request.context,
            )
        })
}

/// Whether an action element covers an action.
pub fn action_applies(element: &ActionElement, action: &str) -> bool {
    let listed = element
        .patterns()
        .iter()
        .any(|pattern| action_matches(pattern, action));
    listed == matches!(element, ActionElement::Action(_))
}

fn resource_applies(element: Option<&ResourceElement>, policy: &Policy, request: &Request) -> bool {
    let Some(element) = element else {
        return true;
    };
    let listed = element.patterns().iter().any(|text| {
        let pattern = if policy.has_variables() {
            Pattern::new(text)
        } else {
            Pattern::without_variables(text)
        };
        pattern
            .resolve(&request.context)
            .is_some_and(|p| p.matches(&request.resource))
    });
    listed == matches!(element, ResourceElement::Resource(_))
}
