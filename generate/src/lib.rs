//! Generate: usage and current policies to proposals, with proofs, diffs and reviews.
//!
//! For every role: a verdict on each grant of today, the smallest policy inside today's that keeps what was used and
//! what cannot be seen, two proofs (observed ⊆ proposed, proposed ⊆ current), and a review for people. Without current
//! policies the proposal comes from usage alone. [`read_current`] reads an account dump, [`generate`] writes `out/`.

mod capability;
mod cause;
mod check;
mod claim;
mod compact;
mod condense;
mod confidence;
mod config;
mod count;
mod cover;
mod current;
mod diff;
mod digest;
mod draft;
mod error;
mod evidence;
mod format;
mod grants;
mod greenfield;
mod intent;
mod kinds;
mod last_accessed;
mod markdown;
mod narrow;
mod need;
mod outlook;
mod output;
mod pack;
mod parallel;
mod passed;
mod place;
mod plan;
mod proof;
mod relax;
mod replay;
mod review;
mod rewrite;
mod role;
mod rule;
mod run;
mod shape;
mod shared;
mod sid;
mod sight;
mod summary;
mod tables;
mod verdict;
mod width;

pub use check::{Checked, Step, check_proof};
pub use condense::condense;
pub use config::{Config, Kind, Quotas};
pub use current::{Account, Boundary, Document, Role, User, parse_current, read_current};
pub use error::Error;
pub use format::Format;
pub use intent::Intent;
pub use last_accessed::LastAccessed;
pub use markdown::text as markdown;
pub use narrow::Learned;
pub use need::Granularity;
pub use outlook::{Outlook, Prospect, Standing, is_role};
pub use run::generate;
pub use shared::SharedPolicy;
pub use summary::{RoleSummary, Status, Summary, Totals};
