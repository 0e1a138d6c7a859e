//! Where an event took place: the partition, region and account of the ARNs that its parameters mean.

use crate::event::Event;

/// Region prefixes of partitions, for records that name no ARN at all.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
];

/// Partition, region and account of a record; what it does not say is `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) partition: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
}

impl<'a> Place<'a> {
    /// The account is the resource's owner where the record names one, else the account that received the record.
    pub(crate) fn of(event: &'a Event<'_>) -> Self {
        let region = event
            .aws_region
            .as_deref()
            .filter(|region| is_region(region));
        let caller = event.user_identity.arn.as_deref();
        let resources = event
            .resources
            .iter()
            .filter_map(|resource| resource.arn.as_deref());
        let partition = caller.into_iter().chain(resources).find_map(partition);
        let recipient = event
            .recipient_account_id
            .as_deref()
            .or(event.user_identity.account_id.as_deref());
        Place {
            partition: partition.unwrap_or_else(|| partition_of(region.unwrap_or_default())),
            region: region.unwrap_or("*"),
            account: owner(event)
                .or(recipient)
                .filter(|account| is_account(account))
                .unwrap_or("*"),
        }
    }

    /// The place of a resource whose account and region the request names.
    pub(crate) fn owned_by<'b>(
        self,
        (account, region): (Option<&'b str>, Option<&'b str>),
    ) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            partition: self.partition,
            region: region
                .filter(|region| is_region(region))
                .unwrap_or(self.region),
            account: account
                .filter(|account| is_account(account))
                .unwrap_or(self.account),
        }
    }
}

/// The owner of the named resources, if all have the same.
fn owner<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    let mut owners = event
        .resources
        .iter()
        .filter_map(|resource| resource.account_id.as_deref());
    let first = owners.next()?;
    owners.all(|other| other == first).then_some(first)
}

fn partition(arn: &str) -> Option<&str> {
    let rest = arn.strip_prefix("arn:")?;
    if rest.starts_with("aws:") {
        return Some("aws");
    }
    let partition = rest.split(':').next()?;
    (partition.starts_with("aws") && is_region(partition)).then_some(partition)
}

fn partition_of(region: &str) -> &'static str {
    PARTITIONS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
