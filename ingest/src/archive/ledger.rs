//! The ledger: which objects the archive has taken, and the commit of what came of them.
//!
//! A run writes everything below `_staging/<seq>`. Renaming its entry to `_ledger/<seq>.json` commits it; only then
//! are its files renamed into place. A staging folder with an entry is rolled forward by the next run, one without is
//! deleted. So a crash at any instruction leaves either nothing or, after the next start, everything.

use crate::error::{Error, IoContext};
use crate::source::Object;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

const LEDGER: &str = "_ledger";
const STAGING: &str = "_staging";
const LOCK: &str = "_lock";
const ENTRY: &str = "entry.json";

/// One commit.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) schema_version: u32,
    pub(crate) catalogue_version: String,
    /// The source, as given.
    pub(crate) source: String,
    /// Paths relative to the archive.
    pub(crate) files: Vec<String>,
    pub(crate) objects: Vec<Taken>,
}

/// An object that was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) tag: String,
    /// What CloudTrail's digests say of it, when they were asked: `valid`, or the kind of finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
}

/// The bookkeeping of an archive, locked against other writers until dropped.
pub(crate) struct Ledger {
    archive: PathBuf,
    /// Held, not read: its end releases the lock, also when the process dies.
    _lock: File,
    sequence: u64,
    taken: HashMap<String, (u64, String)>,
}

impl Ledger {
    /// Locks the archive, finishes what an interrupted run had committed and forgets what it had not.
    pub(crate) fn open(archive: &Path, source: &str) -> Result<Self, Error> {
        fs::create_dir_all(archive).at(archive)?;
        let lock = lock(archive)?;
        recover(archive)?;
        let mut ledger = Self {
            archive: archive.to_owned(),
            _lock: lock,
            sequence: 0,
            taken: HashMap::new(),
        };
        for (sequence, path) in entries(archive)? {
            ledger.sequence = ledger.sequence.max(sequence);
            let entry = read(&path)?;
            if entry.source == source {
                let objects = entry.objects.into_iter();
                ledger
                    .taken
                    .extend(objects.map(|object| (object.key, (object.size, object.tag))));
            }
        }
        ledger.sequence += 1;
        Ok(ledger)
    }

    /// Number of the next entry.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Where files are written until they are committed.
    pub(crate) fn staging(&self) -> PathBuf {
        staging(&self.archive, self.sequence)
    }

    /// Whether an earlier run has read this object as it is now.
    pub(crate) fn has(&self, object: &Object) -> bool {
        self.taken
            .get(&object.key)
            .is_some_and(|(size, tag)| *size == object.size && *tag == object.tag)
    }

    /// Makes the staged files part of the archive; what follows is another entry.
    pub(crate) fn commit(&mut self, entry: &Entry) -> Result<(), Error> {
        let staged = self.staging().join(ENTRY);
        write(&staged, entry)?;
        let directory = self.archive.join(LEDGER);
        fs::create_dir_all(&directory).at(&directory)?;
        let place = directory.join(format!("{:06}.json", self.sequence));
        fs::rename(&staged, &place).at(&place)?;
        sync_directory(&directory)?;
        publish(&self.archive, self.sequence, entry)?;
        self.sequence += 1;
        Ok(())
    }
}

fn lock(archive: &Path) -> Result<File, Error> {
    let path = archive.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .at(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            path: archive.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(Error::Io { path, source }),
    }
}

/// Rolls committed staging folders forward and deletes the others.
fn recover(archive: &Path) -> Result<(), Error> {
    let directory = archive.join(STAGING);
    for folder in children(&directory)? {
        let sequence = folder
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.parse().ok());
        let entry = sequence.map(|sequence: u64| {
            (
                sequence,
                archive.join(LEDGER).join(format!("{sequence:06}.json")),
            )
        });
        match entry {
            Some((sequence, path)) if path.exists() => publish(archive, sequence, &read(&path)?)?,
            _ => fs::remove_dir_all(&folder).at(&folder)?,
        }
    }
    Ok(())
}

/// Renames what is still staged into place. Done again after a crash, it does the rest.
fn publish(archive: &Path, sequence: u64, entry: &Entry) -> Result<(), Error> {
    let staging = staging(archive, sequence);
    for file in &entry.files {
        let (from, to) = (staging.join(file), archive.join(file));
        if !from.exists() {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).at(parent)?;
        }
        fs::rename(&from, &to).at(&to)?;
    }
    fs::remove_dir_all(&staging).at(&staging)
}

fn staging(archive: &Path, sequence: u64) -> PathBuf {
    archive.join(STAGING).join(format!("{sequence:06}"))
}

fn entries(archive: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
    let paths = children(&archive.join(LEDGER))?.into_iter();
    Ok(paths
        .filter_map(|path| {
            Some((
                path.file_name()?
                    .to_str()?
                    .strip_suffix(".json")?
                    .parse()
                    .ok()?,
                path,
            ))
        })
        .collect())
}

/// The paths in a folder, sorted; none when it is absent.
fn children(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.at(directory)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.at(directory)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<Entry, Error> {
    let file = BufReader::new(File::open(path).at(path)?);
    serde_json::from_reader(file).map_err(|source| Error::Ledger {
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, entry: &Entry) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).at(parent)?;
    }
    let mut writer = BufWriter::new(File::create(path).at(path)?);
    serde_json::to_writer(&mut writer, entry).map_err(|source| Error::Ledger {
        path: path.to_owned(),
        source,
    })?;
    writer.flush().at(path)?;
    writer.get_ref().sync_all().at(path)
}

/// Makes a rename survive a power cut, where folders can be synced.
fn sync_directory(directory: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        File::open(directory)
            .at(directory)?
            .sync_all()
            .at(directory)?;
    }
    Ok(())
}
