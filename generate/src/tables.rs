//! What is derived from a catalogue once, for all roles.

use crate::cover::Covers;
use crate::kinds::Kinds;
use crate::place::Places;
use iam::catalogue::Catalogue;
use std::sync::LazyLock;

/// What is derived from a catalogue.
pub(crate) struct Tables<'c> {
    pub(crate) kinds: Kinds,
    pub(crate) covers: Covers<'c>,
    pub(crate) places: Places,
}

static EMBEDDED: LazyLock<Tables<'static>> = LazyLock::new(|| Tables::new(Catalogue::embedded()));

impl<'c> Tables<'c> {
    /// Derives them.
    pub(crate) fn new(catalogue: &'c Catalogue) -> Self {
        Self {
            kinds: Kinds::new(catalogue),
            covers: Covers::new(catalogue),
            places: Places::new(catalogue),
        }
    }

    /// Does something with the tables of a catalogue; those of the embedded one are kept.
    pub(crate) fn with<R>(catalogue: &'c Catalogue, then: impl FnOnce(&Tables<'_>) -> R) -> R {
        if std::ptr::eq(catalogue, Catalogue::embedded()) {
            return then(&EMBEDDED);
        }
        then(&Tables::new(catalogue))
    }
}
