//! Needs: what a usage row asks a policy for, at a chosen granularity.

use iam::usage::{Outcome, Usage, Via};

/// How closely resources follow the evidence; coarser only when the quotas force it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Granularity {
    /// The resources seen; their template where they change from call to call.
    Exact,
    /// Templates wherever they stay within a bucket, table, log group and so on.
    Template,
    /// The pattern of the statement that grants it today.
    Statement,
}

/// From so many different resources under one template on, the next call is expected to bring a new one.
const VOLATILE_FROM: u64 = 3;

/// The resources that a row asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// These resource patterns.
    Resources(Vec<String>),
    /// The log does not say which.
    Unknown,
}

/// Roles that an instance profile can pass, when the account dump knows them.
pub(crate) type Passable = Vec<String>;

/// What a row asks for. A passed role that the log does not name was passed by instance profile: it is one of `passable`.
pub(crate) fn need(row: &Usage, granularity: Granularity, passable: &Passable) -> Need {
    let Some(template) = &row.template else {
        let by_profile =
            row.action == "iam:PassRole" && row.via == Via::PassedRole && !passable.is_empty();
        return if by_profile {
            Need::Resources(passable.clone())
        } else {
            Need::Unknown
        };
    };
    if row.resources.is_empty() {
        return Need::Resources(vec![writable(template)]);
    }
    let complete = row.resources_total <= row.resources.len() as u64;
    let generalise = match granularity {
        Granularity::Exact => row.resources_total >= VOLATILE_FROM && keeps_container(template),
        Granularity::Template | Granularity::Statement => keeps_container(template),
    };
    if generalise || !complete {
        return Need::Resources(vec![writable(template)]);
    }
    let mut resources: Vec<String> = row.resources.iter().map(|text| writable(text)).collect();
    resources.sort();
    resources.dedup();
    Need::Resources(resources)
}

/// Every resource that the row proves, each as seen: what a proposal must still reach.
pub(crate) fn proven(row: &Usage, passable: &Passable) -> Need {
    match (&row.template, row.resources.as_slice()) {
        (None, _) | (_, []) => need(row, Granularity::Exact, passable),
        (Some(_), seen) if row.resources_total <= seen.len() as u64 => {
            Need::Resources(seen.to_vec())
        }
        (Some(template), seen) => {
            let mut all = seen.to_vec();
            all.push(template.clone());
            Need::Resources(all)
        }
    }
}

/// Whether the row speaks for a grant: a success, or a failure that was probably authorised.
pub(crate) fn speaks(row: &Usage) -> bool {
    matches!(row.outcome, Outcome::Allowed | Outcome::Failed)
}

/// Whether the template still names what holds the resource: bucket and part of the key, or type and name.
fn keeps_container(template: &str) -> bool {
    if !template.contains('*') {
        return true;
    }
    let service = template.split(':').nth(2);
    let rest = template.splitn(6, ':').nth(5).unwrap_or_default();
    let named = |text: &&str| text.bytes().any(|b| b.is_ascii_alphanumeric());
    if service == Some("s3") {
        let key = rest.split_once('/').map_or("", |(_, key)| key);
        return key.split('/').any(|part| named(&part));
    }
    let literal = rest.split(['/', ':']).filter(|part| !part.contains('*'));
    literal.filter(named).count() >= 2
}

/// The pattern with only characters that a policy may hold (tab, line breaks, U+0020 to U+00FF); others become `?`.
/// Source: IAM API reference, PolicyDocument.
pub(crate) fn writable(pattern: &str) -> String {
    let fine = |c: char| matches!(c, '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{ff}');
    pattern
        .chars()
        .map(|c| if fine(c) { c } else { '?' })
        .collect()
}
