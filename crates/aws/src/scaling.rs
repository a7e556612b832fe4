//! Application Auto Scaling without its SDK crate, for the few operations that a service's scaling needs.
//!
//! What belongs here: how it is asked, and the pages it answers with. What must not: which questions are asked
//! ([`crate::observe`]), and what is written ([`crate::act`]).

use std::sync::Arc;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_types::SdkConfig;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    call::{Caller, Meter, Operation},
    dates::DateReader,
    error::Error,
    hands::TIMEOUT,
    json::{self, Answer, Refusal, Version},
    signed::{self, Service},
    tape::Ear,
};

const SCALING: Service = Service {
    name: "Application Auto Scaling",
    signing_name: "application-autoscaling",
};

/// Asks Application Auto Scaling in one region, as one role.
#[derive(Clone, Debug)]
pub(crate) struct Client(json::Client);

/// Whose scaling it is: a service of ECS, by its resource id.
pub(crate) fn of_service(resource: &str) -> Map<String, Value> {
    let mut whose = of_services();
    whose.insert("ResourceId".to_owned(), resource.into());
    whose
}

/// The scaling of the size of ECS's services.
pub(crate) fn of_services() -> Map<String, Value> {
    let whose = [
        ("ServiceNamespace", "ecs"),
        ("ScalableDimension", "ecs:service:DesiredCount"),
    ];
    let whose = whose.map(|(name, value)| (name.to_owned(), Value::from(value)));
    whose.into_iter().collect()
}

impl Client {
    /// With the same configuration as the SDK's clients, at an address.
    pub(crate) fn new(sdk: &SdkConfig, address: &str, meter: &Arc<Meter>) -> Self {
        let operation = signed::operation(sdk, &SCALING, "JSON", address, TIMEOUT)
            .interceptor(DateReader(Arc::clone(meter)))
            .interceptor(Ear(Arc::clone(meter)));
        Self(json::Client::over(
            operation,
            Version::V1_1,
            json::read_or_nothing,
        ))
    }

    /// One attempt.
    pub(crate) async fn send(
        &self,
        operation: &Operation,
        body: Map<String, Value>,
    ) -> Result<Answer, SdkError<Refusal, HttpResponse>> {
        let target = format!("AnyScaleFrontendService.{}", operation.action());
        self.0.send(target, Value::Object(body)).await
    }

    /// Everything that a read finds, page by page: the items of the answers' list, as they are on the wire.
    pub(crate) async fn all(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        mut body: Map<String, Value>,
        list: &str,
    ) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        loop {
            let attempt = || self.send(operation, body.clone());
            let mut answer = caller.read(operation, attempt).await?.body;
            let (items, next) = (taken(&mut answer, list), taken(&mut answer, "NextToken"));
            all.extend(part::<Option<Vec<Value>>>(operation, items)?.unwrap_or_default());
            match part::<Option<String>>(operation, next)? {
                Some(next) => body.insert("NextToken".to_owned(), next.into()),
                None => return Ok(all),
            };
        }
    }
}

/// A member of an answer; null where there is none.
pub(crate) fn taken(answer: &mut Value, member: &str) -> Value {
    answer.get_mut(member).map(Value::take).unwrap_or_default()
}

/// A part of an answer as AWS documents it; another sort of value is no answer.
pub(crate) fn part<T: DeserializeOwned>(
    operation: &'static Operation,
    value: Value,
) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|error| Error::unreadable(operation.name, error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::DESCRIBE_SCALING_POLICIES;

    #[test]
    fn a_list_of_another_sort_is_told_and_not_taken_for_nothing() {
        let of = |value: Value| part::<Option<Vec<Value>>>(&DESCRIBE_SCALING_POLICIES, value);
        assert_eq!(of(Value::Null).unwrap(), None);
        assert_eq!(of(json!([1])).unwrap(), Some(vec![json!(1)]));
        let error = of(json!({ "a": 1 })).unwrap_err();
        assert!(error.to_string().contains("could not be read"), "{error}");
    }
}
