//! Where the statements of a policy document stand in its file.

use iam::policy::{Lines, Place};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statements<'a> {
    #[serde(borrow)]
    statement: &'a RawValue,
}

/// The place of each statement of a document that is the whole text; empty for anything else.
pub(crate) fn statement_places(text: &str) -> Vec<Place> {
    let Ok(Statements { statement }) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let each: Vec<&RawValue> =
        serde_json::from_str(statement.get()).unwrap_or_else(|_| vec![statement]);
    let (start, lines) = (text.as_ptr().addr(), Lines::of(text));
    let place = |raw: &RawValue| lines.place(raw.get().as_ptr().addr().saturating_sub(start));
    each.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::statement_places;

    #[test]
    fn places() {
        let check = |text, expect: &[(usize, usize)]| {
            let found = statement_places(text).into_iter();
            let found: Vec<_> = found.map(|at| (at.line, at.column)).collect();
            assert_eq!(found, expect, "{text}");
        };
        check("{\"Statement\":\n{\"Effect\":\"Allow\"}}", &[(2, 1)]);
        check(
            "{\"Version\":\"x\",\n\"Statement\":[{},\n\n{}]}",
            &[(2, 14), (4, 1)],
        );
        check("[]", &[]);
    }
}
