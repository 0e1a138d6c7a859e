//! Readers: what one thread has seen of the archive. Events are counted here, whoever made them; the accesses of
//! principals go to its groups.

use super::event::{Circumstances, Column, Event, RowCodes, Rows, SymbolKey};
use super::groups::{Groups, State};
use super::seen::Seen;
use super::symbols::{Symbol, Symbols};
use crate::archive::Day;
use crate::batch::Batch;
use crate::config::Config;
use crate::copies::Copies;
use crate::error::Error;
use crate::tally::{Tally, parse_outcome, parse_via};
use arrow::array::RecordBatch;
use iam::usage::Outcome;
use std::path::Path;

/// Reason of events whose action nobody knows.
const UNKNOWN_ACTION: &str = "unknown-action";

/// Where a batch comes from, and what of it counts.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) config: &'s Config,
    pub(crate) columns: &'s [&'static str],
    pub(crate) day: &'s Day,
    pub(crate) path: &'s Path,
}

/// Everything that one thread has seen.
pub(crate) struct Reader<S> {
    /// Counts of events; without groups.
    pub(crate) tally: Tally,
    pub(crate) symbols: Symbols,
    pub(crate) groups: Groups<S>,
    codes: RowCodes,
    seen: Seen,
    circumstances: Circumstances,
    calls: Calls,
}

/// The symbol of the last event's API call.
#[derive(Debug, Default)]
struct Calls {
    of: Option<[Option<Symbol>; 2]>,
    call: Option<Symbol>,
}

impl<S> Default for Reader<S> {
    fn default() -> Self {
        Self {
            tally: Tally::default(),
            symbols: Symbols::default(),
            groups: Groups::default(),
            codes: RowCodes::default(),
            seen: Seen::default(),
            circumstances: Circumstances::default(),
            calls: Calls::default(),
        }
    }
}

impl<S: State> Reader<S> {
    /// Memory taken by groups and their texts.
    pub(crate) fn bytes(&self) -> usize {
        self.groups.bytes() + self.symbols.bytes()
    }

    /// Takes the groups out, with their texts.
    pub(crate) fn take(&mut self) -> (Groups<S>, Symbols) {
        self.end_group();
        (self.codes, self.circumstances, self.calls) = Default::default();
        self.seen.forget();
        (
            std::mem::take(&mut self.groups),
            std::mem::take(&mut self.symbols),
        )
    }

    /// Ends a row group.
    pub(crate) fn end_group(&mut self) {
        self.seen.flush(&self.symbols, &mut self.tally);
    }

    /// Counts the rows of a batch.
    pub(crate) fn add(&mut self, records: &RecordBatch, scope: Scope<'_>) -> Result<(), Error> {
        let batch = Batch {
            path: scope.path,
            records,
        };
        let rows = Rows::of(batch, scope.columns)?;
        self.codes.follow(&rows);
        let config = scope.config;
        let everywhere = config.accounts.is_empty() && config.regions.is_empty();
        for row in 0..rows.times.len() {
            let place = (Column::Account, Column::Region);
            let [account, region] =
                [place.0, place.1].map(|column| rows.text(column, row).unwrap_or_default());
            if everywhere || config.has_place(account, region) {
                self.add_event(&rows, row);
                self.add_accesses(&rows, row, scope)?;
            }
        }
        Ok(())
    }

    fn symbol(&mut self, rows: &Rows, column: Column, row: usize) -> Option<Symbol> {
        self.codes.of(rows, (column, row), &mut self.symbols)
    }

    /// Counts the event, whoever made it.
    fn add_event(&mut self, rows: &Rows, row: usize) {
        if let Some(reason) = rows.text(Column::NoAccess, row) {
            let [event_source, name] = [Column::EventSource, Column::EventName]
                .map(|column| rows.text(column, row).unwrap_or_default());
            let unknown = (reason == UNKNOWN_ACTION).then_some(name);
            self.tally
                .add_without_access(reason, event_source, unknown, 1);
        }
        let [category, source, account, region] = [
            Column::Category,
            Column::EventSource,
            Column::Account,
            Column::Region,
        ]
        .map(|column| self.symbol(rows, column, row));
        let first = rows.accesses.of(row).next();
        let action = first.and_then(|at| {
            let codes = &mut self.codes;
            codes.of_access(&rows.accesses, at, &mut self.symbols).0
        });
        let kind = ([category, source, action], rows.read_only(row));
        let class = self.seen.class(kind, (rows, row), &mut self.tally);
        let millis = rows.times.get(row).copied().unwrap_or_default();
        self.seen.add([account, region], class, millis);
    }

    /// Counts the event's accesses for its principal.
    fn add_accesses(&mut self, rows: &Rows, row: usize, scope: Scope<'_>) -> Result<(), Error> {
        let Some(principal) = self.symbol(rows, Column::Principal, row) else {
            self.tally.without_principal += 1;
            return Ok(());
        };
        let accesses = rows.accesses.of(row);
        if accesses.is_empty() || !scope.config.has_principal(self.symbols.str(principal)) {
            return Ok(());
        }
        if !self.counts(rows, row, scope)? {
            self.tally.copies += 1;
            return Ok(());
        }
        let outcome = rows.text(Column::Outcome, row);
        let outcome = outcome
            .and_then(parse_outcome)
            .ok_or_else(|| scope.refuse(rows, row, ("outcome", outcome)))?;
        let principal_id = self.symbol(rows, Column::PrincipalId, row);
        let principal_id = principal_id.unwrap_or_else(|| self.symbols.of(""));
        let event = self.event(rows, row, outcome);
        for at in accesses {
            let via = rows.accesses.via.get(at);
            let (action, template) = self.codes.of_access(&rows.accesses, at, &mut self.symbols);
            let key = SymbolKey {
                principal,
                principal_id,
                action: action.ok_or_else(|| scope.refuse(rows, row, ("action", None)))?,
                template,
                outcome,
                via: via
                    .and_then(parse_via)
                    .ok_or_else(|| scope.refuse(rows, row, ("via", via)))?,
            };
            let resource = rows.accesses.resource.get(at);
            let symbols = &mut self.symbols;
            self.groups
                .add(key, (&event, resource), scope.config.sample, symbols);
        }
        Ok(())
    }

    fn event<'r>(&mut self, rows: &'r Rows, row: usize, outcome: Outcome) -> Event<'r> {
        let error_code = match outcome {
            Outcome::Allowed => None,
            _ => self.symbol(rows, Column::ErrorCode, row),
        };
        let region = self.symbol(rows, Column::Region, row);
        let names = [
            Some(region.unwrap_or_else(|| self.symbols.of(""))),
            error_code,
            self.symbol(rows, Column::InvokedBy, row),
            self.symbol(rows, Column::VpcEndpoint, row),
            self.call(rows, row),
        ];
        Event {
            millis: rows.times.get(row).copied().unwrap_or_default(),
            event_id: rows.event_id.get(row).unwrap_or_default(),
            names,
            circumstances: self.circumstances.number(names),
            mfa: rows.mfa(row),
        }
    }

    /// The API call, as [`iam::usage::Usage::calls`] names it.
    fn call(&mut self, rows: &Rows, row: usize) -> Option<Symbol> {
        let of = [Column::EventSource, Column::EventName];
        let of = of.map(|column| self.symbol(rows, column, row));
        if self.calls.of != Some(of) {
            let [source, name] = of.map(|symbol| symbol.map_or("", |of| self.symbols.str(of)));
            let text = format!("{source}:{name}");
            self.calls = Calls {
                of: Some(of),
                call: Some(self.symbols.of(&text)),
            };
        }
        self.calls.call
    }

    /// Whether the event is not the owner's copy of a call that another copy stands for.
    fn counts(&mut self, rows: &Rows, row: usize, scope: Scope<'_>) -> Result<bool, Error> {
        let caller = self.symbol(rows, Column::PrincipalAccount, row);
        if caller.is_none() || caller == self.symbol(rows, Column::Account, row) {
            return Ok(true);
        }
        let Some(shared) = rows.shared_event_id.get(row) else {
            return Ok(true);
        };
        let copies = match scope.day.copies.get() {
            Some(copies) => copies,
            None => {
                let read = Copies::read(scope.day, scope.config)?;
                scope.day.copies.get_or_init(|| read)
            }
        };
        Ok(copies.counts(shared, rows.event_id.get(row).unwrap_or_default()))
    }
}

impl Scope<'_> {
    /// The error of a value that no writer of the archive writes.
    fn refuse(
        self,
        rows: &Rows,
        row: usize,
        (column, value): (&'static str, Option<&str>),
    ) -> Error {
        Error::Value {
            path: self.path.to_owned(),
            event_id: rows.event_id.get(row).unwrap_or_default().to_owned(),
            column,
            value: value.unwrap_or("null").to_owned(),
        }
    }
}
