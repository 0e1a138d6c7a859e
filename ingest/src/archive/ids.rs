//! The ids that an archive holds, by date: what makes ingest exactly-once across objects, trails and runs.
//!
//! Each date has a file a commit of 24-byte entries, `_ids/<date>/<number>.ids`: the event id as a 128-bit number and
//! the fingerprint of the event, little endian; once an id is amended, it stays so. Dates not in use leave
//! memory when the budget is exceeded.

use super::entry::NUMBER;
use super::shelf::{IDS, Shelf};
use crate::error::{Error, IoContext};
use crate::time::Day;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes of an entry on disk.
const ENTRY: usize = 24;
/// Bytes of an entry in memory, table overhead included.
const ENTRY_IN_MEMORY: usize = 48;
/// New entries of a date that wait for their file.
const UNSAVED: usize = 16_384;
/// A date stays in memory for this many look-ups after its last, whatever the budget: were dates asked for in turn,
/// each look-up would load a file.
const REST: u64 = 65_536;
/// Fingerprint of an id whose row is an amendment: any other record with the id is a former version of it.
pub(crate) const AMENDED: u64 = u64::MAX;

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

/// An event id as a number, little endian.
pub(crate) type Id = [u8; 16];

/// The ids of an archive.
pub(crate) struct Ids {
    shelf: Shelf,
    staging: PathBuf,
    budget: usize,
    dates: BTreeMap<Day, DateIds>,
    clock: u64,
    entries: usize,
    staged: BTreeMap<Day, PathBuf>,
}

/// The ids of one date. Event ids are random, and the default hasher is keyed: no input can crowd the table.
#[derive(Default)]
struct DateIds {
    known: HashMap<Id, u64>,
    unsaved: Vec<(Id, u64)>,
    touched: u64,
}

impl Ids {
    /// Ids of the committed archive; new ones go to `staging`.
    pub(crate) fn new(shelf: Shelf, staging: &Path, budget: usize) -> Self {
        Self {
            shelf,
            staging: staging.to_owned(),
            budget,
            dates: BTreeMap::new(),
            clock: 0,
            entries: 0,
            staged: BTreeMap::new(),
        }
    }

    /// Whether the event is known; it is from now on. A second event with a known id is remembered under an id
    /// made of both, so that its own copies are known too.
    pub(crate) fn insert(&mut self, day: Day, id: u128, fingerprint: u64) -> Result<Known, Error> {
        let fingerprint = fingerprint.min(AMENDED - 1);
        let conflicting = match self.get(day, id)? {
            None => None,
            Some(first) if first == fingerprint || first == AMENDED => return Ok(Known::Duplicate),
            Some(_) => Some(conflicting_id(id, fingerprint)),
        };
        if let Some(other) = conflicting
            && self.get(day, other)?.is_some()
        {
            return Ok(Known::Duplicate);
        }
        self.add(day, conflicting.unwrap_or(id), fingerprint)?;
        Ok(if conflicting.is_some() {
            Known::Conflict
        } else {
            Known::New
        })
    }

    /// Whether there is an event with this id.
    pub(crate) fn contains(&mut self, day: Day, id: u128) -> Result<bool, Error> {
        Ok(self.get(day, id)?.is_some())
    }

    /// Whether the row with this id is an amendment.
    pub(crate) fn is_amended(&mut self, day: Day, id: u128) -> Result<bool, Error> {
        Ok(self.get(day, id)? == Some(AMENDED))
    }

    /// Notes that the row with this id is an amendment.
    pub(crate) fn insert_amended(&mut self, day: Day, id: u128) -> Result<(), Error> {
        self.add(day, id, AMENDED)
    }

    /// Writes everything new; the days that have some.
    pub(crate) fn save(&mut self) -> Result<Vec<Day>, Error> {
        let days: Vec<Day> = self.dates.keys().copied().collect();
        for day in days {
            self.save_date(day)?;
        }
        for path in self.staged.values() {
            File::open(path).at(path)?.sync_all().at(path)?;
        }
        Ok(self.staged.keys().copied().collect())
    }

    fn get(&mut self, day: Day, id: u128) -> Result<Option<u64>, Error> {
        Ok(self.date(day)?.known.get(&id.to_le_bytes()).copied())
    }

    fn add(&mut self, day: Day, id: u128, fingerprint: u64) -> Result<(), Error> {
        let date = self.date(day)?;
        let id = id.to_le_bytes();
        let added = date.known.insert(id, fingerprint).is_none();
        date.unsaved.push((id, fingerprint));
        let full = date.unsaved.len() >= UNSAVED;
        self.entries += usize::from(added);
        if full {
            self.save_date(day)?;
            self.evict()?;
        }
        Ok(())
    }

    /// The ids of a date, loaded when need be.
    fn date(&mut self, day: Day) -> Result<&mut DateIds, Error> {
        self.clock += 1;
        if !self.dates.contains_key(&day) {
            self.evict()?;
            let loaded = self.load(day)?;
            self.entries += loaded.known.len();
            self.dates.insert(day, loaded);
        }
        let date = self.dates.entry(day).or_default();
        date.touched = self.clock;
        Ok(date)
    }

    fn load(&self, day: Day) -> Result<DateIds, Error> {
        let mut date = DateIds::default();
        for name in self.shelf.ids_of(day) {
            date.read(&self.shelf.fetch(name)?)?;
        }
        if let Some(path) = self.staged.get(&day) {
            date.read(path)?;
        }
        Ok(date)
    }

    /// Drops the dates least recently asked for while over the budget.
    fn evict(&mut self) -> Result<(), Error> {
        while self.entries * ENTRY_IN_MEMORY > self.budget {
            let rested = self
                .dates
                .iter()
                .filter(|(_, date)| date.touched + REST < self.clock);
            let Some(day) = rested
                .min_by_key(|(_, date)| date.touched)
                .map(|(day, _)| *day)
            else {
                return Ok(());
            };
            self.save_date(day)?;
            self.entries -= self.dates.remove(&day).map_or(0, |date| date.known.len());
        }
        Ok(())
    }

    fn save_date(&mut self, day: Day) -> Result<(), Error> {
        let unsaved = self
            .dates
            .get_mut(&day)
            .map(|date| std::mem::take(&mut date.unsaved));
        let Some(unsaved) = unsaved.filter(|unsaved| !unsaved.is_empty()) else {
            return Ok(());
        };
        let path = self.staging.join(staged_name(day));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).at(parent)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .at(&path)?;
        let mut writer = BufWriter::new(file);
        for (id, fingerprint) in unsaved {
            write_one(&mut writer, id, fingerprint).at(&path)?;
        }
        writer.flush().at(&path)?;
        self.staged.insert(day, path);
        Ok(())
    }
}

impl DateIds {
    fn read(&mut self, path: &Path) -> Result<(), Error> {
        for_each(path, |id, fingerprint| {
            let known = self.known.entry(id).or_insert(fingerprint);
            if fingerprint == AMENDED {
                *known = AMENDED;
            }
        })
    }
}

/// Reads a file of ids and fingerprints.
pub(crate) fn for_each(path: &Path, mut take: impl FnMut(Id, u64)) -> Result<(), Error> {
    let file = File::open(path).at(path)?;
    let length = file.metadata().at(path)?.len();
    if !length.is_multiple_of(ENTRY as u64) {
        return Err(Error::Damaged {
            path: path.to_owned(),
        });
    }
    let mut reader = BufReader::new(file);
    let (mut id, mut fingerprint) = ([0; 16], [0; 8]);
    for _ in 0..length / ENTRY as u64 {
        reader.read_exact(&mut id).at(path)?;
        reader.read_exact(&mut fingerprint).at(path)?;
        take(id, u64::from_le_bytes(fingerprint));
    }
    Ok(())
}

/// Writes an entry of a file of ids.
pub(crate) fn write_one(writer: &mut impl Write, id: Id, fingerprint: u64) -> std::io::Result<()> {
    writer.write_all(&id)?;
    writer.write_all(&fingerprint.to_le_bytes())
}

/// The name of a date's new ids.
pub(crate) fn staged_name(day: Day) -> String {
    format!("{IDS}/{day}/{NUMBER}.ids")
}

/// The id under which a second, different event with the same id is remembered.
fn conflicting_id(id: u128, fingerprint: u64) -> u128 {
    let bytes: Vec<u8> = id
        .to_le_bytes()
        .into_iter()
        .chain(fingerprint.to_le_bytes())
        .collect();
    xxhash_rust::xxh3::xxh3_128(&bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;
    use crate::archive::entry::numbered;
    use crate::archive::store;
    use crate::config::S3Options;

    /// An archive in which one commit has these files.
    fn ids(directory: &Path, files: &[String], budget: usize) -> Ids {
        let location = directory.to_owned().into();
        let store = store::open(&location, &S3Options::default()).unwrap();
        let mut shelf = Shelf::new(store);
        shelf.absorb(1, "", files, &[]);
        Ids::new(shelf, &directory.join("_staging"), budget)
    }

    #[test]
    fn an_event_is_new_once() {
        let directory = tempfile::tempdir().unwrap();
        let mut ids = ids(directory.path(), &[], 1 << 20);
        let mut check = |day, id, fingerprint, expect| {
            assert_eq!(
                ids.insert(Day(day), id, fingerprint).unwrap(),
                expect,
                "{day} {id} {fingerprint}"
            );
        };
        check(1, 7, 1, Known::New);
        check(1, 7, 1, Known::Duplicate);
        check(1, 7, 2, Known::Conflict);
        check(1, 7, 2, Known::Duplicate);
        check(1, 7, 3, Known::Conflict);
        check(2, 7, 1, Known::New);
        check(1, 8, u64::MAX, Known::New);
        check(1, 8, 5, Known::Conflict);
    }

    #[test]
    fn amended_ids_take_no_other_version() {
        let directory = tempfile::tempdir().unwrap();
        let mut ids = ids(directory.path(), &[], 1 << 20);
        ids.insert(Day(1), 7, 1).unwrap();
        ids.insert_amended(Day(1), 7).unwrap();
        assert_eq!(ids.insert(Day(1), 7, 9).unwrap(), Known::Duplicate);
        assert!(ids.is_amended(Day(1), 7).unwrap());
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let mut first = ids(directory.path(), &[], 1);
        for day in 0..4 {
            for id in 0..200_000_u128 {
                assert_eq!(first.insert(Day(day), id << 64, 1).unwrap(), Known::New);
            }
        }
        assert!(first.dates.len() < 4, "{}", first.dates.len());
        for day in 0..4 {
            assert_eq!(
                first.insert(Day(day), 5 << 64, 1).unwrap(),
                Known::Duplicate
            );
        }
        let staged = first.save().unwrap().into_iter().map(staged_name);
        let mut files = Vec::new();
        for staged in staged {
            files.push(numbered(&staged, 1));
            let place = directory.path().join(files.last().unwrap());
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::rename(directory.path().join("_staging").join(&staged), place).unwrap();
        }
        assert_eq!(files.len(), 4);
        let mut second = ids(directory.path(), &files, 1);
        assert_eq!(
            second.insert(Day(3), 199_999 << 64, 1).unwrap(),
            Known::Duplicate
        );
        assert_eq!(second.insert(Day(3), 1, 1).unwrap(), Known::New);
    }
}
