//! Digests: SHA-256 of what a proof is about, so that a check finds out whether it is the same.

use iam::catalogue::Catalogue;
use iam::policy::{Policy, Statement};
use iam::usage::Usage;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// How many things, and the SHA-256 of all of them, a line each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digest {
    pub(crate) count: usize,
    pub(crate) sha256: String,
}

impl Digest {
    fn of_lines(lines: impl Iterator<Item = String>) -> Self {
        let (mut hash, mut count) = (Sha256::new(), 0);
        for line in lines {
            hash.update(line.as_bytes());
            hash.update(b"\n");
            count += 1;
        }
        Self {
            count,
            sha256: hex(&hash.finalize()),
        }
    }

    /// Usage lines as `usage.jsonl` has them, in their order.
    pub(crate) fn of_usage<'u>(rows: impl Iterator<Item = &'u Usage>) -> Self {
        Self::of_lines(rows.map(|row| serde_json::to_string(row).unwrap_or_default()))
    }

    /// Policy documents, in their order.
    pub(crate) fn of_policies<'p>(policies: impl Iterator<Item = &'p Policy>) -> Self {
        Self::of_lines(policies.map(|policy| serde_json::to_string(policy).unwrap_or_default()))
    }

    /// What the actions of each statement mean in a catalogue.
    pub(crate) fn of_actions(statements: &[Statement], catalogue: &Catalogue) -> Self {
        let named = |statement| crate::proof::named(statement, catalogue);
        let joined = |names: std::collections::BTreeSet<String>| {
            names.into_iter().collect::<Vec<_>>().join(" ")
        };
        Self::of_lines(statements.iter().map(|statement| joined(named(statement))))
    }
}

/// The SHA-256 of a file's text, in hexadecimal.
pub(crate) fn of_text(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
