//! The floor of an ingest: the objects gunzipped, or gunzipped and scanned by a borrowing JSON decoder, and no more.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "bench code, and each bench uses a part of it"
)]

use ingest::Event;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::fmt;
use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A log object as CloudTrail writes it.
#[derive(Deserialize)]
struct Object {
    #[serde(rename = "Records")]
    records: Records,
}

/// Decodes the records one after the other, every text borrowed from the bytes; counts them.
struct Records(usize);

impl<'de> Deserialize<'de> for Records {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Records;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("records")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<Records, A::Error> {
                let mut count = 0;
                while let Some(event) = records.next_element::<Event<'de>>()? {
                    black_box(&event);
                    count += 1;
                }
                Ok(Records(count))
            }
        }
        deserializer.deserialize_seq(Each)
    }
}

/// The files of a folder, sorted.
pub(crate) fn objects(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

/// Bytes after inflation.
pub(crate) fn gunzip(files: &[PathBuf]) -> u64 {
    each(files, |_| {})
}

/// Bytes after inflation; every record is decoded.
pub(crate) fn scan(files: &[PathBuf]) -> u64 {
    each(files, |bytes| {
        let object: Object = serde_json::from_slice(bytes).unwrap();
        black_box(object.records.0);
    })
}

fn each(files: &[PathBuf], mut take: impl FnMut(&[u8])) -> u64 {
    let mut bytes = Vec::new();
    let mut total = 0;
    for file in files {
        bytes.clear();
        let file = File::open(file).unwrap();
        let inflated = flate2::read::GzDecoder::new(file).read_to_end(&mut bytes);
        total += inflated.unwrap() as u64;
        take(&bytes);
    }
    total
}
