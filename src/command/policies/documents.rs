//! The documents of a file as text: where each stands and what it is attached to.

use super::{HINT, Shape};
use crate::error::Failure;
use iam::policy::lint::Kind;
use iam::policy::{Lines, ParseError, Policy};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A document in a file.
pub(in crate::command) struct TextDocument<'t> {
    /// Its JSON: an object, or a string that holds one.
    pub(in crate::command) json: &'t str,
    /// Where in the file it starts, in bytes.
    pub(in crate::command) offset: usize,
    /// Whose it is, with its name, when the file holds many.
    pub(in crate::command) owner: Option<String>,
    /// What it is attached to, as far as the file says.
    pub(in crate::command) kind: Option<Kind>,
}

/// What one principal has.
pub(in crate::command) struct Attached<'t> {
    /// Its ARN.
    pub(in crate::command) owner: String,
    /// Role, user or group.
    pub(in crate::command) kind: Kind,
    /// Where in the file it starts, in bytes.
    pub(in crate::command) offset: usize,
    /// Its inline documents.
    pub(in crate::command) inline: Vec<&'t str>,
    /// How many managed policies are attached.
    pub(in crate::command) managed: usize,
}

/// Every document of a file that its owner can change: AWS's own managed policies are left out.
#[derive(Default)]
pub(in crate::command) struct Documents<'t> {
    pub(in crate::command) all: Vec<TextDocument<'t>>,
    pub(in crate::command) attached: Vec<Attached<'t>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Dump<'t> {
    #[serde(borrow)]
    role_detail_list: Vec<&'t RawValue>,
    #[serde(borrow)]
    user_detail_list: Vec<&'t RawValue>,
    #[serde(borrow)]
    group_detail_list: Vec<&'t RawValue>,
    #[serde(borrow)]
    policies: Vec<Managed<'t>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Principal<'t> {
    arn: String,
    #[serde(borrow, default)]
    assume_role_policy_document: Option<&'t RawValue>,
    #[serde(
        borrow,
        default,
        alias = "RolePolicyList",
        alias = "UserPolicyList",
        alias = "GroupPolicyList"
    )]
    inline: Vec<Inline<'t>>,
    #[serde(default)]
    attached_managed_policies: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline<'t> {
    policy_name: String,
    #[serde(borrow)]
    policy_document: &'t RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Managed<'t> {
    arn: String,
    #[serde(borrow, default)]
    policy_version_list: Vec<Version<'t>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version<'t> {
    #[serde(borrow, default)]
    document: Option<&'t RawValue>,
    #[serde(default)]
    is_default_version: bool,
}

/// Whose inline policy an API prints.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Owner {
    role_name: Option<String>,
    user_name: Option<String>,
    group_name: Option<String>,
}

impl<'t> Documents<'t> {
    /// The documents of a text; of an account dump, every role's, user's, group's and customer managed policy's.
    pub(in crate::command) fn of(text: &'t str, file: &str) -> Result<Self, Failure> {
        let unreadable =
            |error| Failure::from_room(format!("`{file}` is not JSON"), error).hint(HINT);
        let shape: Shape<'t> = match serde_json::from_str(text) {
            Ok(shape) => shape,
            // what is no object is no policy, and the reader says where
            Err(error) if error.is_data() => Shape::default(),
            Err(error) => return Err(unreadable(error)),
        };
        if shape.role_detail_list.is_some() {
            let dump = serde_json::from_str(text).map_err(unreadable)?;
            return Self::of_dump(text, dump).map_err(unreadable);
        }
        let inner = shape.policy_version.map(|version| version.document);
        let document = inner.or(shape.policy_document).map(RawValue::get);
        let owner: Owner = serde_json::from_str(text).unwrap_or_default();
        let kind = [
            owner.role_name.map(|_| Kind::Role),
            owner.user_name.map(|_| Kind::User),
            owner.group_name.map(|_| Kind::Group),
        ];
        let alone = TextDocument {
            json: document.unwrap_or(text),
            offset: document.map_or(0, |json| offset(text, json)),
            owner: None,
            kind: kind
                .into_iter()
                .flatten()
                .next()
                .filter(|_| document.is_some()),
        };
        Ok(Self {
            all: vec![alone],
            attached: Vec::new(),
        })
    }

    fn of_dump(text: &'t str, dump: Dump<'t>) -> Result<Self, serde_json::Error> {
        let mut documents = Self::default();
        let lists = [
            (Kind::Role, dump.role_detail_list),
            (Kind::User, dump.user_detail_list),
            (Kind::Group, dump.group_detail_list),
        ];
        for (kind, principals) in lists {
            for raw in principals {
                documents.add(text, kind, raw)?;
            }
        }
        let own = dump.policies.into_iter();
        for policy in own.filter(|policy| policy.arn.split(':').nth(4) != Some("aws")) {
            let versions = policy.policy_version_list.into_iter();
            let current = versions.filter(|version| version.is_default_version);
            for json in current.filter_map(|version| version.document) {
                let owner = policy.arn.clone();
                documents.push(text, json.get(), owner, Kind::Managed);
            }
        }
        Ok(documents)
    }

    fn add(
        &mut self,
        text: &'t str,
        kind: Kind,
        raw: &'t RawValue,
    ) -> Result<(), serde_json::Error> {
        let principal: Principal<'t> = serde_json::from_str(raw.get())?;
        if let Some(trust) = principal.assume_role_policy_document {
            let owner = format!("{}, trust policy", principal.arn);
            self.push(text, trust.get(), owner, Kind::Trust);
        }
        for inline in &principal.inline {
            let owner = format!("{}, {}", principal.arn, inline.policy_name);
            self.push(text, inline.policy_document.get(), owner, kind);
        }
        self.attached.push(Attached {
            owner: principal.arn,
            kind,
            offset: offset(text, raw.get()),
            inline: principal
                .inline
                .iter()
                .map(|inline| inline.policy_document.get())
                .collect(),
            managed: principal.attached_managed_policies.len(),
        });
        Ok(())
    }

    fn push(&mut self, text: &str, json: &'t str, owner: String, kind: Kind) {
        self.all.push(TextDocument {
            json,
            offset: offset(text, json),
            owner: Some(owner),
            kind: Some(kind),
        });
    }
}

fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}

impl TextDocument<'_> {
    /// The policy; or where in the document, in bytes, it is wrong, and how.
    pub(in crate::command) fn read(&self) -> Result<Policy, (usize, String)> {
        let wrong = |error: ParseError| {
            let inside = if self.is_quoted() {
                0
            } else {
                Lines::of(self.json).offset(error.line, error.column)
            };
            (inside, error.message)
        };
        Policy::parse_encoded(self.json).map_err(wrong)
    }

    /// Whether the document is a string that holds JSON: places inside of it are not places of the file.
    fn is_quoted(&self) -> bool {
        self.json.starts_with('"')
    }

    /// An element of the document; of a quoted one, the whole.
    pub(in crate::command) fn pointer<'p>(&self, pointer: &'p str) -> &'p str {
        if self.is_quoted() { "" } else { pointer }
    }
}
