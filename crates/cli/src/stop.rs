//! How a run is asked to stop, and what is said when it is over.

use std::future::Future;

use sixshift_controller::Ending;

/// Resolves when somebody asks this program to end from now on: Ctrl-C, or SIGTERM as supervisors send it.
///
/// # Panics
/// Outside of a runtime.
pub(crate) fn asked() -> impl Future<Output = ()> {
    // Heard from here on, and not only once somebody waits for it.
    let (interrupt, terminate) = heard();
    async move {
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
}

#[cfg(unix)]
fn heard() -> (impl Future<Output = ()>, impl Future<Output = ()>) {
    use tokio::signal::unix::{SignalKind, signal};
    let each = |kind| {
        let signal = signal(kind);
        async move {
            match signal {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                // Without a handler it ends the program by itself.
                Err(_) => std::future::pending().await,
            }
        }
    };
    (each(SignalKind::interrupt()), each(SignalKind::terminate()))
}

#[cfg(not(unix))]
fn heard() -> (impl Future<Output = ()>, impl Future<Output = ()>) {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    (interrupt, std::future::pending())
}

/// The line above what is left. A demo's region is gone with it; elsewhere the next run goes on.
pub(crate) fn headline(ending: Ending, goes_on: bool) -> &'static str {
    match ending {
        Ending::Stopped if goes_on => {
            "\nStopped after the call under way. What is left, and goes on with the next run:"
        }
        Ending::Stopped => "\nStopped after the call under way. How it stood:",
        Ending::TimedOut => "\nTime is up. What is left:",
        Ending::Settled => "\nSettled:",
    }
}
