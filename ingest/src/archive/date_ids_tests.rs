//! Runs on disk against one table in memory.
#![allow(clippy::unwrap_used, reason = "test code")]

use super::*;
use proptest::prelude::*;

/// What may be done to a date.
#[derive(Debug, Clone)]
enum Step {
    Add(u8, u64),
    Read(u8, u64),
    Spill(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fingerprint = || prop_oneof![3 => 0..3_u64, 1 => Just(AMENDED)];
    let step = prop_oneof![
        8 => (any::<u8>(), fingerprint()).prop_map(|(id, it)| Step::Add(id, it)),
        8 => (any::<u8>(), fingerprint()).prop_map(|(id, it)| Step::Read(id, it)),
        1 => (0..1000_usize).prop_map(Step::Spill),
    ];
    proptest::collection::vec(step, 0..400)
}

fn id(number: u8) -> Id {
    u128::from(number).to_le_bytes()
}

proptest! {
    /// The slow obvious version: one table in memory.
    #[test]
    fn runs_say_what_a_table_says(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let (mut date, mut table) = (DateIds::default(), HashMap::new());
        for step in steps {
            match step {
                Step::Add(number, fingerprint) => {
                    // As `Ids` does: an id that is known is only ever amended.
                    let amended = if table.contains_key(&number) { AMENDED } else { fingerprint };
                    date.add(id(number), amended);
                    table.insert(number, amended);
                }
                Step::Read(number, fingerprint) => {
                    date.read(id(number), fingerprint).unwrap();
                    let known = table.entry(number).or_insert(fingerprint);
                    if fingerprint == AMENDED {
                        *known = AMENDED;
                    }
                }
                Step::Spill(room) => {
                    let before = date.filter_bytes();
                    date.spill(folder.path(), room).unwrap();
                    prop_assert_eq!(date.recent(), 0);
                    prop_assert!(date.filter_bytes() <= before + room);
                }
            }
        }
        for number in 0..=u8::MAX {
            prop_assert_eq!(date.get(id(number)).unwrap(), table.get(&number).copied());
        }
    }
}

#[test]
fn runs_stay_few() {
    let folder = tempfile::tempdir().unwrap();
    let mut date = DateIds::default();
    for round in 0..100_u128 {
        for number in 0..10 {
            date.add((round * 10 + number).to_le_bytes(), 1);
        }
        date.spill(folder.path(), 1 << 20).unwrap();
    }
    assert!(date.runs.len() <= 7, "{}", date.runs.len());
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        date.runs.len()
    );
    assert_eq!(date.runs.iter().map(Run::len).sum::<usize>(), 1000);
}
