//! Every policy of the third-party corpora: printed as it was read, inside itself, and outside itself without any one of
//! its statements. Skipped, loudly, where the corpora are not at hand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "test code"
)]

use leastwise_iam::catalogue::Catalogue;
use leastwise_iam::policy::{
    Answer, Effect, Policy, PolicySet, PrincipalElement, Principals, Statement, subsumes,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn corpora() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let named = std::env::var_os("LEASTWISE_CORPORA").map(PathBuf::from);
    let root = named.unwrap_or(beside).join("policies");
    if !root.is_dir() {
        eprintln!("SKIPPED: no corpora at {}", root.display());
        return None;
    }
    Some(root)
}

/// Every object with a `Statement`, also inside of strings.
fn documents(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) if map.contains_key("Statement") => found.push(value.clone()),
        Value::Object(map) => map.values().for_each(|value| documents(value, found)),
        Value::Array(items) => items.iter().for_each(|value| documents(value, found)),
        Value::String(text) if text.contains("Statement") => {
            let value: Value = serde_json::from_str(text).unwrap();
            documents(&value, found);
        }
        _ => {}
    }
}

fn policies() -> Vec<(Value, Policy)> {
    let mut open: Vec<PathBuf> = corpora().into_iter().collect();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).unwrap();
            open.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            let value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            documents(&value, &mut found);
        }
    }
    let read = |value: Value| match Policy::parse(&value.to_string()) {
        Ok(policy) => (value, policy),
        Err(error) => panic!("{error}: {value}"),
    };
    found.into_iter().map(read).collect()
}

fn set(policy: &Policy) -> PolicySet {
    PolicySet::identity(vec![policy.clone()])
}

#[test]
fn policies_print_as_they_were_read() {
    for (value, policy) in policies() {
        let printed = policy.to_json();
        let again = Policy::parse(&printed).unwrap();
        assert_eq!(again, policy);
        assert_eq!(again.to_json(), printed);
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), value);
    }
}

/// `"Principal": "arn:…"`: not of IAM's grammar, so nobody knows whom it would be about.
fn is_about_nobody_knows_whom(statement: &Statement) -> bool {
    let principals = match &statement.principal {
        Some(PrincipalElement::Principal(named) | PrincipalElement::NotPrincipal(named)) => named,
        None => return false,
    };
    matches!(principals, Principals::Bare(_))
}

#[test]
fn policies_are_inside_themselves_and_not_without_a_statement() {
    let catalogue = Catalogue::embedded();
    let policies = policies();
    let (mut no, mut redundant, mut outside, mut unknown) = (0, 0, 0, Vec::new());
    for (_, policy) in &policies {
        assert_eq!(subsumes(&set(policy), &set(policy), catalogue), Answer::Yes);
        for at in 0..policy.statements.len() {
            let mut less = policy.clone();
            let statement = less.statements.remove(at);
            let (less, whole) = (set(&less), set(policy));
            let (outer, inner) = match statement.effect {
                Effect::Allow => (less, whole),
                Effect::Deny => (whole, less),
            };
            match subsumes(&outer, &inner, catalogue) {
                Answer::No(_) => no += 1,
                Answer::Yes => redundant += 1,
                Answer::Unknown(_) if is_about_nobody_knows_whom(&statement) => outside += 1,
                Answer::Unknown(why) => unknown.push(why),
            }
        }
    }
    eprintln!(
        "{} policies, statement removed: {no} with a witness, {redundant} redundant, {outside} outside the \
         grammar, {unknown:?}",
        policies.len()
    );
    assert!(unknown.len() * 100 <= no + redundant, "{unknown:?}");
}

#[test]
fn nearly_all_pairs_of_policies_are_decided() {
    let catalogue = Catalogue::embedded();
    let policies = policies().into_iter().map(|(_, policy)| policy);
    let of_the_grammar =
        |policy: &Policy| !policy.statements.iter().any(is_about_nobody_knows_whom);
    let sets: Vec<PolicySet> = policies
        .filter(of_the_grammar)
        .map(|policy| set(&policy))
        .collect();
    let (mut decided, mut unknown) = (0, BTreeMap::new());
    for outer in &sets {
        for inner in &sets {
            match subsumes(outer, inner, catalogue) {
                Answer::Yes | Answer::No(_) => decided += 1,
                Answer::Unknown(why) => *unknown.entry(why).or_insert(0) += 1,
            }
        }
    }
    let count: usize = unknown.values().sum();
    eprintln!(
        "{} policies: {decided} pairs decided, {count} unknown: {unknown:#?}",
        sets.len()
    );
    assert!(count * 100 <= decided, "{count} unknown");
}
