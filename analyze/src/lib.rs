//! Parquet archive to usage: who used which permission on what, exactly counted.
//!
//! [`analyze`] scans the archive that `ingest` wrote and writes `usage.jsonl` (`iam::usage`): byte-identical whatever
//! the threads and the layout of the files.

mod archive;
mod batch;
mod bottom;
mod config;
mod copies;
mod coverage;
mod error;
mod group;
mod output;
mod scan;
mod tally;

pub use config::{Config, Progress, Silent};
pub use error::Error;
pub use output::Summary;
pub use scan::analyze;
