//! Lint: what AWS would reject in a policy document, and what cannot work as it is written.
//!
//! [`RULES`] is the table: one rule, one small function, one row of wrong and right examples in the tests. A rule asks the
//! document, its [`Kind`] and the [`Catalogue`]; a finding points at the element by JSON pointer (RFC 6901), which
//! [`Places`](super::Places) turns into line and column.

mod action;
mod condition;
mod document;
mod element;
mod key;
mod principal;
mod quota;
mod resource;
mod subject;
mod variable;

pub use quota::{Quota, quota};

use super::document::Policy;
use crate::catalogue::Catalogue;
use std::fmt;
use subject::{Found, Subject};

/// What a document is attached to, which decides on elements and quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A managed policy or a permissions boundary.
    Managed,
    /// Inline in a role.
    Role,
    /// Inline in a user.
    User,
    /// Inline in a group.
    Group,
    /// Passed when a session is made.
    Session,
    /// Whom a role trusts.
    Trust,
    /// Attached to a resource: a bucket, a key, a queue.
    Resource,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
}

impl Kind {
    /// Every kind with its name on the command line.
    pub const ALL: [(&'static str, Self); 9] = [
        ("managed", Self::Managed),
        ("role", Self::Role),
        ("user", Self::User),
        ("group", Self::Group),
        ("session", Self::Session),
        ("trust", Self::Trust),
        ("resource", Self::Resource),
        ("scp", Self::Scp),
        ("rcp", Self::Rcp),
    ];

    /// The kind that a document looks like: `Principal` without `Resource` is a trust policy, with it a resource policy;
    /// everything else a managed policy.
    pub fn of(policy: &Policy) -> Self {
        let named = policy.statements.iter().any(|s| s.principal.is_some());
        let resources = policy.statements.iter().any(|s| s.resource.is_some());
        match (named, resources) {
            (false, _) => Self::Managed,
            (true, false) => Self::Trust,
            (true, true) => Self::Resource,
        }
    }

    /// Whether statements name principals.
    fn names_principals(self) -> bool {
        matches!(self, Self::Trust | Self::Resource | Self::Rcp)
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// AWS rejects it, or it cannot work.
    Error,
    /// It works, but hardly as meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// A rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// `action-unknown` and so on.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it finds.
    pub says: &'static str,
    /// The document that says so.
    pub source: &'static str,
    find: fn(&Subject<'_>) -> Vec<Found>,
}

/// What a rule objects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The element, as a JSON pointer into the document.
    pub pointer: String,
    /// What is wrong, user input in backticks.
    pub message: String,
}

const GRAMMAR: &str = "IAM User Guide, grammar of the IAM JSON policy language";
const CHECKS: &str = "IAM User Guide, IAM policy validation check reference";
const OPERATORS: &str = "IAM User Guide, condition operators";
const SERVICES: &str = "Service Authorization Reference";
const QUOTAS: &str = "IAM User Guide, IAM and AWS STS quotas";
const VARIABLES: &str = "IAM User Guide, variables and tags";
const PRINCIPALS: &str = "IAM User Guide, JSON policy elements: Principal";
const KEYS: &str = "IAM User Guide, AWS global condition context keys";

use Severity::{Error, Warning};

macro_rules! rule {
    ($id:literal, $severity:ident, $find:expr, $source:expr, $says:literal) => {
        Rule {
            id: $id,
            severity: $severity,
            says: $says,
            source: $source,
            find: $find,
        }
    };
}

/// Every rule, in the order of a document's elements.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    rule!("version-missing", Warning, document::version_missing, CHECKS, "Without Version a document is read as 2008-10-17"),
    rule!("id-unsupported", Error, document::id_unsupported, GRAMMAR, "An identity policy has no Id"),
    rule!("statements-missing", Error, document::statements_missing, GRAMMAR, "A policy has at least one statement"),
    rule!("characters", Error, document::characters, QUOTAS, "A policy may hold U+0020 to U+00FF only"),
    rule!("quota", Error, quota::size, QUOTAS, "The document is longer than any account's quota"),
    rule!("quota-default", Warning, quota::default_size, QUOTAS, "The document is longer than the default quota"),
    rule!("sid-characters", Error, document::sid_characters, GRAMMAR, "A Sid holds A-Z, a-z and 0-9 only"),
    rule!("sid-repeated", Error, document::sid_repeated, GRAMMAR, "A Sid is unique in its document"),
    rule!("principal-unsupported", Error, element::principal_unsupported, GRAMMAR, "An identity policy names no principal"),
    rule!("principal-missing", Error, element::principal_missing, GRAMMAR, "A resource or trust policy names whom it is about"),
    rule!("principal-malformed", Error, principal::malformed, PRINCIPALS, "A principal that AWS does not know the form of"),
    rule!("principal-wildcard", Error, principal::wildcard, PRINCIPALS, "A principal is `*` or has no wildcard"),
    rule!("not-principal-allow", Warning, principal::not_principal_allow, PRINCIPALS, "NotPrincipal with Allow lets everyone else in"),
    rule!("resource-missing", Error, element::resource_missing, GRAMMAR, "A statement says on which resources"),
    rule!("resource-unsupported", Error, element::resource_unsupported, GRAMMAR, "A trust policy has no Resource"),
    rule!("element-empty", Warning, element::empty, CHECKS, "An empty element matches nothing, or everything"),
    rule!("action-malformed", Error, action::malformed, GRAMMAR, "An action is `*` or `service:Name`"),
    rule!("service-unknown", Error, action::service_unknown, SERVICES, "No service has this prefix"),
    rule!("action-unknown", Error, action::unknown, SERVICES, "No action matches"),
    rule!("action-retired", Warning, action::retired, SERVICES, "The action is no longer documented"),
    rule!("action-not-trust", Error, action::not_trust, CHECKS, "A trust policy allows STS actions for assuming a role only"),
    rule!("resource-malformed", Error, resource::malformed, GRAMMAR, "A resource is `*` or an ARN"),
    rule!("arn-part", Error, resource::arn_part, CHECKS, "A part of an ARN that cannot be"),
    rule!("action-without-resource", Error, resource::action_without_resource, SERVICES, "The action supports none of the statement's resources"),
    rule!("resource-without-action", Error, resource::resource_without_action, SERVICES, "None of the statement's actions supports the resource"),
    rule!("operator-unknown", Error, condition::operator_unknown, OPERATORS, "No such condition operator"),
    rule!("value-malformed", Error, condition::value_malformed, OPERATORS, "A value that the operator cannot compare"),
    rule!("value-wildcard", Warning, condition::value_wildcard, CHECKS, "A wildcard under an operator that compares it as plain text"),
    rule!("values-missing", Warning, condition::values_missing, CHECKS, "A condition without values never holds"),
    rule!("bool-several", Error, condition::bool_several, CHECKS, "Bool and Null take one value"),
    rule!("for-all-values-absent", Warning, condition::for_all_values_absent, CHECKS, "ForAllValues in an Allow also holds when the key is absent"),
    rule!("key-repeated", Error, key::repeated, CHECKS, "A condition key that differs from another one in case only"),
    rule!("key-malformed", Error, key::malformed, CHECKS, "A condition key is `prefix:Name`, tag keys follow a `/`"),
    rule!("key-unknown", Error, key::unknown, KEYS, "No such global condition key"),
    rule!("key-ignored", Error, key::ignored, SERVICES, "The action has no such condition key, so the condition never holds"),
    rule!("key-without-effect", Warning, key::without_effect, SERVICES, "The action has no such condition key, so the condition always holds"),
    rule!("key-type", Error, key::wrong_type, KEYS, "The operator compares another type than the key's"),
    rule!("key-single", Warning, key::single, CHECKS, "ForAllValues and ForAnyValue are for keys with several values"),
    rule!("variable-unclosed", Error, variable::unclosed, VARIABLES, "A `${` without its `}`"),
    rule!("variable-plain", Error, variable::plain, VARIABLES, "A variable needs Version 2012-10-17"),
    rule!("variable-operator", Error, variable::operator, VARIABLES, "Variables are for string and ARN operators"),
    rule!("variable-unknown", Error, variable::unknown, VARIABLES, "A variable that is no condition key"),
];

/// What the rules find in a document of that kind, in the order of the table.
pub fn lint(policy: &Policy, kind: Kind, catalogue: &Catalogue) -> Vec<Finding> {
    let subject = Subject::new(policy, kind, catalogue);
    let findings = RULES.iter().flat_map(|rule| {
        let found = (rule.find)(&subject).into_iter();
        found.map(|Found { pointer, message }| Finding {
            rule: rule.id,
            severity: rule.severity,
            pointer,
            message,
        })
    });
    findings.collect()
}

#[cfg(test)]
mod tests;
