//! Coverage: what an archive could have shown, from the events in it and from the trails that fed it.
//!
//! Per account there are two kinds of knowledge. The **events** say on which days, in which regions and of which
//! classes something arrived; stretches of silence that the events' own rhythm does not explain (`days`) count as
//! missing. The **trails**, where their configuration is given, say what was selected. An action is *covered* where
//! the trails select it (or, without trails, its class is in the archive) and no days are missing.

mod class;
mod days;
mod sight;
mod table;
mod trail;
mod trails;

pub use class::{KMS, MANAGEMENT_READ, MANAGEMENT_WRITE, management_class};
pub use days::{Stretch, civil, day_of, runs};
pub use sight::{Place, Sight};
pub use table::{Shown, State, table};
pub use trail::{Matches, Selector, Trail};
pub use trails::{TrailsError, read_trails};
