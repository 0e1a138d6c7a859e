//! Sight: what an archive could have shown of an account.

use iam::catalogue::{Action, Observability};
use iam::usage::{Coverage, Header};
use std::collections::{BTreeMap, BTreeSet};

/// A data event class must reach into the first and the last such part of the account's window; otherwise it may
/// have been switched on late or off early, and silence proves nothing.
const EDGE: i64 = 4;

/// What the archive could have shown of one account.
#[derive(Debug)]
pub(crate) struct Sight {
    account: String,
    /// First and last event of each class, in seconds.
    classes: BTreeMap<String, (i64, i64)>,
    regions: BTreeSet<String>,
}

impl Sight {
    /// The coverage of an account.
    pub(crate) fn new(header: &Header, account: &str) -> Self {
        let mut sight = Self {
            account: account.to_owned(),
            classes: BTreeMap::new(),
            regions: BTreeSet::new(),
        };
        for row in header.coverage.iter().filter(|row| row.account == account) {
            sight.add(row);
        }
        sight
    }

    fn add(&mut self, row: &Coverage) {
        let (Some(first), Some(last)) = (seconds(&row.first), seconds(&row.last)) else {
            return;
        };
        let span = self.classes.entry(row.class.clone());
        let span = span.or_insert((first, last));
        *span = (span.0.min(first), span.1.max(last));
        self.regions.insert(row.region.clone());
    }

    /// Why a use of the action would not be in the archive; none when it would.
    pub(crate) fn hides(&self, action: Option<Action<'_>>) -> Option<String> {
        let Some(action) = action else {
            return Some("the catalogue does not know the action".to_owned());
        };
        match action.observability() {
            Observability::Never(why) => Some(format!("never logged: {why}")),
            Observability::Management { read } => {
                let class = if read {
                    "management-read"
                } else {
                    "management-write"
                };
                let seen = self.classes.contains_key(class);
                (!seen).then(|| {
                    format!(
                        "the archive holds no {class} events of account {}",
                        self.account
                    )
                })
            }
            Observability::Data(types) => {
                let shown = types.iter().any(|class| self.throughout(class));
                (!shown).then(|| {
                    let types = types.join(", ");
                    format!("data events ({types}) of account {} are not in the archive for the whole window", self.account)
                })
            }
        }
    }

    fn throughout(&self, class: &str) -> bool {
        let Some((first, last)) = self.classes.get(class) else {
            return false;
        };
        let start = self
            .classes
            .values()
            .map(|span| span.0)
            .min()
            .unwrap_or(*first);
        let end = self
            .classes
            .values()
            .map(|span| span.1)
            .max()
            .unwrap_or(*last);
        let edge = (end - start) / EDGE;
        *first <= start + edge && *last >= end - edge
    }

    /// The region that the resource pattern names, when the archive holds nothing from there.
    pub(crate) fn blind_region<'r>(&self, resource: &'r str) -> Option<&'r str> {
        let region = resource.split(':').nth(3)?;
        let literal = !region.is_empty() && !region.contains(['*', '?', '$']);
        (literal && !self.regions.contains(region)).then_some(region)
    }
}

fn seconds(time: &str) -> Option<i64> {
    let time = chrono::DateTime::parse_from_rfc3339(time).ok()?;
    Some(time.timestamp())
}
