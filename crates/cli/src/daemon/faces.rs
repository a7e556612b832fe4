//! API and dashboard: on a thread of their own, so that readers cost the loop nothing.

use std::{
    fmt,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use jiff::Timestamp;
use sixshift_api::{Api, Asked, Doorkeeper, Limits, Serving, auth};
use sixshift_controller::Hands;
use sixshift_controller::{Board, journal::Records};

use super::log;

/// A load balancer's public key is small and near.
const KEY_TIMEOUT: Duration = Duration::from_secs(5);

/// What is served, and where.
#[derive(Debug)]
pub(crate) struct Faces {
    addresses: Vec<SocketAddr>,
    serving: Serving,
}

impl Faces {
    /// Serves on addresses that were bound.
    ///
    /// # Errors
    /// The settings for who may do what cannot be used.
    pub(crate) fn open(listeners: Vec<TcpListener>, api: Api) -> anyhow::Result<Self> {
        let addresses = listeners.iter().filter_map(|l| l.local_addr().ok());
        Ok(Self {
            addresses: addresses.collect(),
            serving: api.start(listeners)?,
        })
    }

    /// The port of the first address.
    pub(crate) fn port(&self) -> u16 {
        self.addresses.first().map_or(0, SocketAddr::port)
    }

    /// Who can be told that other people may do other things.
    pub(crate) fn doorkeeper(&self) -> Doorkeeper {
        self.serving.doorkeeper()
    }

    /// Ends requests under way within seconds.
    pub(crate) fn close(self) {
        self.serving.stop();
    }
}

impl fmt::Display for Faces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, address) in self.addresses.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}http://{address}")?;
        }
        Ok(())
    }
}

/// Binds addresses such as `localhost:8686` or `[::]:8686`; the port of the first one.
///
/// # Errors
/// One is taken, or no address.
pub(crate) fn listen(listen: &[String]) -> anyhow::Result<(Vec<TcpListener>, u16)> {
    let mut wanted = Vec::new();
    for text in listen {
        let found = text.to_socket_addrs();
        let found = found.with_context(|| {
            format!("{text} is no address to listen on; write e.g. 127.0.0.1:8686")
        })?;
        wanted.extend(found);
    }
    let listeners = sixshift_api::bind(&wanted)?;
    let first = listeners.first().and_then(|l| l.local_addr().ok());
    let port = first.map_or(0, |address| address.port());
    Ok((listeners, port))
}

/// What the faces show of a fleet; who may do what, hooks and limits are the caller's to fill in.
pub(crate) fn api(board: &Board, records: Records, hands: Hands, now: Asked<(), Timestamp>) -> Api {
    let board = board.clone();
    let metrics = board.metrics().clone();
    Api {
        board,
        records,
        metrics: Arc::new({
            let now = Arc::clone(&now);
            move |()| metrics.render(now(()), Some(&hands))
        }),
        log_level: log::setter(),
        now,
        hook_secret: None,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        auth: auth::Settings::default(),
        fetch_key: Some(key_fetcher()),
        limits: Limits::default(),
        hosts: Vec::new(),
        visitors: None,
    }
}

/// What fetches a load balancer's public keys.
pub(crate) fn key_fetcher() -> auth::FetchKey {
    Arc::new(|url| Box::pin(fetch_key(url)))
}

async fn fetch_key(url: String) -> Result<String, String> {
    let fetched = tokio::task::spawn_blocking(move || {
        let tls = crate::client::tls().map_err(|error| error.to_string())?;
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(KEY_TIMEOUT));
        let answer = config.build().new_agent().get(&url).call();
        let mut answer = answer.map_err(|error| format!("cannot fetch {url}: {error}"))?;
        let text = answer.body_mut().read_to_string();
        text.map_err(|error| format!("cannot read {url}: {error}"))
    });
    fetched.await.map_err(|error| error.to_string())?
}
