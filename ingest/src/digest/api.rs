//! CloudTrail's `ListPublicKeys`, asked once a region and fingerprint.

use super::keys::{NoKey, Ring, Wanted};
use crate::config::S3Options;
use crate::error::Error;
use crate::source::shared_config;
use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::error::DisplayErrorContext;
use aws_sdk_cloudtrail::primitives::DateTime;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tokio::runtime::Runtime;

/// Pages of one answer.
const PAGES: usize = 100;
/// Fingerprints of one region that may turn out unknown: a forged archive shall not make us ask for ever.
const UNKNOWN: u32 = 100;

pub(super) struct Api {
    runtime: Runtime,
    config: SdkConfig,
    regions: Mutex<BTreeMap<String, Known>>,
}

/// What a region has said.
#[derive(Default)]
struct Known {
    ring: Ring,
    unknown: u32,
    failure: Option<String>,
}

impl Api {
    /// `options.endpoint_url` is CloudTrail's.
    pub(super) fn new(options: &S3Options) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let config = runtime.block_on(shared_config(options, false));
        Ok(Self {
            runtime,
            config,
            regions: Mutex::default(),
        })
    }

    /// The key's DER. The lock is held while asking, so that a region is not asked twice for one key.
    pub(super) fn find(&self, wanted: Wanted<'_>) -> Result<Vec<u8>, NoKey> {
        let unavailable = |why: &str| NoKey::Unavailable(why.to_owned());
        if !is_region(wanted.region) {
            return Err(unavailable("the region's name is none"));
        }
        let Ok(mut regions) = self.regions.lock() else {
            return Err(unavailable("another thread failed"));
        };
        let known = regions.entry(wanted.region.to_owned()).or_default();
        if let Some(key) = known.ring.get(wanted.fingerprint) {
            return Ok(key.clone());
        }
        if let Some(failure) = &known.failure {
            return Err(unavailable(failure));
        }
        if known.unknown >= UNKNOWN {
            return Err(unavailable("too many unknown fingerprints; not asked"));
        }
        if let Err(failure) = self.runtime.block_on(self.ask(wanted, &mut known.ring)) {
            known.failure = Some(failure.clone());
            return Err(NoKey::Unavailable(failure));
        }
        known.ring.get(wanted.fingerprint).cloned().ok_or_else(|| {
            known.unknown += 1;
            NoKey::Unknown
        })
    }

    async fn ask(&self, wanted: Wanted<'_>, ring: &mut Ring) -> Result<(), String> {
        let config = aws_sdk_cloudtrail::config::Builder::from(&self.config)
            .region(Region::new(wanted.region.to_owned()))
            .build();
        let request = Client::from_conf(config)
            .list_public_keys()
            .start_time(DateTime::from_millis(wanted.from))
            .end_time(DateTime::from_millis(wanted.to));
        let mut pages = request.into_paginator().send();
        for _ in 0..PAGES {
            let Some(page) = pages.next().await else {
                break;
            };
            let page = page.map_err(|error| {
                format!(
                    "ListPublicKeys in `{}`: {}",
                    wanted.region,
                    DisplayErrorContext(error)
                )
            })?;
            for key in page.public_key_list() {
                if let (Some(fingerprint), Some(value)) = (key.fingerprint(), key.value()) {
                    ring.insert(fingerprint.to_owned(), value.as_ref().to_vec());
                }
            }
        }
        Ok(())
    }
}

/// Whether a name from a key may become part of a host name.
fn is_region(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
