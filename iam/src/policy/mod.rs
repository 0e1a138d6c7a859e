//! The policy language: parse, print, match, evaluate, compare.

mod authorize;
mod clause;
mod condition;
mod context;
mod difference;
mod document;
mod evaluate;
mod glob;
mod grants;
mod language;
pub mod lint;
mod listed;
mod meeting;
mod operator;
mod places;
mod principal;
mod print;
mod read;
mod region;
mod request;
mod spelling;
mod subsume;
mod values;
mod wanted;

pub use authorize::{ResourceSide, authorize};
pub use difference::{Change, Changed, Difference, difference};
pub use document::{
    ActionElement, Condition, ConditionValues, Effect, Policy, PrincipalElement, Principals,
    ResourceElement, Scalar, Statement, Values,
};
pub use evaluate::{Decision, Evaluation, Evaluator, Hit, action_applies, evaluate};
use glob::variable_spans;
pub use glob::{Pattern, action_matches, covers, pattern_subsumes, resource_matches};
pub use grants::{Class, Grant, Row, Tally, grants};
pub use listed::Actions;
pub use places::{Lines, Place, Places};
pub use read::ParseError;
pub use request::{PolicySet, Request};
pub use subsume::{Answer, Witness, subsumes};

#[cfg(test)]
mod document_tests;
