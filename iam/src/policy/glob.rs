//! Patterns of the policy language (`*`, `?`, `${…}`) as regular languages: matching and inclusion.
//!
//! Inclusion is exact for `*` and `?`. Whatever a wildcard of the inner pattern may stand for, the hardest case for
//! the outer one is a character that none of its literals knows: every set of outer states reached by reading such a
//! character is a subset of the set reached by any other. So reading one *fresh* character stands for all.

use std::collections::{BTreeMap, HashSet};

/// One element of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Token {
    Char(char),
    One,
    Many,
    /// A policy variable such as `${aws:username}`: some text, the same wherever the name stands.
    Variable(String),
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

/// Most (inner position, outer states) pairs looked at before inclusion gives up with "no".
const MAX_STEPS: usize = 200_000;

impl Pattern {
    /// Compiles a pattern of a Version 2012-10-17 document: `${*}`, `${?}`, `${$}` are literals, other `${…}` variables.
    pub fn new(text: &str) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some((token, after)) = braced(rest) {
                tokens.push(token);
                rest = after;
                continue;
            }
            push(&mut tokens, c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        Self(tokens)
    }

    /// Compiles a pattern of a Version 2008-10-17 document, where `${…}` is plain text.
    pub fn without_variables(text: &str) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        text.chars().for_each(|c| push(&mut tokens, c));
        Self(tokens)
    }

    /// Compiles an action pattern: letter case does not count.
    pub fn action(text: &str) -> Self {
        Self::without_variables(&text.to_ascii_lowercase())
    }

    /// A text in which nothing is special.
    pub fn literal(text: &str) -> Self {
        Self(text.chars().map(Token::Char).collect())
    }

    /// Whether the pattern holds a policy variable.
    pub fn has_variable(&self) -> bool {
        self.0
            .iter()
            .any(|token| matches!(token, Token::Variable(_)))
    }

    /// Whether the pattern stands for exactly one text.
    pub fn is_literal(&self) -> bool {
        self.0.iter().all(|token| matches!(token, Token::Char(_)))
    }

    /// The pattern with its variables replaced by the context's values, or by their defaults (`${key, 'text'}`).
    /// None when a variable has neither: such a pattern matches nothing.
    pub fn resolve(&self, context: &BTreeMap<String, Vec<String>>) -> Option<Self> {
        let mut tokens = Vec::with_capacity(self.0.len());
        for token in &self.0 {
            match token {
                Token::Variable(name) => {
                    tokens.extend(value_of(name, context)?.chars().map(Token::Char))
                }
                other => tokens.push(other.clone()),
            }
        }
        Some(Self(tokens))
    }

    /// The pattern with `*` and `?` as plain text, for operators that know no wildcards.
    pub fn unwildcarded(mut self) -> Self {
        for token in &mut self.0 {
            match token {
                Token::Many => *token = Token::Char('*'),
                Token::One => *token = Token::Char('?'),
                _ => {}
            }
        }
        self
    }

    /// Whether the text is one that the pattern stands for.
    pub fn matches(&self, text: &str) -> bool {
        covers(&[self], &Self::literal(text))
    }

    /// Whether every text of `inner` is one of this pattern.
    pub fn subsumes(&self, inner: &Pattern) -> bool {
        covers(&[self], inner)
    }

    /// Whether some text is one of both patterns. Variables count as any text: never a wrong "no".
    pub fn overlaps(&self, other: &Pattern) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![(0, 0)];
        while let Some((a, b)) = open.pop() {
            if !seen.insert((a, b)) {
                continue;
            }
            let (left, right) = (self.0.get(a), other.0.get(b));
            if left.is_none() && right.is_none() {
                return true;
            }
            if wide(left) {
                open.push((a + 1, b));
            }
            if wide(right) {
                open.push((a, b + 1));
            }
            let (Some(left), Some(right)) = (left, right) else {
                continue;
            };
            if meet(left, right) {
                open.push((
                    a + usize::from(!wide(Some(left))),
                    b + usize::from(!wide(Some(right))),
                ));
            }
        }
        false
    }

    /// One text of the pattern: wildcards become `filler`, which may be empty for `*`.
    pub fn sample(&self, filler: &str) -> String {
        let mut text = String::new();
        for token in &self.0 {
            match token {
                Token::Char(c) => text.push(*c),
                Token::One => text.push('x'),
                Token::Many | Token::Variable(_) => text.push_str(filler),
            }
        }
        text
    }
}

fn value_of<'a>(name: &'a str, context: &'a BTreeMap<String, Vec<String>>) -> Option<&'a str> {
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
        None => (name, None),
    };
    let value = context
        .get(key.trim())
        .and_then(|values| match values.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        });
    value.or(default)
}

fn push(tokens: &mut Vec<Token>, c: char) {
    match c {
        '*' if tokens.last() == Some(&Token::Many) => {}
        '*' => tokens.push(Token::Many),
        '?' => tokens.push(Token::One),
        c => tokens.push(Token::Char(c)),
    }
}

fn braced(text: &str) -> Option<(Token, &str)> {
    let (name, after) = text.strip_prefix("${")?.split_once('}')?;
    let token = match name {
        "*" => Token::Char('*'),
        "?" => Token::Char('?'),
        "$" => Token::Char('$'),
        name => Token::Variable(name.to_ascii_lowercase()),
    };
    Some((token, after))
}

fn wide(token: Option<&Token>) -> bool {
    matches!(token, Some(Token::Many | Token::Variable(_)))
}

fn meet(a: &Token, b: &Token) -> bool {
    match (a, b) {
        (Token::Char(a), Token::Char(b)) => a == b,
        _ => true,
    }
}

/// Whether every text of `inner` is one of at least one of the `outer` patterns (their union, not one alone).
pub fn covers(outer: &[&Pattern], inner: &Pattern) -> bool {
    let start: States = outer.iter().enumerate().map(|(p, _)| (p, 0)).collect();
    let mut seen = HashSet::new();
    let mut open = vec![(0, closed(outer, start))];
    while let Some((at, states)) = open.pop() {
        if seen.len() > MAX_STEPS {
            return false;
        }
        let Some(token) = inner.0.get(at) else {
            if !states
                .iter()
                .any(|&(p, i)| outer.get(p).is_some_and(|o| i == o.0.len()))
            {
                return false;
            }
            continue;
        };
        if !seen.insert((at, states.clone())) {
            continue;
        }
        let stepped = closed(outer, step(outer, &states, token));
        if *token == Token::Many {
            open.push((at + 1, states));
            open.push((at, stepped));
        } else {
            open.push((at + 1, stepped));
        }
    }
    true
}

/// Positions in the outer patterns: (which pattern, how far), sorted.
type States = Vec<(usize, usize)>;

/// Adds the positions reached by letting a `*` stand for nothing.
fn closed(outer: &[&Pattern], mut states: States) -> States {
    let mut i = 0;
    while let Some(&(p, at)) = states.get(i) {
        if outer.get(p).and_then(|o| o.0.get(at)) == Some(&Token::Many) {
            states.push((p, at + 1));
        }
        i += 1;
    }
    states.sort_unstable();
    states.dedup();
    states
}

/// The positions after reading one element of the inner pattern.
fn step(outer: &[&Pattern], states: &[(usize, usize)], read: &Token) -> States {
    states
        .iter()
        .filter_map(|&(p, at)| match (outer.get(p)?.0.get(at)?, read) {
            (Token::Many, _) => Some((p, at)),
            (Token::One, Token::Char(_) | Token::One | Token::Many) => Some((p, at + 1)),
            (Token::Char(a), Token::Char(b)) if a == b => Some((p, at + 1)),
            (Token::Variable(a), Token::Variable(b)) if a == b => Some((p, at + 1)),
            _ => None,
        })
        .collect()
}

/// Whether an action pattern matches an action name.
pub fn action_matches(pattern: &str, action: &str) -> bool {
    Pattern::action(pattern).matches(&action.to_ascii_lowercase())
}

/// Whether a resource pattern (of a 2012-10-17 document) matches an ARN.
pub fn resource_matches(pattern: &str, resource: &str) -> bool {
    Pattern::new(pattern).matches(resource)
}

/// Whether every resource of the pattern `inner` is one of the pattern `outer` (2012-10-17 documents).
pub fn pattern_subsumes(outer: &str, inner: &str) -> bool {
    Pattern::new(outer).subsumes(&Pattern::new(inner))
}

#[cfg(test)]
#[path = "glob_tests.rs"]
mod tests;
