//! Look-ups in sorted files of all kinds of ids.
#![allow(clippy::unwrap_used, reason = "test code")]

use super::*;

fn run(folder: &Path, numbers: &[u128], fingerprint: u64, room: usize) -> Run {
    let entries = numbers.iter().map(|id| Ok((id.to_le_bytes(), fingerprint)));
    Run::write(folder, entries, numbers.len(), room).unwrap()
}

/// Ids that are spread evenly, that are not at all, and few.
fn kinds() -> Vec<Vec<u128>> {
    let mut spread: Vec<u128> = (0..3_000_u128)
        .map(|index| xxhash_rust::xxh3::xxh3_128(&index.to_le_bytes()))
        .collect();
    spread.sort_unstable();
    let dense = (5..3_000).collect();
    let doubling = (0..128).map(|bit| 1 << bit).collect();
    let crowded = (0..3_000_u128)
        .map(|index| index * 3)
        .chain((0..3_000).map(|index| u128::MAX - 9_000 + index * 3))
        .collect();
    vec![
        spread,
        dense,
        doubling,
        crowded,
        vec![0, u128::MAX],
        vec![7],
        vec![],
    ]
}

#[test]
fn what_was_written_is_found_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for ids in kinds() {
        for room in [0, usize::MAX / 8] {
            let run = run(folder.path(), &ids, 9, room);
            assert_eq!(run.len(), ids.len());
            assert_eq!(run.filter_bytes() > 0, room > 0 && !ids.is_empty());
            let near = ids.iter().flat_map(|id| {
                let id = *id;
                [id, id.wrapping_sub(1), id.wrapping_add(1), id ^ (1 << 100)]
            });
            for id in near.chain([0, 1 << 64, u128::MAX]) {
                let expect = ids.binary_search(&id).is_ok().then_some(9);
                assert_eq!(
                    run.get(id.to_le_bytes()).unwrap(),
                    expect,
                    "{id} of {}",
                    ids.len()
                );
            }
        }
    }
}

#[test]
fn of_two_runs_the_newer_holds() {
    let folder = tempfile::tempdir().unwrap();
    let older = run(folder.path(), &[1, 3, 5, 7], 1, 100);
    let newer = run(folder.path(), &[0, 3, 6, 9, 10], 2, 100);
    let merged = Run::merge(&older, &newer, folder.path(), 100).unwrap();
    let entries: Vec<(u128, u64)> = merged
        .iter()
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|(id, fingerprint)| (number_of(id), fingerprint))
        .collect();
    let expect = [
        (0, 2),
        (1, 1),
        (3, 2),
        (5, 1),
        (6, 2),
        (7, 1),
        (9, 2),
        (10, 2),
    ];
    assert_eq!(entries, expect);
}

#[test]
fn the_file_goes_with_the_run() {
    let folder = tempfile::tempdir().unwrap();
    drop(run(folder.path(), &[1], 1, 100));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_damaged_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<u128> = (0..1000).collect();
    let run = run(folder.path(), &ids, 1, 0);
    std::fs::write(&run.path, b"short").unwrap();
    assert!(run.get(999_u128.to_le_bytes()).is_err());
    assert!(Run::merge(&run, &run, folder.path(), 0).is_err());
}
