//! What VPC Lattice refuses beyond its models, what it keeps, and how targets fare.

mod targets;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use crate::Value;
use crate::services::{self, AwsError, Service};
use crate::wire::json::from_json;
use crate::world::World;

/// A region with a VPC, a service in VPC Lattice and two target groups, all made a while ago.
struct Site {
    world: World,
    vpc: String,
    service: String,
    groups: [String; 2],
}

fn site() -> Site {
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    let mut world = World::new("eu-central-1", "123456789012", start);
    let block = from_json(json!({"CidrBlock": "10.0.0.0/16"}));
    services::call(&mut world, Service::Ec2, "CreateVpc", &block).unwrap();
    let mut site = Site {
        vpc: world.network.vpcs[0].id.clone(),
        world,
        service: String::new(),
        groups: [String::new(), String::new()],
    };
    site.service = site.made("CreateService", json!({"name": "shop"}));
    site.groups = ["one", "two"].map(|name| site.group(name, json!({})));
    site.pass(10);
    site
}

impl Site {
    fn call(&mut self, op: &str, input: Json) -> Result<Value, AwsError> {
        services::call(&mut self.world, Service::Lattice, op, &from_json(input))
    }

    fn ask(&mut self, op: &str, input: Json) -> Value {
        self.call(op, input).unwrap_or_else(|e| panic!("{op}: {e}"))
    }

    fn refused(&mut self, op: &str, input: Json) -> String {
        match self.call(op, input) {
            Ok(answer) => panic!("{op} is not refused: {answer:?}"),
            Err(error) => format!("{} {}", error.status, error.code),
        }
    }

    fn made(&mut self, op: &str, input: Json) -> String {
        let made = self.ask(op, input);
        made.get("id").as_str().unwrap().to_owned()
    }

    fn group(&mut self, name: &str, more: Json) -> String {
        let mut config = json!({"vpcIdentifier": self.vpc, "port": 8080});
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let input = json!({"name": name, "type": "IP", "config": config});
        self.made("CreateTargetGroup", input)
    }

    fn listener(&self, name: &str, port: i64, action: Json) -> Json {
        json!({
            "serviceIdentifier": self.service, "name": name, "protocol": "HTTP", "port": port,
            "defaultAction": action
        })
    }

    fn rule(&self, listener: &str, name: &str, priority: i64, action: Json) -> Json {
        json!({
            "serviceIdentifier": self.service, "listenerIdentifier": listener, "name": name,
            "priority": priority, "action": action,
            "match": {"httpMatch": {"pathMatch": {"match": {"prefix": "/api"}}}}
        })
    }

    fn pass(&mut self, seconds: i64) {
        let to = self.world.now() + SignedDuration::from_secs(seconds);
        self.world.advance(to);
    }
}

fn fixed() -> Json {
    json!({"fixedResponse": {"statusCode": 404}})
}

fn to(groups: &[(&str, i64)]) -> Json {
    let one = |(id, weight): &(&str, i64)| json!({"targetGroupIdentifier": id, "weight": weight});
    let groups: Vec<Json> = groups.iter().map(one).collect();
    json!({"forward": {"targetGroups": groups}})
}

const CONFLICT: &str = "409 ConflictException";
const TOO_MANY: &str = "402 ServiceQuotaExceededException";
const MISSING: &str = "404 ResourceNotFoundException";
const INVALID: &str = "400 ValidationException";

#[test]
fn names_ports_and_priorities_are_there_once() {
    let mut site = site();
    let again = json!({"name": "one", "type": "IP", "config": {"vpcIdentifier": site.vpc}});
    assert_eq!(site.refused("CreateTargetGroup", again), CONFLICT);
    assert_eq!(
        site.refused("CreateService", json!({"name": "shop"})),
        CONFLICT
    );
    site.made("CreateServiceNetwork", json!({"name": "net"}));
    assert_eq!(
        site.refused("CreateServiceNetwork", json!({"name": "net"})),
        CONFLICT
    );
    let listener = site.made("CreateListener", site.listener("web", 80, fixed()));
    for (name, port) in [("web", 81), ("other", 80)] {
        let input = site.listener(name, port, fixed());
        assert_eq!(site.refused("CreateListener", input), CONFLICT, "{name}");
    }
    site.made("CreateRule", site.rule(&listener, "api", 10, fixed()));
    let second = site.made("CreateRule", site.rule(&listener, "more", 20, fixed()));
    for (name, priority) in [("api", 11), ("other", 10)] {
        let input = site.rule(&listener, name, priority, fixed());
        assert_eq!(site.refused("CreateRule", input), CONFLICT, "{name}");
    }
    let taken = json!({
        "serviceIdentifier": site.service, "listenerIdentifier": listener, "ruleIdentifier": second, "priority": 10
    });
    assert_eq!(site.refused("UpdateRule", taken), CONFLICT);
}

#[test]
fn a_client_token_answers_once_and_refuses_another_request() {
    let mut site = site();
    let input = |name: &str| json!({"name": name, "clientToken": "a-token"});
    let first = site.ask("CreateService", input("cart"));
    assert_eq!(site.ask("CreateService", input("cart")), first);
    assert_eq!(site.world.lattice.services.len(), 2);
    assert_eq!(site.refused("CreateService", input("basket")), CONFLICT);
}

#[test]
fn a_third_listener_and_an_eleventh_rule_are_too_many() {
    let mut site = site();
    let listener = site.made("CreateListener", site.listener("one", 80, fixed()));
    site.made("CreateListener", site.listener("two", 81, fixed()));
    let third = site.listener("three", 82, fixed());
    assert_eq!(site.refused("CreateListener", third), TOO_MANY);
    for n in 1..=10 {
        let input = site.rule(&listener, &format!("api{n}"), n, fixed());
        site.made("CreateRule", input);
    }
    let one_more = site.rule(&listener, "more", 11, fixed());
    assert_eq!(site.refused("CreateRule", one_more), TOO_MANY);
}

#[test]
fn a_target_group_in_the_making_is_not_used_yet() {
    let mut site = site();
    let group = site.group("late", json!({}));
    let of = json!({"targetGroupIdentifier": group});
    let status = |site: &mut Site| {
        let found = site.ask("GetTargetGroup", of.clone());
        found.get("status").as_str().unwrap().to_owned()
    };
    assert_eq!(status(&mut site), "CREATE_IN_PROGRESS");
    assert_eq!(site.refused("DeleteTargetGroup", of.clone()), CONFLICT);
    let listener = site.listener("web", 80, to(&[(&group, 1)]));
    assert_eq!(site.refused("CreateListener", listener.clone()), CONFLICT);
    site.pass(5);
    assert_eq!(status(&mut site), "ACTIVE");
    site.ask("CreateListener", listener);
}

#[test]
fn what_a_forward_may_not_name_is_refused() {
    let mut site = site();
    let [one, two] = site.groups.clone();
    let mut refused = |action: Json| {
        let input = site.listener("web", 80, action);
        site.refused("CreateListener", input)
    };
    assert_eq!(refused(to(&[("tg-0123456789abcdef0", 1)])), MISSING);
    assert_eq!(refused(to(&[(&one, 1), (&one, 0)])), INVALID);
    assert_eq!(refused(to(&[(&one, 1000)])), INVALID);
    assert_eq!(refused(to(&[(one.as_str(), 1); 11])), INVALID);
    assert_eq!(refused(to(&[])), INVALID);
    site.ask("CreateListener", site.listener("web", 80, to(&[(&one, 1)])));
    let other = site.made("CreateService", json!({"name": "other"}));
    let mut input = site.listener("web", 80, to(&[(&one, 1)]));
    input["serviceIdentifier"] = other.as_str().into();
    assert_eq!(site.refused("CreateListener", input.clone()), CONFLICT);
    input["defaultAction"] = to(&[(&two, 1)]);
    input["protocol"] = "TLS_PASSTHROUGH".into();
    assert_eq!(site.refused("CreateListener", input.clone()), INVALID);
    input["defaultAction"] = fixed();
    assert_eq!(site.refused("CreateListener", input), INVALID);
}

#[test]
fn weights_and_ids_read_back_whatever_named_the_group() {
    let mut site = site();
    let [one, two] = site.groups.clone();
    let arn = site.world.arn("vpc-lattice", &format!("targetgroup/{two}"));
    let listener = site.made(
        "CreateListener",
        site.listener("web", 80, to(&[(&one, 999), (&arn, 0)])),
    );
    let of = json!({"serviceIdentifier": site.service, "listenerIdentifier": listener});
    let found = site.ask("GetListener", of);
    assert_eq!(
        found.get("defaultAction"),
        &from_json(to(&[(&one, 999), (&two, 0)]))
    );
    let group = site.ask("GetTargetGroup", json!({"targetGroupIdentifier": two}));
    let service = site
        .world
        .arn("vpc-lattice", &format!("service/{}", site.service));
    assert_eq!(group.get("serviceArns").strings(), [service]);
}

#[test]
fn the_default_rule_is_changed_with_its_listener() {
    let mut site = site();
    let [one, two] = site.groups.clone();
    let listener = site.made("CreateListener", site.listener("web", 80, to(&[(&one, 1)])));
    site.made("CreateRule", site.rule(&listener, "api", 5, fixed()));
    let of = json!({"serviceIdentifier": site.service, "listenerIdentifier": listener});
    let rules = site.ask("ListRules", of.clone());
    let defaults: Vec<bool> = {
        let items = rules.get("items").items().iter();
        items
            .map(|r| r.get("isDefault").as_bool().unwrap())
            .collect()
    };
    assert_eq!(defaults, [false, true]);
    let default = rules.get("items").items()[1]
        .get("id")
        .as_str()
        .unwrap()
        .to_owned();
    let mut named = of.clone();
    named["ruleIdentifier"] = default.as_str().into();
    assert_eq!(site.refused("DeleteRule", named.clone()), INVALID);
    let mut changed = named.clone();
    changed["action"] = fixed();
    assert_eq!(site.refused("UpdateRule", changed), INVALID);
    let mut update = of;
    update["defaultAction"] = to(&[(&two, 100)]);
    site.ask("UpdateListener", update);
    let rule = site.ask("GetRule", named);
    assert_eq!(rule.get("action"), &from_json(to(&[(&two, 100)])));
}

#[test]
fn what_is_associated_is_not_deleted() {
    let mut site = site();
    let network = site.made("CreateServiceNetwork", json!({"name": "net"}));
    let second = site.made("CreateServiceNetwork", json!({"name": "more"}));
    let both = json!({"serviceNetworkIdentifier": network, "serviceIdentifier": site.service});
    let service = site.made("CreateServiceNetworkServiceAssociation", both.clone());
    assert_eq!(
        site.refused("CreateServiceNetworkServiceAssociation", both),
        CONFLICT
    );
    let both = json!({"serviceNetworkIdentifier": network, "vpcIdentifier": site.vpc});
    let vpc = site.made("CreateServiceNetworkVpcAssociation", both.clone());
    let mut elsewhere = both;
    elsewhere["serviceNetworkIdentifier"] = second.into();
    assert_eq!(
        site.refused("CreateServiceNetworkVpcAssociation", elsewhere),
        CONFLICT
    );
    let of_service = json!({"serviceIdentifier": site.service});
    let of_network = json!({"serviceNetworkIdentifier": network});
    let found = site.ask("GetServiceNetwork", of_network.clone());
    assert_eq!(found.get("numberOfAssociatedVPCs"), &Value::Int(1));
    assert_eq!(found.get("numberOfAssociatedServices"), &Value::Int(1));
    for op in [
        "ListServiceNetworkServiceAssociations",
        "ListServiceNetworkVpcAssociations",
    ] {
        let listed = site.ask(op, of_network.clone());
        assert_eq!(listed.get("items").items().len(), 1, "{op}");
        assert_eq!(site.refused(op, json!({})), INVALID, "{op}");
    }
    assert_eq!(site.refused("DeleteService", of_service.clone()), CONFLICT);
    assert_eq!(
        site.refused("DeleteServiceNetwork", of_network.clone()),
        CONFLICT
    );
    let id = json!({"serviceNetworkServiceAssociationIdentifier": service});
    site.ask("GetServiceNetworkServiceAssociation", id.clone());
    site.ask("DeleteServiceNetworkServiceAssociation", id);
    let id = json!({"serviceNetworkVpcAssociationIdentifier": vpc});
    site.ask("GetServiceNetworkVpcAssociation", id.clone());
    site.ask("DeleteServiceNetworkVpcAssociation", id);
    site.ask("DeleteServiceNetwork", of_network);
    site.ask("CreateListener", site.listener("web", 80, fixed()));
    site.ask("DeleteService", of_service.clone());
    assert!(site.world.lattice.listeners.is_empty() && site.world.lattice.rules.is_empty());
    assert_eq!(site.refused("GetService", of_service), MISSING);
}

#[test]
fn tags_are_put_listed_and_taken_away_and_go_with_what_has_them() {
    let mut site = site();
    let made = json!({"name": "cart", "tags": {"team": "shop"}});
    let arn = site
        .ask("CreateService", made)
        .get("arn")
        .as_str()
        .unwrap()
        .to_owned();
    site.ask(
        "TagResource",
        json!({"resourceArn": arn, "tags": {"stage": "live"}}),
    );
    let tags = |site: &mut Site| {
        let found = site.ask("ListTagsForResource", json!({"resourceArn": arn}));
        crate::wire::as_text(found.get("tags"))
    };
    assert_eq!(tags(&mut site), r#"{"stage":"live","team":"shop"}"#);
    site.ask(
        "UntagResource",
        json!({"resourceArn": arn, "tagKeys": ["team"]}),
    );
    assert_eq!(tags(&mut site), r#"{"stage":"live"}"#);
    let many: serde_json::Map<_, _> = (0..50).map(|n| (format!("k{n}"), "v".into())).collect();
    assert_eq!(
        site.refused("TagResource", json!({"resourceArn": arn, "tags": many})),
        INVALID
    );
    site.ask("DeleteService", json!({"serviceIdentifier": arn}));
    assert_eq!(
        site.refused("ListTagsForResource", json!({"resourceArn": arn})),
        MISSING
    );
}

#[test]
fn lists_come_in_pages() {
    let mut site = site();
    let first = site.ask("ListTargetGroups", json!({"maxResults": 1}));
    assert_eq!(first.get("items").items().len(), 1);
    let token = first.get("nextToken").as_str().unwrap();
    let rest = site.ask(
        "ListTargetGroups",
        json!({"maxResults": 1, "nextToken": token}),
    );
    assert_eq!(rest.get("items").items().len(), 1);
    assert!(rest.get("nextToken").is_null());
    assert_eq!(
        site.refused("ListServices", json!({"nextToken": "none"})),
        INVALID
    );
}
