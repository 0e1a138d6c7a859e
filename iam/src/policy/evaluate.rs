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
    /// Index of the policy in the order identity, boundary, session, SCPs.
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
    let trace = trace(request, policies);
    let decision = match layer_of_denies(request, policies) {
        Truth::Yes => Decision::ExplicitDeny,
        denied => match denied_or_allowed(denied, || allowed(request, policies)) {
            Truth::Yes => Decision::Allowed,
            Truth::No => Decision::ImplicitDeny,
            Truth::Unknown(why) => Decision::Unknown(why),
        },
    };
    Evaluation { decision, trace }
}

fn denied_or_allowed(denied: Truth, allowed: impl FnOnce() -> Truth) -> Truth {
    match denied {
        Truth::Unknown(why) => Truth::Unknown(why).and(allowed),
        _ => allowed(),
    }
}

fn trace(request: &Request, policies: &PolicySet) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (p, policy) in policies.all().enumerate() {
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
    let layer = |policies: &[Policy]| any(policies.iter().map(|p| says(p, Effect::Allow, request)));
    let mut truth = layer(&policies.identity);
    if let Some(boundary) = &policies.boundary {
        truth = truth.and(|| says(boundary, Effect::Allow, request));
    }
    if !policies.session.is_empty() {
        truth = truth.and(|| layer(&policies.session));
    }
    for level in &policies.scps {
        truth = truth.and(|| layer(level));
    }
    truth
}

fn says(policy: &Policy, effect: Effect, request: &Request) -> Truth {
    let statements = policy.statements.iter().filter(|s| s.effect == effect);
    any(statements.map(|statement| applies(statement, policy, request)))
}

fn any(truths: impl Iterator<Item = Truth>) -> Truth {
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

fn applies(statement: &Statement, policy: &Policy, request: &Request) -> Truth {
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
