//! Authorization: the policies of the caller and those of the resource, within an account and across accounts.
//!
//! Source: IAM User Guide, "Policy evaluation logic", with its pages on requests within a single account and on
//! cross-account requests.

use super::condition::Truth;
use super::document::{Effect, Policy};
use super::evaluate::{
    Asked, Decision, Evaluation, Evaluator, Ready, any, decision, levels, trace,
};
use super::principal::{Naming, account_of, is_root, naming};
use super::request::{PolicySet, Request};

/// What decides on the side of the resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceSide {
    /// The account that owns the resource; None: the one in its ARN.
    pub account: Option<String>,
    /// Its bucket, key, queue, trust or other resource policy.
    pub policy: Option<Policy>,
    /// Resource control policies, one list a level of the owner's organization: each level must allow.
    pub rcps: Vec<Vec<Policy>>,
}

/// Evaluates a request whose `principal` says who calls, against the caller's policies and the resource's.
pub fn authorize(request: &Request, caller: &PolicySet, resource: &ResourceSide) -> Evaluation {
    let case = Case {
        asked: Asked::new(request),
        caller: Evaluator::new(caller),
        owner: resource.account.as_deref(),
        policy: resource.policy.as_ref().map(Ready::new),
        rcps: Ready::levels(&resource.rcps),
    };
    Evaluation {
        decision: case.decision(),
        trace: trace(&case.asked, case.every()),
    }
}

/// A request, and all that decides on it.
struct Case<'c> {
    asked: Asked<'c>,
    caller: Evaluator<'c>,
    owner: Option<&'c str>,
    policy: Option<Ready<'c>>,
    rcps: Vec<Vec<Ready<'c>>>,
}

impl<'c> Case<'c> {
    fn every(&self) -> impl Iterator<Item = &Ready<'c>> {
        let rcps = self.rcps.iter().flatten();
        self.caller.all().chain(&self.policy).chain(rcps)
    }

    fn decision(&self) -> Decision {
        let denied = any(self
            .every()
            .map(|policy| policy.says(Effect::Deny, &self.asked)));
        decision(denied, || {
            levels(&self.rcps, &self.asked).and(|| self.granted())
        })
    }

    fn caller_arn(&self) -> Option<&'c str> {
        self.asked.request.principal.as_deref()
    }

    /// Whether caller and resource together allow.
    fn granted(&self) -> Truth {
        let Some(arn) = self.caller_arn() else {
            return Truth::Unknown("the request does not say who calls".to_owned());
        };
        let Some(own) = account_of(arn) else {
            return self
                .resource_allows(Naming::Itself)
                .or(|| self.resource_allows(Naming::Role));
        };
        let resource = &self.asked.request.resource;
        match self.owner.or_else(|| account_of(resource)) {
            Some(owner) if owner == own => self.within_account(),
            Some(_) => self.across_accounts(),
            None => match (self.within_account(), self.across_accounts()) {
                (within, across) if within == across => within,
                _ => Truth::Unknown(format!(
                    "it depends on whether account {own} owns `{resource}`"
                )),
            },
        }
    }

    fn within_account(&self) -> Truth {
        let delegated = || {
            if needs_resource_policy(self.asked.request) {
                self.resource_allows(Naming::Account)
                    .and(|| self.identity_allows())
            } else {
                self.identity_allows()
            }
        };
        let granted = self
            .resource_allows(Naming::Itself)
            .or(|| {
                self.resource_allows(Naming::Role)
                    .and(|| self.caller.limits(&self.asked))
            })
            .or(delegated);
        granted.and(|| self.caller.levels(&self.asked))
    }

    fn across_accounts(&self) -> Truth {
        let resource = self
            .resource_allows(Naming::Account)
            .or(|| self.resource_allows(Naming::Role))
            .or(|| self.resource_allows(Naming::Itself));
        resource
            .and(|| self.identity_allows())
            .and(|| self.caller.levels(&self.asked))
    }

    /// Whether the caller's own policies allow. The root user has none, and all access.
    fn identity_allows(&self) -> Truth {
        if self.caller_arn().is_some_and(is_root) {
            return Truth::Yes;
        }
        self.caller
            .allows(&self.asked)
            .and(|| self.caller.limits(&self.asked))
    }

    /// Whether the resource's policy allows the request by a statement that names the caller in this way.
    fn resource_allows(&self, way: Naming) -> Truth {
        let (Some(policy), Some(caller)) = (&self.policy, self.caller_arn()) else {
            return Truth::No;
        };
        let naming = |principal| naming(principal, caller) == Some(way);
        let allows = policy.0.iter().filter(|clause| {
            let statement = clause.statement;
            statement.effect == Effect::Allow && statement.principal.as_ref().is_some_and(naming)
        });
        any(allows.map(|clause| clause.applies(&self.asked)))
    }
}

/// Whether the resource's policy must allow in any case: role trust policies and key policies.
fn needs_resource_policy(request: &Request) -> bool {
    let action = request.action.to_ascii_lowercase();
    let trust = [
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:tagsession",
        "sts:setsourceidentity",
    ];
    let key = action.starts_with("kms:") && request.resource.contains(":key/");
    key || trust.contains(&action.as_str())
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
