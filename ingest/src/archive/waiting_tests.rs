//! Sorting and copying of rows against the obvious ways.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "test code")]

use super::super::row::{AccessRow, RowHead};
use super::*;
use iam::usage::Via;
use proptest::prelude::*;

/// Rows of few distinct texts, so that many are equal in part.
fn buffer(rows: &[(u8, u8, u8, i64, u8)]) -> RowBuffer {
    let mut buffer = RowBuffer::default();
    for (arrival, (principal, source, name, time, id)) in rows.iter().enumerate() {
        let (source, name) = ("s".repeat(*source as usize), "n".repeat(*name as usize));
        let (id, arrival) = (format!("id{id}"), arrival.to_string());
        let principal = (*principal > 0).then(|| "p".repeat(*principal as usize));
        let mut texts = [None; Column::COUNT];
        texts[Column::Principal as usize] = principal.as_deref();
        texts[Column::EventSource as usize] = Some(&source);
        texts[Column::EventName as usize] = Some(&name);
        texts[Column::EventId as usize] = Some(&id);
        texts[Column::RequestId as usize] = Some(&arrival);
        let head = RowHead {
            time: *time,
            read_only: None,
            mfa: Some(true),
            id: 0,
            fingerprint: 0,
            amends: false,
        };
        let access = AccessRow {
            action: "s3:GetObject",
            resource: Some(&id),
            template: None,
            via: Via::Direct,
        };
        buffer.push(
            head,
            &texts,
            std::iter::repeat_n(access, time.unsigned_abs() as usize),
        );
    }
    buffer
}

/// The obvious way: compare the texts.
fn slowly_sorted(buffer: &RowBuffer) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = buffer.rows().collect();
    rows.sort_by_key(|row| {
        let text = |column| row.text(column);
        let leading = [Column::Principal, Column::EventSource, Column::EventName].map(text);
        (leading, row.head().time, text(Column::EventId))
    });
    rows
}

fn shown(row: &Row<'_>) -> String {
    format!(
        "{:?} {:?} {:?}",
        row.head(),
        row.texts(),
        row.accesses().collect::<Vec<_>>()
    )
}

proptest! {
    #[test]
    fn sorting_by_ranks_is_sorting_by_texts(rows in prop::collection::vec((0_u8..3, 0_u8..3, 0_u8..3, 0_i64..3, 0_u8..3), 0..60)) {
        let buffer = buffer(&rows);
        let (mut waiting, mut spare) = (Waiting::default(), Blocks::within(10 << 20));
        buffer.rows().for_each(|row| waiting.push(row, &mut spare));
        prop_assert_eq!(waiting.bytes(), buffer.bytes());
        let (quick, slow) = (waiting.sorted(), slowly_sorted(&buffer));
        prop_assert_eq!(quick.iter().map(shown).collect::<Vec<_>>(), slow.iter().map(shown).collect::<Vec<_>>());
    }
}

/// Blocks are filled, given back and used again; only long rows make blocks that are not.
#[test]
fn blocks_are_used_again() {
    let rows: Vec<_> = (0..100_u8).map(|index| (0, index, 200, 1, 0)).collect();
    let (buffer, mut spare) = (buffer(&rows), Blocks::within(10 << 20));
    let (mut first, mut second) = (Waiting::default(), Waiting::default());
    for _ in 0..40 {
        buffer.rows().for_each(|row| first.push(row, &mut spare));
    }
    let blocks = first.blocks.len();
    assert!(
        blocks > 20 && first.bytes() == 40 * buffer.bytes(),
        "{blocks}"
    );
    assert_eq!(first.sorted().len(), 40 * rows.len());
    spare.put(first);
    assert_eq!(spare.kept.len(), blocks);
    buffer.rows().for_each(|row| second.push(row, &mut spare));
    assert_eq!(spare.kept.len(), blocks - second.blocks.len());
    let (quick, slow) = (second.sorted(), slowly_sorted(&buffer));
    assert!(quick.iter().map(shown).eq(slow.iter().map(shown)));
    let mut long = Waiting::default();
    let row = (0, 0, 0, i64::from(u16::MAX), 0);
    super::tests::buffer(&[row])
        .rows()
        .for_each(|row| long.push(row, &mut spare));
    let kept = spare.kept.len();
    spare.put(long);
    assert_eq!(spare.kept.len(), kept);
}

#[test]
fn a_row_is_replaced_in_whatever_block() {
    let rows: Vec<_> = (0..200_u8)
        .map(|index| (0, 1, 200, i64::from(index), 0))
        .collect();
    let mut all = buffer(&rows);
    let (mut waiting, mut spare) = (Waiting::default(), Blocks::within(10 << 20));
    for _ in 0..10 {
        all.rows().for_each(|row| waiting.push(row, &mut spare));
    }
    assert!(waiting.blocks.len() > 2);
    let with = buffer(&[(2, 2, 2, 9, 2)]);
    all.clear();
    assert!(waiting.replace(0, with.row(0).unwrap()));
    assert_eq!(waiting.sorted().len(), 10 * rows.len());
    assert_eq!(
        waiting
            .sorted()
            .iter()
            .filter(|row| row.text(Column::Principal) == Some("pp"))
            .count(),
        1
    );
    assert!(!waiting.replace(1, with.row(0).unwrap()));
}

#[test]
fn spare_blocks_are_bounded() {
    let rows: Vec<_> = (0..200_u8).map(|index| (0, index, 200, 1, 0)).collect();
    let buffer = buffer(&rows);
    let (mut waiting, mut spare) = (Waiting::default(), Blocks::within(2 * BLOCK));
    for _ in 0..10 {
        buffer.rows().for_each(|row| waiting.push(row, &mut spare));
    }
    assert!(waiting.blocks.len() > 3);
    spare.put(waiting);
    assert_eq!(spare.kept.len(), 2);
}
