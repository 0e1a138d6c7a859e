//! The fill of an ARN pattern: which member each variable takes, in seven passes of falling certainty (step C1).
//!
//! What stays unfilled is `*`. A wrong fill is worse: it yields a statement that matches nothing.

use super::map_file::{Entry, plain_member};
use super::members::{Members, Taken};
use super::variable::{Kind, Variable, same_kind_ends};
use crate::catalogue::event::Member;

/// One pattern and what may fill it.
pub(crate) struct Fill<'f> {
    pub(crate) members: &'f Members,
    pub(crate) variables: &'f [Variable],
    /// [`crate::catalogue::event::norm`] of the resource type's name.
    pub(crate) resource_type: &'f str,
    /// The type is what the operation is about.
    pub(crate) own: bool,
    /// map.json's entries of the same action.
    pub(crate) entries: &'f [&'f Entry],
}

/// A filled variable: its name, the member, the pass that found it.
pub(crate) type Filled = (String, Member, usize);

type Pass<'f> = fn(&Fill<'f>, &Variable, &Taken) -> Option<Member>;

impl<'f> Fill<'f> {
    /// Runs all passes; variables that none fills are left out.
    pub(crate) fn run(&self) -> Vec<Filled> {
        let passes: [Pass<'f>; 7] = [
            Self::exact,
            Self::other_end,
            Self::mapped,
            Self::by_type,
            Self::single,
            Self::mapped_loosely,
            Self::list,
        ];
        let mut filled: Vec<Filled> = Vec::new();
        let mut taken = Taken::new();
        for (pass, number) in passes.into_iter().zip(1..) {
            for variable in self.variables {
                if filled.iter().any(|(name, _, _)| *name == variable.name) {
                    continue;
                }
                if let Some(member) = pass(self, variable, &taken) {
                    taken.insert(member.name.clone());
                    filled.push((variable.name.clone(), member, number));
                }
            }
        }
        filled
    }

    fn allows(&self, variable: &Variable) -> bool {
        self.own || !variable.generic
    }

    fn free(&self, norm: &str, taken: &Taken) -> Option<Member> {
        let member = self.members.scalar(norm)?;
        (!taken.contains(&member.name)).then_some(member)
    }

    /// 1. The member has exactly the variable's name. It may serve several variables.
    fn exact(&self, variable: &Variable, _: &Taken) -> Option<Member> {
        let member = self.members.scalar(&variable.norm);
        member.filter(|_| self.allows(variable))
    }

    /// 2. The same base with an end of the same kind.
    fn other_end(&self, variable: &Variable, taken: &Taken) -> Option<Member> {
        let base = match variable.generic {
            true => self.resource_type,
            false => &variable.base,
        };
        let ends = same_kind_ends(variable, self.variables);
        ends.into_iter()
            .find_map(|end| self.free(&format!("{base}{end}"), taken))
    }

    /// 3. map.json names a top-level member for the variable.
    fn mapped(&self, variable: &Variable, taken: &Taken) -> Option<Member> {
        let mut templates = self
            .entries
            .iter()
            .filter_map(|e| e.variable(&variable.name));
        let found = templates.find_map(|template| {
            let (name, list) = plain_member(template)?;
            self.members.named(name, list)
        });
        found.filter(|member| self.allows(variable) && !taken.contains(&member.name))
    }

    /// 4. The member is called after the type, for the variable that stands for the type's own name.
    fn by_type(&self, variable: &Variable, taken: &Taken) -> Option<Member> {
        let mut ends = self.type_ends(variable).into_iter();
        ends.find_map(|end| self.free(&format!("{}{end}", self.resource_type), taken))
    }

    fn type_ends(&self, variable: &Variable) -> Vec<&'static str> {
        let last = self.variables.last() == Some(variable);
        let stands = last
            || !variable.base.is_empty() && self.resource_type.ends_with(variable.base.as_str());
        match stands && variable.kind != Kind::Any {
            true => same_kind_ends(variable, self.variables),
            false => Vec::new(),
        }
    }

    /// 5. The pattern has no other variable: any likely name will do.
    fn single(&self, variable: &Variable, taken: &Taken) -> Option<Member> {
        if self.variables.len() != 1 {
            return None;
        }
        let ends: &[&str] = match variable.kind {
            Kind::Id => &["id", "identifier", ""],
            Kind::Name | Kind::Any => &["name", "id", "identifier", ""],
        };
        let base =
            Some(variable.base.as_str()).filter(|base| !variable.generic && !base.is_empty());
        let stems = base.into_iter().chain([self.resource_type]);
        let mut names = stems.flat_map(|stem| ends.iter().map(move |end| format!("{stem}{end}")));
        names
            .find_map(|name| self.free(&name, taken))
            .or_else(|| self.plain(variable, taken))
    }

    fn plain(&self, variable: &Variable, taken: &Taken) -> Option<Member> {
        let names: &[&str] = match (variable.kind, variable.generic) {
            (Kind::Id, false) => &["id", "identifier", "resourceid"],
            (Kind::Id, true) => &["id", "identifier", "resourceid", "name"],
            _ => &["name", "id", "identifier", "resourceid"],
        };
        let mut names = names.iter().filter(|_| self.own);
        names.find_map(|name| self.free(name, taken))
    }

    /// 6. map.json has another template: its first path stands for it, the value rules cut the value.
    fn mapped_loosely(&self, variable: &Variable, taken: &Taken) -> Option<Member> {
        let mut templates = self
            .entries
            .iter()
            .filter_map(|e| e.variable(&variable.name));
        let template = templates.find(|_| self.allows(variable))?;
        let path = template.split("${").nth(1)?.split('}').next()?;
        let root = path.split(['.', '[']).next()?;
        let member = match path.contains('.') {
            true => self.members.path(root, path)?,
            false => self.members.named(root, path.ends_with("[]"))?,
        };
        (!taken.contains(&member.name)).then_some(member)
    }

    /// 7. A list with a name that passes 1, 2 and 4 would take.
    fn list(&self, variable: &Variable, taken: &Taken) -> Option<Member> {
        let base = match variable.generic {
            true => self.resource_type,
            false => &variable.base,
        };
        let ends = same_kind_ends(variable, self.variables);
        let exact = Some(variable.norm.clone()).filter(|_| self.allows(variable));
        let by_base = ends.iter().map(|end| format!("{base}{end}"));
        let by_type = self.type_ends(variable);
        let by_type = by_type
            .iter()
            .map(|end| format!("{}{end}", self.resource_type));
        let single = self.own && self.variables.len() == 1;
        let plain = ends.iter().filter(|end| single && !end.is_empty());
        exact
            .into_iter()
            .chain(by_base)
            .chain(by_type)
            .chain(plain.map(|end| (*end).to_owned()))
            .flat_map(|stem| self.members.list_like(&stem))
            .find(|member| !taken.contains(&member.name))
    }
}
