//! What an analysis is told, and how it talks back.

use chrono::NaiveDate;
use iam::coverage::Trail;
use ingest::S3Options;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Distinct resources kept of one group.
const SAMPLE: usize = 64;

/// Memory of the local engine, as `ingest` has it.
const MEMORY: usize = 256 << 20;

/// Settings of one analysis. An empty filter lets everything pass.
#[derive(Debug, Clone)]
pub struct Config {
    /// The Parquet archive: a folder, or `s3://bucket/prefix`.
    pub archive: PathBuf,
    /// How S3 is reached; unused for a folder.
    pub s3: S3Options,
    /// The `usage.jsonl` to write.
    pub out: PathBuf,
    /// First day (UTC) that counts.
    pub since: Option<NaiveDate>,
    /// Last day (UTC) that counts.
    pub until: Option<NaiveDate>,
    /// Accounts (recipients) whose events count.
    pub accounts: BTreeSet<String>,
    /// Regions whose events count.
    pub regions: BTreeSet<String>,
    /// Principal ARNs that get usage lines. Coverage and event counts are of all principals.
    pub principals: BTreeSet<String>,
    /// Distinct resources listed per line; more are sampled and their number estimated. At least 2.
    pub sample: usize,
    /// Threads.
    pub threads: usize,
    /// Memory that the local engine takes, about; what has no room in it is put on disk meanwhile.
    pub memory_bytes: usize,
    /// The trails that fed the archive, when their configuration is known; goes into the header as it is.
    pub trails: Option<Vec<Trail>>,
}

impl Config {
    /// Everything in the archive, 64 resources a line, all cores, 256 MiB of memory.
    pub fn new(archive: PathBuf, out: PathBuf) -> Self {
        Self {
            archive,
            s3: S3Options::default(),
            out,
            since: None,
            until: None,
            accounts: BTreeSet::new(),
            regions: BTreeSet::new(),
            principals: BTreeSet::new(),
            sample: SAMPLE,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: MEMORY,
            trails: None,
        }
    }

    /// The same with limits that make sense.
    pub(crate) fn checked(&self) -> Self {
        Self {
            sample: self.sample.max(2),
            ..self.clone()
        }
    }

    /// Whether events of the day count.
    pub(crate) fn has_day(&self, day: NaiveDate) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether events of the account in the region count.
    pub(crate) fn has_place(&self, account: &str, region: &str) -> bool {
        passes(&self.accounts, account) && passes(&self.regions, region)
    }

    /// Whether the principal gets usage lines.
    pub(crate) fn has_principal(&self, principal: &str) -> bool {
        passes(&self.principals, principal)
    }
}

fn passes(filter: &BTreeSet<String>, value: &str) -> bool {
    filter.is_empty() || filter.contains(value)
}

/// Hears how far an analysis is. Called from several threads.
pub trait Progress: Sync {
    /// Bytes of the Parquet files to scan.
    fn total(&self, bytes: u64);
    /// More is scanned: bytes of the archive and events in them.
    fn advanced(&self, bytes: u64, events: u64);
    /// A warehouse that is paid by scanned bytes is about to scan so many.
    fn will_scan(&self, _bytes: u64) {}
}

/// Progress that nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn total(&self, _: u64) {}
    fn advanced(&self, _: u64, _: u64) {}
}
