//! Declared intent: what must stay although no log shows it, such as seasonal and break-glass work (`leastwise.intent.toml`).

use crate::error::Error;
use chrono::NaiveDate;
use iam::policy::{
    ActionElement, Answer, Effect, Policy, PolicySet, ResourceElement, Statement, Values,
    action_matches, resource_matches, subsumes,
};
use iam::{catalogue::Catalogue, policy::Condition};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The rules of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    #[serde(default)]
    keep: Vec<Keep>,
}

/// One rule: grants that stay, why, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keep {
    /// ARN pattern of the roles.
    role: String,
    /// Action patterns.
    actions: Vec<String>,
    /// Resource patterns.
    #[serde(default = "everything")]
    pub(crate) resources: Vec<String>,
    /// For the reviewer.
    reason: String,
    /// The last day, `YYYY-MM-DD`.
    expires: Option<String>,
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// What became of a rule for a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Declared {
    pub(crate) reason: String,
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
    /// `kept`, `expired`, or `not-granted-today`: all or some of it; nothing is added for it.
    pub(crate) state: &'static str,
    /// A request that it names and today's policies do not allow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outside: Option<String>,
}

impl Intent {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
            what: "read",
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|why| Error::Intent {
            path: path.to_owned(),
            why,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let intent: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (at, keep) in intent.keep.iter().enumerate() {
            keep.check()
                .map_err(|why| format!("keep rule {}: {why}", at + 1))?;
        }
        Ok(intent)
    }

    /// The rules about a role.
    pub(crate) fn of<'i>(&'i self, arn: &str) -> Vec<&'i Keep> {
        let rules = self.keep.iter();
        rules
            .filter(|keep| resource_matches(&keep.role, arn))
            .collect()
    }
}

impl Keep {
    fn check(&self) -> Result<(), String> {
        if self.reason.trim().is_empty() {
            return Err("say why, in `reason`".to_owned());
        }
        if self.actions.is_empty() || self.resources.is_empty() {
            return Err("name at least one action and one resource".to_owned());
        }
        let odd = |action: &&String| *action != "*" && !action.contains(':');
        if let Some(action) = self.actions.iter().find(odd) {
            return Err(format!("`{action}` is no action, such as `s3:GetObject`"));
        }
        match &self.expires {
            Some(day) if day.parse::<NaiveDate>().is_err() => {
                Err(format!("`{day}` is no day: write `expires` as YYYY-MM-DD"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the last day lies before the last event, given in RFC 3339.
    pub(crate) fn is_expired(&self, window_end: Option<&str>) -> bool {
        let day = window_end.and_then(|end| end.get(..10));
        let last = self
            .expires
            .as_ref()
            .and_then(|day| day.parse::<NaiveDate>().ok());
        match (last, day.and_then(|day| day.parse::<NaiveDate>().ok())) {
            (Some(last), Some(end)) => last < end,
            _ => false,
        }
    }

    pub(crate) fn names(&self, action: &str) -> bool {
        self.actions
            .iter()
            .any(|pattern| action_matches(pattern, action))
    }

    /// For the reviewer.
    pub(crate) fn why(&self) -> String {
        match &self.expires {
            Some(day) => format!("declared intent until {day}: {}", self.reason),
            None => format!("declared intent: {}", self.reason),
        }
    }

    /// What becomes of the rule, given the role's policies of today.
    pub(crate) fn declared(
        &self,
        today: &PolicySet,
        window_end: Option<&str>,
        catalogue: &Catalogue,
    ) -> Declared {
        let named = PolicySet::identity(vec![self.policy()]);
        let (state, outside) = match (
            self.is_expired(window_end),
            subsumes(today, &named, catalogue),
        ) {
            (true, _) => ("expired", None),
            (false, Answer::Yes) => ("kept", None),
            (false, Answer::No(witness)) => {
                let request = witness.request;
                let told = format!("{} on {}", request.action, request.resource);
                ("not-granted-today", Some(told))
            }
            (false, Answer::Unknown(why)) => ("not-granted-today", Some(why)),
        };
        Declared {
            reason: self.reason.clone(),
            actions: self.actions.clone(),
            resources: self.resources.clone(),
            expires: self.expires.clone(),
            state,
            outside,
        }
    }

    fn policy(&self) -> Policy {
        Policy {
            version: Some("2012-10-17".to_owned()),
            statements: vec![Statement {
                sid: None,
                effect: Effect::Allow,
                principal: None,
                action: ActionElement::Action(Values::new(self.actions.clone())),
                resource: Some(ResourceElement::Resource(Values::new(
                    self.resources.clone(),
                ))),
                condition: Condition::default(),
            }],
            ..Policy::default()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]
mod tests {
    use super::*;

    const RULE: &str = "[[keep]]\nrole = \"arn:aws:iam::*:role/app/*\"\nactions = [\"s3:Get*\"]\n";

    #[test]
    fn rules_are_read_and_checked() {
        let good = format!("{RULE}reason = \"year end\"\nexpires = \"2026-12-31\"\n");
        let intent = Intent::parse(&good).unwrap();
        let keep = intent.of("arn:aws:iam::111122223333:role/app/web")[0];
        assert!(keep.names("s3:getobject") && !keep.names("s3:PutObject"));
        assert_eq!(keep.resources, ["*"]);
        assert!(intent.of("arn:aws:iam::111122223333:role/web").is_empty());
        assert!(!keep.is_expired(Some("2026-12-31T10:00:00Z")));
        assert!(keep.is_expired(Some("2027-01-01T00:00:00Z")) && !keep.is_expired(None));
        let check = |rest: &str, expect: &str| {
            let why = Intent::parse(&format!("{RULE}{rest}")).unwrap_err();
            assert!(why.contains(expect), "{why}");
        };
        check("", "reason");
        check("reason = \" \"", "say why");
        check("reason = \"x\"\nexpires = \"soon\"", "YYYY-MM-DD");
        check("reason = \"x\"\nresources = []", "at least one");
        check("reason = \"x\"\nresource = \"*\"", "unknown field");
    }
}
