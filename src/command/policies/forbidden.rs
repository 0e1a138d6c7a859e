//! An assertion such as `s3:Delete*` or `iam:PassRole@arn:aws:iam::*:role/admin`: requests that nothing may allow.

use iam::policy::{
    ActionElement, Condition, Effect, Policy, PolicySet, ResourceElement, Statement, Values,
};
use std::fmt;
use std::str::FromStr;

/// Requests that must not be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::command) struct Forbidden {
    action: String,
    resource: Option<String>,
}

impl FromStr for Forbidden {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (action, resource) = match text.split_once('@') {
            Some((action, resource)) => (action, Some(resource.to_owned())),
            None => (text, None),
        };
        if action != "*" && !action.contains(':') {
            return Err("an action looks like `s3:Delete*`".to_owned());
        }
        if resource.as_deref().is_some_and(str::is_empty) {
            return Err("after `@` comes a resource such as `arn:aws:s3:::logs/*`".to_owned());
        }
        Ok(Self {
            action: action.to_owned(),
            resource,
        })
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.resource {
            Some(resource) => write!(f, "{} on {resource}", self.action),
            None => f.write_str(&self.action),
        }
    }
}

impl Forbidden {
    /// Policies that allow everything but this: what stays within them asks for nothing forbidden.
    pub(super) fn allowing_the_rest(&self) -> PolicySet {
        let one = |text: &str| Values::new(vec![text.to_owned()]);
        let allow = |action, resource| Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action,
            resource: Some(resource),
            condition: Condition::default(),
        };
        let other_actions = allow(
            ActionElement::NotAction(one(&self.action)),
            ResourceElement::Resource(one("*")),
        );
        let other_resources = self.resource.as_deref().map(|resource| {
            allow(
                ActionElement::Action(one("*")),
                ResourceElement::NotResource(one(resource)),
            )
        });
        PolicySet::identity(vec![Policy {
            version: Some("2012-10-17".to_owned()),
            statements: [other_actions].into_iter().chain(other_resources).collect(),
            ..Policy::default()
        }])
    }
}
