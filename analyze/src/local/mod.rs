//! The local engine: the archive counted on this machine.
//!
//! [`scan`] hands row groups to threads. A [`reader`] takes rows as [`event`]s, whose texts are
//! [`symbols`], counts what is [`seen`], and adds accesses to its [`groups`]. What has no room in memory is put on disk
//! in the order of its keys ([`runs`]); in the end everything in that order is added up on its way out.

pub(crate) mod codec;
mod event;
mod groups;
mod queue;
mod reader;
mod runs;
mod scan;
mod seen;
mod stored;
mod sum;
mod symbols;

pub(crate) use event::Event;
pub(crate) use groups::State;
pub(crate) use scan::scan;
pub(crate) use stored::Stored;
pub(crate) use symbols::{Symbol, Symbols};

use crate::config::{Config, Progress};
use crate::error::Error;
use crate::output::{self, Summary};
use std::sync::atomic::AtomicBool;
use sum::Sum;

/// Columns that usage is made from. Reading no more is what makes the scan fast.
const COLUMNS: [&str; 19] = [
    "event_id",
    "event_time",
    "event_category",
    "account",
    "region",
    "event_source",
    "event_name",
    "read_only",
    "outcome",
    "error_code",
    "principal",
    "principal_id",
    "principal_account",
    "invoked_by",
    "mfa",
    "vpc_endpoint_id",
    "accesses",
    "no_access",
    "shared_event_id",
];

/// Aggregates the archive to `usage.jsonl`.
///
/// Memory: about [`Config::memory_bytes`], and the cross-account copies of the days at hand. What does not fit is put
/// into files without a name beside [`Config::out`] meanwhile.
///
/// # Errors
/// The archive cannot be read, or nothing written beside the file; or somebody asked to stop.
pub fn analyze(
    config: &Config,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Summary, Error> {
    let config = &config.checked();
    let folder = output::folder(&config.out)?;
    let (tally, sums) = scan::<Sum>(config, (&COLUMNS, &folder), progress, cancel)?;
    output::write_lines(tally, sums, config)
}
