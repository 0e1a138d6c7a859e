//! CloudTrail as it delivers to a bucket: log objects, and hourly digests signed with a key of its own.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code, and each test file uses a part of it"
)]

use crate::common::{House, gzip};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use leastwise_ingest::{
    Cancel, Delivery, Severity, Silent, Source, Verification, VerifyConfig, verify,
};
use serde_json::{Value, json};
use std::fs;
use std::io::Read;
use std::sync::OnceLock;

pub(crate) const BUCKET: &str = "trail-logs";
pub(crate) const FINGERPRINT: &str = "31e8b5433410dfb61a9dc45cc65b22ff";

/// A key; there are two, made once.
pub(crate) fn key(index: usize) -> &'static KeyPair {
    static KEYS: [OnceLock<KeyPair>; 2] = [OnceLock::new(), OnceLock::new()];
    KEYS[index].get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

/// DER of the public key, as PKCS#1.
pub(crate) fn pkcs1(key: &KeyPair) -> Vec<u8> {
    key.public_key().as_ref().to_vec()
}

/// DER of the public key, as SPKI.
pub(crate) fn spki(key: &KeyPair) -> Vec<u8> {
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

/// What CloudTrail's API answers: as it prints it but for the times.
pub(crate) fn key_answer(fingerprint: &str, der: &[u8]) -> String {
    key_list(fingerprint, der)
        .replace("\"2024-02-01T00:00:00+00:00\"", "1706745600.0")
        .replace("\"2024-04-01T00:00:00+00:00\"", "1711929600.0")
}

/// What `aws cloudtrail list-public-keys` prints.
pub(crate) fn key_list(fingerprint: &str, der: &[u8]) -> String {
    json!({"PublicKeyList": [{
        "Value": STANDARD.encode(der),
        "ValidityStartTime": "2024-02-01T00:00:00+00:00",
        "ValidityEndTime": "2024-04-01T00:00:00+00:00",
        "Fingerprint": fingerprint,
    }]})
    .to_string()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// One trail in one region. Hour 0 ends at 22:00 on the day before a leap day.
pub(crate) struct Trail<'h> {
    house: &'h House,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) name: String,
    pub(crate) backfill: bool,
    pub(crate) signer: &'static KeyPair,
    pub(crate) fingerprint: String,
    /// Saves the objects' metadata beside them.
    pub(crate) metadata: bool,
    /// Object, hash and signature of the last digest.
    pub(crate) last: Option<(String, String, String)>,
}

impl<'h> Trail<'h> {
    pub(crate) fn new(house: &'h House) -> Self {
        Self {
            house,
            account: "111122223333".into(),
            region: "us-east-2".into(),
            name: "main_trail".into(),
            backfill: false,
            signer: key(0),
            fingerprint: FINGERPRINT.into(),
            metadata: true,
            last: None,
        }
    }

    /// Delivers some hours with two log objects each.
    pub(crate) fn hours(mut self, hours: std::ops::Range<i64>) -> Self {
        for hour in hours {
            let logs = [self.log(hour, "a"), self.log(hour, "b")];
            self.digest(hour, &logs);
        }
        self
    }

    pub(crate) fn log_key(&self, hour: i64, name: &str) -> String {
        let time = end(hour) - Duration::minutes(20);
        let (account, region) = (&self.account, &self.region);
        format!(
            "AWSLogs/{account}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{}_{name}.json.gz",
            time.format("%Y/%m/%d"),
            time.format("%Y%m%dT%H%MZ")
        )
    }

    pub(crate) fn digest_key(&self, hour: i64) -> String {
        let (account, region, name) = (&self.account, &self.region, &self.name);
        let time = end(hour);
        format!(
            "AWSLogs/{account}/CloudTrail-Digest/{region}/{}/{account}_CloudTrail-Digest_{region}_{name}_us-east-2_{}{}.json.gz",
            time.format("%Y/%m/%d"),
            time.format("%Y%m%dT%H%M%SZ"),
            if self.backfill { "_backfill" } else { "" }
        )
    }

    /// Delivers a log object; its entry for the digest.
    pub(crate) fn log(&self, hour: i64, name: &str) -> Value {
        let (key, content) = (self.log_key(hour, name), content(hour, name));
        self.house.write(&key, &gzip(&content));
        json!({
            "s3Bucket": BUCKET,
            "s3Object": key,
            "hashValue": sha256(content.as_bytes()),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": "2024-02-28T21:40:00Z",
            "oldestEventTime": "2024-02-28T21:30:00Z",
        })
    }

    /// Delivers the digest of an hour.
    pub(crate) fn digest(&mut self, hour: i64, logs: &[Value]) {
        let (object, hash, signature) = match self.last.clone() {
            None => (None, None, None),
            Some((object, hash, signature)) => (Some(object), Some(hash), Some(signature)),
        };
        let key = self.digest_key(hour);
        let text = json!({
            "awsAccountId": self.account,
            "digestStartTime": rfc3339(hour - 1),
            "digestEndTime": rfc3339(hour),
            "digestS3Bucket": BUCKET,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": self.fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null,
            "oldestEventTime": null,
            "previousDigestS3Bucket": object.as_ref().map(|_| BUCKET),
            "previousDigestS3Object": object,
            "previousDigestHashValue": hash,
            "previousDigestHashAlgorithm": object.as_ref().map(|_| "SHA-256"),
            "previousDigestSignature": signature,
            "logFiles": logs,
        })
        .to_string();
        let previous = signature.unwrap_or_else(|| "null".into());
        let signature = self.sign(hour, &key, &text, &previous);
        self.store(&key, &text, &signature);
        self.last = Some((key, sha256(text.as_bytes()), signature));
    }

    /// CloudTrail's signature over a digest.
    pub(crate) fn sign(&self, hour: i64, key: &str, text: &str, previous: &str) -> String {
        let signed = format!(
            "{}\n{BUCKET}/{key}\n{}\n{previous}",
            rfc3339(hour),
            sha256(text.as_bytes())
        );
        let mut signature = vec![0; self.signer.public_modulus_len()];
        let random = SystemRandom::new();
        self.signer
            .sign(
                &RSA_PKCS1_SHA256,
                &random,
                signed.as_bytes(),
                &mut signature,
            )
            .unwrap();
        hex(&signature)
    }

    fn store(&self, key: &str, text: &str, signature: &str) {
        self.house.write(key, &gzip(text));
        if self.metadata {
            let mut metadata =
                json!({"signature": signature, "signature-algorithm": "SHA256withRSA"});
            if self.backfill {
                metadata["backfill-generation-timestamp"] = json!("2024-03-05T00:00:00Z");
            }
            let head = json!({"ContentLength": 1, "Metadata": metadata}).to_string();
            self.house
                .write(&format!("{key}.metadata.json"), head.as_bytes());
        }
    }
}

pub(crate) fn content(hour: i64, name: &str) -> String {
    let record = crate::common::record(
        &format!("id-{hour}-{name}"),
        json!({"eventTime": rfc3339(hour - 1)}),
    );
    format!("{{\"Records\":[{record}]}}")
}

/// When an hour ends.
pub(crate) fn end(hour: i64) -> DateTime<Utc> {
    "2024-02-28T22:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::hours(hour)
}

pub(crate) fn rfc3339(hour: i64) -> String {
    end(hour).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(crate) const HOURS: std::ops::Range<i64> = 0..6;

pub(crate) fn config(house: &House) -> VerifyConfig {
    let mut config = VerifyConfig::new(Source::Folder(house.logs()));
    let keys = house.archive().with_file_name("keys.json");
    if !keys.exists() {
        fs::write(&keys, key_list(FINGERPRINT, &pkcs1(key(0)))).unwrap();
    }
    config.trust.keys = vec![keys];
    config.threads = 2;
    config
}

pub(crate) fn run(house: &House) -> Verification {
    verify(&config(house), &Silent, &Cancel::default()).unwrap()
}

/// Kinds of the findings that weigh, sorted.
pub(crate) fn weighty(found: &Verification) -> Vec<&'static str> {
    let weighty = found
        .findings
        .iter()
        .filter(|f| f.severity != Severity::Note);
    let mut kinds: Vec<_> = weighty.map(|finding| finding.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds
}

/// Six hours of one trail, something done to them, and what is found.
pub(crate) fn check(attack: impl FnOnce(&House, &Trail<'_>), delivery: Delivery, expect: &[&str]) {
    let house = House::new();
    let trail = Trail::new(&house).hours(HOURS);
    attack(&house, &trail);
    let found = run(&house);
    assert_eq!(weighty(&found), expect, "{:#?}", found.findings);
    assert_eq!(found.delivery(), delivery);
    assert_eq!(found.unlisted, 0);
}

pub(crate) fn read(house: &House, key: &str) -> Vec<u8> {
    fs::read(house.logs().join(key)).unwrap()
}

pub(crate) fn remove(house: &House, key: &str) {
    fs::remove_file(house.logs().join(key)).unwrap();
}

pub(crate) fn gunzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_string(&mut text)
        .unwrap();
    text
}
