//! `leastwise check --proof`: a proof that generate wrote, done again.

use crate::command::generate::{read_accounts, read_usage};
use crate::error::{Failure, Verdict};
use crate::output;
use iam::catalogue::Catalogue;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Arguments of a check of a proof.
#[derive(Debug, clap::Args)]
pub(super) struct ProofArgs {
    /// A proof.json, with the proposal beside it: every proof is done again
    #[arg(long, value_name = "FILE", requires = "usage", conflicts_with_all = ["new", "baseline", "forbid", "sarif", "github"])]
    pub(super) proof: Option<PathBuf>,
    /// The usage that the proof is about
    #[arg(long, value_name = "FILE", requires = "proof")]
    usage: Option<PathBuf>,
    /// The account dumps that the proof is about (repeatable)
    #[arg(long, value_name = "JSON", requires = "proof")]
    current: Vec<PathBuf>,
}

pub(super) fn run(proof: &Path, args: &ProofArgs, json: bool) -> Result<Verdict, Failure> {
    let accounts = read_accounts(&args.current)?;
    let usage = args.usage.as_deref().unwrap_or(Path::new("usage.jsonl"));
    let (_, lines) = read_usage(usage)?;
    let checked = ::generate::check_proof(proof, &lines, &accounts, Catalogue::embedded())
        .map_err(|error| {
            Failure::from_room("cannot check the proof", error)
                .hint("a proof.json lies in the folder of each role that generate writes")
        })?;
    if json {
        output::json(&checked)?;
    } else {
        output::data(&text(&checked));
    }
    Ok(if checked.passed {
        Verdict::Fine
    } else {
        Verdict::No
    })
}

fn text(checked: &::generate::Checked) -> String {
    let mut text = format!("{}\n", output::plain(&checked.role));
    for step in &checked.steps {
        let mark = if step.holds { "yes" } else { "NO " };
        let why = step
            .why
            .as_ref()
            .map(|why| format!(": {}", output::plain(why)));
        let what = output::plain(&step.what);
        let _ = writeln!(text, "{mark}  {what}{}", why.unwrap_or_default());
    }
    text.push_str(if checked.passed {
        "passed\n"
    } else {
        "not passed\n"
    });
    text
}
