//! Values of one condition key that make some tests hold and others fail.
//!
//! Exact for one kind of operator on a key: text through [`language`](super::language), numbers, dates and addresses
//! through the ends of their intervals. Where kinds mix, or a test rests on more than this key, the answer errs towards
//! "there are such values"; whoever asks confirms by evaluation.

use super::condition::{Context, Test, Truth, compares_text};
use super::glob::{Pattern, Span, Token};
use super::language::{Letter, Member, Question};
use super::operator::{Kind, Quantifier, network, number, seconds};
use core::net::{Ipv4Addr, Ipv6Addr};

/// A test that shall hold, or fail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal<'t> {
    pub(super) test: &'t Test,
    pub(super) holds: bool,
}

/// A test whose wanted values the value shall hit, or miss.
type Wish<'t> = (&'t Test, bool);

/// Values for the key (none: the key is absent), or None when no values will do.
pub(super) fn values(
    literals: &[Literal<'_>],
    several: bool,
    work: &mut usize,
) -> Option<Vec<String>> {
    let modelled: Vec<Literal<'_>> = literals
        .iter()
        .filter(|literal| literal.test.is_modelled())
        .copied()
        .collect();
    let passes = |values: &[String]| {
        let mut all = modelled.iter();
        all.all(|l| l.test.holds(values, &Context::new()) == Truth::from(l.holds))
    };
    if passes(&[]) {
        return Some(Vec::new());
    }
    let (presence, tests): (Vec<&Literal<'_>>, Vec<&Literal<'_>>) =
        modelled.iter().partition(|l| l.test.is_null());
    let present = [String::new()];
    if presence
        .iter()
        .any(|l| l.test.holds(&present, &Context::new()) != Truth::from(l.holds))
    {
        return None;
    }
    let alone: Vec<Wish<'_>> = tests
        .iter()
        .filter_map(|l| Some((l.test, l.holds != l.test.operator?.negated)))
        .collect();
    match value(&alone, work) {
        Some(value) => Some(vec![value]),
        None if several => together(&tests, work),
        None => None,
    }
}

/// Several values that pass where no single one does.
fn together(tests: &[&Literal<'_>], work: &mut usize) -> Option<Vec<String>> {
    let (mut all, mut some) = (Vec::new(), Vec::new());
    for literal in tests {
        let operator = literal.test.operator?;
        let hit = literal.holds != operator.negated;
        let exists = match operator.quantifier {
            Quantifier::Single => hit,
            Quantifier::ForAny => literal.holds,
            Quantifier::ForAll => !literal.holds,
        };
        if exists { &mut some } else { &mut all }.push((literal.test, hit));
    }
    let mut found = Vec::new();
    for wish in some {
        let wishes: Vec<Wish<'_>> = all.iter().copied().chain([wish]).collect();
        found.push(value(&wishes, work)?);
    }
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// One value that grants every wish.
fn value(wishes: &[Wish<'_>], work: &mut usize) -> Option<String> {
    *work = work.saturating_sub(100);
    let kind = |test: &Test| test.operator.map(|operator| operator.kind);
    let (text, other): (Vec<Wish<'_>>, Vec<Wish<'_>>) = wishes
        .iter()
        .partition(|(test, _)| kind(test).is_some_and(compares_text));
    if other.is_empty() {
        return text_value(&text, work);
    }
    let granted = |value: &String| {
        let mut wishes = wishes.iter();
        wishes.all(|(test, hit)| test.hit(value, &Context::new()) == *hit)
    };
    let mut classes: Vec<u8> = other.iter().filter_map(|(t, _)| class(kind(t)?)).collect();
    classes.sort_unstable();
    classes.dedup();
    let exact = text.is_empty() && classes.len() == 1;
    let samples = text.iter().flat_map(|(test, _)| test.patterns());
    let mut candidates: Vec<String> = samples.map(|pattern| pattern.sample("x")).collect();
    candidates.extend(text_value(&text, work));
    candidates.extend(other.iter().flat_map(|(test, _)| ends(test)));
    candidates.extend(between(&other));
    candidates.push(OTHER.to_owned());
    let found = candidates.into_iter().find(granted);
    found.or_else(|| (!exact).then(|| OTHER.to_owned()))
}

/// A value that is no number, date, address or boolean.
const OTHER: &str = "leastwise";

fn class(kind: Kind) -> Option<u8> {
    match kind {
        Kind::Number(_) => Some(0),
        Kind::Date(_) => Some(1),
        Kind::Bool => Some(2),
        Kind::Ip => Some(3),
        _ => None,
    }
}

/// The values at and next to the ends of what a test wants.
fn ends(test: &Test) -> Vec<String> {
    let wanted = test.wanted.iter();
    match test.operator.map(|operator| operator.kind) {
        Some(Kind::Bool) => {
            let both = ["true".to_owned(), "false".to_owned()];
            wanted.cloned().chain(both).collect()
        }
        Some(Kind::Ip) => wanted
            .filter_map(|text| network(text))
            .flat_map(|(first, last, six)| {
                let outside = [first.checked_sub(1), last.checked_add(1)];
                let all = [Some(first), Some(last)].into_iter().chain(outside);
                all.flatten().filter_map(move |at| address(at, six))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn address(at: u128, six: bool) -> Option<String> {
    if six {
        return Some(Ipv6Addr::from(at).to_string());
    }
    Some(Ipv4Addr::from(u32::try_from(at).ok()?).to_string())
}

/// Every number that a test names, and one between each two and beyond.
fn between(wishes: &[Wish<'_>]) -> Vec<String> {
    let dates = wishes.iter().any(|(test, _)| {
        test.operator
            .is_some_and(|o| matches!(o.kind, Kind::Date(_)))
    });
    let read = |text: &String| if dates { seconds(text) } else { number(text) };
    let mut points: Vec<f64> = wishes
        .iter()
        .flat_map(|(test, _)| test.wanted.iter().filter_map(read))
        .collect();
    points.sort_by(f64::total_cmp);
    let gaps: Vec<f64> = points
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] => Some(a.midpoint(*b)),
            _ => None,
        })
        .collect();
    let beyond = points.first().map(|first| first - 1.0);
    let above = points.last().map(|last| last + 1.0);
    let all = points
        .iter()
        .copied()
        .chain(gaps)
        .chain(beyond)
        .chain(above);
    all.map(|point| spelled(point, dates)).collect()
}

fn spelled(point: f64, date: bool) -> String {
    let whole = date && point.fract() == 0.0 && point.abs() < 1e11;
    let time = chrono::DateTime::from_timestamp(point as i64, 0).filter(|_| whole);
    time.map_or_else(
        || point.to_string(),
        |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

fn text_value(wishes: &[Wish<'_>], work: &mut usize) -> Option<String> {
    let patterns: Vec<(Vec<&Pattern>, bool)> = wishes
        .iter()
        .map(|(test, hit)| (test.patterns().collect(), *hit))
        .collect();
    let anything = Pattern::new("*");
    let mut question = Question::default();
    for (patterns, hit) in &patterns {
        if *hit {
            question.within.push(patterns.clone());
        } else {
            question.members.push(Member {
                patterns: patterns.clone(),
                negated: false,
                settles: true,
            });
        }
    }
    if question.within.is_empty() {
        question.within.push(vec![&anything]);
    }
    match question.first(work) {
        Ok(found) => {
            let fresh = fresh(patterns.iter().flat_map(|(patterns, _)| patterns).copied());
            found.map(|cell| spell(&cell.text, fresh))
        }
        Err(_) => Some(OTHER.to_owned()),
    }
}

fn spell(text: &[Letter], fresh: char) -> String {
    let letters = text.iter().map(|letter| match letter {
        Letter::Char(c) => *c,
        Letter::Fresh | Letter::Variable(_) => fresh,
    });
    letters.collect()
}

/// A character that none of the patterns names.
pub(super) fn fresh<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> char {
    let named: std::collections::BTreeSet<char> = patterns
        .flat_map(|pattern| &pattern.0)
        .flat_map(|token| match token {
            Token::Char(c) | Token::Fold(c) => {
                [Some(*c), c.to_lowercase().next(), c.to_uppercase().next()]
            }
            Token::One(Span::Any | Span::Part) | Token::Many(_) | Token::Variable(_) => [None; 3],
        })
        .flatten()
        .collect();
    let liked = "xyzqwvkj0123456789".chars();
    let mut all = liked.chain('a'..='z').chain('\u{e0}'..='\u{2fff}');
    all.find(|c| !named.contains(c)).unwrap_or('\u{fffd}')
}
