//! Patterns of the policy language (`*`, `?`, `${…}`): compiled, matched, resolved, compared.

use super::language::{Member, Question};
use super::meeting;
use crate::catalogue::pattern;
use std::collections::BTreeMap;

/// What a wildcard may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Span {
    /// Any character.
    Any,
    /// Any character but the colon between the parts of an ARN.
    Part,
}

/// One element of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Token {
    Char(char),
    /// The character (lower case) in either case.
    Fold(char),
    One(Span),
    Many(Span),
    /// A policy variable such as `${aws:username}`: some text, the same wherever the name stands.
    Variable(String),
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(pub(super) Vec<Token>);

/// Work that a single comparison of patterns may take before it gives up with "no".
const MAX_WORK: usize = 2_000_000;

impl Pattern {
    /// Compiles a pattern of a Version 2012-10-17 document: `${*}`, `${?}`, `${$}` are literals, other `${…}` variables.
    pub fn new(text: &str) -> Self {
        let (mut tokens, mut rest) = plain_beginning(text);
        while let Some(c) = rest.chars().next() {
            if c == '$'
                && let Some((token, after)) = braced(rest)
            {
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
        let (mut tokens, rest) = plain_beginning(text);
        rest.chars().for_each(|c| push(&mut tokens, c));
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

    /// Whether every text is one of the pattern.
    fn is_everything(&self) -> bool {
        matches!(self.0.as_slice(), [Token::Many(Span::Any)])
    }

    /// Whether the pattern has wildcards.
    fn is_wild(&self) -> bool {
        let wild = |token: &Token| matches!(token, Token::One(_) | Token::Many(_));
        self.0.iter().any(wild)
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
                Token::Many(_) => *token = Token::Char('*'),
                Token::One(_) => *token = Token::Char('?'),
                _ => {}
            }
        }
        self
    }

    /// The pattern in either letter case.
    pub(super) fn folded(mut self) -> Self {
        for token in &mut self.0 {
            if let Token::Char(c) = token {
                *token = Token::Fold(folded(*c));
            }
        }
        self
    }

    /// The pattern with its variables as `*`: at least all that it may stand for.
    pub(super) fn widened(mut self) -> Self {
        for token in &mut self.0 {
            if matches!(token, Token::Variable(_)) {
                *token = Token::Many(Span::Any);
            }
        }
        self
    }

    /// The pattern read part by part: wildcards stay inside their part of the ARN, but for those of the last part.
    pub(super) fn by_part(self) -> Self {
        let last = self.colons().min(5);
        self.spanning(|part| if part < last { Span::Part } else { Span::Any })
    }

    /// The pattern as `ArnLike` reads it: as many parts as the value, which has six.
    pub(super) fn arn(self) -> Self {
        self.spanning(|part| if part < 5 { Span::Part } else { Span::Any })
    }

    fn colons(&self) -> usize {
        let colons = self.0.iter().filter(|token| **token == Token::Char(':'));
        colons.count()
    }

    fn spanning(mut self, span_of: impl Fn(usize) -> Span) -> Self {
        let mut part = 0;
        for token in &mut self.0 {
            match token {
                Token::Char(':') => part += 1,
                Token::One(span) | Token::Many(span) => *span = span_of(part),
                _ => {}
            }
        }
        self
    }

    /// Whether the text is one that the pattern stands for.
    pub fn matches(&self, text: &str) -> bool {
        self.reads_text(text).unwrap_or_else(|hard| match hard {
            Token::Variable(_) => false,
            _ => covers(&[self], &Self::literal(text)),
        })
    }

    /// The same, variables having the context's values; without one of them the pattern stands for nothing.
    pub(super) fn matches_in(&self, text: &str, context: &BTreeMap<String, Vec<String>>) -> bool {
        self.reads_text(text)
            .unwrap_or_else(|_| self.resolve(context).is_some_and(|own| own.matches(text)))
    }

    /// Gives up at a variable, and where stars may not swallow everything.
    fn reads_text(&self, text: &str) -> Result<bool, &Token> {
        let hard = |token: &Token| matches!(token, Token::Many(Span::Part) | Token::Variable(_));
        self.greedily(text.chars(), |own, c| own.reads(*c), hard)
    }

    /// On a mismatch after a `*`, lets that star swallow one element more. Right when stars may swallow anything: gives
    /// up at an element for which it is `hard`.
    fn greedily<I: Iterator + Clone>(
        &self,
        mut rest: I,
        reads: impl Fn(&Token, &I::Item) -> bool,
        hard: impl Fn(&Token) -> bool,
    ) -> Result<bool, &Token> {
        let mut at = 0;
        let mut star: Option<(usize, I)> = None;
        loop {
            match self.0.get(at) {
                Some(Token::Many(Span::Any)) => {
                    at += 1;
                    if at == self.0.len() {
                        return Ok(true);
                    }
                    star = Some((at, rest.clone()));
                    continue;
                }
                Some(token) if hard(token) => return Err(token),
                _ => {}
            }
            let mut ahead = rest.clone();
            match (self.0.get(at), ahead.next()) {
                (None, None) => return Ok(true),
                (Some(token), Some(element)) if reads(token, &element) => {
                    (at, rest) = (at + 1, ahead);
                    continue;
                }
                _ => {}
            }
            let Some((after, swallowed)) = &mut star else {
                return Ok(false);
            };
            if swallowed.next().is_none() {
                return Ok(false);
            }
            (at, rest) = (*after, swallowed.clone());
        }
    }

    /// Whether the literal beginnings or endings differ, so that no text is one of both.
    pub(super) fn apart(&self, other: &Pattern) -> bool {
        differ(self.0.iter(), other.0.iter()) || differ(self.0.iter().rev(), other.0.iter().rev())
    }

    /// Whether this pattern reads the other one's elements as if they were a text: a quick proof that it covers it, and
    /// a "no" where only a search can tell (`?*` and `*?`).
    pub(super) fn reads(&self, inner: &Pattern) -> bool {
        let hard = |token: &Token| matches!(token, Token::Many(Span::Part));
        self.greedily(inner.0.iter(), |own, element| own.covers(element), hard)
            .unwrap_or_else(|_| self.reads_by_search(inner))
    }

    /// The same, whatever its stars may swallow.
    fn reads_by_search(&self, inner: &Pattern) -> bool {
        let (mut live, mut next) = (vec![0], Vec::new());
        for element in &inner.0 {
            next.clear();
            for &at in &live {
                self.read_from(at, element, &mut next);
            }
            if next.is_empty() {
                return false;
            }
            std::mem::swap(&mut live, &mut next);
        }
        let rest = |at: &usize| self.0.get(*at..).unwrap_or_default();
        let mut ends = live.iter().map(rest);
        ends.any(|rest| rest.iter().all(|token| matches!(token, Token::Many(_))))
    }

    /// Adds the positions after reading one element at `at`, ascending and each once.
    fn read_from(&self, mut at: usize, element: &Token, next: &mut Vec<usize>) {
        let mut add = |at: usize| {
            if next.last().is_none_or(|last| *last < at) {
                next.push(at);
            }
        };
        while let Some(token @ Token::Many(_)) = self.0.get(at) {
            if token.covers(element) {
                add(at);
            }
            at += 1;
        }
        if self.0.get(at).is_some_and(|token| token.covers(element)) {
            add(at + 1);
        }
    }

    /// Whether every text of `inner` is one of this pattern.
    pub fn subsumes(&self, inner: &Pattern) -> bool {
        self == inner || covers(&[self], inner)
    }

    /// Whether some text is one of both patterns. Variables count as any text: never a wrong "no".
    pub fn overlaps(&self, other: &Pattern) -> bool {
        if self.is_everything() || other.is_everything() {
            return true;
        }
        if self.apart(other) {
            return false;
        }
        let same = |(a, b): &(&Token, &Token)| matches!(a, Token::Char(_)) && a == b;
        let common = self.0.iter().zip(&other.0).take_while(same).count();
        let [own, others] =
            [self, other].map(|pattern| pattern.0.get(common..).unwrap_or_default());
        meeting::meet(own, others)
    }

    /// The pattern as it could be written in a 2008-10-17 document; variables as `*`.
    pub(super) fn text(&self) -> String {
        let tokens = self.0.iter().map(|token| match token {
            Token::Char(c) | Token::Fold(c) => *c,
            Token::One(_) => '?',
            Token::Many(_) | Token::Variable(_) => '*',
        });
        tokens.collect()
    }

    /// One text of the pattern: wildcards become `filler`, which may be empty for `*`.
    pub fn sample(&self, filler: &str) -> String {
        let mut text = String::new();
        for token in &self.0 {
            match token {
                Token::Char(c) | Token::Fold(c) => text.push(*c),
                Token::One(_) => text.push('x'),
                Token::Many(_) | Token::Variable(_) => text.push_str(filler),
            }
        }
        text
    }
}

impl Token {
    /// Whether this one element stands for the character.
    pub(super) fn reads(&self, c: char) -> bool {
        match self {
            Self::Char(own) => *own == c,
            Self::Fold(own) => *own == folded(c),
            Self::One(span) | Self::Many(span) => *span == Span::Any || c != ':',
            Self::Variable(_) => false,
        }
    }

    /// Whether whatever the other element stands for, this one can read.
    fn covers(&self, other: &Token) -> bool {
        match (self, other) {
            (own, Self::Char(c)) => own.reads(*c),
            (Self::Many(Span::Any), _) => true,
            (Self::Many(Span::Part), Self::One(Span::Part) | Self::Many(Span::Part)) => true,
            (Self::One(own), Self::One(span)) => *own == Span::Any || *span == Span::Part,
            (own, other) => own == other,
        }
    }
}

fn differ<'t>(a: impl Iterator<Item = &'t Token>, b: impl Iterator<Item = &'t Token>) -> bool {
    let literal = |(a, b): &(&Token, &Token)| matches!((a, b), (Token::Char(_), Token::Char(_)));
    a.zip(b).take_while(literal).any(|(a, b)| a != b)
}

/// The character in lower case, when that is one character and `c` is its one capital.
fn folded(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) if lower.to_uppercase().eq([c]) => lower,
        _ => c,
    }
}

/// The key and the default text of a variable's name.
pub(super) fn variable(name: &str) -> (String, Option<&str>) {
    match name.split_once(',') {
        Some((key, default)) => {
            let default = default.trim().trim_matches('\'');
            (key.trim().to_ascii_lowercase(), Some(default))
        }
        None => (name.trim().to_ascii_lowercase(), None),
    }
}

fn value_of<'a>(name: &'a str, context: &'a BTreeMap<String, Vec<String>>) -> Option<&'a str> {
    let (key, default) = variable(name);
    match context.get(&key).map(Vec::as_slice) {
        Some([only]) => Some(only.as_str()),
        _ => default,
    }
}

/// The tokens up to the first character that is special or outside ASCII, and the rest.
fn plain_beginning(text: &str) -> (Vec<Token>, &str) {
    let special = |b: u8| !b.is_ascii() || matches!(b, b'*' | b'?' | b'$');
    let length = text.bytes().position(special).unwrap_or(text.len());
    let (plain, rest) = text.split_at_checked(length).unwrap_or(("", text));
    let mut tokens = Vec::with_capacity(text.len());
    tokens.extend(plain.bytes().map(|b| Token::Char(char::from(b))));
    (tokens, rest)
}

fn push(tokens: &mut Vec<Token>, c: char) {
    match c {
        '*' if tokens.last() == Some(&Token::Many(Span::Any)) => {}
        '*' => tokens.push(Token::Many(Span::Any)),
        '?' => tokens.push(Token::One(Span::Any)),
        c => tokens.push(Token::Char(c)),
    }
}

/// Where the `${…}` of a text stand.
pub(super) fn variable_spans(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("${")) {
        let start = from + start;
        let Some(length) = text.get(start..).and_then(|rest| rest.find('}')) else {
            break;
        };
        from = start + length + 1;
        spans.push(start..from);
    }
    spans
}

fn braced(text: &str) -> Option<(Token, &str)> {
    let (name, after) = text.strip_prefix("${")?.split_once('}')?;
    let token = match name {
        "*" => Token::Char('*'),
        "?" => Token::Char('?'),
        "$" => Token::Char('$'),
        name => match name.split_once(',') {
            Some((key, default)) => {
                Token::Variable(format!("{},{default}", key.to_ascii_lowercase()))
            }
            None => Token::Variable(name.to_ascii_lowercase()),
        },
    };
    Some((token, after))
}

/// Whether every text of `inner` is one of at least one of the `outer` patterns (their union, not one alone).
pub fn covers(outer: &[&Pattern], inner: &Pattern) -> bool {
    let near: Vec<&Pattern> = outer.iter().filter(|p| !p.apart(inner)).copied().collect();
    if near.is_empty() || near.iter().any(|pattern| pattern.reads(inner)) {
        return !near.is_empty();
    }
    let plain = !inner.has_variable() && !near.iter().any(|pattern| pattern.has_variable());
    if plain && inner.is_wild() {
        let text = inner.sample("~");
        if !near.iter().any(|pattern| pattern.matches(&text)) {
            return false;
        }
    }
    let question = Question {
        within: vec![vec![inner]],
        members: vec![Member {
            patterns: near,
            negated: false,
            settles: true,
        }],
    };
    matches!(question.first(&mut MAX_WORK.clone()), Ok(None))
}

/// Whether an action pattern matches an action name, in whatever case.
pub fn action_matches(pattern: &str, action: &str) -> bool {
    if pattern.is_ascii() && action.is_ascii() {
        return pattern::matches(pattern.as_bytes(), action.as_bytes());
    }
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
