//! Why an analysis stopped.

use crate::sql::answer::RowError;
use crate::warehouse::Failed;
use std::path::{Path, PathBuf};

/// Why an analysis stopped. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system.
    #[error("`{}`", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is no sound Parquet file.
    #[error("`{}` is no readable Parquet file", path.display())]
    Parquet {
        /// File.
        path: PathBuf,
        /// What the Parquet reader said.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// The file's rows cannot be decoded.
    #[error("cannot decode rows of `{}`", path.display())]
    Arrow {
        /// File.
        path: PathBuf,
        /// What the Arrow reader said.
        #[source]
        source: arrow::error::ArrowError,
    },
    /// The file lacks a column of the archive, or has it with another type.
    #[error("`{}` has no column `{column}` of the archive's type", path.display())]
    Column {
        /// File.
        path: PathBuf,
        /// Column.
        column: &'static str,
    },
    /// A value that no writer of the archive writes.
    #[error("`{}`: event `{event_id}` has {column} `{value}`", path.display())]
    Value {
        /// File.
        path: PathBuf,
        /// Event.
        event_id: String,
        /// Column.
        column: &'static str,
        /// The value.
        value: String,
    },
    /// A newer program wrote the archive.
    #[error("`{}` has archive schema version `{found}`; this program reads up to {supported}", path.display())]
    SchemaVersion {
        /// File.
        path: PathBuf,
        /// Version in the file.
        found: String,
        /// Newest version known here.
        supported: u32,
    },
    /// The archive cannot be listed or opened.
    #[error(transparent)]
    Archive(#[from] ingest::Error),
    /// A warehouse did not answer.
    #[error(transparent)]
    Warehouse(Failed),
    /// A warehouse answered something else than was asked.
    #[error("cannot make usage of what the engine answered")]
    Row(#[source] RowError),
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// Puts the place to an I/O error.
pub(crate) trait At<T> {
    fn at(self, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for Result<T, std::io::Error> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })
    }
}

impl<T> At<T> for Result<T, parquet::errors::ParquetError> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Parquet {
            path: path.to_owned(),
            source,
        })
    }
}

impl<T> At<T> for Result<T, arrow::error::ArrowError> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Arrow {
            path: path.to_owned(),
            source,
        })
    }
}
