//! Request parameters as they may be written: without white space between tokens, and without secrets.

use crate::resolve::end_of_string;
use foldhash::quality::RandomState;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;
use xxhash_rust::xxh3::xxh3_64;

/// What stands in place of a secret.
const REDACTED: &str = r#""[redacted]""#;
/// JSON inside a string inside JSON …: how deep secrets are looked for.
const MAX_EMBEDDING: u8 = 3;

#[derive(Deserialize, Default)]
struct SecretKeys {
    names: BTreeSet<String>,
    endings: Vec<String>,
}

static SECRET_KEYS: LazyLock<SecretKeys> = LazyLock::new(|| {
    // Embedded, and parsed by a test.
    serde_json::from_str(include_str!("../data/secret-keys.json")).unwrap_or_default()
});

/// Names met that the redactor remembers, and the longest of them.
const NAMES: usize = 4096;
const NAME_BYTES: usize = 64;

/// Redacts request parameters; remembers which names are those of secrets.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    secret: HashMap<Box<str>, bool, RandomState>,
}

impl Redactor {
    /// Appends valid JSON `raw` to `out`, redacted and without insignificant white space. The result is a digest of its
    /// names and scalars that does not depend on the order of members.
    pub(crate) fn redact(&mut self, raw: &str, out: &mut String) -> u64 {
        self.pass(raw, out, 0).digest
    }

    fn pass<'j>(&mut self, raw: &'j str, out: &mut String, embedding: u8) -> Pass<'j> {
        let mut pass = Pass {
            tokens: Tokens { rest: raw },
            digest: 0,
            redactions: 0,
        };
        while let Some(token) = pass.tokens.next() {
            self.write(token, &mut pass, out, embedding);
        }
        pass
    }

    fn write<'j>(&mut self, token: &'j str, pass: &mut Pass<'j>, out: &mut String, embedding: u8) {
        if !is_punctuation(token) {
            pass.digest = pass.digest.wrapping_add(xxh3_64(token.as_bytes()));
        }
        if !token.starts_with('"') {
            out.push_str(token);
        } else if !pass.tokens.peek_is(b':') {
            self.write_string(token, pass, out, embedding);
        } else {
            out.push_str(token);
            out.extend(pass.tokens.next());
            if self.is_secret(token) && !pass.tokens.peek_is_literal() {
                pass.tokens.skip_value();
                pass.redactions += 1;
                out.push_str(REDACTED);
            }
        }
    }

    /// A string may hold JSON of its own.
    fn write_string(&mut self, token: &str, pass: &mut Pass<'_>, out: &mut String, embedding: u8) {
        let is_json = token.starts_with("\"{") || token.starts_with("\"[");
        if is_json
            && embedding < MAX_EMBEDDING
            && let Some(redacted) = self.embedded(token, embedding + 1)
        {
            pass.redactions += 1;
            out.push_str(&redacted);
        } else {
            out.push_str(token);
        }
    }

    /// The string literal with the secrets of its JSON redacted; `None` when it has none or is no JSON.
    fn embedded(&mut self, literal: &str, embedding: u8) -> Option<String> {
        let text: String = serde_json::from_str(literal).ok()?;
        serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
        let mut out = String::with_capacity(text.len());
        let pass = self.pass(&text, &mut out, embedding);
        (pass.redactions > 0)
            .then(|| serde_json::to_string(&out).ok())
            .flatten()
    }

    fn is_secret(&mut self, literal: &str) -> bool {
        if let Some(secret) = self.secret.get(literal) {
            return *secret;
        }
        let secret = is_secret(literal);
        if self.secret.len() < NAMES && literal.len() <= NAME_BYTES {
            self.secret.insert(literal.into(), secret);
        }
        secret
    }
}

/// One pass over a text.
struct Pass<'j> {
    tokens: Tokens<'j>,
    digest: u64,
    redactions: u32,
}

fn is_secret(literal: &str) -> bool {
    let name = iam::catalogue::event::norm(literal);
    SECRET_KEYS.names.contains(&name)
        || SECRET_KEYS
            .endings
            .iter()
            .any(|ending| name.ends_with(ending.as_str()))
}

fn is_punctuation(token: &str) -> bool {
    matches!(token, "{" | "}" | "[" | "]" | "," | ":")
}

/// The tokens of valid JSON.
struct Tokens<'j> {
    rest: &'j str,
}

impl<'j> Tokens<'j> {
    fn next(&mut self) -> Option<&'j str> {
        self.skip_space();
        let length = match self.rest.bytes().next()? {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            b'"' => end_of_string(self.rest.as_bytes(), 0).0,
            _ => self
                .rest
                .bytes()
                .position(ends_scalar)
                .unwrap_or(self.rest.len()),
        };
        let (token, rest) = self
            .rest
            .split_at_checked(length.max(1))
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(token)
    }

    fn skip_space(&mut self) {
        if self
            .rest
            .as_bytes()
            .first()
            .is_some_and(|byte| *byte <= b' ')
        {
            self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
        }
    }

    fn peek_is(&mut self, expected: u8) -> bool {
        self.skip_space();
        self.rest.as_bytes().first() == Some(&expected)
    }

    /// `true`, `false` and `null` are no secrets.
    fn peek_is_literal(&mut self) -> bool {
        self.skip_space();
        self.rest.starts_with(['t', 'f', 'n'])
    }

    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token {
                "{" | "[" => depth += 1,
                "}" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}

fn ends_scalar(byte: u8) -> bool {
    matches!(
        byte,
        b',' | b'}' | b']' | b':' | b' ' | b'\n' | b'\r' | b'\t'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expect: &str) {
        let mut out = String::new();
        Redactor::default().redact(raw, &mut out);
        assert_eq!(out, expect, "{raw}");
    }

    #[test]
    fn the_table_is_read() {
        assert!(SECRET_KEYS.names.contains("sessiontoken"));
    }

    #[test]
    fn t7_secrets_at_any_depth_in_any_spelling() {
        check(
            r#"{"a":{"sessionToken":"x"}}"#,
            r#"{"a":{"sessionToken":"[redacted]"}}"#,
        );
        check(
            r#"[{"Session-Token": {"x":[1,2]}, "b":1}]"#,
            r#"[{"Session-Token":"[redacted]","b":1}]"#,
        );
        check(
            r#"{"masterUserPassword":"hunter2","k":"v"}"#,
            r#"{"masterUserPassword":"[redacted]","k":"v"}"#,
        );
        check(
            r#"{"manageMasterUserPassword": true}"#,
            r#"{"manageMasterUserPassword":true}"#,
        );
    }

    #[test]
    fn secrets_in_embedded_json() {
        check(
            r#"{"body":"{\"password\": \"p\", \"u\": 1}"}"#,
            r#"{"body":"{\"password\":\"[redacted]\",\"u\":1}"}"#,
        );
        check(
            r#"{"body":"{\"user\": \"p\"}"}"#,
            r#"{"body":"{\"user\": \"p\"}"}"#,
        );
        check(
            r#"{"body":"{not json password:"}"#,
            r#"{"body":"{not json password:"}"#,
        );
    }

    #[test]
    fn the_rest_stays() {
        check(
            "{ \"a b\" : [ 1 , -2.5e3, true, null, \"x\\\" : y\" ] }",
            r#"{"a b":[1,-2.5e3,true,null,"x\" : y"]}"#,
        );
        check("\"password\"", "\"password\"");
        check(&"[".repeat(100_000), &"[".repeat(100_000));
    }

    #[test]
    fn the_digest_does_not_depend_on_order() {
        let digest = |raw: &str| Redactor::default().redact(raw, &mut String::new());
        assert_eq!(
            digest(r#"{"a":1,"b":"x"}"#),
            digest(r#"{ "b":"x", "a":1 }"#)
        );
        assert_ne!(digest(r#"{"a":1}"#), digest(r#"{"a":2}"#));
    }
}
