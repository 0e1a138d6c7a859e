//! A folder looked at folder by folder. An object's metadata is that of `aws s3api head-object`, saved beside it.

use super::{Folder, object};
use crate::error::{Error, IoContext};
use crate::source::browse::{Browse, Children, Fetched, Location};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Behind the name of an object: where its metadata may have been saved.
const SAVED: &str = ".metadata.json";
/// Longest saved metadata.
const SAVED_BYTES: u64 = 64 << 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    metadata: BTreeMap<String, String>,
}

impl Folder {
    /// The path of a key that stays below the folder.
    fn path(&self, key: &str) -> Option<PathBuf> {
        let inside = key
            .trim_end_matches('/')
            .split('/')
            .all(|segment| !matches!(segment, "" | "." | "..") && !segment.contains(['\\', '\0']));
        (inside || key.is_empty()).then(|| self.root.join(key))
    }
}

impl Browse for Folder {
    fn children(&self, folder: &str) -> Result<Children, Error> {
        let mut children = Children::default();
        let Some(path) = self.path(folder) else {
            return Ok(children);
        };
        if self.only.is_some() || self.is_archive(&path) {
            return Ok(children);
        }
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(children),
            other => other.at(&path)?,
        };
        for entry in entries {
            let entry = entry.at(&path)?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            let file_type = entry.file_type().at(&entry.path())?;
            if file_type.is_dir() {
                children.folders.push(name);
            } else if file_type.is_file() && !name.ends_with(SAVED) {
                children
                    .objects
                    .push(object(format!("{folder}{name}"), &entry)?);
            }
        }
        children.folders.sort();
        children.objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(children)
    }

    fn fetch(&self, key: &str) -> Result<Option<Fetched<'_>>, Error> {
        let Some(path) = self.path(key) else {
            return Ok(None);
        };
        let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return Ok(None);
        }
        Ok(Some(Fetched {
            bytes: Box::new(File::open(&path).at(&path)?),
            metadata: saved_metadata(&path)?,
        }))
    }

    fn location(&self) -> Option<Location> {
        None
    }

    fn readers(&self, threads: usize) -> usize {
        threads.max(1)
    }
}

fn saved_metadata(object: &Path) -> Result<Option<BTreeMap<String, String>>, Error> {
    let mut name = object.as_os_str().to_owned();
    name.push(SAVED);
    let path = PathBuf::from(name);
    let file = match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.at(&path)?,
    };
    let head: Head = serde_json::from_reader(BufReader::new(file).take(SAVED_BYTES))
        .map_err(|_| Error::Damaged { path })?;
    let metadata = head.metadata.into_iter();
    Ok(Some(
        metadata
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
    ))
}
