//! How sure "unused" is: what the silence of the role is worth, and what speaks against trusting it.

use super::Review;
use crate::markdown::text;
use std::fmt::Write;

impl Review<'_> {
    pub(super) fn confidence(&self, out: &mut String) {
        let told = &self.diff.confidence;
        let removes = !told.levels.is_empty() && self.heading().is_some();
        if !removes && (self.role.is_some() || told.doubts.is_empty()) {
            return;
        }
        let _ = writeln!(out, "\n## How sure is \"unused\"?\n");
        if removes {
            self.chances(out);
        }
        for doubt in &told.doubts {
            let _ = writeln!(out, "- {}.", text(doubt));
        }
    }

    /// The probabilities, and from what they are.
    fn chances(&self, out: &mut String) {
        let told = &self.diff.confidence;
        let (days, half) = (told.horizon_days, told.held_out_days);
        let unused: usize = told.levels.values().map(|level| level.unused).sum();
        let expected = match told.expected_needs {
            Some(expected) if expected < 0.1 => "under 0.1".to_owned(),
            Some(expected) => format!("{expected:.1}"),
            None => "unknown how many".to_owned(),
        };
        let _ = writeln!(
            out,
            "Expected to be needed in the next {days} days: {expected} of {unused} unused actions. *Needed* is the probability of \
            one action; a line of several has the highest, a dash means that removing them changes nothing that works \
            today. It is learned from what all roles began to use in the last {half} days of the evidence, and from this role's own.\n"
        );
        let _ = writeln!(
            out,
            "| access level | unused | needed in {days} days, each | silent before the last {half} days, used in them |\n|---|---|---|---|"
        );
        for (name, level) in &told.levels {
            let _ = writeln!(
                out,
                "| {name} | {} | {} | {} of {} |",
                level.unused, level.needed, level.used, level.silent
            );
        }
        if !told.doubts.is_empty() {
            let _ = writeln!(out);
        }
    }
}
