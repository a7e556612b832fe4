//! What an action does to a region, and what it leaves alone.

use futures::future::join_all;
use sixshift_aws::{Error, Kind, Tenure};
use sixshift_core::{
    action::{Action, Bounds, Intent, Side},
    names,
    observation::{Known, Route, RouteId, Suspended},
    plan::Plan,
    share::Share,
    twin,
};
use sixshift_sim::{
    Value,
    faults::{Fault, Wrong},
    services,
};

use crate::ground::{Ground, pass, tags};

/// A call of somebody else's.
fn call(
    ground: &Ground,
    service: services::Service,
    op: &str,
    fields: Vec<(&str, Value)>,
) -> Value {
    ground
        .region
        .with_world(|world| services::call(world, service, op, &Value::map(fields)))
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_listener_keeps_its_authentication() {
    let ground = Ground::new("many-routes", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 2).await;
    let arn = ground.services[0].routes[0].as_str();
    let seen = ground.full(&plan).await;
    assert!(
        seen.routes
            .seen()
            .unwrap()
            .iter()
            .all(|r| r.forward.groups.len() >= 2)
    );
    let listed = call(
        &ground,
        services::Service::Elbv2,
        "DescribeListeners",
        vec![("ListenerArns", Value::list([arn]))],
    );
    let actions = listed.get("Listeners").items()[0]
        .get("DefaultActions")
        .items();
    assert_eq!(actions[0].get("Type").as_str(), Some("authenticate-oidc"));
    assert_eq!(
        actions[0]
            .get("AuthenticateOidcConfig")
            .get("Scope")
            .as_str(),
        Some("openid email")
    );
    assert_eq!(
        actions[1]
            .get("ForwardConfig")
            .get("TargetGroups")
            .items()
            .len(),
        2
    );
    assert_eq!(actions[1].get("Order").as_i64(), Some(2));
}

/// A rule, with what would be written back.
async fn a_rule(ground: &Ground, plan: &Plan) -> (Route, Action) {
    let seen = ground.full(plan).await;
    let mut routes = seen.routes.seen().unwrap().iter();
    let rule = routes.find(|r| matches!(r.id, RouteId::Rule(_))).unwrap();
    let action = Action::set_forward(rule, rule.forward.clone(), Intent::Return);
    (rule.clone(), action)
}

/// Somebody else makes the rule forward to its first target group alone.
fn edit(ground: &Ground, rule: &Route) {
    let group = rule.forward.groups[0].arn.as_str();
    let forward = [("Type", "forward".into()), ("TargetGroupArn", group.into())];
    let fields = vec![
        ("RuleArn", rule.id.arn().into()),
        ("Actions", Value::list([Value::map(forward)])),
    ];
    call(ground, services::Service::Elbv2, "ModifyRule", fields);
}

fn was_not_written(ground: &Ground, done: Result<(), Error>) {
    let error = done.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    assert_eq!(error.kind(), Kind::Changed);
    let calls = ground.hands.calls();
    assert!(!calls.contains_key("elasticloadbalancing:ModifyRule"));
}

#[tokio::test(start_paused = true)]
async fn a_route_that_somebody_changed_is_not_written() {
    let ground = Ground::new("many-routes", None);
    let plan = ground.plan();
    let (rule, action) = a_rule(&ground, &plan).await;
    edit(&ground, &rule);
    was_not_written(
        &ground,
        ground.hands.act(&plan, &action, Tenure::unlimited()).await,
    );
}

#[tokio::test(start_paused = true)]
async fn a_route_that_somebody_changed_while_the_write_waited_for_its_turn_is_not_written() {
    let ground = Ground::new("many-routes", None);
    let plan = ground.plan();
    let (rule, action) = a_rule(&ground, &plan).await;
    let tag = Action::TagTargetGroup {
        target_group: rule.forward.groups[0].arn.clone(),
        tags: tags(&[("sixshift:test", "1")]),
        because: None,
    };
    // A burst is twenty writes, and three a second are let through after it.
    let others = join_all((0..26).map(|_| ground.act(&plan, tag.clone())));
    let (_, done, ()) = tokio::join!(
        others,
        ground.hands.act(&plan, &action, Tenure::unlimited()),
        async {
            pass(1).await;
            edit(&ground, &rule);
        }
    );
    was_not_written(&ground, done);
}

/// A lease that ends at a moment.
fn until(ends: tokio::time::Instant) -> Tenure {
    Tenure::new(move || Some(ends.saturating_duration_since(tokio::time::Instant::now())))
}

#[tokio::test(start_paused = true)]
async fn a_write_that_waited_for_its_turn_until_the_lease_may_end_with_it_is_not_sent() {
    let ground = Ground::new("many-routes", None);
    let plan = ground.plan();
    let (rule, action) = a_rule(&ground, &plan).await;
    let tag = Action::TagTargetGroup {
        target_group: rule.forward.groups[0].arn.clone(),
        tags: tags(&[("sixshift:test", "1")]),
        because: None,
    };
    // Twenty at once and three a second: it would be sent after twelve seconds, when the lease has eight left.
    let others = join_all((0..56).map(|_| ground.act(&plan, tag.clone())));
    let lease = until(tokio::time::Instant::now() + std::time::Duration::from_secs(20));
    let (_, done) = tokio::join!(others, ground.hands.act(&plan, &action, lease));
    let error = done.unwrap_err();
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
    assert!(!error.may_have_acted());
    let text = error.to_string();
    assert!(text.contains("and the call may take 10 s"), "{text}");
    let calls = ground.hands.calls();
    assert!(!calls.contains_key("elasticloadbalancing:ModifyRule"));
    let asked = ground.region.counters().calls;
    assert!(!asked.keys().any(|call| call.contains("ModifyRule")));
}

#[tokio::test(start_paused = true)]
async fn without_a_lease_no_action_of_any_kind_is_sent() {
    let ground = Ground::new("many-routes", None);
    let plan = ground.plan();
    let (rule, forward) = a_rule(&ground, &plan).await;
    let group = rule.forward.groups[0].arn.clone();
    let service = &ground.services[0];
    let scale = Action::ScaleService {
        cluster: service.cluster.clone(),
        service: service.name.clone(),
        side: Side::Ipv4,
        desired: 9,
    };
    let delete = Action::DeleteTargetGroup {
        target_group: group,
    };
    for action in [forward, scale, delete] {
        let refused = ground.hands.act(&plan, &action, Tenure::new(|| None)).await;
        let error = refused.unwrap_err();
        assert!(
            error.to_string().contains("the lease is not held"),
            "{error}"
        );
    }
    let asked = ground.region.counters().calls;
    let writes = ["Modify", "Update", "Delete"];
    assert!(
        !asked
            .keys()
            .any(|call| writes.iter().any(|w| call.contains(w)))
    );
}

#[tokio::test(start_paused = true)]
async fn the_twin_is_what_the_live_service_is() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 1).await;
    pass(180).await;
    let seen = ground.full(&plan).await;
    let (live, twin) = (seen.ipv4.seen().unwrap(), seen.twin.seen().unwrap());
    assert_eq!(
        (twin.name.as_str(), twin.desired, twin.running),
        ("checkout-ipv6", 1, 1)
    );
    assert_eq!(twin.launch_type, live.launch_type);
    assert_eq!(twin.subnets, plan.ipv6.subnets);
    assert_eq!(
        (
            twin.tags["team"].as_str(),
            twin.tags[names::tag::PLAN].as_str()
        ),
        ("shop", plan.uid.0.as_str())
    );
    assert_eq!(
        twin.load_balancers[0].container,
        live.load_balancers[0].container
    );
    let definition = seen.twin_task_definition.seen().unwrap();
    assert!(
        definition.images[0]
            .1
            .contains(".dkr-ecr.eu-central-1.on.aws/"),
        "{:?}",
        definition.images
    );
    assert_eq!(
        seen.ipv4_task_definition.seen().unwrap().network_mode,
        definition.network_mode
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_creation_twice_is_one_service() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 1).await;
    let scale = Action::ScaleService {
        cluster: plan.service.cluster.clone(),
        service: names::service(&plan),
        side: Side::Ipv6,
        desired: 3,
    };
    ground.act(&plan, scale.clone()).await;
    ground.act(&plan, scale).await;
    assert_eq!(ground.full(&plan).await.twin.seen().unwrap().desired, 3);
}

#[tokio::test(start_paused = true)]
async fn attributes_and_tags_are_seen_at_once_after_they_are_written() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 1).await;
    let seen = ground.full(&plan).await;
    let pair = &seen.pairs.seen().unwrap()[0];
    let target_group = pair.ipv6.seen().unwrap().arn.clone();
    let attributes = pair.ipv4.seen().unwrap().attributes.clone();
    ground
        .act(
            &plan,
            Action::CopyAttributes {
                target_group: target_group.clone(),
                attributes: attributes.into_inner().into_iter().collect(),
            },
        )
        .await;
    let share = tags(&[(names::tag::SHARE, "0/100")]);
    ground
        .act(
            &plan,
            Action::TagTargetGroup {
                target_group: target_group.clone(),
                tags: share,
                because: None,
            },
        )
        .await;
    let seen = ground
        .look(&plan, sixshift_core::observation::Look::Light)
        .await;
    let group = seen.pairs.seen().unwrap()[0].ipv6.seen().unwrap();
    assert_eq!(
        group.attributes,
        seen.pairs.seen().unwrap()[0]
            .ipv4
            .seen()
            .unwrap()
            .attributes
    );
    assert_eq!(group.tags[names::tag::SHARE], "0/100");
    let keys = vec![names::tag::SHARE.to_owned()];
    ground
        .act(&plan, Action::UntagTargetGroup { target_group, keys })
        .await;
    let seen = ground.full(&plan).await;
    assert!(
        !seen.pairs.seen().unwrap()[0]
            .ipv6
            .seen()
            .unwrap()
            .tags
            .contains_key(names::tag::SHARE)
    );
}

#[tokio::test(start_paused = true)]
async fn the_twins_scaling_is_a_copy_that_looks_at_the_twin() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 3).await;
    let seen = ground.full(&plan).await;
    let pair = &seen.pairs.seen().unwrap()[0];
    let cluster = &plan.service.cluster;
    let to = names::scaling_resource(cluster, &names::service(&plan));
    let suspended = Suspended {
        scale_in: true,
        ..Suspended::default()
    };
    ground
        .act(
            &plan,
            Action::SetScaling {
                resource: to.clone(),
                side: Side::Ipv6,
                bounds: Some(Bounds { min: 3, max: 12 }),
                suspended,
                tags_of: None,
            },
        )
        .await;
    let balancer = names::metric_dimension(&pair.ipv4.seen().unwrap().load_balancers[0]);
    let partner = names::metric_dimension(&pair.ipv6.seen().unwrap().arn);
    let wanted = format!("{balancer}/{partner}");
    let live = seen.ipv4_scaling.seen().unwrap();
    let sides = twin::sides(&plan, seen.pairs.seen().unwrap());
    let (settings, left) = twin::twin_policy(&live.policies[0].settings.read(), &sides);
    assert_eq!(left, []);
    let policy = "requests-per-target".to_owned();
    let copy = Action::CopyPolicy {
        to: to.clone(),
        policy: policy.clone(),
        settings: settings.clone(),
    };
    ground.act(&plan, copy).await;
    let schedule = &live.scheduled[0];
    let copy = Action::CopyScheduled {
        to: to.clone(),
        name: schedule.name.clone(),
        settings: schedule.settings.read(),
    };
    ground.act(&plan, copy).await;
    let seen = ground.full(&plan).await;
    let (live, twin) = (
        seen.ipv4_scaling.seen().unwrap(),
        seen.twin_scaling.seen().unwrap(),
    );
    assert!(twin::is_same_setting(
        &twin.policies[0].settings.read(),
        &settings
    ));
    assert_eq!(
        (&twin.scheduled, twin.suspended),
        (&live.scheduled, suspended)
    );
    let fields = vec![
        ("ServiceNamespace", "ecs".into()),
        ("ResourceId", to.as_str().into()),
    ];
    let listed = call(
        &ground,
        services::Service::AutoScaling,
        "DescribeScalingPolicies",
        fields,
    );
    let tracking = listed.get("ScalingPolicies").items()[0]
        .get("TargetTrackingScalingPolicyConfiguration")
        .clone();
    let copied = tracking
        .get("PredefinedMetricSpecification")
        .get("ResourceLabel")
        .as_str()
        .map(str::to_owned);
    assert_eq!(copied, Some(wanted));
    let gone = [
        Action::DeletePolicy {
            of: to.clone(),
            policy,
        },
        Action::DeleteScheduled {
            of: to,
            name: "before-the-morning".to_owned(),
        },
    ];
    // What is gone already is deleted, too.
    for action in gone.iter().chain(&gone) {
        ground.act(&plan, action.clone()).await;
    }
    let seen = ground.full(&plan).await;
    let twin = seen.twin_scaling.seen().unwrap();
    assert!(twin.policies.is_empty() && twin.scheduled.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_ipv4_side_can_be_done_twice() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 3).await;
    pass(180).await;
    ground.set_share(&plan, Share::ALL).await;
    let (cluster, service) = (plan.service.cluster.clone(), plan.service.name.clone());
    let resource = names::scaling_resource(&cluster, &service);
    let zero = Action::SetScaling {
        resource: resource.clone(),
        side: Side::Ipv4,
        bounds: None,
        suspended: Suspended::ALL,
        tags_of: None,
    };
    ground.act(&plan, zero).await;
    let scale = Action::ScaleService {
        cluster: cluster.clone(),
        service: service.clone(),
        side: Side::Ipv4,
        desired: 0,
    };
    ground.act(&plan, scale).await;
    pass(300).await;
    for _ in 0..2 {
        ground
            .act(
                &plan,
                Action::DeleteScaling {
                    resource: resource.clone(),
                },
            )
            .await;
        ground
            .act(
                &plan,
                Action::DeleteService {
                    cluster: cluster.clone(),
                    service: service.clone(),
                },
            )
            .await;
        pass(120).await;
    }
    let seen = ground.full(&plan).await;
    assert!(
        seen.ipv4.is_absent() && seen.ipv4_scaling.is_absent(),
        "{:?}",
        seen.ipv4
    );
    // The twin and its tag still tell which target group was the IPv4 one.
    let pair = &seen.pairs.seen().unwrap()[0];
    assert_eq!(pair.ipv4_arn, ground.services[0].target_group);
    assert!(matches!(pair.ipv4, Known::Seen(_)));
}

#[tokio::test(start_paused = true)]
async fn a_target_group_in_use_is_a_conflict_with_a_sentence() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let action = Action::DeleteTargetGroup {
        target_group: ground.services[0].target_group.clone(),
    };
    let error = ground
        .hands
        .act(&plan, &action, Tenure::unlimited())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::Conflict, Some("ResourceInUse"))
    );
    assert!(
        error
            .to_string()
            .starts_with("elasticloadbalancing:DeleteTargetGroup: ResourceInUse: "),
        "{error}"
    );
    let text = error.to_string();
    let (_, end) = text.split_once("(request ").unwrap();
    let (id, remedy) = end.split_once("; ").unwrap();
    assert!(!id.is_empty() && id != "unknown", "{error}");
    assert_eq!(remedy, format!("{})", error.remedy()));
    assert!(error.remedy().contains("in a few minutes"));
}

#[tokio::test(start_paused = true)]
async fn a_write_is_tried_once_and_a_lost_reply_is_said_to_be_one() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let seen = ground.full(&plan).await;
    let pair = &seen.pairs.seen().unwrap()[0];
    let action = Action::CreateTargetGroup {
        from: pair.ipv4_arn.clone(),
        name: pair.ipv6_name.clone(),
        tags: tags(&[(names::tag::PLAN, &plan.uid.0)]),
    };
    ground
        .region
        .inject(Fault::next("elbv2:CreateTargetGroup", Wrong::LostReply, 1));
    let error = ground
        .hands
        .act(&plan, &action, Tenure::unlimited())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::NoAnswer {
                kind: Kind::Network,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(ground.region.counters().calls["elbv2:CreateTargetGroup"], 1);
    assert!(
        ground.full(&plan).await.pairs.seen().unwrap()[0]
            .ipv6
            .seen()
            .is_some()
    );
}
