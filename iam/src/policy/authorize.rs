//! Authorization: the policies of the caller and those of the resource, within an account and across accounts.
//!
//! Source: IAM User Guide, "Policy evaluation logic", with its pages on requests within a single account and on
//! cross-account requests.

use super::condition::Truth;
use super::document::{Effect, Policy};
use super::evaluate::{Evaluation, any, applies, decision, layer, levels, limits, says, trace};
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
    let every = || {
        let levels = resource.rcps.iter().flatten();
        caller.all().chain(&resource.policy).chain(levels)
    };
    let denied = any(every().map(|policy| says(policy, Effect::Deny, request)));
    let allowed = levels(&resource.rcps, request).and(|| granted(request, caller, resource));
    Evaluation {
        decision: decision(denied, allowed),
        trace: trace(request, every()),
    }
}

/// Whether caller and resource together allow.
fn granted(request: &Request, caller: &PolicySet, resource: &ResourceSide) -> Truth {
    let Some(arn) = request.principal.as_deref() else {
        return Truth::Unknown("the request does not say who calls".to_owned());
    };
    let Some(own) = account_of(arn) else {
        return resource_allows(request, resource, Naming::Itself)
            .or(|| resource_allows(request, resource, Naming::Role));
    };
    let owner = resource.account.as_deref();
    let within = || within_account(request, caller, resource);
    let across = || across_accounts(request, caller, resource);
    match owner.or_else(|| account_of(&request.resource)) {
        Some(owner) if owner == own => within(),
        Some(_) => across(),
        None => match (within(), across()) {
            (within, across) if within == across => within,
            _ => Truth::Unknown(format!(
                "it depends on whether account {own} owns `{}`",
                request.resource
            )),
        },
    }
}

fn within_account(request: &Request, caller: &PolicySet, resource: &ResourceSide) -> Truth {
    let by = |naming| resource_allows(request, resource, naming);
    let identity = || identity_allows(request, caller);
    let delegated = || {
        if needs_resource_policy(request) {
            by(Naming::Account).and(identity)
        } else {
            identity()
        }
    };
    let granted = by(Naming::Itself)
        .or(|| by(Naming::Role).and(|| limits(request, caller)))
        .or(delegated);
    granted.and(|| levels(&caller.scps, request))
}

fn across_accounts(request: &Request, caller: &PolicySet, resource: &ResourceSide) -> Truth {
    let by = |naming| resource_allows(request, resource, naming);
    let resource = by(Naming::Account)
        .or(|| by(Naming::Role))
        .or(|| by(Naming::Itself));
    resource
        .and(|| identity_allows(request, caller))
        .and(|| levels(&caller.scps, request))
}

/// Whether the caller's own policies allow. The root user has none, and all access.
fn identity_allows(request: &Request, caller: &PolicySet) -> Truth {
    if request.principal.as_deref().is_some_and(is_root) {
        return Truth::Yes;
    }
    layer(&caller.identity, request).and(|| limits(request, caller))
}

/// Whether the resource's policy allows the request by a statement that names the caller in this way.
fn resource_allows(request: &Request, resource: &ResourceSide, way: Naming) -> Truth {
    let (Some(policy), Some(caller)) = (&resource.policy, request.principal.as_deref()) else {
        return Truth::No;
    };
    let statements = policy.statements.iter();
    let naming = |principal| naming(principal, caller) == Some(way);
    let allows = statements.filter(|statement| {
        statement.effect == Effect::Allow && statement.principal.as_ref().is_some_and(naming)
    });
    any(allows.map(|statement| applies(statement, policy, request)))
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
