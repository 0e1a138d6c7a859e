//! Columns of one record batch, by name and type.

use crate::error::Error;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, RecordBatch, StringArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, TimeUnit, TimestampMillisecondType};
use std::path::Path;

/// A text column: the texts themselves, or numbers of the texts of a dictionary.
#[derive(Debug)]
pub(crate) struct Texts {
    texts: StringArray,
    codes: Option<ScalarBuffer<i32>>,
    nulls: Option<NullBuffer>,
}

impl Texts {
    /// The text of a row; null as `None`.
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.at(row).map(|at| self.texts.value(at))
    }

    /// Where the text of a row is among the texts; null as `None`.
    pub(crate) fn at(&self, row: usize) -> Option<usize> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        let at = match &self.codes {
            Some(codes) => usize::try_from(*codes.get(row)?).ok()?,
            None => row,
        };
        (at < self.texts.len()).then_some(at)
    }

    /// The texts that rows share; none: each row has its own.
    pub(crate) fn dictionary(&self) -> Option<&StringArray> {
        self.codes.as_ref().map(|_| &self.texts)
    }

    /// Whatever the file encodes it as: dictionaries stay, all else is read as plain text.
    pub(crate) fn of(array: &ArrayRef) -> Option<Self> {
        let coded = array.as_dictionary_opt::<Int32Type>();
        if let Some(coded) = coded
            && let Some(texts) = coded.values().as_string_opt::<i32>()
            && texts.null_count() == 0
        {
            return Some(Self {
                texts: texts.clone(),
                codes: Some(coded.keys().values().clone()),
                nulls: coded.keys().nulls().cloned(),
            });
        }
        let plain = cast(array, &DataType::Utf8).ok()?;
        let texts = plain.as_string_opt::<i32>()?.clone();
        Some(Self {
            nulls: texts.nulls().cloned(),
            codes: None,
            texts,
        })
    }
}

/// A boolean column.
#[derive(Debug)]
pub(crate) struct Flags(BooleanArray);

impl Flags {
    /// The flag of a row; null as `None`.
    pub(crate) fn get(&self, row: usize) -> Option<bool> {
        (row < self.0.len() && self.0.is_valid(row)).then(|| self.0.value(row))
    }
}

/// The `accesses` column.
#[derive(Debug)]
pub(crate) struct Accesses {
    list: ListArray,
    pub(crate) action: Texts,
    pub(crate) resource: Texts,
    pub(crate) template: Texts,
    pub(crate) via: Texts,
}

impl Accesses {
    /// Where the accesses of a row are in the four columns.
    pub(crate) fn of(&self, row: usize) -> std::ops::Range<usize> {
        let offsets = self.list.value_offsets();
        let at = |row: usize| {
            offsets
                .get(row)
                .and_then(|at| usize::try_from(*at).ok())
                .unwrap_or(0)
        };
        at(row)..at(row + 1)
    }
}

/// A record batch of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch<'b> {
    pub(crate) path: &'b Path,
    pub(crate) records: &'b RecordBatch,
}

impl Batch<'_> {
    pub(crate) fn texts(&self, column: &'static str) -> Result<Texts, Error> {
        self.column(column)
            .and_then(Texts::of)
            .ok_or_else(|| self.missing(column))
    }

    pub(crate) fn flags(&self, column: &'static str) -> Result<Flags, Error> {
        let flags = self
            .column(column)
            .and_then(|array| array.as_boolean_opt().cloned());
        flags.map(Flags).ok_or_else(|| self.missing(column))
    }

    /// Times as milliseconds since 1970.
    pub(crate) fn times(&self, column: &'static str) -> Result<ScalarBuffer<i64>, Error> {
        let millis = DataType::Timestamp(TimeUnit::Millisecond, None);
        let times = self
            .column(column)
            .and_then(|array| cast(array, &millis).ok());
        let times = times
            .as_ref()
            .and_then(|array| array.as_primitive_opt::<TimestampMillisecondType>())
            .filter(|array| array.null_count() == 0);
        times
            .map(|array| array.values().clone())
            .ok_or_else(|| self.missing(column))
    }

    pub(crate) fn accesses(&self) -> Result<Accesses, Error> {
        let list = self
            .column("accesses")
            .and_then(|array| array.as_list_opt::<i32>());
        self.access_columns(list)
            .ok_or_else(|| self.missing("accesses"))
    }

    fn access_columns(&self, list: Option<&ListArray>) -> Option<Accesses> {
        let list = list?.clone();
        let elements = list.values().as_struct_opt()?;
        let texts = |name| elements.column_by_name(name).and_then(Texts::of);
        Some(Accesses {
            action: texts("action")?,
            resource: texts("resource")?,
            template: texts("template")?,
            via: texts("via")?,
            list,
        })
    }

    fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.records.column_by_name(name)
    }

    fn missing(&self, column: &'static str) -> Error {
        Error::Column {
            path: self.path.to_owned(),
            column,
        }
    }
}
