//! A concrete ARN, cut once for many formats; and what a format says up to the account.

/// A concrete ARN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arn<'a> {
    pub(crate) text: &'a str,
    /// Partition, service, region, account; none if there are not five colons, or a slash before the last.
    fields: Option<[&'a str; 4]>,
    /// `bucket/key` of `arn:aws:s3:::bucket/key`.
    pub(crate) tail: &'a str,
}

impl<'a> Arn<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let cut = cut(text);
        Arn {
            text,
            fields: cut.map(|(fields, _)| fields),
            tail: cut.map(|(_, tail)| tail).unwrap_or_default(),
        }
    }

    /// The same, cut off at its end.
    pub(crate) fn trimmed(self, text: &'a str) -> Self {
        let cut = self.text.len().saturating_sub(text.len());
        let tail = self.tail.len().checked_sub(cut);
        Arn {
            text,
            tail: tail
                .and_then(|end| self.tail.get(..end))
                .unwrap_or_default(),
            ..self
        }
    }
}

/// The fields of an ARN and what follows them. A slash stands in none of them.
fn cut(text: &str) -> Option<([&str; 4], &str)> {
    let head = behind_colon(text.as_bytes(), 5)?;
    let (fields, tail) = text.split_at_checked(head)?;
    let mut rest = fields.strip_prefix("arn:")?;
    if rest.as_bytes().contains(&b'/') {
        return None;
    }
    let mut fields = [""; 4];
    for field in &mut fields {
        let end = behind_colon(rest.as_bytes(), 1)?;
        *field = rest.get(..end - 1)?;
        rest = rest.get(end..)?;
    }
    Some((fields, tail))
}

/// The position behind the `n`-th colon, eight bytes at a time.
pub(super) fn behind_colon(bytes: &[u8], n: u32) -> Option<usize> {
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    const COLONS: u64 = u64::from_le_bytes([b':'; 8]);
    let (mut at, mut left) = (0, n);
    while let Some(chunk) = bytes.get(at..)?.first_chunk::<8>() {
        let others = u64::from_le_bytes(*chunk) ^ COLONS;
        // the high bit of each byte that is zero, and of no other
        let mut hits = !(((others & LOW) + LOW) | others | LOW);
        while hits != 0 {
            left -= 1;
            if left == 0 {
                return Some(at + hits.trailing_zeros() as usize / 8 + 1);
            }
            hits &= hits - 1;
        }
        at += 8;
    }
    let rest = bytes.get(at..)?.iter().enumerate();
    let mut colons = rest.filter(|(_, b)| **b == b':');
    let (step, _) = colons.nth(left.checked_sub(1)? as usize)?;
    Some(at + step + 1)
}

/// The beginning `arn:${Partition}:service:region:account:` of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    service: Box<str>,
    region: Field,
    account: Field,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    /// A variable.
    Any,
    Text(Box<str>),
}

impl Head {
    /// The beginning and the rest of a format that begins so; its region and account may be variables.
    pub(crate) fn parse(format: &str) -> Option<(Head, &str)> {
        let ([partition, service, region, account], tail) = cut(format)?;
        if partition != "${Partition}" || service.contains(['$', '*']) {
            return None;
        }
        let field = |text: &str, variables: &[&str]| match text {
            text if variables.contains(&text) => Some(Field::Any),
            text if text.contains(['$', '*']) => None,
            text => Some(Field::Text(text.into())),
        };
        let head = Head {
            service: service.into(),
            region: field(region, &["${Region}"])?,
            account: field(account, &["${Account}", "${AccountId}"])?,
        };
        Some((head, tail))
    }

    pub(crate) fn fits(&self, arn: &Arn<'_>) -> bool {
        let Some([partition, service, region, account]) = arn.fields else {
            return false;
        };
        *self.service == *service
            && self.account.fits(account)
            && self.region.fits(region)
            && !partition.is_empty()
    }
}

impl Field {
    fn fits(&self, text: &str) -> bool {
        match self {
            Field::Any => true,
            Field::Text(own) => **own == *text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn colons_are_counted_as_one_by_one(text in "[:a/\u{ba}]{0,40}", n in 1..8_u32) {
            let slow = text.bytes().enumerate().filter(|(_, b)| *b == b':').nth(n as usize - 1);
            prop_assert_eq!(behind_colon(text.as_bytes(), n), slow.map(|(at, _)| at + 1));
        }
    }
}
