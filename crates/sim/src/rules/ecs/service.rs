//! Rules of a service: its name, scheduling, launch type, platform and task definition.

use super::asked::{is_given, is_plain_name};
use super::wanted::Wanted;
use super::{BOTH, CREATE, LAUNCHING, PLACING, Rule, refuses};
use crate::{Value, world::World};

/// Parameters that are judged together with where tasks run.
const LAUNCH: [&str; 3] = [
    "capacityProviderStrategy",
    "platformVersion",
    "taskDefinition",
];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-service-named",
        CREATE,
        "a service's name has 1 to 255 letters, digits, underscores and hyphens",
        "InvalidParameterException",
        |_, s| {
            let name = s.get("serviceName").as_str().unwrap_or_default();
            (!is_plain_name(name)).then(|| "Invalid service name.".to_owned())
        },
        "botocore: ecs CreateServiceRequest.serviceName",
    ),
    refuses(
        "ecs-client-token-36",
        CREATE,
        "a client token has at most 36 ASCII characters from 33 to 126",
        "InvalidParameterException",
        |_, s| {
            let token = s.get("clientToken").as_str()?;
            let fits = token.len() <= 36 && token.bytes().all(|b| (33..=126).contains(&b));
            (!fits).then(|| "clientToken must have at most 36 ASCII characters.".to_owned())
        },
        "botocore: ecs CreateServiceRequest.clientToken",
    ),
    refuses(
        "ecs-desired-count-given",
        BOTH,
        "a service of replicas has a desired count of 0 or more",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let count = wanted.given("desiredCount").as_i64();
            let lacking = wanted.is_new && count.is_none() && !wanted.is_daemon();
            (lacking || count.is_some_and(|c| c < 0))
                .then(|| "Invalid desiredCount value.".to_owned())
        },
        "botocore: ecs CreateServiceRequest.desiredCount",
    ),
    refuses(
        "ecs-daemon-has-no-desired-count",
        BOTH,
        "a daemon has no desired count",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            (wanted.is_daemon() && !wanted.given("desiredCount").is_null()).then(|| {
                "The daemon scheduling strategy does not support a desired count for services. Remove the desired count \
                 value and try again"
                    .to_owned()
            })
        },
        "kayac/ecspresso#20; fabfuel/ecs-deploy#59",
    ),
    refuses(
        "ecs-daemon-not-on-fargate",
        CREATE,
        "a daemon does not run on Fargate",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            (wanted.is_daemon() && wanted.launch_type() == Some("FARGATE")).then(|| {
                "The Fargate launch type does not support the DAEMON scheduling strategy."
                    .to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.schedulingStrategy",
    ),
    refuses(
        "ecs-daemon-has-no-capacity-providers",
        BOTH,
        "a daemon has no capacity provider strategy, the cluster's own included",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let strategy = is_given(wanted.get("capacityProviderStrategy"));
            (wanted.is_daemon() && strategy).then(|| {
                "Specifying a capacity provider strategy is not supported when you create a service using the DAEMON \
                 scheduling strategy."
                    .to_owned()
            })
        },
        "aws/containers-roadmap#692",
    ),
    refuses(
        "ecs-daemon-has-no-placement-strategy",
        BOTH,
        "a daemon has no placement strategies",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            (wanted.is_daemon() && is_given(wanted.given("placementStrategy"))).then(|| {
                "The daemon scheduling strategy does not support placement strategies. Remove the placement strategy and \
                 try again"
                    .to_owned()
            })
        },
        "kayac/ecspresso#402",
    ),
    refuses(
        "ecs-daemon-rolled-by-ecs",
        CREATE,
        "a daemon has the deployment controller ECS",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            (wanted.is_daemon() && wanted.controller() != "ECS").then(|| {
                format!(
                    "The {} deployment controller does not support the DAEMON scheduling strategy.",
                    wanted.controller()
                )
            })
        },
        "botocore: ecs CreateServiceRequest.schedulingStrategy",
    ),
    refuses(
        "ecs-launch-type-or-strategy",
        LAUNCHING,
        "a launch type or a capacity provider strategy, not both",
        "InvalidParameterException",
        |_, s| {
            let both = is_given(s.get("launchType")) && is_given(s.get("capacityProviderStrategy"));
            both.then(|| {
                "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
                    .to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.launchType",
    ),
    refuses(
        "ecs-managed-instances-by-strategy",
        LAUNCHING,
        "managed instances are asked for by a capacity provider strategy",
        "InvalidParameterException",
        |_, s| {
            (s.get("launchType").as_str() == Some("MANAGED_INSTANCES")).then(|| {
                "The MANAGED_INSTANCES launch type is not supported. Specify a capacity provider strategy and try again."
                    .to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.launchType",
    ),
    refuses(
        "ecs-platform-version-on-fargate-only",
        PLACING,
        "a platform version is for Fargate",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let launch = wanted.launch_type().filter(|l| *l != "FARGATE")?;
            is_given(wanted.given("platformVersion")).then(|| {
                format!(
                    "The platform version must be null when specifying an {launch} launch type."
                )
            })
        },
        "aws/amazon-ecs-cli#1040",
    ),
    refuses(
        "ecs-platform-version-known",
        PLACING,
        "a platform version is LATEST or one that there is",
        "PlatformUnknownException",
        |_, s| {
            let version = s.get("platformVersion").as_str()?;
            let known = ["LATEST", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];
            (!known.contains(&version))
                .then(|| format!("The specified platform version {version} does not exist."))
        },
        "botocore: ecs PlatformUnknownException; AWS docs: platform versions",
    ),
    refuses(
        "ecs-service-has-a-task-definition",
        CREATE,
        "a service of the controllers ECS and CODE_DEPLOY has a task definition",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let lacking = !is_given(s.get("taskDefinition")) && wanted.controller() != "EXTERNAL";
            lacking.then(|| "TaskDefinition can not be blank.".to_owned())
        },
        "botocore: ecs CreateServiceRequest.taskDefinition",
    ),
    refuses(
        "ecs-task-definition-is-there",
        PLACING,
        "the task definition is there and active",
        "ClientException",
        |world, s| {
            let named = s.get("taskDefinition").as_str()?;
            match world.ecs.task_definition(named) {
                None => Some("TaskDefinition not found.".to_owned()),
                Some(found) if !found.is_active() => Some("TaskDefinition is inactive".to_owned()),
                Some(_) => None,
            }
        },
        "botocore: ecs DeregisterTaskDefinition",
    ),
    refuses(
        "ecs-task-definition-fits-the-launch-type",
        PLACING,
        "the task definition is valid for where its tasks shall run",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            if !wanted.brings(&LAUNCH) {
                return None;
            }
            let definition = wanted.definition(world)?;
            let launch = if wanted.on_fargate() {
                "FARGATE"
            } else {
                wanted.launch_type()?
            };
            let fits = fits(world, &definition.given).contains(&launch);
            (!fits).then(|| format!("Task definition does not support launch_type {launch}."))
        },
        "botocore: ecs TaskDefinition.compatibilities",
    ),
    refuses(
        "ecs-fargate-places-itself",
        PLACING,
        "Fargate has no placement constraints and strategies",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let what = if is_given(wanted.given("placementConstraints")) {
                "constraints"
            } else {
                is_given(wanted.given("placementStrategy")).then_some("strategies")?
            };
            wanted
                .on_fargate()
                .then(|| format!("Placement {what} are not supported with FARGATE launch type."))
        },
        "botocore: ecs PlacementConstraint; badmintoncryer/cdk-preflight",
    ),
    refuses(
        "ecs-grace-period-with-a-load-balancer",
        BOTH,
        "a health check grace period is for services with a load balancer",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let checked = is_given(wanted.get("loadBalancers"))
                || is_given(wanted.get("vpcLatticeConfigurations"));
            let refused = !wanted.given("healthCheckGracePeriodSeconds").is_null() && !checked;
            refused.then(|| {
                "Health check grace period is only valid for services configured to use load balancers"
                    .to_owned()
            })
        },
        "aws/aws-cdk#19842",
    ),
    refuses(
        "ecs-role-with-a-load-balancer",
        CREATE,
        "a role is for services with a load balancer",
        "InvalidParameterException",
        |_, s| {
            (is_given(s.get("role")) && !is_given(s.get("loadBalancers"))).then(|| {
                "IAM roles are only valid for services configured to use load balancers.".to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.role",
    ),
    refuses(
        "ecs-awsvpc-has-the-linked-role",
        CREATE,
        "with awsvpc the service-linked role is used, none of one's own",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let refused = is_given(s.get("role")) && wanted.network_mode(world) == Some("awsvpc");
            refused.then(|| {
                "You cannot specify an IAM role for services that require a service linked role."
                    .to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.role",
    ),
    refuses(
        "ecs-linked-role-usable",
        CREATE,
        "in an account's first seconds with ECS its service-linked role cannot be assumed yet",
        "InvalidParameterException",
        |world, _| {
            let from = world.ecs.habits.linked_role_from?;
            (world.now() < from).then(|| {
                "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
                    .to_owned()
            })
        },
        "hashicorp/terraform-provider-aws (retried on creation of aws_ecs_service)",
    ),
];

/// The launch types that a task definition is valid for.
pub(crate) fn fits(world: &World, definition: &Value) -> Vec<&'static str> {
    let mut launches = Vec::new();
    if !is_given(definition.get("ephemeralStorage")) || super::asked::on_fargate(definition) {
        launches.push("EC2");
    }
    let mut as_fargate = definition.clone();
    as_fargate.set("requiresCompatibilities", Value::list(["FARGATE"]));
    if super::fargate::RULES
        .iter()
        .all(|r| super::keeps(r, world, &as_fargate))
    {
        launches.push("FARGATE");
    }
    if super::asked::network_mode(definition) != "awsvpc" {
        launches.push("EXTERNAL");
    }
    launches
}
