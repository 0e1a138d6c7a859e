//! Checks of the splitter.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use super::{Found, Splitter};
use proptest::prelude::*;
use std::io::{self, Read};

/// Gives one byte at a time.
struct Drip<'b>(&'b [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(1);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn split(input: impl Read, lines: bool) -> Vec<String> {
    let mut splitter = Splitter::new(input, 100, lines, Vec::new());
    let mut pieces = Vec::new();
    while let Some(piece) = splitter.next().unwrap() {
        pieces.push(match piece.found {
            Found::Array => continue,
            Found::Value(bytes) => format!("{}:{}", piece.offset, String::from_utf8_lossy(bytes)),
            other => format!("{}:{other:?}", piece.offset),
        });
    }
    pieces
}

/// Fails behind its text.
struct Failing<'b>(&'b [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("no more")),
            read => Ok(read),
        }
    }
}

#[test]
fn elements_are_given_from_the_first_on() {
    for text in [
        r#"[{"a":1},{"b":2}]"#,
        r#"{"c":[],"Records":[{"a":1},{"b":2}]} "#,
    ] {
        let mut splitter = Splitter::new(Drip(text.as_bytes()), 100, false, Vec::new());
        assert_eq!(splitter.elements(), (0, ""));
        let array = splitter.next().unwrap().unwrap();
        let begin = text.find(r#"{"a""#).unwrap();
        assert_eq!((array.offset, array.found), (begin as u64, Found::Array));
        assert_eq!(splitter.elements(), (begin as u64, &text[begin..]));
        splitter.drop_elements(7);
        let second = splitter.next().unwrap().unwrap();
        assert_eq!(second.found, Found::Value(br#"{"b":2}"#));
        assert!(splitter.next().unwrap().is_none());
    }
}

#[test]
fn what_was_read_ahead_comes_before_the_error_behind_it() {
    let mut splitter = Splitter::new(Failing(br#"[{"a":1},{"b":"#), 100, false, Vec::new());
    assert_eq!(splitter.next().unwrap().unwrap().found, Found::Array);
    assert_eq!(splitter.elements(), (1, r#"{"a":1},{"b":"#));
    splitter.drop_elements(7);
    assert_eq!(splitter.elements(), (8, r#",{"b":"#));
    assert_eq!(splitter.next().unwrap_err().to_string(), "no more");
}

fn check(json: &str, expect: &[&str]) {
    assert_eq!(split(json.as_bytes(), false), expect, "{json}");
    assert_eq!(
        split(Drip(json.as_bytes()), false),
        expect,
        "{json} byte by byte"
    );
}

#[test]
fn envelopes() {
    check(
        r#"{"Records":[{"a":1},{"b":"]}"}]}"#,
        &[r#"12:{"a":1}"#, r#"20:{"b":"]}"}"#],
    );
    check(
        r#"{"x":{"Records":[1]},"logEvents":[{}],"y":[2]} "#,
        &["34:{}"],
    );
    check(
        "\u{feff}[{}, 1 ,\"a\",null]",
        &["4:{}", "8:1", "11:\"a\"", "15:null"],
    );
    check(r#"{"Records":[]}"#, &[]);
    check(r#"{"Records":"none"}"#, &[r#"0:{"Records":"none"}"#]);
    check(r#"{"a":1} {"b":2}"#, &[r#"0:{"a":1}"#, r#"8:{"b":2}"#]);
    check("", &[]);
    check(" \n", &[]);
}

#[test]
fn lines() {
    check(
        "{\"a\":1}\n{\"b\":\n{\"c\":3}\n",
        &["0:{\"a\":1}", "8:{\"b\":", "14:{\"c\":3}"],
    );
    check(
        "{\"a\":1}\nnoise\n{\"c\":3}",
        &["0:{\"a\":1}", "7:NotJson", "14:{\"c\":3}"],
    );
    assert_eq!(split("{\"a\n{}".as_bytes(), true), ["0:{\"a", "4:{}"]);
}

#[test]
fn broken_input() {
    check("2021-07-10 text\n{}", &["0:NotJson"]);
    check(
        r#"{"Records":[{"a":1},{"b":"#,
        &[r#"12:{"a":1}"#, "19:Truncated"],
    );
    check(r#"{"Records":[{"a":1}"#, &[r#"12:{"a":1}"#, "19:Truncated"]);
    check(
        r#"{"Records":[{"a":1}]"#,
        &[r#"12:{"a":1}"#, "20:Truncated"],
    );
    check(r#"{"a":"#, &["0:Truncated"]);
    check(
        r#"[{"a":1]},{"b":2}]"#,
        &[r#"1:{"a":1]"#, "8:}", r#"10:{"b":2}"#],
    );
    check(
        "[{\"a\":\"x\n},{\"b\":2}]",
        &["1:{\"a\":\"x\n}", "11:{\"b\":2}"],
    );
    check("{nonsense}", &["0:{nonsense}"]);
}

#[test]
fn long_values_are_skipped() {
    let long = format!(r#"[{{"a":"{}"}},{{"b":2}}]"#, "x".repeat(600_000));
    check(&long, &["1:TooLong(600008)", r#"600010:{"b":2}"#]);
    let deep = format!("[{}{},1]", "[".repeat(500), "]".repeat(500));
    check(&deep, &["1:TooLong(1000)", "1002:1"]);
}

proptest! {
    #[test]
    fn every_value_of_an_array_comes_back(values in prop::collection::vec("[a-z\\[\\]{},:\"\\\\ é]{0,20}", 0..6)) {
        let items: Vec<String> = values.iter().map(|v| serde_json::to_string(&[v]).unwrap()).collect();
        let json = format!("{{\"Records\": [{}]}}", items.join(" ,\n"));
        let pieces = split(json.as_bytes(), false);
        let texts: Vec<&str> = pieces.iter().map(|p| p.split_once(':').unwrap().1).collect();
        prop_assert_eq!(texts, items);
    }

    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\ \nRa1".to_vec()), 0..60)) {
        let whole = split(bytes.as_slice(), false);
        prop_assert_eq!(&whole, &split(Drip(&bytes), false));
        prop_assert!(whole.len() <= bytes.len());
    }
}
