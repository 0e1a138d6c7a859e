//! `leastwise diff`: what a change of policies removes, narrows, widens and adds.

mod report;
mod text;
mod words;

pub(super) use report::RequestReport;
pub(super) use text::request_text;

use super::policies::{Source, pairs};
use crate::error::{Failure, Verdict};
use crate::output;

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each class of actions is told with a request that shows the change, found offline and confirmed by evaluation.
`old within new` and `new within old` are proofs: yes, no (with a witness), or unknown (with the reason).
Exit 0 whatever the difference; `leastwise check` is the gate.

  git show main:policy.json | leastwise diff - policy.json")]
pub(crate) struct Args {
    /// The policies of before: a document, an account dump, or `-` for stdin
    old: String,
    /// The policies of after, of the same kind
    new: String,
    /// Print JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print Markdown, for a pull request
    #[arg(long)]
    markdown: bool,
    /// Also list what does not change
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    if args.old == "-" && args.new == "-" {
        return Err(Failure::new("stdin cannot be both").hint("name a file for OLD or NEW"));
    }
    let (old, new) = (Source::read(&args.old)?, Source::read(&args.new)?);
    let report = report::Report::new(&old, &new, pairs(&old, &new)?);
    if args.json {
        output::json(&report)?;
    } else if args.markdown {
        output::data(&text::markdown(&report, args.all));
    } else {
        output::data(&text::terminal(&report, args.all));
    }
    Ok(Verdict::Fine)
}
