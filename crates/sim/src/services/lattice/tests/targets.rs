//! Targets of VPC Lattice: those of tasks of ECS above all.

use serde_json::{Value as Json, json};

use super::{CONFLICT, MISSING, Site, fixed, site, to};
use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{
    call, dual_stack_definition, fresh, ipv6_lattice_group, pass, service,
};
use crate::services::{self, Service};
use crate::wire::json::from_json;

#[test]
fn targets_of_another_family_are_told_as_unsuccessful() {
    let mut site = site();
    let six = site.group("six", json!({"ipAddressType": "IPV6"}));
    site.pass(5);
    let input = json!({"targetGroupIdentifier": six, "targets": [{"id": "10.0.0.4"}, {"id": "2001:db8::4", "port": 80}]});
    let answer = site.ask("RegisterTargets", input);
    let fine = json!([{"id": "2001:db8::4", "port": 80}]);
    assert_eq!(answer.get("successful"), &from_json(fine));
    let failed = answer.get("unsuccessful").items();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].get("id").as_str(), Some("10.0.0.4"));
    assert_eq!(failed[0].get("port"), &Value::Int(8080));
    let absent = json!({"targetGroupIdentifier": six, "targets": [{"id": "2001:db8::5"}]});
    let answer = site.ask("DeregisterTargets", absent);
    assert_eq!(answer.get("unsuccessful").items().len(), 1);
}

#[test]
fn the_check_of_a_target_group_is_changed_and_nothing_else() {
    let mut site = site();
    let id = site.groups[0].clone();
    let config = |answer: &Value| answer.get("config").clone();
    let before = config(&site.ask("GetTargetGroup", json!({"targetGroupIdentifier": id})));
    assert_eq!(
        crate::wire::as_json(before.get("healthCheck")),
        json!({
            "enabled": true, "protocol": "HTTP", "protocolVersion": "HTTP1", "path": "/",
            "healthCheckIntervalSeconds": 30, "healthCheckTimeoutSeconds": 5, "healthyThresholdCount": 5,
            "unhealthyThresholdCount": 2, "matcher": {"httpCode": "200"}
        })
    );
    let change = json!({"targetGroupIdentifier": id, "healthCheck": {"path": "/up", "healthCheckIntervalSeconds": 10}});
    let after = config(&site.ask("UpdateTargetGroup", change));
    assert_eq!(after.get("healthCheck").get("path").as_str(), Some("/up"));
    for member in [
        "port",
        "protocol",
        "protocolVersion",
        "ipAddressType",
        "vpcIdentifier",
    ] {
        assert_eq!(before.get(member), after.get(member), "{member}");
    }
    let spec = &site
        .world
        .lattice
        .groups
        .values()
        .find(|g| g.about.id == id)
        .unwrap()
        .pool
        .spec;
    assert_eq!(spec.get("HealthCheckIntervalSeconds"), &Value::Int(10));
}

#[test]
fn a_target_group_in_use_or_with_targets_is_not_deleted() {
    let mut site = site();
    let id = site.groups[0].clone();
    let of = json!({"targetGroupIdentifier": id});
    let listener = site.made("CreateListener", site.listener("web", 80, to(&[(&id, 0)])));
    assert_eq!(site.refused("DeleteTargetGroup", of.clone()), CONFLICT);
    let targets = json!({"targetGroupIdentifier": id, "targets": [{"id": "10.0.0.4"}]});
    site.ask("RegisterTargets", targets.clone());
    let named = json!({"serviceIdentifier": site.service, "listenerIdentifier": listener});
    site.ask("DeregisterTargets", targets);
    let found = site.ask("ListTargets", of.clone());
    assert_eq!(statuses(&found), ["DRAINING"]);
    site.ask("DeleteListener", named);
    assert_eq!(
        site.refused("DeleteTargetGroup", of.clone()),
        CONFLICT,
        "it drains"
    );
    site.pass(61);
    site.ask("DeleteTargetGroup", of.clone());
    assert_eq!(site.refused("GetTargetGroup", of), MISSING);
}

#[test]
fn targets_that_nobody_checks_are_unavailable() {
    let mut site = site();
    let off = site.group("unchecked", json!({"protocolVersion": "HTTP2"}));
    site.pass(5);
    site.ask("CreateListener", site.listener("web", 80, to(&[(&off, 1)])));
    let targets = json!({"targetGroupIdentifier": off, "targets": [{"id": "10.0.0.4"}]});
    site.ask("RegisterTargets", targets);
    let of = json!({"targetGroupIdentifier": off});
    assert_eq!(
        statuses(&site.ask("ListTargets", of.clone())),
        ["UNAVAILABLE"]
    );
    let on = json!({"targetGroupIdentifier": off, "healthCheck": {"enabled": true}});
    site.ask("UpdateTargetGroup", on);
    assert_eq!(statuses(&site.ask("ListTargets", of.clone())), ["INITIAL"]);
    site.pass(120);
    assert_eq!(
        statuses(&site.ask("ListTargets", of)),
        ["UNHEALTHY"],
        "nobody is there"
    );
}

fn statuses(found: &Value) -> Vec<String> {
    let items = found.get("items").items().iter();
    items
        .map(|t| t.get("status").as_str().unwrap().to_owned())
        .collect()
}

/// The scenario's region with a service of VPC Lattice, in whose IPv6 group a twin of the first ECS service is.
struct Shop {
    built: Built,
    group: String,
    service: String,
}

impl Shop {
    fn new(lets_in: Option<&str>) -> Self {
        let mut built = fresh("healthy");
        let group = ipv6_lattice_group(&mut built);
        let mut shop = Self {
            service: String::new(),
            group,
            built,
        };
        let made = shop.ask("CreateService", json!({"name": "shop"}));
        shop.service = made.get("id").as_str().unwrap().to_owned();
        if let Some(from) = lets_in {
            shop.let_in(from);
        }
        let definition = dual_stack_definition(&mut shop.built);
        let first = &shop.built.services[0];
        let network =
            json!({"subnets": first.ipv6_subnets, "securityGroups": first.security_groups});
        let input = json!({
            "cluster": "prod", "serviceName": "twin", "taskDefinition": definition, "desiredCount": 2,
            "launchType": "FARGATE", "networkConfiguration": {"awsvpcConfiguration": network},
            "vpcLatticeConfigurations": [{
                "roleArn": "arn:aws:iam::123456789012:role/infrastructure", "targetGroupArn": shop.group,
                "portName": "http"
            }]
        });
        let world = &mut shop.built.world;
        services::call(world, Service::Ecs, "CreateService", &from_json(input)).unwrap();
        pass(world, 120);
        shop
    }

    fn ask(&mut self, op: &str, input: Json) -> Value {
        let world = &mut self.built.world;
        services::call(world, Service::Lattice, op, &from_json(input))
            .unwrap_or_else(|e| panic!("{op}: {e}"))
    }

    fn let_in(&mut self, from: &str) {
        let group = self.built.services[0].security_groups[0].clone();
        let mut permission = Value::map([
            ("IpProtocol", Value::from("tcp")),
            ("FromPort", 8080_i64.into()),
            ("ToPort", 8080_i64.into()),
        ]);
        let (list, key) = match from.starts_with("pl-") {
            true => ("PrefixListIds", "PrefixListId"),
            false => ("Ipv6Ranges", "CidrIpv6"),
        };
        permission.set(list, Value::list([Value::map([(key, Value::from(from))])]));
        let fields = vec![
            ("GroupId", Value::from(group)),
            ("IpPermissions", Value::list([permission])),
        ];
        let world = &mut self.built.world;
        call(world, Service::Ec2, "AuthorizeSecurityGroupIngress", fields).unwrap();
    }

    fn route(&mut self, weight: i64) {
        let action = to(&[(&self.group.clone(), weight)]);
        let input = json!({
            "serviceIdentifier": self.service, "name": "web", "protocol": "HTTP", "defaultAction": action
        });
        self.ask("CreateListener", input);
    }

    fn statuses(&mut self) -> Vec<String> {
        let of = json!({"targetGroupIdentifier": self.group});
        statuses(&self.ask("ListTargets", of))
    }
}

#[test]
fn targets_are_checked_as_soon_as_a_rule_names_their_group_whatever_its_weight() {
    let mut shop = Shop::new(Some("fd00:ec2:80::/64"));
    assert_eq!(shop.statuses(), ["UNUSED"; 2]);
    shop.route(0);
    assert_eq!(shop.statuses(), ["INITIAL"; 2]);
    pass(&mut shop.built.world, 60);
    assert_eq!(shop.statuses(), ["HEALTHY"; 2]);
}

#[test]
fn tasks_go_into_the_target_group_by_the_family_and_out_of_it_when_they_stop() {
    let mut shop = Shop::new(Some("fd00:ec2:80::/64"));
    shop.route(1);
    pass(&mut shop.built.world, 60);
    let of = json!({"targetGroupIdentifier": shop.group});
    let found = shop.ask("ListTargets", of);
    let items = found.get("items").items();
    assert!(
        items
            .iter()
            .all(|t| t.get("id").as_str().unwrap().contains(':')),
        "{items:?}"
    );
    assert!(items.iter().all(|t| t.get("port") == &Value::Int(8080)));
    let scaled = vec![
        ("cluster", "prod".into()),
        ("service", "twin".into()),
        ("desiredCount", 0_i64.into()),
    ];
    call(&mut shop.built.world, Service::Ecs, "UpdateService", scaled).unwrap();
    pass(&mut shop.built.world, 10);
    assert_eq!(shop.statuses(), ["DRAINING"; 2]);
    pass(&mut shop.built.world, 120);
    assert!(shop.statuses().is_empty());
    assert_eq!(
        service(&mut shop.built.world, "twin").get("runningCount"),
        &Value::Int(0)
    );
}

#[test]
fn a_task_that_does_not_let_lattice_in_is_unhealthy() {
    let mut shop = Shop::new(None);
    shop.route(1);
    let mut seen = Vec::new();
    for _ in 0..30 {
        pass(&mut shop.built.world, 5);
        seen.extend(shop.statuses());
    }
    // ECS replaces a task that is found unhealthy at once.
    assert!(seen.iter().any(|s| s == "DRAINING"), "{seen:?}");
    assert!(!seen.iter().any(|s| s == "HEALTHY"), "{seen:?}");
    let lists = crate::world::network::endpoints::prefix_lists("eu-central-1");
    let mut lists = lists.iter();
    let list = lists.find(|l| l.name.ends_with(".ipv6.vpc-lattice"));
    shop.let_in(&list.unwrap().id.clone());
    pass(&mut shop.built.world, 400);
    assert_eq!(shop.statuses(), ["HEALTHY"; 2]);
}

#[test]
fn a_listener_of_its_own_answers_where_nothing_is_forwarded() {
    let mut site: Site = site();
    site.ask("CreateListener", site.listener("web", 80, fixed()));
    let arn = site
        .world
        .arn("vpc-lattice", &format!("service/{}", site.service));
    site.world.add_traffic(crate::world::traffic::Source {
        service: "shop".to_owned(),
        load_balancer: arn,
        port: 80,
        host: String::new(),
        path: "/".to_owned(),
        rate: 2.0,
        family: crate::world::behaviour::Family::V4,
    });
    site.pass(300);
    let seen = site.world.traffic()["shop"];
    assert!(seen.total > 300 && seen.failed == 0, "{seen:?}");
}
