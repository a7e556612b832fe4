//! Requests and answers of AWS's protocols as JSON, and requests as they were again.
//!
//! What belongs here: the protocols, without any service. What must not: what is left out of a recording.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use ciborium::Value as Cbor;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::xml::{self, Element};

/// The member that stands for a moment of CBOR, in seconds.
const MOMENT: &str = "$seconds";

/// How a request is written, and so its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Protocol {
    /// `X-Amz-Target` and JSON.
    Json,
    /// A form in, XML out.
    Query,
    /// CBOR in, CBOR out, the operation in the path.
    Cbor,
}

/// A request, read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// As signatures name it.
    pub(crate) service: String,
    /// As AWS calls it.
    pub(crate) operation: String,
    /// How it was written.
    pub(crate) protocol: Protocol,
    /// Its document; of a form, the fields by their names.
    pub(crate) input: Value,
}

/// An answer, read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answered {
    /// The HTTP status.
    pub(crate) status: u16,
    /// AWS's error code.
    pub(crate) error: Option<String>,
    /// Its document; of an error nothing.
    pub(crate) body: Value,
}

/// A request as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Where to.
    pub path: String,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent.
    pub body: Vec<u8>,
}

/// What is not heard, with the reason; a service's name alone is all that it is asked.
const UNHEARD: [(&str, &str); 4] = [
    ("sts", "who somebody is"),
    ("sso", "the same"),
    ("s3", "what somebody keeps there"),
    (
        "wafv2 GetIPSet",
        "a set of addresses is somebody's own, and asked for by its name",
    ),
];

/// A request of an AWS client; `None` for whatever else it may be, above all for what fetches credentials.
pub(super) fn asked(request: &HttpRequest) -> Option<Asked> {
    let headers = request.headers();
    let service = signed_for(headers.get("authorization")?)?;
    let body = request.body().bytes()?;
    let (protocol, operation, input) = if headers.get("smithy-protocol").is_some() {
        let operation = request.uri().rsplit('/').next()?.to_owned();
        (Protocol::Cbor, operation, from_cbor(body))
    } else if let Some(target) = headers.get("x-amz-target") {
        let operation = target.rsplit('.').next()?.to_owned();
        let input = serde_json::from_slice(body).ok()?;
        (Protocol::Json, operation, input)
    } else {
        let mut form = from_form(body);
        let action = form.remove("Action")?.as_str()?.to_owned();
        (Protocol::Query, action, form.into())
    };
    let name = format!("{service} {operation}");
    let is_heard = UNHEARD
        .iter()
        .all(|(what, _)| *what != service && *what != name);
    is_heard.then_some(Asked {
        service,
        operation,
        protocol,
        input,
    })
}

/// `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`
fn signed_for(authorization: &str) -> Option<String> {
    let scope = authorization.split("Credential=").nth(1)?;
    scope.split('/').nth(3).map(str::to_owned)
}

/// An answer to a request of a protocol.
pub(super) fn answered(protocol: Protocol, response: &HttpResponse) -> Answered {
    let kind = response.headers().get("x-amzn-errortype");
    let body = response.body().bytes().unwrap_or_default();
    read(protocol, response.status().as_u16(), kind, body)
}

/// The same from its parts; `kind` is the header that may name the error.
pub(crate) fn read(protocol: Protocol, status: u16, kind: Option<&str>, body: &[u8]) -> Answered {
    let body = match protocol {
        Protocol::Json => serde_json::from_slice(body).unwrap_or_default(),
        Protocol::Query => Element::read(body).document(),
        Protocol::Cbor => from_cbor(body),
    };
    if status < 400 {
        return Answered {
            status,
            error: None,
            body,
        };
    }
    let places = ["/__type", "/code", "/Error/Code", "/Errors/Error/Code"];
    let said = places.iter().find_map(|at| body.pointer(at)?.as_str());
    let error = kind.or(said).map(|code| {
        let code = code.split(':').next().unwrap_or(code);
        code.rsplit('#').next().unwrap_or(code).to_owned()
    });
    Answered {
        status,
        error,
        body: Value::Null,
    }
}

/// A request as it was, signed by nobody, for a region.
pub(crate) fn posted(asked: &Asked, region: &str) -> Posted {
    let (service, operation) = (&asked.service, &asked.operation);
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=AKID/20260101/{region}/{service}/aws4_request");
    let mut headers = vec![("authorization", scope)];
    let mut path = "/".to_owned();
    let body = match asked.protocol {
        Protocol::Json => {
            headers.push(("content-type", "application/x-amz-json-1.1".to_owned()));
            headers.push(("x-amz-target", format!("{}.{operation}", target(service))));
            asked.input.to_string().into_bytes()
        }
        Protocol::Query => {
            let kind = "application/x-www-form-urlencoded".to_owned();
            headers.push(("content-type", kind));
            let mut form = vec![("Action".to_owned(), operation.clone())];
            let fields = asked.input.as_object().into_iter().flatten();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            form.extend(fields.map(|(name, value)| (name.clone(), text(value))));
            xml::body(&form).into_bytes()
        }
        Protocol::Cbor => {
            headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
            headers.push(("content-type", "application/cbor".to_owned()));
            path = format!("/service/{}/operation/{operation}", target(service));
            let mut body = Vec::new();
            // Writing into memory does not fail.
            let _ = ciborium::into_writer(&to_cbor(&asked.input), &mut body);
            body
        }
    };
    Posted {
        path,
        headers,
        body,
    }
}

/// What the models call a service.
fn target(service: &str) -> &'static str {
    match service {
        "ecs" => "AmazonEC2ContainerServiceV20141113",
        "application-autoscaling" => "AnyScaleFrontendService",
        "wafv2" => "AWSWAF_20190729",
        _ => "GraniteServiceVersion20100801",
    }
}

fn from_form(body: &[u8]) -> Map<String, Value> {
    let text = String::from_utf8_lossy(body);
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8_lossy();
        decoded.into_owned()
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(k, v)| (decoded(k), Value::from(decoded(v))))
        .collect()
}

fn from_cbor(body: &[u8]) -> Value {
    let read: Result<Cbor, _> = ciborium::from_reader(body);
    read.map(|value| as_json(&value)).unwrap_or_default()
}

fn as_json(value: &Cbor) -> Value {
    match value {
        Cbor::Integer(i) => i64::try_from(*i).map_or(Value::Null, Value::from),
        Cbor::Float(f) => json!(f),
        Cbor::Text(text) => text.as_str().into(),
        Cbor::Bool(b) => (*b).into(),
        Cbor::Array(items) => items.iter().map(as_json).collect(),
        Cbor::Map(members) => {
            let named = members.iter().filter_map(|(k, v)| Some((k.as_text()?, v)));
            Value::Object(named.map(|(k, v)| (k.to_owned(), as_json(v))).collect())
        }
        Cbor::Tag(1, moment) => json!({ MOMENT: as_json(moment) }),
        _ => Value::Null,
    }
}

fn to_cbor(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(b) => Cbor::Bool(*b),
        Value::Number(n) => match n.as_i64() {
            Some(i) => Cbor::Integer(i.into()),
            None => Cbor::Float(n.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(to_cbor).collect()),
        Value::Object(members) => match members.get(MOMENT) {
            Some(moment) => Cbor::Tag(1, Box::new(to_cbor(moment))),
            None => {
                let pair = |(k, v): (&String, &Value)| (Cbor::Text(k.clone()), to_cbor(v));
                Cbor::Map(members.iter().map(pair).collect())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request as an AWS client sends it.
    fn sent(asked: &Asked) -> HttpRequest {
        let posted = posted(asked, "eu-central-1");
        let mut request = HttpRequest::new(posted.body.into());
        request
            .set_uri(format!("https://x{}", posted.path))
            .unwrap();
        for (name, value) in posted.headers {
            request.headers_mut().insert(name, value);
        }
        request
    }

    #[test]
    fn a_request_of_each_protocol_is_the_same_after_it_was_written_again() {
        let form = json!({ "Version": "2015-12-01", "Names.member.1": "a b&c" });
        let metrics = json!({ "StartTime": { MOMENT: 1_772_436_600 }, "Queries": [{ "Id": "m1", "Period": 60 }] });
        for (service, protocol, input) in [
            (
                "ecs",
                Protocol::Json,
                json!({ "cluster": "c", "include": ["TAGS"] }),
            ),
            ("elasticloadbalancing", Protocol::Query, form),
            ("monitoring", Protocol::Cbor, metrics),
        ] {
            let asked_for = Asked {
                service: service.to_owned(),
                operation: "DoIt".to_owned(),
                protocol,
                input,
            };
            assert_eq!(asked(&sent(&asked_for)), Some(asked_for));
        }
    }

    #[test]
    fn what_is_asked_of_others_things_by_their_names_is_not_heard() {
        for (service, operation, is_heard) in [
            ("wafv2", "GetWebACLForResource", true),
            ("wafv2", "GetIPSet", false),
            ("sts", "GetCallerIdentity", false),
        ] {
            let asked_for = Asked {
                service: service.to_owned(),
                operation: operation.to_owned(),
                protocol: Protocol::Json,
                input: json!({ "Name": "payments-allowed" }),
            };
            assert_eq!(asked(&sent(&asked_for)).is_some(), is_heard, "{operation}");
        }
    }

    #[test]
    fn an_error_has_its_code_in_each_protocol() {
        let ec2 = b"<Response><Errors><Error><Code>A</Code></Error></Errors></Response>";
        let query = b"<ErrorResponse><Error><Code>A</Code></Error></ErrorResponse>";
        let json = br#"{"__type":"com.amazonaws.ecs#A"}"#;
        for (protocol, body) in [
            (Protocol::Query, &ec2[..]),
            (Protocol::Query, &query[..]),
            (Protocol::Json, &json[..]),
        ] {
            let error = read(protocol, 400, None, body).error;
            assert_eq!(error.as_deref(), Some("A"));
        }
    }
}
