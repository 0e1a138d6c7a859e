//! Forward access sessions: `fas.json` as a table, every action and service in it checked.

use super::hand::{Checker, Keys, parse};
use super::{DeriveError, core::Ids};
use crate::catalogue::Confidence;
use crate::catalogue::source::label;
use crate::catalogue::tables::{ActionRef, ForwardCall, ForwardRow};
use serde::Deserialize;
use std::collections::BTreeSet;

const FILE: &str = "fas.json";

/// `fas.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Forwards {
    map: Vec<Row>,
    kms_via_service: ViaServices,
}

#[derive(Debug, Deserialize)]
struct Row {
    event_source: String,
    event_names: Vec<String>,
    calls: Vec<Call>,
    when: String,
    confidence: Confidence,
}

#[derive(Debug, Deserialize)]
struct Call {
    action: String,
    on: Option<String>,
    via_service: Option<String>,
}

/// Services that `kms:ViaService` may name.
#[derive(Debug, Deserialize)]
struct ViaServices {
    labels: BTreeSet<String>,
}

impl Forwards {
    /// Parses the file.
    pub(crate) fn parse(text: &str) -> Result<Self, DeriveError> {
        parse(FILE, text)
    }

    /// The rows of the table.
    pub(crate) fn table(&self, ids: &Ids<'_>) -> Result<Vec<ForwardRow>, DeriveError> {
        let mut keys = Keys::new(FILE);
        let rows = self.map.iter().map(|row| {
            for name in &row.event_names {
                keys.once(format!("{} {name} ({})", row.event_source, row.when))?;
            }
            self.row(row, ids)
        });
        rows.collect()
    }

    fn row(&self, row: &Row, ids: &Ids<'_>) -> Result<ForwardRow, DeriveError> {
        let place = format!("{} {}", row.event_source, row.event_names.join(", "));
        let check = Checker::new(FILE, &place, ids);
        let calls = row.calls.iter().map(|call| self.call(call, &check));
        Ok(ForwardRow {
            label: label(&row.event_source),
            events: row.event_names.clone(),
            calls: calls.collect::<Result<_, _>>()?,
            when: row.when.clone(),
            confidence: row.confidence,
        })
    }

    fn call(&self, call: &Call, check: &Checker<'_>) -> Result<ForwardCall, DeriveError> {
        if let Some(via) = &call.via_service {
            let service = via.strip_suffix(".${Region}.amazonaws.com");
            if !service.is_some_and(|service| self.kms_via_service.labels.contains(service)) {
                return Err(check.refuse(format!("`kms:ViaService` is never `{via}`")));
            }
        }
        Ok(ForwardCall {
            action: ActionRef {
                action: check.action(&call.action)?,
                on: call.on.clone(),
            },
            via_service: call.via_service.clone(),
        })
    }
}
