//! A concrete ARN, cut once for many formats; and what a format says up to the account.

/// A concrete ARN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arn<'a> {
    pub(crate) text: &'a str,
    /// Partition, service, region, account; none if there are not five colons.
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

fn cut(text: &str) -> Option<([&str; 4], &str)> {
    if !text.starts_with("arn:") {
        return None;
    }
    let mut fields = [""; 4];
    let mut start = "arn:".len();
    for field in &mut fields {
        let rest = text.as_bytes().get(start..)?;
        let end = start + rest.iter().position(|b| *b == b':')?;
        *field = text.get(start..end)?;
        start = end + 1;
    }
    Some((fields, text.get(start..)?))
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
            && Field::Any.fits(partition)
    }
}

impl Field {
    fn fits(&self, text: &str) -> bool {
        match self {
            Field::Any => !text.as_bytes().contains(&b'/'),
            Field::Text(own) => **own == *text,
        }
    }
}
