//! Shapes by example, and by their law: each name lies in its pattern.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use super::*;
use crate::place::Places;
use iam::catalogue::Catalogue;
use iam::policy::pattern_subsumes;
use iam::usage::{Outcome, Usage, Via};
use proptest::prelude::*;

const BUCKET: &str = "arn:aws:s3:::b/";

fn check(names: &[&str], known: &[&str], expect: &[&str]) {
    let usage = [usage(known)];
    let places = Places::new(Catalogue::embedded());
    let known = Known::new(&usage, &places);
    let mut found: Vec<String> = shapes(names, &known, BUCKET)
        .into_iter()
        .map(|shape| shape.pattern)
        .collect();
    found.sort();
    assert_eq!(found, expect);
}

fn usage(leaves: &[&str]) -> Usage {
    Usage {
        principal: String::new(),
        principal_id: String::new(),
        action: "s3:GetObject".to_owned(),
        template: None,
        outcome: Outcome::Allowed,
        via: Via::Direct,
        count: 1,
        active_days: 1,
        first_seen: String::new(),
        last_seen: String::new(),
        regions: Vec::new(),
        resources: leaves
            .iter()
            .map(|leaf| format!("{BUCKET}{leaf}"))
            .collect(),
        resources_total: 0,
        evidence: Vec::new(),
        error_codes: Vec::new(),
        invoked_by: Vec::new(),
        vpc_endpoints: Vec::new(),
        mfa_count: 0,
        endpoint_count: 0,
        calls: Vec::new(),
    }
}

const PEOPLE: [&str; 9] = [
    "ann", "bea", "cid", "dan", "eve", "fay", "gus", "hal", "ida",
];

#[test]
fn few_names_are_listed_and_counters_are_not() {
    check(&["a/x", "b/y"], &[], &["a/x", "b/y"]);
    check(&["f-1", "f-2"], &[], &["f-1", "f-2"]);
    check(&["f-1", "f-2", "f-10", "g"], &[], &["f-*", "g"]);
    check(&["v1/f-1", "v1/f-2", "v1/f-3"], &[], &["v1/f-*"]);
}

#[test]
fn many_branches_that_do_the_same_are_one() {
    let profiles: Vec<String> = PEOPLE
        .iter()
        .map(|p| format!("users/{p}/profile.json"))
        .collect();
    let mut names: Vec<&str> = profiles.iter().map(String::as_str).collect();
    check(&names, &names, &["users/*/profile.json"]);
    names.push("config/app.yml");
    check(&names, &names, &["config/app.yml", "users/*/profile.json"]);
}

#[test]
fn a_wildcard_that_would_admit_what_is_not_used_is_refused() {
    let files: Vec<String> = PEOPLE.iter().map(|p| format!("in/{p}.csv")).collect();
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let others: Vec<String> = PEOPLE
        .iter()
        .flat_map(|p| [format!("in/x{p}.csv"), format!("in/y{p}.csv")])
        .collect();
    let mut known: Vec<&str> = others.iter().map(String::as_str).collect();
    check(&names, &known, &names);
    known.truncate(2);
    check(&names, &known, &["in/*.csv"]);
    let tenants = [
        "t-1/a", "t-2/a", "t-3/a", "t-4/a", "t-5/a", "t-6/a", "t-7/a",
    ];
    check(&tenants[..3], &tenants, &["t-1/a", "t-2/a", "t-3/a"]);
    check(&tenants[..4], &tenants, &["t-*/a"]);
}

#[test]
fn names_with_nothing_in_common_are_listed_longer() {
    let check_count = |count: usize, expect: usize| {
        let names: Vec<String> = (0..count)
            .map(|n| format!("{}-x.{}", PEOPLE[n % 9].repeat(1 + n / 9), PEOPLE[n % 7]))
            .collect();
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let places = Places::new(Catalogue::embedded());
        let found = shapes(&names, &Known::new(&[], &places), BUCKET);
        assert_eq!(found.len(), expect, "{found:?}");
    };
    check_count(20, 20);
    check_count(100, 1);
}

#[test]
fn too_many_names_are_their_folder() {
    let names: Vec<String> = (0..3_000)
        .map(|n| format!("in/{}-x/{n:x}z", PEOPLE[n % 9]))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    check(&names, &[], &["in/*"]);
}

proptest! {
    #[test]
    fn each_name_lies_in_its_pattern_and_none_is_lost(
        names in proptest::collection::btree_set("(a|b|c1|c2|[$][{][*][}]/|x/|y-?[0-9]?/){0,3}[a-d]{1,2}[0-9]?(.gz)?", 1..40),
        known in proptest::collection::vec("(a|b|x/){0,2}[a-d]{1,2}", 0..10),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let usage = [usage(&known)];
        let places = Places::new(Catalogue::embedded());
        let found = shapes(&names, &Known::new(&usage, &places), BUCKET);
        let mut seen = BTreeSet::new();
        for shape in &found {
            for member in &shape.members {
                prop_assert!(seen.insert(*member), "{member} twice");
                prop_assert!(pattern_subsumes(&shape.pattern, names[*member]), "{} in {}", names[*member], shape.pattern);
            }
        }
        prop_assert_eq!(seen.len(), names.len());
    }
}
