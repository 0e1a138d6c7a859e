//! A request to AWS as policies see it, and the policies that speak about it.

use super::document::Policy;
use std::collections::BTreeMap;

/// A request: the complete picture that policies judge; a context key that is not here is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `prefix:Name`.
    pub action: String,
    /// The ARN, or `*` for an action that takes no resource.
    pub resource: String,
    /// Context keys in lower case, with their values.
    pub context: BTreeMap<String, Vec<String>>,
    /// ARN of the caller, for resource policies.
    pub principal: Option<String>,
}

impl Request {
    /// A request with an empty context.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            ..Self::default()
        }
    }
}

/// The policies that decide on a principal's requests within its account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicySet {
    /// Identity policies: one that allows is enough.
    pub identity: Vec<Policy>,
    /// The permissions boundary: must allow too.
    pub boundary: Option<Policy>,
    /// Session policies: when there are any, one must allow too.
    pub session: Vec<Policy>,
    /// Service and resource control policies, one list a level of the organization: each level must allow.
    pub scps: Vec<Vec<Policy>>,
}

impl PolicySet {
    /// Identity policies alone.
    pub fn identity(policies: Vec<Policy>) -> Self {
        Self {
            identity: policies,
            ..Self::default()
        }
    }

    /// Every policy, whatever its kind.
    pub fn all(&self) -> impl Iterator<Item = &Policy> {
        let scps = self.scps.iter().flatten();
        self.identity
            .iter()
            .chain(&self.boundary)
            .chain(&self.session)
            .chain(scps)
    }
}
