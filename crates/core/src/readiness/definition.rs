//! What the service runs, and what a plan edits of it.
//!
//! What belongs here: what of a task definition AWS would refuse on IPv6 alone. What must not: what the application in it
//! would do ([`super::task`]), its images ([`super::image`]).

use super::check::{Category, Check, Found, Judged, REFUSED, STUCK, Scene, Severity, unless};
use crate::twin;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "TASKDEF-001",
        name: "network-mode",
        category: Category::TaskDef,
        severity: Severity::Block,
        holds: "The tasks use the network mode awsvpc.",
        why: "The twin's tasks need addresses of their own in the plan's subnets, and a target group of type ip.",
        remedy: "move the task definition to awsvpc first",
        source: "ECS developer guide, Amazon ECS task networking options for EC2",
        waiving: REFUSED,
        run: |s| {
            let mode = &s.definition()?.network_mode;
            unless(mode == "awsvpc", || {
                format!("its tasks use the network mode {mode}")
            })
        },
    },
    Check {
        id: "TASKDEF-002",
        name: "accelerators",
        category: Category::TaskDef,
        severity: Severity::Block,
        holds: "The task definition asks for no Elastic Inference accelerators.",
        why: "AWS has them no longer, and refuses a task definition that asks for them.",
        remedy: "take inferenceAccelerators out of the task definition first",
        source: "ECS API, TaskDefinition: inferenceAccelerators",
        waiving: REFUSED,
        run: |s| {
            unless(!s.definition()?.accelerators, || {
                "its task definition asks for Elastic Inference accelerators, which AWS no longer has".to_owned()
            })
        },
    },
    Check {
        id: "PLAN-001",
        name: "container-missing",
        category: Category::Plan,
        severity: Severity::Block,
        holds: "Each container that the plan edits is in the task definition.",
        why: "What the plan says of a container that is not there would never be.",
        remedy: "correct spec.ipv6.taskDefinition.containers",
        source: "ECS API, TaskDefinition: containerDefinitions",
        waiving: STUCK,
        run: containers,
    },
    Check {
        id: "PLAN-002",
        name: "env-secret",
        category: Category::Plan,
        severity: Severity::Block,
        holds: "No variable of the plan has the name of a secret.",
        why: "AWS refuses a container with one name for a variable and a secret.",
        remedy: "take it out of spec.ipv6.taskDefinition.env, or name the containers that it is for: AWS refuses one name for both",
        source: "ECS API, ContainerDefinition: environment, secrets",
        waiving: REFUSED,
        run: secrets,
    },
];

fn containers(s: &Scene<'_>) -> Judged {
    let names: Vec<&str> = s
        .definition()?
        .images
        .iter()
        .map(|(n, _)| n.as_str())
        .collect();
    let edited = s.plan.ipv6.task_definition.containers.keys();
    let missing = edited.filter(|c| !names.contains(&c.as_str()));
    let found = missing.map(|container| {
        Found::new(format!(
            "the task definition has no container {container}: it has {}",
            names.join(", ")
        ))
    });
    Ok(found.collect())
}

fn secrets(s: &Scene<'_>) -> Judged {
    let definition = s.definition()?;
    let env = twin::env_edits(&definition.images, &s.plan.ipv6.task_definition);
    let is_set = |container: &String, name: &String| {
        env.get(container).is_some_and(|e| e.contains_key(name))
    };
    let both = definition
        .secrets
        .iter()
        .filter(|(c, name)| is_set(c, name));
    let found = both.map(|(container, secret)| {
        Found::new(format!(
            "container {container} has a secret named {secret}, as a variable of the plan is"
        ))
    });
    Ok(found.collect())
}
