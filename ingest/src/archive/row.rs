//! Rows on their way to a file: all texts in one arena, so that a row costs no allocation of its own.

use super::column::Column;
use crate::access::Access;
use iam::catalogue::Catalogue;
use iam::usage::Via;

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

/// All of a row that is not text, in one place: rows are read in another order than they came.
#[derive(Debug, Clone, Copy)]
struct Slot {
    head: RowHead,
    lengths: [u32; Column::COUNT],
    text_at: usize,
    text_end: usize,
    access_at: usize,
    access_end: usize,
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
    accesses: Vec<AccessSlot>,
    slots: Vec<Slot>,
}

impl RowBuffer {
    /// An empty buffer with room for so many bytes of text.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
            + self.slots.len() * size_of::<Slot>()
            + self.accesses.len() * size_of::<AccessSlot>()
    }

    /// Forgets all rows, and keeps the room they took.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.accesses.clear();
        self.slots.clear();
    }

    /// Appends a row.
    pub(crate) fn push<'t>(
        &mut self,
        head: RowHead,
        texts: &Texts<'_>,
        accesses: impl Iterator<Item = AccessRow<'t>>,
    ) {
        let (text_at, access_at) = (self.text.len(), self.accesses.len());
        let mut lengths = [NULL; Column::COUNT];
        for (length, text) in lengths.iter_mut().zip(texts) {
            *length = self.append(*text);
        }
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
        self.slots.push(Slot {
            head,
            lengths,
            text_at,
            text_end: self.text.len(),
            access_at,
            access_end: self.accesses.len(),
        });
    }

    /// Appends a row of another buffer, as it lies there.
    pub(crate) fn push_row(&mut self, row: Row<'_>) {
        let (text_at, access_at) = (self.text.len(), self.accesses.len());
        self.text.push_str(row.whole_text());
        self.accesses.extend_from_slice(row.access_slots());
        self.slots.push(Slot {
            text_at,
            text_end: self.text.len(),
            access_at,
            access_end: self.accesses.len(),
            ..*row.slot
        });
    }

    /// Puts a row of another buffer in the place of the row with this id; false when there is none.
    pub(crate) fn replace(&mut self, id: u128, with: Row<'_>) -> bool {
        let Some(place) = self.slots.iter().position(|slot| slot.head.id == id) else {
            return false;
        };
        self.push_row(with);
        // The old row's text stays behind, unused, until the buffer is written.
        self.slots.swap_remove(place);
        true
    }

    /// The row at an index below [`Self::len`].
    pub(crate) fn row(&self, index: usize) -> Option<Row<'_>> {
        Some(Row {
            buffer: self,
            slot: self.slots.get(index)?,
        })
    }

    /// All rows in order of arrival.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|index| self.row(index))
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
}

impl<'b> Row<'b> {
    pub(crate) fn head(&self) -> RowHead {
        self.slot.head
    }

    /// All texts.
    pub(crate) fn texts(&self) -> Texts<'b> {
        let mut texts = [None; Column::COUNT];
        let mut at = self.slot.text_at;
        for (text, length) in texts.iter_mut().zip(&self.slot.lengths) {
            *text = take(&self.buffer.text, &mut at, *length);
        }
        texts
    }

    /// One text.
    pub(crate) fn text(&self, column: Column) -> Option<&'b str> {
        let (before, rest) = self.slot.lengths.split_at_checked(column as usize)?;
        let mut at = self.slot.text_at + sum(before);
        take(&self.buffer.text, &mut at, *rest.first()?)
    }

    /// The accesses.
    pub(crate) fn accesses(&self) -> impl Iterator<Item = AccessRow<'b>> + use<'b> {
        let text = &self.buffer.text;
        let mut at = self.slot.text_at + sum(&self.slot.lengths);
        self.access_slots().iter().map(move |slot| AccessRow {
            action: take(text, &mut at, slot.action).unwrap_or_default(),
            resource: take(text, &mut at, slot.resource),
            template: take(text, &mut at, slot.template),
            via: slot.via,
        })
    }

    fn access_slots(&self) -> &'b [AccessSlot] {
        let slots = self.slot.access_at..self.slot.access_end;
        self.buffer.accesses.get(slots).unwrap_or_default()
    }

    /// Bytes of each text.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> + use<'b> {
        let lengths = self.slot.lengths.iter();
        lengths.map(|length| if *length == NULL { 0 } else { *length as usize })
    }

    /// Bytes of all texts, those of the accesses too.
    pub(crate) fn text_bytes(&self) -> usize {
        self.slot.text_end - self.slot.text_at
    }

    fn whole_text(&self) -> &'b str {
        let text = self.slot.text_at..self.slot.text_end;
        self.buffer.text.get(text).unwrap_or_default()
    }

    /// Principal, event source and event name: the first columns of the encoded row.
    pub(super) fn leading(&self) -> [Option<&'b str>; 3] {
        let mut at = self.slot.text_at;
        let [principal, source, name, ..] = self.slot.lengths;
        [principal, source, name].map(|length| take(&self.buffer.text, &mut at, length))
    }
}

/// Bytes of the texts of these lengths.
fn sum(lengths: &[u32]) -> usize {
    let lengths = lengths.iter().filter(|length| **length != NULL);
    lengths.map(|length| *length as usize).sum()
}

fn take<'b>(text: &'b str, at: &mut usize, length: u32) -> Option<&'b str> {
    if length == NULL {
        return None;
    }
    let from = *at;
    *at += length as usize;
    text.get(from..*at)
}
