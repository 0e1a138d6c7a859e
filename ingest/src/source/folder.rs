//! A folder of logs, or a single file. Symbolic links below it are not followed.

mod browse;

use super::days::DeliveryDays;
use super::{Listing, Object, Objects, Opened};
use crate::config::Cancel;
use crate::error::{Error, IoContext};
use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

pub(super) struct Folder {
    root: PathBuf,
    /// The source is this file of the root.
    only: Option<String>,
    /// Not part of the source, even when below it.
    archive: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path, archive: &Path) -> Result<Self, Error> {
        let archive = archive.to_owned();
        let metadata = fs::metadata(path).at(path)?;
        if metadata.is_dir() {
            return Ok(Self {
                root: path.to_owned(),
                only: None,
                archive,
            });
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let root = path
            .parent()
            .filter(|parent| *parent != Path::new(""))
            .unwrap_or(Path::new("."));
        match name {
            Some(name) if metadata.is_file() => Ok(Self {
                root: root.to_owned(),
                only: Some(name.to_owned()),
                archive,
            }),
            _ => Err(Error::NoSource(path.display().to_string())),
        }
    }

    fn walk(
        &self,
        directory: &Path,
        prefix: &str,
        (days, cancel): (&DeliveryDays, &Cancel),
        listing: &mut Listing,
    ) -> Result<(), Error> {
        let mut pending = vec![(directory.to_owned(), prefix.to_owned())];
        while let Some((directory, prefix)) = pending.pop() {
            if cancel.is_cancelled() || self.is_archive(&directory) {
                continue;
            }
            for entry in fs::read_dir(&directory).at(&directory)? {
                let entry = entry.at(&directory)?;
                let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                    listing.ignore("name-not-utf8");
                    continue;
                };
                let file_type = entry.file_type().at(&entry.path())?;
                let key = format!("{prefix}{name}");
                if file_type.is_dir() {
                    pending.push((entry.path(), format!("{key}/")));
                } else if file_type.is_file() {
                    listing.add_delivered(object(key, &entry)?, days);
                } else {
                    listing.ignore("not-a-file");
                }
            }
        }
        Ok(())
    }

    fn is_archive(&self, directory: &Path) -> bool {
        fs::canonicalize(&self.archive)
            .is_ok_and(|archive| fs::canonicalize(directory).is_ok_and(|it| it == archive))
    }
}

impl Objects for Folder {
    fn list(&self, days: &DeliveryDays, cancel: &Cancel) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        match &self.only {
            None => self.walk(&self.root, "", (days, cancel), &mut listing)?,
            Some(name) => {
                let path = self.root.join(name);
                let (size, tag) = identity(&fs::metadata(&path).at(&path)?);
                // Named outright, so read whatever it is called.
                listing.objects.push(Object {
                    key: name.clone(),
                    size,
                    tag,
                });
            }
        }
        listing.sort();
        Ok(listing)
    }

    fn open_all<'s>(
        &'s self,
        objects: &'s [Object],
        _bytes: usize,
        _cancel: &Cancel,
    ) -> Box<dyn Opened + 's> {
        Box::new(Files {
            root: &self.root,
            objects,
        })
    }
}

/// Files opened when they are asked for.
struct Files<'s> {
    root: &'s Path,
    objects: &'s [Object],
}

impl Opened for Files<'_> {
    fn open(&self, index: usize) -> Result<Box<dyn Read + '_>, Error> {
        let Some(object) = self.objects.get(index) else {
            return Ok(Box::new(io::empty()));
        };
        let path = self.root.join(&object.key);
        Ok(Box::new(File::open(&path).at(&path)?))
    }
}

fn object(key: String, entry: &DirEntry) -> Result<Object, Error> {
    let (size, tag) = identity(&entry.metadata().at(&entry.path())?);
    Ok(Object { key, size, tag })
}

/// Size, and time of modification in nanoseconds.
fn identity(metadata: &fs::Metadata) -> (u64, String) {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (
        metadata.len(),
        modified
            .map(|time| time.as_nanos().to_string())
            .unwrap_or_default(),
    )
}
