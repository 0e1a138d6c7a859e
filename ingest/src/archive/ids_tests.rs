//! The ids of an archive: what is known, what is amended, what is on disk.
#![allow(clippy::unwrap_used, reason = "test code")]

use super::*;
use crate::archive::entry::numbered;
use crate::archive::store;
use crate::config::S3Options;
use std::collections::HashMap;

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
        for id in 0..40_000_u128 {
            assert_eq!(first.insert(Day(day), id << 64, 1).unwrap(), Known::New);
        }
    }
    assert!(first.sum(DateIds::recent) <= 4 * UNSAVED);
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
        second.insert(Day(3), 39_999 << 64, 1).unwrap(),
        Known::Duplicate
    );
    assert_eq!(second.insert(Day(3), 1, 1).unwrap(), Known::New);
}

/// Look-ups of three dates in turns, within 16 KiB, against one table of all.
#[test]
fn large_dates_say_on_disk_what_they_say_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let mut ids = ids(directory.path(), &[], 16 << 10);
    let mut table: HashMap<(i64, u128), u64> = HashMap::new();
    for round in 0..180_000_u64 {
        let day = (round / 20_000 % 3) as i64;
        let hash = xxhash_rust::xxh3::xxh3_64(&round.to_le_bytes());
        let id = u128::from(hash % 50_000) << 90;
        let fingerprint = u64::from(hash >> 60 == 0);
        let known = ids.insert(Day(day), id, fingerprint).unwrap();
        let expect = match table.get(&(day, id)) {
            None => {
                table.insert((day, id), fingerprint);
                Known::New
            }
            Some(first) if *first == fingerprint || *first == AMENDED => Known::Duplicate,
            Some(_) => match table.insert((day, conflicting_id(id, fingerprint)), fingerprint) {
                None => Known::Conflict,
                Some(_) => Known::Duplicate,
            },
        };
        assert_eq!(known, expect, "{round}");
        if hash >> 54 == 1 {
            ids.insert_amended(Day(day), id).unwrap();
            table.insert((day, id), AMENDED);
        }
    }
    assert!(ids.dates.values().any(DateIds::is_on_disk));
    assert!(ids.sum(DateIds::filter_bytes) <= 8 << 10);
    assert!(ids.sum(DateIds::recent) <= 4 * UNSAVED);
}
