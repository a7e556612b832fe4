//! Tasks that are run by hand.

use serde_json::{Value as Json, json};

use super::ask;
use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{dual_stack_definition, fresh, one, pass};
use crate::services::{self, Service};
use crate::wire::json::from_json;
use crate::world::World;
use crate::world::behaviour::{Behaviour, CutOff};

/// A definition of a worker on Fargate, with more in its container.
fn worker(world: &mut World, more: &Json) -> String {
    let mut container = json!({
        "name": "app", "image": "123456789012.dkr-ecr.eu-central-1.on.aws/mailer:v1",
        "logConfiguration": {"logDriver": "awslogs", "options": {
            "awslogs-group": "/mailer", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "w"
        }}
    });
    container
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let definition = json!({
        "family": "mailer", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/x", "taskRoleArn": "arn:aws:iam::123456789012:role/m",
        "containerDefinitions": [container], "tags": [{"key": "team", "value": "mail"}]
    });
    let made = ask(world, "RegisterTaskDefinition", definition);
    let arn = made.get("taskDefinition").get("taskDefinitionArn");
    arn.as_str().unwrap().to_owned()
}

fn network(built: &Built) -> Json {
    let made = &built.services[0];
    json!({"awsvpcConfiguration": {"subnets": made.ipv6_subnets, "securityGroups": made.security_groups}})
}

fn wish(built: &Built, definition: &str) -> Json {
    json!({
        "cluster": "prod", "taskDefinition": definition, "launchType": "FARGATE", "startedBy": "try",
        "networkConfiguration": network(built)
    })
}

fn run(built: &mut Built, definition: &str) -> Value {
    let wish = wish(built, definition);
    ask(&mut built.world, "RunTask", wish)
}

fn described(world: &mut World, arn: &str) -> Value {
    let found = ask(
        world,
        "DescribeTasks",
        json!({"cluster": "prod", "tasks": [arn]}),
    );
    found
        .get("tasks")
        .items()
        .first()
        .cloned()
        .unwrap_or_default()
}

fn arn(ran: &Value) -> String {
    let task = &ran.get("tasks").items()[0];
    task.get("taskArn").as_str().unwrap().to_owned()
}

fn text<'v>(of: &'v Value, key: &str) -> &'v str {
    of.get(key).as_str().unwrap_or_default()
}

fn check() -> Json {
    json!({"healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 10, "retries": 2, "startPeriod": 5}})
}

#[test]
fn a_task_that_is_run_by_hand_lives_as_one_of_a_service_does() {
    let mut built = one("healthy");
    let definition = worker(&mut built.world, &json!({}));
    let ran = run(&mut built, &definition);
    assert!(ran.get("failures").items().is_empty());
    let first = &ran.get("tasks").items()[0];
    assert_eq!(text(first, "lastStatus"), "PROVISIONING");
    assert_eq!(text(first, "group"), "family:mailer");
    let details = first.get("attachments").items()[0].get("details").items();
    assert_eq!(
        details.len(),
        1,
        "the interface is not there yet: {details:?}"
    );
    pass(&mut built.world, 60);
    let task = described(&mut built.world, &arn(&ran));
    assert_eq!(text(&task, "lastStatus"), "RUNNING");
    assert_eq!(text(&task, "startedBy"), "try");
    assert_eq!(text(&task, "healthStatus"), "UNKNOWN");
    let interface = &task.get("containers").items()[0]
        .get("networkInterfaces")
        .items()[0];
    assert!(text(interface, "ipv6Address").contains(':'));
    assert!(interface.get("privateIpv4Address").is_null());
    let of_service = ask(
        &mut built.world,
        "ListTasks",
        json!({"cluster": "prod", "serviceName": "checkout"}),
    );
    assert!(!of_service.get("taskArns").strings().contains(&arn(&ran)));

    let stopped = ask(
        &mut built.world,
        "StopTask",
        json!({"cluster": "prod", "task": arn(&ran), "reason": "seen enough"}),
    );
    assert_eq!(text(stopped.get("task"), "desiredStatus"), "STOPPED");
    pass(&mut built.world, 60);
    let task = described(&mut built.world, &arn(&ran));
    assert_eq!(text(&task, "lastStatus"), "STOPPED");
    assert_eq!(text(&task, "stopCode"), "UserInitiated");
    assert_eq!(text(&task, "stoppedReason"), "seen enough");
    pass(&mut built.world, 3_700);
    assert!(described(&mut built.world, &arn(&ran)).is_null());
}

#[test]
fn a_token_runs_tasks_once() {
    let mut built = one("healthy");
    let definition = worker(&mut built.world, &json!({}));
    let mut wish = wish(&built, &definition);
    wish["clientToken"] = json!("a-token");
    let first = arn(&ask(&mut built.world, "RunTask", wish.clone()));
    let again = ask(&mut built.world, "RunTask", wish.clone());
    assert_eq!(arn(&again), first);
    let mut other = wish.clone();
    other["count"] = json!(2);
    let refused = services::call(
        &mut built.world,
        Service::Ecs,
        "RunTask",
        &from_json(other.clone()),
    );
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, "ConflictException");
    assert!(refused.message.contains(&first), "{refused}");
    let stop = json!({"cluster": "prod", "task": first});
    ask(&mut built.world, "StopTask", stop);
    pass(&mut built.world, 1_800);
    assert_eq!(arn(&ask(&mut built.world, "RunTask", wish.clone())), first);
    pass(&mut built.world, 2_000);
    assert_eq!(
        ask(&mut built.world, "RunTask", other)
            .get("tasks")
            .items()
            .len(),
        2
    );
}

#[test]
fn what_a_task_is_run_with_ties_it_as_its_definition_would() {
    let mut built = one("healthy");
    let app = Behaviour {
        cut_off: CutOff::Ends,
        ..Behaviour::default()
    };
    built.world.behaviours.insert("mailer:v1".to_owned(), app);
    let definition = worker(&mut built.world, &json!({}));
    let mut with_address = wish(&built, &definition);
    let variable = json!([{"name": "BROKER_HOST", "value": "10.0.40.7"}]);
    with_address["overrides"] =
        json!({"containerOverrides": [{"name": "app", "environment": variable}]});
    let good = arn(&run(&mut built, &definition));
    let tied = arn(&ask(&mut built.world, "RunTask", with_address));
    pass(&mut built.world, 120);
    assert_eq!(
        text(&described(&mut built.world, &good), "lastStatus"),
        "RUNNING"
    );
    let task = described(&mut built.world, &tied);
    assert_eq!(text(&task, "stopCode"), "EssentialContainerExited");
    assert_eq!(
        text(&task, "stoppedReason"),
        "Essential container in task exited"
    );
    let container = &task.get("containers").items()[0];
    assert_eq!(container.get("exitCode").as_i64(), Some(1));
    let shown = task.get("overrides").get("containerOverrides").items();
    assert_eq!(shown[0].get("environment").items().len(), 1);
}

#[test]
fn a_task_writes_its_first_lines_and_why_it_ended() {
    let mut built = one("healthy");
    let app = Behaviour {
        cut_off: CutOff::Ends,
        ..Behaviour::default()
    };
    built.world.behaviours.insert("mailer:v1".to_owned(), app);
    let broker = json!({"environment": [{"name": "BROKER_HOST", "value": "10.0.40.7"}]});
    let definition = worker(&mut built.world, &broker);
    let group = from_json(json!({"logGroupName": "/mailer"}));
    services::call(&mut built.world, Service::Logs, "CreateLogGroup", &group).unwrap();
    let ran = run(&mut built, &definition);
    pass(&mut built.world, 120);
    let id = arn(&ran).rsplit('/').next().unwrap().to_owned();
    let stream = from_json(
        json!({"logGroupName": "/mailer", "logStreamName": format!("w/app/{id}"), "startFromHead": true}),
    );
    let read = services::call(&mut built.world, Service::Logs, "GetLogEvents", &stream).unwrap();
    let lines: Vec<_> = read
        .get("events")
        .items()
        .iter()
        .map(|e| text(e, "message"))
        .collect();
    let all = [
        "starting mailer:v1",
        "error: cannot reach an address of IPv4: Network is unreachable (os error 101)",
        "exiting with code 1",
    ];
    assert_eq!(lines, all);
}

/// A service of the worker without a load balancer, and how it stands after some minutes.
fn served(built: &mut Built, definition: &str, breaker: &Json) -> Value {
    let wish = json!({
        "cluster": "prod", "serviceName": "mailer", "taskDefinition": definition, "launchType": "FARGATE", "desiredCount": 1,
        "networkConfiguration": network(built), "deploymentConfiguration": {"deploymentCircuitBreaker": breaker}
    });
    ask(&mut built.world, "CreateService", wish);
    pass(&mut built.world, 900);
    crate::scenario::fixture::service(&mut built.world, "mailer")
}

fn newest(service: &Value) -> &Value {
    &service.get("deployments").items()[0]
}

#[test]
fn a_container_that_is_ill_is_stopped_in_a_service_and_goes_on_by_itself() {
    let mut built = fresh("healthy");
    let mut app = Behaviour::default();
    app.v6.listens = false;
    built.world.behaviours.insert("mailer:v1".to_owned(), app);
    let definition = worker(&mut built.world, &check());
    let ran = arn(&run(&mut built, &definition));
    let service = served(
        &mut built,
        &definition,
        &json!({"enable": true, "rollback": false}),
    );
    let task = described(&mut built.world, &ran);
    assert_eq!(text(&task, "healthStatus"), "UNHEALTHY");
    assert_eq!(text(&task, "lastStatus"), "RUNNING");
    assert_eq!(text(newest(&service), "rolloutState"), "FAILED");
    assert_eq!(newest(&service).get("failedTasks").as_i64(), Some(3));
    let asked = json!({"cluster": "prod", "serviceName": "mailer", "desiredStatus": "STOPPED"});
    let stopped = ask(&mut built.world, "ListTasks", asked);
    let task = described(&mut built.world, &stopped.get("taskArns").strings()[0]);
    assert_eq!(
        text(&task, "stoppedReason"),
        "Task failed container health checks"
    );
    assert_eq!(text(&task, "stopCode"), "ServiceSchedulerInitiated");
}

#[test]
fn a_container_that_is_well_says_so_after_its_first_check() {
    let mut built = fresh("healthy");
    let definition = worker(&mut built.world, &check());
    let service = served(
        &mut built,
        &definition,
        &json!({"enable": true, "rollback": false}),
    );
    assert_eq!(text(newest(&service), "rolloutState"), "COMPLETED");
    let asked = json!({"cluster": "prod", "serviceName": "mailer"});
    let running = ask(&mut built.world, "ListTasks", asked);
    let task = described(&mut built.world, &running.get("taskArns").strings()[0]);
    assert_eq!(text(&task, "healthStatus"), "HEALTHY");
}

#[test]
fn a_task_that_ends_by_itself_counts_as_failed_only_where_it_is_checked() {
    let failed = |more: &Json| {
        let mut built = fresh("healthy");
        let mut app = Behaviour::default();
        app.v6.ends_after = Some(8.0);
        built.world.behaviours.insert("mailer:v1".to_owned(), app);
        let definition = worker(&mut built.world, more);
        let service = served(
            &mut built,
            &definition,
            &json!({"enable": true, "rollback": false}),
        );
        let newest = newest(&service);
        (
            text(newest, "rolloutState").to_owned(),
            newest.get("failedTasks").as_i64(),
        )
    };
    assert_eq!(failed(&json!({})), ("IN_PROGRESS".to_owned(), Some(0)));
    assert_eq!(failed(&check()), ("FAILED".to_owned(), Some(3)));
}

#[test]
fn a_task_that_nobody_checks_counts_after_forty_seconds() {
    let mut built = fresh("healthy");
    let definition = worker(&mut built.world, &json!({}));
    served(
        &mut built,
        &definition,
        &json!({"enable": false, "rollback": false}),
    );
    let forced = json!({"cluster": "prod", "service": "mailer", "forceNewDeployment": true});
    ask(&mut built.world, "UpdateService", forced);
    for _ in 0..200 {
        pass(&mut built.world, 1);
        let service = crate::scenario::fixture::service(&mut built.world, "mailer");
        if service.get("deployments").items().len() == 1 {
            let id = text(newest(&service), "id").to_owned();
            let of_it = json!({"cluster": "prod", "startedBy": id});
            let tasks = ask(&mut built.world, "ListTasks", of_it);
            let task = described(&mut built.world, &tasks.get("taskArns").strings()[0]);
            let ran = built
                .world
                .now()
                .duration_since(task.get("startedAt").as_time().unwrap());
            assert!((40..=42).contains(&ran.as_secs()), "{ran:?}");
            return;
        }
    }
    panic!("the old task never went");
}

#[test]
fn a_strategy_places_what_is_run_and_the_definitions_tags_are_handed_on() {
    let mut built = one("healthy");
    let attached = json!({"cluster": "prod", "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": []});
    ask(&mut built.world, "PutClusterCapacityProviders", attached);
    let definition = worker(&mut built.world, &json!({}));
    let mut wish = wish(&built, &definition);
    wish["launchType"] = Json::Null;
    wish["count"] = json!(2);
    wish["capacityProviderStrategy"] = json!([{"capacityProvider": "FARGATE", "base": 1, "weight": 0}, {"capacityProvider": "FARGATE_SPOT", "weight": 1}]);
    wish["propagateTags"] = json!("TASK_DEFINITION");
    wish["enableECSManagedTags"] = json!(true);
    wish["tags"] = json!([{"key": "for", "value": "a try"}]);
    let ran = ask(&mut built.world, "RunTask", wish);
    let providers: Vec<_> = ran
        .get("tasks")
        .items()
        .iter()
        .map(|t| text(t, "capacityProviderName"))
        .collect();
    assert_eq!(providers, ["FARGATE", "FARGATE_SPOT"]);
    let tags = ran.get("tasks").items()[0].get("tags").items().len();
    assert_eq!(tags, 3);
}

#[test]
fn a_task_without_a_way_out_stops_with_what_ecs_says_of_it() {
    let mut built = one("healthy");
    dual_stack_definition(&mut built);
    let ran = run(&mut built, "checkout");
    pass(&mut built.world, 120);
    let task = described(&mut built.world, &arn(&ran));
    assert_eq!(text(&task, "stopCode"), "TaskFailedToStart");
    assert!(
        text(&task, "stoppedReason").starts_with("CannotPullContainerError"),
        "{task:?}"
    );
    assert!(task.get("startedAt").is_null());
}
