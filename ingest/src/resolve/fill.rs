//! The ARNs of one resource type that the request parameters spell.

use std::borrow::Cow;

use super::facts::Facts;
use super::params::VALUES;
use super::pattern::Fit;
use super::special::{is_aws_owned, is_implied};
use super::types::{Format, TypePlan, Variable};
use super::values::decode;

/// What the parameters say of a resource type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Every variable.
    Full(Vec<String>),
    /// Some; the others are `*`.
    Partial(Vec<String>),
    /// Nothing.
    Nothing,
}

/// A value of a variable, by the variable's position in the format.
struct Filled<'a> {
    at: usize,
    raw: Cow<'a, str>,
}

impl TypePlan {
    /// The type's resources in the request. With `full` a resource filled in part is of no use.
    pub(crate) fn fill(&self, facts: &Facts<'_>, full: bool) -> Fill {
        let mut whole = Vec::new();
        for source in &self.arns {
            source.values(facts.params, &mut |raw| self.whole(&raw, &mut whole));
        }
        if !whole.is_empty() {
            return Fill::Full(whole);
        }
        let fills = self
            .formats
            .iter()
            .map(|format| self.fill_format(format, facts, full));
        fills.reduce(Fill::fuller).unwrap_or(Fill::Nothing)
    }

    /// Takes a value that is an ARN of this type.
    fn whole(&self, raw: &str, whole: &mut Vec<String>) {
        let raw = if raw.starts_with("arn%3A") {
            decode(raw)
        } else {
            Cow::Borrowed(raw)
        };
        let arn = self.arn_rule.trim(&raw);
        if arn.starts_with("arn:") && self.matches(arn, Fit::Loose) && whole.len() < VALUES {
            whole.push(self.arn_rule.pattern(arn));
        }
    }

    fn fill_format(&self, format: &Format, facts: &Facts<'_>, full: bool) -> Fill {
        if format.variables.is_empty() {
            return if self.required && is_implied(&self.service, &self.name) {
                Fill::Full(self.any(facts))
            } else {
                Fill::Nothing
            };
        }
        let mut whole = Vec::new();
        let mut filled = Vec::new();
        for (at, variable) in format.variables.iter().enumerate() {
            let known = self.fill_variable(at, variable, facts, &mut filled, &mut whole);
            if full && !known {
                return Fill::Nothing;
            }
        }
        if !whole.is_empty() {
            return Fill::Full(whole);
        }
        let known = (0..format.variables.len())
            .filter(|at| filled.iter().any(|value| value.at == *at))
            .count();
        match known {
            0 => Fill::Nothing,
            n if n == format.variables.len() => Fill::Full(self.write(format, &filled, facts)),
            _ => Fill::Partial(self.write(format, &filled, facts)),
        }
    }

    /// The values of the first source that has any.
    fn fill_variable<'a>(
        &self,
        at: usize,
        variable: &Variable,
        facts: &Facts<'a>,
        filled: &mut Vec<Filled<'a>>,
        whole: &mut Vec<String>,
    ) -> bool {
        for source in &variable.sources {
            let (before, arns) = (filled.len(), whole.len());
            source.values(facts.params, &mut |raw| {
                if raw.starts_with("arn") {
                    self.whole(&raw, whole);
                }
                if variable.rule.part(&raw).is_some() && filled.len() < VALUES {
                    filled.push(Filled { at, raw });
                }
            });
            if filled.len() > before || whole.len() > arns {
                return true;
            }
        }
        if let Some(default) = variable.default {
            filled.push(Filled {
                at,
                raw: Cow::Borrowed(default),
            });
        }
        variable.default.is_some()
    }

    /// One resource for each value of the variable that has most; the others give the value of the same position, or
    /// their first.
    fn write(&self, format: &Format, filled: &[Filled<'_>], facts: &Facts<'_>) -> Vec<String> {
        let of = |at: usize| filled.iter().filter(move |value| value.at == at);
        let rows = (0..format.variables.len())
            .map(|at| of(at).count())
            .max()
            .unwrap_or(0);
        (0..rows)
            .map(|row| {
                self.write_row(
                    format,
                    &|at| {
                        of(at)
                            .nth(row)
                            .or_else(|| of(at).next())
                            .map(|value| &*value.raw)
                    },
                    facts,
                )
            })
            .collect()
    }

    fn write_row<'v>(
        &self,
        format: &Format,
        value: &dyn Fn(usize) -> Option<&'v str>,
        facts: &Facts<'_>,
    ) -> String {
        let mut place = facts.place;
        for (at, variable) in format.variables.iter().enumerate() {
            let Some(raw) = value(at) else { continue };
            place = place.owned_by(variable.rule.owner(raw));
            if is_aws_owned(&self.service, &self.name, raw) {
                place.account = "";
            }
        }
        let mut out = String::with_capacity(96);
        format.pattern.write(&mut out, &place, &mut |at, out| {
            let variable = format.variables.get(at);
            let part = variable
                .zip(value(at))
                .and_then(|(variable, raw)| Some((variable, variable.rule.part(raw)?)));
            match part {
                Some((variable, part)) => variable.rule.write(&part, facts.path.as_deref(), out),
                None => out.push('*'),
            }
        });
        self.arn_rule.finish(&mut out);
        out
    }

    /// The resource of a name that is known to be of the type; for types with one variable.
    pub(crate) fn named(&self, name: &str, facts: &Facts<'_>) -> Option<String> {
        let format = self
            .formats
            .iter()
            .find(|format| format.variables.len() == 1)?;
        Some(self.write_row(format, &|_| Some(name), facts))
    }

    /// The type's only resource in the account and region, if it has no variables.
    pub(crate) fn only(&self, facts: &Facts<'_>) -> Option<String> {
        let constant = self
            .formats
            .iter()
            .all(|format| format.variables.is_empty());
        self.any(facts)
            .into_iter()
            .next()
            .filter(|_| constant && is_implied(&self.service, &self.name))
    }

    /// Any resource of the type.
    pub(crate) fn any(&self, facts: &Facts<'_>) -> Vec<String> {
        let write = |format: &Format| {
            let mut out = String::with_capacity(64);
            format
                .pattern
                .write(&mut out, &facts.place, &mut |_, out| out.push('*'));
            out
        };
        self.formats.iter().map(write).collect()
    }
}

impl Fill {
    fn fuller(self, other: Fill) -> Fill {
        match (&self, &other) {
            (Fill::Full(_), _) | (Fill::Partial(_), Fill::Partial(_) | Fill::Nothing) => self,
            _ => other,
        }
    }
}
