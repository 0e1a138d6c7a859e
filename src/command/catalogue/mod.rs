//! `leastwise catalogue`: what leastwise knows about AWS, where it comes from, and its refresh.

mod compare;
mod event;
mod refresh;
mod show;
mod wheel;

use crate::error::{Failure, Verdict};
use clap::Subcommand;

/// Arguments of `catalogue`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show an action: level, resources, condition keys, risks, and what a trail shows of it.
    Action(show::ActionArgs),
    /// Show what an event means: the actions it exercises and how its request names their resources.
    Event(event::Args),
    /// List the current actions that an IAM action pattern matches.
    Expand(show::ExpandArgs),
    /// Show what differs between two catalogue files.
    Diff(compare::DiffArgs),
    /// Count the API operations the catalogue resolves; exit 1 below 97 % of operations or 80 % of templates.
    Coverage(compare::CoverageArgs),
    /// Derive the catalogue again from pinned package files.
    Refresh(refresh::Args),
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> Result<Verdict, Failure> {
    match &args.what {
        What::Action(args) => show::action(args),
        What::Event(args) => event::run(args),
        What::Expand(args) => show::expand(args),
        What::Diff(args) => compare::diff(args),
        What::Coverage(args) => compare::coverage(args),
        What::Refresh(args) => refresh::run(args),
    }
}
