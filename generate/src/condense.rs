//! Usage in bounded memory: of an action used on very many names, the rest is one row a container.

use crate::place::Places;
use crate::tables::Tables;
use iam::catalogue::Catalogue;
use iam::usage::Usage;
use std::collections::BTreeMap;

/// Rows kept of one principal, action, outcome and kind of access.
const ROWS: usize = 4_096;
/// Resources kept of a row that stands for many.
const SAMPLE: usize = 64;

/// Reads usage lines, which come sorted. Beyond some thousand rows of one principal and action, further ones that lie in a
/// container (an S3 bucket, a log group) are added up to one whose template is the folder that holds them all: a proposal
/// for so many names would be that folder anyway.
pub fn condense<E>(
    lines: impl Iterator<Item = Result<Usage, E>>,
    catalogue: &Catalogue,
) -> Result<Vec<Usage>, E> {
    Tables::with(catalogue, |tables| {
        let mut rows: Vec<Usage> = Vec::new();
        let mut run = Run::default();
        for line in lines {
            let row = line?;
            if !rows.last().is_some_and(|last| same_action(last, &row)) {
                rows.extend(run.finish());
            }
            if let Some(row) = run.take(row, &tables.places) {
                rows.push(row);
            }
        }
        rows.extend(run.finish());
        Ok(rows)
    })
}

fn same_action(one: &Usage, other: &Usage) -> bool {
    (&one.principal, &one.principal_id, &one.action)
        == (&other.principal, &other.principal_id, &other.action)
}

/// The rows of one principal and action.
#[derive(Default)]
struct Run {
    kept: usize,
    /// By container, outcome and kind of access.
    more: BTreeMap<String, Usage>,
}

impl Run {
    /// The row, unless it is added to another.
    fn take(&mut self, row: Usage, places: &Places) -> Option<Usage> {
        self.kept += 1;
        if self.kept <= ROWS {
            return Some(row);
        }
        let place = row
            .template
            .as_deref()
            .and_then(|template| places.of(template));
        let Some(container) = place.map(|place| place.container.to_owned()) else {
            return Some(row);
        };
        let key = format!("{:?} {:?} {container}", row.outcome, row.via);
        match self.more.get_mut(&key) {
            Some(sum) => add(sum, &row, &container),
            None => {
                let sum = Usage {
                    template: row.template.as_deref().map(|t| folder(t, t, &container)),
                    resources_total: row.resources_total.max(1),
                    ..row
                };
                self.more.insert(key, sum);
            }
        }
        None
    }

    fn finish(&mut self) -> Vec<Usage> {
        self.kept = 0;
        let mut rows: Vec<Usage> = std::mem::take(&mut self.more).into_values().collect();
        for row in &mut rows {
            // more than the sample: the row asks for its template
            row.resources_total = row.resources_total.max(row.resources.len() as u64 + 1);
        }
        rows
    }
}

fn add(sum: &mut Usage, row: &Usage, container: &str) {
    let (own, other) = (sum.template.take(), row.template.as_deref());
    sum.template = own
        .zip(other)
        .map(|(own, other)| folder(&own, other, container));
    sum.count = sum.count.saturating_add(row.count);
    sum.mfa_count = sum.mfa_count.saturating_add(row.mfa_count);
    sum.endpoint_count = sum.endpoint_count.saturating_add(row.endpoint_count);
    sum.resources_total = sum
        .resources_total
        .saturating_add(row.resources_total.max(1));
    sum.active_days = sum.active_days.max(row.active_days);
    sum.first_seen = sum.first_seen.clone().min(row.first_seen.clone());
    sum.last_seen = sum.last_seen.clone().max(row.last_seen.clone());
    let left = SAMPLE.saturating_sub(sum.resources.len());
    sum.resources
        .extend(row.resources.iter().take(left).cloned());
    let lists = [
        (&mut sum.regions, &row.regions),
        (&mut sum.invoked_by, &row.invoked_by),
        (&mut sum.vpc_endpoints, &row.vpc_endpoints),
        (&mut sum.error_codes, &row.error_codes),
        (&mut sum.calls, &row.calls),
    ];
    for (own, other) in lists {
        own.extend(other.iter().cloned());
        own.sort();
        own.dedup();
    }
}

/// The deepest folder of the container that holds both, with `*` for what it holds.
fn folder(one: &str, other: &str, container: &str) -> String {
    let same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let plain = one
        .bytes()
        .take_while(|b| !matches!(b, b'*' | b'?'))
        .count();
    let end = one.get(..same.min(plain)).and_then(|text| text.rfind('/'));
    let end = end.map_or(0, |at| at + 1).max(container.len());
    format!("{}*", one.get(..end).unwrap_or(container))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
mod tests {
    use super::*;
    use iam::policy::pattern_subsumes;
    use iam::usage::{Outcome, Via};

    fn row(action: &str, resource: &str) -> Usage {
        Usage {
            principal: "arn:aws:iam::111122223333:role/web".to_owned(),
            principal_id: String::new(),
            action: action.to_owned(),
            template: Some(resource.to_owned()),
            outcome: Outcome::Allowed,
            via: Via::Direct,
            count: 2,
            active_days: 1,
            first_seen: String::new(),
            last_seen: String::new(),
            regions: Vec::new(),
            resources: vec![resource.to_owned()],
            resources_total: 1,
            evidence: Vec::new(),
            error_codes: Vec::new(),
            invoked_by: Vec::new(),
            vpc_endpoints: Vec::new(),
            mfa_count: 0,
            endpoint_count: 1,
            calls: vec![format!("s3.amazonaws.com:{}", action.replace("s3:", ""))],
        }
    }

    #[test]
    fn very_many_names_are_bounded_and_counted() {
        let names = |n: usize| {
            format!(
                "arn:aws:s3:::b/in/{}/file",
                "abcdefghij".repeat(n % 7) + &n.to_string()
            )
        };
        let mut rows: Vec<Usage> = (0..20_000)
            .map(|n| row("s3:GetObject", &names(n)))
            .collect();
        rows.push(row("s3:PutObject", "arn:aws:s3:::b/x"));
        let read = rows.iter().cloned().map(Ok::<_, ()>);
        let few = condense(read, Catalogue::embedded()).unwrap();
        assert_eq!(few.len(), ROWS + 2);
        let count = |rows: &[Usage]| {
            rows.iter()
                .map(|row| (row.count, row.resources_total, row.endpoint_count))
                .fold((0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2))
        };
        assert_eq!(count(&few), count(&rows));
        let more = few[ROWS].clone();
        assert_eq!(more.template.as_deref(), Some("arn:aws:s3:::b/in/*"));
        assert!(more.resources.len() <= SAMPLE);
        assert_eq!(more.calls, ["s3.amazonaws.com:GetObject"]);
        assert!(
            rows[..20_000]
                .iter()
                .all(|row| pattern_subsumes(more.template.as_deref().unwrap(), &row.resources[0]))
        );
        assert_eq!(few[ROWS + 1].action, "s3:PutObject");
    }
}
