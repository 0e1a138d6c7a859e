//! Conditions: the tests of a condition block, and whether a request's context passes them.

use super::document::{Condition, ConditionValues};
use super::glob::Pattern;
use super::operator::{Kind, Operator, is_boolean};
use super::wanted::Wanted;
use std::collections::BTreeMap;

/// Context keys in lower case, with their values.
pub(super) type Context = BTreeMap<String, Vec<String>>;

/// Whether a statement applies: known, or not decidable with what is modelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown(String),
}

impl Truth {
    pub(super) fn and(self, other: impl FnOnce() -> Truth) -> Truth {
        match self {
            Truth::No => Truth::No,
            Truth::Yes => other(),
            Truth::Unknown(why) => match other() {
                Truth::No => Truth::No,
                _ => Truth::Unknown(why),
            },
        }
    }

    pub(super) fn or(self, other: impl FnOnce() -> Truth) -> Truth {
        match self {
            Truth::Yes => Truth::Yes,
            Truth::No => other(),
            Truth::Unknown(why) => match other() {
                Truth::Yes => Truth::Yes,
                _ => Truth::Unknown(why),
            },
        }
    }
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Truth::Yes } else { Truth::No }
    }
}

/// One operator on one key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    /// The key in lower case.
    pub(super) key: String,
    /// The operator in lower case.
    pub(super) name: String,
    /// None for `null` and for operators that are not known.
    pub(super) operator: Option<Operator>,
    /// What is compared with, sorted.
    pub(super) wanted: Vec<String>,
    /// The same, as the operator reads it; empty without one.
    read: Vec<Wanted>,
    /// A wanted text that the operator cannot compare with. IAM rejects it when the policy is stored; where it is there
    /// all the same, nobody says what it means.
    malformed: Option<String>,
}

impl Test {
    fn new(operator: &str, key: &str, values: &ConditionValues, variables: bool) -> Self {
        let name = operator.to_ascii_lowercase();
        let mut wanted: Vec<String> = values.items.iter().map(|v| v.text().to_owned()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let operator = Operator::parse(&name);
        let read = |operator: Operator| {
            let texts = wanted.iter();
            texts
                .map(|text| Wanted::read(operator.kind, text, variables))
                .collect()
        };
        let read: Vec<Wanted> = operator.map(read).unwrap_or_default();
        let malformed = match operator {
            Some(_) => read.iter().position(|read| *read == Wanted::Malformed),
            None => wanted
                .iter()
                .position(|text| name == "null" && !is_boolean(text)),
        };
        Self {
            key: key.to_ascii_lowercase(),
            malformed: malformed.and_then(|at| wanted.get(at)).cloned(),
            read,
            operator,
            name,
            wanted,
        }
    }

    /// Whether the test asks for the key's presence only.
    pub(super) fn is_null(&self) -> bool {
        self.name == "null"
    }

    /// Whether the values of this key alone decide the test.
    pub(super) fn is_modelled(&self) -> bool {
        let known = self.is_null() || self.operator.is_some();
        known && self.malformed.is_none() && !self.patterns().any(Pattern::has_variable)
    }

    /// The wanted texts as patterns, for operators that compare text; variables stay.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.read.iter().filter_map(Wanted::pattern)
    }

    /// Whether one value is among those wanted (before negation).
    pub(super) fn hit(&self, value: &str, context: &Context) -> bool {
        self.read.iter().any(|wanted| wanted.hit(value, context))
    }

    /// Whether the key passes with these values; none means that the key is absent.
    pub(super) fn holds(&self, values: &[String], context: &Context) -> Truth {
        let decides = self.is_null() || !values.is_empty();
        if let Some(wanted) = self.malformed.as_ref().filter(|_| decides) {
            let name = &self.name;
            return Truth::Unknown(format!("`{name}` cannot compare with `{wanted}`"));
        }
        if self.is_null() {
            let absent = if values.is_empty() { "true" } else { "false" };
            let mut wanted = self.wanted.iter();
            return wanted.any(|w| w.eq_ignore_ascii_case(absent)).into();
        }
        match self.operator {
            Some(operator) => operator
                .holds(values, |value| self.hit(value, context))
                .into(),
            None => Truth::Unknown(format!(
                "the condition operator `{}` is not modelled",
                self.name
            )),
        }
    }
}

/// The tests of a block, all of which must hold.
pub(super) fn tests(condition: &Condition, variables: bool) -> impl Iterator<Item = Test> {
    condition.0.iter().flat_map(move |(operator, keys)| {
        keys.iter()
            .map(move |(key, values)| Test::new(operator, key, values, variables))
    })
}

/// Whether the context passes every test.
pub(super) fn satisfied(tests: &[Test], context: &Context) -> Truth {
    tests.iter().fold(Truth::Yes, |truth, test| {
        truth.and(|| {
            let values = context.get(&test.key).map_or(&[][..], Vec::as_slice);
            test.holds(values, context)
        })
    })
}

/// Whether text operators decide the kind.
pub(super) fn compares_text(kind: Kind) -> bool {
    kind.pattern("", false).is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::super::Policy;
    use super::*;

    fn check(condition: &str, context: &[(&str, &[&str])], expect: bool) {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
        );
        let policy = Policy::parse(&text).unwrap();
        let context = context
            .iter()
            .map(|(key, values)| {
                let values = values.iter().map(|v| (*v).to_owned()).collect();
                ((*key).to_owned(), values)
            })
            .collect();
        let block = &policy.statements.first().unwrap().condition;
        let tests: Vec<Test> = tests(block, true).collect();
        assert_eq!(
            satisfied(&tests, &context),
            expect.into(),
            "{condition} {context:?}"
        );
    }

    #[test]
    fn absent_keys() {
        check(r#"{"StringEquals":{"k":"v"}}"#, &[], false);
        check(r#"{"StringEqualsIfExists":{"k":"v"}}"#, &[], true);
        check(r#"{"StringNotEquals":{"k":"v"}}"#, &[], true);
        check(r#"{"ForAllValues:StringEquals":{"k":"v"}}"#, &[], true);
        check(r#"{"ForAnyValue:StringEquals":{"k":"v"}}"#, &[], false);
        check(r#"{"Null":{"k":"true"}}"#, &[], true);
        check(r#"{"Null":{"k":false}}"#, &[], false);
    }

    #[test]
    fn several_values() {
        let both: &[(&str, &[&str])] = &[("k", &["a", "b"])];
        check(
            r#"{"ForAllValues:StringEquals":{"k":["a","b","c"]}}"#,
            both,
            true,
        );
        check(r#"{"ForAllValues:StringEquals":{"k":"a"}}"#, both, false);
        check(r#"{"ForAnyValue:StringEquals":{"k":"a"}}"#, both, true);
        check(r#"{"ForAnyValue:StringNotEquals":{"k":"a"}}"#, both, true);
        check(r#"{"StringNotEquals":{"k":["a","z"]}}"#, both, false);
    }

    #[test]
    fn kinds() {
        let check = |operator: &str, wanted: &str, value: &str, expect| {
            let block = format!(r#"{{"{operator}":{{"K":{wanted}}}}}"#);
            check(&block, &[("k", &[value])], expect);
        };
        check("StringEquals", r#""a*""#, "ab", false);
        check("StringEquals", r#""a*""#, "a*", true);
        check("StringEqualsIgnoreCase", r#""aB""#, "Ab", true);
        check("StringLike", r#""a?*""#, "ab", true);
        check("NumericLessThan", "3600", "3599.5", true);
        check("NumericLessThan", "3600", "many", false);
        check(
            "DateGreaterThan",
            r#""2026-01-01T00:00:00Z""#,
            "2026-01-02",
            true,
        );
        check("Bool", "true", "True", true);
        check("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ5", true);
        check("IpAddress", r#""10.0.0.0/8""#, "10.2.3.4", true);
        check(
            "ArnLike",
            r#""arn:aws:iam::*:role/x""#,
            "arn:aws:iam::1:role/x",
            true,
        );
        check(
            "ArnLike",
            r#""arn:aws:*:*:1:role/x""#,
            "arn:aws:iam::2:1:role/x",
            false,
        );
        check(
            "ArnEquals",
            r#""arn:aws:sns:*:*:t:*""#,
            "arn:aws:sns:r:1:t:u:v",
            true,
        );
    }

    #[test]
    fn variables() {
        let like = r#"{"ArnLike":{"k":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}}"#;
        let k: &[&str] = &["arn:aws:iam::1:role/x"];
        check(like, &[("k", k), ("aws:principalaccount", &["1"])], true);
        check(like, &[("k", k), ("aws:principalaccount", &["2"])], false);
        check(like, &[("k", k)], false);
        check(
            r#"{"StringEquals":{"k":"${j, 'None'}"}}"#,
            &[("k", &["None"])],
            true,
        );
    }
}
