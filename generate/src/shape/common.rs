//! What names have in common, token by token: an escape such as `${*}` is never cut.

/// A character, or an escape.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let escaped = ["${*}", "${?}", "${$}"].iter().any(|e| rest.starts_with(e));
        let length = if escaped { 4 } else { c.len_utf8() };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        tokens.push(token);
        rest = after;
    }
    tokens
}

fn is_word(token: &&&str) -> bool {
    token.chars().all(char::is_alphanumeric)
}

fn is_number(token: &str) -> bool {
    token.bytes().all(|b| b.is_ascii_digit())
}

/// One pattern for different names of the same kind: what they begin and end with, up to a separator, around a `*`.
pub(super) fn common(names: &[&str]) -> String {
    let all: Vec<Vec<&str>> = names.iter().map(|name| tokens(name)).collect();
    let Some(first) = all.first() else {
        return "*".to_owned();
    };
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
    let same = |at: usize| all.iter().all(|name| name.get(at) == first.get(at));
    let mut front = (0..shortest).take_while(|at| same(*at)).count();
    let back_same = |at: usize| {
        let own = |name: &Vec<&str>| {
            name.len()
                .checked_sub(at + 1)
                .and_then(|i| name.get(i).map(|t| (*t).to_owned()))
        };
        all.iter().all(|name| own(name) == own(first))
    };
    let mut back = (0..shortest - front)
        .take_while(|at| back_same(*at))
        .count();
    while front > 0 && first.get(front - 1).iter().all(is_word) {
        front -= 1;
    }
    while back > 0 && first.get(first.len() - back).iter().all(is_word) {
        back -= 1;
    }
    let begin = first.get(..front).unwrap_or_default().concat();
    let end = first.get(first.len() - back..).unwrap_or_default().concat();
    joined([begin, "*".to_owned(), end])
}

/// The name with each number as `0`.
pub(super) fn numberless(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for token in tokens(name) {
        match is_number(token) {
            true if out.ends_with('\u{0}') => {}
            true => out.push('\u{0}'),
            false => out.push_str(token),
        }
    }
    out
}

/// One pattern for names that differ only in numbers: the numbers that differ become `*`.
pub(super) fn counter(names: &[&str]) -> String {
    let split: Vec<Vec<String>> = names.iter().map(|name| runs(name)).collect();
    let Some(first) = split.first() else {
        return String::new();
    };
    let parts = first.iter().enumerate().map(|(at, run)| {
        let same = split.iter().all(|other| other.get(at) == Some(run));
        if same { run.clone() } else { "*".to_owned() }
    });
    joined(parts)
}

/// Numbers and what lies between them, in turn.
fn runs(name: &str) -> Vec<String> {
    let mut runs: Vec<(bool, String)> = Vec::new();
    for token in tokens(name) {
        let number = is_number(token);
        match runs.last_mut() {
            Some((kind, run)) if *kind == number => run.push_str(token),
            _ => runs.push((number, token.to_owned())),
        }
    }
    runs.into_iter().map(|(_, run)| run).collect()
}

/// The parts in one, neighbouring `*` as one.
fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let mut out = String::new();
    for part in parts {
        let star = out.ends_with('*') && part.starts_with('*');
        out.push_str(if star {
            part.trim_start_matches('*')
        } else {
            &part
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_share() {
        let check = |names: &[&str], expect: &str| assert_eq!(common(names), expect);
        check(&["user-alice/", "user-bob/"], "user-*/");
        check(&["alice/", "alina/"], "*/");
        check(&["a.json", "b.json"], "*.json");
        check(&["x-${*}", "x-${$}"], "x-*");
        check(&["a", "a-b"], "*");
        check(&[], "*");
    }

    #[test]
    fn what_counts() {
        let check = |names: &[&str], expect: &str| assert_eq!(counter(names), expect);
        check(&["v2/part-1.gz", "v2/part-10.gz"], "v2/part-*.gz");
        check(&["a1", "a1"], "a1");
        check(&["1/x-*", "2/x-*"], "*/x-*");
        assert_eq!(numberless("v2/a-17"), numberless("v9/a-3"));
        assert_ne!(numberless("v2/a-17"), numberless("v/a-3"));
    }
}
