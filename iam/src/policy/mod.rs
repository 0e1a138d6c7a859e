//! The policy language: parse, print, match, evaluate, compare.

mod condition;
mod document;
mod evaluate;
mod glob;
mod print;
mod read;
mod request;

pub use document::{
    ActionElement, Condition, ConditionValues, Effect, Policy, PrincipalElement, Principals,
    ResourceElement, Scalar, Statement, Values,
};
pub use evaluate::{Decision, Evaluation, Hit, action_applies, evaluate};
pub use glob::{Pattern, action_matches, covers, pattern_subsumes, resource_matches};
pub use read::ParseError;
pub use request::{PolicySet, Request};

#[cfg(test)]
mod document_tests;
