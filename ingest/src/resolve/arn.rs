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
    let [arn, ends @ ..] = colons(text.as_bytes())?;
    let (head, tail) = text.split_at_checked(ends.last()? + 1)?;
    let slash = head.bytes().fold(false, |found, b| found | (b == b'/'));
    if slash || head.get(..arn)? != "arn" {
        return None;
    }
    let (mut fields, mut start) = ([""; 4], arn + 1);
    for (field, end) in fields.iter_mut().zip(ends) {
        *field = head.get(start..end)?;
        start = end + 1;
    }
    Some((fields, tail))
}

/// The position behind the account of an ARN.
pub(super) fn behind_account(text: &str) -> Option<usize> {
    Some(colons(text.as_bytes())?.last()? + 1)
}

/// The positions of the first five colons, looked for eight bytes at a time.
fn colons(bytes: &[u8]) -> Option<[usize; 5]> {
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    const COLONS: u64 = u64::from_le_bytes([b':'; 8]);
    let mut colons = [0; 5];
    let mut free = colons.iter_mut();
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let others = u64::from_le_bytes(*word) ^ COLONS;
        // the high bit of each byte that is zero, and of no other
        let mut hits = !(((others & LOW) + LOW) | others | LOW);
        while hits != 0 {
            let Some(colon) = free.next() else { break };
            *colon = at * 8 + hits.trailing_zeros() as usize / 8;
            hits &= hits - 1;
        }
        if free.len() == 0 {
            return Some(colons);
        }
    }
    let rest = rest.iter().enumerate().filter(|(_, b)| **b == b':');
    for ((step, _), colon) in rest.zip(free.by_ref()) {
        *colon = words.len() * 8 + step;
    }
    (free.len() == 0).then_some(colons)
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
        fn colons_are_counted_as_one_by_one(text in "[:a/\u{ba}]{0,40}") {
            let slow = text.bytes().enumerate().filter(|(_, b)| *b == b':').map(|(at, _)| at);
            let slow: Vec<usize> = slow.take(5).collect();
            let fast = colons(text.as_bytes()).map(Vec::from);
            prop_assert_eq!(fast, (slow.len() == 5).then_some(slow));
        }
    }
}
