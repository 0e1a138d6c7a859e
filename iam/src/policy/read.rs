//! Reading a policy document: JSON text in, a policy or an error with line and column out.

use super::document::{
    ActionElement, Condition, ConditionValues, Effect, Policy, PrincipalElement, Principals,
    ResourceElement, Scalar, Statement, Values,
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

/// A document that is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong, with user input in backticks.
    pub message: String,
}

impl From<serde_json::Error> for ParseError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        Self {
            line,
            column,
            message,
        }
    }
}

/// Longest document that is read, in bytes. IAM's own API takes at most 131,072 characters.
const MAX_BYTES: usize = 1 << 20;

impl Policy {
    /// Reads a policy document. Unknown and repeated elements are refused, as IAM does.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_BYTES {
            return Err(ParseError {
                line: 1,
                column: 1,
                message: format!("{} bytes: no policy is longer than {MAX_BYTES}", text.len()),
            });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// Reads a policy document as APIs hand it out: a JSON object, JSON in a string, or percent-encoded JSON in a
    /// string. Encoding is RFC 3986: a `+` is a plus, not a space.
    pub fn parse_encoded(json: &str) -> Result<Self, ParseError> {
        let Ok(text) = serde_json::from_str::<String>(json) else {
            return Self::parse(json);
        };
        if text.trim_start().starts_with('{') {
            return Self::parse(&text);
        }
        Self::parse(&percent_encoding::percent_decode_str(&text).decode_utf8_lossy())
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RawPolicy {
    #[serde(default, deserialize_with = "known_version")]
    version: Option<String>,
    #[serde(default, deserialize_with = "there")]
    id: Option<String>,
    statement: OneOrMany<Statement>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RawStatement {
    #[serde(default, deserialize_with = "there")]
    sid: Option<String>,
    effect: Effect,
    #[serde(default, deserialize_with = "there")]
    principal: Option<Principals>,
    #[serde(default, deserialize_with = "there")]
    not_principal: Option<Principals>,
    #[serde(default, deserialize_with = "there")]
    action: Option<Values>,
    #[serde(default, deserialize_with = "there")]
    not_action: Option<Values>,
    #[serde(default, deserialize_with = "there")]
    resource: Option<Values>,
    #[serde(default, deserialize_with = "there")]
    not_resource: Option<Values>,
    #[serde(default)]
    condition: Condition,
}

fn known_version<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match String::deserialize(from)? {
        known if matches!(known.as_str(), "2012-10-17" | "2008-10-17") => Ok(Some(known)),
        other => Err(D::Error::custom(format!("unknown Version `{other}`"))),
    }
}

/// An element that is there has a value: `null` is none.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl<'de> Deserialize<'de> for Effect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "Allow" => Ok(Self::Allow),
            "Deny" => Ok(Self::Deny),
            other => Err(D::Error::custom(format!(
                "Effect is `{other}`, not Allow or Deny"
            ))),
        }
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawPolicy::deserialize(deserializer)?;
        Ok(Self {
            version: raw.version,
            id: raw.id,
            statements: raw.statement.items,
            bare_statement: raw.statement.bare,
        })
    }
}

impl<'de> Deserialize<'de> for Statement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawStatement::deserialize(deserializer)?;
        let action = match (raw.action, raw.not_action) {
            (Some(values), None) => ActionElement::Action(values),
            (None, Some(values)) => ActionElement::NotAction(values),
            (None, None) => return Err(D::Error::missing_field("Action")),
            _ => return Err(both::<D>("Action", "NotAction")),
        };
        let resource = match (raw.resource, raw.not_resource) {
            (values, None) => values.map(ResourceElement::Resource),
            (None, values) => values.map(ResourceElement::NotResource),
            _ => return Err(both::<D>("Resource", "NotResource")),
        };
        let principal = match (raw.principal, raw.not_principal) {
            (named, None) => named.map(PrincipalElement::Principal),
            (None, named) => named.map(PrincipalElement::NotPrincipal),
            _ => return Err(both::<D>("Principal", "NotPrincipal")),
        };
        Ok(Self {
            sid: raw.sid,
            effect: raw.effect,
            principal,
            action,
            resource,
            condition: raw.condition,
        })
    }
}

fn both<'de, D: Deserializer<'de>>(one: &str, other: &str) -> D::Error {
    D::Error::custom(format!("a statement has `{one}` or `{other}`, not both"))
}

/// One value or an array of them.
struct OneOrMany<T> {
    items: Vec<T>,
    bare: bool,
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or an array of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(OneOrMany { items, bare: false })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        one(T::deserialize(
            serde::de::value::MapAccessDeserializer::new(map),
        ))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        one(T::deserialize(serde::de::value::StrDeserializer::new(text)))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        one(T::deserialize(serde::de::value::BoolDeserializer::new(
            value,
        )))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        one(T::deserialize(serde::de::value::U64Deserializer::new(
            value,
        )))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        one(T::deserialize(serde::de::value::I64Deserializer::new(
            value,
        )))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        one(T::deserialize(serde::de::value::F64Deserializer::new(
            value,
        )))
    }
}

fn one<T, E>(item: Result<T, E>) -> Result<OneOrMany<T>, E> {
    Ok(OneOrMany {
        items: vec![item?],
        bare: true,
    })
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let OneOrMany { items, bare } = OneOrMany::<String>::deserialize(deserializer)?;
        Ok(Self { items, bare })
    }
}

impl<'de> Deserialize<'de> for ConditionValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let OneOrMany { items, bare } = OneOrMany::<Scalar>::deserialize(deserializer)?;
        Ok(Self { items, bare })
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self::Text(text)),
            serde_json::Value::Bool(value) => Ok(Self::Bool(value)),
            serde_json::Value::Number(number) => Ok(Self::Number(number.to_string())),
            _ => Err(D::Error::custom(
                "a condition value is a string, a number or a boolean",
            )),
        }
    }
}

/// An object as (name, value) pairs in order; repeated names are refused.
struct Entries<T>(Vec<(String, T)>);

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut seen = BTreeSet::new();
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom(format!("`{name}` is there twice")));
            }
            entries.push((name, map.next_value()?));
        }
        Ok(Entries(entries))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let operators = Entries::<Entries<ConditionValues>>::deserialize(deserializer)?.0;
        Ok(Self(
            operators
                .into_iter()
                .map(|(name, keys)| (name, keys.0))
                .collect(),
        ))
    }
}

struct PrincipalsVisitor;

impl<'de> Visitor<'de> for PrincipalsVisitor {
    type Value = Principals;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"*\" or an object such as {\"AWS\": …}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(match text {
            "*" => Principals::Everyone,
            text => Principals::Bare(text.to_owned()),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Principals::Named(
            EntriesVisitor(PhantomData).visit_map(map)?.0,
        ))
    }
}

impl<'de> Deserialize<'de> for Principals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PrincipalsVisitor)
    }
}
