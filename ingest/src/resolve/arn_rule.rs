//! ARNs that are written differently in logs than policies need them: qualifiers, partial secrets, log groups' `:*`.

use super::escape::push_literal;

/// How the ARN of a resource type is brought into the form that permissions are checked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArnRule {
    /// As it is.
    AsIs,
    /// A function without version or alias.
    Function,
    /// A log group with `:*`, on which its actions are checked.
    LogGroup,
    /// A log group without `:*`, on which tagging is checked.
    BareLogGroup,
    /// A secret, whose ARN may lack the six random characters.
    Secret,
}

const RULES: [(&str, &str, ArnRule); 3] = [
    ("lambda", "function", ArnRule::Function),
    ("logs", "log-group", ArnRule::LogGroup),
    ("secretsmanager", "secret", ArnRule::Secret),
];

impl ArnRule {
    /// The rule of a resource type under an action.
    pub(crate) fn of(service: &str, resource_type: &str, action: &str) -> Self {
        let found = RULES
            .iter()
            .find(|(s, t, _)| *s == service && t.eq_ignore_ascii_case(resource_type));
        match found.map_or(ArnRule::AsIs, |(_, _, rule)| *rule) {
            ArnRule::LogGroup if action.contains("Tag") => ArnRule::BareLogGroup,
            rule => rule,
        }
    }

    /// The ARN without what the format does not have.
    pub(crate) fn trim(self, arn: &str) -> &str {
        match self {
            ArnRule::Function => arn
                .match_indices(':')
                .nth(6)
                .and_then(|(at, _)| arn.get(..at))
                .unwrap_or(arn),
            ArnRule::LogGroup | ArnRule::BareLogGroup => arn.strip_suffix(":*").unwrap_or(arn),
            ArnRule::AsIs | ArnRule::Secret => arn,
        }
    }

    /// Appends a trimmed ARN as pattern text.
    pub(crate) fn push(self, out: &mut String, arn: &str) {
        push_literal(out, arn);
        if self == ArnRule::Secret && !has_secret_suffix(arn) {
            out.push_str("-??????");
        }
        self.finish(out);
    }

    /// Appends what a pattern of the type ends with.
    pub(crate) fn finish(self, out: &mut String) {
        if self == ArnRule::LogGroup {
            out.push_str(":*");
        }
    }
}

fn has_secret_suffix(arn: &str) -> bool {
    let suffix = arn.rsplit_once('-').map(|(_, suffix)| suffix);
    suffix.is_some_and(|s| s.len() == 6 && s.bytes().all(|b| b.is_ascii_alphanumeric()))
}
