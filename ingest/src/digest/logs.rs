//! A log object against the hash that a digest gives of it.

use super::load::{Objection, Sha256, chain};
use super::report::FindingKind;
use crate::inflate::{Broken, Inflate, broken};
use crate::source::browse::Browse;
use crate::time::parse_time;
use aws_lc_rs::digest::{Context, SHA256};
use std::io::Read;

/// Largest log object after inflation; CloudTrail's are at most 50 MB before.
const LOG_BYTES: u64 = 16 << 30;
/// Bytes hashed at once.
const READ: usize = 64 << 10;

/// A log object that a valid digest names.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// In the source.
    pub(super) key: String,
    /// As delivered.
    pub(super) bucket: String,
    pub(super) object: String,
    /// Of the content after inflation; `None` when the digest's text is no hash.
    pub(super) sha256: Option<Sha256>,
    /// It was seen when its folder was listed.
    pub(super) listed: bool,
}

/// Reads a log object as a stream and compares it.
pub(super) fn check(browse: &dyn Browse, log: &Named) -> Result<u64, Objection> {
    let fetched = browse
        .fetch(&log.key)
        .map_err(|error| (FindingKind::Unreadable, chain(&error)))?;
    let Some(fetched) = fetched else {
        let why = "a digest names it, and it is not there".to_owned();
        return Err((FindingKind::LogNotFound, why));
    };
    compare(fetched.bytes, log.sha256)
}

/// One gzip member of the right hash, nothing behind. Bytes after inflation.
pub(super) fn compare(stored: impl Read, expect: Option<Sha256>) -> Result<u64, Objection> {
    let (sha256, bytes) = hash(stored).map_err(|error| match broken(&error) {
        Some(Broken::Source(source)) => (FindingKind::Unreadable, chain(source)),
        Some(Broken::Trailing) => (FindingKind::LogTrailing, error.to_string()),
        Some(Broken::TooLarge(_)) => (FindingKind::Unreadable, error.to_string()),
        None => (FindingKind::LogCorrupt, error.to_string()),
    })?;
    if Some(sha256) == expect {
        Ok(bytes)
    } else {
        let why = "its hash is not the one in the digest".to_owned();
        Err((FindingKind::LogModified, why))
    }
}

fn hash(stored: impl Read) -> std::io::Result<(Sha256, u64)> {
    let mut content = Inflate::new(stored, LOG_BYTES)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; READ];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => context.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(context.finish().as_ref());
    Ok((sha256, content.given()))
}

/// When a log object was delivered, in milliseconds, by its name: `…_{YYYYMMDDTHHmmZ}…`.
pub(super) fn delivered_at(key: &str) -> Option<i64> {
    let name = key.rsplit('/').next()?;
    name.split('_').rev().find_map(|part| {
        let stamp = part.get(..14)?;
        let digits = |range| {
            stamp
                .get(range)
                .filter(|text: &&str| text.bytes().all(|b| b.is_ascii_digit()))
        };
        let (date, time) = (digits(0..8)?, digits(9..13)?);
        let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..)?);
        let (hour, minute) = (time.get(..2)?, time.get(2..)?);
        (stamp.get(8..9)? == "T" && stamp.get(13..)? == "Z")
            .then(|| parse_time(&format!("{year}-{month}-{day}T{hour}:{minute}:00Z")))?
    })
}

#[cfg(test)]
mod tests {
    use super::delivered_at;

    #[test]
    fn times_of_delivery() {
        let at = Some(1_403_268_900_000);
        let check = |key: &str, expect| assert_eq!(delivered_at(key), expect, "{key}");
        check("a/1_CloudTrail_us-east-2_20140620T1255Z_Hdkv.json.gz", at);
        check("a/1_CloudTrail_us-east-2_20140620T1255ZHdkv.json.gz", at);
        check("a/20140620/1_CloudTrail_us-east-2_2014T1255Z.json.gz", None);
        check("a/é_20149920T1255Z_x.json.gz", None);
        check("x.json", None);
    }
}
