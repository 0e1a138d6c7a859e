//! The daily table: who used which permission on which day, from one pass over the archive.

mod held;
mod row;

use crate::config::{Config, Progress};
use crate::coverage::Covered;
use crate::error::Error;
use crate::group::{Key, rfc3339};
use crate::local::scan;
use held::{Cells, Held};
use iam::catalogue::Catalogue;
use iam::coverage::day_of;
use iam::usage::{Header, SCHEMA_VERSION};
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Number of a resource that is not held: the log does not name it, or the day had too many.
pub(crate) const OTHER: u32 = u32::MAX;

/// Accesses by day, for every principal of the archive.
pub struct Daily {
    /// UTC day of the first event, since 1970.
    pub first: i64,
    /// UTC day of the last access.
    pub last: i64,
    /// Window and coverage, as `usage.jsonl` has them; what it counts of accesses is left out.
    pub header: Header,
    /// The rows that are left, and the principals before them.
    rows: Mutex<(Peekable<Rows>, usize)>,
}

/// The accesses of one principal.
#[derive(Debug)]
pub struct PrincipalDays {
    /// ARN.
    pub principal: String,
    /// The `AROA…`/`AIDA…` id, empty when unknown.
    pub principal_id: String,
    /// Sorted as usage lines are.
    pub(crate) rows: Vec<Row>,
}

/// What becomes one usage line.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: Key,
    pub(crate) resources: Vec<Arc<str>>,
    /// By day, then resource.
    pub(crate) cells: Vec<Cell>,
}

/// Accesses of a day to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    /// Since 1970.
    pub(crate) day: i32,
    /// Index of the row's resources, or [`OTHER`].
    pub(crate) resource: u32,
    pub(crate) count: u32,
}

/// Reads the table.
///
/// Memory: about [`Config::memory_bytes`], and the cross-account copies of the days at hand; what has no room lies in a
/// file without a name in the system's folder for such. A day and line have up to [`Config::sample`] resources; the
/// accesses to others are counted together.
///
/// # Errors
/// The archive cannot be read, or nothing put on disk; or somebody asked to stop.
pub fn daily(
    config: &Config,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Daily, Error> {
    let config = &config.checked();
    let scratch = std::env::temp_dir();
    let (tally, sums) = scan::<Held>(config, (&COLUMNS, &scratch), progress, cancel)?;
    let header = header(tally.covered, config);
    let [first, last] = [&header.window_start, &header.window_end]
        .map(|time| time.as_deref().and_then(day_of).unwrap_or_default());
    let rows = sums.map(|sum| {
        let (key, Cells { resources, cells }) = sum?;
        Ok(Row {
            key,
            resources,
            cells,
        })
    });
    let rows: Rows = Box::new(rows);
    Ok(Daily {
        first,
        last,
        header,
        rows: Mutex::new((rows.peekable(), 0)),
    })
}

type Rows = Box<dyn Iterator<Item = Result<Row, Error>> + Send>;

impl Daily {
    /// The next principal with accesses, and how many there were before it. Principals come by ARN and id, each once.
    ///
    /// # Errors
    /// What was put on disk cannot be read.
    pub fn next(&self) -> Result<Option<(usize, PrincipalDays)>, Error> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let (rows, number) = &mut *rows;
        let Some(first) = rows.next().transpose()? else {
            return Ok(None);
        };
        let of = [&first.key.principal, &first.key.principal_id].map(Arc::clone);
        let same = |row: &Result<Row, Error>| {
            row.as_ref().map_or(true, |row| {
                [&row.key.principal, &row.key.principal_id] == [&of[0], &of[1]]
            })
        };
        let mut own = vec![first];
        while let Some(row) = rows.next_if(same) {
            own.push(row?);
        }
        *number += 1;
        let [principal, principal_id] = of.map(|text| text.as_ref().to_owned());
        let principal = PrincipalDays {
            principal,
            principal_id,
            rows: own,
        };
        Ok(Some((*number - 1, principal)))
    }
}

fn header(covered: Covered, config: &Config) -> Header {
    let window = covered.window();
    Header {
        schema_version: SCHEMA_VERSION,
        window_start: window.map(|(first, _)| rfc3339(first)),
        window_end: window.map(|(_, last)| rfc3339(last)),
        catalogue_version: Catalogue::embedded().version().to_owned(),
        events: 0,
        without_access: BTreeMap::new(),
        unknown_events: BTreeMap::new(),
        coverage: covered.into_rows(),
        trails: config.trails.clone(),
        pauses: Vec::new(),
    }
}
