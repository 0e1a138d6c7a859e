//! Where in the request a value is found: a parameter, a path to it, or the keys of a structure.

use std::borrow::Cow;

use super::name::Name;
use super::params::Params;
use super::path::Path;

/// A place in the request parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A top-level parameter.
    Parameter(Name),
    /// A top-level parameter or `…Set` of EC2.
    Ec2(Name),
    /// A nested one.
    Path(Path),
    /// Keys of a structure.
    Keys(Name),
    /// A top-level parameter, if another one has this value.
    If(Name, Name, Box<str>),
}

impl Source {
    /// Reads `name`, `a[].b`, `a{}` or `a@b=c`.
    pub(crate) fn new(text: &str, ec2: bool) -> Self {
        if let Some((name, (other, value))) = text
            .split_once('@')
            .and_then(|(name, test)| Some((name, test.split_once('=')?)))
        {
            return Source::If(Name::new(name), Name::new(other), value.into());
        }
        match text.strip_suffix("{}") {
            Some(name) => Source::Keys(Name::new(name)),
            None if text.contains('.') => Source::Path(Path::new(text)),
            None if ec2 => Source::Ec2(Name::new(text)),
            None => Source::Parameter(Name::new(text)),
        }
    }

    /// The values there.
    pub(crate) fn values<'a>(&self, params: &Params<'a>, each: &mut dyn FnMut(Cow<'a, str>)) {
        match self {
            Source::Parameter(name) => params.values(name, each),
            Source::Ec2(name) => params.ec2_values(name, each),
            Source::Path(path) => params.path_values(path, each),
            Source::Keys(name) => params.keys(name, each),
            Source::If(name, other, value)
                if params.text(other).is_some_and(|text| *text == **value) =>
            {
                params.values(name, each)
            }
            Source::If(..) => {}
        }
    }
}
