//! Rules about policy variables.

use super::super::operator::Kind;
use super::super::variable_spans;
use super::key::several;
use super::subject::{Found, Subject};

/// A finding at each resource and condition value for which the test has a message.
fn at(subject: &Subject<'_>, test: impl Fn(&str) -> Option<String>) -> Vec<Found> {
    let resources = subject.clauses().flat_map(|clause| clause.resources());
    let values = subject
        .comparisons()
        .flat_map(|comparison| comparison.texts().collect::<Vec<_>>());
    let found = resources
        .chain(values)
        .filter_map(|(pointer, text)| Some(Found::new(pointer, test(text)?)));
    found.collect()
}

/// The names between `${` and `}`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let spans = variable_spans(text).into_iter();
    spans.filter_map(move |span| text.get(span.start + 2..span.end.checked_sub(1)?))
}

pub(super) fn unclosed(subject: &Subject<'_>) -> Vec<Found> {
    if !subject.policy.has_variables() {
        return Vec::new();
    }
    at(subject, |text| {
        let open = text.matches("${").count() > variable_spans(text).len();
        open.then(|| format!("`{text}` has a `${{` without its `}}`"))
    })
}

pub(super) fn plain(subject: &Subject<'_>) -> Vec<Found> {
    if subject.policy.has_variables() {
        return Vec::new();
    }
    at(subject, |text| {
        let name = names(text).next()?;
        Some(format!(
            "`${{{name}}}` is plain text here: variables need Version 2012-10-17"
        ))
    })
}

pub(super) fn operator(subject: &Subject<'_>) -> Vec<Found> {
    let comparisons = subject.comparisons().filter(|comparison| {
        let kind = comparison.parsed().map(|operator| operator.kind);
        let text = matches!(
            kind,
            Some(Kind::Text | Kind::TextIgnoreCase | Kind::Like | Kind::Arn)
        );
        !text && (kind.is_some() || comparison.is_null())
    });
    let found = comparisons.flat_map(|comparison| {
        let variables = comparison
            .texts()
            .filter(|(_, text)| names(text).next().is_some());
        let found = variables.map(|(pointer, text)| {
            let operator = comparison.operator;
            Found::new(
                pointer,
                format!("`{operator}` does not replace the variable of `{text}`"),
            )
        });
        found.collect::<Vec<_>>()
    });
    found.collect()
}

pub(super) fn unknown(subject: &Subject<'_>) -> Vec<Found> {
    if !subject.policy.has_variables() {
        return Vec::new();
    }
    at(subject, |text| {
        let wrong = |name: &&str| !matches!(*name, "*" | "?" | "$") && !is_replaced(name);
        let name = names(text).find(wrong)?;
        Some(format!("`${{{name}}}` is no variable that can be replaced"))
    })
}

/// Whether a variable's name is a key with one value, and its default in quotes.
fn is_replaced(name: &str) -> bool {
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim())),
        None => (name, None),
    };
    let quoted = |text: &str| text.len() > 1 && text.starts_with('\'') && text.ends_with('\'');
    let known = match key.split_once(':') {
        Some((prefix, _)) if prefix.eq_ignore_ascii_case("aws") => several(key) == Some(false),
        Some((prefix, name)) => !prefix.is_empty() && !name.is_empty(),
        None => false,
    };
    known && default.is_none_or(quoted) && !key.contains(char::is_whitespace)
}
