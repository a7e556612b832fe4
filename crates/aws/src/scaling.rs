//! Application Auto Scaling without its SDK crate, for the few operations that a service's scaling needs.
//!
//! What belongs here: how it is asked, and the pages it answers with. What must not: which questions are asked
//! ([`crate::observe`]), and what is written ([`crate::act`]).

use std::sync::Arc;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_types::SdkConfig;
use serde_json::{Map, Value};

use crate::{
    call::{Caller, Meter, Operation},
    dates::DateReader,
    error::Error,
    json::{self, Answer, Refusal, Version},
    pages,
    signed::{self, Service, TIMEOUT},
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

    /// Everything that a read finds: the items of the answers' list, as they are on the wire.
    pub(crate) async fn all(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        body: Map<String, Value>,
        list: &str,
    ) -> Result<Vec<Value>, Error> {
        let page = |body| self.send(operation, body);
        pages::all(caller, operation, body, [list, "NextToken"], page).await
    }
}
