//! The store: catalogue files as bytes, and the pair embedded in this program.

use super::{Catalogue, tables::Core, tables::Operations};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::OnceLock;

/// Actions, resource types, events.
static CORE: &[u8] = include_bytes!("../../data/core.json.zst");
/// API operations.
static OPERATIONS: &[u8] = include_bytes!("../../data/operations.json.zst");

/// No table of a catalogue is larger than this when unpacked, in bytes.
const LIMIT: usize = 64 << 20;

/// A catalogue file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not zstd, truncated, or larger than a catalogue may be.
    #[error("the {table} table of the catalogue does not unpack")]
    Unpack {
        /// `core` or `operations`.
        table: &'static str,
        /// What the decompressor said.
        #[source]
        source: std::io::Error,
    },
    /// Not the tables this version of the program reads or writes.
    #[error("the {table} table of the catalogue is not in this program's format")]
    Format {
        /// `core` or `operations`.
        table: &'static str,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
}

impl Catalogue {
    /// Reads a catalogue from its two files.
    pub fn load(core: &[u8], operations: &[u8]) -> Result<Self, LoadError> {
        Ok(Self {
            core: unpack("core", core)?,
            operations: OnceLock::from(unpack::<Operations>("operations", operations)?),
        })
    }

    /// API operations, decoded on first use.
    pub(crate) fn operations(&self) -> &Operations {
        self.operations
            .get_or_init(|| embedded_table("operations", OPERATIONS))
    }
}

/// The embedded catalogue without its operations.
pub(crate) fn embedded() -> Catalogue {
    Catalogue {
        core: embedded_table::<Core>("core", CORE),
        operations: OnceLock::new(),
    }
}

#[expect(
    clippy::expect_used,
    reason = "the bytes are part of the program and decoded by its tests"
)]
fn embedded_table<T: DeserializeOwned>(table: &'static str, bytes: &[u8]) -> T {
    unpack(table, bytes).expect("the embedded catalogue decodes")
}

fn unpack<T: DeserializeOwned>(table: &'static str, bytes: &[u8]) -> Result<T, LoadError> {
    let json = zstd::bulk::decompress(bytes, size_of_frame(bytes).min(LIMIT))
        .map_err(|source| LoadError::Unpack { table, source })?;
    serde_json::from_slice(&json).map_err(|source| LoadError::Format { table, source })
}

fn size_of_frame(bytes: &[u8]) -> usize {
    let size = zstd::zstd_safe::get_frame_content_size(bytes);
    let size = size.ok().flatten().unwrap_or(LIMIT as u64);
    usize::try_from(size).unwrap_or(LIMIT)
}

/// Packs a table; equal tables give equal bytes.
pub(crate) fn pack<T: Serialize>(table: &'static str, value: &T) -> Result<Vec<u8>, LoadError> {
    let json = serde_json::to_vec(value).map_err(|source| LoadError::Format { table, source })?;
    zstd::bulk::compress(&json, 19).map_err(|source| LoadError::Unpack { table, source })
}
