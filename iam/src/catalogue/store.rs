//! The store: a catalogue file as bytes, and the one embedded in this program.
//!
//! The file is two zstd frames, the core and the operations. Each holds the byte 1 and the tables as postcard writes
//! them; in older files, which are still read, the tables as JSON.

use super::{Catalogue, tables::Core, tables::Operations};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::OnceLock;

static EMBEDDED: &[u8] = include_bytes!("../../data/catalogue.zst");

/// No table of a catalogue is larger than this when unpacked, in bytes.
const LIMIT: usize = 64 << 20;

/// First byte of tables that are no JSON.
const BINARY: u8 = 1;

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
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Catalogue {
    /// Reads a catalogue from the bytes of its file.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        let (core, operations) = frames(bytes);
        Ok(Self {
            core: unpack("core", core)?,
            operations: OnceLock::from(unpack::<Operations>("operations", operations)?),
        })
    }

    /// API operations, decoded on first use.
    pub(crate) fn operations(&self) -> &Operations {
        self.operations
            .get_or_init(|| embedded_table("operations", frames(EMBEDDED).1))
    }
}

/// The embedded catalogue without its operations.
pub(crate) fn embedded() -> Catalogue {
    Catalogue {
        core: embedded_table::<Core>("core", frames(EMBEDDED).0),
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
    let bytes = zstd::bulk::decompress(bytes, size_of_frame(bytes).min(LIMIT))
        .map_err(|source| LoadError::Unpack { table, source })?;
    let format = |source| LoadError::Format { table, source };
    match bytes.split_first() {
        Some((&BINARY, tables)) => postcard::from_bytes(tables).map_err(|e| format(e.into())),
        _ => serde_json::from_slice(&bytes).map_err(|e| format(e.into())),
    }
}

/// The two frames of a file.
fn frames(bytes: &[u8]) -> (&[u8], &[u8]) {
    let first = zstd::zstd_safe::find_frame_compressed_size(bytes);
    bytes.split_at(first.unwrap_or(0).min(bytes.len()))
}

fn size_of_frame(bytes: &[u8]) -> usize {
    let size = zstd::zstd_safe::get_frame_content_size(bytes);
    let size = size.ok().flatten().unwrap_or(LIMIT as u64);
    usize::try_from(size).unwrap_or(LIMIT)
}

/// A catalogue file; equal tables give equal bytes.
pub(crate) fn pack(core: &Core, operations: &Operations) -> Result<Vec<u8>, LoadError> {
    let mut bytes = frame("core", core)?;
    bytes.extend(frame("operations", operations)?);
    Ok(bytes)
}

fn frame<T: Serialize>(table: &'static str, value: &T) -> Result<Vec<u8>, LoadError> {
    let bytes = postcard::to_extend(value, vec![BINARY]).map_err(|source| LoadError::Format {
        table,
        source: source.into(),
    })?;
    zstd::bulk::compress(&bytes, 19).map_err(|source| LoadError::Unpack { table, source })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;

    fn older(value: &impl Serialize) -> Vec<u8> {
        zstd::bulk::compress(&serde_json::to_vec(value).unwrap(), 3).unwrap()
    }

    #[test]
    fn catalogues_from_when_tables_were_json_are_read() {
        let now = Catalogue::embedded();
        let mut bytes = older(&now.core);
        bytes.extend(older(now.operations()));
        let then = Catalogue::load(&bytes).unwrap();
        assert_eq!(then.core, now.core);
        assert_eq!(then.operations(), now.operations());
    }

    #[test]
    fn what_is_no_catalogue_is_an_error() {
        let packed = |bytes: &[u8]| zstd::bulk::compress(bytes, 3).unwrap();
        for bytes in [
            &b"{}"[..],
            &[BINARY],
            &[BINARY, 0xff, 0xff, 0xff, 0x0f],
            &[2, 0],
        ] {
            let error = Catalogue::load(&packed(bytes)).unwrap_err();
            assert!(
                matches!(error, LoadError::Format { table: "core", .. }),
                "{error}"
            );
        }
        for bytes in [&b""[..], b"PK", packed(b"{}").get(..8).unwrap()] {
            assert!(Catalogue::load(bytes).is_err(), "{bytes:?}");
        }
    }
}
