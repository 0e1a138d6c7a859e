//! CloudTrail's public keys: from files, or from its API.

use super::api::Api;
use crate::error::{Error, IoContext};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest key file.
const FILE_BYTES: u64 = 16 << 20;

/// Keys by fingerprint, each as DER.
pub(super) type Ring = BTreeMap<String, Vec<u8>>;

/// Where keys come from.
pub(super) enum Keys {
    Files(Ring),
    Api(Box<Api>),
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoKey {
    /// CloudTrail says that it has none of that fingerprint.
    Unknown,
    /// It may be elsewhere, or cannot be used.
    Unavailable(String),
}

/// Which key is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    pub(super) region: &'w str,
    pub(super) fingerprint: &'w str,
    /// When it was in use, in milliseconds.
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Keys {
    /// The key, ready to verify with.
    pub(super) fn find(&self, wanted: Wanted<'_>) -> Result<ParsedPublicKey, NoKey> {
        let der = match self {
            Self::Files(ring) => ring.get(wanted.fingerprint).cloned().ok_or_else(|| {
                NoKey::Unavailable(format!(
                    "the key files hold no key `{}`",
                    wanted.fingerprint
                ))
            }),
            Self::Api(api) => api.find(wanted),
        }?;
        // PKCS#1 and SPKI are told apart by the parser.
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der).map_err(|_| {
            NoKey::Unavailable(format!(
                "key `{}` is neither PKCS#1 nor SPKI of RSA",
                wanted.fingerprint
            ))
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    public_key_list: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    value: String,
    fingerprint: String,
}

/// Reads the output of `aws cloudtrail list-public-keys`; several answers may follow each other in one file.
pub(super) fn read_files(paths: &[PathBuf]) -> Result<Ring, Error> {
    let mut ring = Ring::new();
    for path in paths {
        read_file(path, &mut ring)?;
    }
    Ok(ring)
}

fn read_file(path: &Path, ring: &mut Ring) -> Result<(), Error> {
    let broken = |why: String| Error::KeyFile {
        path: path.to_owned(),
        why,
    };
    if fs::metadata(path).at(path)?.len() > FILE_BYTES {
        return Err(broken(format!("is larger than {FILE_BYTES} bytes")));
    }
    let text = fs::read(path).at(path)?;
    for answer in serde_json::Deserializer::from_slice(&text).into_iter::<Answer>() {
        for entry in answer
            .map_err(|error| broken(error.to_string()))?
            .public_key_list
        {
            let key = STANDARD
                .decode(entry.value.trim())
                .map_err(|error| broken(format!("key `{}`: {error}", entry.fingerprint)))?;
            let known = ring.insert(entry.fingerprint.clone(), key.clone());
            if known.is_some_and(|known| known != key) {
                return Err(broken(format!("two keys `{}`", entry.fingerprint)));
            }
        }
    }
    if ring.is_empty() {
        return Err(broken("holds no key".to_owned()));
    }
    Ok(())
}
