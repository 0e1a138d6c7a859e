//! Lists of texts and patterns, made ready to be asked about many requests.

use super::condition::Context;
use super::document::ActionElement;
use super::glob::Pattern;

/// Texts in which nothing is special are looked up, patterns tried one after the other.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// Sorted.
    texts: Vec<String>,
    patterns: Vec<Pattern>,
    /// Everything else is meant.
    negated: bool,
}

impl Listed {
    /// The list of a `NotAction` or `NotResource` is `negated`.
    pub(super) fn new(items: &[String], negated: bool, pattern: impl Fn(&str) -> Pattern) -> Self {
        let special = |text: &&String| text.contains(['*', '?', '$']);
        let (patterns, texts): (Vec<&String>, Vec<&String>) = items.iter().partition(special);
        let mut texts: Vec<String> = texts.into_iter().cloned().collect();
        texts.sort_unstable();
        Self {
            texts,
            patterns: patterns.into_iter().map(|text| pattern(text)).collect(),
            negated,
        }
    }

    /// Whether a text is meant, variables having the context's values.
    pub(super) fn has(&self, text: &str, context: &Context) -> bool {
        let by_text = |own: &String| own.as_str().cmp(text);
        let listed = self.texts.binary_search_by(by_text).is_ok()
            || self
                .patterns
                .iter()
                .any(|pattern| pattern.matches_in(text, context));
        listed != self.negated
    }
}

/// The actions of a statement.
#[derive(Debug, Clone)]
pub struct Actions(Listed);

impl Actions {
    /// Compiles an element.
    pub fn new(element: &ActionElement) -> Self {
        let lower = element
            .patterns()
            .iter()
            .map(|text| text.to_ascii_lowercase());
        let negated = matches!(element, ActionElement::NotAction(_));
        let items: Vec<String> = lower.collect();
        Self(Listed::new(&items, negated, Pattern::without_variables))
    }

    /// Whether the element covers an action, in whatever case.
    pub fn has(&self, action: &str) -> bool {
        self.has_lower(&action.to_ascii_lowercase())
    }

    /// The same of an action in lower case.
    pub(super) fn has_lower(&self, action: &str) -> bool {
        self.0.has(action, &Context::new())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;
    use crate::policy::{Values, action_applies};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn says_what_each_pattern_says(
            items in proptest::collection::vec("[aAb:*?$]{0,4}", 0..6),
            action in "[aAbB:*$]{0,4}",
            negated: bool,
        ) {
            let values = Values { items, bare: false };
            let element = if negated { ActionElement::NotAction(values) } else { ActionElement::Action(values) };
            prop_assert_eq!(Actions::new(&element).has(&action), action_applies(&element, &action));
        }
    }
}
