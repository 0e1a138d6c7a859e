//! The policies of today: an account's roles with the documents that speak about them.

mod document;
mod dump;

use crate::error::Error;
use iam::policy::Policy;
use std::path::Path;

/// An account as its dump shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account id.
    pub id: String,
    /// Its roles, by ARN.
    pub roles: Vec<Role>,
    /// Its users, by ARN.
    pub users: Vec<User>,
}

/// A user, with what its groups add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// ARN with path.
    pub arn: String,
    /// Identity policies: inline, then attached, then those of its groups, in the dump's order.
    pub documents: Vec<Document>,
    /// Attached policies whose text the dump lacks, by ARN, and groups that it lacks, by name.
    pub missing: Vec<String>,
    /// The permissions boundary.
    pub boundary: Option<Boundary>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// ARN with path.
    pub arn: String,
    /// The account id.
    pub account: String,
    /// Name without path.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// The `AROA…` id, which no namesake shares.
    pub id: String,
    /// When it was created, as the dump writes it.
    pub created: Option<String>,
    /// Identity policies: inline, then attached, in the dump's order.
    pub documents: Vec<Document>,
    /// Attached policies whose text the dump lacks, by ARN: what they grant is unknown.
    pub missing: Vec<String>,
    /// The permissions boundary.
    pub boundary: Option<Boundary>,
    /// Names of the instance profiles that hold the role.
    pub instance_profiles: Vec<String>,
}

/// An identity policy of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// ARN of a managed policy; none: inline.
    pub arn: Option<String>,
    /// What it says.
    pub policy: Policy,
}

/// A permissions boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// ARN of the managed policy.
    pub arn: String,
    /// What it says, when the dump holds it.
    pub policy: Option<Policy>,
}

impl Role {
    /// Why no change of the role is proposed, when AWS owns its policies.
    pub(crate) fn report_only(&self) -> Option<&'static str> {
        report_only(&self.path)
    }

    /// The documents.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.documents.iter().map(|document| &document.policy)
    }

    /// Whether a service made the role for itself.
    pub(crate) fn is_service_linked(&self) -> bool {
        self.path.starts_with(SERVICE_LINKED)
    }
}

const SERVICE_LINKED: &str = "/aws-service-role/";

/// Why roles under a path are not their owner's to edit. Source: IAM User Guide, service-linked roles; IAM Identity
/// Center, permission sets.
pub(crate) fn report_only(path: &str) -> Option<&'static str> {
    if path.starts_with(SERVICE_LINKED) {
        return Some("a service-linked role: AWS owns its policy");
    }
    path.starts_with("/aws-reserved/sso.amazonaws.com/")
        .then_some("an IAM Identity Center role: edit its permission set instead")
}

/// Reads an account dump: the JSON that `aws iam get-account-authorization-details` prints.
pub fn read_current(path: &Path) -> Result<Account, Error> {
    let text = std::fs::read(path).map_err(|source| Error::Io {
        what: "read",
        path: path.to_owned(),
        source,
    })?;
    parse_current(&text, &path.display().to_string())
}

/// Reads an account dump from its JSON; `file` names it in errors.
pub fn parse_current(json: &[u8], file: &str) -> Result<Account, Error> {
    dump::Dump::parse(json, file)?.account(file)
}
