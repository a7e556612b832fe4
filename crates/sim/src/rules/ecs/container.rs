//! Rules of each container of a task definition: name, image, memory, health check, mounts, secrets, logs.

use super::asked::{
    compatible_with, containers, is_given, is_plain_name, on_fargate, texts, twice,
};
use super::{Rule, registration};
use crate::Value;

pub(super) const RULES: &[Rule] = &[
    registration(
        "ecs-container-named",
        "a container's name has 1 to 255 letters, digits, underscores and hyphens",
        |_, d| {
            let (name, _) = containers(d).find(|(name, _)| !is_plain_name(name))?;
            Some(if name.is_empty() {
                "Container.name should not be null or empty.".to_owned()
            } else {
                "Container.name contains invalid characters.".to_owned()
            })
        },
        "botocore: ecs ContainerDefinition.name",
    ),
    registration(
        "ecs-container-has-an-image",
        "a container has an image",
        |_, d| {
            containers(d)
                .any(|(_, c)| !is_given(c.get("image")))
                .then(|| "Container.image should not be null or empty.".to_owned())
        },
        "botocore: ecs ContainerDefinition.image",
    ),
    registration(
        "ecs-image-at-most-255",
        "an image, up to its digest, has at most 255 characters",
        |_, d| {
            let long = |image: &str| image.split('@').next().is_some_and(|i| i.len() > 255);
            containers(d)
                .any(|(_, c)| c.get("image").as_str().is_some_and(long))
                .then(|| "Container.image should have at most 255 characters.".to_owned())
        },
        "botocore: ecs ContainerDefinition.image",
    ),
    registration(
        "ecs-image-digest-is-sha256",
        "an image's digest is sha256 and 64 hexadecimal digits",
        |_, d| {
            let bad = |image: &str| image.split_once('@').is_some_and(|(_, d)| !is_sha256(d));
            containers(d)
                .any(|(_, c)| c.get("image").as_str().is_some_and(bad))
                .then(|| "Container.image contains invalid characters.".to_owned())
        },
        "botocore: ecs ContainerDefinition.image",
    ),
    registration(
        "ecs-memory-somewhere",
        "without memory of the task each container has memory or memoryReservation",
        |_, d| {
            let sized = |c: &Value| {
                ["memory", "memoryReservation"]
                    .iter()
                    .any(|k| c.get(k).as_i64().is_some_and(|m| m > 0))
            };
            let (name, _) = containers(d).find(|(_, c)| !sized(c))?;
            (d.get("memory").is_null() && !on_fargate(d)).then(|| {
                format!("Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified.")
            })
        },
        "botocore: ecs ContainerDefinition.memoryReservation; klothoplatform/klotho#892",
    ),
    registration(
        "ecs-memory-above-its-reservation",
        "memory is not below memoryReservation",
        |_, d| {
            let below = |c: &Value| {
                let hard = c.get("memory").as_i64();
                let soft = c.get("memoryReservation").as_i64();
                hard.zip(soft).is_some_and(|(hard, soft)| hard < soft)
            };
            let (name, _) = containers(d).find(|(_, c)| below(c))?;
            Some(format!(
                "Invalid setting for container '{name}'. 'memory' must be greater than or equal to 'memoryReservation'."
            ))
        },
        "botocore: ecs ContainerDefinition.memory",
    ),
    registration(
        "ecs-health-check-figures",
        "a health check has an interval of 5 to 300 s, a timeout of 2 to 60 s, 1 to 10 retries and a start of 0 to 300 s",
        |_, d| {
            containers(d)
                .filter_map(|(_, c)| wrong_figure(c.get("healthCheck")))
                .next()
        },
        "botocore: ecs HealthCheck",
    ),
    registration(
        "ecs-health-check-command",
        "a health check's command begins with CMD, CMD-SHELL or NONE",
        |_, d| {
            let bad = |c: &Value| {
                let check = c.get("healthCheck");
                let first = check.get("command").items().first().and_then(Value::as_str);
                !check.is_null() && !matches!(first, Some("CMD" | "CMD-SHELL" | "NONE"))
            };
            let (name, _) = containers(d).find(|(_, c)| bad(c))?;
            Some(format!(
                "Invalid 'healthCheck' setting for container '{name}': the command must start with CMD or CMD-SHELL."
            ))
        },
        "botocore: ecs HealthCheck.command",
    ),
    registration(
        "ecs-mounts-known-volumes",
        "a mount point names a volume of the task definition",
        |_, d| {
            let known = |volume: &str| texts(d.get("volumes"), "name").any(|v| v == volume);
            let unknown = containers(d)
                .flat_map(|(_, c)| texts(c.get("mountPoints"), "sourceVolume"))
                .find(|v| !known(v))?;
            Some(format!("Unknown volume '{unknown}'."))
        },
        "botocore: ecs MountPoint.sourceVolume",
    ),
    registration(
        "ecs-mounts-at-a-path",
        "a mount point has a path in the container, and no two share one",
        |_, d| {
            let (name, _) = containers(d).find(|(_, c)| {
                let mounts = c.get("mountPoints");
                let pathless = mounts
                    .items()
                    .iter()
                    .any(|m| !is_given(m.get("containerPath")));
                pathless || twice(texts(mounts, "containerPath")).is_some()
            })?;
            Some(format!(
                "Invalid 'containerPath' setting for container '{name}'."
            ))
        },
        "botocore: ecs MountPoint.containerPath",
    ),
    registration(
        "ecs-volumes-from-a-container",
        "volumesFrom names another container of the task definition",
        |_, d| {
            let known = |from: &str| containers(d).any(|(name, _)| name == from);
            let unknown = containers(d)
                .flat_map(|(_, c)| texts(c.get("volumesFrom"), "sourceContainer"))
                .find(|from| !known(from))?;
            Some(format!(
                "Invalid 'volumesFrom' setting. Unknown container: '{unknown}'."
            ))
        },
        "botocore: ecs VolumeFrom.sourceContainer",
    ),
    registration(
        "ecs-secret-names-once",
        "no two secrets of a container have one name",
        |_, d| {
            let double = containers(d).find_map(|(_, c)| twice(texts(c.get("secrets"), "name")))?;
            Some(format!("Duplicate secret names found: {double}."))
        },
        "CircleCI-Public/aws-ecs-orb#210",
    ),
    registration(
        "ecs-secret-is-no-variable",
        "no secret has the name of a variable of its container",
        |_, d| {
            let shared = containers(d).find_map(|(_, c)| {
                texts(c.get("secrets"), "name")
                    .find(|s| texts(c.get("environment"), "name").any(|v| v == *s))
            })?;
            Some(format!(
                "The secret name must be unique and not shared with any new or existing environment variables set on the \
                 container, such as '{shared}'."
            ))
        },
        "dagster-io/dagster#11622",
    ),
    registration(
        "ecs-environment-files",
        "a container reads at most 10 environment files, each the ARN of an object in S3",
        |_, d| {
            containers(d).find_map(|(_, c)| {
                let files = c.get("environmentFiles");
                let in_s3 = |f: &str| f.contains(":s3:::") && f.ends_with(".env");
                if files.items().len() > 10 {
                    return Some("environmentFiles can have at most 10 items.".to_owned());
                }
                let other = texts(files, "value").find(|f| !in_s3(f))?;
                Some(format!("Invalid environment file '{other}'."))
            })
        },
        "botocore: ecs ContainerDefinition.environmentFiles, EnvironmentFile.value",
    ),
    registration(
        "ecs-ulimit-soft-within-hard",
        "a ulimit's soft limit is within its hard limit",
        |_, d| {
            let limits = containers(d).flat_map(|(_, c)| c.get("ulimits").items());
            let over = |u: &&Value| {
                let soft = u.get("softLimit").as_i64();
                let hard = u.get("hardLimit").as_i64();
                soft.zip(hard)
                    .is_some_and(|(soft, hard)| hard != -1 && soft > hard)
            };
            let limit = limits.into_iter().find(over)?;
            Some(format!(
                "Soft limit exceeds hard limit for ulimit {}.",
                limit.get("name").as_str().unwrap_or_default()
            ))
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    registration(
        "ecs-restart-period-60-to-1800",
        "a restart policy's attempt period is 60 to 1800 s",
        |_, d| {
            let bad = |c: &Value| {
                let period = c.get("restartPolicy").get("restartAttemptPeriod").as_i64();
                period.is_some_and(|p| !(60..=1800).contains(&p))
            };
            containers(d)
                .any(|(_, c)| bad(c))
                .then(|| "restartAttemptPeriod must be between 60 and 1800 seconds.".to_owned())
        },
        "botocore: ecs ContainerRestartPolicy.restartAttemptPeriod",
    ),
    registration(
        "ecs-awslogs-options",
        "the log driver awslogs has a group and a region, on Fargate a prefix too",
        |_, d| {
            let needed = ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"];
            let needed = &needed[..if on_fargate(d) { 3 } else { 2 }];
            containers(d).find_map(|(_, c)| {
                let logs = c.get("logConfiguration");
                let lacks = |key: &&&str| !is_given(logs.get("options").get(key));
                let missing: Vec<&str> = needed.iter().filter(lacks).copied().collect();
                let awslogs = logs.get("logDriver").as_str() == Some("awslogs");
                (awslogs && !missing.is_empty()).then(|| {
                    format!(
                        "Log driver awslogs requires options: {}.",
                        missing.join(", ")
                    )
                })
            })
        },
        "botocore: ecs LogConfiguration.options; klothoplatform/klotho#892",
    ),
    registration(
        "ecs-firelens-has-a-router",
        "the log driver awsfirelens needs a container with a FireLens configuration, and that one a container that uses it",
        |_, d| {
            let router = |c: &Value| is_given(c.get("firelensConfiguration"));
            let user = |c: &Value| {
                c.get("logConfiguration").get("logDriver").as_str() == Some("awsfirelens")
            };
            let routers = containers(d).filter(|(_, c)| router(c)).count();
            let users = containers(d).filter(|(_, c)| user(c)).count();
            let said = match (routers, users) {
                (0, 1..) => {
                    "When using the awsfirelens log driver, a container with a firelensConfiguration object is required."
                }
                (1.., 0) => {
                    "When a firelensConfiguration object is specified, at least one container has to be configured with the \
                     awsfirelens log driver."
                }
                (2.., _) => "Only one container can have a firelensConfiguration object.",
                _ => return None,
            };
            Some(said.to_owned())
        },
        "AWS docs: using_firelens; botocore: ecs FirelensConfiguration",
    ),
    registration(
        "ecs-external-is-not-awsvpc",
        "tasks on machines of one's own have no network mode awsvpc",
        |_, d| {
            let refused =
                compatible_with(d, "EXTERNAL") && d.get("networkMode").as_str() == Some("awsvpc");
            refused.then(|| {
                "Tasks using the External launch type do not support networkMode 'awsvpc'."
                    .to_owned()
            })
        },
        "AWS docs: ecs-anywhere, network mode",
    ),
];

fn wrong_figure(check: &Value) -> Option<String> {
    let figures = [
        ("interval", 5, 300),
        ("timeout", 2, 60),
        ("retries", 1, 10),
        ("startPeriod", 0, 300),
    ];
    figures.into_iter().find_map(|(name, least, most)| {
        let value = check.get(name).as_i64()?;
        (!(least..=most).contains(&value)).then(|| {
            format!("Invalid 'healthCheck' setting: {name} must be between {least} and {most}.")
        })
    })
}

fn is_sha256(digest: &str) -> bool {
    let hex = digest.strip_prefix("sha256:");
    hex.is_some_and(|h| h.len() == 64 && h.chars().all(|c| c.is_ascii_hexdigit()))
}
