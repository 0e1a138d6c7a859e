//! The quarantine entries of one object: the first in full, the rest by reason. A small object can hold a billion broken
//! records, and must not fill the archive with them.

use serde::Serialize;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_128;

/// Entries of one object in full.
const LISTED: u64 = 1000;
/// Longest `detail` of an entry, in characters.
const DETAIL: usize = 200;

/// A place that could not be read, and why. Holds none of the content, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantine {
    /// Key relative to the source.
    pub object: String,
    /// Byte offset after inflation.
    pub offset: u64,
    /// Bytes, where known.
    pub length: Option<u64>,
    /// xxh3-128 of the bytes, hexadecimal, where they were at hand.
    pub hash: Option<String>,
    /// Stable name of the reason.
    pub reason: String,
    /// The reason in words.
    pub detail: String,
    /// Records that it stands for: more than one where an object holds very many.
    pub count: u64,
}

/// What was found broken, and where.
pub(crate) struct Found<'b> {
    pub(crate) offset: u64,
    pub(crate) length: Option<u64>,
    /// The bytes, where they are at hand.
    pub(crate) bytes: Option<&'b [u8]>,
    pub(crate) reason: &'static str,
    pub(crate) detail: String,
    /// Records.
    pub(crate) count: u64,
}

/// The entries of one object.
pub(crate) struct Entries<'k> {
    key: &'k str,
    listed: u64,
    more: BTreeMap<&'static str, Quarantine>,
}

impl<'k> Entries<'k> {
    pub(crate) fn new(key: &'k str) -> Self {
        Self {
            key,
            listed: 0,
            more: BTreeMap::new(),
        }
    }

    /// The entry, unless there were too many; then it is counted.
    pub(crate) fn add(&mut self, found: Found<'_>) -> Option<Quarantine> {
        self.listed += 1;
        if self.listed <= LISTED {
            return Some(self.entry(found));
        }
        if let Some(entry) = self.more.get_mut(found.reason) {
            entry.count += found.count;
            return None;
        }
        let reason = found.reason;
        let entry = self.entry(Found {
            length: None,
            bytes: None,
            ..found
        });
        self.more.insert(reason, entry);
        None
    }

    /// One entry for each reason of which there were too many; of the first of them the place and the words.
    pub(crate) fn finish(self) -> impl Iterator<Item = Quarantine> {
        self.more.into_values().map(|mut entry| {
            let words = format!("{} records, the first: {}", entry.count, entry.detail);
            entry.detail = words.chars().take(DETAIL).collect();
            entry
        })
    }

    fn entry(&self, found: Found<'_>) -> Quarantine {
        Quarantine {
            object: self.key.to_owned(),
            offset: found.offset,
            length: found.length,
            hash: found.bytes.map(|bytes| format!("{:032x}", xxh3_128(bytes))),
            reason: found.reason.to_owned(),
            detail: found.detail.chars().take(DETAIL).collect(),
            count: found.count,
        }
    }
}
