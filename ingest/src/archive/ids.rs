//! The ids that an archive holds, by date: what makes ingest exactly-once across objects, trails and runs.
//!
//! Each date has append-only files of 24-byte entries, `_ids/<date>/<seq>.ids`: the event id as a 128-bit number and
//! the fingerprint of the event, little endian. Dates not in use leave memory when the budget is exceeded.

use crate::error::{Error, IoContext};
use crate::time::Day;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Directory of the id files in an archive.
pub(crate) const DIRECTORY: &str = "_ids";
/// Bytes of an entry on disk.
const ENTRY: usize = 24;
/// Bytes of an entry in memory, table overhead included.
const ENTRY_IN_MEMORY: usize = 56;
/// Fingerprint of an id whose row is an amendment: any other record with the id is a former version of it.
const AMENDED: u64 = u64::MAX;

/// What the archive knows of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Not seen before; now it is.
    New,
    /// The same event.
    Duplicate,
    /// Another event with the same id.
    Conflict,
}

/// The ids of an archive.
pub(crate) struct Ids {
    archive: PathBuf,
    staging: PathBuf,
    file_name: String,
    budget: usize,
    dates: BTreeMap<Day, DateIds>,
    clock: u64,
    staged: BTreeMap<Day, PathBuf>,
}

#[derive(Default)]
struct DateIds {
    /// Fingerprint by id; a conflicting event's is hashed into its id, so that it is found again.
    known: HashMap<u128, u64>,
    unsaved: Vec<(u128, u64)>,
    touched: u64,
}

impl Ids {
    /// Ids of the committed archive; new ones go to `staging`.
    pub(crate) fn new(archive: &Path, staging: &Path, sequence: u64, budget: usize) -> Self {
        Self {
            archive: archive.to_owned(),
            staging: staging.to_owned(),
            file_name: format!("{sequence:06}.ids"),
            budget,
            dates: BTreeMap::new(),
            clock: 0,
            staged: BTreeMap::new(),
        }
    }

    /// Whether the event is known; it is from now on.
    pub(crate) fn insert(&mut self, day: Day, id: u128, fingerprint: u64) -> Result<Known, Error> {
        let fingerprint = if fingerprint == AMENDED {
            0
        } else {
            fingerprint
        };
        let date = self.date(day)?;
        let known = match date.known.get(&id) {
            None => Known::New,
            Some(first) if *first == fingerprint || *first == AMENDED => {
                return Ok(Known::Duplicate);
            }
            Some(_) => Known::Conflict,
        };
        if known == Known::New {
            date.add(id, fingerprint);
        } else {
            let other = conflicting_id(id, fingerprint);
            if date.known.contains_key(&other) {
                return Ok(Known::Duplicate);
            }
            date.add(other, fingerprint);
        }
        self.evict(day)?;
        Ok(known)
    }

    /// Whether there is an event with this id.
    pub(crate) fn contains(&mut self, day: Day, id: u128) -> Result<bool, Error> {
        Ok(self.date(day)?.known.contains_key(&id))
    }

    /// Notes that the row with this id is an amendment.
    pub(crate) fn insert_amended(&mut self, day: Day, id: u128) -> Result<(), Error> {
        self.date(day)?.add(id, AMENDED);
        Ok(())
    }

    /// Writes everything new; the names of the files, relative to the archive.
    pub(crate) fn save(&mut self) -> Result<Vec<String>, Error> {
        let days: Vec<Day> = self.dates.keys().copied().collect();
        for day in days {
            self.save_date(day)?;
        }
        Ok(self
            .staged
            .keys()
            .map(|day| format!("{DIRECTORY}/{day}/{}", self.file_name))
            .collect())
    }

    fn date(&mut self, day: Day) -> Result<&mut DateIds, Error> {
        self.clock += 1;
        if !self.dates.contains_key(&day) {
            let loaded = self.load(day)?;
            self.dates.insert(day, loaded);
        }
        let date = self.dates.entry(day).or_default();
        date.touched = self.clock;
        Ok(date)
    }

    fn load(&self, day: Day) -> Result<DateIds, Error> {
        let mut date = DateIds::default();
        let directory = self.archive.join(DIRECTORY).join(day.to_string());
        let mut files: Vec<PathBuf> = match fs::read_dir(&directory) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
            Err(_) => Vec::new(),
        };
        files.sort();
        files.extend(self.staged.get(&day).cloned());
        for path in files {
            date.read(&path)?;
        }
        Ok(date)
    }

    /// Drops the least recently used dates but `current` while over the budget.
    fn evict(&mut self, current: Day) -> Result<(), Error> {
        while self.dates.len() > 1 && self.bytes() > self.budget {
            let others = self.dates.iter().filter(|(day, _)| **day != current);
            let Some(day) = others
                .min_by_key(|(_, date)| date.touched)
                .map(|(day, _)| *day)
            else {
                break;
            };
            self.save_date(day)?;
            self.dates.remove(&day);
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.dates
            .values()
            .map(|date| date.known.len() * ENTRY_IN_MEMORY)
            .sum()
    }

    fn save_date(&mut self, day: Day) -> Result<(), Error> {
        let Some(date) = self
            .dates
            .get_mut(&day)
            .filter(|date| !date.unsaved.is_empty())
        else {
            return Ok(());
        };
        let path = self
            .staging
            .join(DIRECTORY)
            .join(day.to_string())
            .join(&self.file_name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).at(parent)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .at(&path)?;
        let mut writer = BufWriter::new(file);
        for (id, fingerprint) in date.unsaved.drain(..) {
            writer.write_all(&id.to_le_bytes()).at(&path)?;
            writer.write_all(&fingerprint.to_le_bytes()).at(&path)?;
        }
        writer
            .into_inner()
            .map_err(|error| error.into_error())
            .at(&path)?
            .sync_all()
            .at(&path)?;
        self.staged.insert(day, path);
        Ok(())
    }
}

impl DateIds {
    fn add(&mut self, id: u128, fingerprint: u64) {
        self.known.insert(id, fingerprint);
        self.unsaved.push((id, fingerprint));
    }

    fn read(&mut self, path: &Path) -> Result<(), Error> {
        let mut bytes = Vec::new();
        File::open(path)
            .at(path)?
            .read_to_end(&mut bytes)
            .at(path)?;
        if bytes.len() % ENTRY != 0 {
            return Err(Error::Damaged {
                path: path.to_owned(),
            });
        }
        for entry in bytes.chunks_exact(ENTRY) {
            let Some((id, fingerprint)) = entry.split_at_checked(16) else {
                continue;
            };
            let id = u128::from_le_bytes(id.try_into().unwrap_or_default());
            let fingerprint = u64::from_le_bytes(fingerprint.try_into().unwrap_or_default());
            self.known.insert(id, fingerprint);
        }
        Ok(())
    }
}

/// The id under which a second, different event with the same id is remembered.
fn conflicting_id(id: u128, fingerprint: u64) -> u128 {
    let mut bytes = [0; ENTRY];
    for (to, from) in bytes.iter_mut().zip(
        id.to_le_bytes()
            .into_iter()
            .chain(fingerprint.to_le_bytes()),
    ) {
        *to = from;
    }
    xxhash_rust::xxh3::xxh3_128(&bytes)
}
