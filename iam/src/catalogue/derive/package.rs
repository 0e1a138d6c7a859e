//! A package: the files of one pinned wheel, in memory.

use super::DeriveError;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The files of one wheel by path.
#[derive(Debug, Clone, Default)]
pub struct Package {
    name: String,
    files: BTreeMap<String, Vec<u8>>,
}

impl Package {
    /// A package called `name` (for messages) with these files.
    pub fn new(name: impl Into<String>, files: BTreeMap<String, Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            files,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of a file that must be there.
    pub(crate) fn file(&self, path: &str) -> Result<&[u8], DeriveError> {
        let found = self.files.get(path).map(Vec::as_slice);
        found.ok_or_else(|| DeriveError::MissingFile {
            package: self.name.clone(),
            path: path.to_owned(),
        })
    }

    /// A JSON file that must be there.
    pub(crate) fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, DeriveError> {
        self.parse(path, self.file(path)?)
    }

    /// Parses the bytes of the file at `path`.
    pub(crate) fn parse<T: DeserializeOwned>(
        &self,
        path: &str,
        bytes: &[u8],
    ) -> Result<T, DeriveError> {
        serde_json::from_slice(bytes).map_err(|source| DeriveError::Json {
            package: self.name.clone(),
            path: path.to_owned(),
            source,
        })
    }

    /// Paths of the files under a folder (which ends in `/`), sorted.
    pub(crate) fn under<'p>(&'p self, folder: &'p str) -> impl Iterator<Item = &'p str> {
        let paths = self.files.range(folder.to_owned()..);
        paths
            .map(|(path, _)| path.as_str())
            .take_while(move |path| path.starts_with(folder))
    }
}
