//! The daily table: who used which permission on which day, in memory, from one pass over the archive.

mod row;
mod scan;

use crate::archive;
use crate::config::{Config, Progress};
use crate::coverage::Covered;
use crate::error::Error;
use crate::group::{Key, Texts, rfc3339};
use iam::catalogue::Catalogue;
use iam::coverage::day_of;
use iam::usage::{Header, SCHEMA_VERSION};
use scan::{Held, read_day};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Number of a resource that is not held: the log does not name it, or the day had too many.
pub(crate) const OTHER: u32 = u32::MAX;

/// Accesses by day, for every principal of the archive.
#[derive(Debug)]
pub struct Daily {
    /// UTC day of the first event, since 1970.
    pub first: i64,
    /// UTC day of the last access.
    pub last: i64,
    /// Window and coverage, as `usage.jsonl` has them; what it counts of accesses is left out.
    pub header: Header,
    /// Principals with accesses, by ARN and id.
    pub principals: Vec<PrincipalDays>,
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

/// Reads the table. Memory: 12 bytes for each day, line and resource with an access, of which a day and line has up to
/// [`Config::sample`]; the rest is counted together.
pub fn daily(
    config: &Config,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Daily, Error> {
    let days = archive::days(config)?;
    let files = days.iter().flat_map(|day| &day.files);
    progress.total(files.map(|file| file.size).sum());
    let (next, table) = (AtomicUsize::new(0), Mutex::new(Table::default()));
    let work = || -> Result<(), Error> {
        while let Some(day) = days.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (groups, covered) = read_day(day, config, progress, cancel)?;
            let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
            table.covered.merge(covered);
            groups
                .into_iter()
                .for_each(|((key, day), held)| table.add(key, day, held));
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let spawned: Vec<_> = (1..config.threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        spawned.into_iter().map(join).fold(own, Result::and)
    })?;
    let table = table.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(table.finish(config))
}

/// The resources of a row, numbered as they came, and its cells.
type Filling = (HashMap<Arc<str>, u32>, Vec<Cell>);

/// The table while it is filled.
#[derive(Debug, Default)]
struct Table {
    texts: Texts,
    covered: Covered,
    rows: HashMap<Key, Filling>,
}

impl Table {
    fn add(&mut self, key: Key, day: i32, held: Held) {
        let texts = &mut self.texts;
        let key = Key {
            principal: texts.share(&key.principal),
            principal_id: texts.share(&key.principal_id),
            action: texts.share(&key.action),
            template: key.template.map(|template| texts.share(&template)),
            ..key
        };
        let (resources, cells) = self.rows.entry(key).or_default();
        for ((_, resource), count) in held.resources {
            let next = u32::try_from(resources.len()).unwrap_or(OTHER);
            let resource = *resources.entry(texts.share(&resource)).or_insert(next);
            cells.push(Cell {
                day,
                resource,
                count,
            });
        }
        if held.others > 0 {
            cells.push(Cell {
                day,
                resource: OTHER,
                count: held.others,
            });
        }
    }

    /// The table in an order that does not depend on threads.
    fn finish(self, config: &Config) -> Daily {
        let header = header(self.covered, config);
        let mut rows: Vec<Row> = self.rows.into_iter().map(row).collect();
        rows.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        let [first, last] = [&header.window_start, &header.window_end]
            .map(|time| time.as_deref().and_then(day_of).unwrap_or_default());
        let mut principals: Vec<PrincipalDays> = Vec::new();
        for row in rows {
            let (arn, id) = (row.key.principal.as_ref(), row.key.principal_id.as_ref());
            match principals.last_mut() {
                Some(last) if last.principal == arn && last.principal_id == id => {
                    last.rows.push(row)
                }
                _ => principals.push(PrincipalDays {
                    principal: arn.to_owned(),
                    principal_id: id.to_owned(),
                    rows: vec![row],
                }),
            }
        }
        Daily {
            header,
            first,
            last,
            principals,
        }
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

/// Numbers the resources in the order of their text.
fn row((key, (resources, mut cells)): (Key, Filling)) -> Row {
    let mut named: Vec<(Arc<str>, u32)> = resources.into_iter().collect();
    named.sort_unstable();
    let mut number = vec![0; named.len()];
    for (new, (_, old)) in (0..).zip(&named) {
        if let Some(place) = usize::try_from(*old)
            .ok()
            .and_then(|old| number.get_mut(old))
        {
            *place = new;
        }
    }
    for cell in &mut cells {
        let new = usize::try_from(cell.resource).ok();
        cell.resource = new.and_then(|at| number.get(at)).copied().unwrap_or(OTHER);
    }
    cells.sort_unstable();
    cells.shrink_to_fit();
    Row {
        key,
        resources: named.into_iter().map(|(text, _)| text).collect(),
        cells,
    }
}
