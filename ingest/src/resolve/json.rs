//! A value inside a JSON text that is already known to be valid: looked at in place, never built.
//!
//! The text comes from a `RawValue`, so the scanner need not validate; on broken text it stops early instead of
//! failing. It never recurses, however deep the text is nested.

use std::borrow::Cow;

/// One JSON value as it is written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Json<'a> {
    text: &'a str,
    /// A string with escapes in it.
    escaped: bool,
}

impl<'a> Json<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let text = text.trim_ascii();
        Json {
            text,
            escaped: text.starts_with('"') && text.contains('\\'),
        }
    }

    pub(crate) fn is_object(self) -> bool {
        self.text.starts_with('{')
    }

    pub(crate) fn is_array(self) -> bool {
        self.text.starts_with('[')
    }

    /// Carries a value: not null, not an empty text, list or structure.
    pub(crate) fn is_present(self) -> bool {
        match self.text {
            "" | "null" | "\"\"" => false,
            text if text.starts_with(['{', '[']) => self.has_content(),
            _ => true,
        }
    }

    fn has_content(self) -> bool {
        self.members().next().is_some() || self.elements().next().is_some()
    }

    /// The text of a string or number; `None` for null, booleans, lists and structures.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self.text.as_bytes().first()? {
            b'"' if self.escaped => serde_json::from_str(self.text).ok().map(Cow::Owned),
            b'"' => self
                .text
                .get(1..self.text.len().checked_sub(1)?)
                .map(Cow::Borrowed),
            b'-' | b'0'..=b'9' => Some(Cow::Borrowed(self.text)),
            _ => None,
        }
    }

    pub(crate) fn is_true(self) -> bool {
        matches!(self.text, "true" | "\"true\"")
    }

    /// Members of a structure, in order; nothing for any other value.
    pub(crate) fn members(self) -> Members<'a> {
        Members(Cursor::inside(self.text, b'{'))
    }

    /// Elements of a list, in order; nothing for any other value.
    pub(crate) fn elements(self) -> Elements<'a> {
        Elements(Cursor::inside(self.text, b'['))
    }
}

/// Members of a structure: key as written (without quotes, escapes kept) and value.
pub(crate) struct Members<'a>(Cursor<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.value()?.text;
        let value = self.0.value()?;
        let inner = key.len().checked_sub(1).and_then(|end| key.get(1..end));
        Some((inner.unwrap_or(key), value))
    }
}

/// Elements of a list.
pub(crate) struct Elements<'a>(Cursor<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.value()
    }
}

/// A position in a text, from which values are taken one after the other; commas and colons between them are skipped.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Behind the opening bracket, or at the end if the text does not begin with it.
    fn inside(text: &'a str, bracket: u8) -> Self {
        let at = match text.as_bytes().first() {
            Some(first) if *first == bracket => 1,
            _ => text.len(),
        };
        Cursor { text, at }
    }

    #[inline]
    fn value(&mut self) -> Option<Json<'a>> {
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        while matches!(
            bytes.get(start)?,
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r'
        ) {
            start += 1;
        }
        let (end, escaped) = end_of_value(bytes, start)?;
        self.at = end;
        let text = self.text.get(start..end)?;
        Some(Json { text, escaped })
    }
}

/// The position behind the value that begins at `start`, and whether it is a string with escapes; `None` at a closing
/// bracket.
fn end_of_value(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    match bytes.get(start)? {
        b'"' => Some(end_of_string(bytes, start)),
        b'{' | b'[' => Some((end_of_brackets(bytes, start), false)),
        b'}' | b']' => None,
        _ => {
            let rest = bytes.get(start..)?;
            let ends = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
            let length = rest.iter().position(ends).unwrap_or(rest.len());
            Some((start + length, false))
        }
    }
}

/// The position behind the string that begins at `start`, and whether it has escapes.
#[inline]
pub(crate) fn end_of_string(bytes: &[u8], start: usize) -> (usize, bool) {
    let (mut at, mut escaped) = (start + 1, false);
    while let Some(hit) = quote_or_escape(bytes, at) {
        if bytes.get(hit) == Some(&b'"') {
            return (hit + 1, escaped);
        }
        (at, escaped) = (hit + 2, true);
    }
    (bytes.len(), escaped)
}

/// The position of the next `"` or `\`, eight bytes at a time: most strings here are short.
#[inline]
fn quote_or_escape(bytes: &[u8], mut at: usize) -> Option<usize> {
    const LOW: u64 = u64::from_le_bytes([1; 8]);
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const ESCAPES: u64 = u64::from_le_bytes([b'\\'; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let wanted = |b: &u8| (*b == b'"') | (*b == b'\\');
    // The lowest bit set is at the first byte that is zero; those above it may be wrong.
    let zero = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    while let Some(chunk) = bytes.get(at..)?.first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let hits = zero(word ^ QUOTES) | zero(word ^ ESCAPES);
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?.iter();
    rest.clone().position(wanted).map(|step| at + step)
}

fn end_of_brackets(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(bytes, at).0;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
            "[\"\\\\{}\\[\\],: a]{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::btree_map("[a-zA-Z-]{1,6}", inner, 0..5)
                    .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
            ]
        })
    }

    /// Builds the value from what the scanner sees.
    fn rebuild(json: Json<'_>) -> serde_json::Value {
        if json.is_object() {
            serde_json::Value::Object(
                json.members()
                    .map(|(k, v)| (k.to_owned(), rebuild(v)))
                    .collect(),
            )
        } else if json.is_array() {
            json.elements().map(rebuild).collect()
        } else {
            serde_json::from_str(json.text).unwrap()
        }
    }

    proptest! {
        #[test]
        fn sees_what_a_parser_sees(value in value(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert_eq!(rebuild(Json::new(&text)), value);
        }

        #[test]
        fn text_of_a_string_is_the_string(text: String) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(Json::new(&json).text().unwrap().into_owned(), text);
        }

        #[test]
        fn broken_text_ends(text in "[{}\\[\\]\",:a\\\\]{0,40}") {
            let json = Json::new(&text);
            prop_assert!(json.members().count() + json.elements().count() <= text.len());
        }
    }
}
