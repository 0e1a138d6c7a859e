//! Warehouses: engines that read the archive where it lies, Athena and Trino. They run the same statements (`sql`);
//! only how these are sent and fetched differs.

mod athena;
mod raw;
mod trino;

use crate::archive::{self, Survey};
use crate::config::{Config, Progress};
use crate::error::Error;
use crate::output::{self, Scan, Summary};
use crate::sql::answer::{Answer, RowError};
use crate::sql::{SCANS, Statements};
use crate::table::{self, Dialect};
pub use athena::Athena;
use chrono::NaiveDate;
pub use raw::{analyze_raw, raw_statement};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
pub use trino::Trino;

/// An engine that reads the archive where it lies.
#[derive(Debug, Clone)]
pub enum Warehouse {
    /// A Trino cluster.
    Trino(Trino),
    /// Amazon Athena, engine version 3.
    Athena(Athena),
}

/// Why a warehouse did not answer, and what to do about it.
#[derive(Debug)]
pub struct Failed {
    pub(crate) what: String,
    /// The statement, empty when there was none.
    pub(crate) statement: String,
    pub(crate) advice: String,
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failed {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            statement: String::new(),
            advice: String::new(),
            source: None,
        }
    }

    pub(crate) fn deadline(limit: Duration) -> Self {
        Self {
            advice:
                "give it longer with --deadline, or analyze fewer days at a time (--since, --until)"
                    .to_owned(),
            ..Self::new(format!(
                "the statement took longer than {} s and was cancelled",
                limit.as_secs()
            ))
        }
    }

    /// What to do about it; empty when nobody knows.
    pub fn advice(&self) -> &str {
        &self.advice
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match self.statement.lines().next() {
            Some(first) if self.statement.lines().nth(1).is_some() => write!(f, " ({first} …)"),
            Some(only) => write!(f, " ({only})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

/// Takes the first column of each row.
pub(crate) type Rows<'r> = &'r mut (dyn FnMut(&str) -> Result<(), Error> + Send);

/// Whether somebody asked to stop.
#[derive(Clone, Copy)]
pub(crate) struct Interrupted<'i>(&'i AtomicBool);

impl Interrupted<'_> {
    /// Waits until somebody asks.
    pub(crate) async fn wait(self) {
        while !self.0.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A connection to a warehouse.
enum Session<'w> {
    Trino(trino::Connection<'w>),
    Athena(Box<athena::Connection<'w>>),
}

impl Session<'_> {
    async fn prepare(&self, location: &str, interrupted: Interrupted<'_>) -> Result<(), Error> {
        match self {
            Self::Trino(trino) => trino.prepare(location, interrupted).await,
            Self::Athena(athena) => athena.prepare(location, interrupted).await,
        }
    }

    /// Names and types of the table's columns; none when there is no such table.
    async fn columns(
        &self,
        interrupted: Interrupted<'_>,
    ) -> Result<BTreeMap<String, String>, Error> {
        match self {
            Self::Trino(trino) => trino.columns(interrupted).await,
            Self::Athena(athena) => athena.columns().await,
        }
    }

    async fn run(
        &self,
        statement: &str,
        interrupted: Interrupted<'_>,
        rows: Rows<'_>,
    ) -> Result<(), Error> {
        match self {
            Self::Trino(trino) => trino.run(statement, interrupted, rows).await,
            Self::Athena(athena) => athena.run(statement, interrupted, rows).await,
        }
    }

    /// Bytes scanned so far, where they are paid for.
    fn scanned(&self) -> Option<u64> {
        match self {
            Self::Trino(_) => None,
            Self::Athena(athena) => Some(athena.scanned()),
        }
    }
}

impl Warehouse {
    async fn open(&self) -> Result<Session<'_>, Error> {
        match self {
            Self::Trino(trino) => trino::Connection::new(trino).map(Session::Trino),
            Self::Athena(athena) => {
                let connection = athena::Connection::new(athena).await?;
                Ok(Session::Athena(Box::new(connection)))
            }
        }
    }

    /// The table's quoted name.
    fn table(&self) -> String {
        match self {
            Self::Trino(trino) => trino.name(),
            Self::Athena(athena) => athena.name(),
        }
    }

    fn ddl(&self, location: &str) -> Vec<String> {
        match self {
            Self::Trino(trino) => trino.ddl(location),
            Self::Athena(athena) => athena.ddl(location),
        }
    }

    /// Where the engine finds the archive.
    fn location(&self, config: &Config) -> Result<String, Error> {
        let given = match self {
            Self::Trino(trino) => &trino.location,
            Self::Athena(athena) => &athena.location,
        };
        let archive = config.archive.to_string_lossy();
        match given {
            Some(location) => Ok(location.clone()),
            None if archive.starts_with("s3://") => Ok(archive.into_owned()),
            None => Err(Error::Warehouse(Failed {
                advice: "give the place where it finds the same files with --location s3://bucket/prefix".to_owned(),
                ..Failed::new(format!("the engine does not see the folder `{archive}`"))
            })),
        }
    }

    /// What the statements will scan, when that is paid for; refused when it is more than is allowed.
    fn estimate(&self, survey: &Survey) -> Result<Option<u64>, Error> {
        let Self::Athena(athena) = self else {
            return Ok(None);
        };
        let scans = SCANS.iter().flat_map(|columns| columns.iter());
        let bytes = scans.filter_map(|column| survey.columns.get(*column)).sum();
        match athena.max_scan_bytes {
            Some(limit) if bytes > limit => Err(athena::over_limit(bytes, limit)),
            _ => Ok(Some(bytes)),
        }
    }
}

/// Aggregates the archive to `usage.jsonl` in a warehouse: the same bytes as [`crate::analyze`] writes. The archive's
/// own files are listed and their footers read, for the versions that made them; their rows stay where they are.
pub fn analyze_in(
    warehouse: &Warehouse,
    config: &Config,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Summary, Error> {
    let config = &config.checked();
    let survey = archive::survey(config)?;
    progress.total(survey.bytes);
    let mut answer = Answer::new(config.sample);
    let mut scan = None;
    if !survey.days.is_empty() {
        let estimate = warehouse.estimate(&survey)?;
        estimate.inspect(|bytes| progress.will_scan(*bytes));
        let scanned = runtime()?.block_on(ask(
            warehouse,
            config,
            &survey.days,
            &mut answer,
            Interrupted(cancel),
        ))?;
        scan = estimate.zip(scanned).map(|(estimated, scanned)| Scan {
            estimated: Some(estimated),
            scanned,
        });
    }
    let mut tally = answer.into_tally();
    survey.check(config, tally.events)?;
    progress.advanced(survey.bytes, survey.rows);
    tally.catalogues = survey.catalogues;
    let summary = output::write(tally, config)?;
    Ok(Summary { scan, ..summary })
}

/// What sends and fetches.
fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.map_err(|source| Error::Io {
        path: "tokio runtime".into(),
        source,
    })
}

/// What [`analyze_in`] would send: what makes the table, then the statements.
pub fn statements(warehouse: &Warehouse, config: &Config) -> Result<Vec<String>, Error> {
    let config = &config.checked();
    let mut statements = warehouse.ddl(&warehouse.location(config)?);
    let days = archive::survey(config)?.days;
    if !days.is_empty() {
        let Statements {
            events,
            lines,
            resources,
        } = Statements::of(&warehouse.table(), &days, config);
        statements.extend([events, lines, resources]);
    }
    Ok(statements)
}

/// Prepares the table, runs the statements, and says what they scanned.
async fn ask(
    warehouse: &Warehouse,
    config: &Config,
    days: &[NaiveDate],
    answer: &mut Answer,
    interrupted: Interrupted<'_>,
) -> Result<Option<u64>, Error> {
    let session = warehouse.open().await?;
    session
        .prepare(&warehouse.location(config)?, interrupted)
        .await?;
    let statements = Statements::of(&warehouse.table(), days, config);
    type Add = fn(&mut Answer, &str) -> Result<(), RowError>;
    let asked: [(&str, Add); 3] = [
        (&statements.events, Answer::add_events),
        (&statements.lines, Answer::add_line),
        (&statements.resources, Answer::add_resources),
    ];
    for (statement, add) in asked {
        let mut rows = |row: &str| add(answer, row).map_err(Error::Row);
        session.run(statement, interrupted, &mut rows).await?;
    }
    Ok(session.scanned())
}

/// Refuses a table that is not the archive's.
fn check(name: &str, found: &BTreeMap<String, String>, dialect: Dialect) -> Result<(), Error> {
    let missing = table::missing(found, dialect);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Warehouse(Failed {
        advice: "name a table that is not there yet with --table, or drop this one: the archive's files stay".to_owned(),
        ..Failed::new(format!("the table {name} is not the archive's: it lacks {}", missing.join(", ")))
    }))
}

impl Survey {
    /// Refuses an answer that is not about the files that are there.
    fn check(&self, config: &Config, events: u64) -> Result<(), Error> {
        let is_whole = config.accounts.is_empty() && config.regions.is_empty();
        if !is_whole || events == self.rows {
            return Ok(());
        }
        Err(Error::Warehouse(Failed {
            advice: "run again when no ingest is at work; else check the table's location and partitions \
                     against the archive (SHOW CREATE TABLE)"
                .to_owned(),
            ..Failed::new(format!(
                "the table shows {events} events of these days, the archive's files hold {}",
                self.rows
            ))
        }))
    }
}
