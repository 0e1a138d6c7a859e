//! Rules about condition operators and the values they compare with.

use super::super::document::Effect;
use super::super::operator::{Kind, Quantifier, is_boolean};
use super::super::variable_spans;
use super::subject::{Comparison, Found, Subject};

/// A finding at each value of a condition for which the test has a message.
fn at(subject: &Subject<'_>, test: impl Fn(&Comparison<'_>, &str) -> Option<String>) -> Vec<Found> {
    let comparisons = subject.comparisons().flat_map(|comparison| {
        let texts = comparison.texts();
        let found = texts.filter_map(|(pointer, text)| {
            let variable = !variable_spans(text).is_empty();
            let message = test(&comparison, text).filter(|_| !variable)?;
            Some(Found::new(pointer, message))
        });
        found.collect::<Vec<_>>()
    });
    comparisons.collect()
}

/// A finding at each condition for which the test has a message.
pub(super) fn each(
    subject: &Subject<'_>,
    test: impl Fn(&Comparison<'_>) -> Option<String>,
) -> Vec<Found> {
    let comparisons = subject.comparisons();
    let found = comparisons.filter_map(|comparison| {
        let message = test(&comparison)?;
        Some(Found::new(comparison.pointer, message))
    });
    found.collect()
}

pub(super) fn operator_unknown(subject: &Subject<'_>) -> Vec<Found> {
    each(subject, |comparison| {
        let wrong = comparison.parsed().is_none() && !comparison.is_null();
        wrong.then(|| format!("`{}` is no condition operator", comparison.operator))
    })
}

pub(super) fn value_malformed(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |comparison, text| {
        let Some(kind) = comparison.parsed().map(|operator| operator.kind) else {
            let wrong = comparison.is_null() && !is_boolean(text);
            return wrong.then(|| format!("`{text}` is not true or false"));
        };
        let what = match kind {
            Kind::Bool => "true or false",
            Kind::Number(_) => "a number",
            Kind::Date(_) => "a date such as 2026-11-30T00:00:00Z",
            Kind::Ip => "an address or a CIDR range",
            Kind::Arn => "an ARN of six parts",
            Kind::Binary => "base64",
            Kind::Text | Kind::TextIgnoreCase | Kind::Like => return None,
        };
        let any = kind == Kind::Arn && text == "*";
        let fits = kind.understands(text) && (kind != Kind::Binary || is_base64(text));
        (!fits && !any).then(|| format!("`{text}` is not {what}"))
    })
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(plain)
}

pub(super) fn value_wildcard(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |comparison, text| {
        let kind = comparison.parsed()?.kind;
        let plain = matches!(kind, Kind::Text | Kind::TextIgnoreCase) && text.contains('*');
        plain.then(|| {
            let operator = comparison.operator;
            format!("`{operator}` compares the `*` of `{text}` as plain text: StringLike knows wildcards")
        })
    })
}

pub(super) fn values_missing(subject: &Subject<'_>) -> Vec<Found> {
    each(subject, |comparison| {
        let missing = comparison.values.items.is_empty();
        missing.then(|| "a condition without values".to_owned())
    })
}

pub(super) fn bool_several(subject: &Subject<'_>) -> Vec<Found> {
    each(subject, |comparison| {
        let boolean = comparison.is_null()
            || comparison
                .parsed()
                .is_some_and(|operator| operator.kind == Kind::Bool);
        let several = boolean && comparison.values.items.len() > 1;
        several.then(|| format!("`{}` takes one value", comparison.operator))
    })
}

pub(super) fn for_all_values_absent(subject: &Subject<'_>) -> Vec<Found> {
    let guarded = |comparison: &Comparison<'_>| {
        let others = subject.comparisons();
        let mut others = others.filter(|other| {
            other.clause.pointer() == comparison.clause.pointer()
                && other.key.eq_ignore_ascii_case(comparison.key)
        });
        others.any(|other| match other.parsed() {
            None => other.is_null() && other.texts().any(|(_, text)| text == "false"),
            Some(operator) => {
                !operator.if_exists
                    && (operator.quantifier == Quantifier::ForAny
                        || operator.quantifier == Quantifier::Single && !operator.negated)
            }
        })
    };
    each(subject, |comparison| {
        let all = comparison.parsed()?.quantifier == Quantifier::ForAll;
        let open = all && comparison.clause.statement.effect == Effect::Allow;
        (open && !guarded(comparison)).then(|| {
            let key = comparison.key;
            format!("also holds for requests without `{key}`: add `Null` with `{key}` false")
        })
    })
}
