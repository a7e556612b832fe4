//! restXml as S3 speaks it: the bucket in the host or the path, the operation in the method and the query; XML out, or a body as it is.
//!
//! What belongs here: the shape of messages. What must not: where buckets are, or what their policies say.
//!
//! Sources: S3 API reference, "REST error responses"; S3 user guide, "Virtual hosting of general purpose buckets".

use bytes::Bytes;
use http::{Request, header::HOST};
use percent_encoding::percent_decode_str;
use quick_xml::escape::escape;

use super::{Asked, Codec, Written, query};
use crate::Value;
use crate::services::AwsError;

/// The codec.
pub(crate) struct RestXml;

/// Method, what the query asks about, operation, status.
const ROUTES: [(&str, &str, &str, u16); 5] = [
    ("PUT", "", "CreateBucket", 200),
    ("DELETE", "", "DeleteBucket", 204),
    ("GET", "policy", "GetBucketPolicy", 200),
    ("PUT", "policy", "PutBucketPolicy", 204),
    ("DELETE", "policy", "DeleteBucketPolicy", 204),
];

impl Codec for RestXml {
    fn read(&self, request: &Request<Bytes>) -> Result<(String, Value), AwsError> {
        let (bucket, key) = addressed(request);
        let asked = request.uri().query().unwrap_or_default();
        let about = query::pairs(asked.as_bytes()).map(|(name, _)| name);
        let about = about
            .into_iter()
            .find(|name| name != "x-id")
            .unwrap_or_default();
        let method = request.method().as_str();
        let found = ROUTES
            .iter()
            .find(|(m, of, ..)| *m == method && *of == about);
        let found = found.filter(|_| !bucket.is_empty() && key.is_empty());
        let (_, _, op, _) = found.ok_or_else(|| {
            let message =
                "A header or query you provided requested a function that is not implemented.";
            AwsError::new("NotImplemented", message).with_status(501)
        })?;
        let mut input = Value::map([("Bucket", Value::from(bucket))]);
        let body = String::from_utf8_lossy(request.body());
        match *op {
            "PutBucketPolicy" => input.set("Policy", body.as_ref().into()),
            "CreateBucket" if !body.is_empty() => {
                input.set("CreateBucketConfiguration", located(&body)?);
            }
            _ => {}
        }
        Ok(((*op).to_owned(), input))
    }

    fn done(&self, asked: &Asked) -> u16 {
        let route = ROUTES.iter().find(|(_, _, op, _)| *op == asked.op);
        route.map_or(200, |(_, _, _, status)| *status)
    }

    fn write(&self, asked: &Asked, output: &Value) -> Written {
        // A policy is told as it is, and of a bucket that is made a header tells.
        let location = output.get("Location").as_str();
        let mut headers = request_id(asked);
        headers.extend(location.map(|at| ("location", at.to_owned())));
        Written {
            content_type: "application/json",
            headers,
            body: output.get("Policy").as_str().unwrap_or_default().into(),
        }
    }

    fn refuse(&self, asked: &Asked, error: &AwsError) -> Written {
        let mut headers = request_id(asked);
        let region = error.elsewhere.as_ref();
        headers.extend(region.map(|region| ("x-amz-bucket-region", region.clone())));
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message><RequestId>{}</RequestId></Error>",
            escape(error.code.as_str()),
            escape(error.message.as_str()),
            asked.request_id
        );
        Written {
            content_type: "application/xml",
            headers,
            body: body.into_bytes(),
        }
    }
}

/// S3 has a header of its own for it.
fn request_id(asked: &Asked) -> Vec<(&'static str, String)> {
    vec![("x-amz-request-id", asked.request_id.clone())]
}

/// The bucket and the key that a request is for.
fn addressed(request: &Request<Bytes>) -> (String, String) {
    let header = request.headers().get(HOST).and_then(|h| h.to_str().ok());
    let host = request.uri().host().or(header).unwrap_or_default();
    let path = request.uri().path().trim_start_matches('/');
    let of_host = host
        .split_once(".s3.")
        .filter(|(_, rest)| rest.contains("amazonaws."));
    let (bucket, key) = match of_host {
        Some((bucket, _)) => (bucket, path),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    (decoded(bucket), decoded(key))
}

/// Of `CreateBucketConfiguration` what the region goes by.
fn located(body: &str) -> Result<Value, AwsError> {
    let malformed = || {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        AwsError::new("MalformedXML", message)
    };
    let rest = body
        .split_once("<LocationConstraint>")
        .map(|(_, rest)| rest);
    let region = rest.and_then(|rest| rest.split_once("</LocationConstraint>"));
    match region {
        Some((region, _)) => Ok(Value::map([("LocationConstraint", Value::from(region))])),
        None if body.contains("<CreateBucketConfiguration") => Ok(Value::Map(Vec::new())),
        None => Err(malformed()),
    }
}
