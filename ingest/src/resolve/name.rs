//! Names of parameters, compared as services spell them.

/// A name as services spell it, ready to be compared with what is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// [`iam::catalogue::event::norm`] of the name.
    norm: Box<str>,
    ends: u64,
}

impl Name {
    pub(crate) fn new(name: &str) -> Self {
        let norm = iam::catalogue::event::norm(name);
        Name {
            ends: ends(&norm),
            norm: norm.into(),
        }
    }

    /// Whether the name may be among keys of these [`ends`].
    #[inline]
    pub(crate) fn may_be_in(&self, of_keys: u64) -> bool {
        self.ends & of_keys != 0
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

/// One bit of 64 for the first and last letter of a key, in whatever case: keys with other bits are other names. All bits
/// when it has none there.
pub(crate) fn ends(key: &str) -> u64 {
    let (Some(first), Some(last)) = (key.as_bytes().first(), key.as_bytes().last()) else {
        return u64::MAX;
    };
    if !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() {
        return u64::MAX;
    }
    let [first, last] = [first, last].map(|b| u32::from(b.to_ascii_lowercase()));
    1 << ((first * 5 + last) % 64)
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
