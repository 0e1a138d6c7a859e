//! What an ingest did: counts that add up, and the places of what it could not read.

use crate::digest::Verification;
use crate::quarantine::Quarantine;
use serde::Serialize;
use std::collections::BTreeMap;

/// Entries that [`Report::quarantined`] lists; all are in the archive's `_quarantine` folder.
pub const LISTED_QUARANTINE: usize = 100;

/// The account of one ingest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Objects of the source.
    pub objects: Objects,
    /// Stored bytes read.
    pub bytes: u64,
    /// Bytes after inflation.
    pub inflated_bytes: u64,
    /// Events decoded: the sum of `rows`, `duplicates` and `amended`.
    pub events: u64,
    /// Events that the archive had already.
    pub duplicates: u64,
    /// Different events with the id of another; kept.
    pub conflicting_ids: u64,
    /// `UPDATED_DATA` records that took the place of the event they amend.
    pub amended: u64,
    /// Rows written.
    pub rows: u64,
    /// Parquet files written.
    pub files: u64,
    /// Bytes of Parquet written.
    pub file_bytes: u64,
    /// Records of a kind that says nothing about permissions, by kind.
    pub skipped: BTreeMap<String, u64>,
    /// Events without access, by reason.
    pub no_access: BTreeMap<String, u64>,
    /// What could not be read.
    pub quarantined: Quarantined,
    /// Version of the catalogue that resolved the accesses.
    pub catalogue_version: String,
    /// What CloudTrail's digests say of what was read, when asked for and there was something to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The ingest was asked to stop; another run takes the rest.
    pub cancelled: bool,
}

/// Objects of the source by fate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Objects {
    /// Read in this run.
    pub read: u64,
    /// Taken by an earlier run.
    pub unchanged: u64,
    /// Not logs, by kind.
    pub ignored: BTreeMap<String, u64>,
    /// Could not be fetched; the next run tries again.
    pub unreadable: Vec<Unreadable>,
}

/// An object that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// Key relative to the source.
    pub object: String,
    /// Why.
    pub reason: String,
}

/// Broken input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// All of it, in records.
    pub count: u64,
    /// By reason.
    pub by_reason: BTreeMap<String, u64>,
    /// The first entries, at most [`LISTED_QUARANTINE`].
    pub first: Vec<Quarantine>,
}

impl Report {
    pub(crate) fn quarantine(&mut self, entry: &Quarantine) {
        self.quarantined.count += entry.count;
        *self
            .quarantined
            .by_reason
            .entry(entry.reason.clone())
            .or_default() += entry.count;
        if self.quarantined.first.len() < LISTED_QUARANTINE {
            self.quarantined.first.push(entry.clone());
        }
    }
}
