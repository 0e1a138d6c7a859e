//! `leastwise generate`: usage and current policies to proposals.

use super::ingest::ReportArgs;
use super::proposal::ProposalArgs;
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
    proposal: ProposalArgs,
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
    let config = args.proposal.config(&args.out)?;
    let summary = proposals(&args.usage, &accounts, &config)?;
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
    config: &generate::Config,
) -> Result<generate::Summary, Failure> {
    let (header, lines) = read_usage(usage)?;
    generate::generate(&header, &lines, accounts, config, Catalogue::embedded()).map_err(|error| {
        Failure::from_room("generate stopped", error).hint("see `leastwise generate --help`")
    })
}

/// Reads a usage file.
pub(super) fn read_usage(
    usage: &Path,
) -> Result<(iam::usage::Header, Vec<iam::usage::Usage>), Failure> {
    let hint = "write it with: leastwise analyze --archive DIR --out usage.jsonl";
    let what = format!("cannot read `{}`", usage.display());
    let file =
        File::open(usage).map_err(|error| Failure::from_room(what.clone(), error).hint(hint))?;
    let unreadable = |error| Failure::from_room(what.clone(), error).hint(hint);
    let (header, lines) = iam::usage::read(BufReader::new(file)).map_err(unreadable)?;
    let lines = generate::condense(lines, Catalogue::embedded()).map_err(unreadable)?;
    Ok((header, lines))
}
