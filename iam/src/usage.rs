//! Usage: the accesses of an archive, aggregated. The plain-data contract between analyze and generate.
//!
//! A `usage.jsonl` file is one [`Header`] line, then one [`Usage`] line per distinct
//! (principal, principal_id, action, template, outcome, via), sorted by that tuple so that two runs diff cleanly.

use crate::coverage::Trail;
use crate::pause::Pause;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};

/// Version of the `usage.jsonl` format; raised when a reader of the old form would misread the new one. Fields that were
/// added since, which an older reader passes over, have a default that says "not known".
pub const SCHEMA_VERSION: u32 = 1;

/// Names that a list of a line (regions, error codes, services, endpoints, calls) holds at most: the smallest in byte order.
pub const NAMES: usize = 64;

/// Whether a list of names is sure to hold all that there were: one of [`NAMES`] may have been cut.
pub fn is_complete(names: &[String]) -> bool {
    names.len() < NAMES
}

/// The first line of `usage.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// First event time of the window, RFC 3339 UTC; null for an empty archive.
    pub window_start: Option<String>,
    /// Last event time of the window, RFC 3339 UTC; null for an empty archive.
    pub window_end: Option<String>,
    /// Catalogue version that resolved the accesses.
    pub catalogue_version: String,
    /// Events in the archive.
    pub events: u64,
    /// Events that gave no access, by reason (`no-permission`, `unknown-action`, `not-an-api-call`, …).
    pub without_access: BTreeMap<String, u64>,
    /// Events whose action is unknown, by `event_source:event_name` (bounded to the 1,000 most frequent).
    pub unknown_events: BTreeMap<String, u64>,
    /// What the archive could have shown, one row per account × region × event class.
    pub coverage: Vec<Coverage>,
    /// The trails that fed the archive; null when their configuration was not given.
    #[serde(default)]
    pub trails: Option<Vec<Trail>>,
    /// Pauses between uses over all principals, by level, kind and days.
    #[serde(default)]
    pub pauses: Vec<Pause>,
}

/// What the archive shows of one event class in one account and region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Account id (recipient).
    pub account: String,
    /// Region of the events.
    pub region: String,
    /// `management-read` or `management-write`; the same with `-kms` or `-rdsdata` for the sources that a trail may
    /// leave out; a data-event resource type such as `AWS::S3::Object`; `data-unknown`; `other`.
    pub class: String,
    /// Events seen.
    pub events: u64,
    /// First event seen, RFC 3339 UTC.
    pub first: String,
    /// Last event seen, RFC 3339 UTC.
    pub last: String,
    /// UTC days with and without events: lengths of the runs, in turn, from the day of `first` to that of `last`.
    /// `[3, 2, 1]`: three days with events, two without, one with. Empty: not known.
    #[serde(default)]
    pub days: Vec<u32>,
}

/// Whether the call succeeded. Only `Allowed` proves a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// No error, or `Client.DryRunOperation`.
    Allowed,
    /// An access-denied error: an attempt, never a grant.
    Denied,
    /// Any other error: probably authorised, not certainly.
    Failed,
}

/// How an access was derived from its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// The event's own action.
    Direct,
    /// `iam:PassRole` on a role that the call handed over.
    PassedRole,
    /// The event was made by a service in the caller's name.
    Forwarded,
    /// Probably needed too; the log cannot show it for certain.
    Inferred,
}

/// One aggregated access.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Role or user ARN with path. An `arn:…:sts::…:assumed-role/NAME` without session when the log gave no
    /// role ARN: join by `principal_id` first, by name last.
    pub principal: String,
    /// The `AROA…`/`AIDA…` id, empty when unknown.
    pub principal_id: String,
    /// `prefix:Name` in the catalogue's spelling.
    pub action: String,
    /// The resource with volatile segments masked, as a policy resource pattern; null: the log does not say which. Of
    /// `iam:PassRole` without `resources`: the instance profile or task definition that carries the role.
    pub template: Option<String>,
    /// What became of the calls.
    pub outcome: Outcome,
    /// How the access was derived.
    pub via: Via,
    /// Number of accesses.
    pub count: u64,
    /// Distinct UTC days with an access.
    pub active_days: u32,
    /// First access, RFC 3339 UTC.
    pub first_seen: String,
    /// Last access, RFC 3339 UTC.
    pub last_seen: String,
    /// Regions, sorted.
    pub regions: Vec<String>,
    /// Distinct resources (policy patterns, literals escaped): all of them when `resources_total` equals its
    /// length, else the bottom-k by xxhash64. Sorted.
    pub resources: Vec<String>,
    /// Distinct resources, exact up to the sample size, estimated (bottom-k) beyond.
    pub resources_total: u64,
    /// Up to three event ids (the smallest), sorted.
    pub evidence: Vec<String>,
    /// Error codes, sorted (failed and denied only).
    pub error_codes: Vec<String>,
    /// Services that called in the principal's name, sorted.
    pub invoked_by: Vec<String>,
    /// VPC endpoints used, sorted.
    pub vpc_endpoints: Vec<String>,
    /// Accesses in sessions with MFA.
    pub mfa_count: u64,
    /// Accesses through a VPC endpoint. 0 in files of writers that did not count them.
    #[serde(default)]
    pub endpoint_count: u64,
    /// API calls that exercised the action, `event_source:event_name` as logged, sorted. Empty: not known.
    #[serde(default)]
    pub calls: Vec<String>,
}

/// Longest line of a `usage.jsonl` that is read, in bytes.
const LINE_BYTES: u64 = 64 << 20;

/// Why a `usage.jsonl` could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file or the disk.
    #[error("line {line}")]
    Io {
        /// Line, from 1.
        line: u64,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Not what a writer of this format writes.
    #[error("line {line} is no {expected}")]
    Json {
        /// Line, from 1.
        line: u64,
        /// What the line should hold.
        expected: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The file is empty, so even the header is missing.
    #[error("no header line: the file is empty")]
    Empty,
    /// A line longer than any writer of this format writes.
    #[error("line {line} is longer than {LINE_BYTES} bytes")]
    LongLine {
        /// Line, from 1.
        line: u64,
    },
    /// The writer was newer.
    #[error("schema version {found} is newer than {SCHEMA_VERSION}, the newest this program reads")]
    SchemaVersion {
        /// The file's version.
        found: u32,
    },
}

/// Reads the header; the lines come from the iterator, one at a time.
pub fn read<R: BufRead>(reader: R) -> Result<(Header, Lines<R>), ReadError> {
    #[derive(Deserialize)]
    struct Version {
        schema_version: u32,
    }
    let mut lines = Lines {
        reader,
        line: 0,
        text: Vec::new(),
    };
    if !lines.advance()? {
        return Err(ReadError::Empty);
    }
    let Version {
        schema_version: found,
    } = lines.parse("usage header")?;
    if found > SCHEMA_VERSION {
        return Err(ReadError::SchemaVersion { found });
    }
    Ok((lines.parse("usage header")?, lines))
}

/// The usage lines of a `usage.jsonl`.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    line: u64,
    text: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line that is not blank; false at the end.
    fn advance(&mut self) -> Result<bool, ReadError> {
        loop {
            self.line += 1;
            let line = self.line;
            self.text.clear();
            let mut limited = (&mut self.reader).take(LINE_BYTES);
            let read = limited
                .read_until(b'\n', &mut self.text)
                .map_err(|source| ReadError::Io { line, source })?;
            if read as u64 == LINE_BYTES && !self.text.ends_with(b"\n") {
                return Err(ReadError::LongLine { line });
            }
            if read == 0 || !self.text.trim_ascii().is_empty() {
                return Ok(read > 0);
            }
        }
    }

    fn parse<T: DeserializeOwned>(&self, expected: &'static str) -> Result<T, ReadError> {
        serde_json::from_slice(&self.text).map_err(|source| ReadError::Json {
            line: self.line,
            expected,
            source,
        })
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Usage, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(true) => Some(self.parse("usage")),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// Writes a whole `usage.jsonl`; the lines must come sorted.
pub fn write(
    mut writer: impl Write,
    header: &Header,
    lines: impl IntoIterator<Item = impl Borrow<Usage>>,
) -> std::io::Result<()> {
    serde_json::to_writer(&mut writer, header)?;
    writer.write_all(b"\n")?;
    for usage in lines {
        serde_json::to_writer(&mut writer, usage.borrow())?;
        writer.write_all(b"\n")?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
    use super::*;

    fn header(schema_version: u32) -> Header {
        Header {
            schema_version,
            window_start: Some("2026-03-01T00:00:00Z".to_owned()),
            window_end: None,
            catalogue_version: "1".to_owned(),
            events: 2,
            without_access: BTreeMap::from([("no-permission".to_owned(), 1)]),
            unknown_events: BTreeMap::new(),
            coverage: Vec::new(),
            trails: None,
            pauses: Vec::new(),
        }
    }

    fn usage(template: Option<&str>) -> Usage {
        Usage {
            principal: "arn:aws:iam::111122223333:role/web\n".to_owned(),
            principal_id: "AROAEXAMPLE".to_owned(),
            action: "s3:GetObject".to_owned(),
            template: template.map(str::to_owned),
            outcome: Outcome::Allowed,
            via: Via::PassedRole,
            count: u64::MAX,
            active_days: 1,
            first_seen: String::new(),
            last_seen: String::new(),
            regions: Vec::new(),
            resources: Vec::new(),
            resources_total: 0,
            evidence: Vec::new(),
            error_codes: Vec::new(),
            invoked_by: Vec::new(),
            vpc_endpoints: Vec::new(),
            mfa_count: 0,
            endpoint_count: 1,
            calls: vec!["s3.amazonaws.com:GetObject".to_owned()],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let lines = [usage(None), usage(Some("arn:aws:s3:::b/*"))];
        let mut text = Vec::new();
        write(&mut text, &header(SCHEMA_VERSION), &lines).unwrap();
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 3);
        let (found, read_lines) = read(&text[..]).unwrap();
        assert_eq!(found, header(SCHEMA_VERSION));
        assert_eq!(read_lines.map(Result::unwrap).collect::<Vec<_>>(), lines);
    }

    #[test]
    fn lines_of_older_writers_say_what_they_do_not_know() {
        let mut line = serde_json::to_value(usage(None)).unwrap();
        let fields = line.as_object_mut().unwrap();
        fields.remove("endpoint_count").unwrap();
        fields.remove("calls").unwrap();
        let header = serde_json::to_string(&header(SCHEMA_VERSION)).unwrap();
        let text = format!("{header}\n{line}\n");
        let (_, mut lines) = read(text.as_bytes()).unwrap();
        let older = lines.next().unwrap().unwrap();
        assert_eq!((older.endpoint_count, older.calls.len()), (0, 0));
    }

    #[test]
    fn a_full_list_may_have_been_cut() {
        let names = |number: usize| vec![String::new(); number];
        assert!(is_complete(&names(NAMES - 1)));
        assert!(!is_complete(&names(NAMES)));
    }

    fn check_error(text: &str, expect: &str) {
        let error = match read(text.as_bytes()) {
            Err(error) => error,
            Ok((_, mut lines)) => lines.find_map(Result::err).unwrap(),
        };
        assert_eq!(error.to_string(), expect);
    }

    #[test]
    fn what_is_not_usage_is_refused_with_its_line() {
        let header_line = serde_json::to_string(&header(1)).unwrap();
        check_error("", "no header line: the file is empty");
        check_error("[]", "line 1 is no usage header");
        check_error(
            r#"{"schema_version":99}"#,
            "schema version 99 is newer than 1, the newest this program reads",
        );
        check_error(&format!("{header_line}\n\n{{}}\n"), "line 3 is no usage");
    }
}
