//! Printing a policy document: in the shape it was read, elements in AWS's usual order.

use super::document::{
    ActionElement, Condition, ConditionValues, Effect, Policy, PrincipalElement, Principals,
    ResourceElement, Scalar, Statement, Values,
};
use serde::ser::{Serialize, SerializeMap, Serializer};

impl Policy {
    /// The document as indented JSON (2 spaces) with a final newline.
    pub fn to_json(&self) -> String {
        // Serialising strings, arrays and objects with string keys into memory cannot fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Characters that count towards IAM's quotas: all but white space outside strings.
    pub fn size(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |text| text.chars().count())
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        optional(&mut map, "Version", self.version.as_ref())?;
        optional(&mut map, "Id", self.id.as_ref())?;
        match self.statements.as_slice() {
            [only] if self.bare_statement => map.serialize_entry("Statement", only)?,
            all => map.serialize_entry("Statement", all)?,
        }
        map.end()
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        optional(&mut map, "Sid", self.sid.as_ref())?;
        map.serialize_entry("Effect", &self.effect)?;
        match &self.principal {
            Some(PrincipalElement::Principal(named)) => map.serialize_entry("Principal", named)?,
            Some(PrincipalElement::NotPrincipal(named)) => {
                map.serialize_entry("NotPrincipal", named)?
            }
            None => {}
        }
        match &self.action {
            ActionElement::Action(values) => map.serialize_entry("Action", values)?,
            ActionElement::NotAction(values) => map.serialize_entry("NotAction", values)?,
        }
        match &self.resource {
            Some(ResourceElement::Resource(values)) => map.serialize_entry("Resource", values)?,
            Some(ResourceElement::NotResource(values)) => {
                map.serialize_entry("NotResource", values)?
            }
            None => {}
        }
        optional(
            &mut map,
            "Condition",
            (!self.condition.0.is_empty()).then_some(&self.condition),
        )?;
        map.end()
    }
}

fn optional<M: SerializeMap, T: Serialize>(
    map: &mut M,
    name: &'static str,
    value: Option<&T>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

impl Serialize for Effect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        })
    }
}

impl Serialize for Principals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Everyone => serializer.serialize_str("*"),
            Self::Bare(name) => serializer.serialize_str(name),
            Self::Named(named) => {
                serializer.collect_map(named.iter().map(|(kind, values)| (kind, values)))
            }
        }
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.items.as_slice() {
            [only] if self.bare => only.serialize(serializer),
            all => all.serialize(serializer),
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(operator, keys)| (operator, Keys(keys))))
    }
}

struct Keys<'a>(&'a [(String, ConditionValues)]);

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, values)| (key, values)))
    }
}

impl Serialize for ConditionValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.items.as_slice() {
            [only] if self.bare => only.serialize(serializer),
            all => all.serialize(serializer),
        }
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(text) => match text.parse::<serde_json::Number>() {
                Ok(number) => number.serialize(serializer),
                Err(_) => serializer.serialize_str(text),
            },
        }
    }
}
