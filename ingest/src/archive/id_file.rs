//! Files of ids: 24 bytes an entry, the event id as a 128-bit number and the fingerprint of the event, little endian.

use crate::error::{Error, IoContext};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

/// Bytes of an entry.
pub(crate) const ENTRY: usize = 24;

/// An event id as a number, little endian.
pub(crate) type Id = [u8; 16];

/// An id and the fingerprint of its event.
pub(crate) type Entry = (Id, u64);

/// The number that an id is: its order in sorted files.
pub(crate) fn number_of(id: Id) -> u128 {
    u128::from_le_bytes(id)
}

/// The entries of a file in their order.
pub(crate) struct Entries {
    reader: BufReader<File>,
    left: u64,
}

impl Entries {
    /// # Errors
    /// The file cannot be read; with [`io::ErrorKind::InvalidData`] when it ends inside an entry.
    pub(crate) fn of(file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        if !bytes.is_multiple_of(ENTRY as u64) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Self {
            reader: BufReader::new(file),
            left: bytes / ENTRY as u64,
        })
    }
}

impl Iterator for Entries {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut entry = [0; ENTRY];
        let read = self.reader.read_exact(&mut entry);
        Some(read.map(|()| decode(&entry)))
    }
}

/// The id and fingerprint of an entry.
pub(crate) fn decode(entry: &[u8; ENTRY]) -> Entry {
    let (mut id, mut fingerprint) = ([0; 16], [0; 8]);
    let (left, right) = entry.split_at(id.len());
    id.copy_from_slice(left);
    fingerprint.copy_from_slice(right);
    (id, u64::from_le_bytes(fingerprint))
}

/// Writes an entry.
pub(crate) fn write_one(writer: &mut impl Write, id: Id, fingerprint: u64) -> io::Result<()> {
    writer.write_all(&id)?;
    writer.write_all(&fingerprint.to_le_bytes())
}

/// Reads a file of entries.
pub(crate) fn for_each(
    path: &Path,
    mut take: impl FnMut(Id, u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let entries = match Entries::of(File::open(path).at(path)?) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let path = path.to_owned();
            return Err(Error::Damaged { path });
        }
        entries => entries.at(path)?,
    };
    for entry in entries {
        let (id, fingerprint) = entry.at(path)?;
        take(id, fingerprint)?;
    }
    Ok(())
}
