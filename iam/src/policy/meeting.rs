//! Whether two patterns have a text in common: all pairs of their beginnings, looked at once.

use super::glob::Token;

/// Whether some text is one of both. A variable counts as any text.
pub(super) fn meet(left: &[Token], right: &[Token]) -> bool {
    if left.is_empty() && right.is_empty() {
        return true;
    }
    let mut row = vec![false; right.len() + 1];
    let mut below = row.clone();
    set(&mut row, 0);
    for token in left.iter().map(Some).chain([None]) {
        below.fill(false);
        for at in 0..=right.len() {
            if row.get(at) == Some(&true) {
                step(token, right.get(at), at, &mut row, &mut below);
            }
        }
        if token.is_none() {
            break;
        }
        std::mem::swap(&mut row, &mut below);
    }
    row.last() == Some(&true)
}

/// From the ends of two beginnings on: `row` is about the same beginning of the left pattern, `below` about the next one.
fn step(
    left: Option<&Token>,
    right: Option<&Token>,
    at: usize,
    row: &mut [bool],
    below: &mut [bool],
) {
    let (left_many, right_many) = (left.is_some_and(is_many), right.is_some_and(is_many));
    let share = matches!((left, right), (Some(left), Some(right)) if share(left, right));
    if right_many || (left_many && share) {
        set(row, at + 1);
    }
    if left_many || (right_many && share) {
        set(below, at);
    }
    if share && !left_many && !right_many {
        set(below, at + 1);
    }
}

fn set(row: &mut [bool], at: usize) {
    if let Some(reached) = row.get_mut(at) {
        *reached = true;
    }
}

fn is_many(token: &Token) -> bool {
    matches!(token, Token::Many(_) | Token::Variable(_))
}

/// Whether some character is one of both elements.
fn share(left: &Token, right: &Token) -> bool {
    match (left, right) {
        (Token::Char(c), other) | (other, Token::Char(c)) => reads(other, *c),
        (Token::Fold(c), other) | (other, Token::Fold(c)) => reads(other, *c),
        (Token::One(_) | Token::Many(_) | Token::Variable(_), _) => true,
    }
}

fn reads(token: &Token, c: char) -> bool {
    matches!(token, Token::Variable(_)) || token.reads(c)
}
