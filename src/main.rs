//! The `leastwise` command line: arguments in, exit code out.

mod command;
mod error;
mod interrupt;
mod output;
mod progress;

use clap::Parser;
use std::process::ExitCode;

/// Returns freed memory to the system, where glibc's keeps what a long run has scattered: see ARCHITECTURE.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tightened IAM policies from CloudTrail evidence.
#[derive(Debug, Parser)]
#[command(name = "leastwise", version, about, long_about = None, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: command::Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 fine, 1 a gate said no, 2 could not do it.
Data goes to stdout, progress and messages to stderr.
Start with `leastwise demo`: bundled logs, no AWS account.";

fn main() -> ExitCode {
    let cli = Cli::parse();
    match command::run(cli.command) {
        Ok(verdict) => verdict.into(),
        Err(error) => {
            output::failure(&error);
            ExitCode::from(2)
        }
    }
}
