//! `leastwise demo`: the whole job on logs and an account dump inside the binary.

use super::evidence::TrailArgs;
use super::ingest::{ReportArgs, TuningArgs};
use super::proposal::ProposalArgs;
use super::run::{self, Job};
use crate::error::{Failure, Verdict};
use crate::output;
use clap::Parser as _;
use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

static LOGS: Dir<'_> =
    include_dir!("$CARGO_MANIFEST_DIR/fixtures/scenarios/brownfield-web-role/events");
static CURRENT: &str = include_str!("../../fixtures/scenarios/brownfield-web-role/current.json");

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to write the bundled input and the results
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    report: ReportArgs,
}

/// The defaults of the flags that `demo` does not offer.
#[derive(clap::Parser)]
struct Defaults {
    #[command(flatten)]
    tuning: TuningArgs,
    #[command(flatten)]
    proposal: ProposalArgs,
    #[command(flatten)]
    trails: TrailArgs,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let input = args.out.join("demo-input");
    unpack(&input)?;
    let defaults = Defaults::parse_from(["demo"]);
    let source = input.join("logs");
    let outcome = run::all_steps(&Job {
        source: &source.to_string_lossy(),
        tuning: &defaults.tuning,
        archive: &args.out.join("archive"),
        current: &[input.join("current.json")],
        out: &args.out,
        trails: &defaults.trails,
        proposal: &defaults.proposal,
        quiet: args.report.quiet,
    })?;
    run::report(&outcome, &args.report)?;
    output::note(&next_steps(&args.out));
    Ok(super::ingest::verdict(&outcome.ingest))
}

/// Writes the bundled files; those of an earlier demo are written anew, byte for byte the same.
fn unpack(folder: &Path) -> Result<(), Failure> {
    let logs = folder.join("logs");
    std::fs::create_dir_all(&logs)
        .and_then(|()| LOGS.extract(&logs))
        .and_then(|()| std::fs::write(folder.join("current.json"), CURRENT))
        .map_err(|error| {
            Failure::from_room(
                format!("cannot write the demo input to `{}`", folder.display()),
                error,
            )
            .hint("choose a folder you can write to: leastwise demo --out DIR")
        })
}

fn next_steps(out: &Path) -> String {
    let out = out.display();
    format!(
        "\nOpen next:\n  {out}/summary.json              all roles at a glance\n  \
         {out}/<account>/<role>/review.md   what changes for a role, and why\n  \
         {out}/<account>/<role>/proof.json  why it is safe\n\nYour own logs:\n  \
         leastwise run --source s3://BUCKET/AWSLogs/ --current current.json --out out/"
    )
}
