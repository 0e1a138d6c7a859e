//! The tally: everything counted so far, by one thread.

use crate::archive::{Day, Footer};
use crate::batch::{Accesses, Batch, Flags, Texts as Column};
use crate::config::Config;
use crate::copies::{Copies, is_owners};
use crate::coverage::{Classes, Covered, Span, Traits};
use crate::error::Error;
use crate::group::{Group, Key, Sighting, Texts};
use arrow::array::RecordBatch;
use iam::usage::{Outcome, Via};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// Columns that the tally reads. Reading no more is what makes the scan fast.
pub(crate) const COLUMNS: [&str; 19] = [
    "event_id",
    "event_time",
    "event_category",
    "account",
    "region",
    "event_source",
    "event_name",
    "read_only",
    "outcome",
    "error_code",
    "principal",
    "principal_id",
    "principal_account",
    "invoked_by",
    "mfa",
    "vpc_endpoint_id",
    "accesses",
    "no_access",
    "shared_event_id",
];

/// Reason of events whose action nobody knows.
const UNKNOWN_ACTION: &str = "unknown-action";

/// Everything counted so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) groups: HashMap<Key, Group>,
    pub(crate) covered: Covered,
    pub(crate) events: u64,
    pub(crate) copies: u64,
    pub(crate) without_principal: u64,
    pub(crate) without_access: BTreeMap<String, u64>,
    pub(crate) unknown_events: HashMap<String, u64>,
    pub(crate) catalogues: BTreeSet<String>,
    classes: Classes,
    pub(crate) texts: Texts,
    /// The call of the event at hand, in a buffer that is used again.
    call: String,
}

/// Where a batch comes from, and what of it counts.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) config: &'s Config,
    pub(crate) day: &'s Day,
    pub(crate) path: &'s Path,
}

/// The columns of a batch.
struct Rows {
    event_id: Column,
    times: Vec<i64>,
    category: Column,
    account: Column,
    region: Column,
    event_source: Column,
    event_name: Column,
    read_only: Flags,
    outcome: Column,
    error_code: Column,
    principal: Column,
    principal_id: Column,
    principal_account: Column,
    invoked_by: Column,
    mfa: Flags,
    vpc_endpoint: Column,
    accesses: Accesses,
    no_access: Column,
    shared_event_id: Column,
}

impl Rows {
    fn of(batch: Batch<'_>) -> Result<Self, Error> {
        Ok(Self {
            event_id: batch.texts("event_id")?,
            times: batch.times("event_time")?,
            category: batch.texts("event_category")?,
            account: batch.texts("account")?,
            region: batch.texts("region")?,
            event_source: batch.texts("event_source")?,
            event_name: batch.texts("event_name")?,
            read_only: batch.flags("read_only")?,
            outcome: batch.texts("outcome")?,
            error_code: batch.texts("error_code")?,
            principal: batch.texts("principal")?,
            principal_id: batch.texts("principal_id")?,
            principal_account: batch.texts("principal_account")?,
            invoked_by: batch.texts("invoked_by")?,
            mfa: batch.flags("mfa")?,
            vpc_endpoint: batch.texts("vpc_endpoint_id")?,
            accesses: batch.accesses()?,
            no_access: batch.texts("no_access")?,
            shared_event_id: batch.texts("shared_event_id")?,
        })
    }

    /// The API call, as [`iam::usage::Usage::calls`] names it.
    fn call(&self, row: usize, out: &mut String) {
        out.clear();
        out.push_str(self.event_source.get(row).unwrap_or_default());
        out.push(':');
        out.push_str(self.event_name.get(row).unwrap_or_default());
    }
}

impl Tally {
    /// Notes the file's catalogue.
    pub(crate) fn add_footer(&mut self, footer: &Footer) {
        if let Some(version) = footer.catalogue_version() {
            self.catalogues.insert(version.to_owned());
        }
    }

    /// Counts the rows of a batch.
    pub(crate) fn add(&mut self, records: &RecordBatch, scope: Scope<'_>) -> Result<(), Error> {
        let rows = Rows::of(Batch {
            path: scope.path,
            records,
        })?;
        for (row, millis) in rows.times.iter().enumerate() {
            let place = (
                rows.account.get(row).unwrap_or_default(),
                rows.region.get(row).unwrap_or_default(),
            );
            if scope.config.has_place(place.0, place.1) {
                self.add_event(&rows, row, place, *millis);
                self.add_accesses(&rows, row, *millis, scope)?;
            }
        }
        Ok(())
    }

    /// Counts the event, whoever made it.
    fn add_event(&mut self, rows: &Rows, row: usize, place: (&str, &str), millis: i64) {
        let event_source = rows.event_source.get(row).unwrap_or_default();
        if let Some(reason) = rows.no_access.get(row) {
            let name = rows.event_name.get(row).unwrap_or_default();
            let unknown = (reason == UNKNOWN_ACTION).then_some(name);
            self.add_without_access(reason, event_source, unknown, 1);
        }
        let first = rows.accesses.of(row).next();
        let access = first.and_then(|at| {
            rows.accesses
                .action
                .get(at)
                .map(|action| (action, rows.accesses.resource.get(at)))
        });
        let category = rows.category.get(row);
        let read_only = rows.read_only.get(row);
        let traits = Traits {
            category,
            read_only,
            event_source,
            access,
        };
        self.add_class(place, traits, Span::at(millis));
    }

    /// Counts events of one class.
    pub(crate) fn add_class(&mut self, place: (&str, &str), traits: Traits<'_>, seen: Span) {
        self.events += seen.events();
        let class = self.classes.of(traits);
        self.covered.add(&mut self.texts, place, class, seen);
    }

    /// Counts events that gave no access; `unknown` is the name of those whose action nobody knows.
    pub(crate) fn add_without_access(
        &mut self,
        reason: &str,
        event_source: &str,
        unknown: Option<&str>,
        events: u64,
    ) {
        match self.without_access.get_mut(reason) {
            Some(number) => *number += events,
            None => drop(self.without_access.insert(reason.to_owned(), events)),
        }
        if let Some(name) = unknown {
            let event = format!("{event_source}:{name}");
            *self.unknown_events.entry(event).or_default() += events;
        }
    }

    /// Adds accesses that are already summed.
    pub(crate) fn add_group(&mut self, key: Key, group: Group, sample: usize) {
        self.groups.entry(key).or_default().merge(group, sample);
    }

    /// Counts the event's accesses for its principal.
    fn add_accesses(
        &mut self,
        rows: &Rows,
        row: usize,
        millis: i64,
        scope: Scope<'_>,
    ) -> Result<(), Error> {
        let Some(principal) = rows.principal.get(row) else {
            self.without_principal += 1;
            return Ok(());
        };
        let accesses = rows.accesses.of(row);
        if accesses.is_empty() || !scope.config.has_principal(principal) {
            return Ok(());
        }
        if !counts(rows, row, scope)? {
            self.copies += 1;
            return Ok(());
        }
        let event_id = rows.event_id.get(row).unwrap_or_default();
        let value = |column, value: Option<&str>| Error::Value {
            path: scope.path.to_owned(),
            event_id: event_id.to_owned(),
            column,
            value: value.unwrap_or("null").to_owned(),
        };
        let outcome = rows.outcome.get(row);
        let outcome = outcome
            .and_then(parse_outcome)
            .ok_or_else(|| value("outcome", outcome))?;
        rows.call(row, &mut self.call);
        let principal = self.texts.share(principal);
        let principal_id = self
            .texts
            .share(rows.principal_id.get(row).unwrap_or_default());
        for at in accesses {
            let (action, via) = (rows.accesses.action.get(at), rows.accesses.via.get(at));
            let key = Key {
                principal: principal.clone(),
                principal_id: principal_id.clone(),
                action: self
                    .texts
                    .share(action.ok_or_else(|| value("action", action))?),
                template: rows
                    .accesses
                    .template
                    .get(at)
                    .map(|text| self.texts.share(text)),
                outcome,
                via: via.and_then(parse_via).ok_or_else(|| value("via", via))?,
            };
            let sighting = Sighting {
                resource: rows.accesses.resource.get(at),
                error_code: rows
                    .error_code
                    .get(row)
                    .filter(|_| outcome != Outcome::Allowed),
                ..sighting(rows, row, millis, (event_id, &self.call))
            };
            self.groups
                .entry(key)
                .or_default()
                .add(sighting, scope.config.sample);
        }
        Ok(())
    }

    /// Adds what another thread counted.
    pub(crate) fn merge(&mut self, other: Self, sample: usize) {
        for (key, theirs) in other.groups {
            self.add_group(key, theirs, sample);
        }
        self.covered.merge(other.covered);
        self.events += other.events;
        self.copies += other.copies;
        self.without_principal += other.without_principal;
        for (reason, number) in other.without_access {
            *self.without_access.entry(reason).or_default() += number;
        }
        for (event, number) in other.unknown_events {
            *self.unknown_events.entry(event).or_default() += number;
        }
        self.catalogues.extend(other.catalogues);
    }
}

fn sighting<'r>(
    rows: &'r Rows,
    row: usize,
    millis: i64,
    (event_id, call): (&'r str, &'r str),
) -> Sighting<'r> {
    Sighting {
        millis,
        event_id,
        call,
        region: rows.region.get(row).unwrap_or_default(),
        resource: None,
        error_code: None,
        invoked_by: rows.invoked_by.get(row),
        vpc_endpoint: rows.vpc_endpoint.get(row),
        mfa: rows.mfa.get(row) == Some(true),
    }
}

/// Whether the event is not the owner's copy of a call that another copy stands for.
fn counts(rows: &Rows, row: usize, scope: Scope<'_>) -> Result<bool, Error> {
    let Some(shared) = rows.shared_event_id.get(row) else {
        return Ok(true);
    };
    if !is_owners(rows.account.get(row), rows.principal_account.get(row)) {
        return Ok(true);
    }
    let event_id = rows.event_id.get(row).unwrap_or_default();
    let copies = match scope.day.copies.get() {
        Some(copies) => copies,
        None => {
            let read = Copies::read(scope.day, scope.config)?;
            scope.day.copies.get_or_init(|| read)
        }
    };
    Ok(copies.counts(shared, event_id))
}

pub(crate) fn parse_outcome(text: &str) -> Option<Outcome> {
    match text {
        "allowed" => Some(Outcome::Allowed),
        "denied" => Some(Outcome::Denied),
        "failed" => Some(Outcome::Failed),
        _ => None,
    }
}

pub(crate) fn parse_via(text: &str) -> Option<Via> {
    match text {
        "direct" => Some(Via::Direct),
        "passed-role" => Some(Via::PassedRole),
        "forwarded" => Some(Via::Forwarded),
        "inferred" => Some(Via::Inferred),
        _ => None,
    }
}
