//! Columns: the two packed shapes the catalogue's tables are stored and held in.

use serde::{Deserialize, Serialize};

/// A column of strings in one buffer. Serialised as one string with a line per entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct Lines {
    text: String,
    ends: Vec<u32>,
}

impl Lines {
    /// Number of entries.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The entry at `index`.
    pub(crate) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize + 1,
            None => 0,
        };
        self.text.get(start..end)
    }

    /// All entries in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Index of `wanted` in a column sorted by ASCII lower case; `wanted` may have any case.
    pub(crate) fn find_ignoring_case(&self, wanted: &str) -> Option<usize> {
        let index = self.partition_point(|entry| before_ignoring_case(entry, wanted));
        let entry = self.get(index)?;
        entry.eq_ignore_ascii_case(wanted).then_some(index)
    }

    /// First index whose entry does not satisfy `before` (the column is partitioned by it).
    pub(crate) fn partition_point(&self, before: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(&before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Whether a text comes before another in ASCII lower case. What they begin with alike, eight bytes at a time, is passed
/// over.
pub(crate) fn before_ignoring_case(text: &str, other: &str) -> bool {
    let [text, other] = [text, other].map(str::as_bytes);
    let chunks = text.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    let same = chunks.take_while(|(a, b)| a == b).count() * 8;
    lower_from(text, same).lt(lower_from(other, same))
}

fn lower_from(text: &[u8], start: usize) -> impl Iterator<Item = u8> + '_ {
    text.iter().skip(start).map(u8::to_ascii_lowercase)
}

/// The bytes of a text in ASCII lower case.
pub(crate) fn lower(text: &str) -> impl Iterator<Item = u8> + '_ {
    lower_from(text.as_bytes(), 0)
}

impl From<String> for Lines {
    fn from(text: String) -> Self {
        let mut ends: Vec<u32> = text
            .bytes()
            .zip(0..)
            .filter_map(|(byte, at)| (byte == b'\n').then_some(at))
            .collect();
        if !text.is_empty() {
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        Self { text, ends }
    }
}

impl From<Lines> for String {
    fn from(lines: Lines) -> Self {
        lines.text
    }
}

impl<'a> FromIterator<&'a str> for Lines {
    fn from_iter<I: IntoIterator<Item = &'a str>>(entries: I) -> Self {
        entries.into_iter().collect::<Vec<_>>().join("\n").into()
    }
}

/// A column of number lists in one buffer. Serialised as row lengths and values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredRows", into = "StoredRows")]
pub(crate) struct Rows {
    ends: Vec<u32>,
    values: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct StoredRows {
    lengths: Vec<u32>,
    values: Vec<u32>,
}

impl Rows {
    /// The list at `index`, empty when there is none.
    pub(crate) fn get(&self, index: usize) -> &[u32] {
        let end = self.ends.get(index).copied().unwrap_or(0) as usize;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0) as usize,
            None => 0,
        };
        self.values.get(start..end).unwrap_or(&[])
    }

    /// All lists in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.ends.len()).map(|index| self.get(index))
    }
}

impl From<StoredRows> for Rows {
    fn from(stored: StoredRows) -> Self {
        let ends = stored
            .lengths
            .iter()
            .scan(0u32, |end, length| {
                *end = end.saturating_add(*length);
                Some(*end)
            })
            .collect();
        Self {
            ends,
            values: stored.values,
        }
    }
}

impl From<Rows> for StoredRows {
    fn from(rows: Rows) -> Self {
        let lengths = rows
            .iter()
            .map(|row| u32::try_from(row.len()).unwrap_or(u32::MAX))
            .collect();
        Self {
            lengths,
            values: rows.values,
        }
    }
}

impl FromIterator<Vec<u32>> for Rows {
    fn from_iter<I: IntoIterator<Item = Vec<u32>>>(rows: I) -> Self {
        let mut all = Self::default();
        for row in rows {
            all.values.extend(row);
            all.ends
                .push(u32::try_from(all.values.len()).unwrap_or(u32::MAX));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::{Lines, Rows, before_ignoring_case, lower};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_quick_order_is_the_order(same in "[a-cA-C]{0,20}", one in "[a-cA-C]{0,4}", other in "[a-cA-C]{0,4}") {
            let [one, other] = [one, other].map(|end| format!("{same}{end}"));
            prop_assert_eq!(before_ignoring_case(&one, &other), lower(&one).lt(lower(&other)));
        }
    }

    #[test]
    fn lines_keep_empty_entries_and_find_in_any_case() {
        let lines: Lines = ["a:B", "", "c"].into_iter().collect();
        assert_eq!(lines.iter().collect::<Vec<_>>(), ["a:B", "", "c"]);
        assert_eq!(lines.get(3), None);
        let sorted: Lines = ["a:B", "A:c", "b:A"].into_iter().collect();
        assert_eq!(sorted.find_ignoring_case("A:C"), Some(1));
        assert_eq!(sorted.find_ignoring_case("b:a"), Some(2));
        assert_eq!(sorted.find_ignoring_case("b:"), None);
    }

    #[test]
    fn rows_round_trip() {
        let rows: Rows = [vec![1, 2], vec![], vec![3]].into_iter().collect();
        let text = serde_json::to_string(&rows).unwrap();
        assert_eq!(text, r#"{"lengths":[2,0,1],"values":[1,2,3]}"#);
        let back: Rows = serde_json::from_str(&text).unwrap();
        assert_eq!(back, rows);
        assert_eq!(back.get(1), [0u32; 0]);
        assert_eq!(back.get(2), [3]);
        assert_eq!(back.get(9), [0u32; 0]);
    }
}
