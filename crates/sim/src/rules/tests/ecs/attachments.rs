//! What is attached to services, tags, clusters and questions, each with one thing wrong.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::services::{Ground, at_launch, case, change, on_ec2, register};
use super::{Case, from_json, with};
use crate::scenario::fixture::pass;
use crate::services::{self, Service};

pub(super) fn cases() -> Vec<Case> {
    let all = [
        networks(),
        balancers(),
        names(),
        volumes(),
        tags(),
        capacity(),
        questions(),
    ];
    all.into_iter().flatten().collect()
}

pub(super) fn create(rule: &'static str, input: impl Fn(&mut Ground) -> Json) -> Case {
    case(rule, "CreateService", input)
}

fn call(ground: &mut Ground, op: &str, input: Json) -> crate::Value {
    services::call(&mut ground.world, Service::Ecs, op, &from_json(input)).unwrap()
}

fn networks() -> Vec<Case> {
    vec![
        create("ecs-awsvpc-needs-a-network", |g| {
            with(g.fargate(), &json!({"networkConfiguration": null}))
        }),
        case(
            "ecs-awsvpc-needs-a-network",
            "RunTask",
            |_| json!({"cluster": "prod", "taskDefinition": "checkout", "launchType": "FARGATE"}),
        ),
        create("ecs-network-with-awsvpc-only", |g| {
            let network = g.fargate()["networkConfiguration"].take();
            with(on_ec2(), &json!({"networkConfiguration": network}))
        }),
        create("ecs-1-to-16-subnets", |g| {
            g.networked(&json!({"subnets": []}))
        }),
        create("ecs-1-to-16-subnets", |g| {
            g.networked(&json!({"subnets": vec![g.subnets[0].clone(); 17]}))
        }),
        create("ecs-at-most-5-security-groups", |g| {
            g.networked(&json!({"securityGroups": vec![g.groups[0].clone(); 6]}))
        }),
        create("ecs-subnets-are-there", |g| {
            g.networked(&json!({"subnets": ["subnet-0"]}))
        }),
        create("ecs-security-groups-are-there", |g| {
            g.networked(&json!({"securityGroups": ["sg-0"]}))
        }),
        create("ecs-subnets-of-one-vpc", |g| {
            g.networked(&json!({"subnets": [g.subnets[0], g.elsewhere.0]}))
        }),
        create("ecs-security-groups-of-the-vpc", |g| {
            g.networked(&json!({"securityGroups": [g.elsewhere.1]}))
        }),
        create("ecs-subnets-all-ipv6-only-or-none", |g| {
            g.networked(&json!({"subnets": [g.subnets[0], g.ipv6[0]]}))
        }),
        create("ecs-no-public-ip-on-ipv6-only", |g| {
            unbalanced(g.networked(&json!({"subnets": g.ipv6, "assignPublicIp": "ENABLED"})))
        }),
        create("ecs-no-public-ip-on-ec2", |g| {
            let network = json!({"assignPublicIp": "ENABLED"});
            let more = json!({"launchType": "EC2", "platformVersion": null});
            with(g.networked(&network), &more)
        }),
        create("ecs-no-exec-on-ipv6-only", |g| {
            let exec = json!({"enableExecuteCommand": true});
            unbalanced(with(g.networked(&json!({"subnets": g.ipv6})), &exec))
        }),
        create("ecs-no-windows-on-ipv6-only", |g| {
            let windows = json!({
                "family": "windows", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
                "cpu": "1024", "memory": "2 GB",
                "runtimePlatform": {
                    "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"
                },
                "containerDefinitions": [{"name": "app", "image": "shop:v1"}]
            });
            register(g, windows);
            let it = json!({"taskDefinition": "windows", "platformVersion": null});
            unbalanced(with(g.networked(&json!({"subnets": g.ipv6})), &it))
        }),
    ]
}

pub(super) fn unbalanced(service: Json) -> Json {
    let none = json!({"loadBalancers": [], "healthCheckGracePeriodSeconds": null});
    with(service, &none)
}

fn balancers() -> Vec<Case> {
    vec![
        create("ecs-at-most-5-target-groups", |g| {
            let balancer = g.fargate()["loadBalancers"][0].take();
            with(g.fargate(), &json!({"loadBalancers": vec![balancer; 6]}))
        }),
        create("ecs-target-group-or-classic", |g| {
            g.balanced(&json!({"loadBalancerName": "classic"}))
        }),
        create("ecs-target-group-or-classic", |g| {
            g.balanced(&json!({"targetGroupArn": null}))
        }),
        create("ecs-no-classic-with-awsvpc", |g| {
            g.balanced(&json!({"targetGroupArn": null, "loadBalancerName": "classic"}))
        }),
        create("ecs-balanced-container-is-there", |g| {
            g.balanced(&json!({"containerName": "web"}))
        }),
        case("ecs-balanced-container-is-there", "UpdateService", |g| {
            let other = json!({
                "family": "other", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
                "cpu": "256", "memory": "512", "containerDefinitions": [{"name": "web", "image": "i"}]
            });
            register(g, other);
            change("checkout", &json!({"taskDefinition": "other"}))
        }),
        create("ecs-balanced-port-is-mapped", |g| {
            g.balanced(&json!({"containerPort": 80}))
        }),
        create("ecs-target-group-is-there", |g| {
            g.balanced(&json!({"targetGroupArn": format!("{}0", g.group)}))
        }),
        create("ecs-target-group-has-a-load-balancer", |g| {
            let group = target_group(g, "lonely", &json!({}));
            g.balanced(&json!({ "targetGroupArn": group }))
        }),
        create("ecs-target-type-fits-the-network-mode", |g| {
            let group = target_group(g, "instances", &json!({"TargetType": "instance"}));
            attach(g, &group);
            g.balanced(&json!({ "targetGroupArn": group }))
        }),
        create("ecs-target-type-fits-the-network-mode", |g| {
            let balancer =
                json!([{"targetGroupArn": g.group, "containerName": "app", "containerPort": 80}]);
            with(on_ec2(), &json!({ "loadBalancers": balancer }))
        }),
        create("ecs-target-group-of-the-family", |g| {
            g.networked(&json!({"subnets": g.ipv6}))
        }),
        create("ecs-target-group-of-the-vpc", |g| {
            let network = json!({"subnets": [g.elsewhere.0], "securityGroups": [g.elsewhere.1]});
            g.networked(&network)
        }),
    ]
}

fn target_group(ground: &mut Ground, name: &str, patch: &Json) -> String {
    let vpc = ground.world.elb.target_groups[&ground.group]
        .spec
        .get("VpcId");
    let input = json!({
        "Name": name, "Protocol": "HTTP", "Port": 8080, "VpcId": vpc.as_str(), "TargetType": "ip"
    });
    let input = from_json(with(input, patch));
    let world = &mut ground.world;
    let made = services::call(world, Service::Elbv2, "CreateTargetGroup", &input).unwrap();
    let made = made.get("TargetGroups").items()[0].get("TargetGroupArn");
    made.as_str().unwrap().to_owned()
}

fn attach(ground: &mut Ground, group: &str) {
    let listeners = ground.world.elb.listeners.keys();
    let listener = listeners.last().unwrap().clone();
    let input = json!({
        "ListenerArn": listener, "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]
    });
    let input = from_json(input);
    services::call(&mut ground.world, Service::Elbv2, "ModifyListener", &input).unwrap();
}

fn names() -> Vec<Case> {
    let registry =
        |patch: Json| json!({"serviceRegistries": [with(json!({"registryArn": "r"}), &patch)]});
    let connect = |patch: Json| {
        let base = json!({"enabled": true, "namespace": "shop"});
        json!({ "serviceConnectConfiguration": with(base, &patch) })
    };
    let alias = json!({"port": 80});
    vec![
        create("ecs-one-registry", |g| {
            with(
                g.fargate(),
                &json!({"serviceRegistries": vec![json!({"registryArn": "r"}); 2]}),
            )
        }),
        create("ecs-registry-port-or-container", move |g| {
            let both = json!({"port": 80, "containerName": "app", "containerPort": 8080});
            with(g.fargate(), &registry(both))
        }),
        create("ecs-registry-port-or-container", move |g| {
            with(g.fargate(), &registry(json!({"containerName": "app"})))
        }),
        create("ecs-registry-port-or-container", move |_| {
            with(on_ec2(), &registry(json!({})))
        }),
        create("ecs-registry-container-is-there", move |g| {
            with(
                g.fargate(),
                &registry(json!({"containerName": "web", "containerPort": 8080})),
            )
        }),
        create("ecs-connect-has-a-namespace", move |g| {
            with(g.fargate(), &connect(json!({"namespace": null})))
        }),
        create("ecs-connect-names-a-port", move |g| {
            with(
                g.fargate(),
                &connect(json!({"services": [{"portName": "grpc"}]})),
            )
        }),
        create("ecs-connect-names-a-port", |g| {
            let lattice = json!([{"roleArn": "r", "targetGroupArn": "t", "portName": "grpc"}]);
            with(g.fargate(), &json!({ "vpcLatticeConfigurations": lattice }))
        }),
        create("ecs-connect-names-are-once", move |g| {
            let offers = connect(json!({"services": [{"portName": "http"}]}));
            let mut first = g.fargate();
            first["serviceName"] = "the-first".into();
            let first = from_json(with(first, &offers));
            services::call(&mut g.world, Service::Ecs, "CreateService", &first).unwrap();
            with(g.fargate(), &offers)
        }),
        create("ecs-connect-one-alias", move |g| {
            let services = json!([{"portName": "http", "clientAliases": [alias, alias]}]);
            with(g.fargate(), &connect(json!({ "services": services })))
        }),
    ]
}

fn volumes() -> Vec<Case> {
    let of = |rule: &'static str, volumes: Json| {
        create(rule, move |g| {
            let definition = with(json!({"family": "volumes"}), &at_launch());
            register(g, definition);
            let more = json!({"taskDefinition": "volumes", "volumeConfigurations": volumes});
            with(on_ec2(), &more)
        })
    };
    let managed = |patch: Json| {
        let sound = json!({"roleArn": "r", "sizeInGiB": 10, "volumeType": "gp3"});
        json!([{"name": "files", "managedEBSVolume": with(sound, &patch)}])
    };
    let other = json!([{"name": "logs", "managedEBSVolume": {"roleArn": "r", "sizeInGiB": 1}}]);
    vec![
        of("ecs-volume-of-the-task-definition", other),
        of("ecs-volume-at-launch-is-configured", json!([])),
        of(
            "ecs-managed-volume-of-a-size",
            managed(json!({"sizeInGiB": null})),
        ),
        of(
            "ecs-managed-volume-of-a-size",
            managed(json!({"volumeType": "io1", "throughput": 200})),
        ),
        of(
            "ecs-managed-volume-of-a-size",
            managed(json!({"volumeType": "st1", "iops": 200})),
        ),
    ]
}

fn tags() -> Vec<Case> {
    let arn = |g: &Ground, name: &str| g.world.ecs.service("prod", name).unwrap().arn.clone();
    let many = |n: usize| -> Vec<Json> {
        (0..n)
            .map(|n| json!({"key": format!("k{n}"), "value": ""}))
            .collect()
    };
    let shorten = |g: &mut Ground| {
        g.world.ecs.habits.short_arns = true;
        let made = call(
            g,
            "CreateService",
            with(on_ec2(), &json!({"serviceName": "short"})),
        );
        made.get("service")
            .get("serviceArn")
            .as_str()
            .unwrap()
            .to_owned()
    };
    vec![
        case(
            "ecs-tag-prefix-aws-reserved",
            "TagResource",
            move |g| json!({"resourceArn": arn(g, "checkout"), "tags": [{"key": "Aws:team", "value": "shop"}]}),
        ),
        create("ecs-tag-prefix-aws-reserved", |g| {
            with(
                g.fargate(),
                &json!({"tags": [{"key": "team", "value": "AWS:shop"}]}),
            )
        }),
        create("ecs-tag-keys-once", |g| {
            with(
                g.fargate(),
                &json!({"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}),
            )
        }),
        case("ecs-at-most-50-tags", "TagResource", move |g| {
            // The service has one of its own.
            json!({"resourceArn": arn(g, "checkout"), "tags": many(50)})
        }),
        case(
            "ecs-registered-tags-not-empty",
            "RegisterTaskDefinition",
            |_| {
                json!({
                    "family": "untagged", "tags": [],
                    "containerDefinitions": [{"name": "app", "image": "i", "memory": 64}]
                })
            },
        ),
        case(
            "ecs-short-arn-takes-no-tags",
            "TagResource",
            move |g| json!({"resourceArn": shorten(g), "tags": many(1)}),
        ),
        case(
            "ecs-short-arn-takes-no-tags",
            "UntagResource",
            move |g| json!({"resourceArn": shorten(g), "tagKeys": ["a"]}),
        ),
        case(
            "ecs-short-arn-takes-no-tags",
            "ListTagsForResource",
            move |g| json!({"resourceArn": shorten(g)}),
        ),
        case("ecs-long-arn-of-a-short-one", "TagResource", move |g| {
            let long = shorten(g).replace(":service/", ":service/prod/");
            json!({"resourceArn": long, "tags": many(1)})
        }),
    ]
}

fn capacity() -> Vec<Case> {
    let put = |names: Json, strategy: Json| json!({"cluster": "prod", "capacityProviders": names, "defaultCapacityProviderStrategy": strategy});
    let provider = |patch: Json| {
        let base =
            json!({"name": "shop", "autoScalingGroupProvider": {"autoScalingGroupArn": "a"}});
        with(base, &patch)
    };
    let spot = json!([{"capacityProvider": "FARGATE_SPOT", "weight": 1}]);
    let of_spot = spot.clone();
    vec![
        case(
            "ecs-cluster-named",
            "CreateCluster",
            |_| json!({"clusterName": "a cluster"}),
        ),
        case(
            "ecs-cluster-knows-its-providers",
            "PutClusterCapacityProviders",
            move |_| put(json!(["shop"]), json!([])),
        ),
        case(
            "ecs-default-strategy-of-the-cluster",
            "PutClusterCapacityProviders",
            move |_| put(json!(["FARGATE"]), of_spot.clone()),
        ),
        case(
            "ecs-provider-in-use-stays",
            "PutClusterCapacityProviders",
            move |g| {
                call(
                    g,
                    "PutClusterCapacityProviders",
                    put(json!(["FARGATE_SPOT"]), json!([])),
                );
                let by = json!({"launchType": null, "capacityProviderStrategy": spot});
                call(g, "CreateService", with(g.fargate(), &by));
                put(json!(["FARGATE"]), json!([]))
            },
        ),
        case("ecs-provider-named", "CreateCapacityProvider", move |_| {
            provider(json!({"name": "ecs-shop"}))
        }),
        case("ecs-provider-named", "CreateCapacityProvider", move |_| {
            provider(json!({"name": "a shop"}))
        }),
        case(
            "ecs-provider-of-one-kind",
            "CreateCapacityProvider",
            move |_| {
                let template = json!({"ec2InstanceProfileArn": "p", "networkConfiguration": {}});
                let managed =
                    json!({"infrastructureRoleArn": "r", "instanceLaunchTemplate": template});
                provider(json!({ "managedInstancesProvider": managed }))
            },
        ),
        case(
            "ecs-provider-made-once",
            "CreateCapacityProvider",
            move |g| {
                call(g, "CreateCapacityProvider", provider(json!({})));
                provider(json!({}))
            },
        ),
        case(
            "ecs-fargate-providers-stay",
            "DeleteCapacityProvider",
            |_| json!({"capacityProvider": "FARGATE"}),
        ),
        case(
            "ecs-provider-is-there",
            "UpdateCapacityProvider",
            |_| json!({"name": "nobody"}),
        ),
        case(
            "ecs-provider-of-a-cluster-stays",
            "DeleteCapacityProvider",
            move |g| {
                call(g, "CreateCapacityProvider", provider(json!({})));
                call(
                    g,
                    "PutClusterCapacityProviders",
                    put(json!(["shop"]), json!([])),
                );
                json!({"capacityProvider": "shop"})
            },
        ),
        case(
            "ecs-providers-by-name-or-cluster",
            "DescribeCapacityProviders",
            |_| json!({"cluster": "prod", "capacityProviders": ["FARGATE"]}),
        ),
        case(
            "ecs-setting-value",
            "PutAccountSetting",
            |_| json!({"name": "containerInsights", "value": "much"}),
        ),
        case(
            "ecs-setting-value",
            "PutAccountSetting",
            |_| json!({"name": "serviceLongArnFormat", "value": "disabled"}),
        ),
        case(
            "ecs-revision-to-deregister",
            "DeregisterTaskDefinition",
            |_| json!({"taskDefinition": "checkout"}),
        ),
        case(
            "ecs-registrations-one-at-a-time",
            "RegisterTaskDefinition",
            |g| {
                let definition = json!({
                    "family": "fast", "containerDefinitions": [{"name": "app", "image": "i", "memory": 64}]
                });
                register(g, definition.clone());
                register(g, definition.clone());
                definition
            },
        ),
    ]
}

fn questions() -> Vec<Case> {
    let services = |names: Json| json!({"cluster": "prod", "services": names});
    let tasks = |names: Json| json!({"cluster": "prod", "tasks": names});
    vec![
        case(
            "ecs-describes-1-to-10-services",
            "DescribeServices",
            move |_| services(json!([])),
        ),
        case(
            "ecs-describes-1-to-10-services",
            "DescribeServices",
            move |_| services(json!(vec!["checkout"; 11])),
        ),
        case("ecs-describes-1-to-100-tasks", "DescribeTasks", move |_| {
            tasks(json!([]))
        }),
        case("ecs-describes-1-to-100-tasks", "DescribeTasks", move |_| {
            tasks(json!(vec!["t"; 101]))
        }),
        case(
            "ecs-describes-at-most-100-clusters",
            "DescribeClusters",
            |_| json!({"clusters": vec!["prod"; 101]}),
        ),
        case(
            "ecs-describes-1-to-20-revisions",
            "DescribeServiceRevisions",
            |_| json!({"serviceRevisionArns": vec!["a"; 21]}),
        ),
        case(
            "ecs-describes-1-to-20-deployments",
            "DescribeServiceDeployments",
            |_| json!({"serviceDeploymentArns": []}),
        ),
        case(
            "ecs-tasks-by-starter-alone",
            "ListTasks",
            |_| json!({"cluster": "prod", "serviceName": "checkout", "startedBy": "somebody"}),
        ),
        case("ecs-purged-service", "DescribeServices", move |g| {
            g.world.ecs.habits.purged_after = Some(SignedDuration::from_hours(1));
            let gone = json!({"cluster": "prod", "service": "agent", "force": true});
            call(g, "DeleteService", gone);
            pass(&mut g.world, 3_600 + 600);
            services(json!(["checkout", "agent"]))
        }),
    ]
}
