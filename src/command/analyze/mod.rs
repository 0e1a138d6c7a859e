//! `leastwise analyze`: archive to usage.

mod warehouse;

use super::evidence::{self, TrailArgs};
use super::ingest::ReportArgs;
use crate::error::{Failure, Verdict};
use crate::interrupt::{self, Interrupt};
use crate::output;
use crate::progress::Meter;
use analyze::{RawTable, Warehouse};
use iam::coverage::Trail;
use std::path::{Path, PathBuf};
use warehouse::WarehouseArgs;

/// Arguments of `analyze`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The archive that ingest wrote: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "DIR|S3-URL", required_unless_present = "raw_table")]
    archive: Option<PathBuf>,
    /// Where to write the usage
    #[arg(long, value_name = "FILE", default_value = "usage.jsonl")]
    out: PathBuf,
    /// First day to count, YYYY-MM-DD (UTC)
    #[arg(long, value_name = "DAY")]
    since: Option<chrono::NaiveDate>,
    /// Last day to count, YYYY-MM-DD (UTC)
    #[arg(long, value_name = "DAY")]
    until: Option<chrono::NaiveDate>,
    /// Count only this account (repeatable)
    #[arg(long, value_name = "ID")]
    account: Vec<String>,
    /// Count only this principal ARN (repeatable)
    #[arg(long, value_name = "ARN")]
    principal: Vec<String>,
    /// Count only this region (repeatable)
    #[arg(long)]
    region: Vec<String>,
    #[command(flatten)]
    warehouse: WarehouseArgs,
    #[command(flatten)]
    trails: TrailArgs,
    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let interrupt = interrupt::watch();
    let archive = args.archive.clone().unwrap_or_default();
    let mut config = analyze::Config::new(archive, args.out.clone());
    config.s3 = args.warehouse.s3();
    config.since = args.since;
    config.until = args.until;
    config.accounts = args.account.iter().cloned().collect();
    config.principals = args.principal.iter().cloned().collect();
    config.regions = args.region.iter().cloned().collect();
    config.trails = args.trails.read()?;
    let warehouse = args.warehouse.warehouse()?;
    let counted = match (warehouse, args.warehouse.raw()?) {
        (None, None) => Counted::Archive,
        (Some(warehouse), None) => Counted::ArchiveIn(warehouse),
        (Some(warehouse), Some(table)) => Counted::RawTable(warehouse, table),
        (None, Some(_)) => {
            return Err(Failure::new("this machine has no tables")
                .hint("give --engine trino or --engine athena with --raw-table"));
        }
    };
    if args.warehouse.dry_run {
        return dry_run(&counted, &config);
    }
    let summary = with_config(&config, &counted, args.report.quiet, &interrupt)?;
    if args.report.json {
        output::json(&summary)?;
    } else {
        output::data(&super::table::analyze(&summary));
        output::data(&evidence::coverage(&summary.shown));
    }
    Ok(Verdict::Fine)
}

/// Analyzes the whole archive; the step that `run` and `demo` share with `analyze`.
pub(super) fn whole(
    archive: &Path,
    s3: ::ingest::S3Options,
    out: &Path,
    trails: Option<Vec<Trail>>,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<analyze::Summary, Failure> {
    let mut config = analyze::Config::new(archive.to_owned(), out.to_owned());
    config.s3 = s3;
    config.trails = trails;
    with_config(&config, &Counted::Archive, quiet, interrupt)
}

/// What is counted, and where.
enum Counted {
    /// The archive, on this machine.
    Archive,
    /// The archive, where it lies.
    ArchiveIn(Warehouse),
    /// A raw CloudTrail table.
    RawTable(Warehouse, RawTable),
}

fn with_config(
    config: &analyze::Config,
    counted: &Counted,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<analyze::Summary, Failure> {
    let meter = Meter::new("analyze", quiet);
    let cancel = &interrupt.flag;
    let summary = match counted {
        Counted::Archive => analyze::analyze(config, &meter, cancel),
        Counted::ArchiveIn(warehouse) => analyze::analyze_in(warehouse, config, &meter, cancel),
        Counted::RawTable(warehouse, table) => {
            analyze::analyze_raw(warehouse, table, config, &meter, cancel)
        }
    };
    meter.finish();
    summary.map_err(stopped)
}

/// What an analysis would send.
fn dry_run(counted: &Counted, config: &analyze::Config) -> Result<Verdict, Failure> {
    let statements = match counted {
        Counted::Archive => {
            return Err(Failure::new("this machine runs no statements")
                .hint("give --engine trino or --engine athena with --dry-run"));
        }
        Counted::ArchiveIn(warehouse) => analyze::statements(warehouse, config).map_err(stopped)?,
        Counted::RawTable(warehouse, table) => {
            vec![analyze::raw_statement(warehouse, table, config)]
        }
    };
    for statement in statements {
        output::data(&format!("{statement};\n\n"));
    }
    Ok(Verdict::Fine)
}

fn stopped(error: analyze::Error) -> Failure {
    let hint = match &error {
        analyze::Error::Warehouse(failed) => failed.advice().to_owned(),
        analyze::Error::Cancelled => String::new(),
        analyze::Error::Row(_) => {
            "analyze an archive (leastwise ingest) with --engine local".to_owned()
        }
        analyze::Error::Archive(::ingest::Error::Unsettled { .. }) => {
            "give the interrupted ingest or compact command again: it finishes the commit"
                .to_owned()
        }
        _ => "make an archive first: leastwise ingest --source LOGS --archive DIR".to_owned(),
    };
    let failure = Failure::from_room("analyze stopped", error);
    if hint.is_empty() {
        failure
    } else {
        failure.hint(hint)
    }
}

impl analyze::Progress for Meter {
    fn total(&self, bytes: u64) {
        self.set_total(bytes);
    }

    fn advanced(&self, bytes: u64, events: u64) {
        self.advance(bytes, events);
    }

    fn will_scan(&self, bytes: u64) {
        output::note(&format!("about to scan {}", super::table::scan(bytes)));
    }
}
