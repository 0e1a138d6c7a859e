//! The ledger: which objects the archive has taken, and the commit of what came of them.
//!
//! A batch is written and staged where no reader looks. Writing its entry `_ledger/<number>.json`, which must not exist
//! yet, commits it; only then do its files become visible. Whoever finds files staged whose batch has an entry rolls
//! the commit forward; a batch without entry is deleted when its writer is gone. So a crash at any instruction leaves
//! either nothing or, after the next start, everything. Whoever finds that others committed since it looked must
//! reconcile its batch with theirs first: numbers are taken one after the other.

use super::entry::{self, Entry, Outline, Taken, numbered, staged_place};
use super::shelf::Shelf;
use super::store::{STAGING, Staged, Store, unique};
use crate::error::Error;
use crate::source::Object;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// The bookkeeping of an archive.
pub(crate) struct Ledger {
    store: Arc<dyn Store>,
    source: String,
    /// Name of this process below `_staging`.
    writer: String,
    batches: u32,
    /// The batch that is being written, until it may have been committed.
    open: Option<String>,
    /// Number of the last entry known.
    number: u64,
    taken: HashSet<u128>,
    /// Numbers of commits by their batches.
    numbers: HashMap<String, u64>,
    shelf: Shelf,
}

/// What a commit of somebody else says.
pub(crate) struct News {
    pub(crate) files: Vec<String>,
    pub(crate) removed: Vec<String>,
    /// Objects of the same source, by [`identity`].
    pub(crate) taken: HashSet<u128>,
}

impl Ledger {
    /// Opens the archive for writing: finishes what interrupted runs had committed and forgets what they had not.
    pub(crate) fn open(store: Arc<dyn Store>, source: &str) -> Result<Self, Error> {
        store.prepare()?;
        let mut ledger = Self {
            source: source.to_owned(),
            writer: unique(),
            batches: 0,
            open: None,
            number: 0,
            taken: HashSet::new(),
            numbers: HashMap::new(),
            shelf: Shelf::new(Arc::clone(&store)),
            store,
        };
        let store = Arc::clone(&ledger.store);
        let _hold = store.hold()?;
        entry::each(store.as_ref(), |number, entry| {
            ledger.absorb(number, entry);
        })?;
        ledger.settle()?;
        ledger.store.sweep()?;
        ledger.store.claim(&ledger.writer)?;
        Ok(ledger)
    }

    /// The files of the archive.
    pub(crate) fn shelf(&self) -> Shelf {
        self.shelf.clone()
    }

    /// Begins a batch: the folder on this machine that its files are written to.
    /// One that was begun and not committed is given up.
    pub(crate) fn begin(&mut self) -> Result<PathBuf, Error> {
        if let Some(batch) = self.open.take() {
            self.discard(&batch)?;
        }
        self.batches += 1;
        let batch = format!("{}/{}", self.writer, self.batches);
        let workplace = self.store.workplace(&batch);
        self.open = Some(batch);
        Ok(workplace)
    }

    fn discard(&self, batch: &str) -> Result<(), Error> {
        let below = format!("{STAGING}/{batch}/");
        let names = self.store.list(&below, "")?.into_iter();
        self.store.discard(&Staged {
            batch: batch.to_owned(),
            names: names.map(|stored| stored.name).collect(),
            abandoned: true,
        })
    }

    /// Whether an earlier run has read this object as it is now.
    pub(crate) fn has(&self, object: &Object) -> bool {
        self.taken
            .contains(&identity(&object.key, object.size, &object.tag))
    }

    /// Brings files of the batch to where they can be committed.
    pub(crate) fn stage(&self, names: &[String]) -> Result<(), Error> {
        match &self.open {
            Some(batch) => self.store.stage(batch, names),
            None => Ok(()),
        }
    }

    /// Makes the staged files part of the archive, unless others have committed since: what they did then, to be
    /// reconciled before another attempt. Once committed, the entry's objects are the ledger's, and what follows is another batch.
    pub(crate) fn commit(&mut self, entry: &mut Entry) -> Result<Option<Vec<News>>, Error> {
        if !entry.removed.is_empty() && !self.store.is_exclusive() {
            // Or a slower process might still make visible what is replaced here.
            self.settle()?;
        }
        let _hold = self.store.hold()?;
        let news = self.refresh()?;
        if !news.is_empty() {
            return Ok(Some(news));
        }
        let Some(batch) = self.open.take() else {
            return Ok(None);
        };
        let number = self.number + 1;
        // The objects, of which there are many, move.
        let objects = std::mem::take(&mut entry.objects);
        let mut committed = Entry {
            objects,
            ..entry.clone()
        };
        committed.batch.clone_from(&batch);
        for name in &mut committed.files {
            *name = numbered(name, number);
        }
        let name = entry::name(number);
        let content = serde_json::to_vec(&committed).map_err(|source| Error::Ledger {
            path: self.store.place(&name),
            source,
        })?;
        if !self.store.create(&name, &content)? {
            entry.objects = committed.objects;
            self.open = Some(batch);
            return self.refresh().map(Some);
        }
        drop(content);
        self.publish(number, &committed)?;
        self.absorb(number, committed);
        Ok(None)
    }

    /// Takes note of what others have committed.
    pub(crate) fn catch_up(&mut self) -> Result<Vec<News>, Error> {
        let _hold = self.store.hold()?;
        self.refresh()
    }

    /// The same while the archive is held.
    fn refresh(&mut self) -> Result<Vec<News>, Error> {
        let mut news = Vec::new();
        while let Some(entry) = entry::read(self.store.as_ref(), self.number + 1)? {
            news.push(self.absorb(self.number + 1, entry));
        }
        if !news.is_empty() && self.store.is_exclusive() {
            // Whoever did not finish is gone.
            self.settle()?;
        }
        Ok(news)
    }

    fn absorb(&mut self, number: u64, entry: Entry) -> News {
        self.number = self.number.max(number);
        let own = entry.source == self.source;
        let objects = entry.objects.iter().filter(|_| own);
        let taken: HashSet<u128> = objects
            .map(|Taken { key, size, tag, .. }| identity(key, *size, tag))
            .collect();
        self.taken.extend(&taken);
        self.numbers.insert(entry.batch.clone(), number);
        self.shelf
            .absorb(number, &entry.batch, &entry.files, &entry.removed);
        News {
            files: entry.files,
            removed: entry.removed,
            taken,
        }
    }

    /// Rolls commits forward of which something is still staged, and deletes what the gone have staged in vain.
    fn settle(&self) -> Result<(), Error> {
        for staged in self.store.staged()? {
            let number = self.numbers.get(&staged.batch);
            let outline = number.map(|number| entry::read(self.store.as_ref(), *number));
            match (number, outline.transpose()?.flatten()) {
                (Some(number), Some(outline)) => {
                    self.make_visible(*number, &staged.batch, &outline)?;
                    self.store.discard(&staged)?;
                }
                _ if staged.abandoned => self.store.discard(&staged)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Done again, it does the rest. What a later commit has replaced stays away. The files that were not staged.
    fn make_visible(
        &self,
        number: u64,
        batch: &str,
        outline: &Outline,
    ) -> Result<Vec<String>, Error> {
        let files = outline.files.iter();
        let live = files.filter(|name| !self.shelf.replaced().contains(*name));
        let moves: Vec<(String, String)> = live
            .map(|name| (staged_place(batch, name, number), name.clone()))
            .collect();
        let absent = self.store.publish(&moves)?;
        self.store.remove(&outline.removed)?;
        Ok(absent)
    }

    /// Makes a commit visible to its end. What was not staged any more is there already, by the help of another process.
    fn publish(&self, number: u64, entry: &Entry) -> Result<(), Error> {
        let outline = Outline {
            files: entry.files.clone(),
            removed: entry.removed.clone(),
        };
        for name in self.make_visible(number, &entry.batch, &outline)? {
            if Arc::clone(&self.store).open(&name)?.is_none() {
                let path = self.store.place(&name);
                return Err(Error::Replaced { path });
            }
        }
        self.discard(&entry.batch)
    }
}

impl Drop for Ledger {
    /// Frees the disk. What cannot be deleted now is deleted by the next start.
    fn drop(&mut self) {
        if let Some(batch) = self.open.take() {
            let staged = Staged {
                batch,
                ..Staged::default()
            };
            drop(self.store.discard(&staged));
        }
        drop(self.store.release(&self.writer));
    }
}

/// What an object is known by: it is another one when its size or tag changes.
pub(crate) fn identity(key: &str, size: u64, tag: &str) -> u128 {
    let mut hasher = Xxh3::new();
    for text in [key.as_bytes(), tag.as_bytes()] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    hasher.update(&size.to_le_bytes());
    hasher.digest128()
}
