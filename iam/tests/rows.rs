//! Every row of the hand-written files about actions, and that the catalogue says what it says. The rows about events
//! are held by records (`ingest/tests/rows`).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use leastwise_iam::catalogue::event::EventMeaning;
use leastwise_iam::catalogue::{Action, ActionId, Catalogue, Observability};
use serde_json::Value;
use std::collections::BTreeSet;

fn file(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn data_events() -> Value {
    file(include_str!("../data/data-events.json"))
}

fn risk() -> Value {
    file(include_str!("../data/risk.json"))
}

fn rows<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of[name].as_array().unwrap()
}

fn texts<'v>(of: &'v Value, name: &str) -> Vec<&'v str> {
    let texts = of[name].as_array().into_iter().flatten();
    texts.map(|text| text.as_str().unwrap()).collect()
}

fn action(name: &str) -> Action<'static> {
    let action = Catalogue::embedded().action(name);
    action.unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn never_logged_for_the_reason_of_the_row() {
    for row in rows(&data_events(), "never_logged") {
        let why = row["why"].as_str().unwrap();
        for name in texts(row, "actions") {
            assert_eq!(
                action(name).observability(),
                Observability::Never(why),
                "{name}"
            );
        }
    }
}

#[test]
fn management_events_though_they_look_like_data() {
    for row in rows(&data_events(), "data_like_but_management") {
        for name in texts(row, "actions") {
            let observability = action(name).observability();
            match row["also_data"] == true {
                true => assert!(matches!(observability, Observability::Data(_)), "{name}"),
                false => assert!(
                    matches!(observability, Observability::Management { read } if read || row["read_only"] != true),
                    "{name}"
                ),
            }
        }
    }
}

/// Each type shows one of its actions at least; the others are management events first.
#[test]
fn data_events_show_the_actions_of_their_type() {
    for row in rows(&data_events(), "resource_types") {
        let name = row["type"].as_str().unwrap();
        let actions = texts(row, "iam_actions");
        let shown = actions.iter().filter(|action_name| {
            let observability = action(action_name).observability();
            match observability {
                Observability::Data(types) => types.contains(&name),
                Observability::Management { .. } => false,
                Observability::Never(why) => panic!("{action_name}: {why}"),
            }
        });
        assert!(
            actions.is_empty() || shown.count() > 0,
            "{name} shows nothing"
        );
    }
}

#[test]
fn risks_are_those_of_the_lists() {
    let risk = risk();
    let listed = |name: &str| -> BTreeSet<ActionId> {
        let names = match risk[name].get("single_actions") {
            Some(singles) => {
                let singles = singles.as_array().unwrap().iter();
                singles.map(|row| row["action"].as_str().unwrap()).collect()
            }
            None => rows(&risk, name)
                .iter()
                .flat_map(|row| texts(row, "actions"))
                .collect::<Vec<_>>(),
        };
        names.into_iter().map(|name| action(name).id()).collect()
    };
    for (name, label) in [
        ("privilege_escalation", "privilege-escalation"),
        ("credentials_exposure", "credentials-exposure"),
        ("data_access", "data-access"),
        ("data_exfiltration", "data-exfiltration"),
        ("resource_exposure", "resource-exposure"),
    ] {
        let marked = Catalogue::embedded().actions().filter(|action| {
            let risks = action.risks();
            risks.iter().any(|risk| risk.as_str() == label)
        });
        let marked: BTreeSet<ActionId> = marked.map(Action::id).collect();
        assert_eq!(marked, listed(name), "{name}");
    }
}

#[test]
fn combinations_and_capabilities_are_those_of_the_rows() {
    let risk = risk();
    let rows = rows(&risk["privilege_escalation"], "combinations").iter();
    let rows = rows.map(|row| {
        let names = texts(row, "actions").into_iter();
        names.map(|name| action(name).id()).collect::<Vec<_>>()
    });
    assert!(rows.eq(Catalogue::embedded().escalations().map(<[_]>::to_vec)));
    for (service, rows) in risk["capabilities"]["overrides"].as_object().unwrap() {
        for joined in rows.as_object().unwrap().keys() {
            for name in texts(rows, joined) {
                let capabilities = action(&format!("{service}:{name}")).capabilities();
                let found: BTreeSet<&str> = capabilities.iter().map(|one| one.as_str()).collect();
                assert_eq!(found, joined.split('+').collect(), "{service}:{name}");
            }
        }
    }
}

/// Each event is known, tells its calls, and is told by each of them.
#[test]
fn forward_access_sessions_are_those_of_the_rows() {
    let catalogue = Catalogue::embedded();
    for row in rows(&file(include_str!("../data/fas.json")), "map") {
        let source = row["event_source"].as_str().unwrap();
        let calls = row["calls"].as_array().unwrap();
        for event in texts(row, "event_names") {
            let known = matches!(catalogue.event(source, event), EventMeaning::Permissions(_));
            assert!(known, "{source} {event} is unknown");
            let rows = catalogue.forwarded(source, event);
            let own = rows.iter().find(|own| own.when == row["when"]);
            let own = own.unwrap_or_else(|| panic!("{source} {event}"));
            let found = own
                .calls
                .iter()
                .map(|(call, via)| (call.action, via.as_deref()));
            let wanted = calls.iter().map(|call| {
                let id = action(call["action"].as_str().unwrap()).id();
                (id, call["via_service"].as_str())
            });
            assert!(found.eq(wanted.clone()), "{source} {event}: {own:?}");
            for (id, _) in wanted {
                let told = catalogue.forwarded_for(id);
                assert!(
                    told.contains(&(source.to_owned(), event)),
                    "{source} {event}"
                );
            }
        }
    }
}
