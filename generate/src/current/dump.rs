//! The account dump as IAM writes it, and its roles put together.

use super::document::Raw;
use super::{Account, Boundary, Document, Role, User};
use crate::error::Error;
use iam::policy::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Dump<'a> {
    #[serde(borrow)]
    role_detail_list: Vec<RawRole<'a>>,
    #[serde(borrow, default)]
    policies: Vec<RawManaged<'a>>,
    #[serde(borrow, default)]
    user_detail_list: Vec<RawUser<'a>>,
    #[serde(borrow, default)]
    group_detail_list: Vec<RawGroup<'a>>,
    #[serde(default)]
    is_truncated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawUser<'a> {
    arn: String,
    #[serde(borrow, default)]
    user_policy_list: Vec<RawInline<'a>>,
    #[serde(default)]
    attached_managed_policies: Vec<Attached>,
    #[serde(default)]
    group_list: Vec<String>,
    permissions_boundary: Option<RawBoundary>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawGroup<'a> {
    arn: String,
    group_name: String,
    #[serde(borrow, default)]
    group_policy_list: Vec<RawInline<'a>>,
    #[serde(default)]
    attached_managed_policies: Vec<Attached>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawRole<'a> {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: Option<String>,
    #[serde(borrow, default)]
    role_policy_list: Vec<RawInline<'a>>,
    #[serde(default)]
    attached_managed_policies: Vec<Attached>,
    permissions_boundary: Option<RawBoundary>,
    #[serde(default)]
    instance_profile_list: Vec<RawProfile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawInline<'a> {
    policy_name: String,
    #[serde(borrow)]
    policy_document: Raw<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_name: String,
    policy_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawBoundary {
    permissions_boundary_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawProfile {
    instance_profile_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawManaged<'a> {
    arn: String,
    policy_name: String,
    #[serde(borrow, default)]
    policy_version_list: Vec<RawVersion<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawVersion<'a> {
    #[serde(borrow)]
    document: Raw<'a>,
    is_default_version: bool,
}

/// The managed policies that the dump spells out, by ARN.
type Managed = BTreeMap<String, Policy>;

impl<'a> Dump<'a> {
    pub(super) fn parse(json: &'a [u8], file: &str) -> Result<Self, Error> {
        let dump: Dump<'a> = serde_json::from_slice(json).map_err(|source| Error::Dump {
            file: file.to_owned(),
            source,
        })?;
        if dump.is_truncated {
            return Err(Error::Truncated {
                file: file.to_owned(),
            });
        }
        Ok(dump)
    }

    pub(super) fn account(&self, file: &str) -> Result<Account, Error> {
        let roles = self.role_detail_list.iter().map(|role| role.arn.as_str());
        let users = self.user_detail_list.iter().map(|user| user.arn.as_str());
        let groups = self.group_detail_list.iter();
        let arns = roles.chain(users).chain(groups.map(|g| g.arn.as_str()));
        let id = arns
            .into_iter()
            .next()
            .and_then(account_of)
            .ok_or_else(|| Error::NoAccount {
                file: file.to_owned(),
            })?;
        let managed = self.managed(file)?;
        let roles = self.role_detail_list.iter();
        let mut roles = roles
            .map(|role| role.read(&managed, file))
            .collect::<Result<Vec<_>, _>>()?;
        roles.sort_by(|a, b| a.arn.cmp(&b.arn));
        let users = self.user_detail_list.iter();
        let mut users = users
            .map(|user| user.read(&self.group_detail_list, &managed, file))
            .collect::<Result<Vec<_>, _>>()?;
        users.sort_by(|a, b| a.arn.cmp(&b.arn));
        Ok(Account {
            id: id.to_owned(),
            roles,
            users,
        })
    }

    fn managed(&self, file: &str) -> Result<Managed, Error> {
        let mut managed = Managed::new();
        for policy in &self.policies {
            let mut versions = policy.policy_version_list.iter();
            if let Some(version) = versions.find(|version| version.is_default_version) {
                let place = (file, policy.arn.as_str(), policy.policy_name.as_str());
                managed.insert(policy.arn.clone(), read(&version.document, place)?);
            }
        }
        Ok(managed)
    }
}

/// What is attached to a principal or a group.
#[derive(Debug, Default)]
struct Identity {
    documents: Vec<Document>,
    missing: Vec<String>,
}

impl Identity {
    fn add(
        &mut self,
        (owner, file): (&str, &str),
        inline: &[RawInline<'_>],
        attached: &[Attached],
        managed: &Managed,
    ) -> Result<(), Error> {
        for inline in inline {
            let place = (file, owner, inline.policy_name.as_str());
            self.documents.push(Document {
                name: inline.policy_name.clone(),
                arn: None,
                policy: read(&inline.policy_document, place)?,
            });
        }
        for attached in attached {
            match managed.get(&attached.policy_arn) {
                Some(policy) => self.documents.push(Document {
                    name: attached.policy_name.clone(),
                    arn: Some(attached.policy_arn.clone()),
                    policy: policy.clone(),
                }),
                None => self.missing.push(attached.policy_arn.clone()),
            }
        }
        Ok(())
    }
}

impl RawBoundary {
    fn read(&self, managed: &Managed) -> Boundary {
        Boundary {
            arn: self.permissions_boundary_arn.clone(),
            policy: managed.get(&self.permissions_boundary_arn).cloned(),
        }
    }
}

impl RawUser<'_> {
    fn read(&self, groups: &[RawGroup<'_>], managed: &Managed, file: &str) -> Result<User, Error> {
        let mut identity = Identity::default();
        let own = (self.arn.as_str(), file);
        let attached = &self.attached_managed_policies;
        identity.add(own, &self.user_policy_list, attached, managed)?;
        for name in &self.group_list {
            let Some(group) = groups.iter().find(|group| group.group_name == *name) else {
                identity.missing.push(name.clone());
                continue;
            };
            let own = (group.arn.as_str(), file);
            let attached = &group.attached_managed_policies;
            identity.add(own, &group.group_policy_list, attached, managed)?;
        }
        let boundary = self.permissions_boundary.as_ref();
        Ok(User {
            arn: self.arn.clone(),
            documents: identity.documents,
            missing: identity.missing,
            boundary: boundary.map(|boundary| boundary.read(managed)),
        })
    }
}

impl RawRole<'_> {
    fn read(&self, managed: &Managed, file: &str) -> Result<Role, Error> {
        let mut identity = Identity::default();
        let own = (self.arn.as_str(), file);
        let attached = &self.attached_managed_policies;
        identity.add(own, &self.role_policy_list, attached, managed)?;
        let boundary = self.permissions_boundary.as_ref();
        let profiles = self.instance_profile_list.iter();
        Ok(Role {
            account: account_of(&self.arn).unwrap_or_default().to_owned(),
            arn: self.arn.clone(),
            name: self.role_name.clone(),
            path: self.path.clone(),
            id: self.role_id.clone(),
            created: self.create_date.clone(),
            documents: identity.documents,
            missing: identity.missing,
            boundary: boundary.map(|boundary| boundary.read(managed)),
            instance_profiles: profiles.map(|p| p.instance_profile_name.clone()).collect(),
        })
    }
}

fn read(document: &Raw<'_>, (file, owner, policy): (&str, &str, &str)) -> Result<Policy, Error> {
    document.policy().map_err(|source| Error::Policy {
        file: file.to_owned(),
        owner: owner.to_owned(),
        policy: policy.to_owned(),
        source,
    })
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}
