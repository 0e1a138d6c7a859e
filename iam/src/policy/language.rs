//! Patterns as regular languages, looked at together: which combinations of sets some text belongs to.
//!
//! A question names sets that the text must be in (`within`) and sets whose membership is asked (`members`). The answer
//! is one cell per *least* combination of members, with a text that shows it. Least is enough: coverage only grows with
//! membership. That is why, where `within` lets any character pass, one *fresh* character that no literal knows stands
//! for all that the plain members could read; only characters that a negated member waits for, and the colon where
//! some wildcard refuses it, are looked at one by one. So the answer is exact, and small.

use super::glob::{Pattern, Span, Token};
use std::collections::HashSet;
use std::rc::Rc;

/// A set of texts: the union of patterns, or everything else.
#[derive(Debug, Clone, Default)]
pub(super) struct Member<'a> {
    pub(super) patterns: Vec<&'a Pattern>,
    /// Everything that no pattern stands for.
    pub(super) negated: bool,
    /// Texts of this set are of no interest.
    pub(super) settles: bool,
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Question<'a> {
    /// The text is in each of these unions.
    pub(super) within: Vec<Vec<&'a Pattern>>,
    /// Sets whose membership is asked.
    pub(super) members: Vec<Member<'a>>,
}

/// One character of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Letter {
    Char(char),
    /// Any character that none of the patterns names.
    Fresh,
    /// The value of a policy variable.
    Variable(String),
}

/// A combination of memberships that exists.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Indices of the members that the text is in, ascending.
    pub(super) members: Vec<usize>,
    /// A text that shows it.
    pub(super) text: Vec<Letter>,
}

/// The allotted work was not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

/// Positions: (member, pattern of the member, how far), sorted.
type Live = Rc<[(usize, usize, usize)]>;

struct Node {
    /// Per union of `within`: which pattern, how far.
    heads: Vec<(usize, usize)>,
    live: Live,
    parent: usize,
    letter: Option<Letter>,
}

struct Search<'q, 'a> {
    question: &'q Question<'a>,
    nodes: Vec<Node>,
    seen: HashSet<(Vec<(usize, usize)>, Live)>,
    found: Vec<Cell>,
    /// Positions looked at since work was last counted.
    spent: usize,
}

impl Question<'_> {
    /// Some cell, or None when there is none.
    pub(super) fn first(&self, work: &mut usize) -> Result<Option<Cell>, Exhausted> {
        Ok(self.search(1, work)?.pop())
    }

    /// Every least cell (and perhaps others).
    pub(super) fn cells(&self, work: &mut usize) -> Result<Vec<Cell>, Exhausted> {
        self.search(usize::MAX, work)
    }

    fn search(&self, limit: usize, work: &mut usize) -> Result<Vec<Cell>, Exhausted> {
        let mut search = Search {
            question: self,
            nodes: Vec::new(),
            seen: HashSet::new(),
            found: Vec::new(),
            spent: 0,
        };
        search.start(work)?;
        let mut at = 0;
        while at < search.nodes.len() && search.found.len() < limit {
            search.expand(at);
            let spent = core::mem::take(&mut search.spent);
            *work = work.checked_sub(spent).ok_or(Exhausted)?;
            at += 1;
        }
        Ok(search.found)
    }

    /// Whether some text of `within` might be one of the pattern.
    fn near(&self, pattern: &Pattern) -> bool {
        let mut unions = self.within.iter();
        unions.all(|union| union.iter().any(|own| !own.apart(pattern)))
    }

    fn token(&self, (member, pattern, at): (usize, usize, usize)) -> Option<&Token> {
        self.members.get(member)?.patterns.get(pattern)?.0.get(at)
    }
}

impl Search<'_, '_> {
    fn start(&mut self, work: &mut usize) -> Result<(), Exhausted> {
        let mut live = Vec::new();
        for (m, member) in self.question.members.iter().enumerate() {
            let patterns = member.patterns.iter().enumerate();
            let near = patterns.filter(|(_, pattern)| self.question.near(pattern));
            live.extend(near.map(|(p, _)| (m, p, 0)));
        }
        let live = self.closed(live);
        for heads in self.choices(work)? {
            self.add(heads, live.clone(), usize::MAX, None);
        }
        Ok(())
    }

    /// One pattern of each union, in every combination that may have a text in common.
    fn choices(&self, work: &mut usize) -> Result<Vec<Vec<(usize, usize)>>, Exhausted> {
        let within = &self.question.within;
        let pattern = |of: usize, p: usize| within.get(of).and_then(|union| union.get(p));
        let mut choices: Vec<Vec<(usize, usize)>> = vec![Vec::new()];
        for union in within {
            let mut longer = Vec::new();
            for heads in &choices {
                *work = work.checked_sub(union.len()).ok_or(Exhausted)?;
                for (p, own) in union.iter().enumerate() {
                    let mut others = heads.iter().enumerate();
                    let apart = |(of, (p, _)): (usize, &(usize, usize))| {
                        pattern(of, *p).is_some_and(|other| other.apart(own))
                    };
                    if !others.any(apart) {
                        longer.push([heads.as_slice(), &[(p, 0)]].concat());
                    }
                }
            }
            choices = longer;
        }
        Ok(choices)
    }

    fn add(
        &mut self,
        heads: Vec<(usize, usize)>,
        live: Live,
        parent: usize,
        letter: Option<Letter>,
    ) {
        self.spent += 1 + live.len();
        if !self.settled(&live) && self.seen.insert((heads.clone(), live.clone())) {
            self.nodes.push(Node {
                heads,
                live,
                parent,
                letter,
            });
        }
    }

    /// Whether every continuation is in a member that settles.
    fn settled(&self, live: &Live) -> bool {
        let members = self.question.members.iter().enumerate();
        let mut settling = members.filter(|(_, member)| member.settles);
        settling.any(|(m, member)| {
            let mut own = live.iter().filter(|(of, _, _)| *of == m);
            if member.negated {
                return own.next().is_none();
            }
            own.any(|&(_, p, at)| {
                let tokens = member.patterns.get(p).map(|pattern| pattern.0.as_slice());
                tokens.is_some_and(|tokens| tokens.get(at..) == Some(&[Token::Many(Span::Any)][..]))
            })
        })
    }

    fn expand(&mut self, at: usize) {
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        let (heads, live) = (node.heads.clone(), node.live.clone());
        let tokens: Vec<Option<&Token>> = heads
            .iter()
            .zip(&self.question.within)
            .map(|(&(p, i), union)| union.get(p).and_then(|pattern| pattern.0.get(i)))
            .collect();
        if tokens.iter().all(Option::is_none) {
            self.accept(at);
        }
        for (component, token) in tokens.iter().enumerate() {
            if matches!(token, Some(Token::Many(_))) {
                let mut skipped = heads.clone();
                if let Some(head) = skipped.get_mut(component) {
                    head.1 += 1;
                }
                self.add(skipped, live.clone(), at, None);
            }
        }
        let Some(tokens) = tokens.into_iter().collect::<Option<Vec<&Token>>>() else {
            return;
        };
        for letter in self.letters(&tokens, &live) {
            if tokens.iter().all(|token| token.takes(&letter)) {
                let moved = heads
                    .iter()
                    .zip(&tokens)
                    .map(|(&(p, i), token)| (p, i + usize::from(!matches!(token, Token::Many(_)))));
                let (moved, next) = (moved.collect(), self.step(&live, &letter));
                self.add(moved, next, at, Some(letter));
            }
        }
    }

    /// The characters worth reading here.
    fn letters(&self, tokens: &[&Token], live: &Live) -> Vec<Letter> {
        if let Some(exact) = tokens.iter().find_map(|token| token.letters()) {
            return exact;
        }
        let mut letters = vec![Letter::Fresh];
        for &place in live.iter() {
            let negated = self
                .question
                .members
                .get(place.0)
                .is_some_and(|m| m.negated);
            match self.question.token(place) {
                Some(token) if negated => letters.extend(token.letters().unwrap_or_default()),
                _ => {}
            }
        }
        let members = live.iter().filter_map(|place| self.question.token(*place));
        let mut wild = members.chain(tokens.iter().copied());
        if wild.any(|token| matches!(token, Token::One(Span::Part) | Token::Many(Span::Part))) {
            letters.push(Letter::Char(':'));
        }
        letters
    }

    fn step(&self, live: &Live, letter: &Letter) -> Live {
        let moved = live.iter().filter_map(|&(m, p, at)| {
            let token = self.question.token((m, p, at))?;
            let next = at + usize::from(!matches!(token, Token::Many(_)));
            token.takes(letter).then_some((m, p, next))
        });
        self.closed(moved.collect())
    }

    /// Adds the positions reached by letting a `*` stand for nothing.
    fn closed(&self, mut live: Vec<(usize, usize, usize)>) -> Live {
        let mut i = 0;
        while let Some(&(m, p, at)) = live.get(i) {
            if matches!(self.question.token((m, p, at)), Some(Token::Many(_))) {
                live.push((m, p, at + 1));
            }
            i += 1;
        }
        live.sort_unstable();
        live.dedup();
        live.into()
    }

    fn accept(&mut self, at: usize) {
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        let ended = |m: usize| {
            let mut own = node.live.iter().filter(|place| place.0 == m);
            own.any(|place| self.question.token(*place).is_none())
        };
        let members = self.question.members.iter().enumerate();
        let inside: Vec<(usize, bool)> = members
            .filter(|(m, member)| ended(*m) != member.negated)
            .map(|(m, member)| (m, member.settles))
            .collect();
        let known = |cell: &Cell| cell.members.iter().eq(inside.iter().map(|(m, _)| m));
        if inside.iter().any(|(_, settles)| *settles) || self.found.iter().any(known) {
            return;
        }
        self.found.push(Cell {
            members: inside.into_iter().map(|(m, _)| m).collect(),
            text: self.text(at),
        });
    }

    fn text(&self, mut at: usize) -> Vec<Letter> {
        let mut letters = Vec::new();
        while let Some(node) = self.nodes.get(at) {
            letters.extend(node.letter.clone());
            at = node.parent;
        }
        letters.reverse();
        letters
    }
}

impl Token {
    /// The only letters that this element can read, unless it is a wildcard.
    fn letters(&self) -> Option<Vec<Letter>> {
        match self {
            Self::Char(c) => Some(vec![Letter::Char(*c)]),
            Self::Fold(c) => {
                let upper = c.to_uppercase().next().unwrap_or(*c);
                Some(vec![Letter::Char(*c), Letter::Char(upper)])
            }
            Self::Variable(name) => Some(vec![Letter::Variable(name.clone())]),
            Self::One(_) | Self::Many(_) => None,
        }
    }

    fn takes(&self, letter: &Letter) -> bool {
        match (self, letter) {
            (token, Letter::Char(c)) => token.reads(*c),
            (Self::One(_) | Self::Many(_), Letter::Fresh) => true,
            (Self::Many(Span::Any), Letter::Variable(_)) => true,
            (Self::Variable(own), Letter::Variable(name)) => own == name,
            _ => false,
        }
    }
}
