//! `leastwise analyze`: archive to usage.

use super::ingest::ReportArgs;
use crate::error::{Failure, Verdict};
use crate::interrupt::{self, Interrupt};
use crate::output;
use crate::progress::Meter;
use std::path::{Path, PathBuf};

/// Arguments of `analyze`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The archive that ingest wrote
    #[arg(long, value_name = "DIR")]
    archive: PathBuf,
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
    report: ReportArgs,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let interrupt = interrupt::watch();
    let mut config = analyze::Config::new(args.archive.clone(), args.out.clone());
    config.since = args.since;
    config.until = args.until;
    config.accounts = args.account.iter().cloned().collect();
    config.principals = args.principal.iter().cloned().collect();
    config.regions = args.region.iter().cloned().collect();
    let summary = with_config(&config, args.report.quiet, &interrupt)?;
    if args.report.json {
        output::json(&summary)?;
    } else {
        output::data(&super::table::analyze(&summary));
    }
    Ok(Verdict::Fine)
}

/// Analyzes the whole archive; the step that `run` and `demo` share with `analyze`.
pub(super) fn whole(
    archive: &Path,
    out: &Path,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<analyze::Summary, Failure> {
    with_config(
        &analyze::Config::new(archive.to_owned(), out.to_owned()),
        quiet,
        interrupt,
    )
}

fn with_config(
    config: &analyze::Config,
    quiet: bool,
    interrupt: &Interrupt,
) -> Result<analyze::Summary, Failure> {
    let meter = Meter::new("analyze", quiet);
    let summary = analyze::analyze(config, &meter, &interrupt.flag);
    meter.finish();
    summary.map_err(|error| {
        Failure::from_room("analyze stopped", error)
            .hint("make an archive first: leastwise ingest --source LOGS --archive DIR")
    })
}

impl analyze::Progress for Meter {
    fn total(&self, bytes: u64) {
        self.set_total(bytes);
    }

    fn advanced(&self, bytes: u64, events: u64) {
        self.advance(bytes, events);
    }
}
