//! The resource of an API Gateway call: the path of its request (catalogue.md, C4).

use super::escape::push_literal;
use super::facts::Facts;
use super::found::Found;
use super::name::Name;

/// A URI path, cut at its placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UriPlan {
    /// Literal text and the placeholder behind it.
    pieces: Vec<(Box<str>, Option<Name>)>,
}

impl UriPlan {
    pub(crate) fn new(uri: &str) -> Self {
        let path = uri
            .strip_prefix("/v2")
            .filter(|path| path.starts_with('/'))
            .unwrap_or(uri);
        let mut pieces = Vec::new();
        let mut rest = path;
        while let Some((text, tail)) = rest.split_once('{') {
            let (name, tail) = tail.split_once('}').unwrap_or((tail, ""));
            pieces.push((text.into(), Some(Name::new(name))));
            rest = tail;
        }
        pieces.push((rest.into(), None));
        UriPlan { pieces }
    }

    /// Finds `arn:aws:apigateway:eu-west-1::/restapis/abc`; nothing if the request names nothing of what the path holds.
    pub(crate) fn find(&self, facts: &Facts<'_>, found: &mut Found) {
        let names = self.pieces.iter().filter_map(|(_, name)| name.as_ref());
        let open = names.clone().next().is_some();
        if open && !names.clone().any(|name| facts.params.text(name).is_some()) {
            return;
        }
        found.add(0, |out| self.write(facts, out));
    }

    fn write(&self, facts: &Facts<'_>, out: &mut String) {
        let place = facts.event_place();
        for text in ["arn:", place.partition, ":apigateway:", place.region, "::"] {
            out.push_str(text);
        }
        for (text, name) in &self.pieces {
            out.push_str(text);
            let Some(name) = name else { continue };
            match facts.params.text(name) {
                Some(value) => push_segment(out, &value),
                None => out.push('*'),
            }
        }
    }
}

/// A path segment; an ARN in it is percent-encoded, as in the request.
fn push_segment(out: &mut String, value: &str) {
    if !value.starts_with("arn:") {
        return push_literal(out, value);
    }
    for c in value.chars() {
        match c {
            ':' => out.push_str("%3A"),
            '/' => out.push_str("%2F"),
            c => push_literal(out, c.encode_utf8(&mut [0; 4])),
        }
    }
}
