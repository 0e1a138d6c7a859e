//! One day of the archive: its accesses by usage line and resource, and what it covers.

use crate::archive::Day;
use crate::batch::{Accesses, Batch, Flags, Texts as Column};
use crate::config::{Config, Progress};
use crate::copies::{Copies, is_owners};
use crate::coverage::{Classes, Covered, Span, Traits};
use crate::error::{At, Error};
use crate::group::{Key, Texts, day};
use crate::tally::{parse_outcome, parse_via};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use xxhash_rust::xxh64::xxh64;

/// Columns that the table is made from.
const COLUMNS: [&str; 13] = [
    "event_id",
    "event_time",
    "event_category",
    "account",
    "region",
    "event_source",
    "read_only",
    "outcome",
    "principal",
    "principal_id",
    "principal_account",
    "accesses",
    "shared_event_id",
];

/// The accesses of one usage line on one day. Of its resources those with the smallest xxhash64 are held.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) resources: BTreeMap<(u64, Arc<str>), u32>,
    pub(super) others: u32,
}

impl Held {
    fn add(&mut self, resource: Option<Arc<str>>, limit: usize) {
        let Some(resource) = resource else {
            self.others = self.others.saturating_add(1);
            return;
        };
        let count = self
            .resources
            .entry((xxh64(resource.as_bytes(), 0), resource));
        let count = count.or_default();
        *count = count.saturating_add(1);
        if self.resources.len() > limit
            && let Some((_, count)) = self.resources.pop_last()
        {
            self.others = self.others.saturating_add(count);
        }
    }
}

/// By usage line and day.
pub(super) type Groups = HashMap<(Key, i32), Held>;

/// The columns of a batch.
struct Columns {
    event_id: Column,
    times: Vec<i64>,
    account: Column,
    region: Column,
    category: Column,
    event_source: Column,
    read_only: Flags,
    outcome: Column,
    principal: Column,
    principal_id: Column,
    principal_account: Column,
    shared_event_id: Column,
    accesses: Accesses,
}

impl Columns {
    fn of(batch: Batch<'_>) -> Result<Self, Error> {
        Ok(Self {
            event_id: batch.texts("event_id")?,
            times: batch.times("event_time")?,
            account: batch.texts("account")?,
            region: batch.texts("region")?,
            category: batch.texts("event_category")?,
            event_source: batch.texts("event_source")?,
            read_only: batch.flags("read_only")?,
            outcome: batch.texts("outcome")?,
            principal: batch.texts("principal")?,
            principal_id: batch.texts("principal_id")?,
            principal_account: batch.texts("principal_account")?,
            shared_event_id: batch.texts("shared_event_id")?,
            accesses: batch.accesses()?,
        })
    }

    fn place(&self, row: usize) -> (&str, &str) {
        let (account, region) = (self.account.get(row), self.region.get(row));
        (account.unwrap_or_default(), region.unwrap_or_default())
    }

    fn has_place(&self, row: usize, config: &Config) -> bool {
        let (account, region) = self.place(row);
        config.has_place(account, region)
    }

    fn cover(&self, row: usize, classes: &mut Classes, texts: &mut Texts, covered: &mut Covered) {
        let accesses = &self.accesses;
        let access = |at| Some((accesses.action.get(at)?, accesses.resource.get(at)));
        let class = classes.of(Traits {
            category: self.category.get(row),
            read_only: self.read_only.get(row),
            event_source: self.event_source.get(row).unwrap_or_default(),
            access: accesses.of(row).next().and_then(access),
        });
        let millis = self.times.get(row).copied().unwrap_or_default();
        covered.add(texts, self.place(row), class, Span::at(millis));
    }
}

/// Reads a day.
pub(super) fn read_day(
    day: &Day,
    config: &Config,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<(Groups, Covered), Error> {
    let copies = Copies::read(day, config)?;
    let (mut groups, mut texts) = (Groups::new(), Texts::default());
    let (mut covered, mut classes) = (Covered::default(), Classes::default());
    for file in &day.files {
        let footer = day.open(file)?;
        let path: &Path = &footer.path;
        for group in 0..footer.metadata.metadata().num_row_groups() {
            for records in footer.rows(group, &COLUMNS)? {
                if cancel.load(Ordering::Relaxed) {
                    return Err(Error::Cancelled);
                }
                let records = records.at(path)?;
                let batch = Batch {
                    path,
                    records: &records,
                };
                let columns = Columns::of(batch)?;
                for row in 0..columns.times.len() {
                    if columns.has_place(row, config) {
                        columns.cover(row, &mut classes, &mut texts, &mut covered);
                        add(
                            &columns,
                            row,
                            (config, &copies, path),
                            &mut texts,
                            &mut groups,
                        )?;
                    }
                }
                progress.advanced(0, records.num_rows() as u64);
            }
        }
        progress.advanced(file.size, 0);
    }
    Ok((groups, covered))
}

/// Adds the accesses of an event; the same events as `analyze` counts.
fn add(
    columns: &Columns,
    row: usize,
    (config, copies, path): (&Config, &Copies, &Path),
    texts: &mut Texts,
    groups: &mut Groups,
) -> Result<(), Error> {
    let account = columns.account.get(row);
    let Some(principal) = columns.principal.get(row) else {
        return Ok(());
    };
    let event_id = columns.event_id.get(row).unwrap_or_default();
    let owners = is_owners(account, columns.principal_account.get(row));
    let shared = columns.shared_event_id.get(row).filter(|_| owners);
    if !config.has_principal(principal)
        || shared.is_some_and(|shared| !copies.counts(shared, event_id))
    {
        return Ok(());
    }
    let value = |column, value: Option<&str>| Error::Value {
        path: path.to_owned(),
        event_id: event_id.to_owned(),
        column,
        value: value.unwrap_or("null").to_owned(),
    };
    let outcome = columns.outcome.get(row);
    let outcome = outcome
        .and_then(parse_outcome)
        .ok_or_else(|| value("outcome", outcome))?;
    let day = day(columns.times.get(row).copied().unwrap_or_default());
    let id = columns.principal_id.get(row).unwrap_or_default();
    for at in columns.accesses.of(row) {
        let accesses = &columns.accesses;
        let (action, via) = (accesses.action.get(at), accesses.via.get(at));
        let key = Key {
            principal: texts.share(principal),
            principal_id: texts.share(id),
            action: texts.share(action.ok_or_else(|| value("action", action))?),
            template: accesses.template.get(at).map(|text| texts.share(text)),
            outcome,
            via: via.and_then(parse_via).ok_or_else(|| value("via", via))?,
        };
        let resource = accesses.resource.get(at).map(|text| texts.share(text));
        let held = groups.entry((key, day)).or_default();
        held.add(resource, config.sample.max(2));
    }
    Ok(())
}
