//! Calls without an SDK crate: the SDK's own runtime signs, sends and times them as it does all others.
//!
//! What belongs here: what such calls have in common, whatever their protocol. What must not: a protocol, or an operation.

use std::time::Duration;

use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig, SigningOptions,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    user_agent::{ApiMetadata, UserAgentInterceptor},
};
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{
            AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
            static_resolver::StaticAuthSchemeOptionResolver,
        },
        identity::SharedIdentityResolver,
        orchestrator::HttpRequest,
        runtime_components::RuntimeComponentsBuilder,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::Layer, timeout::TimeoutConfig};
use aws_types::{SdkConfig, SigningName, region::SigningRegion};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How long AWS may take to answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// Who is asked.
#[derive(Debug)]
pub(crate) struct Service {
    /// As errors and logs have it.
    pub(crate) name: &'static str,
    /// As signatures have it.
    pub(crate) signing_name: &'static str,
}

/// What is escaped: all but what stands for itself, as signatures have it.
pub(crate) const PLAIN: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A text of which every byte that could mean something stands as its number.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, &PLAIN).to_string()
}

/// An operation at an address, with the same configuration as the SDK's clients. It is tried once, and ends within the
/// limit.
pub(crate) fn operation(
    sdk: &SdkConfig,
    service: &Service,
    name: &'static str,
    address: &str,
    limit: Duration,
) -> OperationBuilder {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(limit)
        .operation_attempt_timeout(limit)
        .build();
    let mut operation = by_its_clock(sdk)
        .service_name(service.name)
        .operation_name(name)
        .endpoint_url(address)
        .no_retry()
        .timeout_config(timeouts)
        .runtime_plugin(plugin(sdk, service));
    if let Some(client) = sdk.http_client() {
        operation = operation.http_client(client);
    }
    operation
}

/// The beginning of an operation that behaves and waits as the SDK's own do.
pub(crate) fn by_its_clock(sdk: &SdkConfig) -> OperationBuilder {
    let mut operation = Operation::builder();
    if let Some(version) = sdk.behavior_version() {
        operation = operation.behavior_version(version);
    }
    if let Some(sleep) = sdk.sleep_impl() {
        operation = operation.sleep_impl(sleep);
    }
    if let Some(time) = sdk.time_source() {
        operation = operation.time_source(time);
    }
    operation
}

/// Signature version 4 by the SDK's signer, with its credentials and its cache of them.
fn plugin(sdk: &SdkConfig, service: &Service) -> StaticRuntimePlugin {
    let mut config = Layer::new(service.name);
    config.store_put(AuthSchemeOptionResolverParams::new(()));
    config.store_put(signing(sdk, service, SigningOptions::default()));
    // CloudTrail shows who asked as it does of the SDK's clients.
    let version = env!("CARGO_PKG_VERSION");
    config.store_put(ApiMetadata::new(service.signing_name, version));
    if let Some(app) = sdk.app_name() {
        config.store_put(app.clone());
    }
    let mut parts = RuntimeComponentsBuilder::new(service.name);
    parts.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    parts.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    parts.push_interceptor(UserAgentInterceptor::new());
    if let Some(provider) = sdk.credentials_provider() {
        parts.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(provider));
    }
    if let Some(cache) = sdk.identity_cache() {
        parts.set_identity_cache(Some(cache));
    }
    StaticRuntimePlugin::new()
        .with_config(config.freeze())
        .with_runtime_components(parts)
}

/// How requests are signed: as the operation's plugin says, or one that comes after it.
pub(crate) fn signing(
    sdk: &SdkConfig,
    service: &Service,
    options: SigningOptions,
) -> SigV4OperationSigningConfig {
    SigV4OperationSigningConfig {
        region: sdk.region().cloned().map(SigningRegion::from),
        name: Some(SigningName::from_static(service.signing_name)),
        signing_options: options,
        ..SigV4OperationSigningConfig::default()
    }
}

/// A request that posts a body to the root, as the protocols of one path have it.
pub(crate) fn posted(content_type: &'static str, body: String) -> Result<HttpRequest, BoxError> {
    let length = body.len().to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", content_type);
    headers.insert("content-length", length);
    Ok(request)
}
