//! Sids of a proposal: those of today where a statement survives, each once.

use std::collections::BTreeSet;

/// The Sids taken so far.
#[derive(Debug, Default)]
pub(crate) struct Sids {
    taken: BTreeSet<String>,
    reserved: BTreeSet<String>,
}

impl Sids {
    /// Keeps the Sids of Deny statements free for them.
    pub(crate) fn reserve<'a>(sids: impl Iterator<Item = &'a str>) -> Self {
        Self {
            taken: BTreeSet::new(),
            reserved: sids.map(str::to_owned).collect(),
        }
    }

    /// The Sid of a Deny statement: as it is, unless another Deny has it already.
    pub(crate) fn once(&mut self, sid: Option<String>) -> Option<String> {
        let sid = sid.filter(|sid| !sid.is_empty())?;
        if self.taken.insert(sid.clone()) {
            return Some(sid);
        }
        Some(self.numbered(&sid))
    }

    /// The Sid of a statement split off `sid`: the same for the first, then with a number. Source: IAM User Guide,
    /// grammar: `[A-Za-z0-9]*`.
    pub(crate) fn next(&mut self, sid: &str) -> Option<String> {
        let base: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
        if base.is_empty() {
            return None;
        }
        if !self.reserved.contains(&base) && self.taken.insert(base.clone()) {
            return Some(base);
        }
        Some(self.numbered(&base))
    }

    fn numbered(&mut self, base: &str) -> String {
        let mut number = 2_u32;
        loop {
            let sid = format!("{base}{number}");
            if !self.reserved.contains(&sid) && self.taken.insert(sid.clone()) {
                return sid;
            }
            number = number.saturating_add(1);
        }
    }
}

/// `aws-portal` as `AwsPortal`.
pub(crate) fn of_service(service: &str) -> String {
    let words = service.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .flat_map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(chars)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Sids;

    #[test]
    fn each_once_and_alphanumeric() {
        let mut sids = Sids::reserve(["Stop"].into_iter());
        let check = |got: Option<String>, expect: &str| assert_eq!(got.as_deref(), Some(expect));
        check(sids.next("Look"), "Look");
        check(sids.next("Look"), "Look2");
        check(sids.next("Stop"), "Stop2");
        check(sids.once(Some("Stop".to_owned())), "Stop");
        check(sids.once(Some("Stop".to_owned())), "Stop3");
        check(sids.next("a b-c"), "abc");
        assert_eq!(sids.next("--"), None);
        assert_eq!(sids.once(None), None);
    }
}
