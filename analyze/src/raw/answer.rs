//! What the statement on a raw table answers: groups of events, resolved here and added to the tally.

use super::RawLosses;
use super::record::Record;
use crate::config::Config;
use crate::coverage::{Span, Traits};
use crate::group::{Group, Key, Parts};
use crate::sql::answer::RowError;
use crate::tally::Tally;
use iam::catalogue::Catalogue;
use iam::usage::Outcome;
use ingest::{
    Access, DecodeError, Decoded, Event, NoAccess, Principal, Raw, Resolution, Resolver, Text,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Parameters that the log left out, as older logs mark it (CloudTrail User Guide, "CloudTrail record contents").
const OMITTED: &str = r#"{"omitted":true}"#;

/// A row of the statement.
#[derive(Debug, Deserialize)]
struct Row<'r> {
    #[serde(borrow)]
    record: Record<'r>,
    #[serde(borrow)]
    parameters: Option<Text<'r>>,
    #[serde(borrow)]
    details: Option<Text<'r>>,
    sums: Sums,
}

/// The events of a group, added up.
#[derive(Debug, Deserialize)]
struct Sums {
    /// Whether they are the copies of their calls that count.
    counts: bool,
    events: u64,
    mfa: u64,
    endpoint: u64,
    first: Option<i64>,
    last: Option<i64>,
    days: Vec<i32>,
    evidence: Vec<String>,
    vpc_endpoints: Vec<String>,
    is_crowded: bool,
}

impl Sums {
    /// First and last time; of events that have one.
    fn span(&self) -> Option<(i64, i64)> {
        self.first.zip(self.last)
    }
}

/// The sum of all rows.
#[derive(Debug)]
pub(crate) struct RawAnswer<'c> {
    config: &'c Config,
    catalogue: &'static Catalogue,
    resolver: Resolver,
    tally: Tally,
    losses: RawLosses,
}

impl<'c> RawAnswer<'c> {
    /// An answer without rows; `lacking` is what the table cannot tell.
    pub(crate) fn new(config: &'c Config, lacking: BTreeMap<String, String>) -> Self {
        let catalogue = Catalogue::embedded();
        let mut tally = Tally::default();
        tally.catalogues.insert(catalogue.version().to_owned());
        Self {
            config,
            catalogue,
            resolver: Resolver::new(catalogue),
            tally,
            losses: RawLosses {
                lacking,
                ..RawLosses::default()
            },
        }
    }

    /// Events so far.
    pub(crate) fn events(&self) -> u64 {
        self.tally.events
    }

    /// The tally and what was no evidence, once all rows are in.
    pub(crate) fn into_parts(self) -> (Tally, RawLosses) {
        (self.tally, self.losses)
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, row: &str) -> Result<(), RowError> {
        let row: Row<'_> = serde_json::from_str(row)?;
        let parameters = json(row.parameters.as_deref());
        let is_lost = parameters.is_err();
        let parameters = parameters.or_else(|_| json(Some(OMITTED)))?;
        let details = json(row.details.as_deref()).unwrap_or_default();
        let events = row.sums.events;
        let reason = match row.record.into_event(parameters, details).decoded() {
            Ok(Decoded::Event(event)) => match row.sums.span() {
                Some(span) => {
                    self.losses.without_parameters += if is_lost { events } else { 0 };
                    return self.add_event(&event, &row.sums, span);
                }
                None => DecodeError::Time(String::new()).as_str(),
            },
            Ok(Decoded::Skipped(skip)) => {
                *self
                    .losses
                    .skipped
                    .entry(skip.as_str().to_owned())
                    .or_default() += events;
                return Ok(());
            }
            Err(error) => error.as_str(),
        };
        *self.losses.unreadable.entry(reason.to_owned()).or_default() += events;
        Ok(())
    }

    /// Counts an event as often as it was, as the scan of an archive does.
    fn add_event(
        &mut self,
        event: &Event<'_>,
        sums: &Sums,
        span: (i64, i64),
    ) -> Result<(), RowError> {
        let tally = &mut self.tally;
        let call = Call {
            event,
            principal: Principal::of(&event.user_identity),
            outcome: ingest::outcome(event),
            catalogue: self.catalogue,
            sums,
            span,
        };
        let accesses = match self.resolver.resolve(event, call.outcome) {
            Resolution::Accesses(accesses) => Some(accesses),
            Resolution::None(reason) => {
                call.add_without_access(reason, tally);
                None
            }
        };
        call.add_class(accesses.and_then(|accesses| accesses.iter().next()), tally);
        let Some(arn) = call.principal.arn.as_deref() else {
            tally.without_principal += sums.events;
            return Ok(());
        };
        let Some(accesses) = accesses.filter(|_| self.config.has_principal(arn)) else {
            return Ok(());
        };
        if !sums.counts {
            tally.copies += sums.events;
            return Ok(());
        }
        for access in accesses.iter() {
            call.add_access(access, arn, self.config.sample, tally)?;
        }
        Ok(())
    }
}

/// An event that happened several times.
struct Call<'e> {
    event: &'e Event<'e>,
    principal: Principal<'e>,
    outcome: Outcome,
    catalogue: &'static Catalogue,
    sums: &'e Sums,
    span: (i64, i64),
}

impl Call<'_> {
    fn add_without_access(&self, reason: NoAccess, tally: &mut Tally) {
        let source = &self.event.event_source;
        let unknown = (reason == NoAccess::UnknownAction).then_some(&*self.event.event_name);
        tally.add_without_access(reason.as_str(), source, unknown, self.sums.events);
    }

    /// Counts the events for coverage; their class depends on the first access.
    fn add_class(&self, first: Option<Access<'_>>, tally: &mut Tally) {
        let account = filled(&self.event.recipient_account_id).or(self.principal.account);
        let region = filled(&self.event.aws_region).unwrap_or_default();
        let traits = Traits {
            category: filled(&self.event.event_category),
            read_only: self.event.read_only,
            event_source: &self.event.event_source,
            access: first.and_then(|access| Some((self.name(access)?, access.resource))),
        };
        let seen = Span::of(self.sums.events, self.span, self.sums.days.clone());
        tally.add_class((account.unwrap_or_default(), region), traits, seen);
    }

    fn add_access(
        &self,
        access: Access<'_>,
        principal: &str,
        sample: usize,
        tally: &mut Tally,
    ) -> Result<(), RowError> {
        let Some(action) = self.name(access) else {
            return Ok(());
        };
        if self.sums.is_crowded {
            return Err(RowError::Evidence {
                principal: principal.to_owned(),
                action: action.to_owned(),
            });
        }
        let texts = &mut tally.texts;
        let key = Key {
            principal: texts.share(principal),
            principal_id: texts.share(self.principal.id.unwrap_or_default()),
            action: texts.share(action),
            template: access.template.map(|template| texts.share(template)),
            outcome: self.outcome,
            via: access.via,
        };
        let mut group = self.group();
        if let Some(resource) = access.resource {
            let resource = Group::of_resources(&[resource.to_owned()], sample);
            group.merge(resource, sample);
        }
        tally.add_group(key, group, sample);
        Ok(())
    }

    /// The accesses of one kind, without their resource.
    fn group(&self) -> Group {
        let text = |text: Option<&str>| text.map(str::to_owned).into_iter().collect();
        let code = filled(&self.event.error_code).filter(|_| self.outcome != Outcome::Allowed);
        let region = filled(&self.event.aws_region).unwrap_or_default();
        let call = format!("{}:{}", &*self.event.event_source, &*self.event.event_name);
        Group::of(Parts {
            count: self.sums.events,
            mfa_count: self.sums.mfa,
            endpoint_count: self.sums.endpoint,
            span: self.span,
            days: self.sums.days.clone(),
            regions: text(Some(region)),
            evidence: self.sums.evidence.clone(),
            error_codes: text(code),
            invoked_by: text(filled(&self.event.user_identity.invoked_by)),
            vpc_endpoints: self.sums.vpc_endpoints.clone(),
            calls: text(Some(&call)),
        })
    }

    fn name(&self, access: Access<'_>) -> Option<&'static str> {
        self.catalogue
            .get(access.action)
            .map(|action| action.name())
    }
}

/// The JSON of a text; nothing where there is none.
fn json(text: Option<&str>) -> Result<Option<Raw<'_>>, serde_json::Error> {
    let value = text.map(Raw::parse).transpose()?;
    Ok(value.filter(|value| value.get() != "null"))
}

/// The text, unless absent or empty.
fn filled<'e>(text: &'e Option<Text<'_>>) -> Option<&'e str> {
    text.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
