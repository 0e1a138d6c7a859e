//! Names of types, as Hive and Trino spell them, taken apart: which members a table's columns have.

use std::collections::BTreeMap;

/// Depth of types in types that is looked into.
const DEPTH: u8 = 16;

/// Words that a type with members begins with, and the one that ends it.
const STRUCTURES: [(&str, char); 2] = [("row(", ')'), ("struct<", '>')];
/// The same of lists.
const LISTS: [(&str, char); 2] = [("array(", ')'), ("array<", '>')];

/// Adds the members of a column: `useridentity.arn`, of elements of a list `resources[].arn`, each with its type.
pub(super) fn members(name: &str, type_name: &str, found: &mut BTreeMap<String, String>) {
    let plain: String = type_name.chars().filter(|c| *c != '"').collect();
    add(name.to_lowercase(), &plain.to_lowercase(), found, DEPTH);
}

fn add(path: String, type_name: &str, found: &mut BTreeMap<String, String>, depth: u8) {
    let type_name = type_name.trim();
    if depth == 0 {
        return;
    }
    if let Some(fields) = inner(type_name, &STRUCTURES) {
        for (name, type_name) in split(fields).filter_map(field) {
            add(format!("{path}.{name}"), type_name, found, depth - 1);
        }
    } else if let Some(element) =
        inner(type_name, &LISTS).and_then(|e| inner(e.trim(), &STRUCTURES))
    {
        for (name, type_name) in split(element).filter_map(field) {
            add(format!("{path}[].{name}"), type_name, found, depth - 1);
        }
    } else {
        found.insert(path, type_name.to_owned());
    }
}

/// What is between the brackets of such a type.
fn inner<'t>(type_name: &'t str, kinds: &[(&str, char)]) -> Option<&'t str> {
    let of = |(begin, end): &(&str, char)| type_name.strip_prefix(begin)?.strip_suffix(*end);
    kinds.iter().find_map(of)
}

/// The parts between commas that are in no brackets.
fn split(fields: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    fields.split(move |c: char| {
        match c {
            '(' | '<' => depth += 1,
            ')' | '>' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
}

/// Name and type: `name:type` (Hive) or `name type` (Trino).
fn field(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let end = text.find([':', ' '])?;
    let (name, type_name) = text.split_at_checked(end)?;
    Some((name, type_name.trim_start_matches([':', ' '])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(type_name: &str, expect: &[(&str, &str)]) {
        let mut found = BTreeMap::new();
        members("C", type_name, &mut found);
        let expect = expect
            .iter()
            .map(|(path, name)| (path.to_string(), name.to_string()));
        assert_eq!(found, expect.collect(), "{type_name}");
    }

    #[test]
    fn both_spellings() {
        check("string", &[("c", "string")]);
        check("timestamp(3)", &[("c", "timestamp(3)")]);
        let expect = [
            ("c.a", "varchar"),
            ("c.b.type", "varchar"),
            ("c.b.m", "map(varchar, varchar)"),
        ];
        check(
            r#"row("a" varchar, B row(type varchar, m map(varchar, varchar)))"#,
            &expect,
        );
        let expect = [
            ("c.a", "string"),
            ("c.b.type", "string"),
            ("c.b.m", "map<string,string>"),
        ];
        check(
            "struct<a:string,b:struct<type:string,m:map<string,string>>>",
            &expect,
        );
        check(
            "array<struct<arn:string,type: string>>",
            &[("c[].arn", "string"), ("c[].type", "string")],
        );
        check("array(varchar)", &[("c", "array(varchar)")]);
    }

    #[test]
    fn what_is_no_type() {
        check("row(", &[("c", "row(")]);
        check("struct<>", &[]);
        check("struct<a,b:,>", &[("c.b", "")]);
        check(
            &"array(row(a ".repeat(100_000),
            &[("c", "array(row(a ".repeat(100_000).trim())],
        );
        check(&format!("{}x{}", "row(a ".repeat(40), ")".repeat(40)), &[]);
    }
}
