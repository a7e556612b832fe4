//! The connections to AWS that all clients of a process share.
//!
//! What belongs here: how they are made, and how many are kept. What must not: what is asked over them, and how long that may
//! take.

use aws_smithy_http_client::{
    Builder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Connections kept for the next call, for each host. Each has buffers of some 40 KB; what a burst needed beyond these would
/// lie about until the next one, a minute later.
const KEPT: usize = 8;

/// The SDK's own client, once for all services: each would read the certificates again, and keep whatever it connected.
pub(crate) fn shared() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default()
            .pool_max_idle_per_host(KEPT)
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.set_sleep_impl(components.and_then(|parts| parts.sleep_impl()));
        connector.build()
    })
}
