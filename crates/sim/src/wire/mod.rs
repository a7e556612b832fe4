//! One codec a protocol: an HTTP request becomes a service, an operation and a `Value`; a `Value` or refusal becomes a response.
//!
//! What belongs here: choosing the codec, finding service and region in the request, the headers that every answer has.
//! What must not: what an operation does. A new protocol is one more file and one more arm of [`Protocol`].

mod cbor;
pub(crate) mod json;
mod query;
mod rest;
mod rest_xml;
mod xml;

use std::io::Read as _;

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

use crate::Value;
use crate::services::{AwsError, Service};

/// No request that AWS takes here is larger, packed or not.
pub(crate) const LARGEST: usize = 4 << 20;

/// How a request is written, and so its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `X-Amz-Target` and JSON; the content type's version is 1.0.
    AwsJson10,
    /// `X-Amz-Target` and JSON; the content type's version is 1.1.
    AwsJson11,
    /// A form in, XML out.
    AwsQuery,
    /// EC2's dialect of the form and the XML.
    Ec2Query,
    /// CBOR in, CBOR out, the operation in the path.
    RpcV2Cbor,
    /// The operation in method and path, JSON both ways.
    RestJson,
    /// The operation in method, path and query, XML both ways, or a body as it is.
    RestXml,
}

/// A request as the services see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The service it is for.
    pub service: Service,
    /// The operation's name.
    pub op: String,
    /// The operation's input.
    pub input: Value,
    /// The region that it is signed for.
    pub region: String,
}

/// What an answer has to say about the request it answers.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The protocol of the request.
    pub protocol: Protocol,
    /// The service, where it was found.
    pub service: Option<Service>,
    /// The operation's name, where it was found.
    pub op: String,
    /// The id of this request.
    pub request_id: String,
    /// The region's time.
    pub now: Timestamp,
}

/// The body of an answer with what only its protocol says about it.
pub(crate) struct Written {
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// One protocol. A codec knows the shape of messages and nothing of what they mean.
pub(crate) trait Codec {
    /// The operation and its input.
    fn read(&self, request: &Request<Bytes>) -> Result<(String, Value), AwsError>;
    /// The status of an answer.
    fn done(&self, _asked: &Asked) -> u16 {
        200
    }
    /// An operation's output.
    fn write(&self, asked: &Asked, output: &Value) -> Written;
    /// A refusal.
    fn refuse(&self, asked: &Asked, error: &AwsError) -> Written;
}

impl Protocol {
    /// The protocol that a request is written in.
    pub fn of(request: &Request<Bytes>) -> Self {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default()
        };
        if header("smithy-protocol") == "rpc-v2-cbor" {
            Self::RpcV2Cbor
        } else if header("content-type").starts_with("application/x-amz-json-1.0") {
            Self::AwsJson10
        } else if request.headers().contains_key("x-amz-target") {
            Self::AwsJson11
        } else {
            match service_hint(request) {
                Some(Service::Ec2) => Self::Ec2Query,
                Some(service) if service.is_rest() => Self::RestJson,
                Some(service) if service.is_rest_xml() => Self::RestXml,
                _ => Self::AwsQuery,
            }
        }
    }

    fn codec(self) -> &'static dyn Codec {
        match self {
            Self::AwsJson10 => &json::AwsJson {
                content_type: "application/x-amz-json-1.0",
            },
            Self::AwsJson11 => &json::AwsJson {
                content_type: "application/x-amz-json-1.1",
            },
            Self::AwsQuery => &query::AwsQuery,
            Self::Ec2Query => &query::Ec2Query,
            Self::RpcV2Cbor => &cbor::RpcV2Cbor,
            Self::RestJson => &rest::RestJson,
            Self::RestXml => &rest_xml::RestXml,
        }
    }
}

/// Reads a request that is meant for `region`.
///
/// # Errors
/// What AWS answers to a request without credentials, for another region, for an unknown service, or that cannot be read.
pub fn read(request: &Request<Bytes>, region: &str) -> Result<Call, AwsError> {
    let scope = scope(request).ok_or_else(missing_token)?;
    let service = Service::from_signing_name(&scope.service)
        .ok_or_else(|| unknown_service(&scope.service))?;
    // Global endpoints are signed for us-east-1 whatever the caller's region.
    let is_tied = !service.is_global() && !service.is_everywhere();
    if scope.region != region && is_tied {
        return Err(wrong_region(&scope.region, region));
    }
    let unpacked = unpack(request)?;
    let (op, input) = Protocol::of(request)
        .codec()
        .read(unpacked.as_ref().unwrap_or(request))?;
    Ok(Call {
        service,
        op,
        input,
        region: scope.region,
    })
}

/// Writes the answer to a request, whatever came of it.
pub fn write(asked: &Asked, outcome: Result<&Value, &AwsError>) -> Response<Bytes> {
    let codec = asked.protocol.codec();
    let (status, written) = match outcome {
        Ok(output) => (codec.done(asked), codec.write(asked, output)),
        Err(error) => (error.status, codec.refuse(asked, error)),
    };
    let mut response = Response::builder()
        .status(status)
        .header("content-type", written.content_type)
        .header("content-length", written.body.len())
        .header("x-amzn-requestid", &asked.request_id)
        .header("date", http_date(asked.now));
    for (name, value) in written.headers {
        response = response.header(name, value);
    }
    // Every part above is ASCII of our own making, so the builder has nothing to refuse.
    response.body(Bytes::from(written.body)).unwrap_or_default()
}

/// The operation's name as far as the request tells it, for answers to requests that could not be read.
pub fn op_hint(request: &Request<Bytes>) -> String {
    let target = request
        .headers()
        .get("x-amz-target")
        .and_then(|v| v.to_str().ok());
    let named = target
        .and_then(|t| t.rsplit('.').next())
        .or_else(|| request.uri().path().rsplit('/').next());
    named
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect()
}

/// The service as far as the request tells it.
pub fn service_hint(request: &Request<Bytes>) -> Option<Service> {
    scope(request)
        .and_then(|s| Service::from_signing_name(&s.service))
        .or_else(|| {
            let target = request.headers().get("x-amz-target")?.to_str().ok()?;
            Service::from_target(target.split('.').next()?)
        })
}

/// Clients compress long PutMetricData bodies.
fn unpack(request: &Request<Bytes>) -> Result<Option<Request<Bytes>>, AwsError> {
    if request
        .headers()
        .get("content-encoding")
        .is_none_or(|e| e != "gzip")
    {
        return Ok(None);
    }
    let mut body = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(request.body().as_ref()).take(LARGEST as u64 + 1);
    match reader.read_to_end(&mut body) {
        Ok(read) if read <= LARGEST => Ok(Some(request.clone().map(|_| Bytes::from(body)))),
        _ => Err(AwsError::new(
            "SerializationException",
            "the compressed body cannot be read",
        )),
    }
}

/// Whom and where a signature is for: `AKID/20260101/eu-central-1/ecs/aws4_request`.
struct Scope {
    region: String,
    service: String,
}

fn scope(request: &Request<Bytes>) -> Option<Scope> {
    let header = request
        .headers()
        .get("authorization")
        .and_then(|v| v.to_str().ok());
    let credential = match header {
        Some(text) => text
            .split("Credential=")
            .nth(1)?
            .split([',', ' '])
            .next()?
            .to_owned(),
        None => query::pairs(request.uri().query()?.as_bytes())
            .find(|(k, _)| k == "X-Amz-Credential")
            .map(|(_, v)| v)?,
    };
    let mut parts = credential.split('/').skip(2);
    Some(Scope {
        region: parts.next()?.to_owned(),
        service: parts.next()?.to_owned(),
    })
}

fn missing_token() -> AwsError {
    let message = "Request is missing Authentication Token";
    AwsError {
        status: 403,
        ..AwsError::new("MissingAuthenticationToken", message)
    }
}

fn unknown_service(name: &str) -> AwsError {
    let message = format!("This simulated region has no service '{name}'.");
    AwsError {
        status: 404,
        ..AwsError::new("UnknownService", message)
    }
}

fn wrong_region(asked: &str, here: &str) -> AwsError {
    let message = format!(
        "Credential should be scoped to a valid region. This is {here}, the request is signed for {asked}."
    );
    AwsError {
        status: 403,
        ..AwsError::new("SignatureDoesNotMatch", message)
    }
}

/// The date as HTTP spells it.
fn http_date(now: Timestamp) -> String {
    now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A value as text, the same for the same value.
pub(crate) fn as_text(value: &Value) -> String {
    json::to_json(value).to_string()
}

/// A value as the JSON that AWS would write.
pub(crate) fn as_json(value: &Value) -> serde_json::Value {
    json::to_json(value)
}

/// The value that a JSON text spells.
#[cfg(test)]
pub(crate) fn from_text(text: &str) -> Value {
    json::from_json(serde_json::from_str(text).unwrap())
}

/// The whole milliseconds of a moment: no protocol here carries more.
pub(crate) fn epoch_seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

#[cfg(test)]
mod tests;
