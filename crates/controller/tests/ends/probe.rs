//! Requests of our own before customers: what proves a twin, what keeps it from its first customer, and what is left of it all.

use std::sync::Arc;

use sixshift_controller::journal::{Journal, Memory};
use sixshift_core::{
    names::PROBE_HEADER,
    status::{Phase, Status},
};
use sixshift_sim::{
    Value,
    services::{self, Service},
    world::traffic::Traffic,
};

use crate::migration::{Stage, in_virtual_time};

const PROBE: &str = "{ http: { path: /orders }, expect: { latency: 800ms }, times: 3 }";

fn stage(scenario: &str) -> Stage {
    stage_with(scenario, PROBE)
}

fn stage_with(scenario: &str, probe: &str) -> Stage {
    let mut stage = Stage::new(scenario);
    let warm = format!("  warm: {{ probe: {probe} }}\n  shift:\n");
    stage.plan = stage.plan.replacen("  shift:\n", &warm, 1);
    stage
}

fn call(stage: &Stage, operation: &str, with: &[(&str, Value)]) -> Value {
    let asked = Value::map(with.iter().map(|(key, value)| (*key, value.clone())));
    stage
        .region
        .with_world(|world| services::call(world, Service::Elbv2, operation, &asked))
        .unwrap_or_else(|refused| panic!("{operation}: {refused:?}"))
}

/// The listener of the service's first route.
fn listener(stage: &Stage) -> String {
    let route = &stage.service.routes[0];
    if !route.contains(":listener-rule/") {
        return route.clone();
    }
    let of = route.rsplit_once('/').unwrap().0;
    of.replacen(":listener-rule/", ":listener/", 1)
}

/// The rules that only our own requests meet, on any listener.
fn ours(stage: &Stage) -> Vec<Value> {
    stage.region.with_world(|world| {
        let rules = world.elb.rules.values();
        let is_ours = |condition: &Value| {
            let header = condition.get("HttpHeaderConfig").get("HttpHeaderName");
            header.as_str() == Some(PROBE_HEADER)
        };
        rules
            .filter(|rule| rule.conditions.iter().any(is_ours))
            .map(|rule| {
                Value::map([
                    ("RuleArn", Value::from(rule.arn.as_str())),
                    ("Priority", rule.priority.unwrap_or_default().into()),
                    ("Conditions", Value::List(rule.conditions.clone())),
                ])
            })
            .collect()
    })
}

fn arn(rule: &Value) -> Value {
    rule.get("RuleArn").clone()
}

fn seen(stage: &Stage) -> Traffic {
    let name = stage.service.name.clone();
    stage.region.with_world(|world| world.traffic()[&name])
}

fn kind(status: &Status) -> Option<&'static str> {
    status.waiting_on.as_ref().map(|on| on.kind())
}

fn accepted(stage: &Stage, call: &str) -> u64 {
    let accepted = stage.region.counters().accepted;
    accepted
        .get(&format!("elbv2:{call}"))
        .copied()
        .unwrap_or_default()
}

/// Requests that came with our mark, as the load balancer's own customers count them.
fn asked(stage: &Stage) -> u64 {
    stage.region.with_world(|world| {
        let all = world.traffic();
        let ours = all.iter().filter(|(name, _)| name.contains(".elb."));
        ours.map(|(_, seen)| seen.total).sum()
    })
}

#[test]
fn a_twin_is_proven_at_weight_0_by_a_rule_that_is_gone_once_customers_come() {
    in_virtual_time(async {
        let stage = stage("healthy");
        let mut at_0 = false;
        let mut beside_customers = 0;
        let status = stage
            .run_until(40, |status: Option<&Status>| {
                let rules = ours(&stage).len();
                assert!(rules <= 1);
                at_0 |= rules == 1 && status.is_some_and(|s| s.phase == Phase::Warm);
                beside_customers += usize::from(
                    rules == 1
                        && status.is_some_and(|s| {
                            s.shares
                                .applied
                                .is_some_and(|a| a > sixshift_core::share::Share::NONE)
                        }),
                );
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert!(asked(&stage) >= 3, "{}", asked(&stage));
        assert!(beside_customers <= 1, "it goes with the next act");
        assert!(ours(&stage).is_empty());
        assert_eq!(
            (
                accepted(&stage, "CreateRule"),
                accepted(&stage, "DeleteRule")
            ),
            (1, 1)
        );
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn before_a_rule_it_has_that_rules_conditions_and_the_priority_before_it() {
    in_virtual_time(async {
        let name = Stage::new("many-routes").service.name;
        let host = format!("partners.{name}.shop.example");
        let probe = format!("{{ http: {{ path: /orders, host: {host} }} }}");
        let stage = stage_with("many-routes", &probe);
        let mut made = None;
        let status = stage
            .run_until(20, |_: Option<&Status>| {
                made = made.take().or_else(|| ours(&stage).into_iter().next());
            })
            .await;
        let made = made.unwrap_or_else(|| panic!("{}", status.sentence));
        let listener = made
            .get("RuleArn")
            .as_str()
            .unwrap()
            .rsplit_once('/')
            .unwrap()
            .0
            .to_owned();
        let listener = listener.replacen(":listener-rule/", ":listener/", 1);
        let rules = call(&stage, "DescribeRules", &[("ListenerArn", listener.into())]);
        let priority = made.get("Priority").as_i64().unwrap();
        let later = rules.get("Rules").items().iter().filter(|rule| {
            let own = rule
                .get("Priority")
                .as_str()
                .and_then(|p| p.parse::<i64>().ok());
            own.is_some_and(|own| own > priority)
        });
        let next =
            later.min_by_key(|r| r.get("Priority").as_str().unwrap().parse::<i64>().unwrap());
        let copied = next.map_or(0, |rule| rule.get("Conditions").items().len());
        assert_eq!(made.get("Conditions").items().len(), copied + 1);
    });
}

#[test]
fn a_twin_that_fails_real_paths_never_gets_a_customer() {
    in_virtual_time(async {
        let stage = stage("ipv4-literal");
        stage.region.with_world(|world| {
            for app in world.behaviours.values_mut() {
                app.v6.error_share = 1.0;
            }
        });
        let status = stage.run_until(40, |_: Option<&Status>| {}).await;
        assert_eq!(kind(&status), Some("Probe"), "{}", status.sentence);
        assert_eq!(status.phase, Phase::Warm);
        let said = "our GET /orders is answered with status 503 where 200-299 is expected";
        assert!(status.sentence.contains(said), "{}", status.sentence);
        assert!(status.runbook().is_some(), "a person is called");
        assert_eq!(seen(&stage).failed_on_ipv6, 0);
    });
}

#[test]
fn an_answer_that_comes_late_proves_nothing() {
    in_virtual_time(async {
        let stage = stage_with(
            "healthy",
            "{ http: { path: /orders }, expect: { latency: 5ms } }",
        );
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        assert_eq!(kind(&status), Some("Probe"), "{}", status.sentence);
        let said = "where at most 5ms is expected";
        assert!(status.sentence.contains(said), "{}", status.sentence);
    });
}

#[test]
fn killed_every_minute_it_makes_one_rule_and_leaves_none() {
    in_virtual_time(async {
        let stage = stage("healthy").retiring_unasked();
        let status = stage.run_by_many(300).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(
            (
                accepted(&stage, "CreateRule"),
                accepted(&stage, "DeleteRule")
            ),
            (1, 1)
        );
        assert_eq!(seen(&stage).failed, 0);
    });
}

/// With a gate of approval nothing hurries on: `edit` is done to the rule once, and what becomes of it is looked at.
async fn edited(edit: impl Fn(&Stage, &Value)) -> (Stage, Status) {
    let stage = stage_with(
        "healthy",
        "{ http: { path: /orders }, expect: { latency: 5ms } }",
    );
    let mut done = false;
    let status = stage
        .run_until(20, |_: Option<&Status>| {
            if let Some(rule) = ours(&stage).first().filter(|_| !done) {
                done = true;
                edit(&stage, rule);
            }
        })
        .await;
    assert!(done);
    (stage, status)
}

#[test]
fn a_rule_that_somebody_deletes_is_made_again() {
    in_virtual_time(async {
        let (stage, status) = edited(|stage, rule| {
            call(stage, "DeleteRule", &[("RuleArn", arn(rule))]);
        })
        .await;
        assert_eq!(kind(&status), Some("Probe"), "{}", status.sentence);
        assert_eq!(ours(&stage).len(), 1);
        assert_eq!(accepted(&stage, "CreateRule"), 2);
    });
}

#[test]
fn a_rule_that_somebody_leads_elsewhere_is_deleted_and_made_again() {
    in_virtual_time(async {
        let (stage, status) = edited(|stage, rule| {
            let group = stage.service.target_group.as_str();
            let lead = Value::map([
                ("Type", "forward".into()),
                ("TargetGroupArn", Value::from(group)),
            ]);
            let with = [("RuleArn", arn(rule)), ("Actions", Value::list([lead]))];
            call(stage, "ModifyRule", &with);
        })
        .await;
        assert_eq!(kind(&status), Some("Probe"), "{}", status.sentence);
        assert_eq!(ours(&stage).len(), 1);
        assert_eq!(
            (
                accepted(&stage, "CreateRule"),
                accepted(&stage, "DeleteRule")
            ),
            (2, 1)
        );
    });
}

/// Somebody's rule, which nobody meets, with a priority and where it leads.
fn rule_of_somebody(stage: &Stage, priority: i64) {
    let condition = Value::map([
        ("Field", Value::from("path-pattern")),
        ("Values", Value::list(["/never/*"])),
    ]);
    let answer = Value::map([("StatusCode", Value::from("404"))]);
    let action = Value::map([
        ("Type", Value::from("fixed-response")),
        ("FixedResponseConfig", answer),
    ]);
    let with = [
        ("ListenerArn", listener(stage).into()),
        ("Priority", priority.into()),
        ("Conditions", Value::list([condition])),
        ("Actions", Value::list([action])),
    ];
    call(stage, "CreateRule", &with);
}

#[test]
fn where_no_priority_is_free_it_says_so_and_goes_no_further() {
    in_virtual_time(async {
        let stage = stage("healthy");
        rule_of_somebody(&stage, 50_000);
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        assert_eq!(kind(&status), Some("Probe"), "{}", status.sentence);
        let said = "no priority is free directly before listener HTTP:80";
        assert!(status.sentence.contains(said), "{}", status.sentence);
        assert_eq!(seen(&stage).failed, 0);
    });
}

/// A rule before ours takes the request: what is answered well is not the twin's, and proves nothing.
#[test]
fn an_answer_of_somebody_else_proves_nothing() {
    in_virtual_time(async {
        let stage = stage_with(
            "healthy",
            "{ http: { path: /never/mind }, expect: { status: 404 } }",
        );
        rule_of_somebody(&stage, 7);
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        assert_eq!(kind(&status), Some("Probe"), "{}", status.sentence);
        let said = "is answered by somebody else than the twin";
        assert!(status.sentence.contains(said), "{}", status.sentence);
        assert_eq!(seen(&stage).failed_on_ipv6, 0);
    });
}

#[test]
fn a_plan_that_asks_no_more_leaves_no_rule() {
    in_virtual_time(async {
        let mut stage = stage_with(
            "healthy",
            "{ http: { path: /orders }, expect: { latency: 5ms } }",
        );
        let journal: Arc<dyn Journal> = Arc::new(Memory::new().unwrap());
        let look = |_: Option<&Status>| {};
        let waits = stage.run_until_on(Arc::clone(&journal), 10, look).await;
        assert_eq!((kind(&waits), ours(&stage).len()), (Some("Probe"), 1));
        // A plan that asks no more.
        let warm = stage.plan.find("  warm:").unwrap();
        let end = warm + stage.plan[warm..].find('\n').unwrap() + 1;
        stage.plan.replace_range(warm..end, "");
        let status = stage.run_until_on(journal, 40, look).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert!(ours(&stage).is_empty());
    });
}

#[test]
fn a_load_balancer_that_the_daemon_does_not_reach_is_unknown_and_holds() {
    in_virtual_time(async {
        let stage = stage("healthy");
        stage.region.with_world(|world| {
            for balancer in world.elb.load_balancers.values_mut() {
                "internal".clone_into(&mut balancer.scheme);
            }
        });
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        assert_eq!(kind(&status), Some("Probe"), "{}", status.sentence);
        assert_eq!(status.phase, Phase::Warm);
        assert!(
            status.sentence.contains("reaches nobody"),
            "{}",
            status.sentence
        );
        assert_eq!(seen(&stage).failed, 0);
    });
}

#[test]
fn the_policies_of_deploy_iam_are_enough() {
    in_virtual_time(async {
        let stage = stage("healthy").allowed(&["policy.json", "nlb.json"]);
        let status = stage.run_until(40, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert!(ours(&stage).is_empty());
    });
}
