//! Conditions: whether a request's context satisfies a condition block.

use super::document::{Condition, ConditionValues};
use super::glob::Pattern;
use super::request::Request;
use core::net::IpAddr;

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
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Truth::Yes } else { Truth::No }
    }
}

/// How many of a key's values must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Single,
    ForAll,
    ForAny,
}

/// What a base operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    TextIgnoreCase,
    Like,
    Arn,
    Number(Compare),
    Date(Compare),
    Bool,
    Ip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Operator, what it compares, whether it is negated. Source: IAM User Guide, condition operators.
const OPERATORS: [(&str, Kind, bool); 25] = [
    ("stringequals", Kind::Text, false),
    ("stringnotequals", Kind::Text, true),
    ("stringequalsignorecase", Kind::TextIgnoreCase, false),
    ("stringnotequalsignorecase", Kind::TextIgnoreCase, true),
    ("stringlike", Kind::Like, false),
    ("stringnotlike", Kind::Like, true),
    ("arnequals", Kind::Arn, false),
    ("arnlike", Kind::Arn, false),
    ("arnnotequals", Kind::Arn, true),
    ("arnnotlike", Kind::Arn, true),
    ("numericequals", Kind::Number(Compare::Equal), false),
    ("numericnotequals", Kind::Number(Compare::Equal), true),
    ("numericlessthan", Kind::Number(Compare::Less), false),
    (
        "numericlessthanequals",
        Kind::Number(Compare::LessEqual),
        false,
    ),
    ("numericgreaterthan", Kind::Number(Compare::Greater), false),
    (
        "numericgreaterthanequals",
        Kind::Number(Compare::GreaterEqual),
        false,
    ),
    ("dateequals", Kind::Date(Compare::Equal), false),
    ("datenotequals", Kind::Date(Compare::Equal), true),
    ("datelessthan", Kind::Date(Compare::Less), false),
    ("datelessthanequals", Kind::Date(Compare::LessEqual), false),
    ("dategreaterthan", Kind::Date(Compare::Greater), false),
    (
        "dategreaterthanequals",
        Kind::Date(Compare::GreaterEqual),
        false,
    ),
    ("bool", Kind::Bool, false),
    ("ipaddress", Kind::Ip, false),
    ("notipaddress", Kind::Ip, true),
];

/// A condition operator, taken apart.
#[derive(Debug, Clone, Copy)]
struct Operator {
    quantifier: Quantifier,
    kind: Kind,
    negated: bool,
    if_exists: bool,
}

impl Operator {
    fn parse(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Quantifier::ForAll, rest),
            Some(("foranyvalue", rest)) => (Quantifier::ForAny, rest),
            Some(_) => return None,
            None => (Quantifier::Single, lower.as_str()),
        };
        let (base, if_exists) = match rest.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let (_, kind, negated) = OPERATORS.iter().find(|(name, _, _)| *name == base)?;
        Some(Self {
            quantifier,
            kind: *kind,
            negated: *negated,
            if_exists,
        })
    }

    fn test(self, values: &[String], wanted: &ConditionValues, request: &Request) -> bool {
        if values.is_empty() {
            return match self.quantifier {
                Quantifier::Single => self.negated || self.if_exists,
                Quantifier::ForAll => true,
                Quantifier::ForAny => self.if_exists,
            };
        }
        let hit = |value: &String| {
            let mut wanted = wanted.items.iter();
            wanted.any(|wanted| self.kind.compare(value, wanted.text(), request))
        };
        match self.quantifier {
            Quantifier::Single => values.iter().any(hit) != self.negated,
            Quantifier::ForAll => values.iter().all(|value| hit(value) != self.negated),
            Quantifier::ForAny => values.iter().any(|value| hit(value) != self.negated),
        }
    }
}

impl Kind {
    fn compare(self, value: &str, wanted: &str, request: &Request) -> bool {
        let resolved = || Pattern::new(wanted).resolve(&request.context);
        match self {
            Self::Text => resolved().is_some_and(|p| p.unwildcarded().matches(value)),
            Self::TextIgnoreCase => Pattern::new(&wanted.to_lowercase())
                .resolve(&request.context)
                .is_some_and(|p| p.unwildcarded().matches(&value.to_lowercase())),
            Self::Like => resolved().is_some_and(|p| p.matches(value)),
            Self::Arn => arn_like(wanted, value, request),
            Self::Number(compare) => both(value, wanted, |text| text.parse::<f64>().ok())
                .is_some_and(|(a, b)| compare.holds(a, b)),
            Self::Date(compare) => {
                both(value, wanted, seconds).is_some_and(|(a, b)| compare.holds(a, b))
            }
            Self::Bool => value.eq_ignore_ascii_case(wanted),
            Self::Ip => in_network(value, wanted),
        }
    }
}

impl Compare {
    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Less => a < b,
            Self::LessEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterEqual => a >= b,
        }
    }
}

fn both<T>(a: &str, b: &str, read: impl Fn(&str) -> Option<T>) -> Option<(T, T)> {
    Some((read(a)?, read(b)?))
}

/// Seconds since 1970 of an ISO 8601 time or day, or of a number of seconds.
fn seconds(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let time = chrono::DateTime::parse_from_rfc3339(text).map(|time| time.timestamp());
    let day = || text.parse::<chrono::NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
    time.ok()
        .or_else(|| Some(day()?.and_utc().timestamp()))
        .map(|seconds| seconds as f64)
}

/// ARN comparison: each of the six parts on its own.
fn arn_like(pattern: &str, value: &str, request: &Request) -> bool {
    let (patterns, values): (Vec<_>, Vec<_>) = (
        pattern.splitn(6, ':').collect(),
        value.splitn(6, ':').collect(),
    );
    patterns.len() == values.len()
        && patterns.iter().zip(&values).all(|(pattern, value)| {
            Pattern::new(pattern)
                .resolve(&request.context)
                .is_some_and(|pattern| pattern.matches(value))
        })
}

fn in_network(address: &str, network: &str) -> bool {
    let (base, bits) = match network.split_once('/') {
        Some((base, bits)) => (base, bits.parse::<u32>().ok()),
        None => (network, Some(u32::MAX)),
    };
    let (Ok(address), Ok(base), Some(bits)) = (address.parse(), base.parse(), bits) else {
        return false;
    };
    match (address, base) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            same_prefix(u32::from(a).into(), u32::from(b).into(), 32, bits)
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => same_prefix(u128::from(a), u128::from(b), 128, bits),
        _ => false,
    }
}

fn same_prefix(a: u128, b: u128, width: u32, bits: u32) -> bool {
    let host_bits = width - bits.min(width);
    a.checked_shr(host_bits).unwrap_or(0) == b.checked_shr(host_bits).unwrap_or(0)
}

/// Whether the request satisfies every operator and key of the block.
pub(super) fn satisfied(condition: &Condition, request: &Request) -> Truth {
    let mut truth = Truth::Yes;
    for (operator, keys) in &condition.0 {
        for (key, wanted) in keys {
            truth = truth.and(|| key_satisfied(operator, key, wanted, request));
        }
    }
    truth
}

fn key_satisfied(operator: &str, key: &str, wanted: &ConditionValues, request: &Request) -> Truth {
    let values = request.context.get(&key.to_ascii_lowercase());
    let values = values.map_or(&[][..], Vec::as_slice);
    if operator.eq_ignore_ascii_case("Null") {
        let mut wanted = wanted.items.iter();
        return wanted
            .any(|w| w.text().eq_ignore_ascii_case("true") == values.is_empty())
            .into();
    }
    match Operator::parse(operator) {
        Some(operator) => operator.test(values, wanted, request).into(),
        None => Truth::Unknown(format!(
            "the condition operator `{operator}` is not modelled"
        )),
    }
}
