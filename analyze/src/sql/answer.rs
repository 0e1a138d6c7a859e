//! What the statements answer, row by row, and the tally that it adds up to.

use crate::coverage::{Span, Traits};
use crate::group::{Group, Key, Parts};
use crate::tally::{Tally, parse_outcome, parse_via};
use serde::Deserialize;

/// A row that is not what the statement asks for.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// Not the JSON array that the statement makes.
    #[error("the answer has a row that is not of the statement's form")]
    Json(#[from] serde_json::Error),
    /// A value that no writer of the archive writes.
    #[error("principal `{principal}`: {column} `{value}`")]
    Value {
        /// Principal of the usage line.
        principal: String,
        /// Column.
        column: &'static str,
        /// The value.
        value: String,
    },
    /// So many records share event ids that the smallest ids cannot be told.
    #[error("principal `{principal}`: more than a dozen records of `{action}` have one event id")]
    Evidence {
        /// Principal of the usage line.
        principal: String,
        /// Action of the usage line.
        action: String,
    },
}

/// Principal, principal id, action, template, outcome, via.
#[derive(Debug, Deserialize)]
struct RowKey(
    String,
    String,
    Option<String>,
    Option<String>,
    String,
    Option<String>,
);

/// A row of [`super::Statements::lines`].
#[derive(Debug, Deserialize)]
struct Line {
    key: RowKey,
    accesses: u64,
    mfa: u64,
    endpoint: u64,
    events: u64,
    first: i64,
    last: i64,
    days: Vec<i32>,
    regions: Vec<String>,
    evidence: Vec<String>,
    error_codes: Vec<String>,
    invoked_by: Vec<String>,
    vpc_endpoints: Vec<String>,
    calls: Vec<String>,
    is_crowded: bool,
}

/// A row of [`super::Statements::resources`].
#[derive(Debug, Deserialize)]
struct Resources {
    key: RowKey,
    resources: Vec<String>,
}

/// A row of [`super::Statements::events`].
#[derive(Debug, Deserialize)]
struct Class {
    account: String,
    region: String,
    category: Option<String>,
    read_only: Option<bool>,
    event_source: String,
    action: Option<String>,
    words: Option<String>,
    no_access: Option<String>,
    unknown_name: Option<String>,
    events: u64,
    without_principal: u64,
    with_usage: u64,
    first: i64,
    last: i64,
    days: Vec<i32>,
}

/// The sum of all rows.
#[derive(Debug)]
pub(crate) struct Answer {
    tally: Tally,
    sample: usize,
    /// Events with accesses of a principal that gets usage lines, copies and all.
    with_usage: u64,
    /// Those of them that are in usage lines.
    counted: u64,
}

impl Answer {
    /// An answer without rows; `sample` resources are kept of a group.
    pub(crate) fn new(sample: usize) -> Self {
        Self {
            tally: Tally::default(),
            sample,
            with_usage: 0,
            counted: 0,
        }
    }

    /// Adds a row of the `events` statement.
    pub(crate) fn add_events(&mut self, row: &str) -> Result<(), RowError> {
        let class: Class = serde_json::from_str(row)?;
        self.with_usage += class.with_usage;
        self.tally.without_principal += class.without_principal;
        if let Some(reason) = &class.no_access {
            self.tally.add_without_access(
                reason,
                &class.event_source,
                class.unknown_name.as_deref(),
                class.events,
            );
        }
        let action = class.action.as_deref();
        let traits = Traits {
            category: class.category.as_deref(),
            read_only: class.read_only,
            event_source: &class.event_source,
            access: action.map(|action| (action, class.words.as_deref())),
        };
        let place = (class.account.as_str(), class.region.as_str());
        let seen = Span::of(class.events, (class.first, class.last), class.days);
        self.tally.add_class(place, traits, seen);
        Ok(())
    }

    /// Adds a row of the `lines` statement.
    pub(crate) fn add_line(&mut self, row: &str) -> Result<(), RowError> {
        let line: Line = serde_json::from_str(row)?;
        if line.is_crowded {
            return Err(RowError::Evidence {
                principal: line.key.0,
                action: line.key.2.unwrap_or_default(),
            });
        }
        self.counted += line.events;
        let key = self.key(line.key)?;
        let group = Group::of(Parts {
            count: line.accesses,
            mfa_count: line.mfa,
            endpoint_count: line.endpoint,
            span: (line.first, line.last),
            days: line.days,
            regions: line.regions,
            evidence: line.evidence,
            error_codes: line.error_codes,
            invoked_by: line.invoked_by,
            vpc_endpoints: line.vpc_endpoints,
            calls: line.calls,
        });
        self.tally.add_group(key, group, self.sample);
        Ok(())
    }

    /// Adds a row of the `resources` statement.
    pub(crate) fn add_resources(&mut self, row: &str) -> Result<(), RowError> {
        let row: Resources = serde_json::from_str(row)?;
        let key = self.key(row.key)?;
        let group = Group::of_resources(&row.resources, self.sample);
        self.tally.add_group(key, group, self.sample);
        Ok(())
    }

    /// The tally, once all rows are in.
    pub(crate) fn into_tally(mut self) -> Tally {
        self.tally.copies = self.with_usage.saturating_sub(self.counted);
        self.tally
    }

    fn key(
        &mut self,
        RowKey(principal, id, action, template, outcome, via): RowKey,
    ) -> Result<Key, RowError> {
        let value = |column, value: Option<&str>| RowError::Value {
            principal: principal.clone(),
            column,
            value: value.unwrap_or("null").to_owned(),
        };
        let action = action.ok_or_else(|| value("action", None))?;
        let via = via.as_deref();
        let mut share = |text: &str| self.tally.texts.share(text);
        Ok(Key {
            principal: share(&principal),
            principal_id: share(&id),
            action: share(&action),
            template: template.map(|template| share(&template)),
            outcome: parse_outcome(&outcome).ok_or_else(|| value("outcome", Some(&outcome)))?,
            via: via.and_then(parse_via).ok_or_else(|| value("via", via))?,
        })
    }
}
