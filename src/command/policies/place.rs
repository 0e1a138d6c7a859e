//! Where the statements of a policy document stand in its file.

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statements<'a> {
    #[serde(borrow)]
    statement: &'a RawValue,
}

/// The line, from 1, of each statement of a document that is the whole text; empty for anything else.
pub(crate) fn statement_lines(text: &str) -> Vec<usize> {
    let Ok(Statements { statement }) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let each: Vec<&RawValue> =
        serde_json::from_str(statement.get()).unwrap_or_else(|_| vec![statement]);
    let start = text.as_ptr().addr();
    let line = |raw: &RawValue| {
        let at = raw.get().as_ptr().addr().saturating_sub(start);
        let before = text.get(..at).unwrap_or_default();
        1 + before.matches('\n').count()
    };
    each.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::statement_lines;

    #[test]
    fn lines() {
        let check = |text, expect: &[usize]| assert_eq!(statement_lines(text), expect, "{text}");
        check("{\"Statement\":\n{\"Effect\":\"Allow\"}}", &[2]);
        check("{\"Version\":\"x\",\n\"Statement\":[{},\n\n{}]}", &[2, 4]);
        check("[]", &[]);
    }
}
