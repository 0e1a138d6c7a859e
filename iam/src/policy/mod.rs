//! The policy language: parse, print, match, evaluate, compare.
