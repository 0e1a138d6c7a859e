//! `leastwise run`: ingest, analyze and generate in one go.

use super::evidence::TrailArgs;
use super::generate::CurrentArgs;
use super::ingest::{ReportArgs, SourceArgs, TuningArgs};
use super::proposal::ProposalArgs;
use super::{analyze, generate, ingest, table};
use crate::error::{Failure, Verdict};
use crate::{interrupt, output};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    current: CurrentArgs,
    /// The archive to fill and read: a folder or s3://bucket/prefix [default: OUT/archive]
    #[arg(long, value_name = "FOLDER|S3-URL")]
    archive: Option<PathBuf>,
    /// Where to write proposals, proofs, diffs and reviews
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    trails: TrailArgs,
    #[command(flatten)]
    proposal: ProposalArgs,
    #[command(flatten)]
    report: ReportArgs,
}

/// What the three steps did.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) ingest: ::ingest::Report,
    pub(super) analyze: ::analyze::Summary,
    pub(super) generate: ::generate::Summary,
}

/// What the job reads and writes.
pub(super) struct Job<'a> {
    pub(super) source: &'a str,
    pub(super) tuning: &'a TuningArgs,
    pub(super) archive: &'a Path,
    pub(super) current: &'a [PathBuf],
    pub(super) out: &'a Path,
    pub(super) trails: &'a TrailArgs,
    pub(super) proposal: &'a ProposalArgs,
    pub(super) quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let archive = args
        .archive
        .clone()
        .unwrap_or_else(|| args.out.join("archive"));
    let outcome = all_steps(&Job {
        source: &args.source.source,
        tuning: &args.source.tuning,
        archive: &archive,
        current: &args.current.current,
        out: &args.out,
        trails: &args.trails,
        proposal: &args.proposal,
        quiet: args.report.quiet,
    })?;
    report(&outcome, &args.report)?;
    Ok(ingest::verdict(&outcome.ingest))
}

/// Prints the outcome as the user wants it.
pub(super) fn report(outcome: &Outcome, args: &ReportArgs) -> Result<(), Failure> {
    if args.json {
        output::json(outcome)
    } else {
        output::data(&table::run(outcome));
        Ok(())
    }
}

/// Ingest, analyze, generate.
pub(super) fn all_steps(job: &Job<'_>) -> Result<Outcome, Failure> {
    let interrupt = interrupt::watch();
    let archive = ingest::parse_archive(&job.archive.to_string_lossy())?;
    let accounts = generate::read_accounts(job.current)?;
    let config = job.proposal.config(job.out)?;
    let trails = job.trails.read()?;
    let ingested = ingest::into_archive(
        job.source, job.tuning, &archive, None, job.quiet, &interrupt,
    )?;
    let usage = job.out.join("usage.jsonl");
    let s3 = job.tuning.s3();
    let analyzed = analyze::whole(job.archive, s3, &usage, trails, job.quiet, &interrupt)?;
    let generated = generate::proposals(&usage, &accounts, &config)?;
    Ok(Outcome {
        ingest: ingested,
        analyze: analyzed,
        generate: generated,
    })
}
