//! Runs: sums in the order of their keys, on disk while there is no memory for them, and several of them as one.

use super::stored::{Stored, put_key, take_key};
use crate::error::{At, Error};
use crate::group::Key;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::marker::PhantomData;
use std::path::Path;

/// Bytes after which a block of sums ends. Reading a run takes about two of them.
const BLOCK: usize = 64 << 10;
/// Compression of blocks.
const LEVEL: i32 = 1;
/// Largest block that is read back: whatever a sum grows to fits.
const LARGEST_BLOCK: usize = 1 << 30;

/// Sums in the order of their keys.
pub(crate) type Sums<V> = Box<dyn Iterator<Item = Result<(Key, V), Error>> + Send>;

/// Writes sums to a file without a name in the folder, and gives them back from there.
pub(crate) fn on_disk<V: Stored + 'static>(sums: Sums<V>, folder: &Path) -> Result<Sums<V>, Error> {
    let mut file = tempfile::tempfile_in(folder).at(folder)?;
    let mut block = Vec::with_capacity(BLOCK + BLOCK / 4);
    let mut before = None;
    for sum in sums {
        let (key, value) = sum?;
        put_key(&key, before.as_ref(), &mut block);
        value.put(&mut block);
        before = Some(key);
        if block.len() >= BLOCK {
            write_block(&mut file, &block).at(folder)?;
            block.clear();
            before = None;
        }
    }
    write_block(&mut file, &block).at(folder)?;
    file.rewind().at(folder)?;
    Ok(Box::new(Run {
        file,
        folder: folder.into(),
        block: Vec::new(),
        at: 0,
        before: None,
        of: PhantomData,
    }))
}

fn write_block(file: &mut File, block: &[u8]) -> std::io::Result<()> {
    let packed = zstd::bulk::compress(block, LEVEL)?;
    let mut framed = Vec::with_capacity(packed.len() + 16);
    framed.extend_from_slice(&(block.len() as u64).to_le_bytes());
    framed.extend_from_slice(&(packed.len() as u64).to_le_bytes());
    framed.extend_from_slice(&packed);
    file.write_all(&framed)
}

/// Sums on disk.
struct Run<V> {
    file: File,
    folder: Box<Path>,
    block: Vec<u8>,
    at: usize,
    before: Option<Key>,
    of: PhantomData<fn() -> V>,
}

impl<V: Stored> Run<V> {
    /// Reads the next block; false at the end.
    fn advance(&mut self) -> std::io::Result<bool> {
        let mut frame = [0; 16];
        if self.file.read(&mut frame[..1])? == 0 {
            return Ok(false);
        }
        self.file.read_exact(&mut frame[1..])?;
        let [length, packed] =
            halves(frame).map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        if length.max(packed) > LARGEST_BLOCK {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; packed];
        self.file.read_exact(&mut bytes)?;
        self.block = zstd::bulk::decompress(&bytes, length)?;
        (self.at, self.before) = (0, None);
        Ok(true)
    }

    fn read(&mut self) -> std::io::Result<Option<(Key, V)>> {
        while self.at >= self.block.len() {
            if !self.advance()? {
                return Ok(None);
            }
        }
        let mut rest = self.block.get(self.at..).unwrap_or_default();
        let key = take_key(&mut rest, self.before.as_ref());
        let value = V::take(&mut rest);
        self.at = self.block.len() - rest.len();
        let sum = key.zip(value).ok_or(std::io::ErrorKind::InvalidData)?;
        self.before = Some(sum.0.clone());
        Ok(Some(sum))
    }
}

fn halves(frame: [u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(frame);
    [both as u64, (both >> 64) as u64]
}

impl<V: Stored> Iterator for Run<V> {
    type Item = Result<(Key, V), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().at(&self.folder).transpose()
    }
}

/// The sums of several in the order of their keys, those of one key added up. Of resources `sample` are kept.
pub(crate) fn merged<V: Stored + 'static>(
    mut sources: Vec<Sums<V>>,
    sample: usize,
) -> Result<Sums<V>, Error> {
    if sources.len() == 1 {
        return Ok(sources.remove(0));
    }
    let mut heads = BinaryHeap::with_capacity(sources.len());
    for mut rest in sources {
        if let Some(sum) = rest.next() {
            heads.push(Head { sum: sum?, rest });
        }
    }
    Ok(Box::new(Merged { heads, sample }))
}

/// The first sum of a source, and the others.
struct Head<V> {
    sum: (Key, V),
    rest: Sums<V>,
}

impl<V> Ord for Head<V> {
    /// The smallest key is the greatest head: heaps give that first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.sum.0.cmp(&self.sum.0)
    }
}

impl<V> PartialOrd for Head<V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<V> PartialEq for Head<V> {
    fn eq(&self, other: &Self) -> bool {
        self.sum.0 == other.sum.0
    }
}

impl<V> Eq for Head<V> {}

struct Merged<V> {
    heads: BinaryHeap<Head<V>>,
    sample: usize,
}

impl<V: Stored> Merged<V> {
    fn pop(&mut self) -> Result<Option<(Key, V)>, Error> {
        let Some(mut head) = self.heads.peek_mut() else {
            return Ok(None);
        };
        match head.rest.next().transpose()? {
            Some(next) => Ok(Some(std::mem::replace(&mut head.sum, next))),
            None => Ok(Some(PeekMut::pop(head).sum)),
        }
    }

    fn read(&mut self) -> Result<Option<(Key, V)>, Error> {
        let Some((key, mut value)) = self.pop()? else {
            return Ok(None);
        };
        while self.heads.peek().is_some_and(|head| head.sum.0 == key) {
            if let Some((_, other)) = self.pop()? {
                value.merge(other, self.sample);
            }
        }
        Ok(Some((key, value)))
    }
}

impl<V: Stored> Iterator for Merged<V> {
    type Item = Result<(Key, V), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
