//! Subsumption against brute force: random sets of policies, every request of a small universe.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

mod generated;

use generated::dice::Dice;
use generated::{pair, universe};
use leastwise_iam::catalogue::Catalogue;
use leastwise_iam::policy::{Answer, Decision, Evaluator, Policy, PolicySet, Request, subsumes};
use std::collections::{BTreeMap, BTreeSet};

fn allowed(set: &Evaluator<'_>, request: &Request) -> bool {
    set.decide(request) == Decision::Allowed
}

fn told(name: &str, set: &PolicySet) -> String {
    let policies: Vec<String> = set.all().map(Policy::to_json).collect();
    format!("{name}:\n{}", policies.join(""))
}

/// How many answers were Yes, No, Unknown.
type Counts = [usize; 3];

/// Compares `pairs` pairs, a Yes against one in `stride` of all requests; counts for all, and by operator.
fn compare(seed: u64, pairs: usize, stride: usize) -> (Counts, BTreeMap<String, Counts>) {
    let universes: Vec<Vec<Request>> = (0..generated::GROUPS).map(universe).collect();
    let mut dice = Dice(seed);
    let (mut counts, mut by_operator) = ([0; 3], BTreeMap::new());
    for _ in 0..pairs {
        let group = dice.below(generated::GROUPS);
        let (outer, inner) = pair(&mut dice, group);
        let both = || format!("{}{}", told("outer", &outer), told("inner", &inner));
        let (wider, narrower) = (Evaluator::new(&outer), Evaluator::new(&inner));
        let told_apart =
            |request: &Request| allowed(&narrower, request) && !allowed(&wider, request);
        let answer = match subsumes(&outer, &inner, Catalogue::embedded()) {
            Answer::Yes => {
                let requests = universes[group].iter().skip(dice.below(stride));
                let mut requests = requests.step_by(stride);
                let wrong = requests.find(|request| told_apart(request));
                assert!(wrong.is_none(), "wrong Yes: {wrong:?}\n{}", both());
                0
            }
            Answer::No(witness) => {
                assert!(
                    told_apart(&witness.request),
                    "wrong No: {witness:?}\n{}",
                    both()
                );
                1
            }
            Answer::Unknown(why) => {
                if std::env::var_os("LEASTWISE_SHOW_UNKNOWN").is_some() {
                    eprintln!("{why}\n{}", both());
                }
                2
            }
        };
        counts[answer] += 1;
        for operator in operators(&outer).union(&operators(&inner)) {
            by_operator.entry(operator.clone()).or_insert([0; 3])[answer] += 1;
        }
    }
    (counts, by_operator)
}

fn operators(set: &PolicySet) -> BTreeSet<String> {
    let statements = set.all().flat_map(|policy| &policy.statements);
    let blocks = statements.flat_map(|statement| &statement.condition.0);
    blocks.map(|(operator, _)| operator.clone()).collect()
}

/// Compares on all cores: each seed a part of the pairs.
fn compare_all(seeds: &[u64], pairs: usize, stride: usize) -> (Counts, BTreeMap<String, Counts>) {
    let share = pairs / seeds.len();
    let parts: Vec<_> = std::thread::scope(|scope| {
        let compare = |seed: &u64| {
            let seed = *seed;
            scope.spawn(move || compare(seed, share, stride))
        };
        let running: Vec<_> = seeds.iter().map(compare).collect();
        running
            .into_iter()
            .map(|part| part.join().unwrap())
            .collect()
    });
    let (mut counts, mut by_operator) = ([0; 3], BTreeMap::new());
    let add =
        |into: &mut Counts, part: Counts| into.iter_mut().zip(part).for_each(|(a, b)| *a += b);
    for (part, operators) in parts {
        add(&mut counts, part);
        for (operator, part) in operators {
            add(by_operator.entry(operator).or_insert([0; 3]), part);
        }
    }
    (counts, by_operator)
}

fn check(seeds: &[u64], pairs: usize, stride: usize) {
    let ([yes, no, unknown], by_operator) = compare_all(seeds, pairs, stride);
    eprintln!("{pairs} pairs: {yes} yes, {no} no, {unknown} unknown");
    for (operator, [yes, no, unknown]) in by_operator {
        eprintln!("  {operator}: {unknown} unknown of {}", yes + no + unknown);
    }
    assert!(
        yes * 10 > pairs && no * 10 > pairs,
        "one-sided: {yes} yes, {no} no"
    );
    assert!(unknown * 20 < pairs, "{unknown} of {pairs} unknown");
}

#[test]
fn no_answer_is_wrong() {
    check(&[1, 2], 20_000, 16);
}

#[test]
#[ignore = "the long run: a million pairs, minutes in release"]
fn no_answer_is_wrong_in_the_long_run() {
    check(&[3, 4], 1_000_000, 4);
}
