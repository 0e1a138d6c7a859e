//! Coverage: which classes of events the archive holds, by account and region.

use crate::group::{Texts, rfc3339, widen};
use iam::catalogue::{Catalogue, Observability};
use iam::coverage::{management_class, runs};
use iam::usage::Coverage;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Class of data events whose type nobody knows.
const UNKNOWN_DATA: &str = "data-unknown";
/// Class of events of other categories.
const OTHER: &str = "other";

/// Data event types of a service whose resources carry no type word in their ARN (`data-events.json`).
const PLAIN_TYPES: [&str; 2] = ["AWS::S3::Object", "AWS::SNS::Topic"];

/// Words of an ARN that may name types. What follows, such as the rest of an object's key, is a name.
const TYPE_WORDS: usize = 2;

/// What the class of an event depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits<'e> {
    pub(crate) category: Option<&'e str>,
    pub(crate) read_only: Option<bool>,
    pub(crate) event_source: &'e str,
    /// Action and resource of the event's first access.
    pub(crate) access: Option<(&'e str, Option<&'e str>)>,
}

/// What the catalogue says of an action.
#[derive(Debug, Clone)]
enum Class {
    Management { read: bool },
    Data(Vec<&'static str>),
    Unknown,
}

/// Classes of events, with the actions met so far.
#[derive(Debug, Default)]
pub(crate) struct Classes(HashMap<Box<str>, Class>);

impl Classes {
    /// The class of an event. Events from before `eventCategory` (version 1.07) are classed by their action.
    pub(crate) fn of(&mut self, event: Traits<'_>) -> &'static str {
        let class = event.access.map(|(action, _)| self.action(action));
        let resource = event.access.and_then(|(_, resource)| resource);
        match (event.category, class) {
            (None | Some("Data"), Some(Class::Data(types))) => {
                data_type(types, event.event_source, resource).unwrap_or(UNKNOWN_DATA)
            }
            (Some("Data"), _) => UNKNOWN_DATA,
            (None | Some("Management"), class) => {
                let derived = matches!(class, Some(Class::Management { read: true }));
                management_class(event.event_source, event.read_only.unwrap_or(derived))
            }
            _ => OTHER,
        }
    }

    /// The same, where it does not depend on the resource.
    pub(crate) fn of_any_resource(&mut self, event: Traits<'_>) -> Option<&'static str> {
        let class = event.access.map(|(action, _)| self.action(action));
        match (event.category, class) {
            (None | Some("Data"), Some(Class::Data(types))) => {
                let own = types_of(types, event.event_source);
                (own.len() == 1).then(|| own.first().copied()).flatten()
            }
            _ => Some(self.of(event)),
        }
    }

    fn action(&mut self, name: &str) -> &Class {
        if !self.0.contains_key(name) {
            let action = Catalogue::embedded().action(name);
            let class = match action.map(iam::catalogue::Action::observability) {
                Some(Observability::Management { read }) => Class::Management { read },
                Some(Observability::Data(types)) => Class::Data(types),
                _ => Class::Unknown,
            };
            self.0.insert(name.into(), class);
        }
        self.0.get(name).unwrap_or(&Class::Unknown)
    }
}

/// The type among those that show an action: of the event's service, then by the type word of the resource's ARN
/// (`…:accesspoint/…` is an `AWS::S3::AccessPoint`).
fn data_type(
    types: &[&'static str],
    event_source: &str,
    resource: Option<&str>,
) -> Option<&'static str> {
    let own = types_of(types, event_source);
    let word_of = |name: &str| letters(name.rsplit("::").next().unwrap_or_default());
    let is_named = |word: &str, name: &str| {
        let own = word_of(name);
        !PLAIN_TYPES.contains(&name) && (own.ends_with(word) || word.ends_with(&own))
    };
    let words = type_words(resource).into_iter().map(letters);
    let by_word = words
        .filter(|word| !word.is_empty())
        .filter_map(|word| own.iter().find(|name| is_named(&word, name)))
        .next_back();
    let plain = || own.iter().find(|name| PLAIN_TYPES.contains(name));
    by_word.or_else(plain).or_else(|| own.first()).copied()
}

/// The types of the event's service; all when there is none.
fn types_of(types: &[&'static str], event_source: &str) -> Vec<&'static str> {
    let service = letters(event_source.split('.').next().unwrap_or_default());
    let of_service = |name: &&&'static str| {
        let own = name.split("::").nth(1);
        own.is_some_and(|own| letters(own) == service)
    };
    let own: Vec<&'static str> = types.iter().filter(of_service).copied().collect();
    match own.is_empty() {
        true => types.to_vec(),
        false => own,
    }
}

/// The words of an ARN that may name types, not things: the first and third part of what follows the account. ARNs
/// without account have none. All that an event's class takes from its resource.
pub(crate) fn type_words(resource: Option<&str>) -> [&str; TYPE_WORDS] {
    let mut fields = resource.unwrap_or_default().splitn(6, ':').skip(4);
    let account = fields.next().unwrap_or_default();
    let named = fields.next().filter(|_| !account.is_empty());
    let mut parts = named.unwrap_or_default().split([':', '/']).step_by(2);
    [(); TYPE_WORDS].map(|()| parts.next().unwrap_or_default())
}

/// Letters and digits, in lower case.
fn letters(text: &str) -> String {
    iam::catalogue::event::norm(text)
}

/// Number of events, first and last time, days with events.
#[derive(Debug, Default)]
pub(crate) struct Span {
    events: u64,
    times: Option<(i64, i64)>,
    days: BTreeSet<i32>,
}

impl Span {
    /// Events that somebody else has added up: number, first and last time, and days.
    pub(crate) fn of(events: u64, times: (i64, i64), days: Vec<i32>) -> Self {
        Self {
            events,
            times: Some(times),
            days: days.into_iter().collect(),
        }
    }

    /// Number of events.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.times = widen(self.times, other.times);
        self.days.extend(other.days);
    }
}

/// Events by account, region and class.
#[derive(Debug, Default)]
pub(crate) struct Covered(BTreeMap<(Arc<str>, Arc<str>, &'static str), Span>);

impl Covered {
    pub(crate) fn add(
        &mut self,
        texts: &mut Texts,
        place: (&str, &str),
        class: &'static str,
        seen: Span,
    ) {
        let key = (texts.share(place.0), texts.share(place.1), class);
        self.0.entry(key).or_default().merge(seen);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (key, theirs) in other.0 {
            self.0.entry(key).or_default().merge(theirs);
        }
    }

    /// First and last event of all.
    pub(crate) fn window(&self) -> Option<(i64, i64)> {
        self.0
            .values()
            .fold(None, |window, span| widen(window, span.times))
    }

    pub(crate) fn into_rows(self) -> Vec<Coverage> {
        let row = |((account, region, class), span): ((Arc<str>, Arc<str>, &str), Span)| {
            let (first, last) = span.times.unwrap_or_default();
            Coverage {
                account: account.as_ref().to_owned(),
                region: region.as_ref().to_owned(),
                class: class.to_owned(),
                events: span.events,
                first: rfc3339(first),
                last: rfc3339(last),
                days: runs(span.days.into_iter().map(i64::from)),
            }
        };
        self.0.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        (category, read_only): (Option<&str>, Option<bool>),
        event_source: &str,
        access: Option<(&str, Option<&str>)>,
        expect: &str,
    ) {
        let event = Traits {
            category,
            read_only,
            event_source,
            access,
        };
        assert_eq!(Classes::default().of(event), expect, "{event:?}");
    }

    #[test]
    fn management_events() {
        let both = (Some("Management"), Some(true));
        let decrypt = Some(("kms:Decrypt", None));
        let kms = "kms.amazonaws.com";
        check(both, kms, decrypt, "management-read-kms");
        check((None, Some(false)), kms, decrypt, "management-write-kms");
        check((None, None), kms, decrypt, "management-read-kms");
        let get = Some(("ssm:GetParameter", None));
        check((None, None), "ssm.amazonaws.com", get, "management-read");
        check(
            (None, None),
            "signin.amazonaws.com",
            None,
            "management-write",
        );
        check(
            (Some("NetworkActivity"), None),
            "s3.amazonaws.com",
            None,
            OTHER,
        );
    }

    #[test]
    fn data_events() {
        let data = (Some("Data"), Some(true));
        let object = Some("arn:aws:s3:::accesspoint/object");
        check(
            data,
            "s3.amazonaws.com",
            Some(("s3:GetObject", object)),
            "AWS::S3::Object",
        );
        check(
            data,
            "s3.amazonaws.com",
            Some(("s3:GetObject", None)),
            "AWS::S3::Object",
        );
        let point = Some("arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/k");
        check(
            data,
            "s3.amazonaws.com",
            Some(("s3:GetObject", point)),
            "AWS::S3::AccessPoint",
        );
        let point = Some("arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/p");
        check(
            data,
            "s3-object-lambda.amazonaws.com",
            Some(("s3:GetObject", point)),
            "AWS::S3ObjectLambda::AccessPoint",
        );
        check(
            (None, None),
            "s3.amazonaws.com",
            Some(("s3:GetObject", object)),
            "AWS::S3::Object",
        );
        let topic = Some("arn:aws:sns:eu-west-1:111122223333:orders");
        check(
            data,
            "sns.amazonaws.com",
            Some(("sns:Publish", topic)),
            "AWS::SNS::Topic",
        );
        check(
            data,
            "dynamodb.amazonaws.com",
            Some(("dynamodb:GetItem", None)),
            "AWS::DynamoDB::Table",
        );
        check(data, "nobody.amazonaws.com", None, UNKNOWN_DATA);
    }
}
