//! rpcV2Cbor: `POST /service/<name>/operation/<op>`, CBOR both ways, moments as tag 1.

use bytes::Bytes;
use ciborium::Value as Cbor;
use http::Request;
use jiff::Timestamp;

use super::{Asked, Codec, Written, epoch_seconds};
use crate::Value;
use crate::services::AwsError;

/// The tag of an epoch-based moment.
const EPOCH_TAG: u64 = 1;
/// Documents nested deeper than this are refused instead of read.
const DEEPEST: usize = 64;

/// The codec.
pub(crate) struct RpcV2Cbor;

impl Codec for RpcV2Cbor {
    fn read(&self, request: &Request<Bytes>) -> Result<(String, Value), AwsError> {
        let op = request
            .uri()
            .path()
            .rsplit_once("/operation/")
            .map(|(_, op)| op.to_owned());
        let op = op.ok_or_else(|| {
            AwsError::new("UnknownOperationException", "the path names no operation")
        })?;
        if request.body().is_empty() {
            return Ok((op, Value::Map(Vec::new())));
        }
        let cbor: Cbor =
            ciborium::de::from_reader_with_recursion_limit(request.body().as_ref(), DEEPEST)
                .map_err(|e| {
                    AwsError::new(
                        "SerializationException",
                        format!("the body is not CBOR: {e}"),
                    )
                })?;
        match from_cbor(cbor) {
            input @ Value::Map(_) => Ok((op, input)),
            _ => Err(AwsError::new(
                "SerializationException",
                "the body is not a CBOR map",
            )),
        }
    }

    fn write(&self, _asked: &Asked, output: &Value) -> Written {
        let output = if output.is_null() {
            &Value::Map(Vec::new())
        } else {
            output
        };
        written(&to_cbor(output), Vec::new())
    }

    fn refuse(&self, asked: &Asked, error: &AwsError) -> Written {
        let shape = asked
            .service
            .map_or(error.code.as_str(), |s| s.error_shape(&error.code));
        let body = Value::map([
            ("__type", Value::from(shape)),
            ("message", error.message.as_str().into()),
        ]);
        written(
            &to_cbor(&body),
            query_error(asked, error).into_iter().collect(),
        )
    }
}

/// Services that spoke awsQuery first name their old error code in a header: clients match on that one.
pub(crate) fn query_error(asked: &Asked, error: &AwsError) -> Option<(&'static str, String)> {
    let kind = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    asked
        .service?
        .speaks_query_errors()
        .then(|| ("x-amzn-query-error", format!("{};{kind}", error.code)))
}

fn written(body: &Cbor, mut headers: Vec<(&'static str, String)>) -> Written {
    let mut bytes = Vec::new();
    // Writing into memory cannot fail, and the value is a tree.
    let _ = ciborium::into_writer(body, &mut bytes);
    headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
    Written {
        content_type: "application/cbor",
        headers,
        body: bytes,
    }
}

fn from_cbor(cbor: Cbor) -> Value {
    match cbor {
        Cbor::Bool(b) => Value::Bool(b),
        Cbor::Integer(i) => i64::try_from(i).map_or(Value::Null, Value::Int),
        Cbor::Float(f) => Value::Float(f),
        Cbor::Text(s) => Value::Str(s),
        Cbor::Bytes(b) => Value::Blob(b),
        Cbor::Array(items) => Value::List(items.into_iter().map(from_cbor).collect()),
        Cbor::Tag(EPOCH_TAG, inner) => from_cbor(*inner)
            .as_f64()
            .and_then(moment)
            .map_or(Value::Null, Value::Time),
        Cbor::Tag(_, inner) => from_cbor(*inner),
        Cbor::Map(fields) => Value::map(
            fields
                .into_iter()
                .filter_map(|(k, v)| Some((k.into_text().ok()?, from_cbor(v)))),
        ),
        _ => Value::Null,
    }
}

fn moment(epoch: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond((epoch * 1000.0).round() as i64).ok()
}

fn to_cbor(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(b) => Cbor::Bool(*b),
        Value::Int(i) => Cbor::Integer((*i).into()),
        Value::Float(f) => Cbor::Float(*f),
        Value::Str(s) => Cbor::Text(s.clone()),
        Value::Time(t) => Cbor::Tag(EPOCH_TAG, Box::new(Cbor::Float(epoch_seconds(*t)))),
        Value::Blob(b) => Cbor::Bytes(b.clone()),
        Value::List(items) => Cbor::Array(items.iter().map(to_cbor).collect()),
        Value::Map(fields) => Cbor::Map(
            fields
                .iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (Cbor::Text(k.clone()), to_cbor(v)))
                .collect(),
        ),
    }
}
