//! Every row of `event-overrides.json`, and a record whose answer it gives: a row that no record reaches is named here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code"
)]

mod file;
mod vector;

use file::Overrides;
use iam::catalogue::Catalogue;
use iam::catalogue::event::{EventMeaning, Provenance};
use vector::{Vector, vectors};

fn meaning(vector: &Vector) -> EventMeaning {
    Catalogue::embedded().event(&vector.event_source(), &vector.name)
}

/// What the record exercises is what the vector says; `LEASTWISE_BLESS=1` writes down what it is today.
#[test]
fn every_record_exercises_what_is_written() {
    let vectors = vectors();
    if std::env::var_os("LEASTWISE_BLESS").is_some() {
        vector::bless(&vectors);
        return;
    }
    let wrong: Vec<String> = vectors
        .iter()
        .filter(|vector| vector.resolve() != vector.accesses)
        .map(|vector| format!("{vector}: {:#?}", vector.resolve()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The row answers, all its actions occur, and each condition both holds and does not.
#[test]
fn every_event_row_answers() {
    let vectors = vectors();
    let mut in_vain = Vec::new();
    for row in &Overrides::read().events {
        let own: Vec<&Vector> = vectors
            .iter()
            .filter(|vector| row.answers(vector) && is_by_row(vector, row))
            .collect();
        let seen = |action: &str| own.iter().any(|vector| vector.has(action));
        let unseen = |action: &str| own.iter().any(|vector| !vector.has(action));
        if own.is_empty() {
            in_vain.push(format!("{row}"));
        }
        let required = row.required.iter().map(|need| &need.action);
        let required = required.filter(|action| !seen(action));
        in_vain.extend(required.map(|action| format!("{row}: {action} never")));
        for conditional in &row.conditional {
            let action = &conditional.action;
            if !seen(action) || (conditional.can_be_read() && !unseen(action)) {
                in_vain.push(format!("{row}: {action} {:?}", conditional.when));
            }
        }
    }
    assert!(
        in_vain.is_empty(),
        "no record shows:\n{}",
        in_vain.join("\n")
    );
}

/// The catalogue's answer is the row's own: permissions by hand, or none needed for the reason that the row gives.
fn is_by_row(vector: &Vector, row: &file::Event) -> bool {
    match meaning(vector) {
        EventMeaning::Permissions(rule) => rule.provenance == Provenance::Override,
        EventMeaning::NoPermission(reason) => row.is_free() && reason == row.note,
        EventMeaning::Unknown => false,
    }
}

#[test]
fn every_call_without_permission_is_one() {
    let vectors = vectors();
    let answered = |row: &file::Free| {
        vectors.iter().any(|vector| {
            row.answers(vector)
                && vector.accesses == ["no-permission"]
                && meaning(vector) == EventMeaning::NoPermission(row.note.clone())
        })
    };
    let rows = Overrides::read().no_permission;
    let in_vain: Vec<_> = rows.iter().filter(|row| !answered(row)).collect();
    assert!(in_vain.is_empty(), "no record shows: {in_vain:#?}");
}

/// Under each alias, an action of each of its prefixes.
#[test]
fn every_alias_leads_to_its_prefixes() {
    let vectors = vectors();
    for alias in &Overrides::read().source_aliases {
        for prefix in &alias.prefixes {
            let leads = vectors.iter().any(|vector| {
                let mut accesses = vector.accesses.iter();
                alias.event_source == vector.event_source()
                    && accesses.any(|access| access.starts_with(&format!("{prefix}:")))
            });
            assert!(
                leads,
                "no record of {} gives {prefix}:…",
                alias.event_source
            );
        }
    }
}

/// Each call passes a role, and each of the row's parameters is the one that shows it in some record.
#[test]
fn every_parameter_of_a_passed_role_is_read() {
    let vectors = vectors();
    for row in &Overrides::read().pass_role {
        let own: Vec<&Vector> = vectors
            .iter()
            .filter(|vector| row.answers(vector) && vector.has("iam:PassRole"))
            .collect();
        for name in &row.event_names {
            let mut names = own.iter().map(|vector| vector.call());
            assert!(
                names.any(|call| call.eq_ignore_ascii_case(name)),
                "no record of {} {name} passes a role",
                row.event_source
            );
        }
        for path in &row.paths {
            let shown = own.iter().any(|vector| vector.leads(path));
            assert!(shown, "no record of {} has {path}", row.event_source);
        }
    }
}

/// Calls that no source knows stay unknown; those of the rows whose note says that an action exists have it.
#[test]
fn every_unmapped_event_is_counted_not_invented() {
    let vectors = vectors();
    for row in &Overrides::read().unmapped_events {
        let mut own = vectors.iter().filter(|vector| row.answers(vector));
        let same_name = |vector: &&Vector| vector.has(row.candidate.as_deref().unwrap_or("?"));
        let expected =
            own.any(|vector| same_name(&vector) || vector.accesses == ["unknown-action"]);
        assert!(expected, "{row:?}");
    }
}

/// Each kind of record has its row, and each row its record.
#[test]
fn every_event_type_is_told() {
    let vectors = vectors();
    for row in &Overrides::read().event_types {
        let known = [row.event_type.as_deref(), row.also_seen.as_deref()];
        for kind in known
            .into_iter()
            .enumerate()
            .filter(|(at, kind)| *at == 0 || kind.is_some())
        {
            let is_it = |vector: &&Vector| vector.event_type() == kind.1;
            let mut own = vectors.iter().filter(is_it);
            let call = |vector: &Vector| {
                let first = &*vector.accesses[0];
                first != "skipped" && !first.starts_with("not-an-api-call")
            };
            assert!(own.any(|vector| call(vector) == row.is_a_call()), "{row:?}");
        }
    }
}
