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
    let mut documents = Vec::new();
    let (mut open, mut used) = (Vec::new(), FRAME);
    for piece in pieces {
        let more = size(&piece) + usize::from(!open.is_empty());
        if used + more > limit {
            documents.push(document(std::mem::take(&mut open)));
            used = FRAME + size(&piece);
        } else {
            used += more;
        }
        open.push(piece);
    }
    documents.push(document(open));
    Some(documents)
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
    fn what_cannot_be_split_does_not_fit() {
        assert_eq!(pack(vec![statement(1, 1)], 60, 60), None);
        assert_eq!(pack(Vec::new(), 100, 100).unwrap().len(), 1);
    }
}
