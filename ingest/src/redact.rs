//! Request parameters as they may be written: without white space between tokens, and without secrets.

use serde::Deserialize;
use std::{collections::BTreeSet, sync::LazyLock};
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

/// Appends valid JSON `raw` to `out`, redacted and without insignificant white space. The result is a digest of its
/// names and scalars that does not depend on the order of members.
pub(crate) fn redact(raw: &str, out: &mut String) -> u64 {
    Redactor {
        tokens: Tokens { rest: raw },
        digest: 0,
        redactions: 0,
    }
    .run(out, 0)
    .digest
}

struct Redactor<'j> {
    tokens: Tokens<'j>,
    digest: u64,
    redactions: u32,
}

impl<'j> Redactor<'j> {
    fn run(mut self, out: &mut String, embedding: u8) -> Self {
        while let Some(token) = self.tokens.next() {
            self.write(token, out, embedding);
        }
        self
    }

    fn write(&mut self, token: &'j str, out: &mut String, embedding: u8) {
        if !is_punctuation(token) {
            self.digest = self.digest.wrapping_add(xxh3_64(token.as_bytes()));
        }
        if !token.starts_with('"') {
            out.push_str(token);
        } else if !self.tokens.peek_is(':') {
            self.write_string(token, out, embedding);
        } else {
            out.push_str(token);
            out.extend(self.tokens.next());
            if is_secret(token) && !self.tokens.peek_is_literal() {
                self.tokens.skip_value();
                self.redactions += 1;
                out.push_str(REDACTED);
            }
        }
    }

    /// A string may hold JSON of its own.
    fn write_string(&mut self, token: &'j str, out: &mut String, embedding: u8) {
        let is_json = token.starts_with("\"{") || token.starts_with("\"[");
        if is_json
            && embedding < MAX_EMBEDDING
            && let Some(redacted) = embedded(token, embedding + 1)
        {
            self.redactions += 1;
            out.push_str(&redacted);
        } else {
            out.push_str(token);
        }
    }
}

/// The string literal with the secrets of its JSON redacted; `None` when it has none or is no JSON.
fn embedded(literal: &str, embedding: u8) -> Option<String> {
    let text: String = serde_json::from_str(literal).ok()?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
    let mut out = String::with_capacity(text.len());
    let redactor = Redactor {
        tokens: Tokens { rest: &text },
        digest: 0,
        redactions: 0,
    };
    let done = redactor.run(&mut out, embedding);
    (done.redactions > 0)
        .then(|| serde_json::to_string(&out).ok())
        .flatten()
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
            b'"' => string_length(self.rest),
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
        self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
    }

    fn peek_is(&mut self, expected: char) -> bool {
        self.skip_space();
        self.rest.starts_with(expected)
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

/// Bytes of the string literal that `text` starts with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expect: &str) {
        let mut out = String::new();
        redact(raw, &mut out);
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
        let digest = |raw: &str| redact(raw, &mut String::new());
        assert_eq!(
            digest(r#"{"a":1,"b":"x"}"#),
            digest(r#"{ "b":"x", "a":1 }"#)
        );
        assert_ne!(digest(r#"{"a":1}"#), digest(r#"{"a":2}"#));
    }
}
