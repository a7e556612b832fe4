//! Whose code writes the service, its target groups and its routes, as tags on AWS tell it; and how rarely they are asked.

use sixshift_aws::Asked;
use sixshift_core::{
    decide::{Next, decide},
    facts::Facts,
    observation::{Look, Observation, Topic},
    plan::{Deletable, Plan},
    readiness::{Finding, findings},
    share::Share,
};
use sixshift_sim::{
    Value,
    faults::{Fault, Wrong},
    services::{self, Service, system_tags},
};

use crate::ground::{Ground, pass, plan};

/// A scenario whose first service is a stack's, with its routes and its target group.
fn in_a_stack(scenario: &str) -> (Ground, Plan) {
    let ground = Ground::new(scenario, None);
    let own = ground.services[0].clone();
    ground.region.with_world(|world| {
        let service = world.ecs.service(&own.cluster, &own.name).unwrap();
        let service = service.arn.clone();
        let routes = own.routes.iter().zip(["Https", "Partners", "Api"]);
        let routes = routes.map(|(arn, id)| (arn.as_str(), id));
        let rest = [(service.as_str(), "Service"), (&own.target_group, "Group")];
        system_tags::put_stack(world, "shop-prod", routes.chain(rest)).unwrap();
    });
    let mut plan = ground.plan();
    plan.retire.delete = vec![Deletable::Service, Deletable::TargetGroup];
    (ground, plan)
}

fn managed(plan: &Plan, seen: &Observation) -> Vec<Finding> {
    let mut all = findings(plan, seen);
    all.retain(|f| f.code == "managed-by-code");
    all
}

#[tokio::test(start_paused = true)]
async fn a_stack_is_told_on_every_kind_of_resource_with_its_logical_ids() {
    let (ground, plan) = in_a_stack("many-routes");
    let told = managed(&plan, &ground.full(&plan).await);
    let named = [
        "(Https)",
        "(Partners)",
        "service checkout (Service)",
        "(Group)",
    ];
    assert_eq!(told.len(), named.len(), "{told:#?}");
    for (finding, name) in told.iter().zip(named) {
        let text = &finding.message;
        assert!(text.contains(name), "{text}");
        assert!(text.contains("CloudFormation in stack shop-prod"), "{text}");
    }
    for id in ["Https", "Partners", "Api"] {
        let held = format!("LogicalResourceId/{id}\"");
        assert!(told[1].remedy.contains(&held), "{}", told[1].remedy);
    }
}

#[tokio::test(start_paused = true)]
async fn the_twin_of_a_stacks_service_has_none_of_its_tags() {
    let (ground, plan) = in_a_stack("healthy");
    ground.make_twin(&plan, 1).await;
    ground.set_share(&plan, Share::NONE).await;
    let seen = ground.full(&plan).await;
    let twin = seen.twin.seen().unwrap();
    assert!(twin.tags.contains_key("team"), "{:?}", twin.tags);
    assert!(
        twin.tags.keys().all(|key| !key.starts_with("aws:")),
        "{:?}",
        twin.tags
    );
    assert_eq!(
        managed(&plan, &seen).len(),
        3,
        "what sixshift made is nobody's"
    );
}

#[tokio::test(start_paused = true)]
async fn many_plans_ask_for_their_routes_tags_together_and_once() {
    let ground = Ground::new("big-fleet", Some(30));
    let groups = ground
        .services
        .iter()
        .map(|s| (s.target_group.as_str(), "Group"));
    ground
        .region
        .with_world(|world| system_tags::put_stack(world, "shop", groups).unwrap());
    let plans: Vec<Plan> = ground.services.iter().map(plan).collect();
    let first = looked_at(&ground, &plans).await;
    assert!(first <= 6, "{first} for 30 groups and 30 rules");
    for _ in 0..12 {
        assert_eq!(looked_at(&ground, &plans).await, first);
        pass(10).await;
    }
}

/// Looks at all of them, and gives how often tags were asked for so far.
async fn looked_at(ground: &Ground, plans: &[Plan]) -> u64 {
    let asked = Asked {
        look: Look::Light,
        ..Asked::full(ground.now())
    };
    let looks = plans.iter().map(|plan| ground.hands.observe(plan, asked));
    for seen in futures::future::join_all(looks).await {
        assert_eq!(seen.route_tags.seen().map(|t| t.len()), Some(1));
    }
    let calls = ground.hands.calls();
    calls
        .get("elasticloadbalancing:DescribeTags")
        .copied()
        .unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_route_that_alone_is_a_stacks_is_told() {
    let ground = Ground::new("healthy", None);
    let (plan, route) = (ground.plan(), ground.services[0].routes[0].clone());
    ground.region.with_world(|world| {
        let only = [(route.as_str(), "Rule")];
        system_tags::put_stack(world, "edge", only.into_iter()).unwrap();
    });
    let told = managed(&plan, &ground.full(&plan).await);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].message.contains("stack edge"), "{told:#?}");
}

/// A second rule for the service, which nobody's code knows.
fn with_another_rule(ground: &Ground) {
    let own = &ground.services[0];
    let group = own.target_group.as_str();
    let action = Value::map([
        ("Type", Value::from("forward")),
        ("TargetGroupArn", group.into()),
    ]);
    let condition = Value::map([
        ("Field", Value::from("path-pattern")),
        ("Values", Value::list(["/more/*"])),
    ]);
    let rule = Value::map([
        ("ListenerArn", Value::from(own.routes[0].as_str())),
        ("Priority", 7_i64.into()),
        ("Conditions", Value::list([condition])),
        ("Actions", Value::list([action])),
    ]);
    ground.region.with_world(|world| {
        services::call(world, Service::Elbv2, "CreateRule", &rule).unwrap();
    });
}

#[tokio::test(start_paused = true)]
async fn tags_that_cannot_be_read_stop_nothing_and_are_asked_for_again() {
    let (ground, plan) = in_a_stack("healthy");
    assert_eq!(managed(&plan, &ground.full(&plan).await).len(), 3);
    with_another_rule(&ground);
    ground
        .region
        .inject(Fault::next("elbv2:DescribeTags", Wrong::Throttle, 2));
    let routes = Look::Close(&[Topic::Routes]);
    let seen = ground.look(&plan, routes).await;
    assert!(seen.route_tags.unknown().is_some(), "{:?}", seen.route_tags);
    assert_eq!(
        managed(&plan, &seen).len(),
        2,
        "the service and the target group"
    );
    let next = decide(&plan, &Facts::default(), &seen, ground.now()).next;
    assert!(matches!(next, Next::Act(_)), "{next:?}");
    pass(5).await;
    let seen = ground.look(&plan, routes).await;
    assert_eq!(seen.route_tags.seen().unwrap().len(), 2);
    assert_eq!(managed(&plan, &seen).len(), 3);
}
