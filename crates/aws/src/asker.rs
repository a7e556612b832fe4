//! One call by its name and document, in whichever of AWS's protocols its service speaks: for what is made beside a migration.
//!
//! What belongs here: how a call is written, sent and read. What must not: which calls there are, and what they are for
//! ([`crate::trial`], [`crate::copy`]).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
    },
};
use aws_smithy_types::error::{ErrorMetadata, metadata::ProvideErrorMetadata as _};
use aws_types::{SdkConfig, request_id::RequestId};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    Error, Hands, Kind,
    call::Meter,
    json,
    query::{self, pair},
    role::Role,
    signed::{self, Service},
    tape::Ear,
    xml::{self, Element},
};

/// How long AWS may take to answer.
const LIMIT: Duration = Duration::from_secs(15);
/// How often a call is sent that AWS did not look at, or looked at too early; the pause doubles.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// How a service is spoken to.
struct Speech {
    /// Its prefix in IAM.
    prefix: &'static str,
    service: Service,
    spoken: Spoken,
}

#[derive(Clone, Copy)]
enum Spoken {
    /// awsJson 1.1, with what the target begins with.
    Json(&'static str),
    /// A form and XML, with the API's version.
    Query(&'static str),
    /// EC2's dialect of it.
    Ec2(&'static str),
}

const SPEECHES: [Speech; 5] = [
    Speech {
        prefix: "ecs",
        service: Service {
            name: "ECS",
            signing_name: "ecs",
        },
        spoken: Spoken::Json("AmazonEC2ContainerServiceV20141113"),
    },
    Speech {
        prefix: "application-autoscaling",
        service: Service {
            name: "Application Auto Scaling",
            signing_name: "application-autoscaling",
        },
        spoken: Spoken::Json("AnyScaleFrontendService"),
    },
    Speech {
        prefix: "elasticloadbalancing",
        service: Service {
            name: "Elastic Load Balancing v2",
            signing_name: "elasticloadbalancing",
        },
        spoken: Spoken::Query("2015-12-01"),
    },
    Speech {
        prefix: "cloudwatch",
        service: Service {
            name: "CloudWatch",
            signing_name: "monitoring",
        },
        spoken: Spoken::Query("2010-08-01"),
    },
    Speech {
        prefix: "ec2",
        service: Service {
            name: "EC2",
            signing_name: "ec2",
        },
        spoken: Spoken::Ec2("2016-11-15"),
    },
];

/// Asks AWS in one region, as whoever the environment says.
pub(crate) struct Asker {
    sdk: SdkConfig,
    /// Where each service is asked, by the environment's name for it.
    urls: BTreeMap<&'static str, String>,
    meter: Arc<Meter>,
    /// Virtual seconds per second of tokio's clock.
    rate: f64,
}

/// What was answered: the document alone.
struct Answer {
    body: Value,
    request_id: Option<String>,
}

impl RequestId for Answer {
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

impl Asker {
    /// With the hands' configuration, counters and tape, in a region and as a role.
    pub(crate) async fn new(hands: &Hands, region: &str, role: Option<&Role>) -> Self {
        let (sdk, meter, rate) = hands.apart(region, role).await;
        let found = hands.addresses(region).into_iter();
        let prefix = |service: &str| match service {
            "ECS" => Some("ecs"),
            "ELASTIC_LOAD_BALANCING_V2" => Some("elasticloadbalancing"),
            "CLOUDWATCH" => Some("cloudwatch"),
            "APPLICATION_AUTO_SCALING" => Some("application-autoscaling"),
            "EC2" => Some("ec2"),
            _ => None,
        };
        let urls = found.filter_map(|a| Some((prefix(a.service)?, a.url)));
        Self {
            sdk,
            urls: urls.collect(),
            meter,
            rate,
        }
    }

    /// Waits so long on AWS's clock.
    pub(crate) async fn pause(&self, length: Duration) {
        sleep(length.div_f64(self.rate)).await;
    }

    /// The document that AWS answers with. A call that it did not look at is sent again; any other answer is the caller's.
    ///
    /// `call` is as IAM names it, as in `ecs:CreateCluster`.
    pub(crate) async fn ask(&self, call: &'static str, input: Value) -> Result<Value, Error> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.once(call, input.clone()).await {
                Err(error) if matches!(error.kind(), Kind::Throttled | Kind::Behind) => {
                    self.pause(pause).await;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
        self.once(call, input).await
    }

    /// All items of a list that comes in pages: `from` is where an answer says that there are more, `to` where that is
    /// asked for.
    pub(crate) async fn all(
        &self,
        call: &'static str,
        mut input: Value,
        list: &str,
        (from, to): (&str, &str),
    ) -> Result<Vec<Value>, Error> {
        let mut found = Vec::new();
        loop {
            let answer = self.ask(call, input.clone()).await?;
            found.extend(items(&answer[list]).cloned());
            match answer[from].as_str().filter(|next| !next.is_empty()) {
                Some(next) => input[to] = next.into(),
                None => return Ok(found),
            }
        }
    }

    async fn once(&self, call: &'static str, input: Value) -> Result<Value, Error> {
        let (speech, name) = spoken(call).ok_or_else(|| Error::Build {
            operation: call,
            source: "no service is called so".into(),
        })?;
        let url = self.urls.get(speech.prefix).cloned().unwrap_or_default();
        let how = speech.spoken;
        let operation = signed::operation(&self.sdk, &speech.service, name, &url, LIMIT)
            .interceptor(Ear(Arc::clone(&self.meter)))
            .serializer(move |input: Value| written(how, name, &input))
            .deserializer(move |response| read(how, name, response))
            .build();
        let answer: Result<Answer, SdkError<ErrorMetadata, HttpResponse>> =
            operation.invoke(input).await;
        answer
            .map(|answer| answer.body)
            .map_err(|error| Error::from_sdk(call, error))
    }
}

/// The items of a list; an empty one of XML's is an empty text.
pub(crate) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An answer that lacks what it must have.
pub(crate) fn lacks(operation: &'static str, what: &'static str) -> Error {
    Error::Build {
        operation,
        source: format!("the answer has no {what}").into(),
    }
}

/// Whether the service of this prefix is spoken to.
#[cfg(test)]
pub(crate) fn is_spoken_to(prefix: &str) -> bool {
    SPEECHES.iter().any(|speech| speech.prefix == prefix)
}

/// The service of a call, and what it calls the operation.
fn spoken(call: &'static str) -> Option<(&'static Speech, &'static str)> {
    let (prefix, name) = call.split_once(':')?;
    let speech = SPEECHES.iter().find(|s| s.prefix == prefix)?;
    Some((speech, name))
}

fn written(how: Spoken, name: &str, input: &Value) -> Result<HttpRequest, BoxError> {
    let (version, list) = match how {
        Spoken::Json(target) => {
            let mut request = signed::posted("application/x-amz-json-1.1", input.to_string())?;
            let headers = request.headers_mut();
            headers.insert("x-amz-target", format!("{target}.{name}"));
            return Ok(request);
        }
        Spoken::Query(version) => (version, ".member"),
        Spoken::Ec2(version) => (version, ""),
    };
    let mut form = vec![pair("Action", name), pair("Version", version)];
    fields("", input, list, &mut form);
    signed::posted("application/x-www-form-urlencoded", xml::body(&form))
}

/// A document as a form has it; `list` stands before the number of a list's item.
fn fields(below: &str, value: &Value, list: &str, form: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if below.is_empty() { "" } else { "." };
                fields(&format!("{below}{dot}{name}"), member, list, form);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                fields(&format!("{below}{list}.{}", i + 1), item, list, form);
            }
        }
        Value::String(text) => form.push((below.to_owned(), text.clone())),
        Value::Null => {}
        other => form.push((below.to_owned(), other.to_string())),
    }
}

fn read(
    how: Spoken,
    name: &str,
    response: &HttpResponse,
) -> Result<Answer, OrchestratorError<ErrorMetadata>> {
    let request_id = response.request_id().map(str::to_owned);
    if let Spoken::Json(_) = how {
        let refused = |refusal: json::Refusal| refusal.meta().clone();
        let answer = json::read(response).map_err(|e| e.map_operation_error(refused))?;
        return Ok(Answer {
            request_id,
            body: answer.body,
        });
    }
    let root = Element::read(response.body().bytes().unwrap_or_default());
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(query::refusal(&root)));
    }
    let result = format!("{name}Result");
    let body = match root.has(&result) {
        true => root.get(&result).document(),
        false => root.document(),
    };
    Ok(Answer { body, request_id })
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use serde_json::json;

    use super::*;

    fn answered(status: u16, body: &str) -> HttpResponse {
        let status = StatusCode::try_from(status).unwrap();
        HttpResponse::new(status, SdkBody::from(body.to_owned()))
    }

    #[test]
    fn a_document_is_the_form_that_its_service_reads() {
        let input =
            json!({ "Names": ["a b", "c"], "Deep": [{ "Key": "k", "On": true }], "Not": null });
        let sent = |how| {
            let request = written(how, "Do", &input).unwrap();
            String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap()
        };
        assert_eq!(
            sent(Spoken::Query("v")),
            "Action=Do&Version=v&Names.member.1=a%20b&Names.member.2=c&Deep.member.1.Key=k&Deep.member.1.On=true"
        );
        assert_eq!(
            sent(Spoken::Ec2("v")),
            "Action=Do&Version=v&Names.1=a%20b&Names.2=c&Deep.1.Key=k&Deep.1.On=true"
        );
    }

    #[test]
    fn lists_of_either_dialect_are_lists_and_the_wrapping_is_gone() {
        let query = "<DoResponse><DoResult><Things><member><Id>1</Id></member></Things></DoResult></DoResponse>";
        let answer = read(Spoken::Query("v"), "Do", &answered(200, query)).unwrap();
        assert_eq!(answer.body, json!({ "Things": [{ "Id": "1" }] }));
        let ec2 =
            "<DoResponse><set><item><id>1</id></item><item><id>2</id></item></set></DoResponse>";
        let answer = read(Spoken::Ec2("v"), "Do", &answered(200, ec2)).unwrap();
        assert_eq!(
            answer.body,
            json!({ "set": [{ "id": "1" }, { "id": "2" }] })
        );
    }

    #[test]
    fn a_refusal_of_either_dialect_has_its_code() {
        for body in [
            "<ErrorResponse><Error><Code>Gone</Code><Message>m</Message></Error></ErrorResponse>",
            "<Response><Errors><Error><Code>Gone</Code><Message>m</Message></Error></Errors></Response>",
        ] {
            let error = read(Spoken::Query("v"), "Do", &answered(400, body)).unwrap_err();
            assert_eq!(error.as_operation_error().unwrap().code(), Some("Gone"));
        }
    }
}
