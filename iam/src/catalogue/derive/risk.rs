//! Risk: the lists of `risk.json` as bits per action, and the combinations that raise permissions.

use super::capability::Capabilities;
use super::hand::{Checker, Keys, parse};
use super::{DeriveError, core::Ids};
use crate::catalogue::{ActionId, Risk};
use serde::Deserialize;

const FILE: &str = "risk.json";

/// `risk.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct RiskFile {
    privilege_escalation: Singles,
    credentials_exposure: Vec<List>,
    data_access: Vec<List>,
    data_exfiltration: Singles,
    resource_exposure: Vec<List>,
    pub(crate) capabilities: Capabilities,
}

#[derive(Debug, Deserialize)]
struct Singles {
    single_actions: Vec<Single>,
    combinations: Vec<List>,
}

#[derive(Debug, Deserialize)]
struct Single {
    action: String,
}

#[derive(Debug, Deserialize)]
struct List {
    actions: Vec<String>,
}

impl RiskFile {
    /// Parses the file.
    pub(crate) fn parse(text: &str) -> Result<Self, DeriveError> {
        parse(FILE, text)
    }

    /// Bits of [`Risk`] per action id.
    pub(crate) fn bits(&self, ids: &Ids<'_>, actions: usize) -> Result<Vec<u8>, DeriveError> {
        let singles = |of: &'_ Singles| -> Vec<String> {
            of.single_actions.iter().map(|s| s.action.clone()).collect()
        };
        let lists = |of: &'_ [List]| -> Vec<String> {
            of.iter().flat_map(|list| list.actions.clone()).collect()
        };
        let mut bits = vec![0; actions];
        for (risk, names) in [
            (
                Risk::PrivilegeEscalation,
                singles(&self.privilege_escalation),
            ),
            (Risk::CredentialsExposure, lists(&self.credentials_exposure)),
            (Risk::DataAccess, lists(&self.data_access)),
            (Risk::DataExfiltration, singles(&self.data_exfiltration)),
            (Risk::ResourceExposure, lists(&self.resource_exposure)),
        ] {
            let check = Checker::new(FILE, risk.as_str(), ids);
            let mut keys = Keys::new(FILE);
            for name in &names {
                keys.once(format!("{risk}: {}", name.to_ascii_lowercase()))?;
                if let Some(own) = bits.get_mut(check.action(name)? as usize) {
                    *own |= risk.bit();
                }
            }
        }
        Ok(bits)
    }

    /// Sets of actions that together raise permissions. A set that contains a smaller one is kept: lists disagree.
    pub(crate) fn escalations(&self, ids: &Ids<'_>) -> Result<Vec<Vec<ActionId>>, DeriveError> {
        let check = Checker::new(FILE, "privilege_escalation.combinations", ids);
        let mut keys = Keys::new(FILE);
        let rows = self.privilege_escalation.combinations.iter();
        rows.map(|row| {
            keys.once(set(&row.actions))?;
            let ids = row
                .actions
                .iter()
                .map(|name| check.action(name).map(ActionId));
            ids.collect()
        })
        .collect()
    }

    /// Checks the combinations that the catalogue does not carry.
    pub(crate) fn check(&self, ids: &Ids<'_>) -> Result<(), DeriveError> {
        let check = Checker::new(FILE, "data_exfiltration.combinations", ids);
        let rows = self.data_exfiltration.combinations.iter();
        for name in rows.flat_map(|row| &row.actions) {
            check.action(name)?;
        }
        Ok(())
    }
}

/// The actions in one order and spelling.
fn set(actions: &[String]) -> String {
    let mut names: Vec<String> = actions
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    names.sort();
    names.join(" + ")
}
