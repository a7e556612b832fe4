//! Requests of our own at a load balancer's door, as a customer's come: what was answered, and in what time.
//!
//! What belongs here: how such a request gets there, whose name it asks for, and how long it may take. What must not: which
//! rule it is to meet ([`crate::observe`]), and whether an answer is good.

use std::{error::Error as StdError, net::IpAddr, time::Duration};

use aws_smithy_http_client::{
    Builder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        dns::{DnsFuture, ResolveDns, ResolveDnsError},
        http::SharedHttpClient,
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
        ser_de::DeserializeResponse,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag, timeout::TimeoutConfig};
use aws_types::SdkConfig;
use sixshift_core::{
    names::PROBE_HEADER,
    observation::{Answer, Answers},
    plan::HttpProbe,
};
use tokio::time::Instant;

use crate::signed;

/// How long an answer may take at all; the longest that a plan may allow is less.
const LIMIT: Duration = Duration::from_secs(6);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// How doors are reached.
#[derive(Clone, Debug)]
pub(crate) enum Doors {
    /// By their names, over connections that no call of AWS's API uses.
    ByName,
    /// What stands for AWS (`AWS_ENDPOINT_URL`) stands for the load balancers too: it is asked as a proxy is, by the whole
    /// address.
    StandIn(String),
    /// Over a client of somebody's own.
    Over(SharedHttpClient),
}

/// A listener, as a customer finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    /// `http` or `https`.
    scheme: &'static str,
    /// The load balancer's name.
    name: String,
    port: u16,
}

impl Door {
    /// Of a load balancer's name, and a listener as it is told to people: `HTTPS:443`.
    pub(crate) fn of(name: &str, listener: &str) -> Option<Self> {
        let (protocol, port) = listener.split_once(':')?;
        let scheme = match protocol {
            "HTTP" => "http",
            "HTTPS" => "https",
            _ => return None,
        };
        (!name.is_empty()).then_some(Self {
            scheme,
            name: name.to_owned(),
            port: port.parse().ok()?,
        })
    }

    /// For people.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}:{}", self.scheme, self.name, self.port)
    }
}

/// What is asked, with the mark by which the load balancer knows it.
pub(crate) struct Asking<'a> {
    pub(crate) http: &'a HttpProbe,
    pub(crate) mark: &'a str,
    pub(crate) times: u32,
}

impl Doors {
    /// As an SDK's configuration says.
    pub(crate) fn of(sdk: &SdkConfig) -> Self {
        match sdk.endpoint_url() {
            Some(url) => Self::StandIn(url.to_owned()),
            None => Self::ByName,
        }
    }

    /// One request after the other, until one gets no answer. `rate`: virtual seconds a second.
    pub(crate) async fn ask(
        &self,
        sdk: &SdkConfig,
        door: &Door,
        asking: &Asking<'_>,
        rate: f64,
    ) -> Answers {
        let silent = |why: String| Answers::Silent {
            door: door.url(),
            why,
        };
        let operation = match self.operation(sdk, door, asking, rate) {
            Ok(operation) => operation,
            Err(why) => return silent(why),
        };
        let mut answers = Vec::new();
        for _ in 0..asking.times {
            let sent = Instant::now();
            match operation.invoke(()).await {
                Ok(Status(status)) => answers.push(Answer {
                    status,
                    took: sent.elapsed().mul_f64(rate),
                }),
                Err(error) => return silent(why(&error)),
            }
        }
        Answers::Came(answers)
    }

    fn operation(
        &self,
        sdk: &SdkConfig,
        door: &Door,
        asking: &Asking<'_>,
        rate: f64,
    ) -> Result<Operation<(), Status, Never>, String> {
        let host = asking.http.host.as_deref();
        let address = match self {
            // The name in the address is the one in the certificate; where it leads is the load balancer's matter.
            Self::ByName => format!(
                "{}://{}:{}",
                door.scheme,
                host.unwrap_or(&door.name),
                door.port
            ),
            Self::StandIn(_) => format!("http://{}:{}", door.name, door.port),
            Self::Over(_) => door.url(),
        };
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT.div_f64(rate))
            .operation_timeout(LIMIT.div_f64(rate))
            .operation_attempt_timeout(LIMIT.div_f64(rate))
            .build();
        let request = request(
            asking.http,
            host.unwrap_or(&door.name),
            door.port,
            asking.mark,
        );
        let request = request.map_err(|error| error.to_string())?;
        Ok(signed::by_its_clock(sdk)
            .service_name("load balancer")
            .operation_name("probe")
            .endpoint_url(&address)
            .no_auth()
            .no_retry()
            .timeout_config(timeouts)
            .http_client(self.client(door)?)
            .serializer(move |()| clone(&request))
            .deserializer_impl(Head)
            .build())
    }

    /// A client for one look: a name may lead elsewhere in the next.
    fn client(&self, door: &Door) -> Result<SharedHttpClient, String> {
        let tls = Provider::Rustls(CryptoMode::AwsLc);
        Ok(match self {
            Self::ByName => Builder::new()
                .tls_provider(tls)
                .build_with_resolver(Towards(door.name.clone())),
            Self::StandIn(url) => {
                let proxy = ProxyConfig::http(url.as_str()).map_err(|e| e.to_string())?;
                Builder::new().build_with_connector_fn(move |settings, components| {
                    let mut connector = ConnectorBuilder::default().tls_provider(tls.clone());
                    connector.set_connector_settings(settings.cloned());
                    connector.set_proxy_config(Some(proxy.clone()));
                    connector.set_sleep_impl(components.and_then(|parts| parts.sleep_impl()));
                    connector.build()
                })
            }
            Self::Over(client) => client.clone(),
        })
    }
}

fn request(http: &HttpProbe, host: &str, port: u16, mark: &str) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_method(&http.method)?;
    request.set_uri(http.path.as_str())?;
    let headers = request.headers_mut();
    for (name, value) in &http.headers {
        headers.try_insert(name.clone(), value.clone())?;
    }
    let host = match port {
        80 | 443 => host.to_owned(),
        port => format!("{host}:{port}"),
    };
    headers.try_insert("host", host)?;
    headers.try_insert(
        "user-agent",
        concat!("sixshift/", env!("CARGO_PKG_VERSION")),
    )?;
    headers.try_insert(PROBE_HEADER, mark.to_owned())?;
    Ok(request)
}

fn clone(request: &HttpRequest) -> Result<HttpRequest, BoxError> {
    request
        .try_clone()
        .ok_or_else(|| "a request with a body".into())
}

/// A load balancer's addresses, whatever name is asked for.
#[derive(Clone, Debug)]
struct Towards(String);

impl ResolveDns for Towards {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((self.0.as_str(), 0)).await;
            let found = found.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).collect::<Vec<IpAddr>>())
        })
    }
}

/// The status of an answer. Its body is nobody's matter, and is not read.
#[derive(Debug)]
struct Status(u16);

/// No answer is a refusal: each has a status.
#[derive(Debug, thiserror::Error)]
enum Never {}

#[derive(Debug)]
struct Head;

impl DeserializeResponse for Head {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<
        Result<
            aws_smithy_runtime_api::client::interceptors::context::Output,
            OrchestratorError<aws_smithy_runtime_api::client::interceptors::context::Error>,
        >,
    > {
        let status = Status(response.status().as_u16());
        Some(Ok(
            aws_smithy_runtime_api::client::interceptors::context::Output::erase(status),
        ))
    }
}

/// Why there was no answer, without a full stop: in the words of whoever knew first.
fn why(error: &SdkError<Never, HttpResponse>) -> String {
    if let SdkError::TimeoutError(_) = error {
        return format!("no answer came within {} s", LIMIT.as_secs());
    }
    let mut cause: &dyn StdError = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_door_is_a_listener_of_requests() {
        let door = |listener| Door::of("shop-1.eu-central-1.elb.amazonaws.com", listener);
        assert_eq!(
            door("HTTPS:8443").unwrap().url(),
            "https://shop-1.eu-central-1.elb.amazonaws.com:8443"
        );
        assert_eq!(door("TCP:443"), None);
        assert_eq!(Door::of("", "HTTP:80"), None);
    }

    #[test]
    fn a_request_has_the_plans_name_its_headers_and_our_mark() {
        let http = HttpProbe {
            method: "GET".to_owned(),
            path: "/orders?limit=1".to_owned(),
            host: None,
            headers: BTreeMap::from([("accept".to_owned(), "text/html".to_owned())]),
        };
        let request = request(&http, "shop.example.com", 8443, "4f1c").unwrap();
        assert_eq!(request.uri(), "/orders?limit=1");
        assert_eq!(request.headers().get("host"), Some("shop.example.com:8443"));
        assert_eq!(request.headers().get(PROBE_HEADER), Some("4f1c"));
        assert_eq!(request.headers().get("accept"), Some("text/html"));
    }
}
