//! Subsumption against brute force: random sets of policies, every request of a small universe.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

mod generated;

use generated::{Dice, pair, universe};
use leastwise_iam::catalogue::Catalogue;
use leastwise_iam::policy::{Answer, Decision, Policy, PolicySet, Request, evaluate, subsumes};

fn allowed(set: &PolicySet, request: &Request) -> bool {
    evaluate(request, set).decision == Decision::Allowed
}

fn told(name: &str, set: &PolicySet) -> String {
    let policies: Vec<String> = set.all().map(Policy::to_json).collect();
    format!("{name}:\n{}", policies.join(""))
}

/// Compares `pairs` pairs, a Yes against one in `stride` of all requests; returns how many were Yes, No, Unknown.
fn compare(seed: u64, pairs: usize, stride: usize) -> [usize; 3] {
    let universes: Vec<Vec<Request>> = (0..generated::GROUPS).map(universe).collect();
    let mut dice = Dice(seed);
    let mut counts = [0; 3];
    for _ in 0..pairs {
        let group = dice.below(generated::GROUPS);
        let (outer, inner) = pair(&mut dice, group);
        let both = || format!("{}{}", told("outer", &outer), told("inner", &inner));
        match subsumes(&outer, &inner, Catalogue::embedded()) {
            Answer::Yes => {
                counts[0] += 1;
                let requests = universes[group].iter().skip(dice.below(stride));
                let mut requests = requests.step_by(stride);
                let wrong = requests.find(|r| allowed(&inner, r) && !allowed(&outer, r));
                assert!(wrong.is_none(), "wrong Yes: {wrong:?}\n{}", both());
            }
            Answer::No(witness) => {
                counts[1] += 1;
                let right = allowed(&inner, &witness.request) && !allowed(&outer, &witness.request);
                assert!(right, "wrong No: {witness:?}\n{}", both());
            }
            Answer::Unknown(why) => {
                counts[2] += 1;
                if std::env::var_os("LEASTWISE_SHOW_UNKNOWN").is_some() {
                    eprintln!("{why}\n{}", both());
                }
            }
        }
    }
    counts
}

fn check(seed: u64, pairs: usize, stride: usize) {
    let [yes, no, unknown] = compare(seed, pairs, stride);
    eprintln!("{pairs} pairs: {yes} yes, {no} no, {unknown} unknown");
    assert!(
        yes * 10 > pairs && no * 10 > pairs,
        "one-sided: {yes} yes, {no} no"
    );
    assert!(unknown * 20 < pairs, "{unknown} of {pairs} unknown");
}

#[test]
fn no_answer_is_wrong() {
    check(1, 20_000, 16);
}

#[test]
#[ignore = "the long run: a million pairs, minutes in release"]
fn no_answer_is_wrong_in_the_long_run() {
    check(2, 1_000_000, 4);
}
