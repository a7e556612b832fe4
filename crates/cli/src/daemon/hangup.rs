//! SIGHUP: the settings are read again from where they came, and the log's filter is taken over; so are secrets from where they
//! are kept.
//!
//! What belongs here: the signal, and what is read because of it. What must not: any other setting, which a start takes.

use sixshift_controller::secret::Secret;

use super::{log, origin::Origin, settings::Settings};

/// Hang-ups that were sent since somebody listens.
#[derive(Debug)]
pub(super) struct Hangups {
    #[cfg(unix)]
    signals: std::io::Result<tokio::signal::unix::Signal>,
}

impl Hangups {
    /// From now on none ends the program.
    pub(super) fn listen() -> Self {
        Self {
            #[cfg(unix)]
            signals: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()),
        }
    }

    /// Never ends: at each one settings and secrets are read again, without holding up whoever runs beside it.
    pub(super) async fn reread(self, config: &Origin, secrets: &[&Secret]) {
        #[cfg(unix)]
        if let Ok(mut signals) = self.signals {
            while signals.recv().await.is_some() {
                secrets.iter().for_each(|secret| secret.doubt());
                match take_over(config).await {
                    Ok(filter) => tracing::info!("{config} was read again: log.filter is {filter}"),
                    Err(error) => tracing::error!("the log goes on as before: {error}"),
                }
            }
        }
        std::future::pending().await
    }
}

async fn take_over(config: &Origin) -> Result<String, String> {
    if !config.is_lasting() {
        return Err(
            "the settings came from standard input, which cannot be read again; start the daemon anew to change them"
                .to_owned(),
        );
    }
    let origin = config.clone();
    let read = tokio::task::spawn_blocking(move || Settings::read(&origin)).await;
    let settings = read.map_err(|error| error.to_string())?;
    let settings = settings.map_err(|error| format!("{error:#}"))?;
    let filter = settings.log.filter.unwrap_or_else(|| "info".to_owned());
    log::set(&filter).map(|()| filter)
}
