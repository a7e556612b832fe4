//! The table of what is foretold: each check with the fault that it names, and what AWS says to whoever goes on.
//!
//! What belongs here: the cases. What must not: how a case is judged ([`super`]), and the calls that several need ([`super::edits`]).

use serde_json::json;
use sixshift_sim::{Value, services::Service, world::elb::Quota};

use super::{
    Foretold, Next,
    edits::{another, balancer, call, on_instances, quota, redefine, text},
    value,
};

pub(super) const FORETOLD: &[Foretold] = &[
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
