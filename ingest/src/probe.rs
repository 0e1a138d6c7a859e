//! One object through the whole decoder and nothing more: no source, no archive.

use crate::archive::spare::Spare;
use crate::encode::Encoder;
use crate::quarantine::Quarantine;
use crate::reader::{Chunk, Limits, ObjectReader};
use iam::catalogue::Catalogue;
use std::collections::BTreeMap;
use std::io::{self, Read};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What an object holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// Events that would be rows.
    pub events: u64,
    /// What cannot be read, in its order.
    pub quarantined: Vec<Quarantine>,
    /// Records of a kind that says nothing about permissions.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Bytes after inflation.
    pub inflated: u64,
    /// Hash of the rows in their order.
    pub rows: u64,
}

impl Probe {
    /// Reads an object's stored bytes, gzip or not. `key` is its name; `record_bytes` and `object_bytes` are the
    /// longest record and the largest content that are read.
    ///
    /// # Errors
    /// The reader's.
    pub fn read(
        key: &str,
        stored: impl Read,
        record_bytes: usize,
        object_bytes: u64,
    ) -> io::Result<Self> {
        let mut probe = Self::default();
        let mut encoder = Encoder::new(Catalogue::embedded());
        let reader = ObjectReader {
            key,
            limits: Limits {
                record_bytes,
                object_bytes,
                chunk_bytes: 1 << 20,
            },
            encoder: &mut encoder,
            window: &mut Vec::new(),
            spare: &Spare::default(),
            give: &mut |chunk| {
                probe.add(chunk);
                true
            },
        };
        reader.read(stored).map_err(|failed| failed.0)?;
        Ok(probe)
    }

    fn add(&mut self, chunk: Chunk) {
        self.events += chunk.rows.len() as u64;
        for row in chunk.rows.rows() {
            let accesses: Vec<_> = row.accesses().collect();
            let row = format!("{:?} {:?} {accesses:?}", row.head(), row.texts());
            self.rows = xxh3_64_with_seed(row.as_bytes(), self.rows);
        }
        self.inflated += chunk.inflated;
        self.quarantined.extend(chunk.quarantine);
        for (kind, count) in chunk.skipped {
            *self.skipped.entry(kind).or_default() += count;
        }
    }
}
