//! restJson1: the operation in the method and the path, what is asked in path, query and body; JSON out.

use bytes::Bytes;
use http::Request;

use super::json::AwsJson;
use super::{Asked, Codec, Written, query};
use crate::Value;
use crate::services::AwsError;

/// The codec.
pub(crate) struct RestJson;

/// Method, path, operation, status. EFS is the only service here that speaks so.
const ROUTES: [(&str, &str, &str, u16); 7] = [
    ("POST", "file-systems", "CreateFileSystem", 201),
    ("GET", "file-systems", "DescribeFileSystems", 200),
    (
        "DELETE",
        "file-systems/{FileSystemId}",
        "DeleteFileSystem",
        204,
    ),
    ("POST", "mount-targets", "CreateMountTarget", 200),
    ("GET", "mount-targets", "DescribeMountTargets", 200),
    (
        "DELETE",
        "mount-targets/{MountTargetId}",
        "DeleteMountTarget",
        204,
    ),
    (
        "GET",
        "mount-targets/{MountTargetId}/security-groups",
        "DescribeMountTargetSecurityGroups",
        200,
    ),
];

/// What stands before each path.
const VERSION: &str = "/2015-02-01/";

/// Bodies are as awsJson has them.
const JSON: AwsJson = AwsJson {
    content_type: "application/json",
};

impl Codec for RestJson {
    fn read(&self, request: &Request<Bytes>) -> Result<(String, Value), AwsError> {
        let path = request.uri().path();
        let path = path.strip_prefix(VERSION).unwrap_or(path);
        let found = ROUTES.iter().find_map(|(method, pattern, op, _)| {
            let named = named(pattern, path)?;
            (request.method().as_str() == *method).then_some((op, named))
        });
        let (op, mut input) = found.ok_or_else(|| {
            AwsError::new("UnknownOperationException", "no operation has this path")
                .with_status(404)
        })?;
        if !request.body().is_empty() {
            let body = serde_json::from_slice(request.body())
                .map_err(|e| AwsError::new("BadRequest", format!("the body is not JSON: {e}")))?;
            for (name, value) in super::json::from_json(body).fields() {
                input.set(name, value.clone());
            }
        }
        for (name, value) in query::pairs(request.uri().query().unwrap_or_default().as_bytes()) {
            input.set(&name, Value::from(value));
        }
        Ok(((*op).to_owned(), input))
    }

    fn done(&self, asked: &Asked) -> u16 {
        let route = ROUTES.iter().find(|(_, _, op, _)| *op == asked.op);
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
        JSON.write(asked, output)
    }

    fn refuse(&self, asked: &Asked, error: &AwsError) -> Written {
        JSON.refuse(asked, error)
    }
}

/// What a path says where a pattern has names.
fn named(pattern: &str, path: &str) -> Option<Value> {
    let (mut parts, mut input) = (path.trim_end_matches('/').split('/'), Vec::new());
    for wanted in pattern.split('/') {
        let part = parts.next()?;
        match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
            Some(name) => input.push((name, Value::from(part))),
            None if wanted == part => {}
            None => return None,
        }
    }
    parts.next().is_none().then(|| Value::map(input))
}
