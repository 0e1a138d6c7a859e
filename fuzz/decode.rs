//! Any bytes through the whole decoder: `cargo +nightly fuzz run decode -- -max_total_time=600 -max_len=16384`.
//!
//! Nothing panics; every byte is accounted for; and bytes that come a few at a time, of which the quick road sees no
//! whole record, give what they give at once.
//!
//! Of ingest only the decoder's own modules are compiled, and with them neither Arrow nor the AWS SDK, whose
//! instrumentation would take half an hour.
#![no_main]
#![allow(
    dead_code,
    unused_imports,
    reason = "what of these modules only ingest uses"
)]

#[path = "../ingest/src/access.rs"]
mod access;
#[path = "."]
mod archive {
    #[path = "../ingest/src/archive/column.rs"]
    pub(crate) mod column;
    #[path = "../ingest/src/archive/row.rs"]
    pub(crate) mod row;
    #[path = "../ingest/src/archive/spare.rs"]
    pub(crate) mod spare;
}
#[path = "../ingest/src/decode.rs"]
mod decode;
#[path = "../ingest/src/encode.rs"]
mod encode;
#[path = "../ingest/src/envelope.rs"]
mod envelope;
#[path = "../ingest/src/event/mod.rs"]
mod event;
#[path = "../ingest/src/gzip.rs"]
mod gzip;
#[path = "../ingest/src/inflate.rs"]
mod inflate;
#[path = "../ingest/src/outcome.rs"]
mod outcome;
#[path = "../ingest/src/principal.rs"]
mod principal;
#[path = "../ingest/src/probe.rs"]
mod probe;
#[path = "../ingest/src/quarantine.rs"]
mod quarantine;
#[path = "../ingest/src/reader.rs"]
mod reader;
#[path = "../ingest/src/redact.rs"]
mod redact;
#[path = "../ingest/src/resolve/mod.rs"]
mod resolve;
#[path = "../ingest/src/splitter/mod.rs"]
mod splitter;
#[path = "../ingest/src/time.rs"]
mod time;

use libfuzzer_sys::fuzz_target;
use probe::Probe;
use std::io::{self, Read};

const RECORD_BYTES: usize = 4096;
const OBJECT_BYTES: u64 = 1 << 20;

/// Gives a few bytes at a time.
struct Drip<'b>(&'b [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let few = buffer.len().min(7);
        self.0.read(&mut buffer[..few])
    }
}

fuzz_target!(|bytes: &[u8]| {
    for key in ["x.json", "x.jsonl"] {
        let at_once = Probe::read(key, bytes, RECORD_BYTES, OBJECT_BYTES).unwrap();
        // Of broken gzip, how much is inflated before the break depends on the reads.
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            let mut dripping = Probe::read(key, Drip(bytes), RECORD_BYTES, OBJECT_BYTES).unwrap();
            // So does how much is read of what is then given up.
            if at_once
                .quarantined
                .iter()
                .any(|entry| entry.length.is_none())
            {
                dripping.inflated = at_once.inflated;
            }
            assert_eq!(at_once, dripping);
        }
        assert!(at_once.events <= at_once.inflated);
        for entry in &at_once.quarantined {
            let end = entry.offset + entry.length.unwrap_or(0);
            assert!(end <= at_once.inflated, "{entry:?} of {}", at_once.inflated);
        }
    }
});
