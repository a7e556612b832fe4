//! What a check foretells where nobody may waive it: AWS refuses whoever goes on in spite of it, or has what was foretold.
//!
//! Each is shown twice: the check names what is wrong, and the twin is begun all the same, by the calls that a migration makes. What
//! may be waived is shown by a daemon (`crates/controller/tests/ends/foretold.rs`).

use serde_json::{Value as Json, json};
use sixshift_core::{
    plan::Plan,
    readiness::{Severity, Waiving, checks, findings},
};
use sixshift_sim::{
    Value,
    services::{self, Service},
    world::elb::Quota,
};

use crate::ground::{Ground, pass};

/// A fault that a check names, and how AWS refuses what follows: the operation, and words of its message.
struct Foretold {
    code: &'static str,
    fault: fn(&Ground, &mut Plan),
    next: Next,
    refused: (&'static str, &'static str),
}

/// What follows.
enum Next {
    /// The twin, up to its service at weight 0.
    Twin,
    /// A call of another's, or one that comes later.
    Call(Service, fn(&Ground, &Plan) -> Json),
    /// The twin, which nobody refuses; and what AWS tells some minutes later.
    Told(fn(&Ground) -> Value),
    /// What a call of the migration's does, which nobody refuses.
    Done(fn(&Ground) -> Value),
}

impl Next {
    async fn go_on(&self, ground: &Ground, plan: &Plan, op: &str) -> Result<(), String> {
        match self {
            Self::Twin => ground.try_twin(plan, 1).await,
            Self::Told(told) => {
                ground.try_twin(plan, 1).await?;
                pass(300).await;
                Err(format!("{op}: {:?}", told(ground)))
            }
            Self::Done(done) => Err(format!("{op}: {:?}", done(ground))),
            Self::Call(service, input) => {
                let input = value(&input(ground, plan));
                let done = ground
                    .region
                    .with_world(|world| services::call(world, *service, op, &input));
                done.map(|_| ())
                    .map_err(|refusal| format!("{op}: {refusal}"))
            }
        }
    }
}

/// Those that no region shows, and why.
const NOT_HERE: &[(&str, &str)] = &[
    (
        "short-arn",
        "no service has the old ARN any more unless it was made before 2021, and no call makes one",
    ),
    ("controller", CONTROLLERS),
    ("strategy", CONTROLLERS),
    ("express", CONTROLLERS),
    ("no-load-balancer", NO_WAY),
    ("classic", NO_WAY),
    ("load-balancer-kind", NO_WAY),
    ("weightless", NO_WAY),
    ("coarse-weights", NO_WAY),
    ("already-ipv6", NO_WAY),
    ("cloud-map", CLIENTS),
    ("lattice", CLIENTS),
    ("gateway", CLIENTS),
    ("shared-target-group", CLIENTS),
    ("unknown-field", GUESSES),
    ("unknown-action", GUESSES),
    ("scaling-label", GUESSES),
    (
        "container-missing",
        "what would be edited is not there: there is nothing to run",
    ),
    (
        "alarm-missing",
        "an alarm that is not there tells nothing, whatever happens",
    ),
];
const CONTROLLERS: &str =
    "the region has no CodeDeploy, and its ECS no deployments that rewrite rules";
const NO_WAY: &str = "there is no weight to shift by: nothing can be begun in spite of it";
const CLIENTS: &str = "customers of the region come by routes of the load balancer alone, and those who come otherwise would be lost";
const GUESSES: &str =
    "a copy would be another service than the original: what comes of it nobody can tell";

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(it) => Value::from(*it),
        Json::Number(it) => it
            .as_i64()
            .map_or_else(|| it.as_f64().unwrap().into(), Value::from),
        Json::String(it) => Value::from(it.as_str()),
        Json::Array(it) => Value::list(it.iter().map(value)),
        Json::Object(it) => Value::map(it.iter().map(|(k, v)| (k.as_str(), value(v)))),
    }
}

/// A call as whoever owns the account makes it.
fn call(ground: &Ground, service: Service, op: &'static str, input: &Json) -> Value {
    let done = ground
        .region
        .with_world(|world| services::call(world, service, op, &value(input)));
    done.unwrap_or_else(|refusal| panic!("{op}: {refusal:?}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The first service's load balancer.
fn balancer(ground: &Ground) -> String {
    let all = call(ground, Service::Elbv2, "DescribeLoadBalancers", &json!({}));
    text(all.get("LoadBalancers").items()[0].get("LoadBalancerArn"))
}

/// Another revision of what the first service runs, and the service on it. `edit` gets the container and the whole.
fn redefine(ground: &Ground, edit: impl Fn(&mut Value, &mut Value)) {
    let own = &ground.services[0];
    let asked = json!({"cluster": own.cluster, "services": [own.name]});
    let there = call(ground, Service::Ecs, "DescribeServices", &asked);
    let arn = text(there.get("services").items()[0].get("taskDefinition"));
    let asked = json!({"taskDefinition": arn});
    let told = call(ground, Service::Ecs, "DescribeTaskDefinition", &asked);
    let mut whole = Value::Map(Vec::new());
    for key in [
        "family",
        "taskRoleArn",
        "executionRoleArn",
        "networkMode",
        "containerDefinitions",
        "requiresCompatibilities",
        "cpu",
        "memory",
    ] {
        let is = told.get("taskDefinition").get(key);
        if !is.is_null() {
            whole.set(key, is.clone());
        }
    }
    let mut containers = whole.get("containerDefinitions").items().to_vec();
    edit(&mut containers[0], &mut whole);
    whole.set("containerDefinitions", Value::List(containers));
    let made = ground.region.with_world(|world| {
        services::call(world, Service::Ecs, "RegisterTaskDefinition", &whole).unwrap()
    });
    let arn = text(made.get("taskDefinition").get("taskDefinitionArn"));
    let update = json!({"cluster": own.cluster, "service": own.name, "taskDefinition": arn});
    call(ground, Service::Ecs, "UpdateService", &update);
}

/// A service on what the first one stands on, which the plan means from now on.
fn another(ground: &Ground, plan: &mut Plan, name: &str, patch: &Json) {
    let own = &ground.services[0];
    let asked = json!({"cluster": own.cluster, "services": [own.name]});
    let there = call(ground, Service::Ecs, "DescribeServices", &asked);
    let network = there.get("services").items()[0].get("networkConfiguration");
    let subnets = network.get("awsvpcConfiguration").get("subnets").strings();
    let mut service = json!({
        "cluster": own.cluster,
        "serviceName": name,
        "taskDefinition": own.name,
        "desiredCount": 1,
        "launchType": "FARGATE",
        "loadBalancers": [{
            "targetGroupArn": own.target_group, "containerName": "app", "containerPort": 8080,
        }],
        "networkConfiguration": {"awsvpcConfiguration": {
            "subnets": subnets, "securityGroups": own.security_groups,
        }},
    });
    for (key, is) in patch.as_object().unwrap() {
        service[key] = is.clone();
    }
    service
        .as_object_mut()
        .unwrap()
        .retain(|_, is| !is.is_null());
    call(ground, Service::Ecs, "CreateService", &service);
    name.clone_into(&mut plan.service.name);
}

/// The same on machines of one's own, with target groups that fit the network mode.
fn on_instances(ground: &Ground, plan: &mut Plan, mode: &str, patch: &Json) {
    let external = patch["launchType"] == "EXTERNAL";
    let on = if external { "EXTERNAL" } else { "EC2" };
    let definition = json!({
        "family": "instances", "networkMode": mode, "requiresCompatibilities": [on],
        "cpu": "256", "memory": "512",
        "containerDefinitions": [{
            "name": "app", "image": "public.ecr.aws/shop/app:v1",
            "portMappings": [{"containerPort": 8080, "hostPort": if mode == "awsvpc" { 8080 } else { 0 }}],
        }],
    });
    call(ground, Service::Ecs, "RegisterTaskDefinition", &definition);
    let mut on = json!({"launchType": "EC2", "taskDefinition": "instances"});
    if mode != "awsvpc" {
        let all = call(ground, Service::Elbv2, "DescribeTargetGroups", &json!({}));
        let vpc = text(all.get("TargetGroups").items()[0].get("VpcId"));
        let group = json!({
            "Name": "instances", "Protocol": "HTTP", "Port": 80, "VpcId": vpc, "TargetType": "instance",
        });
        let made = call(ground, Service::Elbv2, "CreateTargetGroup", &group);
        let group = text(made.get("TargetGroups").items()[0].get("TargetGroupArn"));
        let forward = json!([{"Type": "forward", "TargetGroupArn": group}]);
        let route = &ground.services[0].routes[0];
        let set = json!({"ListenerArn": route, "DefaultActions": forward});
        call(ground, Service::Elbv2, "ModifyListener", &set);
        on["loadBalancers"] = json!([{
            "targetGroupArn": group, "containerName": "app", "containerPort": 8080,
        }]);
        on["networkConfiguration"] = Json::Null;
    }
    for (key, is) in patch.as_object().unwrap() {
        on[key] = is.clone();
    }
    another(ground, plan, "instances", &on);
}

/// A quota as an account has it that asked for less, or has used up the rest.
fn quota(ground: &Ground, of: Quota, most: usize) {
    ground
        .region
        .with_world(|world| world.elb.quotas.insert(of, most));
}

const FORETOLD: &[Foretold] = &[
    Foretold {
        code: "subnet-missing",
        fault: |_, plan| plan.ipv6.subnets = vec!["subnet-0123456789abcdef0".to_owned()],
        next: Next::Twin,
        refused: ("CreateService", "subnet"),
    },
    Foretold {
        code: "subnet-vpc",
        fault: |ground, plan| {
            let vpc = json!({"CidrBlock": "10.9.0.0/16", "AmazonProvidedIpv6CidrBlock": true});
            let made = call(ground, Service::Ec2, "CreateVpc", &vpc);
            let vpc = made.get("vpc");
            let block = vpc.get("ipv6CidrBlockAssociationSet").items()[0].get("ipv6CidrBlock");
            let subnet = json!({
                "VpcId": text(vpc.get("vpcId")),
                "Ipv6Native": true,
                "Ipv6CidrBlock": text(block).replace("/56", "/64"),
            });
            let made = call(ground, Service::Ec2, "CreateSubnet", &subnet);
            plan.ipv6.subnets = vec![text(made.get("subnet").get("subnetId"))];
        },
        next: Next::Twin,
        refused: ("CreateService", "VPC"),
    },
    Foretold {
        code: "group-missing",
        fault: |_, plan| plan.ipv6.security_groups = Some(vec!["sg-0123456789abcdef0".to_owned()]),
        next: Next::Twin,
        refused: ("CreateService", "security group"),
    },
    Foretold {
        code: "load-balancer-ipv4",
        fault: |ground, _| {
            let set = json!({"LoadBalancerArn": balancer(ground), "IpAddressType": "ipv4"});
            call(ground, Service::Elbv2, "SetIpAddressType", &set);
        },
        next: Next::Twin,
        refused: ("ModifyListener", "IP address type"),
    },
    Foretold {
        code: "action-full",
        fault: |ground, _| quota(ground, Quota::GroupsOfAction, 1),
        next: Next::Twin,
        refused: ("ModifyListener", "target group"),
    },
    Foretold {
        code: "groups-full",
        fault: |ground, _| quota(ground, Quota::TargetGroups, 1),
        next: Next::Twin,
        refused: ("CreateTargetGroup", "TooManyTargetGroups"),
    },
    Foretold {
        code: "balancer-full",
        fault: |ground, _| quota(ground, Quota::GroupsOfBalancer, 1),
        next: Next::Twin,
        refused: ("ModifyListener", "target group"),
    },
    Foretold {
        code: "env-secret",
        fault: |ground, plan| {
            redefine(ground, |container, _| {
                let secret = json!([{"name": "TOKEN", "valueFrom": "/shop/token"}]);
                container.set("secrets", value(&secret));
            });
            let env = &mut plan.ipv6.task_definition.env;
            env.insert("TOKEN".to_owned(), "none".to_owned());
        },
        next: Next::Twin,
        refused: ("RegisterTaskDefinition", "TOKEN"),
    },
    Foretold {
        code: "definition-too-large",
        fault: |ground, plan| {
            redefine(ground, |container, _| {
                let long = json!([{"name": "LONG", "value": "x".repeat(63_000)}]);
                container.set("environment", value(&long));
            });
            let env = &mut plan.ipv6.task_definition.env;
            env.insert("MORE".to_owned(), "x".repeat(3_000));
        },
        next: Next::Twin,
        refused: ("RegisterTaskDefinition", "65536"),
    },
    Foretold {
        code: "windows",
        fault: |ground, _| {
            redefine(ground, |_, whole| {
                let platform = json!({
                    "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE",
                    "cpuArchitecture": "X86_64",
                });
                whole.set("runtimePlatform", value(&platform));
                whole.set("cpu", "1024".into());
                whole.set("memory", "2048".into());
            });
        },
        next: Next::Twin,
        refused: ("CreateService", "Windows"),
    },
    Foretold {
        code: "tags-full",
        fault: |ground, _| {
            let own = &ground.services[0];
            let tags = (0..49).map(|n| json!({"Key": format!("cost-{n}"), "Value": "x"}));
            let add = json!({
                "ResourceArns": [own.target_group],
                "Tags": tags.collect::<Vec<_>>(),
            });
            call(ground, Service::Elbv2, "AddTags", &add);
        },
        next: Next::Twin,
        refused: ("CreateTargetGroup", "tags"),
    },
    Foretold {
        code: "service-connect",
        fault: |ground, _| {
            let own = &ground.services[0];
            let offers = json!({
                "cluster": own.cluster,
                "service": own.name,
                "serviceConnectConfiguration": {
                    "enabled": true,
                    "namespace": "shop",
                    "services": [{"portName": "http", "clientAliases": [{"port": 80}]}],
                },
            });
            redefine(ground, |container, _| {
                let port = json!([{"name": "http", "containerPort": 8080, "protocol": "tcp"}]);
                container.set("portMappings", value(&port));
            });
            call(ground, Service::Ecs, "UpdateService", &offers);
        },
        next: Next::Call(Service::Ecs, |ground, plan| {
            let own = &ground.services[0];
            json!({
                "cluster": own.cluster,
                "serviceName": "the-same-names",
                "taskDefinition": own.name,
                "launchType": "FARGATE",
                "desiredCount": 1,
                "networkConfiguration": {"awsvpcConfiguration": {"subnets": plan.ipv6.subnets}},
                "serviceConnectConfiguration": {
                    "enabled": true, "namespace": "shop", "services": [{"portName": "http"}],
                },
            })
        }),
        refused: ("CreateService", "SC service is already used"),
    },
    Foretold {
        code: "daemon",
        fault: |ground, plan| {
            on_instances(
                ground,
                plan,
                "awsvpc",
                &json!({"schedulingStrategy": "DAEMON", "desiredCount": null}),
            );
        },
        next: Next::Call(
            Service::Ecs,
            |_, plan| json!({"cluster": plan.service.cluster, "service": plan.service.name, "desiredCount": 2}),
        ),
        refused: ("UpdateService", "daemon"),
    },
    Foretold {
        code: "network-mode",
        fault: |ground, plan| on_instances(ground, plan, "bridge", &json!({})),
        next: Next::Twin,
        refused: ("CreateService", "networkMode"),
    },
    Foretold {
        code: "target-type",
        fault: |ground, plan| on_instances(ground, plan, "bridge", &json!({})),
        next: Next::Twin,
        refused: ("CreateService", "networkMode"),
    },
    Foretold {
        code: "accelerators",
        fault: |ground, _| {
            let own = ground.services[0].name.clone();
            ground.region.with_world(|world| {
                let all = world.ecs.task_definitions.values_mut().flatten();
                for definition in all.filter(|d| d.arn.contains(&own)) {
                    let old = json!([{"deviceName": "d", "deviceType": "eia2.medium"}]);
                    definition.given.set("inferenceAccelerators", value(&old));
                }
            });
        },
        next: Next::Twin,
        refused: ("RegisterTaskDefinition", "ccelerator"),
    },
    Foretold {
        code: "name-too-long",
        fault: |ground, plan| another(ground, plan, &"long".repeat(62), &json!({})),
        next: Next::Twin,
        refused: ("RegisterTaskDefinition", "Family"),
    },
    Foretold {
        code: "image-too-long",
        fault: |ground, _| {
            redefine(ground, |container, _| {
                let gallery = "public.ecr.aws/";
                let image = format!("{gallery}{}", "a".repeat(254 - gallery.len()));
                container.set("image", image.into());
            });
        },
        next: Next::Twin,
        refused: ("RegisterTaskDefinition", "image"),
    },
    Foretold {
        code: "targets-full",
        fault: |ground, _| quota(ground, Quota::Targets, 3),
        next: Next::Call(Service::Elbv2, |ground, _| {
            let more = [json!({"Id": "10.0.10.200"}), json!({"Id": "10.0.10.201"})];
            json!({"TargetGroupArn": ground.services[0].target_group, "Targets": more})
        }),
        refused: ("RegisterTargets", "target"),
    },
    Foretold {
        code: "balancer-blocks",
        fault: |ground, _| {
            let all = call(ground, Service::Elbv2, "DescribeLoadBalancers", &json!({}));
            let zones = all.get("LoadBalancers").items()[0]
                .get("AvailabilityZones")
                .items()
                .to_vec();
            let described = call(ground, Service::Ec2, "DescribeSubnets", &json!({}));
            let described = described.get("subnetSet").items().to_vec();
            let public = text(zones[0].get("SubnetId"));
            let vpc = described
                .iter()
                .find(|s| text(s.get("subnetId")) == public)
                .unwrap();
            let subnet = json!({
                "VpcId": text(vpc.get("vpcId")),
                "CidrBlock": "10.0.240.0/24",
                "AvailabilityZone": text(zones[0].get("ZoneName")),
            });
            let made = call(ground, Service::Ec2, "CreateSubnet", &subnet);
            let mut subnets = vec![text(made.get("subnet").get("subnetId"))];
            subnets.extend(zones[1..].iter().map(|z| text(z.get("SubnetId"))));
            let set = json!({"LoadBalancerArn": balancer(ground), "IpAddressType": "ipv4"});
            call(ground, Service::Elbv2, "SetIpAddressType", &set);
            let set = json!({"LoadBalancerArn": balancer(ground), "Subnets": subnets});
            call(ground, Service::Elbv2, "SetSubnets", &set);
        },
        next: Next::Call(
            Service::Elbv2,
            |ground, _| json!({"LoadBalancerArn": balancer(ground), "IpAddressType": "dualstack"}),
        ),
        refused: ("SetIpAddressType", "IPv6"),
    },
    Foretold {
        code: "vpc-ipv6",
        fault: |ground, _| {
            ground.region.with_world(|world| {
                for vpc in &mut world.network.vpcs {
                    vpc.ipv6_cidr = None;
                }
            });
        },
        next: Next::Call(Service::Ec2, |ground, _| {
            let all = call(ground, Service::Ec2, "DescribeVpcs", &json!({}));
            let vpc = text(all.get("vpcSet").items()[0].get("vpcId"));
            json!({"VpcId": vpc, "Ipv6Native": true, "Ipv6CidrBlock": "2a05:d014:0:f0::/64"})
        }),
        refused: ("CreateSubnet", "2a05:d014:0:f0::/64"),
    },
    Foretold {
        code: "external",
        fault: |ground, plan| {
            on_instances(
                ground,
                plan,
                "bridge",
                &json!({"launchType": "EXTERNAL", "loadBalancers": []}),
            );
        },
        next: Next::Call(Service::Ecs, |_, _| {
            json!({
                "family": "outside", "networkMode": "awsvpc", "requiresCompatibilities": ["EXTERNAL"],
                "containerDefinitions": [{"name": "app", "image": "shop:v1", "memory": 512}],
            })
        }),
        refused: ("RegisterTaskDefinition", "External launch type"),
    },
    Foretold {
        code: "no-route",
        fault: |ground, _| {
            let answer = json!([{
                "Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "404"},
            }]);
            let route = &ground.services[0].routes[0];
            let set = json!({"ListenerArn": route, "DefaultActions": answer});
            call(ground, Service::Elbv2, "ModifyListener", &set);
        },
        next: Next::Call(Service::Ecs, |ground, plan| {
            let own = &ground.services[0];
            json!({
                "cluster": own.cluster,
                "serviceName": "behind-nothing",
                "taskDefinition": own.name,
                "launchType": "FARGATE",
                "desiredCount": 1,
                "networkConfiguration": {"awsvpcConfiguration": {"subnets": plan.ipv6.subnets}},
                "loadBalancers": [{
                    "targetGroupArn": own.target_group, "containerName": "app", "containerPort": 8080,
                }],
            })
        }),
        refused: ("CreateService", "does not have an associated load balancer"),
    },
    Foretold {
        code: "subnet-ipv4",
        fault: |ground, plan| {
            let all = call(ground, Service::Ec2, "DescribeSubnets", &json!({}));
            let both = |s: &&Value| {
                let blocks = s.get("ipv6CidrBlockAssociationSet").items();
                !blocks.is_empty() && s.get("cidrBlock").as_str().is_some()
            };
            let subnets = all.get("subnetSet").items().iter().filter(both);
            plan.ipv6.subnets = subnets.map(|s| text(s.get("subnetId"))).collect();
        },
        next: Next::Twin,
        refused: ("CreateService", "incompatible with the IPv4 subnets"),
    },
    Foretold {
        code: "zone-off-balancer",
        fault: |ground, plan| {
            let all = call(ground, Service::Elbv2, "DescribeLoadBalancers", &json!({}));
            let zones = all.get("LoadBalancers").items()[0]
                .get("AvailabilityZones")
                .items()
                .to_vec();
            let left = zones[..2].iter().map(|z| text(z.get("SubnetId")));
            let set = json!({
                "LoadBalancerArn": balancer(ground), "Subnets": left.collect::<Vec<_>>(),
            });
            call(ground, Service::Elbv2, "SetSubnets", &set);
            plan.ipv6.subnets.drain(..2);
        },
        next: Next::Told(|ground| {
            let all = call(ground, Service::Elbv2, "DescribeTargetGroups", &json!({}));
            let mut groups = all.get("TargetGroups").items().iter();
            let ours = groups.find(|g| g.get("IpAddressType").as_str() == Some("ipv6"));
            let group = json!({"TargetGroupArn": text(ours.unwrap().get("TargetGroupArn"))});
            call(ground, Service::Elbv2, "DescribeTargetHealth", &group)
        }),
        refused: ("DescribeTargetHealth", "Target.NotInUse"),
    },
    Foretold {
        code: "outside-bounds",
        fault: |ground, _| {
            let own = &ground.services[0];
            let more = json!({"cluster": own.cluster, "service": own.name, "desiredCount": 15});
            call(ground, Service::Ecs, "UpdateService", &more);
        },
        next: Next::Done(|ground| {
            let own = &ground.services[0];
            let suspend = json!({
                "ServiceNamespace": "ecs",
                "ScalableDimension": "ecs:service:DesiredCount",
                "ResourceId": format!("service/{}/{}", own.cluster, own.name),
                "SuspendedState": {"DynamicScalingInSuspended": true},
            });
            let asked = json!({"cluster": own.cluster, "services": [own.name]});
            let size = || {
                let told = call(ground, Service::Ecs, "DescribeServices", &asked);
                told.get("services").items()[0].get("desiredCount").clone()
            };
            let before = size();
            call(
                ground,
                Service::AutoScaling,
                "RegisterScalableTarget",
                &suspend,
            );
            Value::list([before, size()])
        }),
        refused: ("RegisterScalableTarget", "[Int(15), Int(12)]"),
    },
];

/// The names of what hands that know nothing yet find.
async fn named(ground: &Ground, plan: &Plan) -> Vec<&'static str> {
    let seen = ground.again().full(plan).await;
    findings(plan, &seen).iter().map(|f| f.code).collect()
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_on_in_spite_of_a_check_is_refused_as_it_foretold() {
    let mut wrong = Vec::new();
    for Foretold {
        code,
        fault,
        next,
        refused: (operation, words),
    } in FORETOLD
    {
        let ground = Ground::new("healthy", None);
        let mut plan = ground.plan();
        fault(&ground, &mut plan);
        let found = named(&ground, &plan).await;
        if !found.contains(code) {
            wrong.push(format!("{code}: found {found:?}"));
        }
        match next.go_on(&ground, &plan, operation).await {
            Err(said) if said.contains(operation) && said.contains(words) => {}
            other => wrong.push(format!("{code}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_check_that_nobody_may_waive_is_shown_here() {
    let never = |waiving: &Waiving| matches!(waiving, Waiving::Never(_));
    let foretell = checks().filter(|c| c.severity == Severity::Block && never(&c.waiving));
    let shown = |code| {
        FORETOLD.iter().any(|f| f.code == code) || NOT_HERE.iter().any(|(name, _)| *name == code)
    };
    let known = |name: &str| checks().any(|c| c.name == name);
    assert!(NOT_HERE.iter().all(|(name, _)| known(name)));
    let left: Vec<_> = foretell.map(|c| c.name).filter(|c| !shown(*c)).collect();
    assert_eq!(left, [""; 0]);
}
