//! The request parameters of one event, looked up by name as services spell it.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use super::json::Json;
use super::name::{Name, ends, ends_with};
use super::path::{Path, Step, anywhere, walk};

/// Members looked at; more than any real request has.
pub(super) const MEMBERS: usize = 512;
/// Depth and count of a walk through nested parameters.
pub(super) const DEPTH: usize = 8;
/// Values of one parameter looked at.
pub(crate) const VALUES: usize = 1_000;

/// Suffixes of a top-level structure whose members are the real parameters: EC2's `<Operation>Request` (shortened in
/// `DelTGwVpcAttachReq`), API Gateway's `…Input`.
const WRAPPERS: [&str; 3] = ["request", "req", "input"];

/// A parameter: its name as logged, and its value.
pub(crate) type Member<'a> = (&'a str, Json<'a>);

/// Top-level members of the request parameters, wrappers opened; read when first asked for: of many events `resources[]`
/// says it all.
pub(crate) struct Params<'a> {
    text: Option<&'a str>,
    room: Cell<Vec<Member<'a>>>,
    members: OnceCell<Members<'a>>,
}

/// The members, read.
#[derive(Debug, Default)]
struct Members<'a> {
    list: Vec<Member<'a>>,
    /// The parameters were too large and CloudTrail left them out.
    omitted: bool,
    /// [`ends`] of all keys: most names that are looked for are not there, and this tells.
    ends: u64,
}

impl<'a> Members<'a> {
    /// Reads the members of `text` into the empty list given, one pass.
    fn read(text: Option<&'a str>, list: Vec<Member<'a>>) -> Self {
        let mut members = Members {
            list,
            ..Members::default()
        };
        for (key, value) in Json::new(text.unwrap_or_default()).members().take(MEMBERS) {
            members.push((key, value));
            members.omitted |= key == "omitted" && value.is_true();
            if value.is_object() && WRAPPERS.iter().any(|suffix| ends_with(key, suffix)) {
                for member in value.members().take(MEMBERS) {
                    members.push(member);
                }
            }
        }
        members
    }

    fn push(&mut self, member: Member<'a>) {
        self.ends |= ends(member.0);
        self.list.push(member);
    }
}

impl<'a> Params<'a> {
    /// The members of `text`, read into the empty list given.
    pub(crate) fn new(text: Option<&'a str>, room: Vec<Member<'a>>) -> Self {
        Params {
            text,
            room: Cell::new(room),
            members: OnceCell::new(),
        }
    }

    fn members(&self) -> &Members<'a> {
        let read = || Members::read(self.text, self.room.take());
        self.members.get_or_init(read)
    }

    /// The list, to be used again.
    pub(crate) fn into_room(self) -> Vec<Member<'a>> {
        let read = self.members.into_inner().map(|members| members.list);
        read.unwrap_or_else(|| self.room.into_inner())
    }

    pub(crate) fn is_omitted(&self) -> bool {
        self.members().omitted
    }

    pub(crate) fn get(&self, name: &Name) -> Option<Json<'a>> {
        let members = self.members();
        if !name.may_be_in(members.ends) {
            return None;
        }
        let mut list = members.list.iter();
        list.find(|(key, _)| name.is(key)).map(|(_, value)| *value)
    }

    /// First value of a scalar parameter.
    pub(crate) fn text(&self, name: &Name) -> Option<Cow<'a, str>> {
        self.get(name)?.text()
    }

    /// Values of a parameter that is a scalar or a list of scalars. A structure is never a value.
    pub(crate) fn values(&self, name: &Name, each: &mut dyn FnMut(Cow<'a, str>)) {
        if let Some(value) = self.get(name) {
            scalars(value, each);
        }
    }

    /// As [`Params::values`], in EC2's dress: `instancesSet.items[].instanceId` and other `…Set`s, nested ones too,
    /// and the `{"tag": 1, "content": …}` elements of wrapped requests.
    pub(crate) fn ec2_values(&self, name: &Name, each: &mut dyn FnMut(Cow<'a, str>)) {
        for (key, value) in &self.members().list {
            if name.is_loosely(key) {
                contents(*value, each);
            } else if ends_with(key, "set") {
                items(*value, name, each, 0);
            }
        }
    }

    /// Values under a path.
    pub(crate) fn path_values(&self, path: &Path, each: &mut dyn FnMut(Cow<'a, str>)) {
        self.path(path, &mut |value| scalars(value, each));
    }

    /// Whether the path leads to a value that is not empty.
    pub(crate) fn has(&self, path: &Path) -> bool {
        let mut found = false;
        self.path(path, &mut |value| found |= value.is_present());
        found
    }

    /// Whether the path leads to `true`.
    pub(crate) fn is_true(&self, path: &Path) -> bool {
        let mut found = false;
        self.path(path, &mut |value| found |= value.is_true());
        found
    }

    fn path(&self, path: &Path, each: &mut dyn FnMut(Json<'a>)) {
        let Some((first, rest)) = path.0.split_first() else {
            return;
        };
        let members = self.members();
        if matches!(first, Step::Member(name) if !name.may_be_in(members.ends)) {
            return;
        }
        for (key, value) in &members.list {
            match first {
                Step::Member(name) if name.is(key) => walk(*value, rest, each, 0),
                Step::Member(_) => {}
                Step::Anywhere => anywhere(key, *value, rest, each, 0),
            }
        }
    }

    /// Every string in the parameters that begins like an ARN.
    pub(crate) fn arns(&self, each: &mut dyn FnMut(Cow<'a, str>)) {
        for (_, value) in &self.members().list {
            arns_in(*value, each, 0);
        }
    }

    /// Keys of a structure, e.g. the tables of `requestItems`.
    pub(crate) fn keys(&self, name: &Name, each: &mut dyn FnMut(Cow<'a, str>)) {
        if let Some(value) = self.get(name) {
            value
                .members()
                .take(VALUES)
                .for_each(|(key, _)| each(Cow::Borrowed(key)));
        }
    }
}

fn scalars<'a>(value: Json<'a>, each: &mut dyn FnMut(Cow<'a, str>)) {
    if value.is_array() {
        value
            .elements()
            .take(VALUES)
            .filter_map(Json::text)
            .for_each(each);
    } else if let Some(text) = value.text() {
        each(text);
    }
}

/// Scalars, also as the `content` of a wrapped element.
fn contents<'a>(value: Json<'a>, each: &mut dyn FnMut(Cow<'a, str>)) {
    if value.is_array() {
        value
            .elements()
            .take(VALUES)
            .for_each(|element| content(element, each));
    } else {
        content(value, each);
    }
}

fn content<'a>(value: Json<'a>, each: &mut dyn FnMut(Cow<'a, str>)) {
    let inner = value
        .members()
        .find(|(key, _)| *key == "content")
        .map(|(_, value)| value);
    if let Some(text) = inner.unwrap_or(value).text() {
        each(text);
    }
}

/// `{"items": [{"instanceId": …}]}`, also with nested sets.
fn items<'a>(set: Json<'a>, name: &Name, each: &mut dyn FnMut(Cow<'a, str>), depth: usize) {
    if depth > DEPTH {
        return;
    }
    let lists = set
        .members()
        .filter(|(key, _)| matches!(*key, "items" | "item"));
    for element in lists.flat_map(|(_, list)| list.elements().take(VALUES)) {
        for (key, value) in element.members().take(MEMBERS) {
            if ends_with(key, "set") {
                items(value, name, each, depth + 1);
            } else if name.is_loosely(key) {
                contents(value, each);
            }
        }
    }
}

fn arns_in<'a>(value: Json<'a>, each: &mut dyn FnMut(Cow<'a, str>), depth: usize) {
    if depth > DEPTH {
        return;
    }
    value
        .members()
        .take(MEMBERS)
        .for_each(|(_, member)| arns_in(member, each, depth + 1));
    value
        .elements()
        .take(VALUES)
        .for_each(|element| arns_in(element, each, depth + 1));
    if let Some(text) = value
        .text()
        .filter(|text| text.starts_with("arn:") || text.starts_with("arn%3A"))
    {
        each(text);
    }
}

#[cfg(test)]
#[path = "params_tests.rs"]
mod tests;
