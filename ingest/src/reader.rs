//! One object read to rows: inflated, split, unwrapped, decoded, encoded. Runs on a worker thread.

use crate::archive::row::RowBuffer;
use crate::archive::spare::Spare;
use crate::decode::DecodeError;
use crate::encode::Encoder;
use crate::envelope::{Unwrapped, unwrap};
use crate::event::{Event, Quick};
use crate::inflate::{Broken, Inflate, broken};
use crate::quarantine::{Entries, Found as Broke, Quarantine};
use crate::splitter::{Found, Piece, Splitter};
use std::collections::BTreeMap;
use std::io::{self, Read};

/// Quarantine entries after which a chunk is handed on.
const CHUNK_ENTRIES: usize = 1000;

/// A part of what an object holds.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) rows: RowBuffer,
    pub(crate) quarantine: Vec<Quarantine>,
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    pub(crate) inflated: u64,
}

impl Chunk {
    fn new(spare: &Spare) -> Self {
        Self {
            rows: spare.take(),
            ..Self::default()
        }
    }
}

/// Limits on what is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) record_bytes: usize,
    pub(crate) object_bytes: u64,
    /// Bytes of rows after which a chunk is handed on.
    pub(crate) chunk_bytes: usize,
}

/// How reading an object ended, when its source failed: it is not taken.
#[derive(Debug)]
pub(crate) struct SourceFailed(pub(crate) io::Error);

/// Reads one object.
pub(crate) struct ObjectReader<'r> {
    pub(crate) key: &'r str,
    pub(crate) limits: Limits,
    pub(crate) encoder: &'r mut Encoder,
    /// Room for inflated bytes, used again by the next object.
    pub(crate) window: &'r mut Vec<u8>,
    pub(crate) spare: &'r Spare,
    /// Takes a chunk; false when nobody listens any more.
    pub(crate) give: &'r mut dyn FnMut(Chunk) -> bool,
}

impl ObjectReader<'_> {
    /// Gives all chunks of the object.
    pub(crate) fn read(mut self, stored: impl Read) -> Result<(), SourceFailed> {
        let mut chunk = Chunk::new(self.spare);
        let result = self.read_pieces(stored, &mut chunk);
        (self.give)(chunk);
        result
    }

    /// Gives a quarantine entry for the whole object, which is not what CloudTrail delivered.
    pub(crate) fn refuse(self, why: &str) {
        let detail = format!("not as CloudTrail delivered it: {why}");
        let entry = Entries::new(self.key).add(at(0, "not-as-delivered", detail));
        (self.give)(Chunk {
            quarantine: entry.into_iter().collect(),
            ..Chunk::default()
        });
    }

    fn read_pieces(&mut self, stored: impl Read, chunk: &mut Chunk) -> Result<(), SourceFailed> {
        let inflate = Inflate::new(stored, self.limits.object_bytes).map_err(SourceFailed)?;
        let window = std::mem::take(self.window);
        let limit = self.limits.record_bytes;
        let mut splitter = Splitter::new(inflate, limit, is_lines(self.key), window);
        let mut entries = Entries::new(self.key);
        let mut offset = 0;
        loop {
            if !self.read_common(&mut splitter, &mut offset, chunk) {
                return Ok(());
            }
            match splitter.next() {
                Ok(Some(piece)) => {
                    offset = piece.offset;
                    if !self.read_piece(piece, &mut entries, chunk) {
                        return Ok(());
                    }
                }
                Ok(None) => break,
                Err(error) if matches!(broken(&error), Some(Broken::Source(_))) => {
                    return Err(SourceFailed(error));
                }
                Err(error) => {
                    let reason = content_reason(&error);
                    let entry = entries.add(at(offset, reason, error.to_string()));
                    chunk.quarantine.extend(entry);
                    break;
                }
            }
        }
        chunk.quarantine.extend(entries.finish());
        chunk.inflated = splitter.input().given();
        *self.window = splitter.into_window();
        Ok(())
    }

    /// Takes the records at hand that are of the common form; false when nobody listens any more.
    fn read_common(
        &mut self,
        splitter: &mut Splitter<impl Read>,
        offset: &mut u64,
        chunk: &mut Chunk,
    ) -> bool {
        loop {
            let (start, text) = splitter.elements();
            let mut records = Quick::new(text, self.limits.record_bytes);
            loop {
                let mut event = Event::default();
                let Some(place) = records.peek(&mut event) else {
                    break;
                };
                // What cannot be encoded is for the slow road to quarantine.
                let encoded = self.encoder.encode(&event, self.key, &mut chunk.rows);
                if encoded.is_err() {
                    break;
                }
                *offset = start + place.start as u64;
                records.take(place.end);
                if !self.give_full(chunk) {
                    return false;
                }
            }
            match records.taken() {
                0 => return true,
                taken => splitter.drop_elements(taken),
            }
        }
    }

    /// False when nobody listens any more.
    fn read_piece(
        &mut self,
        Piece { offset, found }: Piece<'_>,
        entries: &mut Entries<'_>,
        chunk: &mut Chunk,
    ) -> bool {
        match found {
            Found::Array => return true,
            Found::Value(bytes) => return self.read_value(offset, bytes, entries, chunk),
            Found::TooLong(length) => {
                let detail = format!("a record of more than {} bytes", self.limits.record_bytes);
                chunk.quarantine.extend(entries.add(Broke {
                    length: Some(length),
                    ..at(offset, "too-long", detail)
                }));
            }
            Found::Truncated => {
                let detail = "the input ends inside a record or list".to_owned();
                let entry = entries.add(at(offset, "truncated", detail));
                chunk.quarantine.extend(entry);
            }
            Found::NotJson => {
                let detail = "does not start like JSON".to_owned();
                let entry = entries.add(at(offset, "not-json", detail));
                chunk.quarantine.extend(entry);
            }
        }
        self.give_full(chunk)
    }

    /// A value may hold many records; those of one that cannot be read are one entry for each reason.
    fn read_value(
        &mut self,
        offset: u64,
        bytes: &[u8],
        entries: &mut Entries<'_>,
        chunk: &mut Chunk,
    ) -> bool {
        let mut broken: BTreeMap<&'static str, (String, u64)> = BTreeMap::new();
        let mut heard = true;
        match std::str::from_utf8(bytes) {
            Err(_) => {
                broken.insert("not-utf8", ("is not UTF-8".to_owned(), 1));
            }
            Ok(json) => unwrap(json, &mut |unwrapped| {
                let result = match unwrapped {
                    Unwrapped::Event(event) => {
                        self.encoder.encode(event, self.key, &mut chunk.rows)
                    }
                    Unwrapped::Skipped(skip) => {
                        *chunk.skipped.entry(skip.as_str()).or_default() += 1;
                        Ok(())
                    }
                    Unwrapped::Broken(error) => Err(error),
                };
                if let Err(error) = result {
                    let reason = broken.entry(error.as_str());
                    reason.or_insert_with(|| (describe(&error), 0)).1 += 1;
                }
                heard = heard && self.give_full(chunk);
            }),
        }
        for (reason, (detail, count)) in broken {
            chunk.quarantine.extend(entries.add(Broke {
                length: Some(bytes.len() as u64),
                bytes: Some(bytes),
                count,
                ..at(offset, reason, detail)
            }));
        }
        heard && self.give_full(chunk)
    }

    /// Hands a full chunk on; false when nobody takes it.
    fn give_full(&mut self, chunk: &mut Chunk) -> bool {
        let full = chunk.rows.bytes() >= self.limits.chunk_bytes
            || chunk.quarantine.len() >= CHUNK_ENTRIES;
        !full || (self.give)(std::mem::replace(chunk, Chunk::new(self.spare)))
    }
}

/// Something broken of which only the place is known.
fn at<'b>(offset: u64, reason: &'static str, detail: String) -> Broke<'b> {
    Broke {
        offset,
        length: None,
        bytes: None,
        reason,
        detail,
        count: 1,
    }
}

/// Why the content of an object breaks off.
fn content_reason(error: &io::Error) -> &'static str {
    match broken(error) {
        Some(Broken::TooLarge(_)) => "too-large",
        Some(Broken::Trailing) => "trailing-bytes",
        Some(Broken::Source(_)) | None => "gzip",
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
