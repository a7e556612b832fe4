//! Services behind VPC Lattice: what its listener and its rule weigh, what clients saw, and what AWS has at the end.

use sixshift_core::{
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Value,
    scenario::{self, BuiltService},
    services::{self, Service},
    world::traffic::Traffic,
};

use crate::migration::{Stage, beginning, in_virtual_time};

pub(crate) fn stage(scenario: &str) -> Stage {
    stage_with(scenario, "hold")
}

fn stage_with(scenario: &str, drift: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    stage.plan = plan(&stage.service, "via: lattice", drift);
    stage
}

fn plan(service: &BuiltService, via: &str, drift: &str) -> String {
    let beginning = beginning(service);
    format!(
        "{beginning}  drift: {drift}\n  \
         shift:\n    {via}\n    steps:\n      - {{ weight: 10%, hold: 5m }}\n      - {{ weight: 50%, hold: 5m }}\n      \
         - {{ weight: 100% }}\n    bake: 30m\n  \
         health: {{ errorRate: {{ max: 1%, worseThanIpv4By: 0.5% }}, latencyP99: {{ max: 2s }} }}\n  \
         retire: {{ approval: required, keepCold: 10m }}\n"
    )
}

fn call(stage: &Stage, operation: &str, with: &[(&str, Value)]) -> Value {
    let asked = Value::map(with.iter().map(|(key, value)| (*key, value.clone())));
    stage
        .region
        .with_world(|world| services::call(world, Service::Lattice, operation, &asked))
        .unwrap_or_else(|refused| panic!("{operation}: {refused:?}"))
}

/// Names of target groups by their ids.
fn name(stage: &Stage, id: &str) -> String {
    let groups = call(stage, "ListTargetGroups", &[]);
    let mut groups = groups.get("items").items().iter();
    let found = groups.find(|g| {
        [g.get("id"), g.get("arn")]
            .iter()
            .any(|i| i.as_str() == Some(id))
    });
    found.unwrap().get("name").as_str().unwrap().to_owned()
}

fn ids(stage: &Stage) -> [(&'static str, Value); 2] {
    let listener = stage.service.routes[0].as_str();
    let service = listener.split("/listener/").next().unwrap();
    [
        ("serviceIdentifier", service.into()),
        ("listenerIdentifier", listener.into()),
    ]
}

fn action(stage: &Stage, route: usize) -> Value {
    let ids = ids(stage);
    if route == 0 {
        return call(stage, "GetListener", &ids)
            .get("defaultAction")
            .clone();
    }
    let rule = ("ruleIdentifier", stage.service.routes[1].as_str().into());
    call(stage, "GetRule", &[ids[0].clone(), ids[1].clone(), rule])
        .get("action")
        .clone()
}

/// What a route weighs: the service's own group is called by its name, the twin's `twin`.
fn weights(stage: &Stage, route: usize) -> Vec<(String, i64)> {
    let action = action(stage, route);
    let groups = action.get("forward").get("targetGroups").items();
    let one = |group: &Value| {
        let id = group.get("targetGroupIdentifier").as_str().unwrap();
        let name = name(stage, id);
        let name = if name.ends_with("-v6") {
            "twin".to_owned()
        } else {
            name
        };
        (name, group.get("weight").as_i64().unwrap())
    };
    groups.iter().map(one).collect()
}

fn share(stage: &Stage, route: usize) -> f64 {
    let weights = weights(stage, route);
    let of = |name: &str| {
        weights
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, w)| *w as f64)
            .sum::<f64>()
    };
    let (own, twin) = (of(&stage.service.name), of("twin"));
    twin / (own + twin)
}

fn seen(stage: &Stage) -> Traffic {
    let name = stage.service.name.clone();
    stage.region.with_world(|world| world.traffic()[&name])
}

fn groups(stage: &Stage) -> Vec<String> {
    let groups = call(stage, "ListTargetGroups", &[]);
    let groups = groups.get("items").items().iter();
    groups
        .map(|g| g.get("name").as_str().unwrap().to_owned())
        .collect()
}

fn is_at(status: Option<&Status>, share: Share) -> bool {
    status.is_some_and(|s| s.phase == Phase::Shift && s.shares.applied == Some(share))
}

fn tenth() -> Share {
    Share::from_basis_points(1_000)
}

fn kind(status: &Status) -> Option<&'static str> {
    status.waiting_on.as_ref().map(|on| on.kind())
}

fn group(stage: &Stage, ends: &str) -> Value {
    let groups = call(stage, "ListTargetGroups", &[]);
    let mut groups = groups.get("items").items().iter();
    let found = groups.find(|g| g.get("name").as_str().unwrap().ends_with(ends));
    found.unwrap().get("id").clone()
}

/// Somebody writes where the listener's default action leads.
fn lead(stage: &Stage, to: &[(Value, i64)]) {
    let [service, listener] = ids(stage);
    let with = [service, listener, ("defaultAction", forward(to))];
    call(stage, "UpdateListener", &with);
}

fn forward(to: &[(Value, i64)]) -> Value {
    let one = |(id, weight): &(Value, i64)| {
        let weight = ("weight", (*weight).into());
        Value::map([("targetGroupIdentifier", id.clone()), weight])
    };
    let groups = Value::list(to.iter().map(one));
    Value::map([("forward", Value::map([("targetGroups", groups)]))])
}

#[test]
fn a_listener_and_its_rule_move_together_and_no_request_is_lost() {
    in_virtual_time(async {
        let stage = stage("lattice");
        assert_eq!(weights(&stage, 0), [("ledger".to_owned(), 100)]);
        let mut at_a_tenth = None;
        let status = stage
            .run_until(50, |status: Option<&Status>| {
                if is_at(status, tenth()) {
                    at_a_tenth = Some([share(&stage, 0), share(&stage, 1)]);
                }
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(at_a_tenth, Some([0.1, 0.1]));
        for route in [0, 1] {
            let now = weights(&stage, route);
            assert_eq!(now, [("twin".to_owned(), 100)], "the weight that it had");
        }
        let left = groups(&stage);
        assert!(left.len() == 1 && left[0].ends_with("-v6"), "{left:?}");
        let seen = seen(&stage);
        assert_eq!(seen.failed, 0, "{seen:?}");
        assert!(seen.total > 100_000, "{seen:?}");
    });
}

#[test]
fn a_release_that_fails_over_ipv6_is_taken_back_at_its_first_step() {
    in_virtual_time(async {
        let stage = stage("lattice-bad");
        let mut highest = 0.0_f64;
        let status = stage
            .run_until(50, |_: Option<&Status>| {
                let now = share(&stage, 0).max(share(&stage, 1));
                highest = highest.max(now);
            })
            .await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert!((highest - 0.1).abs() < 1e-9, "{highest}");
        assert_eq!([share(&stage, 0), share(&stage, 1)], [0.0, 0.0]);
        let seen = seen(&stage);
        assert_eq!(seen.failed, seen.failed_on_ipv6);
        assert!(
            seen.failed > 0 && seen.failed < seen.total / 100,
            "{seen:?}"
        );
    });
}

#[test]
fn a_release_that_goes_bad_in_the_bake_is_taken_back_whole() {
    in_virtual_time(async {
        let stage = stage("lattice");
        let status = stage.run_going_bad_in_the_bake().await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert_eq!([share(&stage, 0), share(&stage, 1)], [0.0, 0.0]);
        let seen = seen(&stage);
        assert_eq!(seen.failed, seen.failed_on_ipv6, "the way back was ready");
    });
}

#[test]
fn killed_every_minute_it_makes_nothing_twice_and_comes_as_far() {
    in_virtual_time(async {
        let stage = stage("lattice").retiring_unasked();
        let status = stage.run_by_many(300).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let accepted = stage.region.counters().accepted;
        for (call, times) in [
            ("CreateTargetGroup", 1),
            ("DeleteTargetGroup", 1),
            // Named, at 10, 50 and 100 %, and IPv4 named no more.
            ("UpdateListener", 5),
            ("UpdateRule", 5),
        ] {
            let call = format!("vpclattice:{call}");
            assert_eq!(accepted.get(&call), Some(&times), "{call}: {accepted:?}");
        }
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn without_its_journal_it_stays_where_it_is_and_says_so() {
    in_virtual_time(async {
        let stage = stage("lattice");
        stage.run_until(1, |_: Option<&Status>| {}).await;
        let before = [action(&stage, 0), action(&stage, 1)];
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        let said = "the journal knows nothing of it";
        assert!(status.sentence.contains(said), "{}", status.sentence);
        assert_eq!([action(&stage, 0), action(&stage, 1)], before);
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn somebody_who_moves_the_default_action_is_told_and_not_fought() {
    in_virtual_time(async {
        let stage = stage("lattice");
        let mut edited = false;
        let status = stage
            .run_until(50, |status: Option<&Status>| {
                if !edited && is_at(status, tenth()) {
                    edited = true;
                    let (own, twin) = (group(&stage, &stage.service.name), group(&stage, "-v6"));
                    lead(&stage, &[(own, 70), (twin, 30)]);
                }
            })
            .await;
        assert!(edited);
        assert_eq!(kind(&status), Some("OutsideEdit"), "{}", status.sentence);
        assert!(
            status.sentence.contains("listener HTTP:80"),
            "{}",
            status.sentence
        );
        assert_eq!(share(&stage, 0), 0.3);
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn with_drift_correct_such_an_edit_is_set_right_and_it_goes_on() {
    in_virtual_time(async {
        let stage = stage_with("lattice", "correct");
        let (mut edited, mut righted) = (false, false);
        let status = stage
            .run_until(50, |status: Option<&Status>| {
                if !edited && is_at(status, tenth()) {
                    edited = true;
                    let (own, twin) = (group(&stage, &stage.service.name), group(&stage, "-v6"));
                    lead(&stage, &[(own, 70), (twin, 30)]);
                } else if edited && is_at(status, tenth()) {
                    righted |= share(&stage, 0) == 0.1;
                }
            })
            .await;
        assert!(edited && righted);
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(seen(&stage).failed, 0);
    });
}

/// With what the policies allow, and nothing else.
#[test]
fn the_policies_are_all_that_it_takes() {
    in_virtual_time(async {
        let stage = stage("lattice").allowed(&["policy.json", "lattice.json"]);
        let status = stage.run_until(50, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
    });
}

/// Another service's group, which has three quarters of what meets the rule.
#[test]
fn somebody_elses_group_in_a_rule_keeps_its_part() {
    in_virtual_time(async {
        let stage = stage("lattice");
        let own = group(&stage, &stage.service.name);
        let config = call(
            &stage,
            "GetTargetGroup",
            &[("targetGroupIdentifier", own.clone())],
        );
        let with = [
            ("name", "others".into()),
            ("type", "IP".into()),
            ("config", config.get("config").clone()),
        ];
        let made = call(&stage, "CreateTargetGroup", &with);
        stage.region.with_world(|world| {
            let soon = world.now() + std::time::Duration::from_secs(5);
            world.advance(soon);
        });
        let [service, listener] = ids(&stage);
        let rule = ("ruleIdentifier", stage.service.routes[1].as_str().into());
        let to = forward(&[(own, 1), (made.get("arn").clone(), 3)]);
        call(
            &stage,
            "UpdateRule",
            &[service, listener, rule, ("action", to)],
        );
        let mut at_a_tenth = None;
        let status = stage
            .run_until(50, |status: Option<&Status>| {
                if is_at(status, tenth()) {
                    at_a_tenth = Some(weights(&stage, 1));
                }
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let weights_of = |weights: Vec<(String, i64)>| {
            let mut weights = weights;
            weights.sort();
            weights
        };
        let named = |all: &[(&str, i64)]| -> Vec<(String, i64)> {
            all.iter().map(|(n, w)| ((*n).to_owned(), *w)).collect()
        };
        let expected = named(&[("ledger", 90), ("others", 300), ("twin", 10)]);
        assert_eq!(at_a_tenth.map(weights_of), Some(expected));
        let expected = named(&[("others", 3), ("twin", 1)]);
        assert_eq!(weights_of(weights(&stage, 1)), expected);
    });
}

#[test]
fn steps_with_weights_go_by_what_is_before_the_service() {
    in_virtual_time(async {
        let mut stage = stage("lattice");
        stage.plan = plan(&stage.service, "via: auto", "hold");
        let mut moved = false;
        let status = stage
            .run_until(50, |status: Option<&Status>| {
                moved |= is_at(status, tenth())
            })
            .await;
        assert!(moved, "{}", status.sentence);
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
    });
}

#[test]
fn without_steps_the_service_tells_the_way() {
    in_virtual_time(async {
        let mut stage = stage("lattice");
        let beginning = beginning(&stage.service);
        stage.plan = format!(
            "{beginning}  shift: {{ via: auto, bake: 30m }}\n  \
             health: {{ errorRate: {{ max: 1% }} }}\n  retire: {{ approval: required, keepCold: 10m }}\n"
        );
        let status = stage.run_until(60, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(weights(&stage, 0), [("twin".to_owned(), 100)]);
    });
}

type Fault = fn(&Stage);

/// What stands in the way of a twin in VPC Lattice is told before anything is made.
#[test]
fn a_group_that_checks_nobody_and_a_twin_that_lets_nobody_in_are_told() {
    fn unchecked(stage: &Stage) {
        let own = group(stage, &stage.service.name);
        let off = Value::map([("enabled", false.into())]);
        let with = [("targetGroupIdentifier", own), ("healthCheck", off)];
        call(stage, "UpdateTargetGroup", &with);
    }
    let faults: [(Fault, &str); 2] = [
        (unchecked, "checks nobody's health"),
        (shut_out, "does not let VPC Lattice in over IPv6"),
    ];
    for (fault, said) in faults {
        in_virtual_time(async {
            let stage = stage("lattice");
            fault(&stage);
            let status = stage.run_until(10, |_: Option<&Status>| {}).await;
            assert_eq!(kind(&status), Some("Findings"), "{}", status.sentence);
            assert!(status.sentence.contains(said), "{}", status.sentence);
        });
    }
}

/// The twin's security group lets VPC Lattice in no longer over IPv6.
fn shut_out(stage: &Stage) {
    let block = Value::map([("CidrIpv6", Value::from("fd00:ec2:80::/64"))]);
    let permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", 8080_i64.into()),
        ("ToPort", 8080_i64.into()),
        ("Ipv6Ranges", Value::list([block])),
    ]);
    let group = stage.service.security_groups[0].as_str();
    let with = Value::map([
        ("GroupId", Value::from(group)),
        ("IpPermissions", Value::list([permission])),
    ]);
    let revoke = "RevokeSecurityGroupIngress";
    let done = stage
        .region
        .with_world(|world| services::call(world, Service::Ec2, revoke, &with));
    done.unwrap();
}

#[test]
fn lattice_shut_out() {
    in_virtual_time(async {
        let mut stage = stage("lattice");
        shut_out(&stage);
        let waive = "\nspec:\n  preflight: { waive: [{ finding: lattice-shut-out, reason: let us see }] }\n";
        stage.plan = stage.plan.replacen("\nspec:\n", waive, 1);
        let status = stage.run_until(60, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Warm, "{}", status.sentence);
        assert!(status.sentence.contains("0 of"), "{}", status.sentence);
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn a_plan_for_another_kind_of_load_balancer_is_told_and_nothing_is_made() {
    for (scenario, via, said) in [
        ("lattice", "via: albWeights", "VPC Lattice sends it traffic"),
        ("healthy", "via: lattice", "is of type application"),
    ] {
        in_virtual_time(async {
            let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
            stage.plan = plan(&stage.service, via, "hold");
            let status = stage.run_until(10, |_: Option<&Status>| {}).await;
            assert_eq!(kind(&status), Some("Findings"), "{}", status.sentence);
            assert!(status.sentence.contains(said), "{}", status.sentence);
            let accepted = stage.region.counters().accepted;
            let made = accepted.keys().filter(|call| call.contains(":Create"));
            assert_eq!(made.count(), 0, "{accepted:?}");
        });
    }
}
