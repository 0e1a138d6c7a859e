//! A folder of this process on this machine, for what is on its way to or from S3.

use crate::error::{Error, IoContext};
use std::fs::{self, File};
use std::path::Path;
use tempfile::TempDir;

const NAME: &str = "leastwise-";
const LOCK: &str = "lock";

/// Deleted when dropped; what a killed process left is deleted by the next one.
pub(super) struct Scratch {
    folder: TempDir,
    /// Held: whose lock can be taken is nobody's.
    _lock: File,
}

impl Scratch {
    /// A folder in the place for temporary files (`TMPDIR`), readable by nobody else.
    pub(super) fn new() -> Result<Self, Error> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let folder = tempfile::Builder::new().prefix(NAME).tempdir_in(&parent);
        let folder = folder.at(&parent)?;
        let path = folder.path().join(LOCK);
        let lock = File::create(&path).at(&path)?;
        lock.lock().at(&path)?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Deletes the folders of processes that are gone. What cannot be deleted is somebody else's.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    let folders = entries.flatten().map(|entry| entry.path());
    for folder in folders.filter(|path| is_abandoned(path)) {
        drop(fs::remove_dir_all(folder));
    }
}

/// A folder without lock is one that is being made.
fn is_abandoned(folder: &Path) -> bool {
    let ours = folder.file_name().and_then(|name| name.to_str());
    ours.is_some_and(|name| name.starts_with(NAME))
        && File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    #[test]
    fn only_folders_of_the_gone_are_swept() {
        let (live, parent) = (Scratch::new().unwrap(), tempfile::tempdir().unwrap());
        let make = |name: &str, lock: bool| {
            let folder = parent.path().join(name);
            fs::create_dir(&folder).unwrap();
            if lock {
                fs::write(folder.join(LOCK), b"").unwrap();
            }
            folder
        };
        let gone = make("leastwise-gone", true);
        let (new, other) = (make("leastwise-new", false), make("other", true));
        sweep(parent.path());
        sweep(live.path().parent().unwrap());
        assert!(!gone.exists() && new.exists() && other.exists() && live.path().exists());
    }
}
