//! A position in JSON text, moved over it value by value in one pass.
//!
//! What it takes is valid JSON. It is stricter than need be: whatever it does not take (`None`) may still be JSON, and
//! is for a real parser to judge.

use wide::u8x16;

/// Nested lists and structures passed over; deeper ones are not taken.
const DEPTH: u32 = 64;

/// A position in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// A string as it is written, without its quotation marks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal<'a> {
    pub(super) text: &'a str,
    /// Holds escapes.
    pub(super) escaped: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The text from a position up to here.
    pub(super) fn since(&self, from: usize) -> Option<&'a str> {
        self.text.get(from..self.at)
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space; it is not taken.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// Takes this byte, after white space.
    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// Takes a word.
    pub(super) fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        if !rest.starts_with(word.as_bytes()) {
            return None;
        }
        self.at += word.len();
        Some(())
    }

    /// Takes a string.
    #[inline]
    pub(super) fn string(&mut self) -> Option<Literal<'a>> {
        self.take(b'"')?;
        let from = self.at;
        self.at = special(self.text.as_bytes(), from)?;
        let escaped = self.byte()? != b'"';
        if escaped {
            self.rest_of_string()?;
        }
        let text = self.since(from)?;
        self.at += 1;
        Some(Literal { text, escaped })
    }

    /// Goes on to the end of a string from its first escape.
    #[cold]
    fn rest_of_string(&mut self) -> Option<()> {
        loop {
            match self.byte()? {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                _ => return None,
            }
            self.at = special(self.text.as_bytes(), self.at)?;
        }
    }

    fn escape(&mut self) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at + 1..)?;
        self.at += match rest.first()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' if rest.get(1..5)?.iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return None,
        };
        Some(())
    }

    /// Takes the beginning of a structure; whether a member follows.
    pub(super) fn open(&mut self) -> Option<bool> {
        self.take(b'{')?;
        let empty = self.peek()? == b'}';
        self.at += usize::from(empty);
        Some(!empty)
    }

    /// Takes what is behind a member; whether another follows.
    pub(super) fn more(&mut self) -> Option<bool> {
        let next = self.peek()?;
        self.at += 1;
        match next {
            b',' => Some(true),
            b'}' => Some(false),
            _ => None,
        }
    }

    /// Takes the name of a member when it is this one, written as it mostly is, from the quotation mark to the colon. Inlined,
    /// so that the comparison is with a known number of bytes.
    #[inline(always)]
    pub(super) fn is_named(&mut self, written: &'static str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let named = rest.starts_with(written.as_bytes());
        self.at += if named { written.len() } else { 0 };
        named
    }

    /// Takes a list; `read` takes each element.
    pub(super) fn elements(&mut self, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            return self.take(b']');
        }
        loop {
            self.peek()?;
            read(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                _ => return self.take(b']'),
            }
        }
    }

    /// Takes a member's name and the colon behind it.
    pub(super) fn name(&mut self) -> Option<&'a str> {
        let name = self.string()?;
        self.take(b':')?;
        (!name.escaped).then_some(name.text)
    }

    /// Takes a value of any kind.
    pub(super) fn skip(&mut self) -> Option<()> {
        // A bit for each open level, the innermost lowest: whether it is a structure.
        let (mut depth, mut structures) = (0, 0_u64);
        loop {
            match self.peek()? {
                b'"' => self.string().map(|_| ())?,
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    let structure = open == b'{';
                    if self.peek()? != if structure { b'}' } else { b']' } {
                        if depth == DEPTH {
                            return None;
                        }
                        depth += 1;
                        structures = structures << 1 | u64::from(structure);
                        if structure {
                            self.string()?;
                            self.take(b':')?;
                        }
                        continue;
                    }
                    self.at += 1;
                }
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                _ => self.number()?,
            }
            // Behind a value: closing brackets, then perhaps another value.
            loop {
                if depth == 0 {
                    return Some(());
                }
                match (self.peek()?, structures & 1 == 1) {
                    (b',', structure) => {
                        self.at += 1;
                        if structure {
                            self.string()?;
                            self.take(b':')?;
                        }
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        depth -= 1;
                        structures >>= 1;
                    }
                    _ => return None,
                }
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.byte()? == b'-');
        match self.byte()? {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte()? == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte()?, b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.byte()?, b'+' | b'-'));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.byte()?.is_ascii_digit() {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }
}

/// Bytes looked at together.
const LANES: usize = 16;

/// The position of the next quotation mark, backslash or control character.
#[inline]
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    let (chunks, tail) = bytes.get(at..)?.as_chunks::<LANES>();
    for chunk in chunks {
        let hits = specials(chunk);
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize);
        }
        at += LANES;
    }
    Some(at + tail.iter().position(is_special)?)
}

fn is_special(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// A bit for each byte that is special, the lowest for the first.
#[inline]
fn specials(chunk: &[u8; LANES]) -> u32 {
    let bytes = u8x16::new(*chunk);
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    (control | is(b'"') | is(b'\\')).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn special_bytes() {
        for byte in 0..=u8::MAX {
            let special = matches!(byte, b'"' | b'\\' | 0..0x20);
            for place in 0..40 {
                let (before, behind) = (vec![b'!'; place], vec![b'!'; 40 - place]);
                let found = super::special(&[before, vec![byte], behind].concat(), 0);
                assert_eq!(found, special.then_some(place), "{byte} at {place}");
            }
        }
    }

    /// What is taken is JSON, and all of it.
    fn check(text: &str) -> bool {
        let padded = format!("{text}        ");
        let mut cursor = Cursor::new(&padded, 0);
        let taken = cursor.skip().and_then(|()| cursor.since(0));
        if let Some(taken) = taken {
            let parsed = serde_json::from_str::<serde::de::IgnoredAny>(taken);
            assert!(parsed.is_ok(), "{taken:?} of {text:?}: {parsed:?}");
        }
        taken.is_some_and(|taken| taken.trim() == text.trim())
    }

    #[test]
    fn values() {
        for text in [
            "{}",
            "[]",
            " [ ] ",
            "0",
            "-0",
            "-1.5e+10",
            "1E5",
            "true",
            "false",
            "null",
            "\"\"",
            r#""\"\\\/\b\f\n\r\t\u00ff""#,
            r#"{"a":{"b":[1,{"c":[]}]},"d":"é"}"#,
            "[[[[1]]],2]",
        ] {
            assert!(check(text), "{text}");
        }
        for text in [
            "",
            "{",
            "]",
            "{]",
            "[}",
            "{1:2}",
            "{\"a\"}",
            "[1,]",
            "{\"a\":1,}",
            "[,1]",
            "01",
            "+1",
            ".5",
            "1.",
            "1e",
            "tru",
            "nul",
            "\"\\x\"",
            "\"\\u00g0\"",
            "\"\u{1}\"",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "\"a",
        ] {
            assert!(!check(text), "{text}");
        }
        assert!(check(&format!("{}{}", "[".repeat(64), "]".repeat(64))));
        assert!(!check(&format!("{}{}", "[".repeat(66), "]".repeat(66))));
    }

    proptest! {
        #[test]
        fn what_is_taken_is_json(text in "[{}\\[\\]\",:0-9.eE+tru\\\\ \u{1}é-]{0,24}") {
            check(&text);
        }

        #[test]
        fn json_is_taken(text: String, number: f64, count in 0_usize..4) {
            let value = serde_json::json!({"a": vec![text; count], "b": [number, {}], "c": {"d": null, "e": true}});
            prop_assert!(check(&value.to_string()));
            prop_assert!(check(&serde_json::to_string_pretty(&value).unwrap_or_default()));
        }
    }
}
