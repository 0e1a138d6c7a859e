//! Text of a log as text of a policy pattern: what is literal there stays literal here.

/// Appends `text` so that a policy resource matches it literally: `*`, `?` and `$` become `${*}`, `${?}`, `${$}`;
/// a character that a policy document cannot hold (outside U+0020–U+00FF) becomes `?`, which matches any one
/// (cloudtrail-and-iam.md, section 11.2).
pub(crate) fn push_literal(out: &mut String, text: &str) {
    let special = |b: u8| !(b' '..=b'~').contains(&b) | (b == b'*') | (b == b'?') | (b == b'$');
    if !text.bytes().fold(false, |found, b| found | special(b)) {
        out.push_str(text);
        return;
    }
    for c in text.chars() {
        push_char(out, c);
    }
}

fn push_char(out: &mut String, c: char) {
    match c {
        '*' => out.push_str("${*}"),
        '?' => out.push_str("${?}"),
        '$' => out.push_str("${$}"),
        '\u{20}'..='\u{ff}' => out.push(c),
        _ => out.push('?'),
    }
}

/// As [`push_literal`], but `*` and `?` are already meant as wildcards (AWS's own messages).
pub(crate) fn push_pattern(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '*' | '?' => out.push(c),
            _ => push_char(out, c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn literal(text: &str) -> String {
        let mut out = String::new();
        push_literal(&mut out, text);
        out
    }

    #[test]
    fn t48_wildcards_in_names_stay_literal_and_unwritable_characters_widen() {
        assert_eq!(literal("plain/key.csv"), "plain/key.csv");
        assert_eq!(literal("report*.csv"), "report${*}.csv");
        assert_eq!(literal("what?"), "what${?}");
        assert_eq!(literal("${aws:username}"), "${$}{aws:username}");
        assert_eq!(literal("日本/é.txt"), "??/é.txt");
        assert_eq!(literal("a\tb"), "a?b");
    }

    fn is_writable(c: char) -> bool {
        ('\u{20}'..='\u{ff}').contains(&c)
    }

    proptest! {
        #[test]
        fn only_characters_that_a_policy_holds(text: String) {
            let writable = literal(&text).chars().all(is_writable);
            prop_assert!(writable);
        }
    }
}
