//! SIGHUP: the settings are read again from where they came, and the log's filter and who may do what are taken over; so are
//! secrets from where they are kept.
//!
//! What belongs here: the signal, and what is read because of it. What must not: any other setting, which a start takes.

use sixshift_api::Doorkeeper;
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
    pub(super) async fn reread(
        self,
        config: &Origin,
        secrets: &[&Secret],
        doorkeeper: &Doorkeeper,
    ) {
        #[cfg(unix)]
        if let Ok(mut signals) = self.signals {
            while signals.recv().await.is_some() {
                secrets.iter().for_each(|secret| secret.doubt());
                doorkeeper.doubt();
                take_over(config, doorkeeper).await;
            }
        }
        std::future::pending().await
    }
}

/// Takes over what can be, and tells.
async fn take_over(config: &Origin, doorkeeper: &Doorkeeper) {
    let settings = match read(config).await {
        Ok(settings) => settings,
        Err(error) => {
            tracing::error!("the log, and who may do what, go on as before: {error}");
            return;
        }
    };
    let filter = settings.log.filter.as_deref().unwrap_or("info");
    match log::set(filter) {
        Ok(()) => tracing::info!("{config} was read again: log.filter is {filter}"),
        Err(error) => tracing::error!("the log goes on as before: {error}"),
    }
    let doorkeeper = doorkeeper.clone();
    // A token may be kept where it has to be asked for.
    let known = tokio::task::spawn_blocking(move || doorkeeper.take_over(&settings.auth)).await;
    match known {
        Ok(Ok(())) => tracing::info!("{config} was read again: auth says who may do what"),
        Ok(Err(error)) => tracing::error!("who may do what goes on as before: auth: {error}"),
        Err(error) => tracing::error!("who may do what goes on as before: {error}"),
    }
}

async fn read(config: &Origin) -> Result<Settings, String> {
    if !config.is_lasting() {
        return Err(
            "the settings came from standard input, which cannot be read again; start the daemon anew to change them"
                .to_owned(),
        );
    }
    let origin = config.clone();
    let read = tokio::task::spawn_blocking(move || Settings::read(&origin)).await;
    let settings = read.map_err(|error| error.to_string())?;
    settings.map_err(|error| format!("{error:#}"))
}
