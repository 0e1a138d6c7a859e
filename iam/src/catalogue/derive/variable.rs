//! A variable of an ARN pattern: what its name says of the member that fills it.

use crate::catalogue::event::norm;

/// What a variable holds, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Name,
    Any,
}

/// One variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) norm: String,
    pub(crate) base: String,
    pub(crate) kind: Kind,
    /// Its name says nothing of the thing (`Id`, `ResourceName`).
    pub(crate) generic: bool,
}

const GENERIC: [&str; 8] = [
    "id",
    "name",
    "identifier",
    "arn",
    "resource",
    "resourceid",
    "resourcename",
    "resourceidentifier",
];

impl Variable {
    fn new(name: &str) -> Self {
        let norm = norm(name);
        let ends = [
            ("identifier", Kind::Id),
            ("id", Kind::Id),
            ("arn", Kind::Id),
            ("name", Kind::Name),
        ];
        let found = ends
            .into_iter()
            .find_map(|(end, kind)| Some((norm.strip_suffix(end)?, kind)));
        let (base, kind) = found.unwrap_or((&norm, Kind::Any));
        Self {
            name: name.to_owned(),
            base: base.to_owned(),
            generic: GENERIC.contains(&norm.as_str()),
            kind,
            norm,
        }
    }
}

/// The variables of a pattern in order; those the record itself fills are left out.
pub(crate) fn variables(pattern: &str) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    for part in pattern.split("${").skip(1) {
        let name = part.split('}').next().unwrap_or_default();
        let known = matches!(name, "Partition" | "Region" | "Account" | "AccountId");
        if !known && !found.iter().any(|variable| variable.name == name) {
            found.push(Variable::new(name));
        }
    }
    found
}

/// Ends that mean the same as the variable's own, `siblings` being all variables of the pattern.
pub(crate) fn same_kind_ends(variable: &Variable, siblings: &[Variable]) -> Vec<&'static str> {
    match variable.kind {
        Kind::Id => vec!["id", "identifier", ""],
        Kind::Any => vec!["", "name", "id", "identifier"],
        Kind::Name => {
            let ambiguous = siblings
                .iter()
                .any(|other| other.kind == Kind::Id && other.base == variable.base);
            match ambiguous {
                true => vec!["name", ""],
                false => vec!["name", "", "identifier"],
            }
        }
    }
}
