//! Patterns against the slow obvious matcher, and inclusion against all short texts.
#![allow(clippy::unwrap_used, reason = "test code")]

use super::*;
use proptest::prelude::*;

/// The slow road: try everything.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => (0..=text.len()).any(|n| naive(rest, text.get(n..).unwrap())),
        (Some(('?', rest)), Some((_, more))) => naive(rest, more),
        (Some((c, rest)), Some((d, more))) => c == d && naive(rest, more),
        _ => false,
    }
}

fn texts(alphabet: &[char], longest: usize) -> Vec<Vec<char>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last
            .iter()
            .flat_map(|text| {
                alphabet
                    .iter()
                    .map(move |c| [text.as_slice(), &[*c]].concat())
            })
            .collect();
        all.extend(last.clone());
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn actions_agree_with_the_slow_road(pattern in "[aAb*?:]{0,6}", text in "[aAbB:é]{0,7}") {
        let lower = |text: &str| text.to_ascii_lowercase().chars().collect::<Vec<char>>();
        let expect = naive(&lower(&pattern), &lower(&text));
        prop_assert_eq!(action_matches(&pattern, &text), expect);
    }

    #[test]
    fn matching_agrees_with_the_slow_road(pattern in "[ab*?]{0,6}", text in "[abc]{0,7}") {
        let slow = naive(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
        prop_assert_eq!(resource_matches(&pattern, &text), slow);
    }

    #[test]
    fn inclusion_agrees_with_all_short_texts(outer in "[ab*?]{0,4}", inner in "[ab*?]{0,4}") {
        let (o, i): (Vec<_>, Vec<_>) = (outer.chars().collect(), inner.chars().collect());
        let slow = texts(&['a', 'b', 'z'], 5).iter().all(|t| !naive(&i, t) || naive(&o, t));
        prop_assert_eq!(pattern_subsumes(&outer, &inner), slow);
    }

    #[test]
    fn a_union_covers_what_its_texts_cover(a in "[ab*?]{0,3}", b in "[ab*?]{0,3}", inner in "[ab*?]{0,3}") {
        let (pa, pb, pi) = (Pattern::new(&a), Pattern::new(&b), Pattern::new(&inner));
        let slow = texts(&['a', 'b', 'z'], 5)
            .iter()
            .map(|t| t.iter().collect::<String>())
            .all(|t| !pi.matches(&t) || pa.matches(&t) || pb.matches(&t));
        prop_assert_eq!(covers(&[&pa, &pb], &pi), slow);
    }

    #[test]
    fn reading_greedily_agrees_with_the_search(outer in "[ab*?:]{0,6}", inner in "([ab*?:]|[$][{]v[}]){0,6}", by_part: bool) {
        let [mut outer, mut inner] = [outer, inner].map(|text| Pattern::new(&text));
        if by_part {
            (outer, inner) = (outer.by_part(), inner.by_part());
        }
        prop_assert_eq!(outer.reads(&inner), outer.reads_by_search(&inner));
    }

    #[test]
    fn overlap_agrees_with_all_short_texts(a in "[ab*?]{0,3}", b in "[ab*?]{0,3}") {
        let (pa, pb) = (Pattern::new(&a), Pattern::new(&b));
        let slow = texts(&['a', 'b', 'z'], 6)
            .iter()
            .map(|t| t.iter().collect::<String>())
            .any(|t| pa.matches(&t) && pb.matches(&t));
        prop_assert_eq!(pa.overlaps(&pb), slow);
    }
}

#[test]
fn a_wildcard_inside_a_part_meets_no_colon() {
    let check = |left: &Pattern, right: &Pattern, expect: bool| {
        assert_eq!(left.overlaps(right), expect, "{left:?} {right:?}");
        assert_eq!(right.overlaps(left), expect, "{right:?} {left:?}");
    };
    let (whole, part) = (Pattern::new("*:b"), Pattern::new("*:b").by_part());
    check(&whole, &Pattern::literal("a:c:b"), true);
    check(&part, &Pattern::literal("a:c:b"), false);
    check(&part, &Pattern::literal("a:b"), true);
    check(&part, &Pattern::new("a?c:b"), true);
    check(&part, &Pattern::new("a${aws:username}"), true);
    check(&Pattern::new("A?").folded(), &Pattern::literal("ab"), true);
    check(
        &Pattern::new("A").folded(),
        &Pattern::new("b").folded(),
        false,
    );
}

#[test]
fn escapes_stand_for_themselves() {
    assert!(resource_matches(
        "arn:aws:s3:::b/report${*}.csv",
        "arn:aws:s3:::b/report*.csv"
    ));
    assert!(!resource_matches(
        "arn:aws:s3:::b/report${*}.csv",
        "arn:aws:s3:::b/report1.csv"
    ));
    assert!(pattern_subsumes(
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/report${*}.csv"
    ));
    assert!(!pattern_subsumes("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*"));
}

#[test]
fn a_variable_is_covered_by_itself_and_by_a_star() {
    assert!(pattern_subsumes(
        "b/${aws:username}/*",
        "b/${AWS:username}/x"
    ));
    assert!(pattern_subsumes("b/*", "b/${aws:username}/x"));
    assert!(!pattern_subsumes("b/?/x", "b/${aws:username}/x"));
    assert!(!pattern_subsumes("b/${aws:username}/*", "b/anna/x"));
}

#[test]
fn actions_ignore_case() {
    assert!(action_matches("S3:get*", "s3:GetObject"));
    assert!(!action_matches("s3:Get*", "s3:PutObject"));
}

#[test]
fn hostile_patterns_end() {
    let outer = format!("{}b", "*a".repeat(200));
    let inner = format!("{}c", "*a".repeat(200));
    assert!(!pattern_subsumes(&outer, &inner));
    assert!(!resource_matches(&outer, &"a".repeat(5_000)));
}
