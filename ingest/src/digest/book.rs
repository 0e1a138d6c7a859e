//! What valid digests say of log objects, looked up while they are ingested: the bytes that are judged are the bytes
//! that are decoded.

use super::load::Sha256;
use super::logs::{self, Named};
use super::report::{FindingKind, Severity};
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_128;

/// Largest stored log object; CloudTrail's are at most 50 MB.
const STORED_BYTES: u64 = 64 << 20;

/// What is known of each log object of the dates at hand, by a hash of its key.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Named by valid digests.
    hashes: HashMap<u128, Option<Sha256>>,
    /// Not so.
    others: HashMap<u128, FindingKind>,
    room: Room,
}

/// The verdict on one log object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    /// `None`: as delivered.
    pub(crate) kind: Option<FindingKind>,
    pub(crate) detail: String,
}

impl Judged {
    /// Whether its events are no evidence.
    pub(crate) fn is_refused(&self) -> bool {
        self.severity() == Some(Severity::Invalid)
    }

    pub(crate) fn severity(&self) -> Option<Severity> {
        self.kind.map(FindingKind::severity)
    }

    /// As the ledger has it.
    pub(crate) fn as_str(&self) -> &'static str {
        self.kind.map_or("valid", FindingKind::as_str)
    }
}

impl Book {
    /// Keeps no more than so many stored bytes at a time.
    pub(crate) fn with_room(bytes: u64) -> Self {
        Self {
            room: Room::new(bytes),
            ..Self::default()
        }
    }

    pub(super) fn name(&mut self, log: Named) {
        self.hashes.insert(id(&log.key), log.sha256);
    }

    pub(super) fn other(&mut self, key: &str, kind: FindingKind) {
        self.others.insert(id(key), kind);
    }

    /// Reads an object's stored bytes, when there is room for them, and gives them with the verdict to `then`.
    ///
    /// # Errors
    /// The reader's.
    pub(crate) fn judge<T>(
        &self,
        key: &str,
        size: u64,
        stored: impl Read,
        then: impl FnOnce(&[u8], Judged) -> T,
    ) -> io::Result<T> {
        let size = size.min(STORED_BYTES);
        let _taken = self.room.take(size);
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        stored.take(size + 1).read_to_end(&mut bytes)?;
        let judged = if bytes.len() as u64 > size {
            bytes.clear();
            Judged {
                kind: Some(FindingKind::LogModified),
                detail: "is larger than it was listed, or than CloudTrail writes".to_owned(),
            }
        } else {
            self.judge_bytes(key, &bytes)
        };
        Ok(then(&bytes, judged))
    }

    fn judge_bytes(&self, key: &str, bytes: &[u8]) -> Judged {
        let id = id(key);
        let known = |(kind, detail): (FindingKind, String)| Judged {
            kind: Some(kind),
            detail,
        };
        match self.hashes.get(&id) {
            Some(sha256) => match logs::compare(bytes, *sha256) {
                Ok(_) => Judged {
                    kind: None,
                    detail: String::new(),
                },
                Err(objection) => known(objection),
            },
            None => known(match self.others.get(&id) {
                Some(kind) => (*kind, "no valid digest names it".to_owned()),
                None => (
                    FindingKind::Elsewhere,
                    "lies where CloudTrail does not deliver to".to_owned(),
                ),
            }),
        }
    }
}

fn id(key: &str) -> u128 {
    xxh3_128(key.as_bytes())
}

/// Room for stored bytes. One object always fits, alone.
#[derive(Debug, Default)]
struct Room {
    bytes: u64,
    used: Mutex<u64>,
    freed: Condvar,
}

struct Taken<'r> {
    room: &'r Room,
    bytes: u64,
}

impl Room {
    fn new(bytes: u64) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// Waits until other objects have left room; they always do, having all their bytes to read from.
    fn take(&self, bytes: u64) -> Taken<'_> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |used: &mut u64| *used > 0 && *used + bytes > self.bytes;
        let mut used = self
            .freed
            .wait_while(used, full)
            .unwrap_or_else(PoisonError::into_inner);
        *used += bytes;
        Taken { room: self, bytes }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let used = self.room.used.lock();
        *used.unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.room.freed.notify_all();
    }
}
