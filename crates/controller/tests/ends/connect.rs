//! A service that offers names through Service Connect: they are unique in their namespace, so it moves in place and offers them on.

use sixshift_core::status::{Phase, Status};
use sixshift_sim::{Value, services::Service};

use crate::{
    in_place::{call, described, subnets, worker},
    migration::{Stage, in_virtual_time},
};

/// So many minutes without a change end a run here: a bake of half an hour changes nothing meanwhile.
const STILL: u32 = 50;

/// A worker whose container has a named port and a health check of it on IPv6's loopback, where the proxy comes in.
fn offering() -> Stage {
    let stage = worker("healthy", "");
    let live = described(&stage, "mailer");
    let asked = [("taskDefinition", live.get("taskDefinition").clone())];
    let found = call(&stage, Service::Ecs, "DescribeTaskDefinition", &asked);
    let of = found.get("taskDefinition");
    let mut container = of.get("containerDefinitions").items()[0].clone();
    let port = [
        ("name", Value::from("web")),
        ("containerPort", Value::from(8080_i64)),
    ];
    container.set("portMappings", Value::list([Value::map(port)]));
    let command = ["CMD-SHELL", "curl -gf http://[::1]:8080/ || exit 1"];
    container.set(
        "healthCheck",
        Value::map([("command", Value::list(command))]),
    );
    let mut given = vec![("containerDefinitions", Value::list([container]))];
    for member in [
        "family",
        "networkMode",
        "cpu",
        "memory",
        "requiresCompatibilities",
        "executionRoleArn",
    ] {
        if !of.get(member).is_null() {
            given.push((member, of.get(member).clone()));
        }
    }
    let registered = call(&stage, Service::Ecs, "RegisterTaskDefinition", &given);
    let definition = registered.get("taskDefinition").get("taskDefinitionArn");
    let alias = [("port", Value::from(8080_i64))];
    let offered = [
        ("portName", Value::from("web")),
        ("clientAliases", Value::list([Value::map(alias)])),
    ];
    let connect = [
        ("enabled", Value::from(true)),
        ("namespace", Value::from("prod.internal")),
        ("services", Value::list([Value::map(offered)])),
    ];
    call(
        &stage,
        Service::Ecs,
        "UpdateService",
        &[
            ("cluster", Value::from(stage.service.cluster.as_str())),
            ("service", Value::from("mailer")),
            ("taskDefinition", definition.clone()),
            ("serviceConnectConfiguration", Value::map(connect)),
        ],
    );
    stage
}

fn connects(service: &Value) -> Value {
    let deployments = service.get("deployments").items();
    deployments[0].get("serviceConnectConfiguration").clone()
}

#[test]
fn what_is_offered_through_service_connect_is_offered_on_after_the_move() {
    in_virtual_time(async {
        let stage = offering();
        let before = described(&stage, "mailer");
        let mut fewest = 3;
        let status = stage
            .run_until(STILL, |_: Option<&Status>| {
                let live = described(&stage, "mailer");
                fewest = fewest.min(live.get("runningCount").as_i64().unwrap());
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let after = described(&stage, "mailer");
        assert_eq!(connects(&after), connects(&before));
        assert!(!connects(&after).get("services").items().is_empty());
        let mut wanted = stage.service.ipv6_subnets.clone();
        wanted.sort();
        assert_eq!(subnets(&after), wanted);
        assert!(fewest >= 3, "{fewest}");
        assert!(status.warnings.iter().all(|w| w.code != "connect-loopback"));
    });
}

#[test]
fn one_that_does_not_listen_where_the_proxy_comes_in_is_found_out_before_it_moves() {
    in_virtual_time(async {
        let stage = offering();
        stage.region.with_world(|world| {
            for app in world.behaviours.values_mut() {
                app.v6.listens = false;
            }
        });
        let before = described(&stage, "mailer");
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let after = described(&stage, "mailer");
        assert_eq!(subnets(&after), subnets(&before));
        assert_eq!(connects(&after), connects(&before));
    });
}
