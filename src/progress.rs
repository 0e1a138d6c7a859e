//! Progress on stderr: a bar on a terminal, a plain line every few seconds elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a plain line is written when stderr is not a terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// The progress of one step: bytes done of bytes known, and events (or what it counts) so far.
pub(crate) struct Meter {
    step: &'static str,
    unit: &'static str,
    bar: Option<ProgressBar>,
    started: Instant,
    printed: Mutex<Instant>,
    bytes: AtomicU64,
    total: AtomicU64,
    events: AtomicU64,
}

impl Meter {
    /// A meter for the step of that name; silent when `quiet`.
    pub(crate) fn new(step: &'static str, quiet: bool) -> Self {
        Self::counting(step, "events", quiet)
    }

    /// A meter that counts something else than events.
    pub(crate) fn counting(step: &'static str, unit: &'static str, quiet: bool) -> Self {
        let on_terminal = std::io::stderr().is_terminal() && !quiet;
        let now = Instant::now();
        // A quiet meter's next plain line is never due.
        let printed = if quiet {
            now + Duration::from_secs(u64::from(u32::MAX))
        } else {
            now
        };
        Self {
            step,
            unit,
            bar: on_terminal.then(|| bar(step)),
            started: now,
            printed: Mutex::new(printed),
            bytes: AtomicU64::new(0),
            total: AtomicU64::new(0),
            events: AtomicU64::new(0),
        }
    }

    /// Sets the bytes there are to read.
    pub(crate) fn set_total(&self, bytes: u64) {
        self.total.store(bytes, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
        }
    }

    /// Counts bytes read and events found since the last call.
    pub(crate) fn advance(&self, bytes: u64, events: u64) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let events = self.events.fetch_add(events, Ordering::Relaxed) + events;
        match &self.bar {
            Some(bar) => {
                bar.set_position(bytes);
                bar.set_message(self.rate(events, self.started.elapsed()));
            }
            None => self.plain_line(bytes, events),
        }
    }

    /// Removes the bar from the screen.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn rate(&self, events: u64, elapsed: Duration) -> String {
        let per_second = events as f64 / elapsed.as_secs_f64().max(0.001);
        format!(
            "{} {}/s",
            indicatif::HumanCount(per_second as u64),
            self.unit
        )
    }

    fn plain_line(&self, bytes: u64, events: u64) {
        let Ok(mut printed) = self.printed.try_lock() else {
            return;
        };
        let due = Instant::now()
            .checked_duration_since(*printed)
            .is_some_and(|since| since >= PLAIN_EVERY);
        if !due {
            return;
        }
        *printed = Instant::now();
        let elapsed = self.started.elapsed();
        let total = self.total.load(Ordering::Relaxed);
        let of = match total {
            0 => String::new(),
            known => format!(" of {}", indicatif::BinaryBytes(known)),
        };
        crate::output::note(&format!(
            "{}: {}{of} · {events} {} · {}{}",
            self.step,
            indicatif::BinaryBytes(bytes),
            self.unit,
            self.rate(events, elapsed),
            eta(bytes, total, elapsed)
        ));
    }
}

fn bar(step: &'static str) -> ProgressBar {
    let template =
        "{prefix:>9} {wide_bar:.green} {binary_bytes}/{binary_total_bytes} · {msg} · ETA {eta}";
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(8));
    bar.set_prefix(step);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn eta(bytes: u64, total: u64, elapsed: Duration) -> String {
    if bytes == 0 || total <= bytes {
        return String::new();
    }
    let left = elapsed.as_secs_f64() * (total - bytes) as f64 / bytes as f64;
    format!(" · ETA {} s", left.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::eta;
    use std::time::Duration;

    #[test]
    fn the_eta_is_what_is_left_at_the_pace_so_far() {
        assert_eq!(eta(25, 100, Duration::from_secs(10)), " · ETA 30 s");
        assert_eq!(eta(0, 100, Duration::from_secs(10)), "");
        assert_eq!(eta(100, 100, Duration::from_secs(10)), "");
    }
}
