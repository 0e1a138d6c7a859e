//! Ids in order on disk: what a date knows beyond its share of memory.
//!
//! A file of entries as in `_ids`, sorted by id, that lives as long as its [`Run`]. A Bloom filter in memory answers for
//! nearly all ids that are not there; the others are looked up where their number says they lie.

use super::data::read_file_at;
use super::id_file::{self, ENTRY, Entries, Entry, Id, number_of};
use fastbloom::BloomFilter;
use std::fs::File;
use std::hash::RandomState;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::TempPath;

/// Bits of the filter for each id: one id in a hundred that is not there is looked for in vain.
const BITS: usize = 10;
/// Entries read at a time.
const BLOCK: u64 = 128;
/// Reads that trust the ids to be evenly spread, as random ones are; then the search halves what is left.
const GUESSES: u32 = 4;

/// A sorted file of entries. It is opened for each search, so that dates with many of them exhaust no descriptors.
pub(crate) struct Run {
    path: TempPath,
    entries: u64,
    filter: Option<BloomFilter<RandomState>>,
}

impl Run {
    /// Writes entries that are sorted by id, `most` at most, to a file in `folder`. The filter takes `room` bytes at most.
    pub(crate) fn write(
        folder: &Path,
        sorted: impl Iterator<Item = io::Result<Entry>>,
        most: usize,
        room: usize,
    ) -> io::Result<Self> {
        let (file, path) = tempfile::Builder::new()
            .prefix("ids-")
            .tempfile_in(folder)?
            .into_parts();
        let mut writer = BufWriter::new(file);
        let mut filter = filter(most, room);
        let mut entries = 0;
        for entry in sorted {
            let (id, fingerprint) = entry?;
            id_file::write_one(&mut writer, id, fingerprint)?;
            if let Some(filter) = &mut filter {
                filter.insert(&id);
            }
            entries += 1;
        }
        writer.flush()?;
        Ok(Self {
            path,
            entries,
            filter,
        })
    }

    /// Both runs as one; an id of both is taken from the newer.
    pub(crate) fn merge(
        older: &Self,
        newer: &Self,
        folder: &Path,
        room: usize,
    ) -> io::Result<Self> {
        let (mut older, most) = (older.iter()?.peekable(), older.len() + newer.len());
        let mut newer = newer.iter()?.peekable();
        let merged = std::iter::from_fn(|| {
            let ids = (key(older.peek()), key(newer.peek()));
            match ids {
                (Some(old), Some(new)) if old == new => {
                    older.next();
                    newer.next()
                }
                (Some(old), Some(new)) if old < new => older.next(),
                (_, Some(_)) => newer.next(),
                // An error has no key, and is given when the other side has ended.
                (_, None) => older.next().or_else(|| newer.next()),
            }
        });
        Self::write(folder, merged, most, room)
    }

    /// Number of entries.
    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.entries).unwrap_or(usize::MAX)
    }

    /// Bytes of the filter.
    pub(crate) fn filter_bytes(&self) -> usize {
        self.filter.as_ref().map_or(0, |it| it.num_bits() / 8)
    }

    /// The fingerprint of an id.
    pub(crate) fn get(&self, id: Id) -> io::Result<Option<u64>> {
        let filter = self.filter.as_ref();
        if filter.is_some_and(|filter| !filter.contains(&id)) {
            return Ok(None);
        }
        self.find(id)
    }

    fn find(&self, id: Id) -> io::Result<Option<u64>> {
        let file = File::open(&self.path)?;
        let wanted = number_of(id);
        let mut rest = Span {
            from: 0,
            to: self.entries,
            least: 0,
            most: u128::MAX,
        };
        let mut bytes = Vec::new();
        for read in 0.. {
            if rest.from >= rest.to {
                break;
            }
            let around = match read < GUESSES {
                true => rest.guess(wanted),
                false => rest.from + (rest.to - rest.from) / 2,
            };
            let from = around.saturating_sub(BLOCK / 2).max(rest.from);
            let to = (from + BLOCK).min(rest.to);
            let block = read_block(&file, from, to, &mut bytes)?;
            let number = |entry: &[u8; ENTRY]| number_of(id_file::decode(entry).0);
            match block.binary_search_by_key(&wanted, number) {
                Ok(place) => {
                    let found = block.get(place).map(id_file::decode);
                    return Ok(found.map(|(_, fingerprint)| fingerprint));
                }
                Err(0) => (rest.to, rest.most) = (from, block.first().map_or(0, number)),
                Err(end) if end == block.len() => {
                    (rest.from, rest.least) = (to, block.last().map_or(0, number));
                }
                Err(_) => break,
            }
        }
        Ok(None)
    }

    fn iter(&self) -> io::Result<Entries> {
        Entries::of(File::open(&self.path)?)
    }
}

/// The order of the next entry; `None` at the end or when it cannot be read.
fn key(next: Option<&io::Result<Entry>>) -> Option<u128> {
    Some(number_of(next?.as_ref().ok()?.0))
}

/// A filter for so many ids within `room` bytes; none when it could tell little.
fn filter(ids: usize, room: usize) -> Option<BloomFilter<RandomState>> {
    let bits = (BITS * ids).min(room / 8 * 64);
    let empty = BloomFilter::with_num_bits(bits.max(1)).hasher(RandomState::new());
    (bits > ids).then(|| empty.expected_items(ids))
}

/// Where an id may still be.
struct Span {
    from: u64,
    to: u64,
    /// No id of the span is less, none is more.
    least: u128,
    most: u128,
}

impl Span {
    /// Where the id lies if the span's are evenly spread.
    fn guess(&self, wanted: u128) -> u64 {
        let high = |number: u128| number >> 64;
        let offset = high(wanted.saturating_sub(self.least));
        let width = high(self.most - self.least) + 1;
        let entries = u128::from(self.to - self.from);
        let ahead = u64::try_from(entries * offset / width).unwrap_or(0);
        (self.from + ahead).min(self.to - 1)
    }
}

/// The entries of a part of a file.
fn read_block<'b>(
    file: &File,
    from: u64,
    to: u64,
    bytes: &'b mut Vec<u8>,
) -> io::Result<&'b [[u8; ENTRY]]> {
    let length = usize::try_from(to - from).map_err(io::Error::other)?;
    bytes.resize(length * ENTRY, 0);
    let (mut at, mut filled) = (from * ENTRY as u64, 0);
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_file_at(file, at, rest)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => (at, filled) = (at + read as u64, filled + read),
        }
    }
    Ok(bytes.as_chunks().0)
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
