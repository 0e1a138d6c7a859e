//! Rules about the document as a whole and its statements' Sids.

use super::super::places::escape;
use super::Kind;
use super::subject::{Found, Subject};
use serde_json::Value;
use std::collections::HashSet;

pub(super) fn version_missing(subject: &Subject<'_>) -> Vec<Found> {
    let missing = subject.policy.version.is_none();
    let found = || {
        Found::new(
            "",
            "no Version: read as 2008-10-17, in which `${…}` is plain text",
        )
    };
    missing.then(found).into_iter().collect()
}

pub(super) fn id_unsupported(subject: &Subject<'_>) -> Vec<Found> {
    let wrong = subject.policy.id.is_some() && !subject.kind.names_principals();
    let found = || Found::new("/Id", "an identity policy has no Id");
    wrong.then(found).into_iter().collect()
}

pub(super) fn statements_missing(subject: &Subject<'_>) -> Vec<Found> {
    let missing = subject.policy.statements.is_empty();
    let found = || Found::new("/Statement", "no statement");
    missing.then(found).into_iter().collect()
}

pub(super) fn characters(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::to_value(subject.policy) {
        foreign("", &value, &mut found);
    }
    found
}

fn foreign(pointer: &str, value: &Value, found: &mut Vec<Found>) {
    match value {
        Value::String(text) => found.extend(foreign_in(pointer, text)),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                foreign(&format!("{pointer}/{at}"), item, found);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                let pointer = format!("{pointer}/{}", escape(name));
                found.extend(foreign_in(&pointer, name));
                foreign(&pointer, value, found);
            }
        }
        _ => {}
    }
}

fn foreign_in(pointer: &str, text: &str) -> Option<Found> {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    let wrong = text.chars().find(|c| !allowed(c))?;
    let code = u32::from(wrong);
    Some(Found::new(
        pointer,
        format!("a policy may not hold U+{code:04X}: write `?` or `*` for it"),
    ))
}

/// S3 and others take any Sid in the policies of their resources.
fn has_strict_sids(kind: Kind) -> bool {
    kind != Kind::Resource
}

pub(super) fn sid_characters(subject: &Subject<'_>) -> Vec<Found> {
    if !has_strict_sids(subject.kind) {
        return Vec::new();
    }
    let clauses = subject.clauses().filter_map(|clause| {
        let sid = clause.statement.sid.as_deref()?;
        let wrong = !sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let message = format!("Sid `{sid}` has other characters than A-Z, a-z and 0-9");
        wrong.then(|| Found::new(format!("{}/Sid", clause.pointer()), message))
    });
    clauses.collect()
}

pub(super) fn sid_repeated(subject: &Subject<'_>) -> Vec<Found> {
    let mut seen = HashSet::new();
    let clauses = subject.clauses().filter_map(|clause| {
        let sid = clause
            .statement
            .sid
            .as_deref()
            .filter(|sid| !sid.is_empty())?;
        let message = format!("Sid `{sid}` is there twice");
        (!seen.insert(sid)).then(|| Found::new(format!("{}/Sid", clause.pointer()), message))
    });
    clauses.collect()
}
