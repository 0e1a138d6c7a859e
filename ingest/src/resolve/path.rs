//! Ways through nested parameters.

use super::json::Json;
use super::name::Name;
use super::params::{DEPTH, MEMBERS, VALUES};

/// A way through nested parameters: `a.b[].c`; `*.c` finds `c` at any depth, `a.*` any member of `a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(pub(super) Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Member(Name),
    Anywhere,
}

impl Path {
    pub(crate) fn new(path: &str) -> Self {
        let step = |part: &str| match part {
            "*" => Step::Anywhere,
            name => Step::Member(Name::new(name)),
        };
        Path(path.split('.').map(step).collect())
    }
}

/// Lists are walked through whether or not the path marks them: a list of one is often logged as its element.
pub(super) fn walk<'a>(
    value: Json<'a>,
    path: &[Step],
    each: &mut dyn FnMut(Json<'a>),
    depth: usize,
) {
    if depth > DEPTH {
        return;
    }
    if value.is_array() {
        value
            .elements()
            .take(VALUES)
            .for_each(|element| walk(element, path, each, depth + 1));
        return;
    }
    let Some((first, rest)) = path.split_first() else {
        return each(value);
    };
    for (key, member) in value.members().take(MEMBERS) {
        match first {
            Step::Member(name) if name.is(key) => walk(member, rest, each, depth + 1),
            Step::Member(_) => {}
            Step::Anywhere => anywhere(key, member, rest, each, depth + 1),
        }
    }
}

/// `*.rest` at a member: nothing left means any member will do, else look here and below.
pub(super) fn anywhere<'a>(
    key: &str,
    value: Json<'a>,
    rest: &[Step],
    each: &mut dyn FnMut(Json<'a>),
    depth: usize,
) {
    match rest.split_first() {
        None => walk(value, rest, each, depth),
        Some((Step::Member(name), below)) if name.is(key) => walk(value, below, each, depth),
        Some(_) if depth > DEPTH => {}
        Some(_) => {
            for (key, member) in value.members().take(MEMBERS) {
                anywhere(key, member, rest, each, depth + 1);
            }
            for element in value.elements().take(VALUES) {
                anywhere("", element, rest, each, depth + 1);
            }
        }
    }
}
