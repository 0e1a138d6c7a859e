//! The ARNs of one resource type that the request parameters spell.

use std::borrow::Cow;

use super::arn::Arn;
use super::facts::Facts;
use super::found::{Found, Values};
use super::pattern::Fit;
use super::special::{is_aws_owned, is_implied};
use super::types::{Format, TypePlan, Variable};
use super::values::decode;

impl TypePlan {
    /// Finds the type's resources in the request: all filled in full, or all in part, unknown variables as `*`. With
    /// `full` a resource filled in part is of no use.
    pub(crate) fn fill(&self, at: usize, facts: &Facts<'_>, full: bool, found: &mut Found) {
        let before = found.len();
        for source in &self.arns {
            source.values(&facts.params, &mut |raw| self.whole(at, &raw, found));
        }
        if found.len() > before {
            return;
        }
        for format in &self.formats {
            let mark = found.len();
            self.fill_format(at, format, facts, full, found);
            found.keep_fuller(before, mark);
        }
    }

    /// Takes a value that is an ARN of this type.
    fn whole(&self, at: usize, raw: &str, found: &mut Found) {
        let raw = if raw.starts_with("arn%3A") {
            decode(raw)
        } else {
            Cow::Borrowed(raw)
        };
        let arn = self.arn_rule.trim(&raw);
        if arn.starts_with("arn:") && self.matches(Arn::new(arn), Fit::Loose) {
            found.add(at, |out| self.arn_rule.push(out, arn));
        }
    }

    fn fill_format(
        &self,
        at: usize,
        format: &Format,
        facts: &Facts<'_>,
        full: bool,
        found: &mut Found,
    ) {
        if format.variables.is_empty() {
            if self.required && is_implied(&self.service, &self.name) {
                self.any(at, facts, found);
            }
            return;
        }
        let before = found.len();
        found.values().clear();
        let mut known = 0;
        for (index, variable) in format.variables.iter().enumerate() {
            match self.fill_variable(at, (index, variable), facts, found) {
                true => known += 1,
                false if full => return found.truncate(before),
                false => {}
            }
        }
        let whole = found.len() > before && format.variables.len() > 1;
        if known == 0 || whole {
            return;
        }
        let counts = (0..format.variables.len()).map(|index| found.values().count(index));
        let rows = counts.max().unwrap_or(0);
        let partial = known < format.variables.len();
        for row in 0..rows {
            found.add_row(at, partial, |out, values| {
                self.write(format, &Row::Of(values, row), facts, out)
            });
        }
    }

    /// The values of the first source that has any.
    fn fill_variable(
        &self,
        at: usize,
        (index, variable): (usize, &Variable),
        facts: &Facts<'_>,
        found: &mut Found,
    ) -> bool {
        for source in &variable.sources {
            let before = (found.values().len(), found.len());
            source.values(&facts.params, &mut |raw| {
                if raw.starts_with("arn") {
                    self.whole(at, &raw, found);
                }
                if let Some(part) = variable.rule.part(&raw) {
                    found.values().add(index, &raw, &part);
                }
            });
            if (found.values().len(), found.len()) != before {
                return true;
            }
        }
        if let Some(default) = variable.default {
            found.values().add(index, default, default);
        }
        variable.default.is_some()
    }

    /// One resource: what the values of a row do not say is `*`.
    fn write(&self, format: &Format, row: &Row<'_>, facts: &Facts<'_>, out: &mut String) {
        let mut place = facts.place();
        for (index, variable) in format.variables.iter().enumerate() {
            let Some((raw, _)) = row.get(index) else {
                continue;
            };
            place = place.owned_by(variable.rule.owner(raw));
            if is_aws_owned(&self.service, &self.name, raw) {
                place.account = "";
            }
        }
        format.pattern.write(out, &place, &mut |index, out| {
            let variable = format.variables.get(index);
            match variable.zip(row.get(index)) {
                Some((variable, (_, part))) => {
                    let part = without_prefix(out, part);
                    variable.rule.write(part, facts.path(), out)
                }
                None => out.push('*'),
            }
        });
        self.arn_rule.finish(out);
    }

    /// The resource of a name that is known to be of the type; for types with one variable.
    pub(crate) fn named(&self, at: usize, name: &str, facts: &Facts<'_>, found: &mut Found) {
        let mut formats = self.formats.iter();
        if let Some(format) = formats.find(|format| format.variables.len() == 1) {
            found.add(at, |out| self.write(format, &Row::Name(name), facts, out));
        }
    }

    /// Has no variables: there is one such resource in the account and region, and every call means it.
    pub(crate) fn is_constant(&self) -> bool {
        let mut formats = self.formats.iter();
        !self.formats.is_empty()
            && formats.all(|format| format.variables.is_empty())
            && is_implied(&self.service, &self.name)
    }

    /// Any resource of the type.
    pub(crate) fn any(&self, at: usize, facts: &Facts<'_>, found: &mut Found) {
        for format in &self.formats {
            found.add(at, |out| {
                format
                    .pattern
                    .write(out, &facts.place(), &mut |_, out| out.push('*'))
            });
        }
    }
}

/// The part of an id behind what the format writes before it: `p-1` after `policy/o-abc/p-` is `1`.
fn without_prefix<'v>(written: &str, part: &'v str) -> &'v str {
    let divides = written.bytes().rposition(|b| matches!(b, b'/' | b':'));
    let start = divides.map_or(0, |at| at + 1);
    let prefix = written.get(start..).unwrap_or_default();
    let rest = part.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    rest.unwrap_or(part)
}

/// The values of one resource's variables.
enum Row<'v> {
    /// Those of one position; a variable that has fewer gives its first.
    Of(&'v Values, usize),
    /// The same for all.
    Name(&'v str),
}

impl Row<'_> {
    /// The value as logged, and the part of it that the variable is.
    fn get(&self, variable: usize) -> Option<(&str, &str)> {
        match self {
            Row::Of(values, row) => values.get(variable, *row),
            Row::Name(name) => Some((name, name)),
        }
    }
}
