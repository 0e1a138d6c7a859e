//! Action wildcards, for when the quotas leave no room for names: naming nothing more, known today or not.

use crate::cover::Covers;
use iam::policy::{ActionElement, Pattern};

/// The actions in fewer characters. A pattern replaces names only if every action of the catalogue that it matches is
/// among them, and if the actions of today's statements (`outer`) include whatever else it may ever match.
pub(crate) fn compact(
    actions: &[String],
    outer: &[ActionElement],
    covers: &Covers<'_>,
) -> Vec<String> {
    covers.cover(actions, &|pattern| within(outer, pattern))
}

/// Whether a statement's actions include all that the pattern could match, known today or not.
fn within(outer: &[ActionElement], pattern: &str) -> bool {
    let inner = Pattern::action(pattern);
    let holds = |element: &ActionElement| match element {
        ActionElement::Action(patterns) => {
            let mut patterns = patterns.items.iter();
            patterns.any(|outer| Pattern::action(outer).subsumes(&inner))
        }
        ActionElement::NotAction(patterns) => {
            let mut patterns = patterns.items.iter();
            !patterns.any(|except| Pattern::action(except).overlaps(&inner))
        }
    };
    outer.is_empty() || outer.iter().any(holds)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;
    use iam::catalogue::Catalogue;
    use iam::policy::Values;

    #[test]
    fn the_outer_statement_limits_what_a_pattern_may_ever_match() {
        let catalogue = Catalogue::embedded();
        let covers = Covers::new(catalogue);
        let ids = catalogue.expand("xray:*").into_iter();
        let all: Vec<String> = ids
            .filter_map(|id| Some(catalogue.get(id)?.name().to_owned()))
            .collect();
        assert_eq!(compact(&all, &[], &covers), ["xray:*"]);
        let listed = ActionElement::Action(Values::new(all.clone()));
        assert_eq!(compact(&all, &[listed], &covers), all);
        let except = ActionElement::NotAction(Values::new(vec!["xray:GetF*".to_owned()]));
        assert!(compact(&all, &[except], &covers).len() > 1);
    }
}
