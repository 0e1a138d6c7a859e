//! Roles that calls pass by way of something else: the rows of usage that name only the instance profile or the task
//! definition, with the role in its place where that can be told.

use crate::current::Account;
use crate::need::speaks;
use iam::usage::Usage;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

const PASS_ROLE: &str = "iam:PassRole";
const REGISTER: &str = "ecs:RegisterTaskDefinition";

/// The rows with roles for carriers: none of them names a carrier any more. A role that cannot be told is unknown.
///
/// An instance profile holds the role that the account's dump says. A task definition has the roles of its
/// registrations in the log; but an older revision may have another one, so they count only where no policy of today
/// says what may be passed.
pub(crate) fn named<'u>(usage: &'u [Usage], current: &[Account]) -> Cow<'u, [Usage]> {
    if !usage.iter().any(|row| carrier(row).is_some()) {
        return Cow::Borrowed(usage);
    }
    let profiles = Profiles::of(current);
    let definitions = match current.is_empty() {
        true => Definitions::of(usage),
        false => Definitions::default(),
    };
    let rows = usage.iter().flat_map(|row| match carrier(row) {
        None => vec![row.clone()],
        Some(carrier) => {
            let roles = profiles
                .roles(carrier)
                .or_else(|| definitions.roles(carrier));
            rows(row, &roles.unwrap_or_default())
        }
    });
    Cow::Owned(rows.collect())
}

/// What carries the role that the row passes, if it names that.
fn carrier(row: &Usage) -> Option<&str> {
    let template = row.template.as_deref()?;
    let carried = row.action == PASS_ROLE && row.resources.is_empty();
    let kind = template.splitn(6, ':').nth(5)?;
    (carried && !kind.starts_with("role/")).then_some(template)
}

/// The row once for each role, or with an unknown one.
fn rows(row: &Usage, roles: &BTreeSet<String>) -> Vec<Usage> {
    let with = |template: Option<&String>| Usage {
        template: template.cloned(),
        resources: template.into_iter().cloned().collect(),
        resources_total: u64::from(template.is_some()),
        ..row.clone()
    };
    match roles.is_empty() {
        true => vec![with(None)],
        false => roles.iter().map(|role| with(Some(role))).collect(),
    }
}

/// The roles of instance profiles, by account and name.
struct Profiles<'c>(BTreeMap<(&'c str, &'c str), &'c str>);

impl<'c> Profiles<'c> {
    fn of(current: &'c [Account]) -> Self {
        let roles = current.iter().flat_map(|account| &account.roles);
        let held = roles.flat_map(|role| {
            let profiles = role.instance_profiles.iter();
            profiles.map(|name| ((role.account.as_str(), name.as_str()), role.arn.as_str()))
        });
        Self(held.collect())
    }

    /// The role of `arn:aws:iam::111122223333:instance-profile/path/name` or `…/*name`.
    fn roles(&self, carrier: &str) -> Option<BTreeSet<String>> {
        let mut fields = carrier.splitn(6, ':').skip(4);
        let (account, profile) = (fields.next()?, fields.next()?);
        let name = profile.strip_prefix("instance-profile/")?;
        let name = name.rsplit('/').next()?.trim_start_matches('*');
        let role = self.0.get(&(account, name))?;
        Some(BTreeSet::from([(*role).to_owned()]))
    }
}

/// The roles that those who registered a task definition passed, by its ARN pattern: its own are among them.
#[derive(Default)]
struct Definitions<'u>(BTreeMap<&'u str, BTreeSet<String>>);

impl<'u> Definitions<'u> {
    fn of(usage: &'u [Usage]) -> Self {
        let mut passed: BTreeMap<(&str, &str), Vec<&Usage>> = BTreeMap::new();
        let named = |row: &&Usage| row.action == PASS_ROLE && !row.resources.is_empty();
        for row in usage.iter().filter(|row| speaks(row)).filter(named) {
            let principal = (row.principal.as_str(), row.principal_id.as_str());
            passed.entry(principal).or_default().push(row);
        }
        let complete = |row: &&Usage| row.resources_total <= row.resources.len() as u64;
        passed.retain(|_, rows| rows.iter().all(complete));
        let mut definitions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for row in usage
            .iter()
            .filter(|row| row.action == REGISTER && speaks(row))
        {
            let Some(family) = row.template.as_deref() else {
                continue;
            };
            let principal = (row.principal.as_str(), row.principal_id.as_str());
            let roles = passed.get(&principal).into_iter().flatten();
            let roles = roles.flat_map(|row| row.resources.iter().cloned());
            definitions.entry(family).or_default().extend(roles);
        }
        Self(definitions)
    }

    fn roles(&self, carrier: &str) -> Option<BTreeSet<String>> {
        self.0.get(carrier).cloned()
    }
}
