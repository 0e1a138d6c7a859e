//! Ctrl-C and SIGTERM: the first asks the rooms to stop at the next safe point, the second ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the rooms look at between two units of work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    /// For ingest.
    pub(crate) cancel: ingest::Cancel,
    /// For analyze.
    pub(crate) flag: Arc<AtomicBool>,
}

/// Starts to watch for signals.
pub(crate) fn watch() -> Interrupt {
    let interrupt = Interrupt::default();
    let seen = interrupt.clone();
    let watching = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || listen(&seen));
    if watching.is_err() {
        crate::output::note("warning: cannot watch for Ctrl-C; an interrupt ends the run at once");
    }
    interrupt
}

fn listen(interrupt: &Interrupt) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return;
    };
    runtime.block_on(async {
        next_signal().await;
        interrupt.cancel.cancel();
        interrupt.flag.store(true, Ordering::SeqCst);
        crate::output::note("stopping at the next safe point; interrupt again to end at once");
        next_signal().await;
        std::process::exit(2);
    });
}

#[cfg(unix)]
async fn next_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn next_signal() {
    drop(tokio::signal::ctrl_c().await);
}
