//! What can go wrong between usage and proposals, with the place where it did.

use iam::policy::ParseError;
use std::path::PathBuf;

/// Why there are no proposals.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot {what} `{}`", path.display())]
    Io {
        /// `read` or `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The dump is not JSON of the shape that IAM gives.
    #[error("`{file}` is not the output of get-account-authorization-details")]
    Dump {
        /// The file.
        file: String,
        /// Why, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The dump is one page of several.
    #[error(
        "`{file}` is truncated (`IsTruncated` is true): fetch all pages, without --max-items and --no-paginate"
    )]
    Truncated {
        /// The file.
        file: String,
    },
    /// The dump holds nothing that names an account.
    #[error("`{file}` names no account: it holds no role, user or group")]
    NoAccount {
        /// The file.
        file: String,
    },
    /// A policy in the dump cannot be read.
    #[error("policy `{policy}` of `{owner}` in `{file}` is not a policy document")]
    Policy {
        /// The file.
        file: String,
        /// ARN of the role or of the managed policy.
        owner: String,
        /// The policy's name.
        policy: String,
        /// Why, with line and column in the document.
        #[source]
        source: ParseError,
    },
    /// A file of declared intent cannot be used.
    #[error("`{}` is no declared intent: {why}", path.display())]
    Intent {
        /// The file.
        path: PathBuf,
        /// Why, with line or rule.
        why: String,
    },
    /// A file is no proof of ours.
    #[error("`{}` is no proof.json of this version", path.display())]
    Proof {
        /// The file.
        path: PathBuf,
        /// Why, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The report is not JSON of the shape that IAM gives.
    #[error("`{file}` is not the output of get-service-last-accessed-details")]
    Report {
        /// The file.
        file: String,
        /// Why, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The report is unfinished or one page of several.
    #[error("`{file}` is not complete: wait until `JobStatus` is COMPLETED, and fetch all pages")]
    Incomplete {
        /// The file.
        file: String,
    },
    /// Two dumps hold the same role.
    #[error("the role `{arn}` is in more than one account dump")]
    Twice {
        /// The role.
        arn: String,
    },
}
