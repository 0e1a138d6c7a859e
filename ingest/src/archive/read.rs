//! An archive as its readers see it: the data files of all commits that are wholly visible.

use super::data::DataReader;
use super::entry::{self, Outline};
use super::location::ArchiveLocation;
use super::schema::PARTITION_COLUMN;
use super::store::{self, Store, Stored};
use crate::config::S3Options;
use crate::error::{Error, IoContext};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a reader waits for a commit that is under way, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(250);

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
    /// There is no such folder, or no runtime for S3.
    pub fn open(location: &ArchiveLocation, options: &S3Options) -> Result<Self, Error> {
        if let Some(folder) = location.folder() {
            std::fs::read_dir(folder).at(folder)?;
        }
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
    let hidden = file.starts_with(['_', '.']) || file.contains('/');
    let data = file.ends_with(".parquet") && !hidden;
    data.then_some(DataFile { day, name, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_files_of_partitions() {
        let check = |name: &str, expect: bool| {
            let (name, size) = (name.to_owned(), 1);
            assert_eq!(data_file(Stored { name, size }).is_some(), expect);
        };
        check("event_date=2026-01-01/part-000001-0001.parquet", true);
        check("event_date=2026-01-01/mine.parquet", true);
        check("event_date=2026-01-01/_mine.parquet", false);
        check("event_date=2026-01-01/.part/x.parquet", false);
        check("event_date=2026-01-01/x.partial", false);
        check("event_date=yesterday/x.parquet", false);
    }
}
