//! Action wildcards, for when the quotas leave no room for names: at word boundaries, and naming nothing more.

use iam::catalogue::Catalogue;
use iam::policy::{ActionElement, Pattern};
use std::collections::BTreeSet;

/// The actions in fewer characters. A pattern replaces names only if every action of the catalogue that it matches is
/// among them, and if the actions of today's statement (`outer`) include whatever else it may ever match.
pub(crate) fn compact(
    actions: &[String],
    outer: Option<&ActionElement>,
    catalogue: &Catalogue,
) -> Vec<String> {
    let wanted: BTreeSet<String> = actions.iter().map(|a| a.to_ascii_lowercase()).collect();
    let mut covered: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::new();
    for action in actions {
        if covered.contains(&action.to_ascii_lowercase()) {
            continue;
        }
        let found = candidates(action).into_iter().find_map(|pattern| {
            let matched = names(catalogue, &pattern);
            let exact = matched.len() > 1 && matched.iter().all(|name| wanted.contains(name));
            (exact && within(outer, &pattern)).then_some((pattern, matched))
        });
        match found {
            Some((pattern, matched)) => {
                covered.extend(matched);
                out.push(pattern);
            }
            None => out.push(action.clone()),
        }
    }
    out
}

/// `s3:*`, `s3:Get*`, `s3:GetObject*` for `s3:GetObjectAcl`.
fn candidates(action: &str) -> Vec<String> {
    let Some((service, name)) = action.split_once(':') else {
        return Vec::new();
    };
    let bytes = name.as_bytes();
    let boundary = |at: &usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let here = bytes.get(*at).is_some_and(u8::is_ascii_uppercase);
        here && before.is_some_and(|b| !b.is_ascii_uppercase())
    };
    let ends = std::iter::once(0).chain((1..bytes.len()).filter(boundary));
    let prefixes = ends.chain([bytes.len()]).filter_map(|end| name.get(..end));
    prefixes
        .map(|prefix| format!("{service}:{prefix}*"))
        .collect()
}

fn names(catalogue: &Catalogue, pattern: &str) -> Vec<String> {
    let ids = catalogue.expand(pattern).into_iter();
    let actions = ids.filter_map(|id| catalogue.get(id));
    actions
        .map(|action| action.name().to_ascii_lowercase())
        .collect()
}

/// Whether the statement's actions include all that the pattern could match, known today or not.
fn within(outer: Option<&ActionElement>, pattern: &str) -> bool {
    let inner = Pattern::action(pattern);
    match outer {
        None => true,
        Some(ActionElement::Action(patterns)) => patterns
            .items
            .iter()
            .any(|outer| Pattern::action(outer).subsumes(&inner)),
        Some(ActionElement::NotAction(patterns)) => !patterns
            .items
            .iter()
            .any(|except| Pattern::action(except).overlaps(&inner)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;
    use iam::policy::Values;
    use proptest::prelude::*;

    fn expanded(patterns: &[String]) -> BTreeSet<String> {
        let catalogue = Catalogue::embedded();
        patterns
            .iter()
            .flat_map(|pattern| names(catalogue, pattern))
            .collect()
    }

    #[test]
    fn a_whole_service_is_one_pattern_and_an_outer_limit_holds() {
        let catalogue = Catalogue::embedded();
        let all: Vec<String> = catalogue
            .expand("xray:*")
            .into_iter()
            .filter_map(|id| Some(catalogue.get(id)?.name().to_owned()))
            .collect();
        assert_eq!(compact(&all, None, catalogue), ["xray:*"]);
        let listed = ActionElement::Action(Values::new(all.clone()));
        assert_eq!(compact(&all, Some(&listed), catalogue), all);
        let except = ActionElement::NotAction(Values::new(vec!["xray:GetF*".to_owned()]));
        assert!(compact(&all, Some(&except), catalogue).len() > 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn names_exactly_the_same(picks in proptest::collection::btree_set(0_usize..170, 1..150)) {
            let catalogue = Catalogue::embedded();
            let s3: Vec<String> = names_of(catalogue, "s3:*");
            let chosen: Vec<String> = picks.iter().filter_map(|at| s3.get(*at).cloned()).collect();
            let short = compact(&chosen, None, catalogue);
            prop_assert_eq!(expanded(&short), expanded(&chosen));
            prop_assert!(short.len() <= chosen.len());
        }
    }

    fn names_of(catalogue: &Catalogue, pattern: &str) -> Vec<String> {
        let ids = catalogue.expand(pattern).into_iter();
        ids.filter_map(|id| Some(catalogue.get(id)?.name().to_owned()))
            .collect()
    }
}
