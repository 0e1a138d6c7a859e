//! An archive as its readers see it: the data files of all commits that are wholly visible.

use super::entry::{self, Outline};
use super::location::ArchiveLocation;
use super::schema::PARTITION_COLUMN;
use super::store::{self, Store, Stored};
use crate::config::S3Options;
use crate::error::Error;
use bytes::Bytes;
use chrono::NaiveDate;
use parquet::file::reader::{ChunkReader, Length};
use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long a reader waits for a commit that is under way, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(250);
/// Bytes asked for at a time.
const BLOCK: u64 = 512 << 10;
/// Blocks of an open file that are kept.
const KEPT: usize = 32;

/// An archive opened to be read.
pub struct Archive {
    store: Arc<dyn Store>,
}

/// A Parquet file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataFile {
    /// The date of its events.
    pub day: NaiveDate,
    /// Its name, relative to the archive.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

impl Archive {
    /// Opens an archive; nothing is written, and nothing read yet.
    ///
    /// # Errors
    /// No runtime for S3.
    pub fn open(location: &ArchiveLocation, options: &S3Options) -> Result<Self, Error> {
        let store = store::open(location, options)?;
        Ok(Self { store })
    }

    /// The data files, by day and name: those that the ledger names and those that it does not know, but none that a
    /// later commit has replaced. Waits half a minute for a commit that is under way.
    ///
    /// # Errors
    /// The archive cannot be listed, or a commit is under way or was interrupted: part of its files is not visible.
    pub fn files(&self) -> Result<Vec<DataFile>, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // In this order: what becomes visible after the look is either in the ledger or of a later commit.
            let listed = self.store.list(&format!("{PARTITION_COLUMN}="), "")?;
            let (live, removed) = self.outline()?;
            let visible: BTreeSet<&str> = listed.iter().map(|file| file.name.as_str()).collect();
            let missing = live.iter().find(|name| !visible.contains(name.as_str()));
            let Some(missing) = missing else {
                let files = listed.into_iter();
                let files = files.filter(|file| !removed.contains(&file.name));
                return Ok(files.filter_map(data_file).collect());
            };
            if Instant::now() >= deadline {
                let path = self.store.place(missing);
                return Err(Error::Unsettled { path });
            }
            thread::sleep(PAUSE);
        }
    }

    /// The data files that entries name and none has replaced, and those that were.
    fn outline(&self) -> Result<(BTreeSet<String>, BTreeSet<String>), Error> {
        let (mut live, mut removed) = (BTreeSet::new(), BTreeSet::new());
        entry::each(self.store.as_ref(), |_, outline: Outline| {
            let files = outline.files.into_iter();
            live.extend(files.filter(|name| name.starts_with(PARTITION_COLUMN)));
            removed.extend(outline.removed);
        })?;
        live.retain(|name| !removed.contains(name));
        Ok((live, removed))
    }

    /// Opens a data file.
    ///
    /// # Errors
    /// It cannot be read, or a commit has replaced it since it was listed.
    pub fn read(&self, file: &DataFile) -> Result<DataReader, Error> {
        let reader = Arc::clone(&self.store).open(&file.name)?;
        reader.ok_or_else(|| Error::Replaced {
            path: self.store.place(&file.name),
        })
    }

    /// A name as a user would write it.
    pub fn place(&self, name: &str) -> PathBuf {
        self.store.place(name)
    }
}

/// Names of partitions and files that begin with `_` or `.` are not the archive's rows.
fn data_file(Stored { name, size }: Stored) -> Option<DataFile> {
    let (partition, file) = name.split_once('/')?;
    let (_, date) = partition.split_once('=')?;
    let day = date.parse().ok()?;
    let hidden = file.split('/').any(|part| part.starts_with(['_', '.']));
    let data = file.ends_with(".parquet") && !hidden;
    data.then_some(DataFile { day, name, size })
}

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
fn read_file_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_file_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
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
