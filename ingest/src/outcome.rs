//! The outcome of an event: allowed, denied or failed (`cloudtrail-and-iam.md` sections 7.1 and 7.2).

use crate::event::Event;
use crate::principal::filled;
use iam::usage::Outcome;
use serde::Deserialize;
use std::{collections::BTreeSet, sync::LazyLock};

/// Source of sign-in events, which may fail without an error code.
const SIGN_IN: &str = "signin.amazonaws.com";

/// Error codes that do not mean "failed for another reason".
struct Codes {
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
}

static CODES: LazyLock<Codes> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Row {
        code: String,
    }
    #[derive(Deserialize, Default)]
    struct Table {
        allowed: Vec<Row>,
        denied: Vec<Row>,
    }
    // The table is embedded and a test parses it; were it broken, every error would count as failed.
    let table: Table =
        serde_json::from_str(include_str!("../data/outcomes.json")).unwrap_or_default();
    let codes = |rows: Vec<Row>| rows.into_iter().map(|row| row.code).collect();
    Codes {
        allowed: codes(table.allowed),
        denied: codes(table.denied),
    }
});

/// What became of the call. Only [`Outcome::Allowed`] proves a permission.
pub fn outcome(event: &Event<'_>) -> Outcome {
    match filled(&event.error_code) {
        None if event.event_source == SIGN_IN && filled(&event.error_message).is_some() => {
            Outcome::Failed
        }
        None => Outcome::Allowed,
        Some(code) if CODES.allowed.contains(code) => Outcome::Allowed,
        Some(code) if CODES.denied.contains(code) => Outcome::Denied,
        Some(_) => Outcome::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Text;

    fn check(
        source: &'static str,
        code: Option<&'static str>,
        message: Option<&'static str>,
        expect: Outcome,
    ) {
        let event = Event {
            event_source: source.into(),
            error_code: code.map(Text::from),
            error_message: message.map(Text::from),
            ..Event::default()
        };
        assert_eq!(outcome(&event), expect, "{source} {code:?} {message:?}");
    }

    #[test]
    fn t37_dry_runs_prove_and_denials_do_not() {
        let ec2 = "ec2.amazonaws.com";
        check(
            ec2,
            Some("Client.DryRunOperation"),
            Some("would have succeeded"),
            Outcome::Allowed,
        );
        check(
            ec2,
            Some("Client.UnauthorizedOperation"),
            None,
            Outcome::Denied,
        );
        check(ec2, Some("AccessDenied"), None, Outcome::Denied);
        check(ec2, Some("VpceAccessDenied"), None, Outcome::Denied);
        check(ec2, Some("NoSuchEntityException"), None, Outcome::Failed);
        check(ec2, Some(""), None, Outcome::Allowed);
        check(ec2, None, None, Outcome::Allowed);
    }

    #[test]
    fn t38_neither_an_scp_nor_a_missing_key_allows() {
        let scp = "User: u is not authorized to perform: ec2:RunInstances with an explicit deny in a service control policy";
        for code in ["AccessDenied", "Client.UnauthorizedOperation"] {
            check("ec2.amazonaws.com", Some(code), Some(scp), Outcome::Denied);
        }
        let missing = Some("Access Denied");
        check(
            "s3.amazonaws.com",
            Some("AccessDenied"),
            missing,
            Outcome::Denied,
        );
    }

    #[test]
    fn t8_a_sign_in_may_fail_without_code() {
        check(
            SIGN_IN,
            None,
            Some("Failed authentication"),
            Outcome::Failed,
        );
        check(SIGN_IN, None, None, Outcome::Allowed);
    }
}
