//! How a run is asked to stop, and what is said when it is over.

use sixshift_controller::Ending;

/// Resolves when somebody asks this program to end: Ctrl-C, or SIGTERM as supervisors send it.
pub(crate) async fn asked() {
    let ctrl_c = async {
        // Without a handler Ctrl-C ends the program by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = ctrl_c => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
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
