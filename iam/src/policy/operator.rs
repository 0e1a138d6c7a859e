//! Condition operators: what they compare, and how. Source: IAM User Guide, condition operators.

use super::glob::Pattern;
use core::net::IpAddr;

/// How many of a key's values must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    Single,
    ForAll,
    ForAny,
}

/// What a base operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    TextIgnoreCase,
    Like,
    Arn,
    Number(Compare),
    Date(Compare),
    Bool,
    Binary,
    Ip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Operator without prefix and `IfExists`, what it compares, whether it is negated.
#[rustfmt::skip]
const OPERATORS: [(&str, Kind, bool); 26] = [
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
    ("numericlessthanequals", Kind::Number(Compare::LessEqual), false),
    ("numericgreaterthan", Kind::Number(Compare::Greater), false),
    ("numericgreaterthanequals", Kind::Number(Compare::GreaterEqual), false),
    ("dateequals", Kind::Date(Compare::Equal), false),
    ("datenotequals", Kind::Date(Compare::Equal), true),
    ("datelessthan", Kind::Date(Compare::Less), false),
    ("datelessthanequals", Kind::Date(Compare::LessEqual), false),
    ("dategreaterthan", Kind::Date(Compare::Greater), false),
    ("dategreaterthanequals", Kind::Date(Compare::GreaterEqual), false),
    ("bool", Kind::Bool, false),
    ("binaryequals", Kind::Binary, false),
    ("ipaddress", Kind::Ip, false),
    ("notipaddress", Kind::Ip, true),
];

/// A condition operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) quantifier: Quantifier,
    pub(super) kind: Kind,
    pub(super) negated: bool,
    pub(super) if_exists: bool,
}

impl Operator {
    /// The operator of that name in lower case; None for `null` and for what is not known.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("forallvalues", rest)) => (Quantifier::ForAll, rest),
            Some(("foranyvalue", rest)) => (Quantifier::ForAny, rest),
            Some(_) => return None,
            None => (Quantifier::Single, name),
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

    /// Whether a key with these values passes, `hit` saying whether one value is among those wanted.
    pub(super) fn holds(self, values: &[String], hit: impl Fn(&str) -> bool) -> bool {
        if values.is_empty() {
            return match self.quantifier {
                Quantifier::Single => self.negated || self.if_exists,
                Quantifier::ForAll => true,
                Quantifier::ForAny => self.if_exists,
            };
        }
        match self.quantifier {
            Quantifier::Single => values.iter().any(|v| hit(v)) != self.negated,
            Quantifier::ForAll => values.iter().all(|v| hit(v) != self.negated),
            Quantifier::ForAny => values.iter().any(|v| hit(v) != self.negated),
        }
    }
}

impl Kind {
    /// The wanted text as a pattern, for operators that compare text. Variables stay.
    pub(super) fn pattern(self, wanted: &str, variables: bool) -> Option<Pattern> {
        let pattern = if variables {
            Pattern::new(wanted)
        } else {
            Pattern::without_variables(wanted)
        };
        match self {
            Self::Text | Self::TextIgnoreCase => Some(pattern.unwildcarded()),
            Self::Binary => Some(Pattern::literal(wanted)),
            Self::Like | Self::Arn => Some(pattern),
            _ => None,
        }
    }

    /// The pattern as this operator reads it, its variables replaced.
    pub(super) fn reading(self, pattern: Pattern) -> Pattern {
        match self {
            Self::TextIgnoreCase => pattern.folded(),
            Self::Arn => pattern.arn(),
            _ => pattern,
        }
    }

    /// Whether the operator can compare with the wanted text: it is a number, a date, an address, as it should be. A
    /// variable may become anything.
    pub(super) fn understands(self, wanted: &str) -> bool {
        match self {
            Self::Number(_) => number(wanted).is_some(),
            Self::Date(_) => seconds(wanted).is_some(),
            Self::Ip => network(wanted).is_some(),
            Self::Bool => is_boolean(wanted),
            Self::Arn => wanted.splitn(6, ':').count() == 6 || wanted.contains("${"),
            Self::Text | Self::TextIgnoreCase | Self::Like | Self::Binary => true,
        }
    }
}

impl Compare {
    pub(super) fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Less => a < b,
            Self::LessEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterEqual => a >= b,
        }
    }
}

/// `true` or `false`, in whatever case.
pub(super) fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// A finite number.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Seconds since 1970 of a number of seconds or of a time, a day or a month as the W3C writes them (ISO 8601); a time
/// may lack its seconds.
pub(super) fn seconds(text: &str) -> Option<f64> {
    if let Some(number) = number(text) {
        return Some(number);
    }
    let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
    let to_the_minute = || {
        let (minutes, zone) = text.split_at_checked("2026-11-30T12:00".len())?;
        time(&format!("{minutes}:00{zone}"))
    };
    let day = |text: &str| text.parse::<chrono::NaiveDate>().ok();
    let month = || {
        let bare = text.len() == "2026-11".len();
        bare.then(|| day(&format!("{text}-01"))).flatten()
    };
    let midnight = || Some(day(text).or_else(month)?.and_hms_opt(0, 0, 0)?.and_utc());
    time(text)
        .or_else(to_the_minute)
        .map(|time| time.timestamp_millis())
        .or_else(|| Some(midnight()?.timestamp_millis()))
        .map(|millis| millis as f64 / 1000.0)
}

/// First and last address of a network, as numbers, and whether it is IPv6.
pub(super) fn network(text: &str) -> Option<(u128, u128, bool)> {
    let (base, bits) = match text.split_once('/') {
        Some((base, bits)) => (base, Some(bits.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let (address, width, six): (u128, u32, bool) = match base.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32, false),
        IpAddr::V6(v6) => (u128::from(v6), 128, true),
    };
    let host = width.checked_sub(bits.unwrap_or(width))?;
    let mask = u128::MAX.checked_shr(128 - host).unwrap_or(0);
    Some((address & !mask, address | mask, six))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(seconds("1970-01-02"), Some(86_400.0));
        assert_eq!(seconds("1970-01-01T00:01:00Z"), Some(60.0));
        assert_eq!(seconds("1970-01-01T01:00:00.5+01:00"), Some(0.5));
        assert_eq!(seconds("1970-01-01T00:01Z"), Some(60.0));
        assert_eq!(seconds("1970-01-01T01:01+01:00"), Some(60.0));
        assert_eq!(seconds("1970-02"), Some(31.0 * 86_400.0));
        assert_eq!(seconds("86400"), Some(86_400.0));
        for text in [
            "NaN",
            "",
            "soon",
            "1970-13",
            "1970-01-32",
            "1970-01-01T25:00Z",
            "1970-01-01 00:01Zé",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
