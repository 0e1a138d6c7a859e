//! Data files open to be read in parts, wherever they lie.

use bytes::Bytes;
use parquet::file::reader::{ChunkReader, Length};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

/// Bytes asked for at a time.
const BLOCK: u64 = 512 << 10;
/// Blocks of an open file that are kept.
const KEPT: usize = 32;

/// A data file open to be read in parts, by several threads at once.
#[derive(Clone)]
pub struct DataReader(Part);

#[derive(Clone)]
enum Part {
    File(Arc<File>),
    Blocks(Arc<Blocks>),
}

impl DataReader {
    pub(crate) fn of_file(file: File) -> Self {
        Self(Part::File(Arc::new(file)))
    }

    pub(crate) fn of_blocks(size: u64, range: RangeRead) -> Self {
        Self(Part::Blocks(Arc::new(Blocks {
            size,
            range,
            kept: Mutex::default(),
        })))
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.0 {
            Part::File(file) => read_file_at(file, at, buffer),
            Part::Blocks(blocks) => blocks.read_at(at, buffer),
        }
    }
}

#[cfg(unix)]
pub(crate) fn read_file_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
pub(crate) fn read_file_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

impl Length for DataReader {
    fn len(&self) -> u64 {
        match &self.0 {
            Part::File(file) => file.metadata().map_or(0, |metadata| metadata.len()),
            Part::Blocks(blocks) => blocks.size,
        }
    }
}

impl ChunkReader for DataReader {
    type T = io::BufReader<Onward>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let (reader, at) = (self.clone(), start);
        Ok(io::BufReader::new(Onward { reader, at }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let (reader, at) = (self.clone(), start);
        let mut bytes = Vec::with_capacity(length);
        Onward { reader, at }
            .take(length as u64)
            .read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(bytes.into())
    }
}

/// A data file read from a place on.
pub struct Onward {
    reader: DataReader,
    at: u64,
}

impl Read for Onward {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read_at(self.at, buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Reads so many bytes from there.
pub(crate) type RangeRead = Box<dyn Fn(u64, u64) -> io::Result<Vec<u8>> + Send + Sync>;

/// A file elsewhere, of which the blocks last used are kept.
struct Blocks {
    size: u64,
    range: RangeRead,
    kept: Mutex<VecDeque<(u64, Bytes)>>,
}

impl Blocks {
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if at >= self.size {
            return Ok(0);
        }
        let block = self.block(at / BLOCK)?;
        let from = usize::try_from(at % BLOCK).map_err(io::Error::other)?;
        let mut rest = block.get(from..).unwrap_or_default();
        rest.read(buffer)
    }

    fn block(&self, number: u64) -> io::Result<Bytes> {
        let poisoned = |_| io::Error::other("a reader of this file failed");
        {
            let mut kept = self.kept.lock().map_err(poisoned)?;
            let found = kept.iter().position(|(kept, _)| *kept == number);
            if let Some(block) = found.and_then(|index| kept.remove(index)) {
                let bytes = block.1.clone();
                kept.push_back(block);
                return Ok(bytes);
            }
        }
        let start = number * BLOCK;
        let bytes = Bytes::from((self.range)(start, BLOCK.min(self.size - start))?);
        let mut kept = self.kept.lock().map_err(poisoned)?;
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((number, bytes.clone()));
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn parts_of_a_file_elsewhere_are_asked_for_once() {
        let size = usize::try_from(3 * BLOCK + 17).unwrap();
        let content: Vec<u8> = (0..size).map(|at| (at * 7 / 5) as u8).collect();
        let asked = Arc::new(AtomicUsize::new(0));
        let (server, count) = (content.clone(), Arc::clone(&asked));
        let range = move |start: u64, length: u64| {
            count.fetch_add(1, Ordering::Relaxed);
            let start = usize::try_from(start).unwrap();
            Ok(server[start..start + usize::try_from(length).unwrap()].to_vec())
        };
        let reader = DataReader::of_blocks(size as u64, Box::new(range));
        let block = usize::try_from(BLOCK).unwrap();
        for (start, length) in [
            (0, 4),
            (block - 2, 4),
            (5, 2 * block),
            (size - 8, 8),
            (size, 0),
        ] {
            let bytes = reader.get_bytes(start as u64, length).unwrap();
            assert_eq!(bytes, content[start..start + length], "{start} {length}");
        }
        let mut rest = Vec::new();
        reader
            .get_read(BLOCK + 1)
            .unwrap()
            .read_to_end(&mut rest)
            .unwrap();
        assert_eq!(rest, content[block + 1..]);
        assert!(reader.get_bytes(size as u64 - 1, 2).is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 4);
    }
}
