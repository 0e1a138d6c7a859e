//! `leastwise compact`: small files of an archive merged.

use super::ingest::{ReportArgs, S3Args, parse_archive};
use crate::error::{Failure, Verdict};
use crate::interrupt;
use crate::output;

/// Arguments of `compact`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The archive: a folder or s3://bucket/prefix
    #[arg(long, value_name = "FOLDER|S3-URL")]
    archive: String,
    /// Size of the files wanted, in MiB; files of half of it are left as they are
    #[arg(long, value_name = "MIB", default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=4096))]
    file_size: u32,
    #[command(flatten)]
    s3: S3Args,
    #[command(flatten)]
    report: ReportArgs,
}

const AFTER_HELP: &str = "\
Ingests may go on meanwhile. Each merge is one commit: `leastwise analyze` reads either the old files or the new one.
Engines that list the folders themselves (Athena, DuckDB) may for a moment see both: let their queries wait.";

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let interrupt = interrupt::watch();
    let config = ::ingest::CompactConfig {
        archive: parse_archive(&args.archive)?,
        s3: args.s3.options(),
        file_bytes: u64::from(args.file_size) << 20,
    };
    let report = ::ingest::compact(&config, &interrupt.cancel).map_err(|error| {
        let hint = super::ingest::hint(&error);
        Failure::from_room("compact stopped", error).hint(hint)
    })?;
    if args.report.json {
        output::json(&report)?;
    } else {
        output::data(&format!(
            "{} data files are {} now; {} rows in {} bytes were merged.\n",
            report.files_before, report.files_after, report.rows, report.merged_bytes
        ));
    }
    if report.cancelled {
        return Err(
            Failure::new("interrupted; what was merged is in the archive")
                .hint("give the same command again: it goes on where it stopped"),
        );
    }
    Ok(Verdict::Fine)
}
