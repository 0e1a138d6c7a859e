//! A policy document: statements of effect, actions, resources and conditions, in the shape it was written.

/// Text values that were written as one string or as an array.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    /// The values, in order.
    pub items: Vec<String>,
    /// Written without an array; only with exactly one value.
    pub bare: bool,
}

impl Values {
    /// Values as an array, or bare when there is one.
    pub fn new(items: Vec<String>) -> Self {
        let bare = items.len() == 1;
        Self { items, bare }
    }
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// `2012-10-17` or `2008-10-17`; absent means the latter.
    pub version: Option<String>,
    /// The document's id (resource policies).
    pub id: Option<String>,
    /// The statements, in order.
    pub statements: Vec<Statement>,
    /// The only statement was written without an array.
    pub bare_statement: bool,
}

impl Policy {
    /// Whether `${…}` in this document is a variable or an escape rather than plain text.
    pub fn has_variables(&self) -> bool {
        self.version.as_deref() == Some("2012-10-17")
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The statement's id.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// Whom it is about (resource and trust policies).
    pub principal: Option<PrincipalElement>,
    /// Which actions.
    pub action: ActionElement,
    /// Which resources; absent in trust policies.
    pub resource: Option<ResourceElement>,
    /// Under which conditions.
    pub condition: Condition,
}

/// What a statement does to the requests it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Allows them.
    Allow,
    /// Denies them, whatever else allows them.
    Deny,
}

/// `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionElement {
    /// These actions.
    Action(Values),
    /// All but these.
    NotAction(Values),
}

impl ActionElement {
    /// The patterns, whichever element they stand in.
    pub fn patterns(&self) -> &[String] {
        match self {
            Self::Action(values) | Self::NotAction(values) => &values.items,
        }
    }
}

/// `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceElement {
    /// These resources.
    Resource(Values),
    /// All but these.
    NotResource(Values),
}

impl ResourceElement {
    /// The patterns, whichever element they stand in.
    pub fn patterns(&self) -> &[String] {
        match self {
            Self::Resource(values) | Self::NotResource(values) => &values.items,
        }
    }
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalElement {
    /// These principals.
    Principal(Principals),
    /// All but these.
    NotPrincipal(Principals),
}

/// Whom a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// `"*"`: everyone.
    Everyone,
    /// A name without its kind: no principal of IAM's grammar, and nobody for sure.
    Bare(String),
    /// By kind (`AWS`, `Service`, `Federated`, `CanonicalUser`), in order.
    Named(Vec<(String, Values)>),
}

/// The condition block: operator → key → values, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition(pub Vec<(String, Vec<(String, ConditionValues)>)>);

impl Condition {
    /// Whether the statement has no conditions.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, keys)| keys.is_empty())
    }
}

/// The values of one condition key, in the shape they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConditionValues {
    /// The values, in order.
    pub items: Vec<Scalar>,
    /// Written without an array.
    pub bare: bool,
}

/// A condition value: IAM takes strings, booleans and numbers, and compares their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    Text(String),
    /// `true` or `false` without quotes.
    Bool(bool),
    /// A number without quotes, as written.
    Number(String),
}

impl Scalar {
    /// The text IAM compares.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
        }
    }
}
