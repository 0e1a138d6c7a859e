//! Markdown and JSON in which text from logs stays text: nothing in it is markup, a link or a terminal command.

use serde::Serialize;
use std::fmt::Write;

/// Text from elsewhere as Markdown, for a paragraph or table cell: nothing in it is markup.
pub fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|'
            | '~' | '=' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c if is_hidden(c) => drop(write!(out, "\\\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// JSON, indented, with a final newline, without raw control or direction-changing characters.
pub(crate) fn json(value: &impl Serialize) -> String {
    // Serialising plain data with string keys into memory cannot fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    visible(&text)
}

/// JSON with hidden characters as escapes: the same value.
pub(crate) fn visible(json: &str) -> String {
    let plain = |b: u8| matches!(b, b'\n' | b' '..=b'~');
    if json.bytes().fold(true, |all, b| all & plain(b)) {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len());
    let (mut copied, hidden) = (0, |c: char| c != '\n' && is_hidden(c));
    for (at, c) in json.match_indices(hidden) {
        out.push_str(json.get(copied..at).unwrap_or_default());
        for unit in c.encode_utf16() {
            let _ = write!(out, "\\u{unit:04x}");
        }
        copied = at + c.len();
    }
    out.push_str(json.get(copied..).unwrap_or_default());
    out
}

/// JSON text for a fenced block: also without HTML and link syntax. Still the same value.
pub(crate) fn fenced_json(json: &str) -> String {
    let json = visible(json)
        .replace('<', "\\u003c")
        .replace('>', "\\u003e");
    json.replace("](", "]\\u0028").replace('`', "\\u0060")
}

/// Control characters, and those that reorder or hide text.
pub(crate) fn is_hidden(c: char) -> bool {
    if matches!(c, ' '..='~') {
        return false;
    }
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_is_text() {
        let check = |raw, expect: &str| assert_eq!(text(raw), expect);
        check("<img src=x>", "&lt;img src\\=x&gt;");
        check("[a](javascript:1)", "\\[a\\]\\(javascript:1\\)");
        check(
            "a|b\n\u{1b}[31m\u{202e}",
            "a\\|b\\\\u000a\\\\u001b\\[31m\\\\u202e",
        );
    }

    proptest! {
        #[test]
        fn escaped_json_is_the_same_value(raw: String) {
            let text = json(&raw);
            prop_assert!(!text.trim_end().chars().any(is_hidden));
            prop_assert_eq!(&serde_json::from_str::<String>(&text).unwrap(), &raw);
            let fenced = fenced_json(&text);
            prop_assert!(!fenced.contains(['<', '>', '`']) && !fenced.contains("]("));
            prop_assert_eq!(&serde_json::from_str::<String>(&fenced).unwrap(), &raw);
        }
    }
}
