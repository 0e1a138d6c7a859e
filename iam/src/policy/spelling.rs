//! Concrete names for what a comparison found: actions that exist, resources that look like resources.

use super::clause::Set;
use super::condition::Context;
use super::glob::{Pattern, Token, variable};
use super::language::Letter;
use crate::catalogue::Catalogue;
use std::cell::LazyCell;

/// How to spell a witness.
pub(super) struct Spelling<'c> {
    pub(super) catalogue: &'c Catalogue,
    /// A character that no policy names, looked for when a name is needed.
    pub(super) fresh: LazyCell<char, Box<dyn FnOnce() -> char + 'c>>,
}

/// What stands for a name that does not matter.
const WORD: &str = "leastwise-witness";

/// Most catalogue actions tried for one set of actions.
const MAX_NAMES: usize = 3;

impl Spelling<'_> {
    /// Actions that are in all of `own` and in none of `others`: those of the catalogue first, then the text itself.
    pub(super) fn actions(&self, text: &[Letter], own: &[&Set], others: &[&Set]) -> Vec<String> {
        let spelled: String = text.iter().map(|letter| self.letter(letter)).collect();
        if let Some(action) = self.catalogue.action(&spelled) {
            return vec![action.name().to_owned()];
        }
        let fits = |name: &str| {
            let name = name.to_ascii_lowercase();
            own.iter().all(|set| set.has(&name)) && !others.iter().any(|set| set.has(&name))
        };
        let mut names: Vec<String> = self
            .known(own)
            .filter(|name| fits(name))
            .take(MAX_NAMES)
            .collect();
        names.push(spelled);
        names
    }

    fn known(&self, own: &[&Set]) -> impl Iterator<Item = String> {
        let plain = own.iter().find(|set| !set.negated);
        let patterns = plain.map_or(&[][..], |set| set.patterns.as_slice());
        let texts = patterns.iter().map(|pattern| pattern.text());
        let texts: Vec<String> = if plain.is_none() {
            vec!["*".to_owned()]
        } else {
            texts.collect()
        };
        let ids = texts
            .into_iter()
            .flat_map(|text| self.catalogue.matching(text));
        ids.filter_map(|id| Some(self.catalogue.get(id)?.name().to_owned()))
    }

    fn letter(&self, letter: &Letter) -> char {
        match letter {
            Letter::Char(c) => *c,
            Letter::Fresh | Letter::Variable(_) => *self.fresh,
        }
    }

    /// Resources to try, likely ones first, each with the context that its variables need.
    pub(super) fn resources(
        &self,
        action: &str,
        text: &[Letter],
        own: &[&Set],
        context: &Context,
    ) -> Vec<(String, Context)> {
        let plain = own.iter().filter(|set| !set.negated);
        let anything = Pattern::new("*");
        let shown = plain
            .flat_map(|set| &set.patterns)
            .filter(|p| **p != anything);
        let mut found: Vec<(String, Context)> =
            shown.map(|pattern| self.sample(pattern, context)).collect();
        let typical = self.catalogue.action(action).and_then(|action| {
            let (kind, _) = action.resources().next()?;
            Some(typical(kind.arns().next()?))
        });
        found.extend(typical.map(|arn| (arn, context.clone())));
        found.push(("*".to_owned(), context.clone()));
        found.push(self.spell(text, context));
        found
    }

    fn sample(&self, pattern: &Pattern, context: &Context) -> (String, Context) {
        let word = || WORD.chars().map(Letter::Char);
        let letters: Vec<Letter> = pattern
            .0
            .iter()
            .flat_map(|token| match token {
                Token::Char(c) | Token::Fold(c) => vec![Letter::Char(*c)],
                Token::One(_) => vec![Letter::Fresh],
                Token::Many(_) => word().collect(),
                Token::Variable(name) => vec![Letter::Variable(name.clone())],
            })
            .collect();
        self.spell(&letters, context)
    }

    fn spell(&self, text: &[Letter], context: &Context) -> (String, Context) {
        let (mut spelled, mut context) = (String::new(), context.clone());
        for letter in text {
            match letter {
                Letter::Variable(name) => {
                    let (key, default) = variable(name);
                    let value = match (context.get(&key).map(Vec::as_slice), default) {
                        (Some([only]), _) => only.clone(),
                        (_, Some(default)) => default.to_owned(),
                        _ => WORD.to_owned(),
                    };
                    if default.is_none() {
                        context.entry(key).or_insert_with(|| vec![value.clone()]);
                    }
                    spelled.push_str(&value);
                }
                letter => spelled.push(self.letter(letter)),
            }
        }
        (spelled, context)
    }
}

/// An ARN of the catalogue's format, such as `arn:${Partition}:s3:::${BucketName}`.
fn typical(format: &str) -> String {
    let mut arn = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        arn.push_str(before);
        arn.push_str(match name {
            "Partition" => "aws",
            "Region" => "us-east-1",
            "Account" => "111122223333",
            _ => WORD,
        });
        rest = tail;
    }
    arn + rest
}
