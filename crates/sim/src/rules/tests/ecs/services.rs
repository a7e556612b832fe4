//! Services and what belongs to them, each with one thing wrong.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::definitions::bridge;
use super::{Case, from_json, with};
use crate::scenario::fixture::fresh;
use crate::services::{self, Service};
use crate::world::World;

/// A region with a service behind a load balancer, a task definition for machines of one's own, a daemon, a second VPC.
pub(super) struct Ground {
    pub(super) world: World,
    pub(super) group: String,
    pub(super) subnets: Vec<String>,
    pub(super) ipv6: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) elsewhere: (String, String),
}

impl Ground {
    pub(super) fn new() -> Self {
        let built = fresh("healthy");
        let mut world = built.world;
        let made = &built.services[0];
        let network = |w: &World| {
            let service = w.ecs.service("prod", "checkout").unwrap();
            service
                .spec
                .get("networkConfiguration")
                .get("awsvpcConfiguration")
                .clone()
        };
        let network = network(&world);
        let asked = [
            (
                "RegisterTaskDefinition",
                with(bridge(), &json!({"family": "legacy"})),
            ),
            ("RegisterTaskDefinition", plain("old")),
            (
                "DeregisterTaskDefinition",
                json!({"taskDefinition": "old:1"}),
            ),
            (
                "CreateService",
                json!({
                    "cluster": "prod", "serviceName": "agent", "taskDefinition": "legacy", "launchType": "EC2",
                    "schedulingStrategy": "DAEMON"
                }),
            ),
        ];
        for (op, input) in asked {
            services::call(&mut world, Service::Ecs, op, &from_json(input)).unwrap();
        }
        let elsewhere = second_vpc(&mut world);
        Self {
            group: made.target_group.clone(),
            subnets: network.get("subnets").strings(),
            groups: network.get("securityGroups").strings(),
            ipv6: made.ipv6_subnets.clone(),
            elsewhere,
            world,
        }
    }

    /// A service on Fargate.
    pub(super) fn fargate(&self) -> Json {
        json!({
            "cluster": "prod", "serviceName": "new", "taskDefinition": "checkout", "desiredCount": 1,
            "launchType": "FARGATE", "platformVersion": "1.4.0", "healthCheckGracePeriodSeconds": 30,
            "loadBalancers": [{"targetGroupArn": self.group, "containerName": "app", "containerPort": 8080}],
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": self.groups}},
            "clientToken": "a-token", "tags": [{"key": "team", "value": "shop"}]
        })
    }

    /// With a patch over its load balancer.
    pub(super) fn balanced(&self, patch: &Json) -> Json {
        let mut service = self.fargate();
        let balancer = service["loadBalancers"][0].take();
        service["loadBalancers"][0] = with(balancer, patch);
        service
    }

    /// With a patch over its network.
    pub(super) fn networked(&self, patch: &Json) -> Json {
        let patch = json!({"networkConfiguration": {"awsvpcConfiguration": patch}});
        with(self.fargate(), &patch)
    }
}

/// A service on machines of one's own.
pub(super) fn on_ec2() -> Json {
    json!({
        "cluster": "prod", "serviceName": "new", "taskDefinition": "legacy", "desiredCount": 1, "launchType": "EC2"
    })
}

pub(super) fn daemon() -> Json {
    let patch = json!({"schedulingStrategy": "DAEMON", "desiredCount": null});
    with(on_ec2(), &patch)
}

/// A change of a service.
pub(super) fn change(service: &str, patch: &Json) -> Json {
    with(json!({"cluster": "prod", "service": service}), patch)
}

fn plain(family: &str) -> Json {
    json!({"family": family, "containerDefinitions": [{"name": "app", "image": "i", "memory": 64}]})
}

/// A subnet and a security group of another VPC.
fn second_vpc(world: &mut World) -> (String, String) {
    let mut call =
        |op: &str, input: Json| services::call(world, Service::Ec2, op, &from_json(input)).unwrap();
    let vpc = call("CreateVpc", json!({"CidrBlock": "10.1.0.0/16"}));
    let vpc = vpc.get("vpc").get("vpcId").as_str().unwrap().to_owned();
    let subnet =
        json!({"VpcId": vpc, "CidrBlock": "10.1.0.0/24", "AvailabilityZone": "eu-central-1a"});
    let subnet = call("CreateSubnet", subnet);
    let group = json!({"VpcId": vpc, "GroupName": "other", "GroupDescription": "other"});
    let group = call("CreateSecurityGroup", group);
    let id = |v: &crate::Value| v.as_str().unwrap().to_owned();
    (
        id(subnet.get("subnet").get("subnetId")),
        id(group.get("groupId")),
    )
}

/// A case in a region of its own.
pub(super) fn case(
    rule: &'static str,
    op: &'static str,
    input: impl Fn(&mut Ground) -> Json,
) -> Case {
    let mut ground = Ground::new();
    let input = from_json(input(&mut ground));
    Case {
        rule,
        op,
        world: ground.world,
        input,
    }
}

pub(super) fn create(rule: &'static str, input: impl Fn(&mut Ground) -> Json) -> Case {
    case(rule, "CreateService", input)
}

pub(super) fn update(rule: &'static str, service: &'static str, patch: Json) -> Case {
    case(rule, "UpdateService", move |_| change(service, &patch))
}

#[test]
fn services_with_nothing_wrong_are_made_and_changed() {
    let mut ground = Ground::new();
    let of_ec2 = with(
        on_ec2(),
        &json!({
            "serviceName": "placed",
            "placementStrategy": [
                {"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "binpack", "field": "memory"}
            ],
            "placementConstraints": [{"type": "distinctInstance"}, {"type": "memberOf", "expression": "a"}]
        }),
    );
    let stop_then_start = with(
        ground.fargate(),
        &json!({
            "serviceName": "one-at-a-time", "availabilityZoneRebalancing": "DISABLED",
            "deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}
        }),
    );
    let good = [
        ("CreateService", ground.fargate()),
        ("CreateService", of_ec2),
        ("CreateService", stop_then_start),
        (
            "CreateService",
            with(daemon(), &json!({"serviceName": "second-agent"})),
        ),
        (
            "UpdateService",
            change("checkout", &json!({"desiredCount": 7})),
        ),
        (
            "UpdateService",
            change("agent", &json!({"forceNewDeployment": true})),
        ),
    ];
    for (op, input) in good {
        let made = services::call(
            &mut ground.world,
            Service::Ecs,
            op,
            &from_json(input.clone()),
        );
        assert!(made.is_ok(), "{input} {made:?}");
    }
}

pub(super) fn cases() -> Vec<Case> {
    let all = [
        of_the_service(),
        daemons(),
        launched(),
        super::rollouts::rolled(),
    ];
    all.into_iter().flatten().collect()
}

fn of_the_service() -> Vec<Case> {
    vec![
        create("ecs-service-named", |g| {
            with(g.fargate(), &json!({"serviceName": "a shop"}))
        }),
        create("ecs-client-token-36", |g| {
            with(g.fargate(), &json!({"clientToken": "t".repeat(37)}))
        }),
        create("ecs-client-token-36", |g| {
            with(g.fargate(), &json!({"clientToken": "a token"}))
        }),
        create("ecs-desired-count-given", |g| {
            with(g.fargate(), &json!({"desiredCount": null}))
        }),
        update(
            "ecs-desired-count-given",
            "checkout",
            json!({"desiredCount": -1}),
        ),
        create("ecs-service-has-a-task-definition", |g| {
            with(g.fargate(), &json!({"taskDefinition": null}))
        }),
        create("ecs-task-definition-is-there", |g| {
            with(g.fargate(), &json!({"taskDefinition": "checkout:9"}))
        }),
        create("ecs-task-definition-is-there", |_| {
            with(on_ec2(), &json!({"taskDefinition": "old:1"}))
        }),
        update(
            "ecs-task-definition-is-there",
            "checkout",
            json!({"taskDefinition": "nobody"}),
        ),
        case(
            "ecs-task-definition-is-there",
            "RunTask",
            |_| json!({"cluster": "prod", "taskDefinition": "nobody", "launchType": "FARGATE"}),
        ),
        create("ecs-grace-period-with-a-load-balancer", |g| {
            with(g.fargate(), &json!({"loadBalancers": []}))
        }),
        update(
            "ecs-grace-period-with-a-load-balancer",
            "agent",
            json!({"healthCheckGracePeriodSeconds": 30}),
        ),
        create("ecs-role-with-a-load-balancer", |_| {
            with(on_ec2(), &json!({"role": "ecs"}))
        }),
        create("ecs-awsvpc-has-the-linked-role", |g| {
            with(g.fargate(), &json!({"role": "ecs"}))
        }),
        create("ecs-linked-role-usable", |g| {
            let soon = g.world.now().checked_add(SignedDuration::from_secs(20));
            g.world.ecs.habits.linked_role_from = Some(soon.unwrap_or(Timestamp::MAX));
            g.fargate()
        }),
    ]
}

fn daemons() -> Vec<Case> {
    let providers = json!([{"capacityProvider": "FARGATE", "weight": 1}]);
    vec![
        create("ecs-daemon-has-no-desired-count", |_| {
            with(daemon(), &json!({"desiredCount": 0}))
        }),
        update(
            "ecs-daemon-has-no-desired-count",
            "agent",
            json!({"desiredCount": 1}),
        ),
        create("ecs-daemon-not-on-fargate", |g| {
            with(
                g.fargate(),
                &json!({"schedulingStrategy": "DAEMON", "desiredCount": null}),
            )
        }),
        create("ecs-daemon-has-no-capacity-providers", move |_| {
            with(
                daemon(),
                &json!({"launchType": null, "capacityProviderStrategy": providers}),
            )
        }),
        create("ecs-daemon-has-no-placement-strategy", |_| {
            with(
                daemon(),
                &json!({"placementStrategy": [{"type": "random"}]}),
            )
        }),
        create("ecs-daemon-rolled-by-ecs", |_| {
            with(
                daemon(),
                &json!({"deploymentController": {"type": "EXTERNAL"}}),
            )
        }),
        create("ecs-daemon-at-most-100-percent", |_| {
            with(
                daemon(),
                &json!({"deploymentConfiguration": {"maximumPercent": 150}}),
            )
        }),
        update(
            "ecs-daemon-at-most-100-percent",
            "agent",
            json!({"deploymentConfiguration": {"maximumPercent": 200}}),
        ),
        create("ecs-daemon-has-no-managed-volume", |g| {
            let definition = with(plain("volumes"), &at_launch());
            register(g, definition);
            let volume =
                json!({"name": "files", "managedEBSVolume": {"roleArn": "r", "sizeInGiB": 1}});
            with(
                daemon(),
                &json!({"taskDefinition": "volumes", "volumeConfigurations": [volume]}),
            )
        }),
        create("ecs-rebalancing-of-replicas", |_| {
            with(
                daemon(),
                &json!({"availabilityZoneRebalancing": "ENABLED",
                "deploymentConfiguration": {"maximumPercent": 100}}),
            )
        }),
    ]
}

/// A task definition's volume that is configured at launch.
pub(super) fn at_launch() -> Json {
    json!({
        "volumes": [{"name": "files", "configuredAtLaunch": true}],
        "containerDefinitions": [{
            "name": "app", "image": "i", "memory": 64,
            "mountPoints": [{"sourceVolume": "files", "containerPath": "/files"}]
        }]
    })
}

pub(super) fn register(ground: &mut Ground, definition: Json) {
    let input = from_json(definition);
    services::call(
        &mut ground.world,
        Service::Ecs,
        "RegisterTaskDefinition",
        &input,
    )
    .unwrap();
}

fn launched() -> Vec<Case> {
    let strategy = |items: Json| json!({"launchType": null, "capacityProviderStrategy": items});
    let attach = |g: &mut Ground| {
        let both = json!({
            "cluster": "prod", "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": []
        });
        let put = "PutClusterCapacityProviders";
        services::call(&mut g.world, Service::Ecs, put, &from_json(both)).unwrap();
    };
    let by = |rule: &'static str, items: Json| {
        create(rule, move |g| {
            attach(g);
            with(g.fargate(), &strategy(items.clone()))
        })
    };
    let one = |name: &str, weight: i64, base: i64| json!({"capacityProvider": name, "weight": weight, "base": base});
    let strategies = |list: Json| with(on_ec2(), &json!({ "placementStrategy": list }));
    let constraints = |list: Json| with(on_ec2(), &json!({ "placementConstraints": list }));
    let member = json!({"type": "memberOf", "expression": "a"});
    vec![
        create("ecs-launch-type-or-strategy", move |g| {
            with(
                g.fargate(),
                &json!({"capacityProviderStrategy": [one("FARGATE", 1, 0)]}),
            )
        }),
        create("ecs-managed-instances-by-strategy", |g| {
            with(
                g.fargate(),
                &json!({"launchType": "MANAGED_INSTANCES", "platformVersion": null}),
            )
        }),
        create("ecs-platform-version-on-fargate-only", |_| {
            with(on_ec2(), &json!({"platformVersion": "LATEST"}))
        }),
        update(
            "ecs-platform-version-on-fargate-only",
            "agent",
            json!({"platformVersion": "1.4.0"}),
        ),
        create("ecs-platform-version-known", |g| {
            with(g.fargate(), &json!({"platformVersion": "2.0.0"}))
        }),
        create("ecs-task-definition-fits-the-launch-type", |g| {
            let definition = with(plain("unsized"), &json!({"networkMode": "awsvpc"}));
            register(g, definition);
            let balancer = json!([]);
            with(
                g.fargate(),
                &json!({
                    "taskDefinition": "unsized", "loadBalancers": balancer, "healthCheckGracePeriodSeconds": null
                }),
            )
        }),
        create("ecs-fargate-places-itself", |g| {
            with(
                g.fargate(),
                &json!({"placementConstraints": [{"type": "distinctInstance"}]}),
            )
        }),
        create("ecs-fargate-places-itself", |g| {
            with(
                g.fargate(),
                &json!({"availabilityZoneRebalancing": "DISABLED",
                "placementStrategy": [{"type": "random"}]}),
            )
        }),
        create("ecs-at-most-10-constraints", move |_| {
            constraints(json!(vec![member.clone(); 10]))
        }),
        create("ecs-at-most-5-strategies", move |_| {
            strategies(json!(vec![json!({"type": "random"}); 6]))
        }),
        create("ecs-constraint-expression", move |_| {
            constraints(json!([{"type": "distinctInstance", "expression": "a"}]))
        }),
        create("ecs-constraint-expression", move |_| {
            constraints(json!([{"type": "memberOf"}]))
        }),
        create("ecs-strategy-field", move |_| {
            strategies(json!([{"type": "binpack", "field": "disk"}]))
        }),
        create("ecs-strategy-field", move |_| {
            strategies(json!([{"type": "random", "field": "cpu"}]))
        }),
        by(
            "ecs-at-most-20-providers",
            json!(vec![one("FARGATE", 1, 0); 21]),
        ),
        by(
            "ecs-one-provider-with-a-base",
            json!([one("FARGATE", 1, 1), one("FARGATE_SPOT", 1, 1)]),
        ),
        by(
            "ecs-some-provider-has-weight",
            json!([one("FARGATE", 0, 0), one("FARGATE_SPOT", 0, 0)]),
        ),
        by(
            "ecs-providers-of-one-kind",
            json!([one("FARGATE", 1, 0), one("shop", 1, 0)]),
        ),
        create("ecs-providers-of-the-cluster", move |g| {
            with(g.fargate(), &strategy(json!([one("FARGATE_SPOT", 1, 0)])))
        }),
    ]
}
