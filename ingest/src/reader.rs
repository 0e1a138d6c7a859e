//! One object read to rows: inflated, split, unwrapped, decoded, encoded. Runs on a worker thread.

use crate::archive::row::RowBuffer;
use crate::decode::DecodeError;
use crate::encode::Encoder;
use crate::envelope::{Unwrapped, unwrap};
use crate::inflate::{Broken, Inflate, broken};
use crate::report::Quarantine;
use crate::splitter::{Found, Splitter};
use std::collections::BTreeMap;
use std::io::{self, Read};
use xxhash_rust::xxh3::xxh3_128;

/// Bytes of rows after which a chunk is handed on.
const CHUNK_BYTES: usize = 2 << 20;
/// Quarantine entries after which a chunk is handed on.
const CHUNK_ENTRIES: usize = 1000;
/// Longest `detail` of a quarantine entry, in characters.
const DETAIL: usize = 200;

/// A part of what an object holds.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) rows: RowBuffer,
    pub(crate) quarantine: Vec<Quarantine>,
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    pub(crate) inflated: u64,
}

/// Limits on what is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) record_bytes: usize,
    pub(crate) object_bytes: u64,
}

/// How reading an object ended, when its source failed: it is not taken.
#[derive(Debug)]
pub(crate) struct SourceFailed(pub(crate) io::Error);

/// Reads one object.
pub(crate) struct ObjectReader<'r> {
    pub(crate) key: &'r str,
    pub(crate) limits: Limits,
    pub(crate) encoder: &'r mut Encoder,
    /// Takes a chunk; false when nobody listens any more.
    pub(crate) give: &'r mut dyn FnMut(Chunk) -> bool,
}

impl ObjectReader<'_> {
    /// Gives all chunks of the object.
    pub(crate) fn read(mut self, stored: impl Read) -> Result<(), SourceFailed> {
        let mut chunk = Chunk::default();
        let result = self.read_pieces(stored, &mut chunk);
        (self.give)(chunk);
        result
    }

    fn read_pieces(&mut self, stored: impl Read, chunk: &mut Chunk) -> Result<(), SourceFailed> {
        let inflate = Inflate::new(stored, self.limits.object_bytes).map_err(SourceFailed)?;
        let mut splitter = Splitter::new(inflate, self.limits.record_bytes, is_lines(self.key));
        let mut offset = 0;
        loop {
            match splitter.next() {
                Ok(Some(piece)) => {
                    offset = piece.offset;
                    self.read_piece(offset, piece.found, chunk);
                }
                Ok(None) => break,
                Err(error) if matches!(broken(&error), Some(Broken::Source(_))) => {
                    return Err(SourceFailed(error));
                }
                Err(error) => {
                    self.quarantine_content(offset, &error, chunk);
                    break;
                }
            }
            if chunk.is_full() && !(self.give)(std::mem::take(chunk)) {
                return Ok(());
            }
        }
        chunk.inflated = splitter.input().given();
        Ok(())
    }

    fn read_piece(&mut self, offset: u64, found: Found<'_>, chunk: &mut Chunk) {
        let bytes = match found {
            Found::Value(bytes) => bytes,
            Found::TooLong(length) => {
                let detail = format!("a record of more than {} bytes", self.limits.record_bytes);
                return self.quarantine((offset, Some(length), None), "too-long", detail, chunk);
            }
            Found::Truncated => {
                let detail = "the input ends inside a record or list".to_owned();
                return self.quarantine((offset, None, None), "truncated", detail, chunk);
            }
            Found::NotJson => {
                let detail = "does not start like JSON".to_owned();
                return self.quarantine((offset, None, None), "not-json", detail, chunk);
            }
        };
        let Ok(json) = std::str::from_utf8(bytes) else {
            return self.quarantine_bytes(
                offset,
                bytes,
                "not-utf8",
                "is not UTF-8".to_owned(),
                chunk,
            );
        };
        let mut broken = Vec::new();
        unwrap(json, &mut |unwrapped| match unwrapped {
            Unwrapped::Event(event) => {
                match self.encoder.encode(event, self.key, &mut chunk.rows) {
                    Ok(()) => {}
                    Err(error) => broken.push(error),
                }
            }
            Unwrapped::Skipped(skip) => *chunk.skipped.entry(skip.as_str()).or_default() += 1,
            Unwrapped::Broken(error) => broken.push(error),
        });
        for error in broken {
            self.quarantine_bytes(offset, bytes, error.as_str(), describe(&error), chunk);
        }
    }

    /// The content of the object breaks off: gzip or size.
    fn quarantine_content(&self, offset: u64, error: &io::Error, chunk: &mut Chunk) {
        let reason = match broken(error) {
            Some(Broken::TooLarge(_)) => "too-large",
            Some(Broken::Trailing) => "trailing-bytes",
            Some(Broken::Source(_)) | None => "gzip",
        };
        self.quarantine((offset, None, None), reason, error.to_string(), chunk);
    }

    fn quarantine_bytes(
        &self,
        offset: u64,
        bytes: &[u8],
        reason: &str,
        detail: String,
        chunk: &mut Chunk,
    ) {
        let hash = format!("{:032x}", xxh3_128(bytes));
        self.quarantine(
            (offset, Some(bytes.len() as u64), Some(hash)),
            reason,
            detail,
            chunk,
        );
    }

    fn quarantine(
        &self,
        (offset, length, hash): (u64, Option<u64>, Option<String>),
        reason: &str,
        detail: String,
        chunk: &mut Chunk,
    ) {
        chunk.quarantine.push(Quarantine {
            object: self.key.to_owned(),
            offset,
            length,
            hash,
            reason: reason.to_owned(),
            detail: detail.chars().take(DETAIL).collect(),
        });
    }
}

impl Chunk {
    fn is_full(&self) -> bool {
        self.rows.bytes() >= CHUNK_BYTES || self.quarantine.len() >= CHUNK_ENTRIES
    }
}

fn is_lines(key: &str) -> bool {
    let name = key.strip_suffix(".gz").unwrap_or(key);
    name.ends_with(".jsonl") || name.ends_with(".ndjson")
}

/// The error and its cause. Serde quotes no more than a value's type or an unknown name of the input.
fn describe(error: &DecodeError) -> String {
    match error {
        DecodeError::Json(cause) => format!("{error}: {cause}"),
        other => other.to_string(),
    }
}
