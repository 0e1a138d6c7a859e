//! Rows in vain: hand-written rows that would never answer, because another row of the file does.

use super::DeriveError;
use super::hand::Keys;
use super::operations::DerivedModel;
use super::overrides::{FILE, Overrides};
use crate::catalogue::source::label;

impl Overrides {
    /// Refuses rows that an earlier row of the same file hides.
    pub(crate) fn check_keys(&self) -> Result<(), DeriveError> {
        let mut answers = Keys::new(FILE);
        for event in &self.events {
            answers.once(call(&event.event_source, &event.event_name))?;
        }
        for free in &self.no_permission {
            answers.once(call(&free.event_source, &free.event_name))?;
        }
        let mut aliases = Keys::new(FILE);
        for alias in &self.source_aliases {
            aliases.once(label(&alias.event_source))?;
        }
        let mut passes = Keys::new(FILE);
        for pass in &self.pass_role {
            for name in &pass.event_names {
                passes.once(call(&pass.event_source, name))?;
            }
        }
        Ok(())
    }

    /// Refuses a row that rejects what no documentation says.
    pub(crate) fn check_rejections(&self, models: &[DerivedModel]) -> Result<(), DeriveError> {
        for row in &self.rejected_mined_rows {
            let model = models.iter().find(|model| model.name == row.model);
            let operation = row.operation.to_ascii_lowercase();
            let operation = model.and_then(|model| model.operations.get(&operation));
            let rejected = operation.and_then(|operation| operation.rejected.as_deref());
            if !rejected.is_some_and(|name| name.eq_ignore_ascii_case(&row.mined)) {
                return Err(DeriveError::VainRow {
                    file: FILE,
                    place: format!("{}.{}", row.model, row.operation),
                    why: format!("its documentation does not lead to `{}`", row.mined),
                });
            }
        }
        Ok(())
    }
}

/// An event in words, the same for all spellings that mean it.
fn call(event_source: &str, event_name: &str) -> String {
    format!(
        "{} {}",
        label(event_source),
        event_name.to_ascii_lowercase()
    )
}
