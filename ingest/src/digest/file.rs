//! A digest file: its members, the name it is stored under, and the text that is signed.

use serde::Deserialize;
use std::fmt::Write as _;

/// The members that verification reads. Those without a default are mandatory, as for AWS's own validator.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Digest {
    pub(super) digest_start_time: String,
    pub(super) digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    pub(super) bucket: String,
    #[serde(rename = "digestS3Object")]
    pub(super) object: String,
    #[serde(rename = "digestPublicKeyFingerprint")]
    pub(super) fingerprint: String,
    #[serde(default, rename = "digestSignatureAlgorithm")]
    pub(super) signature_algorithm: Option<String>,
    #[serde(default, rename = "previousDigestS3Bucket")]
    pub(super) previous_bucket: Option<String>,
    #[serde(default, rename = "previousDigestS3Object")]
    pub(super) previous_object: Option<String>,
    #[serde(default)]
    pub(super) previous_digest_hash_value: Option<String>,
    #[serde(default)]
    pub(super) previous_digest_hash_algorithm: Option<String>,
    /// The key must be there; it may be null.
    #[serde(deserialize_with = "nullable")]
    pub(super) previous_digest_signature: Option<String>,
    #[serde(default)]
    pub(super) log_files: Vec<LogFile>,
}

/// A log object that a digest vouches for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogFile {
    #[serde(rename = "s3Bucket")]
    pub(super) bucket: String,
    #[serde(rename = "s3Object")]
    pub(super) object: String,
    pub(super) hash_value: String,
    pub(super) hash_algorithm: String,
}

fn nullable<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

impl Digest {
    /// No digest came before this one: validation was switched on, or on again.
    pub(super) fn is_start(&self) -> bool {
        [
            &self.previous_bucket,
            &self.previous_object,
            &self.previous_digest_hash_value,
            &self.previous_digest_signature,
        ]
        .iter()
        .all(|member| member.is_none())
    }

    /// The text that CloudTrail signs: lines ended by LF, none after the last, times verbatim.
    pub(super) fn signed_text(&self, sha256: &[u8]) -> String {
        let signature = self.previous_digest_signature.as_deref().unwrap_or("null");
        format!(
            "{}\n{}/{}\n{}\n{signature}",
            self.digest_end_time,
            self.bucket,
            self.object,
            hex(sha256)
        )
    }
}

/// What the name of a digest object says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) chain: ChainId,
    /// `YYYYMMDDTHHMMSSZ`: the end of its hour; sorts by time.
    pub(super) time: String,
}

/// Digests that name each other: those of one trail in one region, backfill digests apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChainId {
    pub(super) trail: String,
    pub(super) home_region: String,
    pub(super) backfill: bool,
}

impl Name {
    /// Reads `{account}_CloudTrail-Digest_{region}_{trail}_{home}_{time}[_backfill].json.gz`; the trail's name may
    /// hold any of its separators.
    pub(super) fn parse(key: &str) -> Option<Self> {
        let name = key.rsplit('/').next()?.strip_suffix(".json.gz")?;
        let (name, backfill) = match name.strip_suffix("_backfill") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (account, rest) = name.split_once("_CloudTrail-Digest_")?;
        let (region, rest) = rest.split_once('_')?;
        let (rest, time) = rest.rsplit_once('_')?;
        let (trail, home_region) = rest.rsplit_once('_')?;
        let well_formed =
            time.len() == 16 && time.ends_with('Z') && time.as_bytes().get(8) == Some(&b'T');
        well_formed.then(|| Self {
            account: account.to_owned(),
            region: region.to_owned(),
            chain: ChainId {
                trail: trail.to_owned(),
                home_region: home_region.to_owned(),
                backfill,
            },
            time: time.to_owned(),
        })
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of hexadecimal text in either case.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(
        pairs
            .filter_map(|pair| match pair {
                [high, low] => Some(high << 4 | low),
                _ => None,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;

    #[test]
    fn names() {
        let name = Name::parse("AWSLogs/1/CloudTrail-Digest/us-east-2/2015/08/17/111122223333_CloudTrail-Digest_us-east-2_my_trail_x_us-east-1_20150817T150131Z.json.gz").unwrap();
        assert_eq!(
            (
                name.account.as_str(),
                name.region.as_str(),
                name.time.as_str()
            ),
            ("111122223333", "us-east-2", "20150817T150131Z")
        );
        assert_eq!(
            (name.chain.trail.as_str(), name.chain.home_region.as_str()),
            ("my_trail_x", "us-east-1")
        );
        assert!(!name.chain.backfill);
        let backfill = Name::parse(
            "1_CloudTrail-Digest_eu-west-1_t_eu-west-1_20240101T000000Z_backfill.json.gz",
        )
        .unwrap();
        assert!(backfill.chain.backfill);
        assert_eq!(backfill.time, "20240101T000000Z");
        for none in [
            "x.json.gz",
            "1_CloudTrail-Digest_eu-west-1_t_eu-west-1_2024.json.gz",
            "",
        ] {
            assert_eq!(Name::parse(none), None, "{none}");
        }
    }

    #[test]
    fn t31_the_signed_text() {
        let json = r#"{"digestStartTime":"2015-08-17T14:01:31Z","digestEndTime":"2015-08-17T15:01:31Z","digestS3Bucket":"b",
            "digestS3Object":"k","digestPublicKeyFingerprint":"f","previousDigestSignature":null,"logFiles":[]}"#;
        let digest: Digest = serde_json::from_str(json).unwrap();
        assert!(digest.is_start());
        assert_eq!(
            digest.signed_text(&[0xab, 0x01]),
            "2015-08-17T15:01:31Z\nb/k\nab01\nnull"
        );
        let without = json.replace(r#""previousDigestSignature":null,"#, "");
        assert!(serde_json::from_str::<Digest>(&without).is_err());
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(unhex("00fFa1"), Some(vec![0, 0xff, 0xa1]));
        assert_eq!(hex(&[0, 0xff, 0xa1]), "00ffa1");
        for none in ["0", "0g", "é0"] {
            assert_eq!(unhex(none), None);
        }
    }
}
