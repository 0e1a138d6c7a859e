//! Evidence: which usage rows belong to which role.
//!
//! The unique id decides; the ARN only where a row has no id, the bare name only where it has no role ARN either.

use crate::current::Role;
use iam::usage::Usage;
use std::collections::BTreeMap;

/// Usage by principal.
pub(crate) struct Evidence<'u> {
    by_id: BTreeMap<&'u str, Vec<&'u Usage>>,
    by_name: BTreeMap<(String, String), Vec<&'u Usage>>,
}

/// The rows about one role.
#[derive(Debug, Default)]
pub(crate) struct OfRole<'u> {
    /// What the role did.
    pub(crate) own: Vec<&'u Usage>,
    /// What an earlier role of the same name did: no evidence for this one.
    pub(crate) former: Vec<&'u Usage>,
}

/// A role's account and name, as a principal ARN has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RoleName<'a> {
    pub(crate) account: &'a str,
    pub(crate) path: &'a str,
    pub(crate) name: &'a str,
    /// Taken from an `assumed-role` ARN, which has no path.
    pub(crate) session: bool,
}

impl<'a> RoleName<'a> {
    /// The role of a principal ARN; none for users, services and what is no possible role.
    pub(crate) fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if scheme != "arn" || !partition.starts_with("aws") || !region.is_empty() || !digits {
            return None;
        }
        let (path, name, session) = match service {
            "iam" => {
                let full = rest.strip_prefix("role")?;
                let at = full.rfind('/')?;
                let (path, name) = full.split_at_checked(at + 1)?;
                (path, name, false)
            }
            "sts" => {
                let name = rest.strip_prefix("assumed-role/")?;
                ("/", name.split('/').next()?, true)
            }
            _ => return None,
        };
        let found = Self {
            account,
            path,
            name,
            session,
        };
        (is_name(name, 64) && path.starts_with('/')).then_some(found)
    }
}

/// Source: IAM User Guide, IAM and AWS STS quotas: `[\w+=,.@-]`, at most 64 for roles, 128 for policies.
pub(crate) fn is_name(name: &str, longest: usize) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    !name.is_empty() && name.len() <= longest && name.bytes().all(fine)
}

/// Whether text has the form of a role's unique id. Dumps of examples hold other things, which compare with nothing.
pub(crate) fn is_role_id(id: &str) -> bool {
    id.starts_with("AROA") && id.len() >= 16 && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl<'u> Evidence<'u> {
    /// Sorts the rows by principal.
    pub(crate) fn new(usage: &'u [Usage]) -> Self {
        let mut evidence = Self {
            by_id: BTreeMap::new(),
            by_name: BTreeMap::new(),
        };
        for row in usage {
            let Some(role) = RoleName::parse(&row.principal) else {
                continue;
            };
            let key = (role.account.to_owned(), role.name.to_ascii_lowercase());
            evidence.by_name.entry(key).or_default().push(row);
            if is_role_id(&row.principal_id) {
                let rows = evidence.by_id.entry(&row.principal_id).or_default();
                rows.push(row);
            }
        }
        evidence
    }

    /// The rows about a role of today.
    pub(crate) fn of(&self, role: &Role) -> OfRole<'u> {
        let key = (role.account.clone(), role.name.to_ascii_lowercase());
        let namesakes = self.by_name.get(&key).map_or(&[][..], Vec::as_slice);
        let mut found = OfRole::default();
        if !is_role_id(&role.id) {
            let own = namesakes.iter().filter(|row| same_arn(role, row));
            found.own.extend(own);
            return found;
        }
        let by_id = self.by_id.get(role.id.as_str());
        found.own.extend(by_id.into_iter().flatten());
        for row in namesakes {
            if is_role_id(&row.principal_id) {
                if row.principal_id != role.id {
                    found.former.push(row);
                }
            } else if same_arn(role, row) {
                found.own.push(row);
            } else {
                found.former.push(row);
            }
        }
        found
    }

    /// Every role seen, by account and name: its principal ARN and its rows.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &Vec<&'u Usage>> {
        self.by_name.values()
    }
}

fn same_arn(role: &Role, row: &Usage) -> bool {
    row.principal == role.arn || RoleName::parse(&row.principal).is_some_and(|name| name.session)
}
