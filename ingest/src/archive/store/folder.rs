//! An archive in a folder. Files appear by a rename; commits are one at a time, by a lock on `_lock`.

use super::{Hold, STAGING, Staged, Store, Stored, below};
use crate::archive::data::DataReader;
use crate::error::{Error, IoContext};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const LOCK: &str = "_lock";
/// How long a commit waits for another, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

pub(super) struct Folder {
    root: PathBuf,
    /// Locks of this process's staging folders: whose lock can be taken is nobody's.
    claims: Mutex<Vec<(String, File)>>,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            claims: Mutex::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        below(&self.root, name)
    }

    /// Files below a folder whose names begin so.
    fn walk(&self, folder: &str, prefix: &str, found: &mut Vec<Stored>) -> Result<(), Error> {
        for path in children(&self.path(folder))? {
            let Some(child) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let name = format!("{folder}{child}");
            if path.is_dir() {
                let inside = format!("{name}/");
                if inside.starts_with(prefix) || prefix.starts_with(&inside) {
                    self.walk(&inside, prefix, found)?;
                }
            } else if name.starts_with(prefix) {
                match fs::metadata(&path) {
                    // Deleted since.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    metadata => {
                        let size = metadata.at(&path)?.len();
                        found.push(Stored { name, size });
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the process that staged below this folder is gone.
    fn is_abandoned(&self, writer: &str) -> Result<bool, Error> {
        let path = self.path(&format!("{STAGING}/{writer}/{LOCK}"));
        match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            lock => Ok(lock.at(&path)?.try_lock().is_ok()),
        }
    }
}

impl Store for Folder {
    fn place(&self, name: &str) -> PathBuf {
        self.path(name)
    }

    fn list(&self, prefix: &str, after: &str) -> Result<Vec<Stored>, Error> {
        let mut found = Vec::new();
        self.walk("", prefix, &mut found)?;
        found.retain(|stored| stored.name.as_str() > after);
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(name);
        match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            content => Ok(Some(content.at(&path)?)),
        }
    }

    fn open(self: Arc<Self>, name: &str) -> Result<Option<DataReader>, Error> {
        let path = self.path(name);
        match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            file => Ok(Some(DataReader::of_file(file.at(&path)?))),
        }
    }

    fn fetch(&self, name: &str) -> Result<Option<PathBuf>, Error> {
        let path = self.path(name);
        Ok(path.exists().then_some(path))
    }

    fn forget(&self, _: &[String]) {}

    fn prepare(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.root).at(&self.root)
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn hold(&self) -> Result<Hold, Error> {
        let path = self.root.join(LOCK);
        let mut options = File::options();
        let file = options.create(true).truncate(false).write(true).open(&path);
        let file = file.at(&path)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Hold(Some(file))),
                Err(TryLockError::Error(source)) => return Err(Error::Io { path, source }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let path = self.root.clone();
                    return Err(Error::Locked { path });
                }
            }
        }
    }

    /// Whoever holds the archive writes: nobody else can come between the look and the rename.
    fn create(&self, name: &str, content: &[u8]) -> Result<bool, Error> {
        let place = self.path(name);
        if place.exists() {
            return Ok(false);
        }
        let folder = place.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).at(folder)?;
        let partial = place.with_extension("partial");
        let mut file = File::create(&partial).at(&partial)?;
        file.write_all(content).at(&partial)?;
        file.sync_all().at(&partial)?;
        fs::rename(&partial, &place).at(&place)?;
        sync(folder)?;
        Ok(true)
    }

    fn claim(&self, writer: &str) -> Result<(), Error> {
        let folder = self.path(&format!("{STAGING}/{writer}"));
        fs::create_dir_all(&folder).at(&folder)?;
        let path = folder.join(LOCK);
        let lock = File::create(&path).at(&path)?;
        lock.lock().at(&path)?;
        if let Ok(mut claims) = self.claims.lock() {
            claims.push((writer.to_owned(), lock));
        }
        Ok(())
    }

    fn workplace(&self, batch: &str) -> PathBuf {
        self.path(&format!("{STAGING}/{batch}"))
    }

    /// They are written where they are staged.
    fn stage(&self, _: &str, _: &[String]) -> Result<(), Error> {
        Ok(())
    }

    fn staged(&self) -> Result<Vec<Staged>, Error> {
        let mut batches = Vec::new();
        for writer in folders(&self.path(STAGING))? {
            let abandoned = self.is_abandoned(&writer)?;
            let numbers = folders(&self.path(&format!("{STAGING}/{writer}")))?;
            for number in numbers {
                let batch = format!("{writer}/{number}");
                let mut stored = Vec::new();
                let inside = format!("{STAGING}/{batch}/");
                self.walk(&inside, &inside, &mut stored)?;
                let names = stored.into_iter().map(|stored| stored.name).collect();
                batches.push(Staged {
                    batch,
                    names,
                    abandoned,
                });
            }
        }
        Ok(batches)
    }

    fn publish(&self, moves: &[(String, String)]) -> Result<Vec<String>, Error> {
        let (mut changed, mut absent) = (BTreeSet::new(), Vec::new());
        for (from, name) in moves {
            let (from, to) = (self.path(from), self.path(name));
            let folder = to.parent().unwrap_or(&self.root).to_owned();
            fs::create_dir_all(&folder).at(&folder)?;
            match fs::rename(&from, &to) {
                Err(error) if error.kind() == ErrorKind::NotFound => absent.push(name.clone()),
                renamed => renamed.at(&to)?,
            }
            changed.insert(folder);
        }
        changed.iter().try_for_each(|folder| sync(folder))?;
        Ok(absent)
    }

    fn remove(&self, names: &[String]) -> Result<(), Error> {
        for name in names {
            let path = self.path(name);
            gone(fs::remove_file(&path)).at(&path)?;
        }
        Ok(())
    }

    fn discard(&self, staged: &Staged) -> Result<(), Error> {
        let path = self.path(&format!("{STAGING}/{}", staged.batch));
        gone(fs::remove_dir_all(&path)).at(&path)
    }

    fn sweep(&self) -> Result<(), Error> {
        for writer in folders(&self.path(STAGING))? {
            if self.is_abandoned(&writer)? {
                self.release(&writer)?;
            }
        }
        Ok(())
    }

    fn release(&self, writer: &str) -> Result<(), Error> {
        if let Ok(mut claims) = self.claims.lock() {
            claims.retain(|(claimed, _)| claimed != writer);
        }
        let folder = self.path(&format!("{STAGING}/{writer}"));
        let lock = folder.join(LOCK);
        gone(fs::remove_file(&lock)).at(&lock)?;
        // Not empty when a commit could not be finished; the next start does.
        drop(fs::remove_dir(&folder));
        Ok(())
    }
}

/// Deleted, or was not there.
fn gone(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The paths in a folder, sorted; none when it is absent.
fn children(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.at(folder)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.at(folder)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The names of the folders in a folder.
fn folders(folder: &Path) -> Result<Vec<String>, Error> {
    let paths = children(folder)?.into_iter().filter(|path| path.is_dir());
    let names = paths.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    Ok(names.collect())
}

/// Makes a rename survive a power cut, where folders can be synced.
fn sync(folder: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        File::open(folder).at(folder)?.sync_all().at(folder)?;
    }
    Ok(())
}
