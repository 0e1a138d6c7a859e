//! The verbs, one file each.

mod analyze;
mod backtest;
mod catalogue;
mod check;
mod compact;
mod completions;
mod demo;
mod diff;
mod evidence;
mod generate;
mod ingest;
mod policies;
mod proposal;
mod run;
mod table;
mod verify;

use crate::error::{Failure, Verdict};
use clap::Subcommand;

/// What the user asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole job: logs in, tightened policies with diffs and proofs out.
    Run(run::Args),
    /// `run` on logs and an account dump that come with leastwise; needs no AWS account.
    Demo(demo::Args),
    /// Read CloudTrail logs from a folder or S3 into a Parquet archive.
    Ingest(ingest::Args),
    /// Merge the small files of an archive.
    Compact(compact::Args),
    /// Prove by CloudTrail's digests that logs are what AWS delivered.
    Verify(verify::Args),
    /// Aggregate an archive's accesses into usage.jsonl.
    Analyze(analyze::Args),
    /// Write proposals, proofs and diffs from usage.jsonl and the current policies.
    Generate(generate::Args),
    /// Replay the archive: what policies tightened on its first days would have broken on the next.
    Backtest(backtest::Args),
    /// Compare two policies, or two account dumps: what is removed, narrowed, widened, added.
    Diff(diff::Args),
    /// Gate a change of policies: exit 1, with a request that shows it, when something new would be allowed.
    Check(check::Args),
    /// Ask what leastwise knows about AWS, or derive it anew.
    Catalogue(catalogue::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
}

/// Runs the command.
pub(crate) fn run(command: Command) -> Result<Verdict, Failure> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Ingest(args) => ingest::run(&args),
        Command::Compact(args) => compact::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Analyze(args) => analyze::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Catalogue(args) => catalogue::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}
