//! The resolution of an operation: the actions it exercises and the rule that says so (steps B1 to B4).

use super::documentation::mentioned;
use super::facts::{ActionFact, Facts};
use super::model::{Model, OperationModel};
use super::{map_file::MapFile, overrides::Overrides};

/// Which rule answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// B1: API Gateway's actions are HTTP methods.
    ApiGateway,
    /// B2: an action of the model's prefix has the operation's name.
    SameName,
    /// B2: an action of another candidate prefix has it.
    OtherPrefix,
    /// B3: a row of map.json.
    Map,
    /// B4: named in the operation's documentation.
    Documentation,
}

/// What an operation resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolution {
    pub(crate) rule: Rule,
    /// Lower-case action names.
    pub(crate) actions: Vec<String>,
}

/// Everything a resolution may look at.
pub(crate) struct Context<'c> {
    pub(crate) facts: &'c Facts,
    pub(crate) map: &'c MapFile,
    pub(crate) overrides: &'c Overrides,
    pub(crate) model: &'c Model,
    /// Prefixes the model may belong to.
    pub(crate) candidates: &'c [String],
    /// The one it belongs to.
    pub(crate) prefix: Option<&'c str>,
}

impl Context<'_> {
    /// The first rule that answers.
    pub(crate) fn resolve(&self, operation: &OperationModel) -> Option<Resolution> {
        if let Some(action) = self.api_gateway(operation) {
            return Some(one(Rule::ApiGateway, action));
        }
        let prefix = self.prefix?;
        let named = |prefix: &str| self.facts.current(&format!("{prefix}:{}", operation.name));
        if let Some(action) = named(prefix) {
            return Some(one(Rule::SameName, action));
        }
        if let Some(action) = self.candidates.iter().find_map(|other| named(other)) {
            return Some(one(Rule::OtherPrefix, action));
        }
        self.mapped(operation)
            .or_else(|| self.documented(prefix, operation))
    }

    fn api_gateway(&self, operation: &OperationModel) -> Option<&ActionFact> {
        match self.model.name.as_str() {
            "apigateway" | "apigatewayv2" => {
                let method = &operation.http.method;
                self.facts.current(&format!("apigateway:{method}"))
            }
            "apigatewaymanagementapi" => self.facts.current("execute-api:ManageConnections"),
            _ => None,
        }
    }

    fn mapped(&self, operation: &OperationModel) -> Option<Resolution> {
        self.map.rows(self.model, &operation.name).find_map(|row| {
            let known = row
                .iter()
                .filter_map(|entry| self.facts.current(&entry.action));
            let actions = distinct(known.filter(|action| action.name != "iam:PassRole"));
            (!actions.is_empty()).then_some(Resolution {
                rule: Rule::Map,
                actions,
            })
        })
    }

    fn documented(&self, prefix: &str, operation: &OperationModel) -> Option<Resolution> {
        if self.overrides.rejects(&self.model.name, &operation.name) {
            return None;
        }
        let own = self.mined(prefix, operation);
        own.map(|action| one(Rule::Documentation, action))
    }

    /// What the documentation says and a hand-written row rejects.
    pub(crate) fn rejected(&self, operation: &OperationModel) -> Option<&ActionFact> {
        let rejects = self.overrides.rejects(&self.model.name, &operation.name);
        self.mined(self.prefix.filter(|_| rejects)?, operation)
    }

    fn mined(&self, prefix: &str, operation: &OperationModel) -> Option<&ActionFact> {
        let mentioned = mentioned(&operation.documentation, self.facts);
        mentioned.into_iter().find(|action| {
            action.service == prefix
                || matches!(action.service.as_str(), "s3express" | "s3-outposts")
        })
    }
}

fn one(rule: Rule, action: &ActionFact) -> Resolution {
    Resolution {
        rule,
        actions: distinct(std::iter::once(action)),
    }
}

fn distinct<'a>(actions: impl Iterator<Item = &'a ActionFact>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for action in actions {
        let name = action.name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
