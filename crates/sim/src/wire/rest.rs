//! restJson1: the operation in the method and the path, what is asked in path, query and body; JSON out.

mod routes;

use bytes::Bytes;
use http::Request;
use percent_encoding::percent_decode_str;

use super::json::AwsJson;
use super::{Asked, Codec, Written, query, service_hint};
use crate::Value;
use crate::services::{AwsError, Service};
use routes::{Api, EFS, LATTICE};

/// The codec.
pub(crate) struct RestJson;

/// Bodies are as awsJson has them.
const JSON: AwsJson = AwsJson {
    content_type: "application/json",
};

/// How a service is asked.
fn api(service: Option<Service>) -> &'static Api {
    match service {
        Some(Service::Lattice) => &LATTICE,
        _ => &EFS,
    }
}

impl Codec for RestJson {
    fn read(&self, request: &Request<Bytes>) -> Result<(String, Value), AwsError> {
        let api = api(service_hint(request));
        let path = request.uri().path();
        let path = path.strip_prefix(api.version).unwrap_or(path);
        let found = api.routes.iter().find_map(|(method, pattern, op, _)| {
            let named = named(pattern, path)?;
            (request.method().as_str() == *method).then_some((op, named))
        });
        let (op, mut input) = found.ok_or_else(|| {
            AwsError::new("UnknownOperationException", "no operation has this path")
                .with_status(404)
        })?;
        if !request.body().is_empty() {
            let body = serde_json::from_slice(request.body())
                .map_err(|e| AwsError::new(api.invalid, format!("the body is not JSON: {e}")))?;
            for (name, value) in super::json::from_json(body).fields() {
                input.set(name, value.clone());
            }
        }
        for (name, value) in query::pairs(request.uri().query().unwrap_or_default().as_bytes()) {
            let value = Value::from(value);
            if api.lists.contains(&name.as_str()) {
                let before = input.get(&name).items().to_vec();
                let all = before.into_iter().chain([value]);
                input.set(&name, Value::List(all.collect()));
            } else {
                input.set(&name, value);
            }
        }
        Ok(((*op).to_owned(), input))
    }

    fn done(&self, asked: &Asked) -> u16 {
        let mut routes = api(asked.service).routes.iter();
        let route = routes.find(|(_, _, op, _)| *op == asked.op);
        route.map_or(200, |(_, _, _, status)| *status)
    }

    fn write(&self, asked: &Asked, output: &Value) -> Written {
        if self.done(asked) == 204 {
            return Written {
                content_type: JSON.content_type,
                headers: Vec::new(),
                body: Vec::new(),
            };
        }
        match api(asked.service).writes_moments_out {
            true => JSON.write(asked, &written_out(output)),
            false => JSON.write(asked, output),
        }
    }

    /// With the members that the service's model has for its errors beside the sentence.
    fn refuse(&self, asked: &Asked, error: &AwsError) -> Written {
        let mut written = JSON.refuse(asked, error);
        if asked.service != Some(Service::Lattice) {
            return written;
        }
        let mut body = serde_json::json!({ "message": error.message });
        match &error.about {
            Some(about) => {
                body["resourceType"] = about.0.into();
                body["resourceId"] = about.1.as_str().into();
            }
            None if error.code == "ValidationException" => body["reason"] = "other".into(),
            None => {}
        }
        written.body = body.to_string().into_bytes();
        written
    }
}

/// Moments as ISO 8601 has them, where a model says so.
fn written_out(value: &Value) -> Value {
    match value {
        Value::Time(at) => Value::from(at.to_string()),
        Value::List(items) => Value::List(items.iter().map(written_out).collect()),
        Value::Map(fields) => {
            let fields = fields.iter().map(|(k, v)| (k.clone(), written_out(v)));
            Value::Map(fields.collect())
        }
        other => other.clone(),
    }
}

/// What a path says where a pattern has names. An ARN has its slashes encoded.
fn named(pattern: &str, path: &str) -> Option<Value> {
    let path = path.trim_matches('/');
    let (mut parts, mut input) = (path.split('/'), Vec::new());
    for wanted in pattern.split('/') {
        let part = parts.next()?;
        match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
            Some(name) => {
                let part = percent_decode_str(part).decode_utf8_lossy();
                input.push((name, Value::from(part.as_ref())));
            }
            None if wanted == part => {}
            None => return None,
        }
    }
    parts.next().is_none().then(|| Value::map(input))
}
