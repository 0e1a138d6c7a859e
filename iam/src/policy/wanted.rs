//! What a condition compares with: each text read once, as its operator reads it.

use super::condition::Context;
use super::glob::Pattern;
use super::operator::{Compare, Kind, network, number, seconds};
use core::net::IpAddr;

/// A text that a condition wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    /// The texts of a pattern.
    Text(Pattern),
    /// The same, when its variables have values.
    Open(Kind, Pattern),
    Number(Compare, f64),
    /// Seconds since 1970.
    Time(Compare, f64),
    Flag(bool),
    /// First and last address, and whether they are IPv6.
    Network(u128, u128, bool),
    /// Nothing that the operator can compare with.
    Malformed,
}

impl Wanted {
    /// Reads a text; in it `variables` says whether `${…}` has a meaning.
    pub(super) fn read(kind: Kind, text: &str, variables: bool) -> Self {
        if !kind.understands(text) {
            return Self::Malformed;
        }
        match kind.pattern(text, variables) {
            Some(pattern) if pattern.has_variable() => Self::Open(kind, pattern),
            Some(pattern) => Self::Text(kind.reading(pattern)),
            None => Self::plain(kind, text).unwrap_or(Self::Malformed),
        }
    }

    fn plain(kind: Kind, text: &str) -> Option<Self> {
        match kind {
            Kind::Number(compare) => Some(Self::Number(compare, number(text)?)),
            Kind::Date(compare) => Some(Self::Time(compare, seconds(text)?)),
            Kind::Bool => Some(Self::Flag(text.eq_ignore_ascii_case("true"))),
            Kind::Ip => network(text).map(|(first, last, six)| Self::Network(first, last, six)),
            Kind::Text | Kind::TextIgnoreCase | Kind::Like | Kind::Arn | Kind::Binary => None,
        }
    }

    /// The pattern, of operators that compare text.
    pub(super) fn pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Text(pattern) | Self::Open(_, pattern) => Some(pattern),
            _ => None,
        }
    }

    /// Whether a value is what is wanted.
    pub(super) fn hit(&self, value: &str, context: &Context) -> bool {
        let compared = |compare: Compare, read: fn(&str) -> Option<f64>, wanted: f64| {
            read(value).is_some_and(|value| compare.holds(value, wanted))
        };
        match self {
            Self::Text(pattern) => pattern.matches(value),
            Self::Open(kind, pattern) => pattern
                .resolve(context)
                .is_some_and(|pattern| kind.reading(pattern).matches(value)),
            Self::Number(compare, wanted) => compared(*compare, number, *wanted),
            Self::Time(compare, wanted) => compared(*compare, seconds, *wanted),
            Self::Flag(wanted) => {
                value.eq_ignore_ascii_case(if *wanted { "true" } else { "false" })
            }
            Self::Network(first, last, six) => address(value)
                .is_some_and(|(at, of_six)| of_six == *six && (*first..=*last).contains(&at)),
            Self::Malformed => false,
        }
    }
}

/// An address as a number, and whether it is IPv6.
fn address(text: &str) -> Option<(u128, bool)> {
    Some(match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), false),
        IpAddr::V6(v6) => (u128::from(v6), true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let check = |address, wanted, expect| {
            let read = Wanted::read(Kind::Ip, wanted, true);
            assert_eq!(
                read.hit(address, &Context::new()),
                expect,
                "{address} {wanted}"
            );
        };
        check("10.1.2.3", "10.0.0.0/8", true);
        check("11.1.2.3", "10.0.0.0/8", false);
        check("10.1.2.3", "10.1.2.3", true);
        check("10.1.2.3", "0.0.0.0/0", true);
        check("2001:db8::1", "2001:db8::/32", true);
        check("2001:db8::1", "::/0", true);
        check("2001:db8::1", "0.0.0.0/0", false);
        check("10.0.0.0/9", "10.0.0.0/8", false);
        check("x", "10.0.0.0/8", false);
        check("10.1.2.3", "10.1.2.3/33", false);
        check("10.1.2.3", "10.1.2.3/", false);
        check("2001:db8::1", "2001:db8::1/128", true);
        check("2001:db8::2", "2001:db8::1/128", false);
        check("2001:DB8:0::1", "2001:db8::1", true);
    }
}
