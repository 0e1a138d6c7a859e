//! Policies to compare, from files and stdin: a document, what an IAM API hands out, or an account dump.

mod documents;
mod forbidden;
mod place;
mod verdict;

pub(super) use documents::{Attached, Documents};
pub(super) use forbidden::Forbidden;
pub(super) use place::statement_places;
pub(super) use verdict::{within, without};

use crate::error::Failure;
use generate::{Account, Boundary, Document};
use iam::policy::{Policy, PolicySet};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

/// One policy document, or a principal with all that is attached to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Subject {
    /// What the policies say together.
    pub(super) set: PolicySet,
    /// Names of the identity policies, in the set's order.
    pub(super) names: Vec<String>,
    /// What is attached but not in the input: what it grants is unknown.
    pub(super) missing: Vec<String>,
}

/// A principal's name with what it had and what it has.
pub(super) type Pair<'s> = (&'s str, Option<&'s Subject>, Option<&'s Subject>);

/// What a file holds.
#[derive(Debug)]
pub(super) struct Source {
    /// The file as it was named; `-` is stdin.
    pub(super) file: String,
    /// Its text.
    pub(super) text: String,
    /// By principal ARN; a document alone has no name.
    pub(super) subjects: BTreeMap<String, Subject>,
}

const HINT: &str = "give a policy document, the output of `aws iam get-policy-version` or `get-role-policy`, or an \
                    account dump (`aws iam get-account-authorization-details`); `-` reads stdin";

/// The ways a JSON object can hold a policy document or many.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Shape<'a> {
    #[serde(borrow)]
    role_detail_list: Option<&'a RawValue>,
    #[serde(borrow)]
    policy_version: Option<Version<'a>>,
    #[serde(borrow)]
    policy_document: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version<'a> {
    #[serde(borrow)]
    document: &'a RawValue,
}

impl Source {
    /// Reads a file, or stdin for `-`.
    pub(super) fn read(file: &str) -> Result<Self, Failure> {
        Self::of(file, read(file)?)
    }

    /// What a file with this text holds.
    pub(super) fn of(file: &str, text: String) -> Result<Self, Failure> {
        let subjects = subjects(&text, file)?;
        Ok(Self {
            file: file.to_owned(),
            text,
            subjects,
        })
    }

    /// Whether this is a document alone, not an account.
    pub(super) fn is_document(&self) -> bool {
        self.subjects.keys().any(String::is_empty)
    }
}

/// The text of a file, or of stdin for `-`.
pub(super) fn read(file: &str) -> Result<String, Failure> {
    let text = if file == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| Failure::from_room(format!("cannot read `{file}`"), error).hint(HINT))
}

/// Pairs what two sources hold by principal.
pub(super) fn pairs<'s>(old: &'s Source, new: &'s Source) -> Result<Vec<Pair<'s>>, Failure> {
    if old.is_document() != new.is_document() {
        let what = "cannot compare a policy document with an account dump";
        return Err(Failure::new(format!("{what}: `{}`, `{}`", old.file, new.file)).hint(HINT));
    }
    let names: BTreeSet<&String> = old.subjects.keys().chain(new.subjects.keys()).collect();
    let pair = |name: &'s String| {
        let (old, new) = (old.subjects.get(name), new.subjects.get(name));
        (name.as_str(), old, new)
    };
    Ok(names.into_iter().map(pair).collect())
}

fn subjects(text: &str, file: &str) -> Result<BTreeMap<String, Subject>, Failure> {
    let unreadable = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::caused_by(format!("`{file}` is not a policy"), error).hint(HINT)
    };
    let shape: Shape<'_> =
        serde_json::from_str(text).map_err(|error| unreadable(Box::new(error)))?;
    if shape.role_detail_list.is_some() {
        let account = generate::parse_current(text.as_bytes(), file)
            .map_err(|error| unreadable(Box::new(error)))?;
        return Ok(principals(account));
    }
    let inner = shape.policy_version.map(|version| version.document);
    let document = inner.or(shape.policy_document).map(RawValue::get);
    let policy = document
        .map_or_else(|| Policy::parse(text), Policy::parse_encoded)
        .map_err(|error| unreadable(Box::new(error)))?;
    let alone = Subject {
        set: PolicySet::identity(vec![policy]),
        names: vec![file.to_owned()],
        missing: Vec::new(),
    };
    Ok(BTreeMap::from([(String::new(), alone)]))
}

fn principals(account: Account) -> BTreeMap<String, Subject> {
    let roles = account.roles.into_iter();
    let roles = roles.map(|role| {
        (
            role.arn,
            subject(role.documents, role.missing, role.boundary),
        )
    });
    let users = account.users.into_iter();
    let users = users.map(|user| {
        (
            user.arn,
            subject(user.documents, user.missing, user.boundary),
        )
    });
    roles.chain(users).collect()
}

fn subject(
    documents: Vec<Document>,
    mut missing: Vec<String>,
    boundary: Option<Boundary>,
) -> Subject {
    let names = documents.iter().map(|document| document.name.clone());
    let names = names.collect();
    let mut set = PolicySet::identity(documents.into_iter().map(|d| d.policy).collect());
    match boundary {
        Some(Boundary { arn, policy: None }) => missing.push(arn),
        Some(Boundary { policy, .. }) => set.boundary = policy,
        None => {}
    }
    Subject {
        set,
        names,
        missing,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
    use super::*;

    #[test]
    fn a_document_in_each_of_its_wrappings() {
        let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let wrapped = [
            document.to_owned(),
            format!(r#"{{"PolicyVersion":{{"Document":{document},"VersionId":"v1"}}}}"#),
            format!(r#"{{"RoleName":"r","PolicyDocument":{document}}}"#),
            format!(r#"{{"PolicyDocument":{document:?}}}"#),
        ];
        for text in wrapped {
            let subjects = subjects(&text, "f").unwrap();
            let policy = subjects[""].set.identity.first().unwrap();
            assert_eq!(*policy, Policy::parse(document).unwrap(), "{text}");
        }
        assert!(subjects("{}", "f").is_err() || subjects("[]", "f").is_err());
        assert!(subjects(r#"{"Statement":[],"Statement":[]}"#, "f").is_err());
    }

    #[test]
    fn a_user_has_what_its_groups_have() {
        let dump = r#"{"RoleDetailList":[],"Policies":[],"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/u","GroupList":["g","lost"]}],
            "GroupDetailList":[{"Arn":"arn:aws:iam::111122223333:group/g","GroupName":"g","GroupPolicyList":[{"PolicyName":"p","PolicyDocument":{"Statement":[]}}]}]}"#;
        let subjects = subjects(dump, "f").unwrap();
        let user = &subjects["arn:aws:iam::111122223333:user/u"];
        assert_eq!(user.names, ["p"]);
        assert_eq!(user.missing, ["lost"]);
    }
}
