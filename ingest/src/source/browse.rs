//! A source looked at folder by folder, with what the store notes beside an object's bytes.

use super::{Object, Source, folder, s3};
use crate::config::S3Options;
use crate::error::Error;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// What lies directly in a folder, sorted.
#[derive(Debug, Default)]
pub(crate) struct Children {
    /// Names of folders.
    pub(crate) folders: Vec<String>,
    /// Objects of any kind, with their whole keys.
    pub(crate) objects: Vec<Object>,
}

/// An object's bytes and user metadata.
pub(crate) struct Fetched<'f> {
    pub(crate) bytes: Box<dyn Read + 'f>,
    /// Without `x-amz-meta-`, in lower case; `None` when the store keeps none.
    pub(crate) metadata: Option<BTreeMap<String, String>>,
}

/// Where the keys of a source are, in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) bucket: String,
    /// Before every key: empty, or ending in `/`.
    pub(crate) prefix: String,
}

/// Looks around in a source; used by several threads at once. Keys are relative to the source.
pub(crate) trait Browse: Sync {
    /// What lies in a folder: `""`, or a key that ends in `/`. Nothing when there is no such folder.
    fn children(&self, folder: &str) -> Result<Children, Error>;
    /// An object; `None` when there is none.
    fn fetch(&self, key: &str) -> Result<Option<Fetched<'_>>, Error>;
    /// Where it is; `None` for a folder.
    fn location(&self) -> Option<Location>;
    /// How many threads should read, when `threads` can decode.
    fn readers(&self, threads: usize) -> usize;
}

impl Source {
    /// `archive` is not part of the source, even when below it.
    pub(crate) fn browse(
        &self,
        options: &S3Options,
        unsigned: bool,
        archive: &Path,
    ) -> Result<Box<dyn Browse>, Error> {
        Ok(match self {
            Self::Folder(path) => Box::new(folder::Folder::new(path, archive)?),
            Self::S3 { bucket, prefix } => {
                Box::new(s3::Bucket::new(bucket, prefix, options, unsigned)?)
            }
        })
    }
}
