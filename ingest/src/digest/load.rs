//! One digest read from the source, and whether its signature is CloudTrail's.

use super::file::{Digest, Name, unhex};
use super::keys::{Keys, NoKey, Wanted};
use super::origin::Origin;
use super::report::FindingKind;
use crate::inflate::Inflate;
use crate::source::browse::Browse;
use crate::time::parse_time;
use aws_lc_rs::digest::{SHA256, digest as hash};
use std::collections::BTreeMap;
use std::io::Read;

/// Largest digest after inflation: some hundred thousand log objects in an hour.
const DIGEST_BYTES: u64 = 64 << 20;
const ALGORITHM: &str = "SHA256withRSA";
const HASH: &str = "SHA-256";
const HOUR: i64 = 3_600_000;

/// A kind of finding and its words.
pub(super) type Objection = (FindingKind, String);

/// A SHA-256.
pub(super) type Sha256 = [u8; 32];

/// A digest that is where it was delivered.
pub(super) struct Loaded {
    pub(super) name: Name,
    /// In the source.
    pub(super) key: String,
    /// Before the source's keys, where it was delivered.
    pub(super) prefix: String,
    pub(super) digest: Digest,
    pub(super) sha256: Sha256,
    pub(super) start: i64,
    pub(super) end: i64,
    metadata: Option<BTreeMap<String, String>>,
}

/// Reads a digest.
pub(super) fn load(
    browse: &dyn Browse,
    origin: &Origin,
    key: &str,
    name: &Name,
) -> Result<Loaded, Objection> {
    let unreadable = |error: &dyn std::error::Error| (FindingKind::Unreadable, chain(error));
    let fetched = browse.fetch(key).map_err(|error| unreadable(&error))?;
    let Some(fetched) = fetched else {
        return Err((FindingKind::DigestNotFound, "is gone".to_owned()));
    };
    let format = |why: String| (FindingKind::DigestFormat, why);
    let mut text = Vec::new();
    Inflate::new(fetched.bytes, DIGEST_BYTES)
        .and_then(|mut inflate| inflate.read_to_end(&mut text))
        .map_err(|error| match crate::inflate::broken(&error) {
            Some(crate::inflate::Broken::Source(source)) => unreadable(source),
            _ => format(error.to_string()),
        })?;
    let digest: Digest =
        serde_json::from_slice(&text).map_err(|error| format(error.to_string()))?;
    let Some(prefix) = origin.prefix(&digest, key) else {
        let there = format!("was delivered as s3://{}/{}", digest.bucket, digest.object);
        return Err((FindingKind::DigestMoved, there));
    };
    let time = |text: &str| parse_time(text).ok_or_else(|| format(format!("`{text}` is no time")));
    let (start, end) = (
        time(&digest.digest_start_time)?,
        time(&digest.digest_end_time)?,
    );
    known_algorithms(&digest)?;
    let generated = "backfill-generation-timestamp";
    let lacks = |metadata: &BTreeMap<String, String>| !metadata.contains_key(generated);
    if name.chain.backfill && fetched.metadata.as_ref().is_some_and(lacks) {
        return Err(format(format!("its metadata has no `{generated}`")));
    }
    Ok(Loaded {
        name: name.clone(),
        key: key.to_owned(),
        prefix,
        sha256: sha256(&text),
        digest,
        start,
        end,
        metadata: fetched.metadata,
    })
}

fn known_algorithms(digest: &Digest) -> Result<(), Objection> {
    let logs = digest.log_files.iter().map(|log| Some(&log.hash_algorithm));
    let hashes = std::iter::once(digest.previous_digest_hash_algorithm.as_ref()).chain(logs);
    let unknown = hashes.flatten().find(|name| *name != HASH).or(digest
        .signature_algorithm
        .as_ref()
        .filter(|name| *name != ALGORITHM));
    match unknown {
        None => Ok(()),
        Some(name) => Err((
            FindingKind::Unreadable,
            format!("algorithm `{name}` is not known to this version"),
        )),
    }
}

impl Loaded {
    /// The signature in the object's metadata; `None` when the copy has no metadata.
    pub(super) fn signature(&self) -> Option<Result<&str, Objection>> {
        let metadata = self.metadata.as_ref()?;
        let algorithm = metadata.get("signature-algorithm").map(String::as_str);
        Some(match (metadata.get("signature"), algorithm) {
            (Some(signature), Some(ALGORITHM)) => Ok(signature),
            (Some(_), Some(other)) => Err((
                FindingKind::DigestSignature,
                format!("the signature's algorithm is `{other}`, not `{ALGORITHM}`"),
            )),
            _ => Err((
                FindingKind::DigestUnsigned,
                "its metadata lacks `signature` or `signature-algorithm`".to_owned(),
            )),
        })
    }

    /// Whether CloudTrail signed this digest so.
    pub(super) fn verify(&self, signature: &str, keys: &Keys) -> Result<(), Objection> {
        let key = self.key(keys)?;
        let text = self.digest.signed_text(&self.sha256);
        let bytes = unhex(signature).unwrap_or_default();
        key.verify_sig(text.as_bytes(), &bytes).map_err(|_| {
            let why = "the signature is not CloudTrail's over this digest".to_owned();
            (FindingKind::DigestSignature, why)
        })
    }

    fn key(&self, keys: &Keys) -> Result<aws_lc_rs::signature::ParsedPublicKey, Objection> {
        let wanted = |from, to| Wanted {
            region: &self.name.region,
            fingerprint: &self.digest.fingerprint,
            from,
            to,
        };
        let mut found = keys.find(wanted(self.start, self.end + 2 * HOUR));
        if let (Err(NoKey::Unknown), Some(at)) = (&found, self.generated()) {
            found = keys.find(wanted(at - HOUR, at + HOUR));
        }
        found.map_err(|error| match error {
            NoKey::Unknown => (
                FindingKind::DigestKeyUnknown,
                format!(
                    "CloudTrail has no public key `{}` in `{}`",
                    self.digest.fingerprint, self.name.region
                ),
            ),
            NoKey::Unavailable(why) => (FindingKind::KeyUnavailable, why),
        })
    }

    /// When a backfill digest was made.
    fn generated(&self) -> Option<i64> {
        parse_time(
            self.metadata
                .as_ref()?
                .get("backfill-generation-timestamp")?,
        )
    }
}

pub(super) fn sha256(bytes: &[u8]) -> Sha256 {
    let mut out = [0; 32];
    out.copy_from_slice(hash(&SHA256, bytes).as_ref());
    out
}

/// The error and its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
