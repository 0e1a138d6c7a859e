//! Raw CloudTrail tables in a warehouse: their columns looked at, one statement run, its groups resolved here.

use super::{Failed, Interrupted, Warehouse, runtime};
use crate::config::{Config, Progress};
use crate::error::Error;
use crate::output::{self, Scan, Summary};
use crate::raw::RawTable;
use crate::raw::answer::RawAnswer;
use crate::raw::columns::Columns;
use crate::raw::statement::statement;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Aggregates a raw CloudTrail table, which `warehouse` names, to `usage.jsonl`: the same lines as [`crate::analyze`]
/// writes for an archive of the same logs, but for what the table cannot tell ([`Summary::raw`]). The archive of the
/// configuration is not looked at. Memory grows with the usage lines; what is fetched, with the distinct requests.
pub fn analyze_raw(
    warehouse: &Warehouse,
    raw: &RawTable,
    config: &Config,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Summary, Error> {
    let config = &config.checked();
    let asked = ask(warehouse, raw, config, progress, Interrupted(cancel));
    let (answer, scanned) = runtime()?.block_on(asked)?;
    let (tally, losses) = answer.into_parts();
    let summary = output::write(tally, config)?;
    Ok(Summary {
        scan: scanned.map(|scanned| Scan {
            estimated: None,
            scanned,
        }),
        raw: Some(losses),
        ..summary
    })
}

/// What [`analyze_raw`] would send for a table with the columns that AWS documents.
pub fn raw_statement(warehouse: &Warehouse, raw: &RawTable, config: &Config) -> String {
    let config = &config.checked();
    statement(&warehouse.table(), &Columns::documented(), raw, config)
}

/// Runs the statement, and says what it scanned.
async fn ask<'c>(
    warehouse: &Warehouse,
    raw: &RawTable,
    config: &'c Config,
    progress: &dyn Progress,
    interrupted: Interrupted<'_>,
) -> Result<(RawAnswer<'c>, Option<u64>), Error> {
    let session = warehouse.open().await?;
    let table = warehouse.table();
    let columns = check(&table, &session.columns(interrupted).await?)?;
    let mut answer = RawAnswer::new(config, columns.lost());
    let statement = statement(&table, &columns, raw, config);
    let mut rows = |row: &str| {
        let before = answer.events();
        answer.add(row).map_err(Error::Row)?;
        progress.advanced(row.len() as u64, answer.events().saturating_sub(before));
        Ok(())
    };
    session.run(&statement, interrupted, &mut rows).await?;
    Ok((answer, session.scanned()))
}

/// Refuses a table that is not there or from which no usage can be made.
fn check(table: &str, found: &BTreeMap<String, String>) -> Result<Columns, Error> {
    let columns = Columns::of(found);
    let missing = columns.missing();
    if missing.is_empty() {
        return Ok(columns);
    }
    let what = if found.is_empty() {
        format!("there is no table {table}")
    } else {
        format!(
            "the table {table} is no CloudTrail table: it lacks {}, or has it with another type",
            missing.join(", ")
        )
    };
    Err(Error::Warehouse(Failed {
        advice: "name a table as AWS documents it for CloudTrail logs with --raw-table, and where it is with --database \
                 (Athena) or --catalog and --schema (Trino)"
            .to_owned(),
        ..Failed::new(what)
    }))
}
