//! Forward access sessions: the calls that a service makes with the caller's identity while it serves a call.

use super::event::{Forwarded, RuleAction};
use super::source::{label, without_date};
use super::tables::ForwardRow;
use super::{ActionId, Catalogue};

impl Catalogue {
    /// What the service calls with the caller's identity while it serves an event, by case; the caller needs those
    /// permissions too (`fas.json`).
    ///
    /// An explanation, never evidence: the calls are events of their own, with `invokedBy`.
    pub fn forwarded(&self, event_source: &str, event_name: &str) -> Vec<Forwarded> {
        let (label, name) = (label(event_source), without_date(event_name));
        let rows = self.core.events.forwards.iter().filter(|row| {
            let mut events = row.events.iter();
            row.label == label && events.any(|event| event.eq_ignore_ascii_case(name))
        });
        rows.map(forwarded).collect()
    }

    /// The events, as (event source, event name), in serving which a service calls this action with the caller's
    /// identity; in the order of `fas.json`.
    pub fn forwarded_for(&self, action: ActionId) -> Vec<(String, &str)> {
        let rows = self.core.events.forwards.iter();
        let rows = rows.filter(|row| row.calls.iter().any(|call| call.action.action == action.0));
        let events = rows.flat_map(|row| row.events.iter().map(move |event| (row, event)));
        let mut found: Vec<_> = events
            .map(|(row, event)| (format!("{}.amazonaws.com", row.label), event.as_str()))
            .collect();
        found.dedup();
        found
    }
}

fn forwarded(row: &ForwardRow) -> Forwarded {
    let calls = row.calls.iter().map(|call| {
        let action = RuleAction {
            action: ActionId(call.action.action),
            on: call.action.on.clone(),
        };
        (action, call.via_service.clone())
    });
    Forwarded {
        calls: calls.collect(),
        when: row.when.clone(),
        confidence: row.confidence,
    }
}
