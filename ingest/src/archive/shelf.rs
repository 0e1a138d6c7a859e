//! The files of an archive that the ledger's entries name and none has replaced.

use super::data::DataReader;
use super::entry::staged_place;
use super::schema::PARTITION_COLUMN;
use super::store::Store;
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;

/// Directory of the id files in an archive.
pub(crate) const IDS: &str = "_ids";

/// A snapshot; cheap to hold on to.
#[derive(Clone)]
pub(crate) struct Shelf {
    store: Arc<dyn Store>,
    files: Arc<BTreeMap<String, Commit>>,
    replaced: Arc<BTreeSet<String>>,
}

/// The commit of a file.
#[derive(Clone)]
pub(crate) struct Commit {
    pub(crate) number: u64,
    batch: Arc<str>,
}

impl Shelf {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            files: Arc::default(),
            replaced: Arc::default(),
        }
    }

    /// Takes the files of another commit, in whatever order of commits.
    pub(crate) fn absorb(
        &mut self,
        number: u64,
        batch: &str,
        files: &[String],
        removed: &[String],
    ) {
        let replaced = Arc::make_mut(&mut self.replaced);
        replaced.extend(removed.iter().cloned());
        let batch = Arc::from(batch);
        let own = Arc::make_mut(&mut self.files);
        for name in removed {
            own.remove(name);
        }
        for name in files.iter().filter(|name| !replaced.contains(*name)) {
            let batch = Arc::clone(&batch);
            own.insert(name.clone(), Commit { number, batch });
        }
    }

    /// The commit of a file; `None` when it is not or no longer part of the archive.
    pub(crate) fn commit_of(&self, name: &str) -> Option<&Commit> {
        self.files.get(name)
    }

    /// Files that commits have replaced.
    pub(crate) fn replaced(&self) -> &BTreeSet<String> {
        &self.replaced
    }

    /// Data files, by name.
    pub(crate) fn data(&self) -> impl Iterator<Item = &str> {
        self.below(format!("{PARTITION_COLUMN}="))
    }

    /// Data files of a date, by name.
    pub(crate) fn data_of(&self, day: impl Display) -> impl Iterator<Item = &str> {
        self.below(format!("{PARTITION_COLUMN}={day}/"))
    }

    /// Id files of a date, in the order of their commits.
    pub(crate) fn ids_of(&self, day: impl Display) -> impl Iterator<Item = &str> {
        self.below(format!("{IDS}/{day}/"))
    }

    fn below(&self, prefix: String) -> impl Iterator<Item = &str> {
        let from = self.files.range(prefix.clone()..);
        from.map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(&prefix))
    }

    /// The path of a file on this machine.
    pub(crate) fn fetch(&self, name: &str) -> Result<PathBuf, Error> {
        self.either(name, |place| self.store.fetch(place))
    }

    /// Opens a file to be read in parts.
    pub(crate) fn open(&self, name: &str) -> Result<DataReader, Error> {
        self.either(name, |place| Arc::clone(&self.store).open(place))
    }

    /// Looks where the file is, and where it is until its commit has made it visible; it may move meanwhile.
    fn either<T>(
        &self,
        name: &str,
        look: impl Fn(&str) -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        let staged = self
            .commit_of(name)
            .map(|commit| staged_place(&commit.batch, name, commit.number));
        for place in [Some(name), staged.as_deref(), Some(name)] {
            if let Some(found) = place.map(&look).transpose()?.flatten() {
                return Ok(found);
            }
        }
        let path = self.store.place(name);
        Err(Error::Replaced { path })
    }
}
