//! Sorting and copying of rows against the obvious ways.
#![allow(clippy::indexing_slicing, reason = "test code")]

use super::*;
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
        let (quick, slow) = (buffer.sorted(), slowly_sorted(&buffer));
        prop_assert_eq!(quick.iter().map(shown).collect::<Vec<_>>(), slow.iter().map(shown).collect::<Vec<_>>());
        let mut copy = RowBuffer::default();
        buffer.rows().for_each(|row| copy.push_row(row));
        prop_assert_eq!(copy.rows().map(|row| shown(&row)).collect::<Vec<_>>(), buffer.rows().map(|row| shown(&row)).collect::<Vec<_>>());
    }
}
