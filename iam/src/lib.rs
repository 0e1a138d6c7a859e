//! The IAM policy language and the AWS catalogue: names, policies, matching, evaluation, subsumption,
//! what AWS's own documentation says of each action, and what an archive could have shown of it. No I/O, no Arrow,
//! no async.

pub mod catalogue;
pub mod coverage;
pub mod pause;
pub mod policy;
pub mod usage;
