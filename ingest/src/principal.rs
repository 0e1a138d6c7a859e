//! The principal of an event: whose identity policy the call exercised.
//!
//! `cloudtrail-and-iam.md` section 2. A session belongs to its issuer, whose ARN has the path that the session ARN
//! lacks. Only users and roles (and the root user) are principals; services, other accounts and callers without an
//! identity policy are not.

use crate::event::{SessionIssuer, Text, UserIdentity};
use std::borrow::Cow;

/// Whose policy a call exercised, borrowed from the event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Principal<'e> {
    /// Role or user ARN with path. `arn:…:sts::ACCT:assumed-role/NAME` when the log names no role ARN: to be joined
    /// by `id`. `None`: no identity policy can be attributed.
    pub arn: Option<Cow<'e, str>>,
    /// The `AROA…`/`AIDA…` id of the role or user.
    pub id: Option<&'e str>,
    /// Account of the caller.
    pub account: Option<&'e str>,
    /// Name of the role session or federated user.
    pub session_name: Option<&'e str>,
}

impl<'e> Principal<'e> {
    /// The principal of a user identity.
    pub fn of(identity: &'e UserIdentity<'e>) -> Self {
        let caller = Caller::of(identity);
        match filled(&identity.identity_type) {
            Some("AssumedRole") => caller.assumed_role(),
            Some("FederatedUser") => caller.federated_user(),
            Some("IAMUser" | "Role" | "Root") => caller.itself(),
            _ => Self {
                account: caller.account,
                ..Self::default()
            },
        }
    }
}

/// The members of a user identity that name the caller, empty ones absent.
struct Caller<'e> {
    arn: Option<&'e str>,
    /// `principalId` before the first `:`, when it is a unique id of IAM.
    id: Option<&'e str>,
    /// `principalId` after the first `:`.
    session: Option<&'e str>,
    account: Option<&'e str>,
    issuer: Option<&'e SessionIssuer<'e>>,
}

impl<'e> Caller<'e> {
    fn of(identity: &'e UserIdentity<'e>) -> Self {
        let arn = filled(&identity.arn).filter(|arn| arn.starts_with("arn:"));
        let (id, session) = match filled(&identity.principal_id)
            .map(|id| split_at_byte(id, b':').unwrap_or((id, "")))
        {
            Some((id, session)) => (unique_id(id), Some(session).filter(|name| !name.is_empty())),
            None => (None, None),
        };
        let context = identity.session_context.as_ref();
        let account = filled(&identity.account_id).or_else(|| arn.and_then(account_of));
        Self {
            arn,
            id,
            session,
            account,
            issuer: context.and_then(|c| c.session_issuer.as_ref()),
        }
    }

    fn issuer_arn(&self) -> Option<&'e str> {
        self.issuer
            .and_then(|issuer| filled(&issuer.arn))
            .filter(|arn| arn.starts_with("arn:"))
    }

    fn issuer_id(&self) -> Option<&'e str> {
        self.issuer
            .and_then(|issuer| filled(&issuer.principal_id))
            .and_then(unique_id)
    }

    /// The issuing role; without one the session ARN short of its session name.
    fn assumed_role(self) -> Principal<'e> {
        let (own, name) = self.arn.map_or((None, None), without_session);
        Principal {
            arn: self.issuer_arn().or(own).map(Cow::Borrowed),
            id: self.issuer_id().or(self.id),
            account: self.account,
            session_name: name.or(self.session),
        }
    }

    /// The user who asked for the federation token.
    fn federated_user(self) -> Principal<'e> {
        let name = self
            .arn
            .and_then(|arn| arn.split_once(":federated-user/"))
            .map(|(_, name)| name);
        Principal {
            arn: self.issuer_arn().map(Cow::Borrowed),
            id: self.issuer_id(),
            account: self.account,
            session_name: name.or(self.session),
        }
    }

    fn itself(self) -> Principal<'e> {
        Principal {
            arn: self.arn.map(Cow::Borrowed),
            id: self.id,
            account: self.account,
            session_name: None,
        }
    }
}

/// Splits `…:assumed-role/NAME/SESSION`; another ARN (a plain role ARN occurs) is whole.
fn without_session(arn: &str) -> (Option<&str>, Option<&str>) {
    // By a byte: each record has such an ARN, and a search for a whole text sets out with tables.
    let session = split_at_byte(arn, b'/')
        .filter(|(before, _)| before.ends_with(":assumed-role"))
        .and_then(|(_, rest)| split_at_byte(rest, b'/'))
        .map(|(_, session)| session);
    let role = session.map_or(Some(arn), |session| {
        arn.get(..arn.len() - session.len() - 1)
    });
    (role, session)
}

/// What is before and behind the first such byte, an ASCII character.
fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(byte, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The account field of an ARN.
fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// IAM's unique ids start with `A` and hold capital letters and digits; an account id is none.
fn unique_id(id: &str) -> Option<&str> {
    let capital = |byte: u8| byte.is_ascii_uppercase() | byte.is_ascii_digit();
    let well_formed = id.len() >= 16 && id.starts_with('A') && id.bytes().all(capital);
    well_formed.then_some(id)
}

/// The text, unless absent or empty.
pub(crate) fn filled<'e>(text: &'e Option<Text<'_>>) -> Option<&'e str> {
    text.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]
    use super::*;
    use crate::decode::Decoded;
    use crate::event::Event;

    fn check(identity: &str, arn: Option<&str>, id: Option<&str>, session: Option<&str>) {
        let json = format!(
            r#"{{"eventTime":"2023-07-10T12:00:00Z","eventSource":"s","eventName":"n","userIdentity":{identity}}}"#
        );
        let Decoded::Event(event) = Event::parse(&json).unwrap() else {
            panic!("skipped")
        };
        let principal = Principal::of(&event.user_identity);
        assert_eq!(
            (
                principal.arn.as_deref(),
                principal.id,
                principal.session_name
            ),
            (arn, id, session),
            "{identity}"
        );
    }

    const ROLE: &str = "AROAAAAAAAAAAAAAAAAA1";
    const USER: &str = "AIDAAAAAAAAAAAAAAAAA1";

    #[test]
    fn t13_a_session_belongs_to_the_role_with_its_path() {
        check(
            r#"{"type":"AssumedRole","principalId":"AROAAAAAAAAAAAAAAAAA1:me@x.org","arn":"arn:aws:sts::111122223333:assumed-role/R/me@x.org",
                "sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAAAAAAAAAAAAAAAAA1","arn":"arn:aws:iam::111122223333:role/app/R"}}}"#,
            Some("arn:aws:iam::111122223333:role/app/R"),
            Some(ROLE),
            Some("me@x.org"),
        );
    }

    #[test]
    fn t14_without_issuer_the_id_tells() {
        check(
            r#"{"type":"AssumedRole","principalId":"AROAAAAAAAAAAAAAAAAA1:s","arn":"arn:aws-cn:sts::111122223333:assumed-role/R/s"}"#,
            Some("arn:aws-cn:sts::111122223333:assumed-role/R"),
            Some(ROLE),
            Some("s"),
        );
    }

    #[test]
    fn t16_without_type_no_principal() {
        check(
            r#"{"accountId":"111122223333","invokedBy":"AWS Internal"}"#,
            None,
            None,
            None,
        );
        check("{}", None, None, None);
        check(
            r#"{"type":"Unknown","arn":"","accessKeyId":"Unknown"}"#,
            None,
            None,
            None,
        );
    }

    #[test]
    fn t17_odd_assumed_roles() {
        let sso = "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_X_0123456789abcdef";
        check(
            &format!(r#"{{"type":"AssumedRole","arn":"{sso}"}}"#),
            Some(sso),
            None,
            None,
        );
        check(
            r#"{"type":"AssumedRole","principalId":"112233445566:aws:ec2-instance:i-1","arn":"arn:aws:sts::112233445566:assumed-role/aws:ec2-instance/i-1",
                "sessionContext":{"sessionIssuer":{"type":"Role","principalId":"112233445566:aws:ec2-instance","arn":"arn:aws:iam::112233445566:role/aws:ec2-instance"}}}"#,
            Some("arn:aws:iam::112233445566:role/aws:ec2-instance"),
            None,
            Some("i-1"),
        );
    }

    #[test]
    fn t18_a_federated_user_is_its_issuer() {
        check(
            r#"{"type":"FederatedUser","principalId":"111122223333:bob","arn":"arn:aws:sts::111122223333:federated-user/bob",
                "sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDAAAAAAAAAAAAAAAAA1","arn":"arn:aws:iam::111122223333:user/ops/alice"}}}"#,
            Some("arn:aws:iam::111122223333:user/ops/alice"),
            Some(USER),
            Some("bob"),
        );
    }

    #[test]
    fn t20_services_are_no_principals_but_sessions_they_use_are() {
        check(
            r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#,
            None,
            None,
            None,
        );
        check(
            r#"{"type":"AWSAccount","principalId":"AIDAAAAAAAAAAAAAAAAA1","accountId":"1"}"#,
            None,
            None,
            None,
        );
        check(
            r#"{"type":"AssumedRole","invokedBy":"cloudformation.amazonaws.com","principalId":"AROAAAAAAAAAAAAAAAAA1:s",
                "sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/R"}}}"#,
            Some("arn:aws:iam::1:role/R"),
            Some(ROLE),
            Some("s"),
        );
    }

    #[test]
    fn users_with_empty_issuer_or_without_arn() {
        check(
            r#"{"type":"IAMUser","principalId":"AIDAAAAAAAAAAAAAAAAA1","arn":"arn:aws:iam::1:user/a","sessionContext":{"sessionIssuer":{}}}"#,
            Some("arn:aws:iam::1:user/a"),
            Some(USER),
            None,
        );
        check(
            r#"{"type":"IAMUser","principalId":"AIDAAAAAAAAAAAAAAAAA1","userName":"a"}"#,
            None,
            Some(USER),
            None,
        );
        check(
            r#"{"type":"Root","principalId":"1","arn":"arn:aws:iam::1:root"}"#,
            Some("arn:aws:iam::1:root"),
            None,
            None,
        );
    }
}
