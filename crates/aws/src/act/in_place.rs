//! The calls that move a service in place.
//!
//! What belongs here: RunTask, StopTask and StopServiceDeployment, which no SDK crate is asked for.
//! What must not: the documents ([`sixshift_core::twin`]), and whether a call may be made.

use serde_json::{Value, json};
use sixshift_core::{
    action::{InPlace, InPlaceCall},
    twin::{Beside, Place, moved, restored, task_beside},
};

use super::ecs::{self, write};
use super::twin_service::{described, revision, revision_named, update};
use crate::{call, error::Error, region::Clients};

pub(super) async fn act(clients: &Clients, act: &InPlace) -> Result<(), Error> {
    let named = (act.cluster.as_str(), act.service.as_str());
    match &act.call {
        InPlaceCall::RunTask {
            task_definition,
            subnets,
            security_groups,
            started_by,
            token,
            tags,
        } => {
            let live = described(clients, &call::RUN_TASK, named).await?;
            let revision = revision(clients, &live).await?;
            let place = Place {
                subnets,
                security_groups,
            };
            let beside = Beside {
                started_by,
                token,
                tags,
            };
            let document = task_beside(&live, &revision, task_definition, place, beside);
            started(write(clients, &call::RUN_TASK, document).await?)
        }
        InPlaceCall::StopTask { task, reason } => {
            let document = json!({ "cluster": act.cluster, "task": task, "reason": reason });
            write(clients, &call::STOP_TASK, document).await.map(drop)
        }
        InPlaceCall::Swap {
            expects,
            task_definition,
            subnets,
            security_groups,
            target_groups,
        } => {
            let live = described(clients, &call::UPDATE_SERVICE, named).await?;
            if live["taskDefinition"] != expects.as_str() {
                return Err(Error::Changed {
                    operation: call::UPDATE_SERVICE.name,
                    resource: format!("service {}", act.service),
                });
            }
            let place = Place {
                subnets,
                security_groups,
            };
            let document = moved(&live, &act.service, task_definition, place, target_groups);
            update(clients, &act.service, &document).await
        }
        InPlaceCall::Protect { tasks, minutes } => {
            let mut document = json!({
                "cluster": act.cluster,
                "tasks": tasks,
                "protectionEnabled": minutes.is_some(),
            });
            if let Some(minutes) = minutes {
                document["expiresInMinutes"] = json!(minutes);
            }
            let operation = &call::UPDATE_TASK_PROTECTION;
            all_of_them(operation.name, write(clients, operation, document).await?)
        }
        InPlaceCall::StopDeployment => stop_deployment(clients, named).await,
        InPlaceCall::Restore {
            revision,
            exec,
            keeps,
        } => {
            let live = described(clients, &call::UPDATE_SERVICE, named).await?;
            let before = revision_named(clients, revision).await?;
            let document = restored(&live, &act.service, &before, *exec, keeps.as_deref());
            update(clients, &act.service, &document).await
        }
        InPlaceCall::Note {
            task_definition,
            tags,
            because: _,
        } => ecs::tag(clients, task_definition, tags).await,
        InPlaceCall::Forget {
            task_definition,
            keys,
        } => ecs::untag(clients, task_definition, keys).await,
    }
}

/// What ECS could not place is no error of the call, and no task either.
fn started(answer: Value) -> Result<(), Error> {
    all_of_them(call::RUN_TASK.name, answer)
}

/// What it was not done to is no error of the call.
fn all_of_them(operation: &'static str, answer: Value) -> Result<(), Error> {
    let failures = answer["failures"].as_array().into_iter().flatten();
    let why: Vec<&str> = failures.filter_map(|f| f["reason"].as_str()).collect();
    if why.is_empty() {
        return Ok(());
    }
    Err(Error::unplaced(operation, why.join(", ")))
}

/// The deployment that is under way, as the service names it; without one there is nothing to stop.
async fn stop_deployment(clients: &Clients, named: (&str, &str)) -> Result<(), Error> {
    let operation = &call::STOP_SERVICE_DEPLOYMENT;
    let live = described(clients, operation, named).await?;
    let Some(deployment) = live["currentServiceDeployment"].as_str() else {
        return Err(Error::Gone {
            operation: operation.name,
            resource: format!("the deployment of service {}", named.1),
        });
    };
    let document = json!({ "serviceDeploymentArn": deployment, "stopType": "ROLLBACK" });
    write(clients, operation, document).await.map(drop)
}
