//! Rows as Arrow columns.

use super::column::Column;
use super::row::{AccessRow, Row};
use super::schema::{COLUMNS, Kind, access_fields, access_item, schema};
use arrow::array::{
    ArrayRef, BooleanBuilder, ListArray, RecordBatch, StringBuilder, StructArray,
    TimestampMillisecondBuilder,
};
use arrow::buffer::OffsetBuffer;
use arrow::error::ArrowError;
use iam::usage::Via;
use std::sync::Arc;

/// The rows as one batch of the archive's schema.
pub(crate) fn batch(rows: &[Row<'_>]) -> Result<RecordBatch, ArrowError> {
    let count = rows.len();
    let mut texts = bytes(rows).map(|bytes| StringBuilder::with_capacity(count, bytes));
    let mut time = TimestampMillisecondBuilder::with_capacity(count);
    let mut read_only = BooleanBuilder::with_capacity(count);
    let mut mfa = BooleanBuilder::with_capacity(count);
    let mut accesses = AccessBuilder::default();
    for row in rows {
        for (builder, text) in texts.iter_mut().zip(row.texts()) {
            builder.append_option(text);
        }
        let head = row.head();
        time.append_value(head.time);
        read_only.append_option(head.read_only);
        mfa.append_option(head.mfa);
        accesses.append(row.accesses());
    }
    let mut texts = texts.map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
    let time: ArrayRef = Arc::new(time.finish().with_timezone("UTC"));
    let (read_only, mfa): (ArrayRef, ArrayRef) =
        (Arc::new(read_only.finish()), Arc::new(mfa.finish()));
    let accesses = accesses.finish()?;
    let columns = COLUMNS.iter().filter_map(|column| match column.kind {
        Kind::Text(column) => texts
            .get_mut(column as usize)
            .map(|array| Arc::clone(array)),
        Kind::EventTime => Some(Arc::clone(&time)),
        Kind::ReadOnly => Some(Arc::clone(&read_only)),
        Kind::Mfa => Some(Arc::clone(&mfa)),
        Kind::Accesses => Some(Arc::clone(&accesses)),
    });
    RecordBatch::try_new(schema(), columns.collect())
}

/// Bytes of the texts of each column.
fn bytes(rows: &[Row<'_>]) -> [usize; Column::COUNT] {
    let mut bytes = [0; Column::COUNT];
    for row in rows {
        for (sum, length) in bytes.iter_mut().zip(row.lengths()) {
            *sum += length;
        }
    }
    bytes
}

/// Builder of the `accesses` column.
#[derive(Default)]
struct AccessBuilder {
    lengths: Vec<usize>,
    action: StringBuilder,
    resource: StringBuilder,
    template: StringBuilder,
    via: StringBuilder,
}

impl AccessBuilder {
    fn append<'r>(&mut self, accesses: impl Iterator<Item = AccessRow<'r>>) {
        let mut count = 0;
        for access in accesses {
            self.action.append_value(access.action);
            self.resource.append_option(access.resource);
            self.template.append_option(access.template);
            self.via.append_value(via_name(access.via));
            count += 1;
        }
        self.lengths.push(count);
    }

    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        let fields: Vec<ArrayRef> = vec![
            Arc::new(self.action.finish()),
            Arc::new(self.resource.finish()),
            Arc::new(self.template.finish()),
            Arc::new(self.via.finish()),
        ];
        let elements = StructArray::try_new(access_fields(), fields, None)?;
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        Ok(Arc::new(ListArray::try_new(
            access_item(),
            offsets,
            Arc::new(elements),
            None,
        )?))
    }
}

/// The name of the contract.
pub(crate) fn via_name(via: Via) -> &'static str {
    match via {
        Via::Direct => "direct",
        Via::PassedRole => "passed-role",
        Via::Forwarded => "forwarded",
        Via::Inferred => "inferred",
    }
}
