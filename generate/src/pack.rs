//! Documents: statements packed under the quotas, in order.

use crate::sid::Sids;
use iam::policy::{ActionElement, Policy, ResourceElement, Statement, Values};

/// Characters of a document around its statements.
const FRAME: usize = r#"{"Version":"2012-10-17","Statement":[]}"#.len();

/// Room for the number that a Sid gets when its statement is split.
const SID_GROWTH: usize = 6;

/// Statements as documents of at most `single` characters if one is enough, else of at most `limit` each.
/// None: a statement is too large and cannot be split.
pub(crate) fn pack(statements: Vec<Statement>, single: usize, limit: usize) -> Option<Vec<Policy>> {
    let whole = document(statements);
    if size_of(&whole) <= single {
        return Some(vec![whole]);
    }
    let mut pieces = Vec::new();
    for statement in whole.statements {
        split(
            statement,
            limit.checked_sub(FRAME + SID_GROWTH)?,
            &mut pieces,
        )?;
    }
    rename(&mut pieces);
    let place = binned(&pieces, limit);
    let bins = place.iter().max().map_or(0, |last| last + 1);
    let mut documents: Vec<Vec<Statement>> = vec![Vec::new(); bins];
    for (piece, bin) in pieces.into_iter().zip(place) {
        if let Some(own) = documents.get_mut(bin) {
            own.push(piece);
        }
    }
    Some(documents.into_iter().map(document).collect())
}

/// The document of each piece, first fit, the largest pieces first. Documents are numbered by their first piece.
fn binned(pieces: &[Statement], limit: usize) -> Vec<usize> {
    let mut sizes: Vec<(usize, usize)> = pieces.iter().map(size).map(|s| s + 1).zip(0..).collect();
    sizes.sort_by_key(|(size, at)| (std::cmp::Reverse(*size), *at));
    let mut used: Vec<usize> = Vec::new();
    let mut place = vec![0; pieces.len()];
    for (size, at) in sizes {
        let room = |used: &usize| FRAME + used + size <= limit + 1;
        let bin = used.iter().position(room).unwrap_or(used.len());
        if bin == used.len() {
            used.push(0);
        }
        used.get_mut(bin).into_iter().for_each(|used| *used += size);
        place.get_mut(at).into_iter().for_each(|place| *place = bin);
    }
    let mut order: Vec<usize> = Vec::new();
    for bin in &place {
        if !order.contains(bin) {
            order.push(*bin);
        }
    }
    let number = |bin: usize| order.iter().position(|own| *own == bin).unwrap_or(bin);
    place.into_iter().map(number).collect()
}

fn document(statements: Vec<Statement>) -> Policy {
    Policy {
        version: Some("2012-10-17".to_owned()),
        id: None,
        statements,
        bare_statement: false,
    }
}

/// Characters of a document, as quotas count them.
pub(crate) fn size_of(document: &Policy) -> usize {
    let statements = document.statements.iter();
    let total: usize = statements.map(|statement| size(statement) + 1).sum();
    FRAME + total.saturating_sub(1)
}

/// Characters of a statement; white space outside strings does not count.
fn size(statement: &Statement) -> usize {
    serde_json::to_string(statement).map_or(usize::MAX / 4, |text| text.chars().count())
}

/// Halves a statement until its parts fit: its actions, then its resources.
fn split(statement: Statement, room: usize, out: &mut Vec<Statement>) -> Option<()> {
    if size(&statement) <= room {
        out.push(statement);
        return Some(());
    }
    let (first, second) = halves(&statement)?;
    split(first, room, out)?;
    split(second, room, out)
}

/// Gives the parts of a split statement Sids of their own.
fn rename(pieces: &mut [Statement]) {
    let all: Vec<String> = pieces
        .iter()
        .filter_map(|piece| piece.sid.clone())
        .collect();
    let mut sids = Sids::reserve(all.iter().map(String::as_str));
    for piece in pieces {
        piece.sid = sids.once(piece.sid.take());
    }
}

fn halves(statement: &Statement) -> Option<(Statement, Statement)> {
    let (mut first, mut second) = (statement.clone(), statement.clone());
    if let ActionElement::Action(values) = &statement.action
        && values.items.len() > 1
    {
        let (a, b) = cut(values)?;
        first.action = ActionElement::Action(a);
        second.action = ActionElement::Action(b);
        return Some((first, second));
    }
    if let Some(ResourceElement::Resource(values)) = &statement.resource
        && values.items.len() > 1
    {
        let (a, b) = cut(values)?;
        first.resource = Some(ResourceElement::Resource(a));
        second.resource = Some(ResourceElement::Resource(b));
        return Some((first, second));
    }
    None
}

fn cut(values: &Values) -> Option<(Values, Values)> {
    let (a, b) = values.items.split_at_checked(values.items.len() / 2)?;
    let half = |items: &[String]| Values {
        items: items.to_vec(),
        bare: false,
    };
    Some((half(a), half(b)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;
    use iam::policy::{Condition, Effect};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn statement(actions: usize, resources: usize) -> Statement {
        let values = |prefix: &str, count: usize| Values {
            items: (0..count).map(|n| format!("{prefix}{n}")).collect(),
            bare: false,
        };
        Statement {
            sid: Some(format!("S{actions}a{resources}")),
            effect: Effect::Allow,
            principal: None,
            action: ActionElement::Action(values("s3:Do", actions)),
            resource: Some(ResourceElement::Resource(values(
                "arn:aws:s3:::b/",
                resources,
            ))),
            condition: Condition::default(),
        }
    }

    fn pairs(statements: &[Statement]) -> BTreeSet<(String, String)> {
        let mut pairs = BTreeSet::new();
        for statement in statements {
            for action in statement.action.patterns() {
                let resources = statement.resource.as_ref().unwrap().patterns().iter();
                pairs.extend(resources.map(|resource| (action.clone(), resource.clone())));
            }
        }
        pairs
    }

    proptest! {
        #[test]
        fn every_document_fits_and_nothing_is_lost_or_added(
            shapes in proptest::collection::vec((1_usize..40, 1_usize..40), 1..8), limit in 300_usize..900
        ) {
            let statements: Vec<Statement> = shapes.iter().map(|(a, r)| statement(*a, *r)).collect();
            let documents = pack(statements.clone(), limit, limit).unwrap();
            for document in &documents {
                prop_assert!(document.size() <= limit, "{} over {limit}", document.size());
            }
            let mut sids = BTreeSet::new();
            let distinct = shapes.iter().collect::<BTreeSet<_>>().len() == shapes.len();
            for statement in documents.iter().flat_map(|d| &d.statements) {
                prop_assert!(sids.insert(statement.sid.clone()) || (!distinct && documents.len() == 1));
            }
            let packed: Vec<Statement> = documents.into_iter().flat_map(|d| d.statements).collect();
            prop_assert_eq!(pairs(&packed), pairs(&statements));
        }
    }

    #[test]
    fn what_fits_beside_something_larger_stands_there() {
        let (large, small) = (statement(1, 30), statement(1, 12));
        let limit = FRAME + size(&large) + size(&small) + 2 * SID_GROWTH;
        let all = vec![large.clone(), large, small.clone(), small];
        let documents = pack(all, limit, limit).unwrap();
        let statements: Vec<usize> = documents.iter().map(|d| d.statements.len()).collect();
        assert_eq!(statements, [2, 2]);
    }

    #[test]
    fn what_cannot_be_split_does_not_fit() {
        assert_eq!(pack(vec![statement(1, 1)], 60, 60), None);
        assert_eq!(pack(Vec::new(), 100, 100).unwrap().len(), 1);
    }
}
