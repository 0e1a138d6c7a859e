//! Names of parameters, compared as services spell them.

/// A name as services spell it, ready to be compared with what is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// [`iam::catalogue::event::norm`] of the name.
    norm: Box<str>,
}

impl Name {
    pub(crate) fn new(name: &str) -> Self {
        Name {
            norm: iam::catalogue::event::norm(name).into(),
        }
    }

    fn singular(&self) -> &str {
        self.norm.strip_suffix('s').unwrap_or(&self.norm)
    }

    #[inline]
    pub(crate) fn is(&self, key: &str) -> bool {
        key.len() >= self.norm.len() && norm_eq(key, &self.norm)
    }

    /// Also the other number: a list that is logged under the name of its element, or the reverse.
    pub(crate) fn is_loosely(&self, key: &str) -> bool {
        norm_eq(key.strip_suffix(['s', 'S']).unwrap_or(key), self.singular())
    }
}

/// Equal by `norm`, without building it.
fn norm_eq(key: &str, norm: &str) -> bool {
    let mut wanted = norm.bytes();
    for byte in key.bytes().filter(u8::is_ascii_alphanumeric) {
        if wanted.next() != Some(byte.to_ascii_lowercase()) {
            return false;
        }
    }
    wanted.next().is_none()
}

/// Ends with `suffix` (lower case), ignoring case.
pub(crate) fn ends_with(key: &str, suffix: &str) -> bool {
    key.len()
        .checked_sub(suffix.len())
        .and_then(|at| key.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}
