//! What can stop an ingest. Broken input does not: it is quarantined.

use std::io;
use std::path::{Path, PathBuf};

/// Errors of the ingest room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the archive or the source cannot be read or written.
    #[error("cannot access `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The source is neither a file nor a folder nor `s3://bucket/prefix`.
    #[error("`{0}` is neither a file nor a folder")]
    NoSource(String),
    /// The archive is neither a folder nor `s3://bucket/prefix`.
    #[error("`{0}` names no bucket")]
    NoArchive(String),
    /// Another process has been committing to the archive for very long.
    #[error("archive `{}` is being written by another process", path.display())]
    Locked {
        /// The archive.
        path: PathBuf,
    },
    /// The server would let two writers overwrite each other's commits.
    #[error(
        "the server of bucket `{bucket}` ignores `If-None-Match: *`: two ingests at once could lose what one of them read"
    )]
    Unconditional {
        /// The bucket of the archive.
        bucket: String,
    },
    /// A commit is under way, or was interrupted.
    #[error("`{}` is not visible yet: a commit is under way, or was interrupted", path.display())]
    Unsettled {
        /// A file of the commit.
        path: PathBuf,
    },
    /// A file of the archive is gone.
    #[error("`{}` is gone: a later commit has replaced it, or it was deleted", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// Another process has committed what this one was about to; what is left is read again.
    #[error("another process has committed what this one was about to")]
    Overtaken,
    /// A file of the archive's bookkeeping is damaged.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A ledger entry cannot be read or written.
    #[error("ledger entry `{}` is not readable", path.display())]
    Ledger {
        /// The entry.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A Parquet file cannot be written or read.
    #[error("Parquet file `{}`", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// Columns do not fit the schema.
    #[error("cannot build columns for `{}`", path.display())]
    Arrow {
        /// The file they were meant for.
        path: PathBuf,
        /// Why.
        #[source]
        source: arrow::error::ArrowError,
    },
    /// A request to S3 failed.
    #[error("S3 request for `s3://{bucket}/{key}`")]
    S3 {
        /// Bucket.
        bucket: String,
        /// Key or prefix.
        key: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of public keys is not the output of `aws cloudtrail list-public-keys`.
    #[error("`{}` holds no CloudTrail public keys: {why}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The threads that wait for the network cannot be started.
    #[error("cannot start a runtime")]
    Runtime(#[source] io::Error),
    /// No digest below the source.
    #[error("no `CloudTrail-Digest` folder below `{0}`")]
    NoDigests(String),
    /// A thread of the pipeline ended without a result.
    #[error("a worker thread ended early")]
    Worker,
}

/// Adds the path to an I/O error.
pub(crate) trait IoContext<T> {
    /// The error with its place.
    fn at(self, path: &Path) -> Result<T, Error>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })
    }
}
