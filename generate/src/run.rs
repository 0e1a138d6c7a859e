//! A run: every role, one after the other, and the summary.

use crate::config::Config;
use crate::current::{Account, Role};
use crate::error::Error;
use crate::evidence::{Evidence, RoleName, is_role_id};
use crate::kinds::Kinds;
use crate::markdown::json;
use crate::need::Passable;
use crate::output::{write_file, write_role};
use crate::role::{Context, Results};
use crate::sight::Sight;
use crate::summary::{RoleSummary, Summary, Totals};
use iam::catalogue::Catalogue;
use iam::usage::{Header, Usage};
use std::collections::{BTreeMap, BTreeSet};

/// Writes proposals, proofs, diffs and reviews for every role of `current`, or, when it is empty, for every role in the
/// usage; and `summary.json`. The same input gives the same bytes.
pub fn generate(
    header: &Header,
    usage: &[Usage],
    current: &[Account],
    config: &Config,
    catalogue: &Catalogue,
) -> Result<Summary, Error> {
    let kinds = Kinds::new(catalogue);
    let context = Context {
        header,
        config,
        catalogue,
        kinds: &kinds,
    };
    let evidence = Evidence::new(usage);
    let mut roles = Vec::new();
    let mut without_current = Vec::new();
    if current.is_empty() {
        for rows in evidence.roles() {
            roles.push(write(config, context.greenfield(&Seen::new(rows)))?);
        }
    } else {
        let known = by_name(current)?;
        let passable: BTreeMap<&str, Passable> = current
            .iter()
            .map(|a| (a.id.as_str(), passable(a)))
            .collect();
        let mut sights: BTreeMap<&str, Sight> = BTreeMap::new();
        let none = Passable::new();
        for ((account, _), role) in &known {
            let sight = sights
                .entry(account)
                .or_insert_with(|| Sight::new(header, account));
            let passable = passable.get(*account).unwrap_or(&none);
            roles.push(write(
                config,
                context.brownfield(role, &evidence.of(role), sight, passable),
            )?);
        }
        without_current = unknown(&evidence, &known);
    }
    let summary = Summary {
        catalogue_version: catalogue.version().to_owned(),
        window_start: header.window_start.clone(),
        window_end: header.window_end.clone(),
        totals: Totals::of(&roles),
        roles,
        without_current,
        other_principals: others(usage),
    };
    write_file(&config.out, "summary.json", &json(&summary))?;
    Ok(summary)
}

fn write(config: &Config, results: Results) -> Result<RoleSummary, Error> {
    write_role(&config.out.join(&results.summary.folder), &results.files)?;
    Ok(results.summary)
}

/// Roles by account and lower-case name: IAM has no two roles whose names differ only in case.
type Known<'a> = BTreeMap<(&'a str, String), &'a Role>;

fn by_name(current: &[Account]) -> Result<Known<'_>, Error> {
    let mut known = Known::new();
    for role in current.iter().flat_map(|account| &account.roles) {
        let key = (role.account.as_str(), role.name.to_ascii_lowercase());
        if known.insert(key, role).is_some() {
            return Err(Error::Twice {
                arn: role.arn.clone(),
            });
        }
    }
    Ok(known)
}

/// The roles that instance profiles of the account can pass.
fn passable(account: &Account) -> Passable {
    let roles = account
        .roles
        .iter()
        .filter(|role| !role.instance_profiles.is_empty());
    roles.map(|role| role.arn.clone()).collect()
}

fn unknown(evidence: &Evidence<'_>, known: &Known<'_>) -> Vec<String> {
    let mut arns = BTreeSet::new();
    for row in evidence.roles().flatten() {
        if let Some(name) = RoleName::parse(&row.principal)
            && !known.contains_key(&(name.account, name.name.to_ascii_lowercase()))
        {
            arns.insert(row.principal.clone());
        }
    }
    arns.into_iter().collect()
}

fn others(usage: &[Usage]) -> usize {
    let principals: BTreeSet<&str> = usage.iter().map(|row| row.principal.as_str()).collect();
    principals
        .into_iter()
        .filter(|arn| RoleName::parse(arn).is_none())
        .count()
}

/// A role as the usage shows it.
pub(crate) struct Seen<'u> {
    pub(crate) arn: String,
    pub(crate) account: String,
    pub(crate) name: String,
    path: String,
    /// What its latest incarnation did.
    pub(crate) rows: Vec<&'u Usage>,
    /// What earlier ones did.
    pub(crate) former: Vec<&'u Usage>,
}

impl<'u> Seen<'u> {
    /// Of several roles of one name, the one seen last is the one of today.
    fn new(rows: &[&'u Usage]) -> Self {
        let with_id = rows.iter().filter(|row| is_role_id(&row.principal_id));
        let latest = with_id.max_by_key(|row| (&row.last_seen, &row.principal_id));
        let id = latest.map(|row| row.principal_id.as_str());
        let (rows, former): (Vec<&Usage>, Vec<&Usage>) = rows.iter().partition(|row| {
            !is_role_id(&row.principal_id) || Some(row.principal_id.as_str()) == id
        });
        let names = rows
            .iter()
            .filter_map(|row| Some((row, RoleName::parse(&row.principal)?)));
        let best = names.min_by_key(|(_, name)| name.session);
        let (arn, name) = best.map_or((String::new(), None), |(row, name)| {
            (row.principal.clone(), Some(name))
        });
        let part =
            |of: fn(&RoleName<'u>) -> &'u str| name.as_ref().map(of).unwrap_or_default().to_owned();
        Self {
            account: part(|name| name.account),
            name: part(|name| name.name),
            path: part(|name| name.path),
            arn,
            rows,
            former,
        }
    }

    /// Why no policy is proposed, when AWS owns it.
    pub(crate) fn report_only(&self) -> Option<&'static str> {
        crate::current::report_only(&self.path)
    }
}
