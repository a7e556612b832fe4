//! awsJson 1.0 and 1.1: the operation in `X-Amz-Target`, JSON both ways, moments as epoch seconds.

use bytes::Bytes;
use http::Request;
use serde_json::{Map, Number, Value as Json};

use super::{Asked, Codec, Written, epoch_seconds, xml::base64};
use crate::Value;
use crate::services::AwsError;

/// The codec; both versions differ in their content type alone.
pub(crate) struct AwsJson {
    pub(crate) content_type: &'static str,
}

impl Codec for AwsJson {
    fn read(&self, request: &Request<Bytes>) -> Result<(String, Value), AwsError> {
        let target = request
            .headers()
            .get("x-amz-target")
            .and_then(|v| v.to_str().ok());
        let op = target
            .and_then(|t| t.split_once('.'))
            .map(|(_, op)| op.to_owned());
        let op = op
            .ok_or_else(|| AwsError::new("UnknownOperationException", "X-Amz-Target is missing"))?;
        if request.body().is_empty() {
            return Ok((op, Value::Map(Vec::new())));
        }
        let json: Json = serde_json::from_slice(request.body()).map_err(|e| {
            AwsError::new(
                "SerializationException",
                format!("the body is not JSON: {e}"),
            )
        })?;
        if !json.is_object() {
            return Err(AwsError::new(
                "SerializationException",
                "the body is not a JSON object",
            ));
        }
        Ok((op, from_json(json)))
    }

    fn write(&self, _asked: &Asked, output: &Value) -> Written {
        let body = match output {
            Value::Null => "{}".to_owned(),
            _ => to_json(output).to_string(),
        };
        Written {
            content_type: self.content_type,
            headers: Vec::new(),
            body: body.into_bytes(),
        }
    }

    fn refuse(&self, asked: &Asked, error: &AwsError) -> Written {
        let shape = asked
            .service
            .map_or(error.code.as_str(), |s| s.error_shape(&error.code));
        let body = serde_json::json!({ "__type": shape, "message": error.message }).to_string();
        let mut headers = vec![("x-amzn-errortype", shape.to_owned())];
        headers.extend(super::cbor::query_error(asked, error));
        Written {
            content_type: self.content_type,
            headers,
            body: body.into_bytes(),
        }
    }
}

/// A JSON document as a value.
pub(crate) fn from_json(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(b),
        Json::Number(n) => n
            .as_i64()
            .map_or_else(|| Value::Float(n.as_f64().unwrap_or_default()), Value::Int),
        Json::String(s) => Value::Str(s),
        Json::Array(items) => Value::List(items.into_iter().map(from_json).collect()),
        Json::Object(fields) => Value::map(fields.into_iter().map(|(k, v)| (k, from_json(v)))),
    }
}

/// A value as a JSON document.
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(i) => Json::from(*i),
        Value::Float(f) => number(*f),
        Value::Str(s) => Json::from(s.as_str()),
        Value::Time(t) => number(epoch_seconds(*t)),
        Value::Blob(b) => Json::from(base64(b)),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(fields) => {
            let fields = fields.iter().filter(|(_, v)| !v.is_null());
            Json::Object(
                fields
                    .map(|(k, v)| (k.clone(), to_json(v)))
                    .collect::<Map<_, _>>(),
            )
        }
    }
}

fn number(f: f64) -> Json {
    Number::from_f64(f).map_or(Json::Null, Json::Number)
}
