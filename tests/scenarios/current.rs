//! The roles of an account dump, read with nothing but serde_json.

use fixtures::oracle::{Conditions, allowed};
use serde_json::Value;

/// A role as the account dump has it.
pub(crate) struct Current {
    pub(crate) arn: String,
    pub(crate) id: String,
    pub(crate) identity: Vec<Value>,
    pub(crate) boundary: Vec<Value>,
}

/// The roles of an account dump by `account/name`, read with nothing but serde_json.
pub(crate) fn roles(dump: &[u8]) -> Vec<(String, Current)> {
    let dump: Value = serde_json::from_slice(dump).unwrap();
    let managed = |arn: &Value| {
        let policy = dump["Policies"]
            .as_array()
            .unwrap()
            .iter()
            .find(|p| p["Arn"] == *arn)
            .unwrap();
        let versions = policy["PolicyVersionList"].as_array().unwrap();
        document(
            &versions
                .iter()
                .find(|v| v["IsDefaultVersion"] == true)
                .unwrap()["Document"],
        )
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut roles = Vec::new();
    for role in list(&dump["RoleDetailList"]) {
        let arn = role["Arn"].as_str().unwrap().to_owned();
        let key = format!(
            "{}/{}",
            arn.split(':').nth(4).unwrap(),
            role["RoleName"].as_str().unwrap()
        );
        let inline = list(&role["RolePolicyList"])
            .iter()
            .map(|p| document(&p["PolicyDocument"]))
            .collect::<Vec<_>>();
        let attached = list(&role["AttachedManagedPolicies"]);
        let identity = inline
            .into_iter()
            .chain(attached.iter().map(|p| managed(&p["PolicyArn"])))
            .collect();
        let boundary = role
            .get("PermissionsBoundary")
            .map(|b| managed(&b["PermissionsBoundaryArn"]));
        let id = role["RoleId"].as_str().unwrap().to_owned();
        roles.push((
            key,
            Current {
                arn,
                id,
                identity,
                boundary: boundary.into_iter().collect(),
            },
        ));
    }
    roles
}

/// A policy document: an object, or percent-encoded text of one.
fn document(value: &Value) -> Value {
    let Some(text) = value.as_str() else {
        return value.clone();
    };
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if let (b'%', [high, low, after @ ..]) = (first, after) {
            let digits = [*high, *low];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    serde_json::from_slice(&bytes).unwrap()
}

impl Current {
    /// Whether the role may do it today.
    pub(crate) fn allows(&self, action: &str, resource: &str, conditions: Conditions<'_>) -> bool {
        allowed(&self.identity, action, resource, conditions)
            && (self.boundary.is_empty() || allowed(&self.boundary, action, resource, conditions))
    }
}
