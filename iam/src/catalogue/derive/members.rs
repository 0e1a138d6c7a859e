//! Members: the top-level request members that may fill an ARN, by the norm of their name.

use super::model::{Model, OperationModel};
use crate::catalogue::event::{Member, norm};
use std::collections::{BTreeMap, BTreeSet};

/// Scalars and lists of scalars of one input structure. A structure is never a value.
#[derive(Debug, Default)]
pub(crate) struct Members {
    scalars: BTreeMap<String, String>,
    lists: BTreeMap<String, String>,
    /// Structures and lists of structures, which only a path of map.json may enter.
    others: BTreeSet<String>,
}

impl Members {
    /// The members of an operation's input.
    pub(crate) fn of(model: &Model, operation: &OperationModel) -> Self {
        let mut members = Self::default();
        let Some(input) = model.input(operation) else {
            return members;
        };
        for (name, reference) in &input.members {
            let Some(shape) = model.shape(reference) else {
                continue;
            };
            if shape.is_scalar() {
                members.scalars.insert(norm(name), name.clone());
            } else if shape.kind == "list" && model.element(shape).is_some_and(|e| e.is_scalar()) {
                members.lists.insert(norm(name), name.clone());
            } else {
                members.others.insert(name.clone());
            }
        }
        members
    }

    /// The scalar of that norm.
    pub(crate) fn scalar(&self, norm: &str) -> Option<Member> {
        self.scalars.get(norm).map(|name| Member {
            name: name.clone(),
            list: false,
        })
    }

    /// The list of that norm.
    pub(crate) fn list(&self, norm: &str) -> Option<Member> {
        self.lists.get(norm).map(|name| Member {
            name: name.clone(),
            list: true,
        })
    }

    /// A list called like one of `stems` plus nothing, `s` or `list`.
    pub(crate) fn list_like(&self, stem: &str) -> impl Iterator<Item = Member> + use<'_> {
        let names = ["", "s", "list"].map(|end| format!("{stem}{end}"));
        names.into_iter().filter_map(|name| self.list(&name))
    }

    /// The member of a plain map.json template.
    pub(crate) fn named(&self, name: &str, list: bool) -> Option<Member> {
        match list {
            true => self.list(&norm(name)),
            false => self.scalar(&norm(name)),
        }
    }

    /// The member at a path of map.json such as `Placement.GroupName`, if its root exists.
    pub(crate) fn path(&self, root: &str, path: &str) -> Option<Member> {
        self.others.contains(root).then(|| Member {
            name: path.to_owned(),
            list: path.contains("[]"),
        })
    }
}

/// Members that already serve a variable.
pub(crate) type Taken = BTreeSet<String>;
