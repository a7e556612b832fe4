//! Members that AWS has since this program was made, beside a task definition and a service: carried, or refused by name.
//!
//! What belongs here: one member that nobody knows, put where a team might have it, and what becomes of it. What must not:
//! whole documents ([`crate::copies`], [`crate::generated`]).

use serde_json::{Value as Json, json};
use sixshift_core::{
    action::Action,
    decide::{Next, decide},
    facts::Facts,
    names,
    plan::Plan,
    readiness::Finding,
    share::Share,
    status::WaitingOn,
    twin,
};
use sixshift_sim::{Value, services, services::Service};

use crate::{
    copies::value,
    ground::{Ground, pass},
};

/// A scenario's region that knows more than its models.
fn ground(scenario: &str, newer: &[&str]) -> Ground {
    let ground = Ground::new(scenario, None);
    let newer = newer.iter().map(|member| (*member).to_owned());
    ground.region.with_world(|world| world.newer.extend(newer));
    ground
}

/// A call of the team's.
fn call(ground: &Ground, service: Service, op: &str, input: &Json) -> Value {
    let input = value(input);
    let answer = ground
        .region
        .with_world(|world| services::call(world, service, op, &input));
    answer.unwrap_or_else(|e| panic!("{op}: {e:?}"))
}

/// What stops a plan.
async fn found(ground: &Ground, plan: &Plan) -> Vec<Finding> {
    let seen = ground.full(plan).await;
    match decide(plan, &Facts::default(), &seen, ground.now()).next {
        Next::Wait(WaitingOn::Findings { findings }) => findings,
        next => panic!("{next:?}"),
    }
}

fn names_it(findings: &[Finding], member: &str) {
    let mut all = findings.iter();
    let told = all.any(|f| f.code == "unknown-field" && f.message.contains(member));
    assert!(told, "{findings:?}");
}

fn scaling(ground: &Ground, more: &Json) -> Json {
    let service = &ground.services[0];
    let mut input = json!({
        "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": names::scaling_resource(&service.cluster, &service.name),
    });
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    input
}

#[tokio::test(start_paused = true)]
async fn a_member_of_a_target_group_is_named_before_anything_is_made() {
    let ground = ground("healthy", &["elbv2:TargetGroup.Orbit", "elbv2:Matcher.Tcp"]);
    let plan = ground.plan();
    let arn = &ground.services[0].target_group;
    ground.region.with_world(|world| {
        let spec = &mut world.elb.target_groups.get_mut(arn).unwrap().spec;
        spec.set("Orbit", value(&json!({ "Height": [7] })));
        let mut matcher = spec.get("Matcher").clone();
        matcher.set("Tcp", "open".into());
        spec.set("Matcher", matcher);
    });
    pass(300).await;
    names_it(&found(&ground, &plan).await, "Orbit, Matcher.Tcp");
}

#[tokio::test(start_paused = true)]
async fn a_member_of_a_scalable_target_is_named_before_anything_is_made() {
    let ground = ground(
        "healthy",
        &[
            "application-autoscaling:RegisterScalableTargetRequest.Orbit",
            "application-autoscaling:ScalableTarget.Orbit",
        ],
    );
    let plan = ground.plan();
    let input = scaling(&ground, &json!({ "Orbit": { "Height": 7 } }));
    call(
        &ground,
        Service::AutoScaling,
        "RegisterScalableTarget",
        &input,
    );
    pass(300).await;
    names_it(&found(&ground, &plan).await, "Orbit");
}

/// Everything that AWS may invent in an action that forwards: in itself, and below.
const OF_ACTIONS: &[&str] = &[
    "elbv2:Action.Orbit",
    "elbv2:ForwardActionConfig.Orbit",
    "elbv2:TargetGroupTuple.Orbit",
    "elbv2:TargetGroupStickinessConfig.Orbit",
    "elbv2:AuthenticateOidcActionConfig.Orbit",
];

/// An action list with members that nobody knows.
fn with_orbits(actions: &[Value]) -> Value {
    let orbit = || value(&json!({ "Rings": ["a", "b & c"], "Name": "x" }));
    let each = actions.iter().cloned().map(|mut action| {
        action.set("Orbit", orbit());
        if action.get("Type").as_str() == Some("authenticate-oidc") {
            let mut config = action.get("AuthenticateOidcConfig").clone();
            config.set("Orbit", orbit());
            action.set("AuthenticateOidcConfig", config);
            return action;
        }
        let mut config = action.get("ForwardConfig").clone();
        let groups = config.get("TargetGroups").items().iter().cloned();
        let groups = groups.map(|mut group| {
            group.set("Orbit", orbit());
            group
        });
        config.set("TargetGroups", Value::list(groups.collect::<Vec<_>>()));
        let mut sticky = config.get("TargetGroupStickinessConfig").clone();
        sticky.set("Orbit", orbit());
        config.set("TargetGroupStickinessConfig", sticky);
        config.set("Orbit", orbit());
        action.set("ForwardConfig", config);
        action
    });
    Value::list(each.collect::<Vec<_>>())
}

/// How often a name is in a value.
fn count(of: &Value, name: &str) -> usize {
    let own = of
        .fields()
        .iter()
        .filter(|(field, _)| field == name)
        .count();
    let below = of.fields().iter().map(|(_, held)| count(held, name));
    own + below.sum::<usize>()
        + of.items()
            .iter()
            .map(|item| count(item, name))
            .sum::<usize>()
}

#[tokio::test(start_paused = true)]
async fn members_of_actions_stay_when_a_forward_is_written() {
    let ground = ground("many-routes", OF_ACTIONS);
    let plan = ground.plan();
    ground.region.with_world(|world| {
        for rule in world.elb.rules.values_mut() {
            rule.actions = with_orbits(&rule.actions).items().to_vec();
        }
    });
    let actions = || {
        ground.region.with_world(|world| {
            let rules = world.elb.rules.values();
            rules.map(|r| r.actions.clone()).collect::<Vec<_>>()
        })
    };
    let before = actions();
    let orbits = |of: &[Vec<Value>]| -> Vec<usize> {
        let each = of
            .iter()
            .map(|list| list.iter().map(|a| count(a, "Orbit")).sum());
        each.collect()
    };
    ground.make_group(&plan).await;
    pass(60).await;
    ground.set_share(&plan, Share::NONE).await;
    let written = actions();
    assert_ne!(written, before);
    assert_eq!(orbits(&written), orbits(&before));
    let list = written.iter().flatten();
    for action in list.filter(|a| a.get("ForwardConfig").get("TargetGroups").items().len() > 1) {
        assert_eq!(action.get("Orbit").get("Rings").strings(), ["a", "b & c"]);
    }
    // Somebody's edit of what nobody knows is an edit.
    let seen = ground.full(&plan).await;
    ground.region.with_world(|world| {
        for action in world.elb.rules.values_mut().flat_map(|r| &mut r.actions) {
            action.set("Orbit", value(&json!({ "Name": "y" })));
        }
    });
    pass(60).await;
    let later = ground.full(&plan).await;
    let pairs = seen
        .routes
        .seen()
        .unwrap()
        .iter()
        .zip(later.routes.seen().unwrap());
    assert!(pairs.clone().count() > 1);
    for (before, after) in pairs {
        assert_ne!(before.fingerprint, after.fingerprint, "{:?}", before.id);
    }
}

#[tokio::test(start_paused = true)]
async fn members_of_policies_and_of_scheduled_actions_are_carried() {
    let ground = ground(
        "healthy",
        &[
            "application-autoscaling:PutScalingPolicyRequest.Orbit",
            "application-autoscaling:ScalingPolicy.Orbit",
            "application-autoscaling:TargetTrackingScalingPolicyConfiguration.Orbit",
            "application-autoscaling:PutScheduledActionRequest.Orbit",
            "application-autoscaling:ScheduledAction.Orbit",
        ],
    );
    let plan = ground.plan();
    let seen = ground.full(&plan).await;
    let scaling = seen.ipv4_scaling.seen().unwrap();
    let mut settings = scaling.policies[0].settings.read();
    settings["Orbit"] = json!({ "Height": 7 });
    settings["TargetTrackingScalingPolicyConfiguration"]["Orbit"] = json!("low");
    let mut action = scaling.scheduled[0].settings.read();
    action["Orbit"] = json!([1]);
    let resource = names::scaling_resource(&plan.service.cluster, &plan.service.name);
    let of_policy = Action::CopyPolicy {
        to: resource.clone(),
        policy: scaling.policies[0].name.clone(),
        settings: settings.clone(),
    };
    let of_action = Action::CopyScheduled {
        to: resource,
        name: scaling.scheduled[0].name.clone(),
        settings: action.clone(),
    };
    ground.act(&plan, of_policy).await;
    ground.act(&plan, of_action).await;
    let seen = ground.full(&plan).await;
    let scaling = seen.ipv4_scaling.seen().unwrap();
    assert!(
        twin::is_same_setting(&scaling.policies[0].settings.read(), &settings),
        "{:?}",
        scaling.policies
    );
    assert!(
        twin::is_same_setting(&scaling.scheduled[0].settings.read(), &action),
        "{:?}",
        scaling.scheduled
    );
}

#[tokio::test(start_paused = true)]
async fn a_twin_that_is_rolled_keeps_what_its_network_has_beside_subnets() {
    let ground = ground("healthy", &["ecs:AwsVpcConfiguration.orbit"]);
    let plan = ground.plan();
    ground.make_twin(&plan, 1).await;
    let (cluster, service) = (plan.service.cluster.clone(), names::service(&plan));
    let network = json!({ "awsvpcConfiguration": {
        "subnets": plan.ipv6.subnets, "securityGroups": plan.ipv6.security_groups, "orbit": "low",
    } });
    let input = json!({ "cluster": cluster, "service": service, "networkConfiguration": network });
    call(&ground, Service::Ecs, "UpdateService", &input);
    pass(300).await;
    let seen = ground.full(&plan).await;
    let subnets = plan.ipv6.subnets[..2].to_vec();
    let roll = Action::RollTwin {
        cluster: cluster.clone(),
        service: service.clone(),
        task_definition: seen.twin_task_definition.seen().unwrap().arn.clone(),
        subnets: subnets.clone(),
        security_groups: plan.ipv6.security_groups.clone().unwrap(),
        force: true,
    };
    ground.act(&plan, roll).await;
    let input = json!({ "cluster": cluster, "services": [service] });
    let told = call(&ground, Service::Ecs, "DescribeServices", &input);
    let network = told.get("services").items()[0]
        .get("networkConfiguration")
        .clone();
    let vpc = network.get("awsvpcConfiguration");
    assert_eq!(vpc.get("orbit").as_str(), Some("low"));
    assert_eq!(vpc.get("subnets").strings(), subnets);
}
