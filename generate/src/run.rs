//! A run: every role, and the summary.

use crate::confidence::{Odds, Record};
use crate::config::Config;
use crate::current::{Account, Role};
use crate::error::Error;
use crate::evidence::{Evidence, OfRole, RoleName, is_role_id};
use crate::grants::Loaded;
use crate::markdown::json;
use crate::need::Surroundings;
use crate::output::{write_file, write_role};
use crate::parallel::in_order;
use crate::passed;
use crate::role::{Context, Results};
use crate::shape::Known;
use crate::shared::{Share, shared};
use crate::sight::Sight;
use crate::summary::{RoleSummary, Summary, Totals};
use crate::tables::Tables;
use iam::catalogue::Catalogue;
use iam::coverage;
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
    let usage = &*passed::named(usage, current);
    Tables::with(catalogue, |tables| {
        let context = Context {
            header,
            config,
            catalogue,
            kinds: &tables.kinds,
            covers: &tables.covers,
            surroundings: &Surroundings {
                known: Known::new(usage, &tables.places),
                places: &tables.places,
            },
        };
        write_all(&context, usage, current)
    })
}

fn write_all(
    context: &Context<'_>,
    usage: &[Usage],
    current: &[Account],
) -> Result<Summary, Error> {
    let (header, config) = (context.header, context.config);
    let evidence = Evidence::new(usage);
    let (roles, without_current) = if current.is_empty() {
        (greenfield(context, &evidence), Vec::new())
    } else {
        let known = by_name(current)?;
        let roles = brownfield(context, &evidence, &known);
        (roles, unknown(&evidence, &known))
    };
    let written = roles.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (roles, shares): (Vec<RoleSummary>, Vec<Vec<Share>>) = written.into_iter().unzip();
    let summary = Summary {
        catalogue_version: context.catalogue.version().to_owned(),
        window_start: header.window_start.clone(),
        window_end: header.window_end.clone(),
        totals: Totals::of(&roles),
        roles,
        shared_policies: shared(shares.into_iter().flatten().collect(), context.covers),
        without_current,
        other_principals: others(usage),
    };
    write_file(&config.out, "summary.json", &json(&summary))?;
    Ok(summary)
}

/// Every role in the usage.
fn greenfield(context: &Context<'_>, evidence: &Evidence<'_>) -> Vec<Result<Written, Error>> {
    let seen: Vec<Seen<'_>> = evidence.roles().map(|rows| Seen::new(rows)).collect();
    let sights = sights(context, seen.iter().map(|seen| seen.account.as_str()));
    let odds = Odds::new(context.header, context.config.horizon_days);
    in_order(&seen, |seen| {
        let sight = sights.get(seen.account.as_str());
        let missing = sight.map_or(&[][..], coverage::Sight::missing);
        let confidence = odds.of_usage(&seen.arn, &seen.rows, missing);
        write(context.config, context.greenfield(seen, confidence))
    })
}

/// What the archive could have shown of accounts.
fn sights<'a>(
    context: &Context<'_>,
    accounts: impl Iterator<Item = &'a str>,
) -> BTreeMap<&'a str, coverage::Sight> {
    let missing_days = context.config.missing_days;
    let sight = |account| coverage::Sight::new(context.header, account, missing_days);
    let distinct: BTreeSet<&str> = accounts.collect();
    distinct
        .into_iter()
        .map(|account| (account, sight(account)))
        .collect()
}

/// A role of today, what it did, and what could have been seen of it.
pub(crate) struct Case<'a> {
    pub(crate) role: &'a Role,
    pub(crate) evidence: OfRole<'a>,
    pub(crate) sight: Sight<'a>,
}

/// Every role of the account dumps: first all roles together say what silence is worth, then each is judged.
fn brownfield(
    context: &Context<'_>,
    evidence: &Evidence<'_>,
    known: &Named<'_>,
) -> Vec<Result<Written, Error>> {
    let config = context.config;
    let sights = sights(context, known.keys().map(|(account, _)| *account));
    let roles: Vec<&Role> = known.values().copied().collect();
    let dark = coverage::Sight::new(context.header, "", config.missing_days);
    let cases = in_order(&roles, |role| {
        let account = sights.get(role.account.as_str()).unwrap_or(&dark);
        let evidence = evidence.of(role);
        let created = role.created.as_deref().and_then(coverage::day_of);
        let reports = &config.last_accessed;
        Case {
            sight: Sight::new(account, &role.arn, created, reports, &evidence.own),
            evidence,
            role,
        }
    });
    let odds = Odds::new(context.header, config.horizon_days);
    let seen = in_order(&cases, |case| context.load(case, &odds));
    let (loaded, records): (Vec<Loaded>, Vec<Record>) = seen.into_iter().unzip();
    let odds = odds.learn(&records);
    let loaded = loaded.iter().zip(&records);
    let all: Vec<(&Case<'_>, (&Loaded, &Record))> = cases.iter().zip(loaded).collect();
    in_order(&all, |(case, (loaded, record))| {
        write(config, context.brownfield(case, loaded, (&odds, record)))
    })
}

/// What is left of a role's results once they are written.
type Written = (RoleSummary, Vec<Share>);

fn write(config: &Config, results: Results) -> Result<Written, Error> {
    write_role(&config.out.join(&results.summary.folder), &results.files)?;
    Ok((results.summary, results.shares))
}

/// Roles by account and lower-case name: IAM has no two roles whose names differ only in case.
type Named<'a> = BTreeMap<(&'a str, String), &'a Role>;

fn by_name(current: &[Account]) -> Result<Named<'_>, Error> {
    let mut known = Named::new();
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

fn unknown(evidence: &Evidence<'_>, known: &Named<'_>) -> Vec<String> {
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
    pub(crate) fn new(rows: &[&'u Usage]) -> Self {
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
