//! Events: the rows of the archive as this machine reads them, one by one, with their texts as symbols.

use super::symbols::{Codes, Symbol, Symbols};
use crate::batch::{Accesses, Batch, Flags, Texts};
use crate::error::Error;
use arrow::buffer::ScalarBuffer;
use iam::usage::{Outcome, Via};

/// Text columns that recur.
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
pub(crate) enum Column {
    Category,
    Account,
    Region,
    EventSource,
    EventName,
    Outcome,
    ErrorCode,
    Principal,
    PrincipalId,
    PrincipalAccount,
    InvokedBy,
    VpcEndpoint,
    NoAccess,
}

/// Their names, in the same order.
const COLUMNS: [&str; 13] = [
    "event_category",
    "account",
    "region",
    "event_source",
    "event_name",
    "outcome",
    "error_code",
    "principal",
    "principal_id",
    "principal_account",
    "invoked_by",
    "vpc_endpoint_id",
    "no_access",
];

/// What the group of an access has in common, in symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SymbolKey {
    pub(crate) principal: Symbol,
    pub(crate) principal_id: Symbol,
    pub(crate) action: Symbol,
    pub(crate) template: Option<Symbol>,
    pub(crate) outcome: Outcome,
    pub(crate) via: Via,
}

/// Names that lines list, of one event: region, error code, service, VPC endpoint and API call.
pub(crate) type Names = [Option<Symbol>; 5];

/// An event that counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'r> {
    pub(crate) millis: i64,
    pub(crate) event_id: &'r str,
    pub(crate) names: Names,
    /// The same number: the same names.
    pub(crate) circumstances: u64,
    pub(crate) mfa: bool,
}

/// The columns of a batch.
pub(crate) struct Rows {
    columns: [Option<Texts>; COLUMNS.len()],
    pub(crate) event_id: Texts,
    pub(crate) shared_event_id: Texts,
    pub(crate) times: ScalarBuffer<i64>,
    read_only: Flags,
    mfa: Option<Flags>,
    pub(crate) accesses: Accesses,
}

impl Rows {
    /// The columns of the batch that are wanted; those of [`Rows`] that are not optional always are.
    pub(crate) fn of(batch: Batch<'_>, wanted: &[&str]) -> Result<Self, Error> {
        let mut columns = [const { None }; COLUMNS.len()];
        for (column, name) in columns.iter_mut().zip(COLUMNS) {
            if wanted.contains(&name) {
                *column = Some(batch.texts(name)?);
            }
        }
        let mfa = wanted.contains(&"mfa").then(|| batch.flags("mfa"));
        Ok(Self {
            columns,
            event_id: batch.texts("event_id")?,
            shared_event_id: batch.texts("shared_event_id")?,
            times: batch.times("event_time")?,
            read_only: batch.flags("read_only")?,
            mfa: mfa.transpose()?,
            accesses: batch.accesses()?,
        })
    }

    /// The text of a row; null, and a column that is not wanted, as `None`.
    pub(crate) fn text(&self, column: Column, row: usize) -> Option<&str> {
        self.columns.get(column as usize)?.as_ref()?.get(row)
    }

    pub(crate) fn read_only(&self, row: usize) -> Option<bool> {
        self.read_only.get(row)
    }

    pub(crate) fn mfa(&self, row: usize) -> bool {
        let mfa = self.mfa.as_ref();
        mfa.and_then(|mfa| mfa.get(row)) == Some(true)
    }
}

/// The symbols of the columns of batches.
#[derive(Debug, Default)]
pub(crate) struct RowCodes {
    columns: [Codes; COLUMNS.len()],
    action: Codes,
    template: Codes,
}

impl RowCodes {
    /// Turns to a batch.
    pub(crate) fn follow(&mut self, rows: &Rows) {
        for (codes, column) in self.columns.iter_mut().zip(&rows.columns) {
            if let Some(column) = column {
                codes.follow(column);
            }
        }
        self.action.follow(&rows.accesses.action);
        self.template.follow(&rows.accesses.template);
    }

    /// The symbol of a row's text.
    pub(crate) fn of(
        &mut self,
        rows: &Rows,
        (column, row): (Column, usize),
        symbols: &mut Symbols,
    ) -> Option<Symbol> {
        let texts = rows.columns.get(column as usize)?.as_ref()?;
        let codes = self.columns.get_mut(column as usize)?;
        codes.symbol(texts, row, symbols)
    }

    /// Action and template of an access.
    pub(crate) fn of_access(
        &mut self,
        accesses: &Accesses,
        at: usize,
        symbols: &mut Symbols,
    ) -> (Option<Symbol>, Option<Symbol>) {
        (
            self.action.symbol(&accesses.action, at, symbols),
            self.template.symbol(&accesses.template, at, symbols),
        )
    }
}

/// Numbers for circumstances: the same number means the same names; the same names nearly always have the same number.
#[derive(Debug)]
pub(crate) struct Circumstances {
    last: Option<(Names, u64)>,
    recent: Vec<Option<(Names, u64)>>,
    next: u64,
}

/// Circumstances that are remembered.
const RECENT: usize = 1024;

impl Default for Circumstances {
    fn default() -> Self {
        Self {
            last: None,
            recent: vec![None; RECENT],
            next: 1,
        }
    }
}

impl Circumstances {
    pub(crate) fn number(&mut self, names: Names) -> u64 {
        if let Some((held, number)) = self.last
            && held == names
        {
            return number;
        }
        let mix = |mixed: u64, name: &Option<Symbol>| {
            (mixed.rotate_left(13) ^ u64::from(Symbol::number(*name)))
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        };
        let place = names.iter().fold(0, mix) >> 32;
        let place = usize::try_from(place).unwrap_or(0) % RECENT;
        let Some(recent) = self.recent.get_mut(place) else {
            return 0;
        };
        let number = match recent {
            Some((held, number)) if *held == names => *number,
            _ => {
                self.next += 1;
                *recent = Some((names, self.next));
                self.next
            }
        };
        self.last = Some((names, number));
        number
    }
}
