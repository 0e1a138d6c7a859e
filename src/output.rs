//! The terminal: the one place that prints. Data to stdout, everything else to stderr, control characters never.

use crate::error::Failure;
use std::error::Error as _;
use std::io::Write as _;

/// Prints data. A closed pipe (`| head`) ends quietly: the reader has what it wanted.
pub(crate) fn data(text: &str) {
    let mut out = std::io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(0);
    }
}

/// Prints a value as indented JSON and a newline.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::from_room("cannot print the result as JSON", error))?;
    data(&format!("{text}\n"));
    Ok(())
}

/// Prints a message for a person.
pub(crate) fn note(text: &str) {
    to_stderr(&plain(text));
}

/// Prints a failure: its chain of causes once, then the hint.
pub(crate) fn failure(failure: &Failure) {
    let mut line = format!("error: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        line.push_str(&format!(": {error}"));
        cause = error.source();
    }
    to_stderr(&plain(&line));
    if let Some(hint) = failure.next_step() {
        to_stderr(&format!("\nhint: {}", plain(hint)));
    }
}

/// Prints a line. That nobody can read it (a full disk, a closed pipe) is no reason to stop.
fn to_stderr(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// The text with control characters (but newline) and direction overrides shown as escapes: what comes from a log
/// cannot move the cursor or colour the screen.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c == '\n' || !(c.is_control() || hidden) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(
            plain("role\u{1b}[31m\r\u{202e}x\ny"),
            "role\\u{1b}[31m\\u{d}\\u{202e}x\ny"
        );
    }
}
