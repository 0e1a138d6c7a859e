//! Rows on their way to a file: all texts in one arena, so that a row costs no allocation of its own.

use super::schema::Column;
use crate::access::Access;
use iam::catalogue::Catalogue;
use iam::usage::Via;
use std::cmp::Ordering;

/// Length that stands for null.
const NULL: u32 = u32::MAX;

/// The members of a row that are not text, and what tells it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowHead {
    /// Milliseconds since 1970.
    pub(crate) time: i64,
    pub(crate) read_only: Option<bool>,
    pub(crate) mfa: Option<bool>,
    /// The event id as a number: a UUID's own, the hash of any other text.
    pub(crate) id: u128,
    /// Hash of what makes the event what it is: differs when another event has the same id.
    pub(crate) fingerprint: u64,
    /// The row is a later version of the event with this id.
    pub(crate) amends: bool,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    head: RowHead,
    text_at: usize,
    access_at: usize,
    access_count: usize,
}

#[derive(Debug, Clone, Copy)]
struct AccessSlot {
    action: u32,
    resource: u32,
    template: u32,
    via: Via,
}

/// Texts of one row, by [`Column`].
pub(crate) type Texts<'t> = [Option<&'t str>; Column::COUNT];

/// One access of a row, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccessRow<'t> {
    pub(crate) action: &'t str,
    pub(crate) resource: Option<&'t str>,
    pub(crate) template: Option<&'t str>,
    pub(crate) via: Via,
}

impl<'t> AccessRow<'t> {
    /// The access with its action by name; `None` for an action that the catalogue does not hold.
    pub(crate) fn of(access: Access<'t>, catalogue: &'static Catalogue) -> Option<Self> {
        Some(Self {
            action: catalogue.get(access.action)?.name(),
            resource: access.resource,
            template: access.template,
            via: access.via,
        })
    }
}

/// A growing buffer of rows.
#[derive(Debug, Default)]
pub(crate) struct RowBuffer {
    text: String,
    lengths: Vec<[u32; Column::COUNT]>,
    accesses: Vec<AccessSlot>,
    slots: Vec<Slot>,
}

impl RowBuffer {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
            + self.slots.len() * (size_of::<Slot>() + size_of::<[u32; Column::COUNT]>())
            + self.accesses.len() * size_of::<AccessSlot>()
    }

    /// Appends a row.
    pub(crate) fn push<'t>(
        &mut self,
        head: RowHead,
        texts: &Texts<'_>,
        accesses: impl Iterator<Item = AccessRow<'t>>,
    ) {
        let (text_at, access_at) = (self.text.len(), self.accesses.len());
        let lengths = texts.map(|text| self.append(text));
        self.lengths.push(lengths);
        for access in accesses {
            let action = self.append(Some(access.action));
            let resource = self.append(access.resource);
            let template = self.append(access.template);
            self.accesses.push(AccessSlot {
                action,
                resource,
                template,
                via: access.via,
            });
        }
        let access_count = self.accesses.len() - access_at;
        self.slots.push(Slot {
            head,
            text_at,
            access_at,
            access_count,
        });
    }

    /// Appends a row of another buffer.
    pub(crate) fn push_row(&mut self, row: Row<'_>) {
        self.push(row.head(), &row.texts(), row.accesses());
    }

    /// Puts a row of another buffer in the place of the row with this id; false when there is none.
    pub(crate) fn replace(&mut self, id: u128, with: Row<'_>) -> bool {
        let Some(place) = self.slots.iter().position(|slot| slot.head.id == id) else {
            return false;
        };
        self.push_row(with);
        // The old row's text stays behind, unused, until the buffer is written.
        self.slots.swap_remove(place);
        self.lengths.swap_remove(place);
        true
    }

    /// The row at an index below [`Self::len`].
    pub(crate) fn row(&self, index: usize) -> Option<Row<'_>> {
        Some(Row {
            buffer: self,
            slot: self.slots.get(index)?,
            lengths: self.lengths.get(index)?,
        })
    }

    /// All rows in order of arrival.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|index| self.row(index))
    }

    /// All rows by (principal, event source, event name, time, id), equal ones in order of arrival.
    pub(crate) fn sorted(&self) -> Vec<Row<'_>> {
        let mut rows: Vec<Row<'_>> = self.rows().collect();
        rows.sort_by(Row::compare);
        rows
    }

    /// Length of the text, or [`NULL`]. A text of 4 GiB cannot get here: records are limited.
    fn append(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return NULL };
        self.text.push_str(text);
        u32::try_from(text.len()).unwrap_or(0)
    }
}

/// One row of a buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'b> {
    buffer: &'b RowBuffer,
    slot: &'b Slot,
    lengths: &'b [u32; Column::COUNT],
}

impl<'b> Row<'b> {
    pub(crate) fn head(&self) -> RowHead {
        self.slot.head
    }

    /// All texts.
    pub(crate) fn texts(&self) -> Texts<'b> {
        let mut at = self.slot.text_at;
        self.lengths
            .map(|length| take(&self.buffer.text, &mut at, length))
    }

    /// One text.
    pub(crate) fn text(&self, column: Column) -> Option<&'b str> {
        self.texts().get(column as usize).copied().flatten()
    }

    /// The accesses.
    pub(crate) fn accesses(&self) -> impl Iterator<Item = AccessRow<'b>> + use<'b> {
        let text = &self.buffer.text;
        let lengths = self.lengths.iter().filter(|length| **length != NULL);
        let mut at = self.slot.text_at + lengths.map(|length| *length as usize).sum::<usize>();
        let end = self.slot.access_at + self.slot.access_count;
        let slots = self
            .buffer
            .accesses
            .get(self.slot.access_at..end)
            .unwrap_or_default();
        slots.iter().map(move |slot| AccessRow {
            action: take(text, &mut at, slot.action).unwrap_or_default(),
            resource: take(text, &mut at, slot.resource),
            template: take(text, &mut at, slot.template),
            via: slot.via,
        })
    }

    /// Archive order; the first three columns of the encoded row are the first of the key.
    fn compare(&self, other: &Self) -> Ordering {
        let (mine, theirs) = (self.leading(), other.leading());
        let ([principal, source, name, id], [principal2, source2, name2, id2]) = (mine, theirs);
        (principal, source, name, self.slot.head.time, id).cmp(&(
            principal2,
            source2,
            name2,
            other.slot.head.time,
            id2,
        ))
    }

    /// Principal, event source, event name and event id.
    fn leading(&self) -> [Option<&'b str>; 4] {
        let mut at = self.slot.text_at;
        let [principal, source, name, id, ..] = *self.lengths;
        [principal, source, name, id].map(|length| take(&self.buffer.text, &mut at, length))
    }
}

fn take<'b>(text: &'b str, at: &mut usize, length: u32) -> Option<&'b str> {
    if length == NULL {
        return None;
    }
    let from = *at;
    *at += length as usize;
    text.get(from..*at)
}
