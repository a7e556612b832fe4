//! Services that are moved in place behind their load balancer: who is led where while their tasks are replaced, what customers lost, and
//! what AWS has at the end.

use sixshift_core::{
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Value, scenario,
    services::Service,
    world::{
        elb::{TargetState, forwarded},
        traffic::Traffic,
    },
};

use crate::{
    in_place::{call, described, subnets},
    migration::{Stage, beginning, in_virtual_time},
};

/// So many minutes without a change end a run.
const STILL: u32 = 50;

fn stage(scenario: &str) -> Stage {
    stage_with(scenario, "")
}

fn stage_with(scenario: &str, more: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    let beginning = beginning(&stage.service);
    stage.plan = format!(
        "{beginning}{more}  shift:\n    via: inPlace\n    inPlace: {{ hold: 10m, behindLoadBalancer: accept }}\n    bake: 30m\n  \
         health: {{ errorRate: {{ max: 1% }} }}\n  retire: {{ approval: required }}\n"
    );
    stage
}

fn seen(stage: &Stage) -> Traffic {
    let name = stage.service.name.clone();
    stage.region.with_world(|world| world.traffic()[&name])
}

/// What each route leads to: the names of target groups, with their weights.
fn led(stage: &Stage) -> Vec<Vec<(String, i64)>> {
    let named = |arn: &str| arn.rsplit('/').nth(1).unwrap_or_default().to_owned();
    let listener = Value::from(stage.service.routes[0].as_str());
    let answer = call(
        stage,
        Service::Elbv2,
        "DescribeRules",
        &[("ListenerArn", listener)],
    );
    let of = |rule: &Value| {
        let all = forwarded(rule.get("Actions").items());
        all.into_iter().map(|(arn, w)| (named(&arn), w)).collect()
    };
    answer.get("Rules").items().iter().map(of).collect()
}

fn service(stage: &Stage) -> Value {
    described(stage, &stage.service.name)
}

/// The target groups that a service registers in.
fn groups(service: &Value) -> Vec<String> {
    let entries = service.get("loadBalancers").items().iter();
    let of = |e: &Value| e.get("targetGroupArn").as_str().map(str::to_owned);
    entries.filter_map(of).collect()
}

fn accepted(stage: &Stage, operation: &str) -> u64 {
    let accepted = stage.region.counters().accepted;
    accepted.get(operation).copied().unwrap_or_default()
}

#[test]
fn customers_follow_the_tasks_and_no_request_is_lost() {
    in_virtual_time(async {
        let stage = stage("in-place-behind");
        let before = service(&stage);
        let (mut fewest, mut both) = (4, 0);
        let status = stage
            .run_until(STILL, |_: Option<&Status>| {
                let running = service(&stage).get("runningCount").as_i64().unwrap();
                fewest = fewest.min(running);
                both = both.max(running);
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let customers = seen(&stage);
        assert_eq!(customers.failed, 0, "{customers:?}");
        assert_eq!((fewest, both), (4, 8), "IPv4's tasks stood all the while");
        let after = service(&stage);
        let mut planned = stage.service.ipv6_subnets.clone();
        planned.sort();
        assert_eq!(subnets(&after), planned);
        assert_eq!(after.get("desiredCount"), before.get("desiredCount"));
        assert_eq!(
            after.get("deploymentConfiguration"),
            before.get("deploymentConfiguration")
        );
        assert_ne!(groups(&after), groups(&before));
        let deployments = accepted(&stage, "ecs:UpdateService");
        assert_eq!(deployments, 1, "one call replaced them");
        for route in led(&stage) {
            assert_eq!(route.len(), 1, "{route:?}");
            assert_ne!(route[0].0, stage.service.name);
        }
        let gone = stage.region.with_world(|world| {
            !world
                .elb
                .target_groups
                .contains_key(&stage.service.target_group)
        });
        assert!(gone, "what IPv4 had left went after approval");
    });
}

/// The share of IPv6 that customers have on each route by its weights.
fn on_ipv6(stage: &Stage) -> Vec<bool> {
    let is_ipv6 = |name: &str| name != stage.service.name;
    let of = |route: &Vec<(String, i64)>| route.iter().any(|(name, w)| is_ipv6(name) && *w > 0);
    led(stage).iter().map(of).collect()
}

/// The weights of both groups of the first route, as somebody else sets them.
fn set_weights(stage: &Stage, ipv4: i64, ipv6: i64) {
    let listener = Value::from(stage.service.routes[0].as_str());
    let found = call(
        stage,
        Service::Elbv2,
        "DescribeListeners",
        &[("ListenerArns", Value::list([listener.clone()]))],
    );
    let actions = found.get("Listeners").items()[0]
        .get("DefaultActions")
        .clone();
    let named = |(arn, _): &(String, i64)| {
        let weight = if *arn == stage.service.target_group {
            ipv4
        } else {
            ipv6
        };
        Value::map([
            ("TargetGroupArn", Value::from(arn.as_str())),
            ("Weight", weight.into()),
        ])
    };
    let groups = forwarded(actions.items());
    let config = Value::map([("TargetGroups", Value::list(groups.iter().map(named)))]);
    let action = Value::map([("Type", Value::from("forward")), ("ForwardConfig", config)]);
    let with = [
        ("ListenerArn", listener),
        ("DefaultActions", Value::list([action])),
    ];
    call(stage, Service::Elbv2, "ModifyListener", &with);
}

fn update(stage: &Stage, with: (&'static str, Value)) {
    let cluster = ("cluster", Value::from(stage.service.cluster.as_str()));
    let service = ("service", Value::from(stage.service.name.as_str()));
    call(
        stage,
        Service::Ecs,
        "UpdateService",
        &[cluster, service, with],
    );
}

/// Whether customers are on IPv6 and IPv4's tasks are kept for a while.
fn is_kept(status: Option<&Status>) -> bool {
    let on = status
        .and_then(|s| s.waiting_on.as_ref())
        .map(|on| on.kind());
    on == Some("Stood")
        && status.is_some_and(|s| s.shares.applied == Some(Share::ALL) && s.phase == Phase::Bake)
}

/// Back as it was: where it stood, what it ran, where it registered, and who is led there.
fn is_back(stage: &Stage, before: &Value) {
    let after = service(stage);
    assert_eq!(subnets(&after), subnets(before));
    assert_eq!(after.get("taskDefinition"), before.get("taskDefinition"));
    assert_eq!(groups(&after), groups(before));
    assert_eq!(after.get("runningCount"), before.get("desiredCount"));
    assert!(on_ipv6(stage).iter().all(|on| !on), "{:?}", led(stage));
}

#[test]
fn a_release_that_fails_customers_is_taken_back_while_ipv4_still_stands() {
    in_virtual_time(async {
        let stage = stage("in-place-behind-bad");
        let before = service(&stage);
        let mut fewest_of_ipv4 = 4;
        let status = stage
            .run_until(STILL, |_: Option<&Status>| {
                let healthy = stage.region.with_world(|world| {
                    let group = &world.elb.target_groups[&stage.service.target_group];
                    let all = group.targets.iter();
                    all.filter(|t| t.state == TargetState::Healthy).count()
                });
                fewest_of_ipv4 = fewest_of_ipv4.min(healthy);
            })
            .await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        is_back(&stage, &before);
        let customers = seen(&stage);
        assert_eq!(customers.failed, customers.failed_on_ipv6, "{customers:?}");
        assert!(customers.failed > 0 && customers.failed < customers.total / 50);
        assert!(fewest_of_ipv4 >= 4, "{fewest_of_ipv4}");
    });
}

#[test]
fn a_release_that_goes_bad_once_ipv4_is_gone_goes_back_by_a_deployment() {
    in_virtual_time(async {
        let stage = stage("in-place-behind");
        let before = service(&stage);
        let mut broken = false;
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                let baking = status.is_some_and(|s| s.phase == Phase::Bake);
                let alone = service(&stage).get("runningCount").as_i64() == Some(4);
                if !broken && baking && alone {
                    broken = true;
                    stage.region.with_world(|world| {
                        for app in world.behaviours.values_mut() {
                            app.v6.error_share = 0.2;
                        }
                    });
                }
            })
            .await;
        assert!(broken);
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        is_back(&stage, &before);
        let customers = seen(&stage);
        assert_eq!(customers.failed, customers.failed_on_ipv6, "{customers:?}");
        let most = customers.total / 10;
        assert!(
            customers.failed > 0 && customers.failed < most,
            "{customers:?}"
        );
    });
}

#[test]
fn killed_every_minute_it_deploys_once_and_loses_nothing() {
    in_virtual_time(async {
        let stage = stage("in-place-behind").retiring_unasked();
        let status = stage.run_by_many(240).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        for once in [
            "ecs:UpdateService",
            "ecs:RunTask",
            "elbv2:CreateTargetGroup",
        ] {
            assert_eq!(accepted(&stage, once), 1, "{once}");
        }
        let customers = seen(&stage);
        assert_eq!(customers.failed, 0, "{customers:?}");
    });
}

#[test]
fn without_its_journal_it_stays_where_it_is_and_says_so() {
    in_virtual_time(async {
        let stage = stage("in-place-behind");
        let mut kept = false;
        stage
            .run_until(2, |status: Option<&Status>| kept |= is_kept(status))
            .await;
        let before = led(&stage);
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        let said = "the journal knows nothing of it";
        assert!(status.sentence.contains(said), "{}", status.sentence);
        assert_eq!(led(&stage), before);
        assert_eq!(seen(&stage).failed, 0);
        let _ = kept;
    });
}

#[test]
fn weights_that_somebody_sets_by_hand_while_both_sides_stand_are_told_and_not_fought() {
    in_virtual_time(async {
        let stage = stage("in-place-behind");
        let (mut minutes, mut told) = (None, false);
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                match minutes {
                    None if is_kept(status) => {
                        minutes = Some(0);
                        set_weights(&stage, 50, 50);
                    }
                    // Whoever did it, ends it.
                    Some(30) => set_weights(&stage, 0, 100),
                    Some(_) => {
                        let on = status.and_then(|s| s.waiting_on.as_ref());
                        told |= on.is_some_and(|on| on.kind() == "OutsideEdit");
                    }
                    None => {}
                }
                minutes = minutes.map(|minutes| minutes + 1);
            })
            .await;
        assert!(told, "{}", status.sentence);
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn weights_that_lead_to_nobody_are_set_right_at_once() {
    in_virtual_time(async {
        let stage = stage("in-place-behind");
        let (mut edits, mut seconds) = (0, 0);
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                let proving = status.is_some_and(|s| s.phase == Phase::Warm);
                // Before anybody is on IPv6, and long after all are.
                if edits == 0 && proving {
                    edits = 1;
                    set_weights(&stage, 0, 1);
                }
                let alone = service(&stage).get("runningCount").as_i64() == Some(4);
                if edits == 1 && alone && status.is_some_and(|s| s.phase == Phase::Bake) {
                    edits = 2;
                    set_weights(&stage, 1, 0);
                }
                seconds += 60;
            })
            .await;
        assert_eq!(edits, 2);
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let customers = seen(&stage);
        // Until the next look, of each edit.
        assert!(customers.failed > 0, "{customers:?}");
        let a_minute = customers.total / (seconds / 60);
        assert!(
            customers.failed < 3 * a_minute,
            "{customers:?}, {a_minute} a minute"
        );
    });
}

#[test]
fn a_team_may_scale_it_meanwhile_and_one_that_deploys_it_has_its_customers_back_on_ipv4() {
    in_virtual_time(async {
        let stage = stage("in-place-behind");
        let (mut scaled, mut most) = (false, 0);
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                most = most.max(service(&stage).get("runningCount").as_i64().unwrap());
                if !scaled && is_kept(status) {
                    scaled = true;
                    // Else its policy takes them back at once.
                    let resource =
                        format!("service/{}/{}", stage.service.cluster, stage.service.name);
                    call(
                        &stage,
                        Service::AutoScaling,
                        "DeregisterScalableTarget",
                        &[
                            ("ServiceNamespace", Value::from("ecs")),
                            ("ResourceId", resource.into()),
                            ("ScalableDimension", "ecs:service:DesiredCount".into()),
                        ],
                    );
                    update(&stage, ("desiredCount", Value::Int(6)));
                }
            })
            .await;
        assert!(scaled);
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(most, 10, "six on IPv6, and those of IPv4 that are kept");
        assert_eq!(seen(&stage).failed, 0);
    });
    in_virtual_time(async {
        let stage = stage("in-place-behind");
        let before = service(&stage);
        let mut deployed = false;
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                if !deployed && is_kept(status) {
                    deployed = true;
                    update(&stage, ("forceNewDeployment", Value::from(true)));
                }
            })
            .await;
        assert!(deployed);
        // ECS stops the tasks on IPv6 at once: customers go back to IPv4's, and until the next look nobody answers them.
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        is_back(&stage, &before);
        let customers = seen(&stage);
        // A quarter of a minute of them.
        assert!(customers.failed * 200 < customers.total, "{customers:?}");
    });
}

#[test]
fn what_could_not_be_moved_so_is_told_and_left_alone() {
    for (scenario, edit, code) in [
        ("nlb-tcp", None, "network"),
        ("healthy", None, "counts the requests of a target group"),
        (
            "in-place-behind",
            Some(Value::map([("maximumPercent", Value::Int(150))])),
            "needs 200 %",
        ),
    ] {
        in_virtual_time(async {
            let stage = stage(scenario);
            if let Some(settings) = edit.clone() {
                update(&stage, ("deploymentConfiguration", settings));
                stage.region.with_world(|world| {
                    let later = world.now() + jiff::SignedDuration::from_mins(10);
                    world.advance(later);
                });
            }
            let before = stage.region.counters().accepted;
            let status = stage.run_until(5, |_: Option<&Status>| {}).await;
            let on = status.waiting_on.as_ref().map(|on| on.kind());
            assert_eq!(on, Some("Findings"), "{scenario}: {}", status.sentence);
            assert!(
                status.sentence.contains(code),
                "{scenario}: {}",
                status.sentence
            );
            let made = |all: &std::collections::BTreeMap<String, u64>| -> u64 {
                let made = all
                    .iter()
                    .filter(|(call, _)| call.contains(":Create") || call.contains(":Modify"));
                made.map(|(_, n)| *n).sum()
            };
            let after = stage.region.counters().accepted;
            assert_eq!(made(&after), made(&before), "{scenario}");
        });
    }
}
