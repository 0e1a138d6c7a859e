//! How many requests a server is asked at once: one more for each round that it answers, half as many when it pushes back.

use std::time::{Duration, Instant};

/// Requests at once, at first and at most.
const FIRST: f64 = 8.0;
const MOST: f64 = 64.0;
/// Complaints within this time are about the same burst.
const BURST: Duration = Duration::from_secs(1);

/// The number of requests allowed at once.
#[derive(Debug)]
pub(super) struct Pace {
    allowed: f64,
    slowed: Option<Instant>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            allowed: FIRST,
            slowed: None,
        }
    }
}

impl Pace {
    /// Requests at once, at least one.
    pub(super) fn allowed(&self) -> usize {
        self.allowed as usize
    }

    /// A request was answered.
    pub(super) fn answered(&mut self) {
        self.allowed = (self.allowed + 1.0 / self.allowed).min(MOST);
    }

    /// The server is busy, or does not answer at all.
    pub(super) fn pushed_back(&mut self, now: Instant) {
        let same_burst = self.slowed.is_some_and(|then| now < then + BURST);
        if !same_burst {
            self.allowed = (self.allowed / 2.0).max(1.0);
            self.slowed = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_slowly_and_falls_fast() {
        let mut pace = Pace::default();
        (0..10_000).for_each(|_| pace.answered());
        assert_eq!(pace.allowed(), 64);
        let start = Instant::now();
        for second in 0..10 {
            // many complaints of one burst count once
            (0..50).for_each(|_| pace.pushed_back(start + BURST * second));
        }
        assert_eq!(pace.allowed(), 1);
        (0..3).for_each(|_| pace.answered());
        assert_eq!(pace.allowed(), 2);
    }
}
