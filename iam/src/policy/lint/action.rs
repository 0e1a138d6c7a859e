//! Rules about actions.

use super::Kind;
use super::subject::{Found, Subject};

/// Actions that a trust policy can allow. Source: IAM User Guide, how to use trust policies; STS API Reference.
const TRUST: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
];

/// A finding at each pattern of Action and NotAction for which the test has a message.
fn at(subject: &Subject<'_>, test: impl Fn(&str) -> Option<String>) -> Vec<Found> {
    let patterns = subject.clauses().flat_map(|clause| clause.actions());
    let found = patterns.filter_map(|(pointer, text)| Some(Found::new(pointer, test(text)?)));
    found.collect()
}

/// The prefix of `prefix:Name`; None when it is no such text.
fn prefix(text: &str) -> Option<&str> {
    let (prefix, name) = text.split_once(':')?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let fits = !prefix.is_empty()
        && prefix.bytes().all(plain)
        && !name.is_empty()
        && name.bytes().all(|b| plain(b) || matches!(b, b'*' | b'?'));
    fits.then_some(prefix)
}

pub(super) fn malformed(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |text| {
        let wrong = !matches!(text, "*" | "*:*") && prefix(text).is_none();
        wrong.then(|| format!("`{text}` is not `*` or `service:Name`"))
    })
}

pub(super) fn service_unknown(subject: &Subject<'_>) -> Vec<Found> {
    let known = |prefix: &str| subject.catalogue.under(prefix).next().is_some();
    at(subject, |text| {
        let prefix = prefix(text).filter(|prefix| !known(prefix))?;
        Some(format!("no service has the prefix `{prefix}`"))
    })
}

pub(super) fn unknown(subject: &Subject<'_>) -> Vec<Found> {
    let catalogue = subject.catalogue;
    let known = |text: &str| catalogue.action(text).is_some() || !catalogue.expand(text).is_empty();
    at(subject, |text| {
        catalogue.under(prefix(text)?).next()?;
        (!known(text)).then(|| format!("no action matches `{text}`"))
    })
}

pub(super) fn retired(subject: &Subject<'_>) -> Vec<Found> {
    at(subject, |text| {
        let action = subject.catalogue.action(text).filter(|a| a.retired())?;
        Some(format!("`{}` is no longer documented", action.name()))
    })
}

pub(super) fn not_trust(subject: &Subject<'_>) -> Vec<Found> {
    if subject.kind != Kind::Trust {
        return Vec::new();
    }
    at(subject, |text| {
        let lower = text.to_ascii_lowercase();
        let fits = lower.starts_with("sts:") && lower.contains(['*', '?']) || lower == "*";
        let wrong = !fits && !TRUST.contains(&lower.as_str());
        wrong.then(|| format!("`{text}` is no action for assuming a role"))
    })
}
