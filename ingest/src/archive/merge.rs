//! Data files merged into one, in the order of rows. A few rows of each are in memory.

use super::files::SORT_KEY;
use super::rewrite::Input;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Rows of an input that are in memory.
pub(super) const INPUT_ROWS: usize = 512;
/// Rows given at a time.
const OUTPUT_ROWS: usize = 2048;

/// The rows of sorted inputs, sorted; of inputs that are not quite sorted, all rows.
pub(super) struct Merge {
    converter: RowConverter,
    inputs: Vec<Run>,
    /// The next row of each input by its key, as bytes that compare like it.
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

/// An input, and where it is.
struct Run {
    reader: ParquetRecordBatchReader,
    /// Rows in memory, and their keys; `None` at the end.
    rows: Option<(RecordBatch, Rows)>,
    at: usize,
}

impl Merge {
    pub(super) fn new(inputs: &[Input]) -> Result<Self, ArrowError> {
        let schema = super::schema::schema();
        let mut fields = Vec::new();
        for name in SORT_KEY {
            let field = schema.field_with_name(name)?;
            fields.push(SortField::new(field.data_type().clone()));
        }
        let mut merge = Self {
            converter: RowConverter::new(fields)?,
            inputs: Vec::new(),
            next: BinaryHeap::new(),
        };
        for (index, input) in inputs.iter().enumerate() {
            let reader = input.batches(INPUT_ROWS);
            let reader = reader.map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
            merge.inputs.push(Run {
                reader,
                rows: None,
                at: 0,
            });
            merge.load(index)?;
        }
        Ok(merge)
    }

    /// The next rows; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        let mut sources: Vec<RecordBatch> = Vec::new();
        let mut source_of: Vec<Option<usize>> = vec![None; self.inputs.len()];
        let mut picks = Vec::new();
        while picks.len() < OUTPUT_ROWS {
            let Some(Reverse((_, index))) = self.next.pop() else {
                break;
            };
            let Some(run) = self.inputs.get_mut(index) else {
                continue;
            };
            let (Some((rows, _)), Some(source)) = (&run.rows, source_of.get_mut(index)) else {
                continue;
            };
            let place = *source.get_or_insert_with(|| {
                sources.push(rows.clone());
                sources.len() - 1
            });
            picks.push((place, run.at));
            run.at += 1;
            if run.at >= rows.num_rows() {
                *source = None;
                self.load(index)?;
            } else {
                self.announce(index);
            }
        }
        if picks.is_empty() {
            return Ok(None);
        }
        let sources: Vec<&RecordBatch> = sources.iter().collect();
        interleave_record_batch(&sources, &picks).map(Some)
    }

    /// Brings the next rows of an input to memory.
    fn load(&mut self, index: usize) -> Result<(), ArrowError> {
        let Some(run) = self.inputs.get_mut(index) else {
            return Ok(());
        };
        run.at = 0;
        run.rows = match run.reader.next().transpose()? {
            None => None,
            Some(rows) => {
                let columns = SORT_KEY.iter().filter_map(|name| rows.column_by_name(name));
                let columns: Vec<ArrayRef> = columns.cloned().collect();
                let keys = self.converter.convert_columns(&columns)?;
                Some((rows, keys))
            }
        };
        self.announce(index);
        Ok(())
    }

    /// Puts the key of an input's next row among the others'.
    fn announce(&mut self, index: usize) {
        let run = self.inputs.get(index);
        let Some((run, (_, keys))) = run.and_then(|run| Some((run, run.rows.as_ref()?))) else {
            return;
        };
        if run.at < keys.num_rows() {
            let key = keys.row(run.at).as_ref().to_vec();
            self.next.push(Reverse((key, index)));
        }
    }
}
