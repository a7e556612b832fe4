//! Rules of how a service is deployed: percentages, controllers, the circuit breaker, zones in balance.

use super::asked::{is_given, texts};
use super::wanted::Wanted;
use super::{BOTH, CREATE, Rule, refuses};
use crate::{Value, world::World};

/// What the balance of zones depends on.
const BALANCE: [&str; 5] = [
    "availabilityZoneRebalancing",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "loadBalancers",
];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-minimum-percent",
        BOTH,
        "minimumHealthyPercent is 0 to 100",
        "InvalidParameterException",
        |_, s| {
            let least = s
                .get("deploymentConfiguration")
                .get("minimumHealthyPercent");
            let said = match least.as_i64()? {
                ..0 => "minimumHealthyPercent must be at least 0.",
                101.. => "minimumHealthyPercent must be at most 100.",
                _ => return None,
            };
            Some(said.to_owned())
        },
        "botocore: ecs DeploymentConfiguration.minimumHealthyPercent; badmintoncryer/cdk-preflight",
    ),
    refuses(
        "ecs-maximum-percent",
        BOTH,
        "maximumPercent is 100 or more",
        "InvalidParameterException",
        |_, s| {
            let most = s.get("deploymentConfiguration").get("maximumPercent");
            (most.as_i64()? < 100).then(|| "maximumPercent must be at least 100.".to_owned())
        },
        "botocore: ecs DeploymentConfiguration.maximumPercent; badmintoncryer/cdk-preflight",
    ),
    refuses(
        "ecs-percents-leave-room",
        BOTH,
        "minimumHealthyPercent and maximumPercent are not both 100",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let both = percents(&wanted) == (100, 100);
            (both && wanted.brings(&["deploymentConfiguration"])).then(|| {
                "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
                    .to_owned()
            })
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    refuses(
        "ecs-daemon-at-most-100-percent",
        BOTH,
        "a daemon's maximumPercent is 100",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let most = s
                .get("deploymentConfiguration")
                .get("maximumPercent")
                .as_i64()?;
            (wanted.is_daemon() && most > 100).then(|| {
                "The daemon scheduling strategy does not support values above 100 for maximumPercent. Change the value \
                 and try again"
                    .to_owned()
            })
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    refuses(
        "ecs-breaker-of-the-ecs-controller",
        BOTH,
        "the circuit breaker is for the controller ECS",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let breaker = s
                .get("deploymentConfiguration")
                .get("deploymentCircuitBreaker");
            let asked = breaker.get("enable").as_bool() == Some(true);
            (asked && wanted.controller() != "ECS").then(|| {
                "The deployment circuit breaker is only supported for services using the ECS deployment controller."
                    .to_owned()
            })
        },
        "botocore: ecs DeploymentConfiguration.deploymentCircuitBreaker",
    ),
    refuses(
        "ecs-steps-of-their-strategy",
        BOTH,
        "a linear or canary configuration is for the strategy of that name",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let given = s.get("deploymentConfiguration");
            let strategy = wanted.get("deploymentConfiguration").get("strategy");
            let strategy = strategy.as_str().unwrap_or("ROLLING");
            let (what, _) = [
                ("linearConfiguration", "LINEAR"),
                ("canaryConfiguration", "CANARY"),
            ]
            .into_iter()
            .find(|(key, of)| is_given(given.get(key)) && strategy != *of)?;
            Some(format!(
                "{what} is not supported for the {strategy} deployment strategy."
            ))
        },
        "botocore: ecs DeploymentConfiguration.linearConfiguration, canaryConfiguration",
    ),
    refuses(
        "ecs-code-deploy-needs-a-load-balancer",
        CREATE,
        "the controller CODE_DEPLOY needs a load balancer",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let refused = wanted.controller() == "CODE_DEPLOY" && !is_given(s.get("loadBalancers"));
            refused.then(|| {
                "With the CODE_DEPLOY deployment controller the service requires an Application Load Balancer or Network \
                 Load Balancer."
                    .to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.loadBalancers",
    ),
    refuses(
        "ecs-external-has-task-sets",
        CREATE,
        "with the controller EXTERNAL the task definition and load balancers are the task sets'",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let said = if is_given(s.get("taskDefinition")) {
                "TaskDefinition must be blank."
            } else if is_given(s.get("loadBalancers")) {
                "LoadBalancers must be empty or null."
            } else {
                return None;
            };
            (wanted.controller() == "EXTERNAL").then(|| said.to_owned())
        },
        "badmintoncryer/cdk-preflight (answers of AWS)",
    ),
    refuses(
        "ecs-code-deploy-rolls-itself",
        &["UpdateService"],
        "with CODE_DEPLOY the task definition, network, platform and load balancers change by CodeDeploy alone",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let asked = [
                "taskDefinition",
                "networkConfiguration",
                "platformVersion",
                "loadBalancers",
            ]
            .iter()
            .any(|k| !s.get(k).is_null());
            let forced = s.get("forceNewDeployment").as_bool() == Some(true);
            (wanted.controller() == "CODE_DEPLOY" && (asked || forced)).then(|| {
                "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy \
                 to trigger a new deployment."
                    .to_owned()
            })
        },
        "botocore: ecs UpdateService",
    ),
    refuses(
        "ecs-rebalancing-needs-headroom",
        BOTH,
        "zones are kept in balance, which is so unless told otherwise, with a maximumPercent above 100",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let tight = percents(&wanted).1 <= 100 && !wanted.is_daemon();
            (tight && is_rebalanced(&wanted) && wanted.brings(&BALANCE)).then(|| {
                "AvailabilityZoneRebalancing does not support maximumPercent <= 100".to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.availabilityZoneRebalancing; aws/aws-cdk aws-ecs BaseService (the same is \
         checked there)",
    ),
    refuses(
        "ecs-rebalancing-of-replicas",
        BOTH,
        "zones of a daemon are not kept in balance",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            (wanted.is_daemon() && asks_for_balance(&wanted)).then(|| {
                "Availability Zone Rebalancing does not support DAEMON services.".to_owned()
            })
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    refuses(
        "ecs-rebalancing-where-ecs-places",
        BOTH,
        "zones are not kept in balance on machines of one's own, with a Classic Load Balancer, with constraints on the \
         zone, or with a first placement strategy other than spread by zone",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let what = against_balance(&wanted)?;
            asks_for_balance(&wanted)
                .then(|| format!("Availability Zone Rebalancing does not support {what}."))
        },
        "aws/aws-cdk#32259",
    ),
];

/// minimumHealthyPercent and maximumPercent, with their defaults.
fn percents(wanted: &Wanted<'_>) -> (i64, i64) {
    let given = wanted.get("deploymentConfiguration");
    let (least, most) = if wanted.is_daemon() {
        (0, 100)
    } else {
        (100, 200)
    };
    (
        given.get("minimumHealthyPercent").as_i64().unwrap_or(least),
        given.get("maximumPercent").as_i64().unwrap_or(most),
    )
}

/// Whether zones are kept in balance: asked for, or left out of a new service that can have it.
fn is_rebalanced(wanted: &Wanted<'_>) -> bool {
    match wanted.get("availabilityZoneRebalancing").as_str() {
        Some(given) => given == "ENABLED",
        None => wanted.is_new && !wanted.is_daemon() && against_balance(wanted).is_none(),
    }
}

/// Whether the zones of a new service are kept in balance.
pub(crate) fn starts_balanced(world: &World, input: &Value) -> bool {
    Wanted::of(world, input).is_some_and(|wanted| is_rebalanced(&wanted))
}

/// Whether the service has the balance of zones by somebody's word, and the call touches what it depends on.
fn asks_for_balance(wanted: &Wanted<'_>) -> bool {
    let asked = wanted.get("availabilityZoneRebalancing").as_str() == Some("ENABLED");
    asked && wanted.brings(&BALANCE)
}

/// What of a service the balance of zones does not go with.
fn against_balance(wanted: &Wanted<'_>) -> Option<&'static str> {
    let zone = "attribute:ecs.availability-zone";
    let classic = |b: &Value| is_given(b.get("loadBalancerName"));
    let first = wanted.get("placementStrategy").items().first();
    if wanted.launch_type() == Some("EXTERNAL") {
        return Some("the EXTERNAL launch type");
    }
    if wanted.get("loadBalancers").items().iter().any(classic) {
        return Some("Classic Load Balancers");
    }
    if texts(wanted.get("placementConstraints"), "expression").any(|e| e.contains(zone)) {
        return Some("placement constraints on ecs.availability-zone");
    }
    let spread = |s: &Value| {
        s.get("type").as_str() == Some("spread") && s.get("field").as_str() == Some(zone)
    };
    first
        .is_some_and(|s| !spread(s))
        .then_some("a first placement strategy other than Availability Zone spread")
}
