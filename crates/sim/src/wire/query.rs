//! awsQuery and ec2Query: a form with dotted names in, XML out.

use bytes::Bytes;
use http::Request;
use percent_encoding::percent_decode_str;
use quick_xml::escape::escape;

use super::{Asked, Codec, Written, xml};
use crate::Value;
use crate::services::AwsError;

/// Deeper names than AWS has anywhere; keeps recursion bounded.
const DEEPEST: usize = 24;
const CONTENT_TYPE: &str = "text/xml";

/// Lists as `Name.member.1`, answers inside `<OpResult>`.
pub(crate) struct AwsQuery;
/// Lists as `Name.1`, answers right inside `<OpResponse>`.
pub(crate) struct Ec2Query;

impl Codec for AwsQuery {
    fn read(&self, request: &Request<Bytes>) -> Result<(String, Value), AwsError> {
        read_form(request)
    }

    fn write(&self, asked: &Asked, output: &Value) -> Written {
        let (op, ns) = (&asked.op, asked.service.map_or("", |s| s.xml_namespace()));
        let mut body = format!("<{op}Response xmlns=\"{ns}\"><{op}Result>");
        xml::fields(&mut body, output, spelling(asked, "member"));
        body.push_str(&format!(
            "</{op}Result><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{op}Response>",
            asked.request_id
        ));
        written(body)
    }

    fn refuse(&self, asked: &Asked, error: &AwsError) -> Written {
        let ns = asked.service.map_or("", |s| s.xml_namespace());
        let kind = if error.status < 500 {
            "Sender"
        } else {
            "Receiver"
        };
        written(format!(
            "<ErrorResponse xmlns=\"{ns}\"><Error><Type>{kind}</Type><Code>{}</Code><Message>{}</Message></Error>\
             <RequestId>{}</RequestId></ErrorResponse>",
            escape(error.code.as_str()),
            escape(error.message.as_str()),
            asked.request_id
        ))
    }
}

impl Codec for Ec2Query {
    fn read(&self, request: &Request<Bytes>) -> Result<(String, Value), AwsError> {
        read_form(request)
    }

    fn write(&self, asked: &Asked, output: &Value) -> Written {
        let (op, ns) = (&asked.op, asked.service.map_or("", |s| s.xml_namespace()));
        let mut body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{op}Response xmlns=\"{ns}\"><requestId>{}</requestId>",
            asked.request_id
        );
        xml::fields(&mut body, output, spelling(asked, "item"));
        body.push_str(&format!("</{op}Response>"));
        written(body)
    }

    fn refuse(&self, asked: &Asked, error: &AwsError) -> Written {
        written(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error>\
             </Errors><RequestID>{}</RequestID></Response>",
            escape(error.code.as_str()),
            escape(error.message.as_str()),
            asked.request_id
        ))
    }
}

fn spelling(asked: &Asked, item: &'static str) -> xml::Spelling {
    xml::Spelling {
        item,
        maps: asked.service.map_or(&[], |s| s.xml_maps()),
        items: asked.service.map_or(&[], |s| s.xml_items()),
    }
}

fn written(body: String) -> Written {
    Written {
        content_type: CONTENT_TYPE,
        headers: Vec::new(),
        body: body.into_bytes(),
    }
}

/// The name and value pairs of a form, decoded.
pub(crate) fn pairs(form: &[u8]) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let text = String::from_utf8_lossy(form).into_owned();
    let pairs: Vec<_> = text
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|p| p.split_once('=').unwrap_or((p, "")))
        .map(|(k, v)| (decode(k), decode(v)))
        .collect();
    pairs.into_iter()
}

fn read_form(request: &Request<Bytes>) -> Result<(String, Value), AwsError> {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let (mut op, mut input) = (None, Value::Map(Vec::new()));
    for (name, value) in pairs(query).chain(pairs(request.body())) {
        match name.as_str() {
            "Action" => op = Some(value),
            "Version" => {}
            _ if name.starts_with("X-Amz-") => {}
            _ => {
                let path: Vec<&str> = name.split('.').collect();
                if path.len() > DEEPEST {
                    return Err(AwsError::new(
                        "MalformedQueryString",
                        format!("{name} is nested too deeply"),
                    ));
                }
                plant(&mut input, &path, value);
            }
        }
    }
    let op =
        op.ok_or_else(|| AwsError::new("MissingAction", "Could not find Action in the request"))?;
    if op.is_empty() || !op.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(AwsError::new("InvalidAction", "The action is not a name"));
    }
    Ok((op, gather(input)))
}

/// Puts a value at a dotted path, making structures on the way.
fn plant(into: &mut Value, path: &[&str], value: String) {
    let [name, rest @ ..] = path else { return };
    if rest.is_empty() {
        into.set(name, Value::Str(value));
        return;
    }
    if into.get(name).is_null() {
        into.set(name, Value::Map(Vec::new()));
    }
    if let Value::Map(fields) = into
        && let Some((_, child)) = fields.iter_mut().find(|(k, _)| k == name)
    {
        plant(child, rest, value);
    }
}

/// Turns numbered fields into lists, and `member` and `entry` wrappers into what they wrap.
fn gather(value: Value) -> Value {
    let Value::Map(fields) = value else {
        return value;
    };
    let mut fields: Vec<(String, Value)> =
        fields.into_iter().map(|(k, v)| (k, gather(v))).collect();
    if let [(name, Value::List(_))] = fields.as_slice() {
        match name.as_str() {
            "member" => return fields.remove(0).1,
            "entry" => return entries(&fields.remove(0).1),
            _ => {}
        }
    }
    let numbers: Option<Vec<u32>> = fields.iter().map(|(k, _)| k.parse().ok()).collect();
    match numbers {
        Some(numbers) if !fields.is_empty() => {
            let mut items: Vec<_> = numbers
                .into_iter()
                .zip(fields)
                .map(|(n, (_, v))| (n, v))
                .collect();
            items.sort_by_key(|(n, _)| *n);
            Value::List(items.into_iter().map(|(_, v)| v).collect())
        }
        _ => Value::Map(fields),
    }
}

/// A map from its `key` and `value` pairs.
fn entries(list: &Value) -> Value {
    let pair = |v: &Value| {
        v.get("key")
            .as_str()
            .map(|k| (k.to_owned(), v.get("value").clone()))
    };
    Value::map(list.items().iter().filter_map(pair))
}
