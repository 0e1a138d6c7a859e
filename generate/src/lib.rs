//! Generate: usage and current policies to proposals, with proofs, diffs and reviews.
//!
//! For every role: a verdict on each grant of today, the smallest policy inside today's that keeps what was used and
//! what cannot be seen, two proofs (observed ⊆ proposed, proposed ⊆ current), and a review for people. Without current
//! policies the proposal comes from usage alone. [`read_current`] reads an account dump, [`generate`] writes `out/`.

mod compact;
mod config;
mod current;
mod diff;
mod draft;
mod error;
mod evidence;
mod grants;
mod greenfield;
mod kinds;
mod markdown;
mod need;
mod output;
mod pack;
mod plan;
mod proof;
mod relax;
mod review;
mod role;
mod rule;
mod run;
mod sid;
mod sight;
mod summary;
mod verdict;

pub use config::{Config, Quotas};
pub use current::{Account, Boundary, Document, Role, User, parse_current, read_current};
pub use error::Error;
pub use markdown::text as markdown;
pub use run::generate;
pub use summary::{RoleSummary, Status, Summary, Totals};
