//! `leastwise completions`: a completion script for a shell.

use crate::error::{Failure, Verdict};
use crate::output;
use clap::CommandFactory as _;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell to complete for.
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args) -> Result<Verdict, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::Cli::command(),
        "leastwise",
        &mut script,
    );
    output::data(&String::from_utf8_lossy(&script));
    Ok(Verdict::Fine)
}
