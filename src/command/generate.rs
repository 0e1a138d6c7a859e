//! `leastwise generate`: usage and current policies to proposals.

use super::ingest::ReportArgs;
use crate::error::{Failure, Verdict};
use crate::output;
use iam::catalogue::Catalogue;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Arguments of `generate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The usage that analyze wrote
    #[arg(long, value_name = "FILE")]
    usage: PathBuf,
    #[command(flatten)]
    current: CurrentArgs,
    /// Where to write proposals, proofs, diffs and reviews
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    report: ReportArgs,
}

/// The policies of today.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CurrentArgs {
    /// Current policies: the output of `aws iam get-account-authorization-details` (repeatable).
    /// Without it, policies are written from usage alone
    #[arg(long, value_name = "JSON")]
    pub(super) current: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let accounts = read_accounts(&args.current.current)?;
    let summary = proposals(&args.usage, &accounts, &args.out)?;
    if args.report.json {
        output::json(&summary)?;
    } else {
        output::data(&super::table::generate(&summary));
    }
    Ok(Verdict::Fine)
}

/// Reads the account dumps, before any long work starts.
pub(super) fn read_accounts(files: &[PathBuf]) -> Result<Vec<generate::Account>, Failure> {
    files
        .iter()
        .map(|file| {
            generate::read_current(file).map_err(|error| {
                Failure::from_room("cannot use the current policies", error).hint(
                    "write them with: aws iam get-account-authorization-details --output json > current.json",
                )
            })
        })
        .collect()
}

/// Writes the proposals; the step that `run` and `demo` share with `generate`.
pub(super) fn proposals(
    usage: &Path,
    accounts: &[generate::Account],
    out: &Path,
) -> Result<generate::Summary, Failure> {
    let hint = "write it with: leastwise analyze --archive DIR --out usage.jsonl";
    let file = File::open(usage).map_err(|error| {
        Failure::from_room(format!("cannot read `{}`", usage.display()), error).hint(hint)
    })?;
    let unreadable =
        |error| Failure::from_room(format!("cannot read `{}`", usage.display()), error).hint(hint);
    let (header, lines) = iam::usage::read(BufReader::new(file)).map_err(unreadable)?;
    let lines: Vec<_> = lines.collect::<Result<_, _>>().map_err(unreadable)?;
    let config = generate::Config::new(out.to_owned());
    generate::generate(&header, &lines, accounts, &config, Catalogue::embedded()).map_err(|error| {
        Failure::from_room("generate stopped", error).hint("see `leastwise generate --help`")
    })
}
