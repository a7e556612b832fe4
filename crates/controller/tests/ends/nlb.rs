//! Services behind a Network Load Balancer: where flows are led, what clients saw, and what AWS has at the end.

use sixshift_core::{
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Value,
    scenario::{self, BuiltService},
    services::{self, Service},
    world::{elb::forwarded, traffic::Traffic},
};

use crate::migration::{Stage, beginning, in_virtual_time, twin};

pub(crate) fn stage(scenario: &str) -> Stage {
    stage_with(scenario, "hold")
}

fn stage_with(scenario: &str, drift: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    stage.plan = plan(&stage.service, drift);
    stage
}

fn plan(service: &BuiltService, drift: &str) -> String {
    let beginning = beginning(service);
    format!(
        "{beginning}  drift: {drift}\n  \
         shift:\n    via: nlb\n    steps:\n      - {{ clients: ipv6, hold: 5m }}\n      - {{ clients: all }}\n    bake: 30m\n  \
         health: {{ errorRate: {{ max: 1% }} }}\n  retire: {{ approval: required, keepCold: 10m }}\n"
    )
}

fn call(stage: &Stage, operation: &str, with: &[(&str, Value)]) -> Value {
    let asked = Value::map(with.iter().map(|(key, value)| (*key, value.clone())));
    stage
        .region
        .with_world(|world| services::call(world, Service::Elbv2, operation, &asked))
        .unwrap_or_else(|refused| panic!("{operation}: {refused:?}"))
}

/// The listener's rules, the default last: priority, whom it takes, and the name of the group that it leads to.
fn rules(stage: &Stage) -> Vec<(String, String, String)> {
    let listener = Value::from(stage.service.routes[0].as_str());
    let answer = call(stage, "DescribeRules", &[("ListenerArn", listener)]);
    let one = |rule: &Value| {
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let condition = rule.get("Conditions").items().first().cloned();
        let family = condition.map(|c| text(c.get("SourceIpConfig").get("IpAddressType")));
        let led = forwarded(rule.get("Actions").items());
        let name = led[0].0.rsplit('/').nth(1).unwrap().to_owned();
        assert_eq!(led.len(), 1);
        (text(rule.get("Priority")), family.unwrap_or_default(), name)
    };
    answer.get("Rules").items().iter().map(one).collect()
}

fn led(rules: &[(String, String, String)]) -> Vec<(&str, &str)> {
    rules
        .iter()
        .map(|(p, _, to)| (p.as_str(), to.as_str()))
        .collect()
}

fn seen(stage: &Stage) -> Traffic {
    let name = stage.service.name.clone();
    stage.region.with_world(|world| world.traffic()[&name])
}

fn modify_default(stage: &Stage, group: &str) {
    let action = Value::map([
        ("Type", Value::from("forward")),
        ("TargetGroupArn", group.into()),
    ]);
    let listener = Value::from(stage.service.routes[0].as_str());
    let with = [
        ("ListenerArn", listener),
        ("DefaultActions", Value::list([action])),
    ];
    call(stage, "ModifyListener", &with);
}

fn is_at(status: Option<&Status>, share: Share) -> bool {
    status.is_some_and(|s| s.phase == Phase::Shift && s.shares.applied == Some(share))
}

#[test]
fn ipv6_clients_move_first_then_all_and_no_flow_is_lost() {
    in_virtual_time(async {
        let stage = stage("nlb-tcp");
        let before = rules(&stage);
        assert_eq!(led(&before), [("default", "gateway")]);
        let (mut of_clients, mut measured, mut of_all) = (None, None, None);
        let status = stage
            .run_until(50, |status: Option<&Status>| {
                if is_at(status, Share::CLIENTS) {
                    of_clients = Some(rules(&stage));
                    measured = status.and_then(|s| s.shares.effective).or(measured);
                }
                if status.is_some_and(|s| s.phase == Phase::Bake) {
                    of_all = Some(rules(&stage));
                }
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let (names, _) = twin(&stage.region, &stage.service);
        let ipv6 = names.group("gateway");
        let ipv6 = ipv6.as_str();
        let of_clients = of_clients.expect("IPv6 clients were led by themselves");
        assert_eq!(led(&of_clients)[0], ("100", ipv6));
        assert_eq!(led(&of_clients)[2], ("default", "gateway"));
        let measured = measured.expect("it was measured").percent();
        assert!((30.0..50.0).contains(&measured), "{measured}");
        let of_all = of_all.expect("it baked");
        let expected = [("100", ipv6), ("200", "gateway"), ("default", ipv6)];
        assert_eq!(
            led(&of_all),
            expected,
            "the way back is named, and so checked"
        );
        assert_eq!(
            led(&rules(&stage)),
            [("default", ipv6)],
            "as it was, and nothing of ours"
        );
        let seen = seen(&stage);
        assert_eq!(seen.failed, 0, "{seen:?}");
        assert!(seen.total > 50_000, "{seen:?}");
    });
}

#[test]
fn what_breaks_off_over_ipv6_is_taken_back_before_any_other_client_met_it() {
    in_virtual_time(async {
        let stage = stage("nlb-tcp-bad");
        let mut others_moved = false;
        let status = stage
            .run_until(50, |_: Option<&Status>| {
                let now = rules(&stage);
                others_moved |= now.last().is_some_and(|(.., to)| to != "gateway");
            })
            .await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert!(status.sentence.contains("reset"), "{}", status.sentence);
        assert!(!others_moved);
        let now = rules(&stage);
        assert_eq!(led(&now)[0].1, "gateway", "{now:?}");
        assert_eq!(led(&now).last().unwrap().1, "gateway", "{now:?}");
        let seen = seen(&stage);
        assert_eq!(seen.failed, seen.failed_on_ipv6);
        assert!(seen.failed > 0 && seen.failed < seen.total / 50, "{seen:?}");
    });
}

#[test]
fn a_release_that_goes_bad_once_all_are_on_ipv6_is_taken_back_whole() {
    in_virtual_time(async {
        let stage = stage("nlb-tcp");
        let status = stage.run_going_bad_in_the_bake().await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let now = rules(&stage);
        assert_eq!(led(&now)[0].1, "gateway", "{now:?}");
        assert_eq!(led(&now).last().unwrap().1, "gateway", "{now:?}");
        let seen = seen(&stage);
        assert_eq!(seen.failed, seen.failed_on_ipv6, "the way back was ready");
    });
}

#[test]
fn killed_every_minute_it_makes_no_rule_twice_and_comes_as_far() {
    in_virtual_time(async {
        let stage = stage("nlb-tcp").retiring_unasked();
        let status = stage.run_by_many(300).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let accepted = stage.region.counters().accepted;
        for (call, times) in [("CreateRule", 2), ("DeleteRule", 2), ("ModifyListener", 1)] {
            let call = format!("elbv2:{call}");
            assert_eq!(accepted.get(&call), Some(&times), "{call}: {accepted:?}");
        }
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn without_its_journal_it_stays_where_it_is_and_says_so() {
    in_virtual_time(async {
        let stage = stage("nlb-tcp");
        stage.run_until(1, |_: Option<&Status>| {}).await;
        let before = rules(&stage);
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        let said = "the journal knows nothing of it";
        assert!(status.sentence.contains(said), "{}", status.sentence);
        assert_eq!(rules(&stage), before);
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn somebody_who_moves_the_default_action_is_told_and_not_fought() {
    in_virtual_time(async {
        let stage = stage("nlb-tcp");
        let mut edited = false;
        let status = stage
            .run_until(50, |status: Option<&Status>| {
                if !edited && is_at(status, Share::CLIENTS) {
                    edited = true;
                    let (names, _) = twin(&stage.region, &stage.service);
                    modify_default(&stage, &names.ipv6_group_arn);
                }
            })
            .await;
        assert!(edited);
        let on = status.waiting_on.as_ref().map(|on| on.kind());
        assert_eq!(on, Some("OutsideEdit"), "{}", status.sentence);
        assert_ne!(led(&rules(&stage)).last().unwrap().1, "gateway");
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn with_drift_correct_such_an_edit_is_set_right_and_it_goes_on() {
    in_virtual_time(async {
        let stage = stage_with("nlb-tcp", "correct");
        let (mut edited, mut righted) = (false, false);
        let status = stage
            .run_until(50, |status: Option<&Status>| {
                let (names, _) = twin(&stage.region, &stage.service);
                if !edited && is_at(status, Share::CLIENTS) {
                    edited = true;
                    modify_default(&stage, &names.ipv6_group_arn);
                } else if edited && is_at(status, Share::CLIENTS) {
                    righted |= led(&rules(&stage)).last().unwrap().1 == "gateway";
                }
            })
            .await;
        assert!(edited && righted);
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn a_listener_of_udp_is_told_and_left_alone() {
    in_virtual_time(async {
        let stage = stage("nlb-udp");
        let before = rules(&stage);
        let status = stage.run_until(10, |_: Option<&Status>| {}).await;
        let on = status.waiting_on.as_ref().map(|on| on.kind());
        assert_eq!(on, Some("Findings"), "{}", status.sentence);
        assert!(status.sentence.contains("UDP"), "{}", status.sentence);
        assert_eq!(rules(&stage), before);
        let accepted = stage.region.counters().accepted;
        let made = accepted.keys().filter(|call| call.contains(":Create"));
        assert_eq!(made.count(), 0, "{accepted:?}");
    });
}
