//! Evaluation: what a set of policies says to one request, and which statements decided.

use super::clause::{Clause, Reading};
use super::condition::{Truth, satisfied};
use super::document::{ActionElement, Effect, Policy};
use super::glob::action_matches;
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

/// Evaluates a request against the policies of its principal (same account, no resource policy). Of many requests, make an
/// [`Evaluator`] once.
pub fn evaluate(request: &Request, policies: &PolicySet) -> Evaluation {
    Evaluator::new(policies).evaluate(request)
}

/// The policies of a principal, made ready to judge many requests.
#[derive(Debug, Clone)]
pub struct Evaluator<'p> {
    identity: Vec<Ready<'p>>,
    boundary: Option<Ready<'p>>,
    session: Vec<Ready<'p>>,
    scps: Vec<Vec<Ready<'p>>>,
}

impl<'p> Evaluator<'p> {
    /// Compiles the patterns and reads the conditions.
    pub fn new(policies: &'p PolicySet) -> Self {
        Self {
            identity: Ready::all(&policies.identity),
            boundary: policies.boundary.as_ref().map(Ready::new),
            session: Ready::all(&policies.session),
            scps: Ready::levels(&policies.scps),
        }
    }

    /// The answer to a request, with the statements that matched.
    pub fn evaluate(&self, request: &Request) -> Evaluation {
        let asked = Asked::new(request);
        Evaluation {
            decision: self.answer(&asked),
            trace: trace(&asked, self.all()),
        }
    }

    /// The answer to a request.
    pub fn decide(&self, request: &Request) -> Decision {
        self.answer(&Asked::new(request))
    }

    fn answer(&self, asked: &Asked<'_>) -> Decision {
        let denied = any(self.all().map(|policy| policy.says(Effect::Deny, asked)));
        let allowed = || {
            self.allows(asked)
                .and(|| self.limits(asked))
                .and(|| self.levels(asked))
        };
        decision(denied, allowed)
    }

    /// Every policy in the order identity, boundary, session, SCPs.
    pub(super) fn all(&self) -> impl Iterator<Item = &Ready<'p>> {
        let scps = self.scps.iter().flatten();
        self.identity
            .iter()
            .chain(&self.boundary)
            .chain(&self.session)
            .chain(scps)
    }

    /// Whether an identity policy allows.
    pub(super) fn allows(&self, asked: &Asked<'_>) -> Truth {
        layer(&self.identity, asked)
    }

    /// Whether the boundary and the session policies, where there are any, allow.
    pub(super) fn limits(&self, asked: &Asked<'_>) -> Truth {
        let boundary = self.boundary.as_ref();
        let bounded = boundary.map_or(Truth::Yes, |policy| policy.says(Effect::Allow, asked));
        bounded.and(|| {
            if self.session.is_empty() {
                return Truth::Yes;
            }
            layer(&self.session, asked)
        })
    }

    /// Whether each level of the caller's organization allows.
    pub(super) fn levels(&self, asked: &Asked<'_>) -> Truth {
        levels(&self.scps, asked)
    }
}

/// A policy made ready: its statements compiled, in order.
#[derive(Debug, Clone)]
pub(super) struct Ready<'p>(pub(super) Vec<Clause<'p>>);

impl<'p> Ready<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        let statements = policy.statements.iter();
        Self(
            statements
                .map(|statement| Clause::new(policy, statement, Reading::Whole))
                .collect(),
        )
    }

    fn all(policies: &'p [Policy]) -> Vec<Self> {
        policies.iter().map(Self::new).collect()
    }

    pub(super) fn levels(levels: &'p [Vec<Policy>]) -> Vec<Vec<Self>> {
        levels.iter().map(|level| Self::all(level)).collect()
    }

    /// Whether a statement of that effect matches.
    pub(super) fn says(&self, effect: Effect, asked: &Asked<'_>) -> Truth {
        let clauses = self
            .0
            .iter()
            .filter(|clause| clause.statement.effect == effect);
        any(clauses.map(|clause| clause.applies(asked)))
    }
}

/// A request as statements look at it.
#[derive(Debug)]
pub(super) struct Asked<'r> {
    pub(super) request: &'r Request,
    /// In lower case.
    action: String,
}

impl<'r> Asked<'r> {
    pub(super) fn new(request: &'r Request) -> Self {
        Self {
            request,
            action: request.action.to_ascii_lowercase(),
        }
    }
}

impl Clause<'_> {
    /// Whether the statement matches.
    pub(super) fn applies(&self, asked: &Asked<'_>) -> Truth {
        let request = asked.request;
        Truth::from(self.named.has_lower(&asked.action))
            .and(|| self.about(request.principal.as_deref()))
            .and(|| self.reached.has(&request.resource, &request.context).into())
            .and(|| satisfied(&self.tests, &request.context))
    }
}

/// The answer when it is known whether something denies, and whether everything that must allow does.
pub(super) fn decision(denied: Truth, allowed: impl FnOnce() -> Truth) -> Decision {
    let undenied = match denied {
        Truth::Yes => return Decision::ExplicitDeny,
        Truth::No => Truth::Yes,
        Truth::Unknown(why) => Truth::Unknown(why),
    };
    match undenied.and(allowed) {
        Truth::Yes => Decision::Allowed,
        Truth::No => Decision::ImplicitDeny,
        Truth::Unknown(why) => Decision::Unknown(why),
    }
}

/// The statements that match, policy by policy.
pub(super) fn trace<'t, 'p: 't>(
    asked: &Asked<'_>,
    policies: impl Iterator<Item = &'t Ready<'p>>,
) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (policy, Ready(clauses)) in policies.enumerate() {
        for (statement, clause) in clauses.iter().enumerate() {
            if clause.applies(asked) == Truth::Yes {
                hits.push(Hit {
                    policy,
                    statement,
                    sid: clause.statement.sid.clone(),
                    effect: clause.statement.effect,
                });
            }
        }
    }
    hits
}

/// Whether one of the policies allows.
fn layer(policies: &[Ready<'_>], asked: &Asked<'_>) -> Truth {
    any(policies
        .iter()
        .map(|policy| policy.says(Effect::Allow, asked)))
}

/// Whether each level of an organization allows.
pub(super) fn levels(levels: &[Vec<Ready<'_>>], asked: &Asked<'_>) -> Truth {
    let allowing = |truth: Truth, level: &Vec<Ready<'_>>| truth.and(|| layer(level, asked));
    levels.iter().fold(Truth::Yes, allowing)
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

/// Whether an action element covers an action.
pub fn action_applies(element: &ActionElement, action: &str) -> bool {
    let listed = element
        .patterns()
        .iter()
        .any(|pattern| action_matches(pattern, action));
    listed == matches!(element, ActionElement::Action(_))
}
