//! Rules of what can be asked for at once.

use super::{Rule, refuses};
use crate::Value;

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-describes-1-to-10-services",
        &["DescribeServices"],
        "1 to 10 services are described at once",
        "InvalidParameterException",
        |_, a| match a.get("services").items().len() {
            0 => Some("Services cannot be empty.".to_owned()),
            1..=10 => None,
            _ => Some("Services cannot have more than 10 elements.".to_owned()),
        },
        "botocore: ecs DescribeServicesRequest.services",
    ),
    refuses(
        "ecs-describes-1-to-100-tasks",
        &["DescribeTasks"],
        "1 to 100 tasks are described at once",
        "InvalidParameterException",
        |_, a| match a.get("tasks").items().len() {
            0 => Some("Tasks cannot be empty.".to_owned()),
            1..=100 => None,
            _ => Some("Tasks cannot have more than 100 elements.".to_owned()),
        },
        "botocore: ecs DescribeTasksRequest.tasks",
    ),
    refuses(
        "ecs-describes-at-most-100-clusters",
        &["DescribeClusters"],
        "at most 100 clusters are described at once",
        "InvalidParameterException",
        |_, a| {
            (a.get("clusters").items().len() > 100)
                .then(|| "Clusters cannot have more than 100 elements.".to_owned())
        },
        "botocore: ecs DescribeClustersRequest.clusters",
    ),
    refuses(
        "ecs-describes-1-to-20-revisions",
        &["DescribeServiceRevisions"],
        "1 to 20 service revisions are described at once",
        "InvalidParameterException",
        |_, a| between_1_and_20(a, "serviceRevisionArns"),
        "botocore: ecs DescribeServiceRevisionsRequest.serviceRevisionArns",
    ),
    refuses(
        "ecs-describes-1-to-20-deployments",
        &["DescribeServiceDeployments"],
        "1 to 20 service deployments are described at once",
        "InvalidParameterException",
        |_, a| between_1_and_20(a, "serviceDeploymentArns"),
        "botocore: ecs DescribeServiceDeploymentsRequest.serviceDeploymentArns",
    ),
    refuses(
        "ecs-protects-1-to-10-tasks",
        &["UpdateTaskProtection"],
        "1 to 10 tasks are protected at once",
        "InvalidParameterException",
        |_, a| match a.get("tasks").items().len() {
            1..=10 => None,
            _ => Some("tasks must have between 1 and 10 elements.".to_owned()),
        },
        "botocore: ecs UpdateTaskProtectionRequest.tasks",
    ),
    refuses(
        "ecs-protects-for-two-days",
        &["UpdateTaskProtection"],
        "tasks are protected for 1 to 2880 minutes",
        "InvalidParameterException",
        |_, a| {
            let minutes = a.get("expiresInMinutes").as_i64()?;
            (!(1..=2_880).contains(&minutes))
                .then(|| "expiresInMinutes must be between 1 and 2880.".to_owned())
        },
        "botocore: ecs UpdateTaskProtectionRequest.expiresInMinutes",
    ),
    refuses(
        "ecs-tells-protection-of-1-to-100-tasks",
        &["GetTaskProtection"],
        "of 1 to 100 tasks it is told whether they are protected; without any the region does not tell of all",
        "InvalidParameterException",
        |_, a| match a.get("tasks").items().len() {
            1..=100 => None,
            _ => Some("tasks must have between 1 and 100 elements.".to_owned()),
        },
        "botocore: ecs GetTaskProtectionRequest.tasks",
    ),
    refuses(
        "ecs-stops-by-rollback",
        &["StopServiceDeployment"],
        "a deployment is stopped by ROLLBACK alone: the model has ABORT, and its text does not",
        "InvalidParameterException",
        |_, a| {
            (a.get("stopType").as_str() == Some("ABORT"))
                .then(|| "The stop type ABORT is not supported.".to_owned())
        },
        "botocore: ecs StopServiceDeploymentRequest.stopType",
    ),
    refuses(
        "ecs-tasks-by-starter-alone",
        &["ListTasks"],
        "tasks are listed by who started them and by nothing else",
        "InvalidParameterException",
        |_, a| {
            let others = ["serviceName", "family", "containerInstance", "launchType"];
            let other = others.iter().any(|k| !a.get(k).is_null());
            (other && !a.get("startedBy").is_null())
                .then(|| "cannot specify startedBy with other arguments".to_owned())
        },
        "botocore: ecs ListTasksRequest.startedBy",
    ),
    refuses(
        "ecs-purged-service",
        &["DescribeServices"],
        "AWS says it may purge INACTIVE services, and then refuses to describe them; it does so in a world that is told to",
        "ServiceNotFoundException",
        |world, a| {
            let cluster = world.ecs.cluster(a.get("cluster").as_str())?;
            let named = a.get("services").strings();
            let purged = |name: &String| {
                let service = world.ecs.service(&cluster.name, name);
                service.is_some_and(|s| world.ecs.is_purged(s, world.now()))
            };
            named
                .iter()
                .any(purged)
                .then(|| "Service not found.".to_owned())
        },
        "botocore: ecs DeleteService",
    ),
];

fn between_1_and_20(input: &Value, key: &str) -> Option<String> {
    let count = input.get(key).items().len();
    (!(1..=20).contains(&count)).then(|| format!("{key} must have between 1 and 20 elements."))
}
