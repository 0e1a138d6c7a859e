//! Operation documentation: the actions it names. Only names are taken, never prose.

use super::facts::{ActionFact, Facts};

/// Actions that a documentation text names as `prefix:Name`, in order.
pub(crate) fn mentioned<'f>(html: &str, facts: &'f Facts) -> Vec<&'f ActionFact> {
    let text = without_tags(html);
    let words = action_like(&text).into_iter();
    words.filter_map(|word| facts.current(word)).collect()
}

fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        match after.split_once('>') {
            Some((_, behind)) => rest = behind,
            None => {
                text.push('<');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// Matches of `\b[a-z0-9-]+:[A-Za-z0-9]+\b`, left to right without overlap.
fn action_like(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    for (colon, _) in text.match_indices(':') {
        let (Some(before), Some(after)) = (text.get(from..colon), text.get(colon + 1..)) else {
            continue;
        };
        let name = after.len()
            - after
                .trim_start_matches(|c: char| c.is_ascii_alphanumeric())
                .len();
        let end = colon + 1 + name;
        let closed = !text
            .get(end..)
            .is_some_and(|rest| rest.starts_with(is_word));
        let Some(start) = prefix_start(text, from, before).filter(|_| name > 0 && closed) else {
            continue;
        };
        found.extend(text.get(start..end));
        from = end;
    }
    found
}

/// Where the prefix that ends `before` begins: the leftmost word boundary in its run of prefix characters.
fn prefix_start(text: &str, from: usize, before: &str) -> Option<usize> {
    let run = before.trim_end_matches(|c: char| matches!(c, 'a'..='z' | '0'..='9' | '-'));
    let begin = from + run.len();
    (begin..from + before.len()).find(|at| {
        let left = text.get(..*at).and_then(|left| left.chars().next_back());
        let right = text.get(*at..).and_then(|right| right.chars().next());
        left.is_some_and(is_word) != right.is_some_and(is_word)
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::{action_like, without_tags};

    #[test]
    fn words_that_look_like_actions() {
        let check = |text: &str, expect: &[&str]| assert_eq!(action_like(text), expect, "{text}");
        check(
            "needs s3:GetObject, kms:Decrypt.",
            &["s3:GetObject", "kms:Decrypt"],
        );
        check("an arn:aws:s3:::bucket", &["arn:aws"]);
        check("S3:GetObject 3:4", &["3:4"]);
        check("x_s3:GetObject s3:Get_Object", &[]);
        check("-acm-pca:Issue", &["acm-pca:Issue"]);
        check("é s3:A", &["s3:A"]);
        check("::", &[]);
    }

    #[test]
    fn tags_go() {
        assert_eq!(
            without_tags("<p>a <code>s3:X</code> b < c</p>"),
            "a s3:X b "
        );
        assert_eq!(without_tags("a < b"), "a < b");
    }
}
