//! What an ingest is told: source, archive, limits; and how it talks back.

use crate::archive::location::ArchiveLocation;
use crate::digest::Trust;
use crate::shard::Shard;
use crate::source::{DeliveryDays, Source};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Settings of one ingest.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the logs are.
    pub source: Source,
    /// Only objects delivered on these days; all by default.
    pub days: DeliveryDays,
    /// Only this part of the source; other processes ingest the others. All of it by default.
    pub shard: Option<Shard>,
    /// How S3 is reached, by source and archive; unused for folders.
    pub s3: S3Options,
    /// Send S3 requests unsigned, for public buckets.
    pub unsigned: bool,
    /// The Parquet archive, created when absent.
    pub archive: ArchiveLocation,
    /// Memory of the process, in bytes: buffers, known ids, lists and all.
    pub memory_bytes: usize,
    /// Decoding threads.
    pub threads: usize,
    /// Target size of a Parquet file in bytes.
    pub file_bytes: usize,
    /// Objects after which a long run commits what it has: a later crash costs no more than the rest.
    pub commit_objects: usize,
    /// Check what is read against CloudTrail's digests; what is not as delivered is quarantined whole.
    pub verify: Option<Trust>,
    /// Longest record in bytes, at most a 64th of the memory (if that is more than 1 MiB); a longer one is quarantined.
    pub record_bytes: usize,
    /// Largest object after inflation in bytes; the rest of a larger one is quarantined.
    pub object_bytes: u64,
}

impl Config {
    /// Default limits: 256 MiB of memory, all cores, files of 128 MiB, records of 4 MiB (CloudTrail's own are below 1 MiB), objects
    /// of 1 GiB.
    pub fn new(source: Source, archive: impl Into<ArchiveLocation>) -> Self {
        Self {
            source,
            days: DeliveryDays::default(),
            shard: None,
            s3: S3Options::default(),
            unsigned: false,
            archive: archive.into(),
            memory_bytes: 256 << 20,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            file_bytes: 128 << 20,
            commit_objects: 50_000,
            verify: None,
            record_bytes: 4 << 20,
            object_bytes: 1 << 30,
        }
    }

    /// The archive's folder, which is no part of the source; a path to nothing when it is elsewhere.
    pub(crate) fn archive_folder(&self) -> &Path {
        self.archive.folder().unwrap_or(Path::new(""))
    }
}

/// How S3 is reached. Credentials come from AWS's default chain.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// Another endpoint than AWS's.
    pub endpoint_url: Option<String>,
    /// Profile of the AWS configuration.
    pub profile: Option<String>,
    /// Region of the bucket.
    pub region: Option<String>,
    /// Bucket in the path, not in the host name; always so with an endpoint.
    pub path_style: bool,
    /// How long a server may be too busy, or silent, before an object counts as unreadable. A quarter of it is the longest
    /// wait for one answer.
    pub patience: Duration,
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            endpoint_url: None,
            profile: None,
            region: None,
            path_style: false,
            patience: Duration::from_secs(120),
        }
    }
}

/// Hears how far an ingest or a verification is; of the latter from several threads.
pub trait Progress: Sync {
    /// The listing is done: objects to read and their stored bytes.
    fn listed(&self, objects: u64, bytes: u64);
    /// Another object is done: its stored bytes and its events.
    fn advanced(&self, bytes: u64, events: u64);
}

/// Progress that nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn listed(&self, _: u64, _: u64) {}
    fn advanced(&self, _: u64, _: u64) {}
}

/// Asks an ingest to stop after the objects at hand. What it has read is committed; the next run goes on from there.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
