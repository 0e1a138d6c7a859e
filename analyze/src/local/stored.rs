//! Sums as bytes, as they lie on disk while an analysis has no memory for them. Files of this form never outlive the
//! process that wrote them.

use super::codec::{
    put_number, put_signed, put_text, take_length, take_number, take_signed, take_text,
};
use crate::bottom::Distinct;
use crate::group::{Group, Key, Parts};
use crate::tally::{OUTCOMES, VIAS};
use std::sync::Arc;

/// A sum that can be put on disk and added up.
pub(crate) trait Stored: Sized + Send {
    /// Appends the bytes.
    fn put(&self, out: &mut Vec<u8>);
    /// Takes off what [`Stored::put`] appended; none: these are other bytes.
    fn take(bytes: &mut &[u8]) -> Option<Self>;
    /// Adds another sum of the same key. Of resources `sample` are kept.
    fn merge(&mut self, other: Self, sample: usize);
}

fn put_texts<'t>(texts: impl ExactSizeIterator<Item = &'t str>, out: &mut Vec<u8>) {
    put_number(texts.len() as u64, out);
    texts.for_each(|text| put_text(text, out));
}

fn take_texts<T: for<'t> From<&'t str>>(bytes: &mut &[u8]) -> Option<Vec<T>> {
    let length = take_length(bytes)?;
    (0..length).map(|_| take_text(bytes).map(T::from)).collect()
}

/// Appends a key; what it has in common with the key before is said by a bit each.
pub(crate) fn put_key(key: &Key, before: Option<&Key>, out: &mut Vec<u8>) {
    let texts = |key: &Key| [&key.principal, &key.principal_id, &key.action].map(Arc::clone);
    let template = key.template.as_ref();
    let own = texts(key);
    let same = before.map_or([false; 3], |before| {
        let before = texts(before);
        [0, 1, 2].map(|at| own.get(at) == before.get(at))
    });
    let bits = same
        .iter()
        .rev()
        .fold(0, |bits, same| bits << 1 | u8::from(*same));
    out.push(bits | u8::from(template.is_some()) << 3);
    out.push(key.outcome as u8);
    out.push(key.via as u8);
    let new = own.iter().zip(same).filter(|(_, same)| !same);
    new.for_each(|(text, _)| put_text(text, out));
    template.iter().for_each(|text| put_text(text, out));
}

/// Takes off what [`put_key`] appended after the same key.
pub(crate) fn take_key(bytes: &mut &[u8], before: Option<&Key>) -> Option<Key> {
    let ([bits, outcome, via], rest) = bytes.split_first_chunk::<3>()?;
    *bytes = rest;
    let mut text = |bit: u8, held: fn(&Key) -> &Arc<str>| match bits & bit {
        0 => take_text(bytes).map(Arc::from),
        _ => before.map(|before| Arc::clone(held(before))),
    };
    let principal = text(1, |key| &key.principal)?;
    let principal_id = text(2, |key| &key.principal_id)?;
    let action = text(4, |key| &key.action)?;
    Some(Key {
        principal,
        principal_id,
        action,
        template: match bits & 8 {
            0 => None,
            _ => Some(take_text(bytes).map(Arc::from)?),
        },
        outcome: OUTCOMES.get(usize::from(*outcome))?.1,
        via: VIAS.get(usize::from(*via))?.1,
    })
}

impl Stored for Group {
    fn put(&self, out: &mut Vec<u8>) {
        for number in [self.count, self.mfa_count, self.endpoint_count] {
            put_number(number, out);
        }
        let (first, last) = self.span.unwrap_or_default();
        put_signed(first, out);
        put_signed(last, out);
        put_number(self.days.len() as u64, out);
        self.days().for_each(|day| put_signed(i64::from(day), out));
        for texts in [
            &self.regions,
            &self.evidence,
            &self.error_codes,
            &self.invoked_by,
            &self.vpc_endpoints,
            &self.calls,
        ] {
            put_texts(texts.texts().iter().map(AsRef::as_ref), out);
        }
        let (resources, overflow) = self.resources.parts();
        put_texts(resources, out);
        out.push(u8::from(overflow));
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let [count, mfa_count, endpoint_count] = [(); 3].map(|()| take_number(bytes));
        let span = (take_signed(bytes)?, take_signed(bytes)?);
        let days = take_length(bytes)?;
        let day = |_| take_signed(bytes).and_then(|day| i32::try_from(day).ok());
        let days: Option<Vec<i32>> = (0..days).map(day).collect();
        let [
            regions,
            evidence,
            error_codes,
            invoked_by,
            vpc_endpoints,
            calls,
        ] = [(); 6].map(|()| take_texts(bytes));
        let resources = take_texts(bytes)?;
        let (overflow, rest) = bytes.split_first()?;
        *bytes = rest;
        let parts = Parts {
            count: count?,
            mfa_count: mfa_count?,
            endpoint_count: endpoint_count?,
            span,
            days: days?,
            regions: regions?,
            evidence: evidence?,
            error_codes: error_codes?,
            invoked_by: invoked_by?,
            vpc_endpoints: vpc_endpoints?,
            calls: calls?,
        };
        let resources = Distinct::of_parts(resources, *overflow != 0);
        Some(Self::with_resources(parts, resources))
    }

    fn merge(&mut self, other: Self, sample: usize) {
        Group::merge(self, other, sample);
    }
}
