//! Cross-account copies: which of the records of one call counts.
//!
//! A call across accounts is logged once in the caller's account and once in each owner's, under different event ids
//! and one `sharedEventID`. The caller's copies count. An owner's copy (its recipient is not the caller's account)
//! counts only when the archive holds no copy of the caller, and of several such the one with the smallest event id.
//! So evidence is neither doubled nor lost when the caller's trail misses what the owner's has. Both copies carry the
//! time of the one call, so they lie in the same partition and are sought there; copies that the filters on account
//! and region leave out are not in the archive for this purpose.

use crate::archive::Day;
use crate::batch::Batch;
use crate::config::Config;
use crate::error::{At, Error};
use std::collections::HashMap;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

/// Columns that [`Copies::read`] reads.
const COLUMNS: [&str; 6] = [
    "event_id",
    "account",
    "region",
    "principal",
    "principal_account",
    "shared_event_id",
];

/// The calls of a day that owners logged too. Grows with their number: about 100 bytes a call.
#[derive(Debug, Default)]
pub(crate) struct Copies(
    /// By the hash of the shared event id.
    HashMap<u128, Call>,
);

/// The copies of one call.
#[derive(Debug, Clone, Default)]
struct Call {
    /// The caller's copy was seen.
    caller: bool,
    /// Smallest id of the owners' copies.
    owner: Option<Box<str>>,
}

/// Whether the record is an owner's copy: of a call from another account than the one that logged it.
pub(crate) fn is_owners(account: Option<&str>, principal_account: Option<&str>) -> bool {
    principal_account.is_some() && account != principal_account
}

impl Copies {
    /// Reads the copies of a day.
    pub(crate) fn read(day: &Day, config: &Config) -> Result<Self, Error> {
        let mut calls = HashMap::new();
        for file in &day.files {
            let footer = day.open(file)?;
            let path: &Path = &footer.path;
            for group in 0..footer.metadata.metadata().num_row_groups() {
                if footer.is_all_null(group, "shared_event_id") {
                    continue;
                }
                for records in footer.rows(group, &COLUMNS)? {
                    let records = records.at(path)?;
                    note(
                        &mut calls,
                        Batch {
                            path,
                            records: &records,
                        },
                        config,
                    )?;
                }
            }
        }
        calls.retain(|_, call: &mut Call| call.owner.is_some());
        calls.shrink_to_fit();
        Ok(Self(calls))
    }

    /// Whether this owner's copy counts.
    pub(crate) fn counts(&self, shared_event_id: &str, event_id: &str) -> bool {
        let call = self.0.get(&xxh3_128(shared_event_id.as_bytes()));
        call.is_none_or(|call| !call.caller && call.owner.as_deref() == Some(event_id))
    }
}

fn note(calls: &mut HashMap<u128, Call>, batch: Batch<'_>, config: &Config) -> Result<(), Error> {
    let [
        event_id,
        account,
        region,
        principal,
        principal_account,
        shared,
    ] = COLUMNS.map(|column| batch.texts(column));
    let (event_id, account, region) = (event_id?, account?, region?);
    let (principal, principal_account, shared) = (principal?, principal_account?, shared?);
    for row in 0..batch.records.num_rows() {
        let (Some(shared), Some(_)) = (shared.get(row), principal.get(row)) else {
            continue;
        };
        let place = (account.get(row), region.get(row).unwrap_or_default());
        if !config.has_place(place.0.unwrap_or_default(), place.1) {
            continue;
        }
        let call = calls.entry(xxh3_128(shared.as_bytes())).or_default();
        if is_owners(place.0, principal_account.get(row)) {
            let id = event_id.get(row).unwrap_or_default();
            if call.owner.as_deref().is_none_or(|owner| id < owner) {
                call.owner = Some(id.into());
            }
        } else {
            call.caller = true;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owners_copy_is_logged_elsewhere_than_the_caller() {
        assert!(is_owners(Some("444455556666"), Some("111122223333")));
        assert!(!is_owners(Some("111122223333"), Some("111122223333")));
        assert!(
            !is_owners(Some("111122223333"), None),
            "nobody knows the caller's account"
        );
    }
}
