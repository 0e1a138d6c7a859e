//! What the command line could not do: the chain of causes, and the next thing to type.

use std::error::Error as StdError;
use std::fmt;
use std::process::ExitCode;

/// How a command that ran to its end judged its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing to object to: exit code 0.
    Fine,
    /// A gate said no: exit code 1.
    No,
    /// Done as far as possible, but part of the input could not be read: exit code 2.
    Incomplete,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        ExitCode::from(match verdict {
            Verdict::Fine => 0,
            Verdict::No => 1,
            Verdict::Incomplete => 2,
        })
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    hint: Option<String>,
}

impl Failure {
    /// A failure told in words of our own.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            source: None,
            hint: None,
        }
    }

    /// A failure that a room reported, `what` being the step that met it.
    pub(crate) fn from_room(
        what: impl Into<String>,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Self::caused_by(what, Box::new(source))
    }

    /// A failure with a cause of whatever kind.
    pub(crate) fn caused_by(
        what: impl Into<String>,
        source: Box<dyn StdError + Send + Sync>,
    ) -> Self {
        Self {
            source: Some(source),
            ..Self::new(what)
        }
    }

    /// Adds what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The next thing to do, when there is one.
    pub(crate) fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
