//! Parquet archive to usage: who used which permission on what, exactly counted.
//!
//! [`analyze`] scans the archive that `ingest` wrote and writes `usage.jsonl` (`iam::usage`): byte-identical whatever
//! the threads and the layout of the files.

mod archive;
mod backtest;
mod batch;
mod bottom;
mod config;
mod copies;
mod coverage;
mod daily;
mod error;
mod group;
mod lines;
mod local;
mod output;
mod pauses;
mod raw;
mod sql;
mod table;
mod tally;
mod warehouse;

pub use backtest::{
    Backtest, Candidate, Interval, Levels, Plan, Proposed, Proposer, Rate, RoleBacktest, Setting,
    Since, backtest,
};
pub use config::{Config, Progress, Silent};
pub use daily::{Daily, PrincipalDays, daily};
pub use error::Error;
pub use local::analyze;
pub use output::{Scan, Summary};
pub use raw::{RawLosses, RawTable};
pub use sql::answer::RowError;
pub use warehouse::{
    Athena, Failed, Trino, Warehouse, analyze_in, analyze_raw, raw_statement, statements,
};
