//! Raw CloudTrail tables: usage without an archive of ours, from a table over the trail's own objects as AWS documents it
//! (Athena User Guide, "Create a table for CloudTrail logs").
//!
//! One [`statement`], which reads the table once, drops what was delivered twice and groups the events by all that
//! resolving them depends on. Each group is resolved here, by ingest's own resolver, and [`answer`] adds it to the tally
//! as so many events of an archive. [`columns`] says what is read of a table, and what is lost where a column is missing.

pub(crate) mod answer;
pub(crate) mod columns;
mod record;
pub(crate) mod statement;
mod types;

use serde::Serialize;
use std::collections::BTreeMap;

/// A raw CloudTrail table: the table that the warehouse names.
#[derive(Debug, Clone, Default)]
pub struct RawTable {
    /// SQL condition on the table's columns, for partitions that need not be read.
    pub condition: Option<String>,
}

/// What of a raw table was no evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RawLosses {
    /// Rows of kinds that say nothing about permissions, by kind.
    pub skipped: BTreeMap<String, u64>,
    /// Rows that are no events, by reason.
    pub unreadable: BTreeMap<String, u64>,
    /// Events whose request parameters are no JSON: their resources are unknown.
    pub without_parameters: u64,
    /// Columns that the table lacks, and what is lost with each.
    pub lacking: BTreeMap<String, String>,
}
