//! Rules of tasks that belong to no service.

use super::asked::{containers, is_given};
use super::wanted::Wanted;
use super::{BOTH, Rule, refuses};
use crate::Value;

const RUN: &[&str] = &["RunTask"];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-runs-1-to-10-tasks",
        RUN,
        "1 to 10 tasks are run at once",
        "InvalidParameterException",
        |_, r| match r.get("count").as_i64()? {
            1..=10 => None,
            ..1 => Some("Count must be between 1 and 10.".to_owned()),
            _ => Some("count cannot be greater than 10".to_owned()),
        },
        "botocore: ecs RunTaskRequest.count",
    ),
    refuses(
        "ecs-run-token-64",
        RUN,
        "a client token has at most 64 ASCII characters from 33 to 126",
        "InvalidParameterException",
        |_, r| {
            let token = r.get("clientToken").as_str()?;
            let fits = token.len() <= 64 && token.bytes().all(|b| (33..=126).contains(&b));
            (!fits).then(|| "clientToken must have at most 64 ASCII characters.".to_owned())
        },
        "botocore: ecs RunTaskRequest.clientToken",
    ),
    refuses(
        "ecs-started-by-128",
        RUN,
        "who started a task has at most 128 letters, digits, hyphens, slashes and underscores",
        "InvalidParameterException",
        |_, r| {
            let starter = r.get("startedBy").as_str()?;
            let plain = |c: char| c.is_ascii_alphanumeric() || "-/_".contains(c);
            if starter.len() > 128 {
                return Some("startedBy longer than 128.".to_owned());
            }
            (!starter.chars().all(plain)).then(|| "startedBy has invalid characters.".to_owned())
        },
        "botocore: ecs RunTaskRequest.startedBy; mapbox/ecs-watchbot#78",
    ),
    refuses(
        "ecs-group-is-no-services",
        RUN,
        "the group of a task that is run by hand is not called as those of services are",
        "InvalidParameterException",
        |_, r| {
            let group = r.get("group").as_str()?;
            (group.starts_with("service:"))
                .then(|| "The group prefix service: is reserved for Amazon ECS.".to_owned())
        },
        "unverified; the stricter answer is taken, since ListTasks finds a service's tasks by their group",
    ),
    refuses(
        "ecs-run-hands-on-no-services-tags",
        RUN,
        "a task that is run by hand has no tags of a service handed on",
        "InvalidParameterException",
        |_, r| {
            (r.get("propagateTags").as_str() == Some("SERVICE"))
                .then(|| "SERVICE is not a valid value for propagateTags.".to_owned())
        },
        "botocore: ecs RunTaskRequest.propagateTags",
    ),
    refuses(
        "ecs-overrides-name-containers",
        RUN,
        "an override is for a container of the task definition",
        "InvalidParameterException",
        |world, r| {
            let definition = world
                .ecs
                .task_definition(r.get("taskDefinition").as_str()?)?;
            let given = r.get("overrides").get("containerOverrides").items();
            let name = |o: &Value| o.get("name").as_str().unwrap_or_default().to_owned();
            let names = given.iter().filter(|o| is_given(o)).map(name);
            let foreign = |name: &String| !containers(&definition.given).any(|(n, _)| n == name);
            let name = names.into_iter().find(foreign)?;
            Some(format!(
                "Override for container named {name} is not a container in the TaskDefinition."
            ))
        },
        "azavea/django-ecsmanage#21 (an answer of AWS); botocore: ecs ContainerOverride.name",
    ),
    refuses(
        "ecs-overrides-8192",
        RUN,
        "overrides have at most 8192 characters of JSON",
        "InvalidParameterException",
        |_, r| {
            let text = crate::wire::as_text(r.get("overrides"));
            (text.len() > 8192)
                .then(|| "Container Overrides length must be at most 8192".to_owned())
        },
        "botocore: ecs RunTaskRequest.overrides",
    ),
    refuses(
        "ecs-run-exec-has-a-role",
        RUN,
        "ECS Exec needs a task role, of the task definition or given in its place",
        "InvalidParameterException",
        |world, r| {
            let definition = world
                .ecs
                .task_definition(r.get("taskDefinition").as_str()?)?;
            let roles = [r.get("overrides"), &definition.given].map(|of| of.get("taskRoleArn"));
            let asked = r.get("enableExecuteCommand").as_bool() == Some(true);
            (asked && !roles.into_iter().any(is_given)).then(|| {
                "The execute command failed because a valid task role is not being used. Specify a valid task role in \
                 your task definition or as a task override and try again."
                    .to_owned()
            })
        },
        "boto/boto3#3173 (an answer of AWS)",
    ),
    refuses(
        "ecs-service-exec-has-a-role",
        BOTH,
        "ECS Exec needs a task role of the task definition",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            if !wanted.brings(&["enableExecuteCommand", "taskDefinition"]) {
                return None;
            }
            let asked = wanted.get("enableExecuteCommand").as_bool() == Some(true);
            let definition = wanted.definition(world)?;
            (asked && !is_given(definition.given.get("taskRoleArn"))).then(|| {
                let what = if wanted.is_new { "created" } else { "updated" };
                format!(
                    "The service couldn't be {what} because a valid taskRoleArn is not being used. Specify a valid task \
                     role in your task definition and try again."
                )
            })
        },
        "aws/aws-toolkit-jetbrains#3649 (an answer of AWS)",
    ),
];
