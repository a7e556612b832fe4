//! A policy allows what it names, and a call needs what AWS asks of its caller beside it.

use super::*;
use crate::scenario::fixture;
use crate::wire::from_text;

const ALL_OF: &str = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn world_in(region: &str) -> World {
    let start = "2027-01-15T08:00:00Z".parse().unwrap();
    World::new(region, "123456789012", start)
}

fn allowing(actions: &[&str]) -> Policy {
    let actions: Vec<String> = actions.iter().map(|a| format!("\"{a}\"")).collect();
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        actions.join(",")
    );
    Policy::read(text.as_bytes()).unwrap()
}

/// What is refused for want of the last permission, and allowed with it.
fn also_needs(service: Service, op: &str, input: &str, own: &str, beside: &[&str]) {
    let world = world_in("eu-central-1");
    let input = from_text(input);
    let all: Vec<&str> = [own].into_iter().chain(beside.iter().copied()).collect();
    assert_eq!(check(&allowing(&all), &world, service, op, &input), Ok(()));
    for missing in &all {
        let rest: Vec<&str> = all.iter().copied().filter(|a| a != missing).collect();
        let refused = check(&allowing(&rest), &world, service, op, &input).unwrap_err();
        assert!(refused.code.starts_with("AccessDenied"), "{refused}");
        assert!(refused.message.contains(missing), "{refused}");
    }
}

#[test]
fn tags_on_creation_need_the_permission_to_tag() {
    also_needs(
        Service::Ecs,
        "CreateService",
        r#"{"cluster":"shop","serviceName":"cart","tags":[{"key":"a","value":"b"}]}"#,
        "ecs:CreateService",
        &["ecs:TagResource"],
    );
    also_needs(
        Service::Ecs,
        "RegisterTaskDefinition",
        r#"{"family":"cart","tags":[{"key":"a","value":"b"}]}"#,
        "ecs:RegisterTaskDefinition",
        &["ecs:TagResource"],
    );
    also_needs(
        Service::Elbv2,
        "CreateTargetGroup",
        r#"{"Name":"cart","Tags":[{"Key":"a","Value":"b"}]}"#,
        "elasticloadbalancing:CreateTargetGroup",
        &["elasticloadbalancing:AddTags"],
    );
    also_needs(
        Service::AutoScaling,
        "RegisterScalableTarget",
        r#"{"ServiceNamespace":"ecs","ResourceId":"service/shop/cart","ScalableDimension":"ecs:service:DesiredCount","Tags":{"a":"b"}}"#,
        "application-autoscaling:RegisterScalableTarget",
        &[
            "ecs:DescribeServices",
            "ecs:UpdateService",
            "application-autoscaling:TagResource",
            "iam:CreateServiceLinkedRole",
        ],
    );
    // Without tags, nothing more is needed.
    also_needs(
        Service::Elbv2,
        "CreateTargetGroup",
        r#"{"Name":"cart"}"#,
        "elasticloadbalancing:CreateTargetGroup",
        &[],
    );
}

#[test]
fn a_route_that_asks_cognito_needs_a_look_at_its_client() {
    for (op, key) in [
        ("ModifyRule", "Actions"),
        ("CreateRule", "Actions"),
        ("ModifyListener", "DefaultActions"),
        ("CreateListener", "DefaultActions"),
    ] {
        let input = format!(
            r#"{{"RuleArn":"r","{key}":[{{"Type":"authenticate-cognito","AuthenticateCognitoConfig":{{"UserPoolArn":"p"}}}}]}}"#
        );
        also_needs(
            Service::Elbv2,
            op,
            &input,
            &format!("elasticloadbalancing:{op}"),
            &["cognito-idp:DescribeUserPoolClient"],
        );
    }
}

#[test]
fn a_role_that_is_handed_on_may_go_only_to_whom_the_policy_names() {
    also_needs(
        Service::Ecs,
        "RegisterTaskDefinition",
        r#"{"family":"cart","taskRoleArn":"arn:aws:iam::123456789012:role/task"}"#,
        "ecs:RegisterTaskDefinition",
        &["iam:PassRole"],
    );
    also_needs(
        Service::Ecs,
        "CreateService",
        r#"{"serviceName":"cart","volumeConfigurations":[{"name":"v","managedEBSVolume":{"roleArn":"arn:aws:iam::123456789012:role/ebs"}}]}"#,
        "ecs:CreateService",
        &["iam:PassRole"],
    );
    let policy = Policy::read(
        br#"{"Statement":[
            {"Effect":"Allow","Action":"ecs:*","Resource":"*"},
            {"Effect":"Allow","Action":"iam:PassRole","Resource":"*",
             "Condition":{"StringEquals":{"iam:PassedToService":["ecs-tasks.amazonaws.com"]}}}]}"#,
    )
    .unwrap();
    let world = world_in("eu-central-1");
    let task = from_text(r#"{"family":"f","executionRoleArn":"arn:aws:iam::1:role/x"}"#);
    let volume = from_text(
        r#"{"serviceName":"s","volumeConfigurations":[{"managedEBSVolume":{"roleArn":"arn:aws:iam::1:role/x"}}]}"#,
    );
    let ask = |op, input| check(&policy, &world, Service::Ecs, op, input);
    assert_eq!(ask("RegisterTaskDefinition", &task), Ok(()));
    assert!(ask("CreateService", &volume).is_err());
}

#[test]
fn scaling_is_done_in_the_callers_name() {
    let target = r#"{"ServiceNamespace":"ecs","ResourceId":"service/shop/cart","ScalableDimension":"ecs:service:DesiredCount"}"#;
    also_needs(
        Service::AutoScaling,
        "RegisterScalableTarget",
        target,
        "application-autoscaling:RegisterScalableTarget",
        // The last because it is the first target of the account.
        &[
            "ecs:DescribeServices",
            "ecs:UpdateService",
            "iam:CreateServiceLinkedRole",
        ],
    );
    let policy = r#"{"ServiceNamespace":"ecs","ResourceId":"service/shop/cart","PolicyType":"TargetTrackingScaling"}"#;
    also_needs(
        Service::AutoScaling,
        "PutScalingPolicy",
        policy,
        "application-autoscaling:PutScalingPolicy",
        &["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
    );
}

#[test]
fn only_the_first_target_of_an_account_makes_the_role() {
    let policy = allowing(&["application-autoscaling:*", "ecs:*"]);
    let input = from_text(r#"{"ServiceNamespace":"ecs","ResourceId":"service/shop/other"}"#);
    let ask = |world: &World| {
        check(
            &policy,
            world,
            Service::AutoScaling,
            "RegisterScalableTarget",
            &input,
        )
    };
    let refused = ask(&world_in("eu-central-1")).unwrap_err();
    assert!(refused.message.contains("iam:CreateServiceLinkedRole"));
    // Its service is scaled already.
    assert_eq!(ask(&fixture::one("healthy").world), Ok(()));
}

#[test]
fn a_resource_of_another_partition_is_not_the_policys() {
    let policy = |partition: &str| {
        Policy::read(
            format!(
                r#"{{"Statement":[{{"Effect":"Allow","Action":"cloudwatch:PutMetricAlarm","Resource":"arn:{partition}:cloudwatch:*:*:alarm:*"}}]}}"#
            )
            .as_bytes(),
        )
        .unwrap()
    };
    let alarm = from_text(r#"{"AlarmName":"high"}"#);
    for (region, partition) in [
        ("eu-central-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        let world = world_in(region);
        let ask = |p: &str| {
            check(
                &policy(p),
                &world,
                Service::CloudWatch,
                "PutMetricAlarm",
                &alarm,
            )
        };
        assert_eq!(ask(partition), Ok(()), "{region}");
        assert_eq!(ask("*"), Ok(()), "{region}");
        assert_eq!(ask("aws").is_ok(), partition == "aws", "{region}");
    }
}

#[test]
fn a_denial_counts_more_than_what_allows() {
    let text = r#"{"Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Sid":"NoTags","Effect":"Deny","Action":"elasticloadbalancing:AddTags","Resource":"*"}]}"#;
    let policy = Policy::read(text.as_bytes()).unwrap();
    let world = world_in("eu-central-1");
    let ask = |op| {
        check(
            &policy,
            &world,
            Service::Elbv2,
            op,
            &from_text(r#"{"ResourceArns":["t"]}"#),
        )
    };
    assert!(ask("AddTags").is_err());
    assert_eq!(ask("RemoveTags"), Ok(()));
}

#[test]
fn a_policy_that_cannot_be_judged_is_refused() {
    for text in [
        "",
        "[]",
        r#"{"Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","NotAction":"*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"::/0"}}}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:Null":{"aws:TagKeys":"true"}}}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:TagKeys":true}}}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{}}}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"ecs:cluster":[]}}}]}"#,
    ] {
        assert!(Policy::read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Policy::read(ALL_OF.as_bytes()).is_ok());
}

#[test]
fn an_external_id_is_what_a_condition_may_ask_for() {
    let policy = Policy::read(
        br#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*",
             "Condition":{"StringEquals":{"sts:ExternalId":["sixshift-4f1c"]}}}]}"#,
    )
    .unwrap();
    let world = world_in("eu-central-1");
    let ask = |with: &str| {
        let text = format!(
            r#"{{"RoleArn":"arn:aws:iam::123456789012:role/a","RoleSessionName":"s"{with}}}"#
        );
        check(
            &policy,
            &world,
            Service::Sts,
            "AssumeRole",
            &from_text(&text),
        )
    };
    assert_eq!(ask(r#","ExternalId":"sixshift-4f1c""#), Ok(()));
    assert!(ask(r#","ExternalId":"another""#).is_err());
    assert!(ask("").is_err());
}

/// What one statement with a condition says to a call.
fn judged(action: &str, condition: &str, world: &World, op: &str, input: &str) -> bool {
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*","Condition":{condition}}}]}}"#
    );
    let policy = Policy::read(text.as_bytes()).unwrap();
    let service = match action.split(':').next() {
        Some("ecs") => Service::Ecs,
        Some("application-autoscaling") => Service::AutoScaling,
        _ => Service::Elbv2,
    };
    check(&policy, world, service, op, &from_text(input)).is_ok()
}

#[test]
fn what_is_tagged_is_told_from_what_is_not() {
    let mut world = fixture::one("healthy").world;
    let ours = world.elb.target_groups.values_mut().next().unwrap();
    ours.tags.push(("team:plan".to_owned(), "7".to_owned()));
    let arn = ours.arn.clone();
    let stranger = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/other/1";
    let condition = r#"{"Null":{"aws:ResourceTag/team:plan":"false"}}"#;
    for op in ["DeleteTargetGroup", "ModifyTargetGroupAttributes"] {
        let ask = |arn: &str| {
            let input = format!(r#"{{"TargetGroupArn":"{arn}"}}"#);
            judged("elasticloadbalancing:*", condition, &world, op, &input)
        };
        assert!(ask(&arn) && !ask(stranger), "{op}");
    }
    for op in ["AddTags", "RemoveTags"] {
        let ask = |arns: &[&str], condition: &str| {
            let arns: Vec<String> = arns.iter().map(|a| format!("\"{a}\"")).collect();
            let input = format!(r#"{{"ResourceArns":[{}]}}"#, arns.join(","));
            judged("elasticloadbalancing:*", condition, &world, op, &input)
        };
        assert!(ask(&[&arn], condition), "{op}");
        assert!(
            !ask(&[&arn, stranger], condition),
            "{op}: each of them counts"
        );
        let another = r#"{"StringEquals":{"aws:ResourceTag/team:plan":["8"]}}"#;
        assert!(!ask(&[&arn], another), "{op}");
        let absent = r#"{"Null":{"aws:ResourceTag/team:plan":"true"}}"#;
        assert!(!ask(&[&arn], absent) && ask(&[stranger], absent), "{op}");
    }
}

#[test]
fn a_tag_on_what_is_there_is_judged_by_what_is_tagged_already_and_by_its_key() {
    let mut world = fixture::one("healthy").world;
    let cluster = world.ecs.clusters.values_mut().next().unwrap();
    cluster.tags.push(("team:plan".to_owned(), "7".to_owned()));
    let arn = cluster.arn.clone();
    let ask = |arn: &str, key: &str, condition: &str| {
        let input = format!(r#"{{"resourceArn":"{arn}","tags":[{{"key":"{key}","value":"1"}}]}}"#);
        judged("ecs:TagResource", condition, &world, "TagResource", &input)
    };
    let ours = r#"{"Null":{"aws:ResourceTag/team:plan":"false"},"ForAllValues:StringEquals":{"aws:TagKeys":["until"]}}"#;
    let stranger = "arn:aws:ecs:eu-central-1:1:cluster/other";
    assert!(ask(&arn, "until", ours));
    assert!(!ask(&arn, "team:plan", ours) && !ask(stranger, "until", ours));
    let created = r#"{"StringEquals":{"ecs:CreateAction":["CreateCluster"]}}"#;
    assert!(!ask(&arn, "until", created));
}

#[test]
fn what_a_request_would_tag_is_told_from_what_it_would_not() {
    let world = world_in("eu-central-1");
    let condition = r#"{"Null":{"aws:RequestTag/team:plan":"false"}}"#;
    let ask = |op: &str, input: &str| {
        let action = match op {
            "CreateTargetGroup" => "elasticloadbalancing:*",
            _ => "ecs:*",
        };
        judged(action, condition, &world, op, input)
    };
    let tags = r#""tags":[{"key":"team:plan","value":"7"}]"#;
    assert!(ask(
        "CreateService",
        &format!(r#"{{"serviceName":"cart",{tags}}}"#)
    ));
    assert!(!ask("CreateService", r#"{"serviceName":"cart"}"#));
    assert!(ask(
        "RegisterTaskDefinition",
        &format!(r#"{{"family":"cart",{tags}}}"#)
    ));
    assert!(!ask("RegisterTaskDefinition", r#"{"family":"cart"}"#));
    let group = r#"{"Name":"cart","Tags":[{"Key":"team:plan","Value":"7"}]}"#;
    assert!(ask("CreateTargetGroup", group));
    assert!(!ask(
        "CreateTargetGroup",
        r#"{"Name":"cart","Tags":[{"Key":"a","Value":"b"}]}"#
    ));
}

#[test]
fn every_key_of_a_request_counts_where_all_must() {
    let world = world_in("eu-central-1");
    let ask = |condition: &str, op: &str, input: &str| {
        judged("elasticloadbalancing:*", condition, &world, op, input)
    };
    let all = r#"{"ForAllValues:StringLike":{"aws:TagKeys":["team:*"]}}"#;
    let both = r#"{"ResourceArns":["t"],"TagKeys":["team:a","other"]}"#;
    assert!(ask(
        all,
        "RemoveTags",
        r#"{"ResourceArns":["t"],"TagKeys":["team:a","team:b"]}"#
    ));
    assert!(!ask(all, "RemoveTags", both));
    let added =
        r#"{"ResourceArns":["t"],"Tags":[{"Key":"team:a","Value":""},{"Key":"other","Value":""}]}"#;
    assert!(!ask(all, "AddTags", added));
    // Without a set operator several values are no one value.
    let one = r#"{"StringLike":{"aws:TagKeys":["team:*"]}}"#;
    assert!(!ask(one, "RemoveTags", both));
}

#[test]
fn a_cluster_is_compared_as_an_arn() {
    let world = world_in("eu-central-1");
    let ask = |pattern: &str, cluster: &str| {
        let condition = format!(r#"{{"ArnLike":{{"ecs:cluster":"{pattern}"}}}}"#);
        let input = format!(r#"{{"cluster":"{cluster}","service":"cart"}}"#);
        let both = ["ListTasks", "DeleteService", "UpdateService"];
        let said = both.map(|op| judged("ecs:*", &condition, &world, op, &input));
        assert_eq!(said[0], said[1]);
        assert_eq!(said[0], said[2]);
        said[0]
    };
    assert!(ask("arn:*:ecs:*:*:cluster/shop", "shop"));
    assert!(ask(
        "arn:*:ecs:*:*:cluster/*",
        "arn:aws:ecs:eu-central-1:123456789012:cluster/shop"
    ));
    assert!(!ask("arn:*:ecs:*:*:cluster/shop", "till"));
    // A star of one part does not reach into the next.
    assert!(!ask("arn:*:cluster/shop", "shop"));
    assert!(!ask("shop", "shop"));
}

#[test]
fn each_service_that_is_read_has_to_be_allowed() {
    let world = fixture::one("healthy").world;
    let policy = |resource: &str| {
        let text = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"ecs:*","Resource":{resource}}}]}}"#
        );
        Policy::read(text.as_bytes()).unwrap()
    };
    let ask = |resource: &str, op: &str, input: &str| {
        check(
            &policy(resource),
            &world,
            Service::Ecs,
            op,
            &from_text(input),
        )
        .is_ok()
    };
    let two = r#"{"cluster":"shop","services":["cart","till"]}"#;
    assert!(ask(
        r#""arn:*:ecs:*:*:service/shop/*""#,
        "DescribeServices",
        two
    ));
    assert!(!ask(
        r#""arn:*:ecs:*:*:service/shop/cart""#,
        "DescribeServices",
        two
    ));
    let revision = r#"{"serviceRevisionArns":["arn:aws:ecs:eu-central-1:123456789012:service-revision/shop/cart/1"]}"#;
    let both = r#"["arn:*:ecs:*:*:service/*","arn:*:ecs:*:*:service-revision/*"]"#;
    assert!(ask(both, "DescribeServiceRevisions", revision));
    assert!(!ask(
        r#""arn:*:ecs:*:*:service-revision/*""#,
        "DescribeServiceRevisions",
        revision
    ));
    assert!(!ask(
        r#""arn:*:ecs:*:*:service/*""#,
        "DescribeServiceRevisions",
        revision
    ));
    let task = r#"{"cluster":"shop","tasks":["0123"]}"#;
    assert!(ask(r#""arn:*:ecs:*:*:task/shop/*""#, "DescribeTasks", task));
    assert!(!ask(
        r#""arn:*:ecs:*:*:task/till/*""#,
        "DescribeTasks",
        task
    ));
    assert!(!ask(
        r#""arn:*:ecs:*:*:task/*""#,
        "ListTasks",
        r#"{"cluster":"shop"}"#
    ));
}

#[test]
fn scaling_is_narrowed_to_what_it_scales() {
    let world = world_in("eu-central-1");
    let condition = r#"{"StringEquals":{"application-autoscaling:service-namespace":["ecs"],"application-autoscaling:scalable-dimension":["ecs:service:DesiredCount"]}}"#;
    let ask = |namespace: &str| {
        let input = format!(
            r#"{{"ServiceNamespace":"{namespace}","ResourceId":"service/a/b","ScalableDimension":"ecs:service:DesiredCount"}}"#
        );
        judged(
            "application-autoscaling:*",
            condition,
            &world,
            "DeregisterScalableTarget",
            &input,
        )
    };
    assert!(ask("ecs") && !ask("dynamodb"));
}

#[test]
fn who_runs_a_task_hands_on_the_roles_of_its_definition() {
    let mut built = fixture::fresh("healthy");
    let input = from_text(r#"{"cluster":"prod","taskDefinition":"checkout"}"#);
    let world = &mut built.world;
    let denied = |policy: &Policy| {
        let refused = check(policy, world, Service::Ecs, "RunTask", &input);
        refused.err().map(|e| e.message)
    };
    assert_eq!(denied(&allowing(&["ecs:RunTask", "iam:PassRole"])), None);
    let alone = denied(&allowing(&["ecs:RunTask"])).unwrap();
    assert!(alone.contains("iam:PassRole"), "{alone}");
    assert!(
        denied(&allowing(&["iam:PassRole"]))
            .unwrap()
            .contains("ecs:RunTask")
    );
}
