//! A service that is changed where it is: what its deployments tell, and how they are taken back.

use serde_json::{Value as Json, json};

use super::{ask, refusal};
use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{fresh, pass, service};
use crate::wire::json::from_json;
use crate::world::World;
use crate::world::behaviour::{Behaviour, CutOff};

/// A worker in subnets of IPv4, three of it, with a container health check or without.
fn worker(checked: bool, configuration: &Json) -> Built {
    let mut built = fresh("healthy");
    let found = service(&mut built.world, "checkout");
    let subnets = found
        .get("networkConfiguration")
        .get("awsvpcConfiguration")
        .get("subnets")
        .strings();
    define(&mut built.world, "v1", checked);
    let network = network(&built, &subnets);
    let wish = json!({
        "cluster": "prod", "serviceName": "mailer", "taskDefinition": "mailer", "launchType": "FARGATE", "desiredCount": 3,
        "networkConfiguration": network, "deploymentConfiguration": configuration, "enableExecuteCommand": true
    });
    ask(&mut built.world, "CreateService", wish);
    pass(&mut built.world, 300);
    built
}

fn define(world: &mut World, tag: &str, checked: bool) -> String {
    let mut container = json!({
        "name": "app", "image": format!("123456789012.dkr-ecr.eu-central-1.on.aws/mailer:{tag}"),
        "environment": [{"name": "BROKER_HOST", "value": "10.0.40.7"}]
    });
    if checked {
        container["healthCheck"] =
            json!({"command": ["CMD", "true"], "interval": 10, "retries": 2});
    }
    let role = "arn:aws:iam::123456789012:role/mailer";
    let definition = json!({
        "family": "mailer", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "executionRoleArn": role, "taskRoleArn": role, "containerDefinitions": [container]
    });
    let made = ask(world, "RegisterTaskDefinition", definition);
    text(made.get("taskDefinition"), "taskDefinitionArn").to_owned()
}

fn network(built: &Built, subnets: &[String]) -> Json {
    json!({"awsvpcConfiguration": {"subnets": subnets, "securityGroups": built.services[0].security_groups}})
}

/// Everything at once: another definition, subnets of IPv6 alone, the platform, no ECS Exec.
fn swap(built: &mut Built, tag: &str, checked: bool) {
    let definition = define(&mut built.world, tag, checked);
    let subnets = built.services[0].ipv6_subnets.clone();
    let network = network(built, &subnets);
    let change = json!({
        "cluster": "prod", "service": "mailer", "taskDefinition": definition, "networkConfiguration": network,
        "platformVersion": "1.4.0", "enableExecuteCommand": false
    });
    ask(&mut built.world, "UpdateService", change);
}

fn text<'v>(of: &'v Value, key: &str) -> &'v str {
    of.get(key).as_str().unwrap_or_default()
}

/// The newest service deployment, described.
fn newest(world: &mut World) -> Value {
    let asked = json!({"cluster": "prod", "service": "mailer"});
    let listed = ask(world, "ListServiceDeployments", asked);
    let arn = text(
        &listed.get("serviceDeployments").items()[0],
        "serviceDeploymentArn",
    )
    .to_owned();
    let found = ask(
        world,
        "DescribeServiceDeployments",
        json!({"serviceDeploymentArns": [arn]}),
    );
    found.get("serviceDeployments").items()[0].clone()
}

fn stop(world: &mut World) {
    let arn = text(&newest(world), "serviceDeploymentArn").to_owned();
    let stopped = ask(
        world,
        "StopServiceDeployment",
        json!({"serviceDeploymentArn": arn}),
    );
    assert_eq!(text(&stopped, "serviceDeploymentArn"), arn);
}

/// How many of the service's tasks run by each family of addresses.
fn by_family(world: &mut World) -> (usize, usize) {
    let asked = json!({"cluster": "prod", "serviceName": "mailer"});
    let arns = ask(world, "ListTasks", asked).get("taskArns").clone();
    let mut asked = from_json(json!({"cluster": "prod"}));
    asked.set("tasks", arns);
    let found = crate::services::call(
        world,
        crate::services::Service::Ecs,
        "DescribeTasks",
        &asked,
    )
    .unwrap();
    let tasks = found.get("tasks").items().iter();
    let running = tasks.filter(|t| text(t, "lastStatus") == "RUNNING");
    let family = |t: &Value| {
        let interface = &t.get("containers").items()[0]
            .get("networkInterfaces")
            .items()[0];
        interface.get("privateIpv4Address").is_null()
    };
    let (v6, v4): (Vec<_>, Vec<_>) = running.partition(|t| family(t));
    (v4.len(), v6.len())
}

fn subnets(world: &mut World) -> Vec<String> {
    let found = service(world, "mailer");
    let network = found
        .get("networkConfiguration")
        .get("awsvpcConfiguration")
        .get("subnets")
        .clone();
    network.strings()
}

fn breaker(enable: bool, rollback: bool) -> Json {
    json!({"deploymentCircuitBreaker": {"enable": enable, "rollback": rollback}})
}

#[test]
fn everything_that_a_change_brings_is_rolled_out_at_once() {
    let mut built = worker(false, &breaker(true, true));
    assert_eq!(by_family(&mut built.world), (3, 0));
    let former = newest(&mut built.world);
    assert_eq!(text(&former, "status"), "SUCCESSFUL");
    swap(&mut built, "v1", false);
    let waits = newest(&mut built.world);
    assert_eq!(text(&waits, "status"), "PENDING");
    assert!(waits.get("startedAt").is_null());
    pass(&mut built.world, 50);
    let running = newest(&mut built.world);
    assert_eq!(text(&running, "status"), "IN_PROGRESS");
    let source = &running.get("sourceServiceRevisions").items()[0];
    assert_eq!(
        source.get("arn"),
        former.get("targetServiceRevision").get("arn")
    );
    assert_eq!(
        source.get("runningTaskCount").as_i64(),
        Some(3),
        "nobody counts yet who came"
    );
    assert_eq!(
        text(running.get("deploymentCircuitBreaker"), "status"),
        "MONITORING"
    );
    pass(&mut built.world, 200);
    let done = newest(&mut built.world);
    assert_eq!(text(&done, "status"), "SUCCESSFUL");
    assert_eq!(
        done.get("targetServiceRevision")
            .get("runningTaskCount")
            .as_i64(),
        Some(3)
    );
    assert_eq!(
        text(done.get("deploymentCircuitBreaker"), "status"),
        "MONITORING_COMPLETE"
    );
    assert_eq!(by_family(&mut built.world), (0, 3));
    assert_eq!(
        service(&mut built.world, "mailer")
            .get("enableExecuteCommand")
            .as_bool(),
        Some(false)
    );
}

#[test]
fn percentages_bound_how_many_run_while_it_is_rolled() {
    let configuration = json!({"minimumHealthyPercent": 66, "maximumPercent": 100});
    let usual = json!({"minimumHealthyPercent": 100, "maximumPercent": 200});
    let mut built = worker(false, &usual);
    let change = json!({
        "cluster": "prod", "service": "mailer", "availabilityZoneRebalancing": "DISABLED", "deploymentConfiguration": configuration
    });
    ask(&mut built.world, "UpdateService", change);
    swap(&mut built, "v1", false);
    let mut least = 3;
    for _ in 0..600 {
        pass(&mut built.world, 1);
        let (v4, v6) = by_family(&mut built.world);
        assert!(v4 + v6 <= 3, "{v4} and {v6}");
        least = least.min(v4 + v6);
    }
    assert_eq!(least, 2);
    assert_eq!(by_family(&mut built.world), (0, 3));
}

#[test]
fn a_deployment_that_somebody_stops_goes_back_to_the_former_revision_with_its_network() {
    let mut built = worker(false, &breaker(false, false));
    let before = (
        subnets(&mut built.world),
        service(&mut built.world, "mailer")
            .get("taskDefinition")
            .clone(),
    );
    swap(&mut built, "v2", false);
    pass(&mut built.world, 35);
    stop(&mut built.world);
    assert_eq!(
        text(&newest(&mut built.world), "status"),
        "ROLLBACK_REQUESTED"
    );
    stop(&mut built.world);
    pass(&mut built.world, 5);
    let back = newest(&mut built.world);
    assert_eq!(text(&back, "status"), "ROLLBACK_IN_PROGRESS");
    assert!(text(back.get("rollback"), "reason").contains("StopServiceDeployment"));
    let after = (
        subnets(&mut built.world),
        service(&mut built.world, "mailer")
            .get("taskDefinition")
            .clone(),
    );
    assert_eq!(after, before);
    pass(&mut built.world, 300);
    let back = newest(&mut built.world);
    assert_eq!(text(&back, "status"), "ROLLBACK_SUCCESSFUL");
    assert_eq!(
        text(back.get("deploymentCircuitBreaker"), "status"),
        "DISABLED"
    );
    assert_eq!(by_family(&mut built.world), (3, 0));
    let arn = back.get("rollback").get("serviceRevisionArn").clone();
    let asked = Value::map([("serviceRevisionArns", Value::list([arn]))]);
    let found = crate::services::call(
        &mut built.world,
        crate::services::Service::Ecs,
        "DescribeServiceRevisions",
        &asked,
    )
    .unwrap();
    let revision = &found.get("serviceRevisions").items()[0];
    assert_eq!(
        revision
            .get("networkConfiguration")
            .get("awsvpcConfiguration")
            .get("subnets")
            .strings(),
        before.0
    );
    let exec = service(&mut built.world, "mailer")
        .get("enableExecuteCommand")
        .as_bool();
    assert_eq!(exec, Some(false), "ECS Exec is no part of a revision");
}

#[test]
fn what_is_over_or_not_there_is_not_stopped() {
    let mut built = worker(false, &breaker(false, false));
    let arn = text(&newest(&mut built.world), "serviceDeploymentArn").to_owned();
    let over = from_json(json!({"serviceDeploymentArn": arn}));
    assert_eq!(
        refusal(&mut built.world, "StopServiceDeployment", &over).code,
        "ConflictException"
    );
    let none = from_json(json!({"serviceDeploymentArn": format!("{arn}x")}));
    let refused = refusal(&mut built.world, "StopServiceDeployment", &none);
    assert_eq!(refused.code, "ServiceDeploymentNotFoundException");
    let wish = json!({
        "cluster": "prod", "serviceName": "first", "taskDefinition": "mailer", "launchType": "FARGATE", "desiredCount": 1,
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets(&mut built.world)}}
    });
    ask(&mut built.world, "CreateService", wish);
    pass(&mut built.world, 10);
    let asked = json!({"cluster": "prod", "service": "first"});
    let listed = ask(&mut built.world, "ListServiceDeployments", asked);
    let first = listed.get("serviceDeployments").items()[0]
        .get("serviceDeploymentArn")
        .clone();
    let asked = Value::map([("serviceDeploymentArn", first)]);
    let refused = refusal(&mut built.world, "StopServiceDeployment", &asked);
    assert_eq!(
        refused.code, "ConflictException",
        "there is nothing to go back to"
    );
}

#[test]
fn a_second_change_stops_the_deployment_of_the_first() {
    let mut built = worker(false, &breaker(false, false));
    swap(&mut built, "v2", false);
    pass(&mut built.world, 10);
    swap(&mut built, "v3", false);
    let asked = json!({"cluster": "prod", "service": "mailer", "status": ["STOP_REQUESTED"]});
    let stopping = ask(&mut built.world, "ListServiceDeployments", asked);
    assert_eq!(stopping.get("serviceDeployments").items().len(), 1);
    pass(&mut built.world, 1);
    let asked = json!({"cluster": "prod", "service": "mailer"});
    let listed = ask(&mut built.world, "ListServiceDeployments", asked);
    let statuses: Vec<_> = listed
        .get("serviceDeployments")
        .items()
        .iter()
        .map(|d| text(d, "status"))
        .collect();
    assert_eq!(statuses, ["IN_PROGRESS", "STOPPED", "SUCCESSFUL"]);
    // The way back leads past what never was completed.
    pass(&mut built.world, 10);
    stop(&mut built.world);
    pass(&mut built.world, 300);
    assert_eq!(by_family(&mut built.world), (3, 0));
    assert_eq!(
        text(&service(&mut built.world, "mailer"), "taskDefinition")
            .rsplit(':')
            .next(),
        Some("1")
    );
}

#[test]
fn what_ends_on_ipv6_is_never_completed_and_the_breaker_sees_it_only_where_it_is_checked() {
    let ends = |checked: bool| {
        let mut built = worker(checked, &breaker(true, true));
        for tag in ["v1", "v2"] {
            let app = Behaviour {
                cut_off: CutOff::Ends,
                ..Behaviour::default()
            };
            built.world.behaviours.insert(format!("mailer:{tag}"), app);
        }
        swap(&mut built, "v2", checked);
        pass(&mut built.world, 900);
        let newest = newest(&mut built.world);
        let (v4, _) = by_family(&mut built.world);
        assert_eq!(v4, 3, "those that are well stay");
        newest
    };
    let unseen = ends(false);
    assert_eq!(text(&unseen, "status"), "IN_PROGRESS");
    assert_eq!(
        unseen
            .get("deploymentCircuitBreaker")
            .get("failureCount")
            .as_i64(),
        Some(0)
    );
    let seen = ends(true);
    assert_eq!(text(&seen, "status"), "ROLLBACK_SUCCESSFUL");
    let breaker = seen.get("deploymentCircuitBreaker");
    assert_eq!(text(breaker, "status"), "TRIGGERED");
    assert_eq!(breaker.get("threshold").as_i64(), Some(3));
    assert_eq!(breaker.get("failureCount").as_i64(), Some(3));
}

/// The service's running tasks, oldest first.
fn tasks(world: &mut World) -> Vec<String> {
    let asked = json!({"cluster": "prod", "serviceName": "mailer"});
    ask(world, "ListTasks", asked).get("taskArns").strings()
}

fn protect(world: &mut World, tasks: &[String], on: bool) -> Value {
    let asked = json!({
        "cluster": "prod", "tasks": tasks, "protectionEnabled": on, "expiresInMinutes": 60
    });
    ask(world, "UpdateTaskProtection", asked)
}

#[test]
fn a_deployment_waits_for_the_tasks_that_are_protected_and_takes_others() {
    let mut built = worker(false, &breaker(false, false));
    let old = tasks(&mut built.world);
    let told = protect(&mut built.world, &old, true);
    assert_eq!(told.get("protectedTasks").items().len(), 3);
    swap(&mut built, "v1", false);
    pass(&mut built.world, 600);
    assert_eq!(by_family(&mut built.world), (3, 3), "both stand");
    let new: Vec<String> = tasks(&mut built.world);
    let new: Vec<String> = new.into_iter().filter(|t| !old.contains(t)).collect();
    // What is deployed next takes those that are not protected, all at once.
    swap(&mut built, "v1", false);
    pass(&mut built.world, 30);
    let left = tasks(&mut built.world);
    assert!(new.iter().all(|t| !left.contains(t)), "{left:?}");
    protect(&mut built.world, &old, false);
    pass(&mut built.world, 600);
    assert_eq!(by_family(&mut built.world), (0, 3));
    let tasks = tasks(&mut built.world);
    protect(&mut built.world, &tasks, true);
    let scale = json!({"cluster": "prod", "service": "mailer", "desiredCount": 1});
    ask(&mut built.world, "UpdateService", scale);
    pass(&mut built.world, 3_000);
    assert_eq!(by_family(&mut built.world).1, 3);
    pass(&mut built.world, 900);
    assert_eq!(
        by_family(&mut built.world).1,
        1,
        "protection ends by itself"
    );
}

#[test]
fn no_more_tasks_are_protected_than_are_wanted() {
    let mut built = worker(false, &breaker(false, false));
    let old = tasks(&mut built.world);
    protect(&mut built.world, &old, true);
    swap(&mut built, "v1", false);
    pass(&mut built.world, 600);
    let all = tasks(&mut built.world);
    let new: Vec<String> = all.into_iter().filter(|t| !old.contains(t)).collect();
    let told = protect(&mut built.world, &new[..1], true);
    let why = |told: &Value| text(&told.get("failures").items()[0], "reason").to_owned();
    assert_eq!(why(&told), "DEPLOYMENT_BLOCKED");
    let told = protect(&mut built.world, &["0".repeat(32)], true);
    assert_eq!(why(&told), "MISSING");
    let asked = json!({"cluster": "prod", "tasks": [old[0].clone(), new[0].clone()]});
    let told = ask(&mut built.world, "GetTaskProtection", asked);
    let all = told.get("protectedTasks").items();
    let on: Vec<Option<bool>> = all
        .iter()
        .map(|t| t.get("protectionEnabled").as_bool())
        .collect();
    assert_eq!(on, [Some(true), Some(false)]);
}
