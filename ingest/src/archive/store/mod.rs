//! What an archive needs of the place it lies in. Names are relative to the archive, `/` between segments.

mod folder;
mod s3;
mod scratch;

use super::data::DataReader;
use super::location::ArchiveLocation;
use crate::config::S3Options;
use crate::error::Error;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where batches are until they are committed.
pub(crate) const STAGING: &str = "_staging";

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) size: u64,
}

/// A batch below `_staging`.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    /// `<writer>/<number>`.
    pub(crate) batch: String,
    /// What is left of it, by the names in the archive.
    pub(crate) names: Vec<String>,
    /// Whether whoever wrote it is known to be gone.
    pub(crate) abandoned: bool,
}

/// Holds the archive against commits of others, where the place needs that; released when dropped or when the process dies.
pub(crate) struct Hold(#[expect(dead_code, reason = "held, not read")] Option<File>);

/// A place for an archive.
pub(crate) trait Store: Send + Sync {
    /// A name as a user would write it.
    fn place(&self, name: &str) -> PathBuf;

    /// All files whose names begin so and are greater than `after`, in the order of their names.
    fn list(&self, prefix: &str, after: &str) -> Result<Vec<Stored>, Error>;

    /// The content of a small file; `None` when there is none.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    /// The same of several.
    fn read_many(&self, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        names.iter().map(|name| self.read(name)).collect()
    }

    /// A file to be read in parts; `None` when there is none.
    fn open(self: Arc<Self>, name: &str) -> Result<Option<DataReader>, Error>;

    /// The path of a file on this machine, brought here when need be; `None` when there is none.
    fn fetch(&self, name: &str) -> Result<Option<PathBuf>, Error>;

    /// Frees what was brought here of files that are no longer needed.
    fn forget(&self, names: &[String]);

    /// Makes the place ready to be written to by this process.
    fn prepare(&self) -> Result<(), Error>;

    /// Whether nobody else can commit while the archive is held.
    fn is_exclusive(&self) -> bool;

    /// Waits until nobody else commits.
    fn hold(&self) -> Result<Hold, Error>;

    /// Writes a file, whole and lasting, unless there is one of that name: false then.
    fn create(&self, name: &str, content: &[u8]) -> Result<bool, Error>;

    /// Takes a name below `_staging` for this process. The archive is held.
    fn claim(&self, writer: &str) -> Result<(), Error>;

    /// Gives it back, with all that lies there.
    fn release(&self, writer: &str) -> Result<(), Error>;

    /// Where this process writes a batch's files on this machine.
    fn workplace(&self, batch: &str) -> PathBuf;

    /// Brings files of a batch from the workplace to `_staging/<batch>/`.
    fn stage(&self, batch: &str, names: &[String]) -> Result<(), Error>;

    /// Batches that are staged, by name.
    fn staged(&self) -> Result<Vec<Staged>, Error>;

    /// Makes staged files visible, `(from, to)`; those (`to`) that are no longer staged.
    fn publish(&self, moves: &[(String, String)]) -> Result<Vec<String>, Error>;

    /// Deletes files; those that are not there are passed over.
    fn remove(&self, names: &[String]) -> Result<(), Error>;

    /// Deletes what is left of a batch, here and in `_staging`.
    fn discard(&self, staged: &Staged) -> Result<(), Error>;

    /// Deletes what processes that are gone left beside their batches. The archive is held.
    fn sweep(&self) -> Result<(), Error>;
}

/// Opens the place. Nothing is written.
pub(crate) fn open(
    location: &ArchiveLocation,
    options: &S3Options,
) -> Result<Arc<dyn Store>, Error> {
    Ok(match location {
        ArchiveLocation::Folder(path) => Arc::new(folder::Folder::new(path)),
        ArchiveLocation::S3 { bucket, prefix } => {
            Arc::new(s3::Bucket::new(bucket, prefix, options)?)
        }
    })
}

/// A name below a folder on this machine.
fn below(folder: &Path, name: &str) -> PathBuf {
    folder.join(name)
}

/// A name that no other process has: the keys of the standard hasher come from the system's source of randomness.
pub(crate) fn unique() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}
