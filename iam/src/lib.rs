//! The IAM policy language and the AWS catalogue: names, policies, matching, evaluation, subsumption,
//! and what AWS's own documentation says of each action. No I/O, no Arrow, no async.

pub mod catalogue;
pub mod policy;
pub mod usage;
