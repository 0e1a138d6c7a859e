//! Patterns: which actions an IAM action pattern such as `s3:Get*` names.

use super::{
    Action, ActionId, Catalogue,
    columns::{before_ignoring_case, lower},
};

impl Catalogue {
    /// The current actions that an action pattern (`*`, `?`, any case) matches, in name order.
    pub fn expand(&self, pattern: &str) -> Vec<ActionId> {
        if !pattern.contains(['*', '?']) {
            let named = self.action(pattern).filter(|action| !action.retired());
            return named.map(Action::id).into_iter().collect();
        }
        self.matching(pattern).collect()
    }

    /// The same, one after the other.
    pub(crate) fn matching<'c>(
        &'c self,
        pattern: impl AsRef<str> + 'c,
    ) -> impl Iterator<Item = ActionId> + 'c {
        let literal = pattern.as_ref().split(['*', '?']).next();
        let literal = literal.unwrap_or_default().to_owned();
        let names = &self.core.actions.names;
        let from = names.partition_point(|name| before_ignoring_case(name, &literal));
        (from..names.len())
            .map_while(move |at| {
                let name = names.get(at)?;
                let start = name.get(..literal.len())?;
                start.eq_ignore_ascii_case(&literal).then_some((at, name))
            })
            .filter(move |(_, name)| matches(pattern.as_ref().as_bytes(), name.as_bytes()))
            .filter_map(|(at, _)| Some(ActionId(u32::try_from(at).ok()?)))
            .filter(|id| !self.is_retired(*id))
    }

    /// All action ids, retired ones too.
    pub(crate) fn all(&self) -> impl Iterator<Item = ActionId> + use<> {
        let count = u32::try_from(self.core.actions.names.len()).unwrap_or(u32::MAX);
        (0..count).map(ActionId)
    }

    /// The actions of a service, retired ones too.
    pub(crate) fn under(&self, service: &str) -> impl Iterator<Item = ActionId> {
        let names = &self.core.actions.names;
        let wanted = format!("{service}:").to_ascii_lowercase();
        let from = names.partition_point(|name| before_ignoring_case(name, &wanted));
        (from..names.len())
            .take_while(move |at| {
                let name = names.get(*at).unwrap_or_default();
                lower(name).take(wanted.len()).eq(wanted.bytes())
            })
            .filter_map(|at| Some(ActionId(u32::try_from(at).ok()?)))
    }

    pub(crate) fn is_retired(&self, id: ActionId) -> bool {
        self.core.actions.retired.binary_search(&id.0).is_ok()
    }
}

/// Glob over the bytes of ASCII texts, in whatever case: on a mismatch after a `*`, lets that star swallow one byte more.
pub(crate) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = name.get(read) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, read));
                at += 1;
                continue;
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(byte) => {
                at += 1;
                read += 1;
                continue;
            }
            _ => {}
        }
        let Some((after, swallowed)) = star else {
            return false;
        };
        star = Some((after, swallowed + 1));
        (at, read) = (after, swallowed + 1);
    }
    pattern.iter().skip(at).all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs() {
        let check = |pattern: &str, name: &str, expect: bool| {
            let found = matches(pattern.as_bytes(), name.as_bytes());
            assert_eq!(found, expect, "{pattern} on {name}");
        };
        check("s3:get*", "s3:getobject", true);
        check("s3:get*", "s3:putobject", false);
        check("*", "", true);
        check("", "", true);
        check("", "a", false);
        check("a?c", "abc", true);
        check("a?c", "ac", false);
        check("*ab*ab", "xabyab", true);
        check("*ab*ab", "xaby", false);
        check("**a**", "a", true);
        check("a*b", "aXbXc", false);
        check("S3:Get*", "s3:getobject", true);
    }
}
