//! Rules of the order in which a task's containers start.

use super::asked::{containers, is_given};
use super::{Rule, registration};
use crate::Value;

pub(super) const RULES: &[Rule] = &[
    registration(
        "ecs-depends-on-a-container",
        "a container depends on containers of its task definition",
        |_, d| {
            let known = |on: &str| containers(d).any(|(name, _)| name == on);
            let (_, on, _) = dependencies(d).find(|(_, on, _)| !known(on))?;
            Some(format!(
                "Cannot depend on container {on} because it does not exist."
            ))
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    registration(
        "ecs-depends-on-another",
        "no container depends on itself",
        |_, d| {
            let (name, ..) = dependencies(d).find(|(name, on, _)| name == on)?;
            Some(format!("Container {name} cannot depend on itself."))
        },
        "AWS docs: task definition parameters, dependsOn",
    ),
    registration(
        "ecs-depends-in-no-circle",
        "dependencies have no circle",
        |_, d| {
            let circle = containers(d).any(|(name, _)| comes_back(d, name));
            circle.then(|| "Container dependencies must not be circular.".to_owned())
        },
        "AWS docs: task definition parameters, dependsOn",
    ),
    registration(
        "ecs-essential-never-completes",
        "nothing waits for an essential container to end",
        |_, d| {
            let essential = |on: &str| {
                containers(d)
                    .any(|(name, c)| name == on && c.get("essential").as_bool().unwrap_or(true))
            };
            let refused = dependencies(d)
                .any(|(_, on, until)| matches!(until, "COMPLETE" | "SUCCESS") && essential(on));
            refused.then(|| {
                "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container."
                    .to_owned()
            })
        },
        "botocore: ecs ContainerDependency.condition; boto/boto3#2436",
    ),
    registration(
        "ecs-healthy-needs-a-check",
        "who is waited for until healthy has a health check",
        |_, d| {
            let unchecked = |on: &str| {
                containers(d).any(|(name, c)| name == on && !is_given(c.get("healthCheck")))
            };
            let refused = dependencies(d).any(|(_, on, until)| until == "HEALTHY" && unchecked(on));
            refused.then(|| {
                "A dependency container with HEALTHY condition must have health check configured."
                    .to_owned()
            })
        },
        "botocore: ecs ContainerDependency.condition",
    ),
];

/// Who waits, for whom, and until when.
fn dependencies(definition: &Value) -> impl Iterator<Item = (&str, &str, &str)> {
    containers(definition).flat_map(|(name, c)| {
        c.get("dependsOn").items().iter().map(move |d| {
            let text = |key| d.get(key).as_str().unwrap_or_default();
            (name, text("containerName"), text("condition"))
        })
    })
}

/// Whether a container waits, through others, for itself.
fn comes_back(definition: &Value, start: &str) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut next: Vec<&str> = vec![start];
    while let Some(now) = next.pop() {
        for (_, on, _) in dependencies(definition).filter(|(name, ..)| *name == now) {
            if on == start && now != start {
                return true;
            }
            if !seen.contains(&on) {
                seen.push(on);
                next.push(on);
            }
        }
    }
    false
}
