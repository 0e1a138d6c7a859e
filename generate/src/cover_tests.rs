//! Covers mean the same as the list, and are short.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "test code")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn names(pattern: &str) -> Vec<String> {
    let catalogue = Catalogue::embedded();
    let ids = catalogue.expand(pattern).into_iter();
    ids.filter_map(|id| Some(catalogue.get(id)?.name().to_owned()))
        .collect()
}

fn expanded(patterns: &[String]) -> BTreeSet<String> {
    patterns.iter().flat_map(|pattern| names(pattern)).collect()
}

fn bytes(list: &[String]) -> usize {
    list.iter().map(|text| text.len() + FRAME).sum()
}

fn any(_: &str) -> bool {
    true
}

#[test]
fn a_whole_service_is_one_pattern_and_limits_hold() {
    let covers = Covers::new(Catalogue::embedded());
    let all = names("xray:*");
    assert_eq!(covers.cover(&all, &any), ["xray:*"]);
    assert_eq!(covers.cover(&all, &|_| false), all);
    let readers = covers.cover(&names("ec2:Describe*"), &any);
    assert_eq!(readers, ["ec2:Describe*"]);
    let unknown = ["nobody:Knows".to_owned(), "s3:GetObject".to_owned()];
    assert_eq!(covers.cover(&unknown, &any), unknown);
}

#[test]
fn one_pattern_stands_for_a_family() {
    let covers = Covers::new(Catalogue::embedded());
    let mut wanted = names("iam:Get*");
    wanted.extend(names("iam:List*"));
    wanted.retain(|name| name != "iam:GetUser");
    let short = covers.cover(&wanted, &any);
    assert_eq!(expanded(&short), wanted.iter().cloned().collect());
    assert!(short.contains(&"iam:List*".to_owned()), "{short:?}");
    assert!(bytes(&short) * 3 < bytes(&wanted), "{short:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn names_exactly_the_same(
        picks in proptest::collection::btree_set(0_usize..700, 1..200), service in 0_usize..4
    ) {
        let catalogue = Catalogue::embedded();
        let all = names(["s3:*", "iam:*", "ec2:*", "glue:*"].get(service).unwrap());
        let chosen: Vec<String> = picks.iter().filter_map(|at| all.get(*at).cloned()).collect();
        let covers = Covers::new(catalogue);
        let short = covers.cover(&chosen, &any);
        prop_assert_eq!(expanded(&short), expanded(&chosen));
        prop_assert!(bytes(&short) <= bytes(&chosen));
    }
}

/// Policies of real accounts: documents in account dumps beside the checkout, or in the folder `LEASTWISE_POLICIES`.
fn real_policies() -> Vec<iam::policy::Policy> {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let corpora = std::env::var_os("LEASTWISE_CORPORA").map_or(beside, Into::into);
    let mut folders = vec![corpora.join("policies")];
    folders.extend(std::env::var_os("LEASTWISE_POLICIES").map(Into::into));
    let mut policies = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if let Ok(account) = crate::parse_current(text.as_bytes(), "") {
                let roles = account.roles.into_iter().flat_map(|role| role.documents);
                policies.extend(roles.map(|document| document.policy));
            } else if let Ok(policy) = iam::policy::Policy::parse(&text) {
                policies.push(policy);
            }
        }
    }
    policies
}

#[test]
fn real_policies_come_out_short() {
    let catalogue = Catalogue::embedded();
    let mut sets: BTreeSet<Vec<String>> = BTreeSet::new();
    for policy in real_policies() {
        let allows = policy.statements.iter();
        let allows = allows.filter(|s| s.effect == iam::policy::Effect::Allow);
        let patterns = allows.flat_map(|statement| match &statement.action {
            iam::policy::ActionElement::Action(values) => values.items.clone(),
            iam::policy::ActionElement::NotAction(_) => Vec::new(),
        });
        let names: BTreeSet<String> = patterns.flat_map(|pattern| names(&pattern)).collect();
        if names.len() > 1 && names.len() < 10_000 {
            sets.insert(names.into_iter().collect());
        }
    }
    if sets.is_empty() {
        eprintln!("skipped: no corpora beside the checkout");
        return;
    }
    let covers = Covers::new(catalogue);
    let (mut long, mut short) = (0, 0);
    for set in &sets {
        let cover = covers.cover(set, &any);
        assert_eq!(expanded(&cover), set.iter().cloned().collect());
        long += bytes(set);
        short += bytes(&cover);
    }
    let share = short * 1_000 / long;
    eprintln!(
        "{} action sets: {short} of {long} bytes, {share} ‰",
        sets.len()
    );
    assert!(share <= 310, "{share} ‰");
}
