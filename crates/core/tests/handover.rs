//! Nothing of AWS's documents is left out of the code in silence, and what the state does not tell is asked for.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use sixshift_core::handover::{Estate, State, cloudformation, resources_to_import, terraform};

/// A service with a target group, in AWS's words.
fn estate() -> Value {
    json!({
        "plan": "checkout",
        "cluster": "prod",
        "ipv4": { "name": "checkout", "service": null, "scalableTarget": null },
        "targetGroups": [{
            "document": {
                "TargetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/v6/2", "TargetGroupName": "v6",
                "Port": "8080", "Matcher": { "HttpCode": "200" },
            },
            "attributes": { "slow_start.duration_seconds": "30" },
            "tags": { "sixshift:plan": "uid", "made-by": "terraform" },
            "from": "arn:v4",
            "fromIsKept": false,
        }],
        "taskDefinition": { "document": { "taskDefinitionArn": "arn:td/x:3", "family": "x", "cpu": "256" }, "tags": {} },
        "service": {
            "serviceArn": "arn:service/prod/checkout-ipv6", "serviceName": "checkout-ipv6", "clusterArn": "arn:cluster/prod",
            "taskDefinition": "arn:td/x:3", "desiredCount": 2, "deploymentConfiguration": { "strategy": "ROLLING" },
        },
        "revision": {},
        "scaling": null,
        "alarms": [],
        "routes": [{
            "arn": "arn:listener", "place": "listener HTTP:80 of shop", "isRule": false,
            "actions": [{ "Type": "forward", "ForwardConfig": { "TargetGroups": [
                { "TargetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/v6/2", "Weight": "1" },
            ]}}],
        }],
    })
}

fn read(estate: Value) -> Estate {
    serde_json::from_value(estate).expect("these are documents")
}

#[test]
fn what_every_table_knows_lacks_nothing() {
    let estate = read(estate());
    assert_eq!(terraform(&estate, None).lacks, [] as [String; 0]);
    assert_eq!(cloudformation(&estate).lacks, [] as [String; 0]);
    assert_eq!(
        resources_to_import(&estate).as_array().map(Vec::len),
        Some(3)
    );
}

#[test]
fn a_member_that_no_table_knows_is_told_by_its_name_wherever_it_lies() {
    let mut told = estate();
    told["service"]["orbit"] = json!({ "height": 7 });
    told["service"]["networkConfiguration"] =
        json!({ "awsvpcConfiguration": { "subnets": ["s"], "newer": 2 } });
    told["service"]["deploymentConfiguration"]["bakeTimeInMinutes"] = json!(5);
    told["targetGroups"][0]["document"]["TargetControlPort"] = json!("3000");
    told["targetGroups"][0]["attributes"]["newer.enabled"] = json!("true");
    told["taskDefinition"]["document"]["containerDefinitions"] =
        json!([{ "name": "web", "gpuShare": 1 }]);
    told["scaling"] = json!({ "target": { "ResourceId": "service/prod/checkout-ipv6", "MinCapacity": 1, "MaxCapacity": 2 }, "tags": {},
        "policies": [{ "PolicyName": "p", "PolicyType": "PredictiveScaling", "PredictiveScalingPolicyConfiguration": { "Mode": "ForecastOnly" } }],
        "scheduled": [] });
    let estate = read(told);
    let code = terraform(&estate, None);
    let lacking = [
        "orbit of service checkout-ipv6",
        "networkConfiguration.awsvpcConfiguration.newer of service checkout-ipv6",
        "deploymentConfiguration.bakeTimeInMinutes of service checkout-ipv6",
        "TargetControlPort of target group v6",
        "attribute newer.enabled of target group v6",
        "PredictiveScalingPolicyConfiguration of scaling policy p",
    ];
    for lack in lacking {
        assert!(
            code.lacks.iter().any(|l| l == lack),
            "{lack}: {:?}",
            code.lacks
        );
        assert!(
            code.text.contains(&format!("# - {lack}\n")),
            "{}",
            code.text
        );
    }
    assert_eq!(code.lacks.len(), lacking.len(), "{:?}", code.lacks);
    // Attributes and a target's control port have properties there, containers are no JSON.
    let stack = cloudformation(&estate).lacks;
    for lack in [
        lacking[0],
        lacking[1],
        lacking[5],
        "containerDefinitions.gpuShare of task definition x",
    ] {
        assert!(stack.iter().any(|l| l == lack), "{lack}: {stack:?}");
    }
    assert_eq!(stack.len(), 4, "{stack:?}");
}

#[test]
fn without_a_state_both_spellings_are_told_and_with_it_the_one_that_the_code_has() {
    let estate = read(estate());
    let alone = terraform(&estate, None).text;
    assert!(alone.contains("or, where your code spells it so,") && !alone.contains("\nremoved {"));
    let state = json!({ "values": { "root_module": { "resources": [
        { "mode": "managed", "type": "aws_lb_listener", "address": "aws_lb_listener.http", "values": { "arn": "arn:listener",
          "default_action": [{ "type": "forward", "target_group_arn": "arn:v4", "forward": [] }] } },
        { "mode": "managed", "type": "aws_lb_target_group", "address": "aws_lb_target_group.checkout_ipv6",
          "values": { "arn": "arn:v4", "tags": {}, "tags_all": { "made-by": "terraform" } } },
        { "mode": "managed", "type": "aws_ecs_service", "address": "module.shop[0].aws_ecs_service.checkout",
          "values": { "name": "checkout", "cluster": "arn:cluster/prod", "tags_all": { "made-by": "terraform" } } },
    ]}}});
    let state = State::read(&state.to_string()).expect("it is one");
    let told = terraform(&estate, Some(&state)).text;
    assert!(
        !told.contains("or, where your code spells it so,"),
        "{told}"
    );
    assert!(
        told.contains("#    - aws_lb_listener.http (listener HTTP:80 of shop)"),
        "{told}"
    );
    // The name is the team's already.
    assert!(
        told.contains("target_group_arn = aws_lb_target_group.checkout_ipv6_2.arn"),
        "{told}"
    );
    assert!(
        told.contains("from = aws_lb_target_group.checkout_ipv6\n"),
        "{told}"
    );
    assert!(
        told.contains("terraform state rm 'module.shop[0].aws_ecs_service.checkout'"),
        "{told}"
    );
    assert!(
        !told.contains("\n    made-by"),
        "a default tag is the provider's to set: {told}"
    );
}

#[test]
fn an_ipv4_side_that_is_kept_is_to_read_as_it_is() {
    let mut told = estate();
    told["ipv4"]["service"] = json!({ "desiredCount": 0 });
    told["ipv4"]["scalableTarget"] =
        json!({ "SuspendedState": { "ScheduledScalingSuspended": true } });
    let text = terraform(&read(told), None).text;
    assert!(text.contains("#        desired_count = 0\n"), "{text}");
    assert!(
        text.contains("scheduled_scaling_suspended = true"),
        "{text}"
    );
}
