//! The resource of an API Gateway call: the path of its request (catalogue.md, C4).

use super::escape::push_literal;
use super::facts::Facts;
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

    /// `arn:aws:apigateway:eu-west-1::/restapis/abc`; `None` if the request names nothing of what the path holds.
    pub(crate) fn resource(&self, facts: &Facts<'_>) -> Option<String> {
        let place = &facts.place;
        let mut out = format!("arn:{}:apigateway:{}::", place.partition, place.region);
        let (mut open, mut filled) = (false, false);
        for (text, name) in &self.pieces {
            out.push_str(text);
            let Some(name) = name else { continue };
            open = true;
            match facts.params.text(name) {
                Some(value) => {
                    filled = true;
                    push_segment(&mut out, &value);
                }
                None => out.push('*'),
            }
        }
        (filled || !open).then_some(out)
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
