//! Rules about condition keys: those of every request, those of a service's actions, and the types of both.

use super::super::operator::{Kind, Quantifier};
use super::condition::each;
use super::subject::{Comparison, Found, Subject};
use crate::catalogue::Action;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::LazyLock;

/// What a global key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    String,
    Arn,
    Bool,
    Date,
    Number,
    Ip,
}

/// A key that any request may have (`condition-keys.json`).
#[derive(Debug, Deserialize)]
struct Global {
    key: String,
    r#type: Type,
    /// It may hold several values.
    #[serde(default)]
    several: bool,
    /// Only requests of actions that list it have it.
    #[serde(default)]
    listed: bool,
}

#[derive(Deserialize)]
struct File {
    keys: Vec<Global>,
}

static GLOBALS: LazyLock<Vec<Global>> = LazyLock::new(|| {
    let text = include_str!("../../../data/condition-keys.json");
    // The file is part of the program; a test reads it.
    serde_json::from_str(text).map_or_else(|_| Vec::new(), |file: File| file.keys)
});

/// The global key of that name in lower case; a tag's key may be any text.
fn global(key: &str) -> Option<&'static Global> {
    GLOBALS.iter().find(|global| {
        let name = global.key.to_ascii_lowercase();
        match name.strip_suffix('*') {
            Some(tag) => key.strip_prefix(tag).is_some_and(|rest| !rest.is_empty()),
            None => name == key,
        }
    })
}

/// Whether every request may have the key, and how many values: None when it is no global key.
pub(super) fn several(key: &str) -> Option<bool> {
    global(&key.to_ascii_lowercase()).map(|global| global.several)
}

pub(super) fn repeated(subject: &Subject<'_>) -> Vec<Found> {
    let mut seen = HashSet::new();
    let comparisons = subject.comparisons().filter_map(|comparison| {
        let operator = comparison.operator.to_ascii_lowercase();
        let key = comparison.key.to_ascii_lowercase();
        let again = !seen.insert((comparison.clause.pointer(), operator, key));
        let message = format!(
            "`{}` is there twice: letter case does not count",
            comparison.key
        );
        again.then(|| Found::new(comparison.pointer, message))
    });
    comparisons.collect()
}

pub(super) fn malformed(subject: &Subject<'_>) -> Vec<Found> {
    each(subject, |comparison| {
        let key = comparison.key;
        let (prefix, name) = key.split_once(':').unwrap_or_default();
        if prefix.is_empty() || name.is_empty() || prefix.contains(char::is_whitespace) {
            return Some(format!("`{key}` is not `prefix:Name`"));
        }
        let lower = key.to_ascii_lowercase();
        let tag = ["aws:requesttag", "aws:resourcetag", "aws:principaltag"];
        let bare = tag.contains(&lower.trim_end_matches('/'));
        bare.then(|| {
            format!(
                "`{key}` lacks the tag's key: `{}/…`",
                key.trim_end_matches('/')
            )
        })
    })
}

/// Whether an action's documentation, or that of its resource types, lists the key.
fn lists(action: Action<'_>, key: &str) -> bool {
    let is = |listed: &str| fits(listed, key);
    action.condition_keys().any(is)
        || action
            .resources()
            .any(|(kind, _)| kind.condition_keys().any(is))
}

/// Whether a listed key, such as `s3:RequestObjectTag/<key>`, is this key in lower case.
fn fits(listed: &str, key: &str) -> bool {
    let listed = listed.to_ascii_lowercase();
    let at = listed.find(['$', '<']);
    match at.and_then(|at| listed.get(..at)) {
        Some(before) => key
            .strip_prefix(before)
            .is_some_and(|rest| !rest.is_empty()),
        None => listed == key,
    }
}

pub(super) fn unknown(subject: &Subject<'_>) -> Vec<Found> {
    each(subject, |comparison| {
        let key = comparison.key.to_ascii_lowercase();
        let own = key.starts_with("aws:") && !key.ends_with("tag") && !key.ends_with("tag/");
        if !own || global(&key).is_some() {
            return None;
        }
        let mut actions = subject.named(comparison.clause);
        let listed = actions.any(|(_, _, actions)| actions.iter().any(|a| lists(*a, &key)));
        (!listed).then(|| format!("`{}` is no global condition key", comparison.key))
    })
}

/// Keys of identity providers, which are not in the catalogue: `accounts.google.com:aud`, `saml:sub`.
fn is_federated(key: &str) -> bool {
    let prefix = key.split(':').next().unwrap_or_default();
    prefix.contains(['.', '/']) || prefix == "saml"
}

/// The patterns of the statement none of whose actions has the key.
fn ignoring<'s>(subject: &Subject<'s>, comparison: &Comparison<'s>) -> Vec<&'s str> {
    let key = comparison.key.to_ascii_lowercase();
    let known = global(&key);
    let anywhere = known.is_some_and(|global| !global.listed);
    let unknown = known.is_none() && key.starts_with("aws:") || !key.contains(':');
    if anywhere || unknown || is_federated(&key) {
        return Vec::new();
    }
    let named: Vec<_> = subject.named(comparison.clause).collect();
    let ignores = |actions: &[Action<'_>]| {
        !actions.is_empty() && !actions.iter().any(|action| lists(*action, &key))
    };
    let ignoring = named.iter().filter(|(_, _, actions)| ignores(actions));
    let ignoring: Vec<&str> = ignoring.map(|(_, text, _)| *text).collect();
    if known.is_some() && ignoring.len() < named.len() {
        return Vec::new();
    }
    ignoring
}

/// Whether the condition fails for a request without the key.
fn needs_key(comparison: &Comparison<'_>) -> bool {
    match comparison.parsed() {
        None => comparison.is_null() && comparison.texts().any(|(_, text)| text == "false"),
        Some(operator) => !operator.holds(&[], |_| false),
    }
}

fn ignored_where(subject: &Subject<'_>, needed: bool) -> Vec<Found> {
    each(subject, |comparison| {
        let meant = comparison.parsed().is_some() || comparison.is_null();
        if !meant || needs_key(comparison) != needed {
            return None;
        }
        let ignoring = ignoring(subject, comparison);
        let first = ignoring.first()?;
        let more = match ignoring.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let holds = if needed { "never" } else { "always" };
        let key = comparison.key;
        Some(format!(
            "`{first}`{more} has no condition key `{key}`: there the condition {holds} holds"
        ))
    })
}

pub(super) fn ignored(subject: &Subject<'_>) -> Vec<Found> {
    ignored_where(subject, true)
}

pub(super) fn without_effect(subject: &Subject<'_>) -> Vec<Found> {
    ignored_where(subject, false)
}

pub(super) fn wrong_type(subject: &Subject<'_>) -> Vec<Found> {
    each(subject, |comparison| {
        let global = global(&comparison.key.to_ascii_lowercase())?;
        let text = |kind| matches!(kind, Kind::Text | Kind::TextIgnoreCase | Kind::Like);
        let kind = comparison.parsed()?.kind;
        let fits = match (global.r#type, kind) {
            (Type::String, kind) => text(kind),
            (Type::Arn, kind) => text(kind) || kind == Kind::Arn,
            (Type::Bool, kind) => text(kind) || kind == Kind::Bool,
            (Type::Date, Kind::Date(_) | Kind::Number(_)) => true,
            (Type::Number, Kind::Number(_)) => true,
            (Type::Ip, kind) => kind == Kind::Ip,
            (Type::Date | Type::Number, _) => false,
        };
        let (key, operator) = (comparison.key, comparison.operator);
        let what = format!("{:?}", global.r#type).to_ascii_lowercase();
        (!fits).then(|| format!("`{operator}` does not compare `{key}`, which is of type {what}"))
    })
}

pub(super) fn single(subject: &Subject<'_>) -> Vec<Found> {
    each(subject, |comparison| {
        let one = several(comparison.key) == Some(false);
        let quantified = comparison.parsed()?.quantifier != Quantifier::Single;
        (one && quantified).then(|| {
            let (key, operator) = (comparison.key, comparison.operator);
            format!("`{key}` has one value: `{operator}` is for keys with several")
        })
    })
}
