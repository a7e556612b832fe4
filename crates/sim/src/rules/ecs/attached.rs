//! Rules of what is attached to a service: load balancers, registries, Service Connect, VPC Lattice, volumes.

use super::asked::{containers, is_given, texts};
use super::definition::at_launch;
use super::wanted::Wanted;
use super::{BOTH, PLACING, Rule, refuses};
use crate::world::World;
use crate::world::behaviour::Family;
use crate::world::elb::TargetGroup;
use crate::{
    Value,
    world::ecs::{Service, TaskDefinition},
};

/// What load balancers are judged together with.
const BALANCED: [&str; 3] = ["loadBalancers", "taskDefinition", "networkConfiguration"];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-at-most-5-target-groups",
        BOTH,
        "a service has at most 5 target groups",
        "InvalidParameterException",
        |_, s| {
            (s.get("loadBalancers").items().len() > 5)
                .then(|| "load balancers can have at most 5 items.".to_owned())
        },
        "AWS docs: register-multiple-targetgroups",
    ),
    refuses(
        "ecs-target-group-or-classic",
        BOTH,
        "a load balancer is given by a target group or by a Classic Load Balancer's name",
        "InvalidParameterException",
        |_, s| {
            s.get("loadBalancers").items().iter().find_map(|b| {
                let group = is_given(b.get("targetGroupArn"));
                match (group, is_given(b.get("loadBalancerName"))) {
                    (true, true) => Some(
                        "loadBalancerName and targetGroupArn cannot both be specified. You must specify either a \
                         loadBalancerName or a targetGroupArn."
                            .to_owned(),
                    ),
                    (false, false) => Some(
                        "You must specify either a loadBalancerName or a targetGroupArn.".to_owned(),
                    ),
                    _ => None,
                }
            })
        },
        "botocore: ecs LoadBalancer; badmintoncryer/cdk-preflight",
    ),
    refuses(
        "ecs-no-classic-with-awsvpc",
        BOTH,
        "tasks with awsvpc have no Classic Load Balancer",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let classic = |b: &Value| is_given(b.get("loadBalancerName"));
            let asked = s.get("loadBalancers").items().iter().any(classic);
            (asked && wanted.network_mode(world) == Some("awsvpc")).then(|| {
                "Classic Load Balancers are not supported with the awsvpc network mode.".to_owned()
            })
        },
        "botocore: ecs CreateServiceRequest.loadBalancers",
    ),
    refuses(
        "ecs-balanced-container-is-there",
        BOTH,
        "a load balancer's container is one of the task definition",
        "InvalidParameterException",
        |world, s| {
            balancer(world, s, |definition, _, b| {
                let name = b.get("containerName").as_str().unwrap_or_default();
                let absent = !containers(&definition.given).any(|(n, _)| n == name);
                absent
                    .then(|| format!("The container {name} does not exist in the task definition."))
            })
        },
        "botocore: ecs LoadBalancer.containerName",
    ),
    refuses(
        "ecs-balanced-port-is-mapped",
        BOTH,
        "a load balancer's port is one that the container maps",
        "InvalidParameterException",
        |world, s| {
            balancer(world, s, |definition, _, b| {
                let name = b.get("containerName").as_str()?;
                let port = b.get("containerPort").as_i64().unwrap_or_default();
                let (_, container) = containers(&definition.given).find(|(n, _)| *n == name)?;
                let maps = |p: &Value| p.get("containerPort").as_i64() == Some(port);
                let mapped = container.get("portMappings").items().iter().any(maps);
                (!mapped).then(|| {
                    format!("The container {name} did not have a container port {port} defined.")
                })
            })
        },
        "pulumi/pulumi-aws#3095",
    ),
    refuses(
        "ecs-target-group-is-there",
        BOTH,
        "a load balancer's target group is there",
        "InvalidParameterException",
        |world, s| {
            balancer(world, s, |_, _, b| {
                let arn = b.get("targetGroupArn").as_str()?;
                let absent = !world.elb.target_groups.contains_key(arn);
                absent.then(|| format!("The specified target group does not exist: {arn}"))
            })
        },
        "botocore: ecs LoadBalancer.targetGroupArn",
    ),
    refuses(
        "ecs-target-group-has-a-load-balancer",
        BOTH,
        "a load balancer's target group is in use by a load balancer",
        "InvalidParameterException",
        |world, s| {
            balancer(world, s, |_, _, b| {
                let group = group(world, b).filter(|g| g.load_balancers.is_empty())?;
                Some(format!(
                    "The target group with targetGroupArn {} does not have an associated load balancer.",
                    group.arn
                ))
            })
        },
        "hashicorp/terraform-provider-aws#29990",
    ),
    refuses(
        "ecs-target-type-fits-the-network-mode",
        BOTH,
        "with awsvpc targets are addresses, with other network modes instances",
        "InvalidParameterException",
        |world, s| {
            balancer(world, s, |definition, _, b| {
                let group = group(world, b)?;
                let kind = group.spec.get("TargetType").as_str().unwrap_or("instance");
                let mode = super::asked::network_mode(&definition.given);
                let fits = if mode == "awsvpc" { "ip" } else { "instance" };
                (kind != fits).then(|| {
                    format!(
                        "The provided target group {} has target type {kind}, which is incompatible with the {mode} network \
                         mode specified in the task definition.",
                        group.arn
                    )
                })
            })
        },
        "AWS docs: alb and nlb for ECS, target type",
    ),
    refuses(
        "ecs-target-group-of-the-family",
        BOTH,
        "a target group has addresses of the subnets' family",
        "InvalidParameterException",
        |world, s| {
            balancer(world, s, |_, wanted, b| {
                let group = group(world, b)?;
                let family = wanted.family(world).filter(|f| *f != group.family)?;
                let (of_group, of_subnets) = match family {
                    Family::V6 => ("ipv4", "IPv6-only"),
                    Family::V4 => ("ipv6", "IPv4"),
                };
                Some(format!(
                    "The target group {} has IP address type {of_group}, which is incompatible with the {of_subnets} subnets \
                     of the network configuration.",
                    group.arn
                ))
            })
        },
        "AWS docs: task networking, tasks in an IPv6-only VPC",
    ),
    refuses(
        "ecs-target-group-of-the-vpc",
        BOTH,
        "a target group is of the subnets' VPC",
        "InvalidParameterException",
        |world, s| {
            balancer(world, s, |_, wanted, b| {
                let group = group(world, b)?;
                let subnets = wanted.subnets();
                let vpc = &world.network.subnet(subnets.first()?)?.vpc;
                let other = group.spec.get("VpcId").as_str().is_some_and(|v| v != vpc);
                other.then(|| {
                    format!(
                        "The target group {} is not in the VPC {vpc} of the network configuration.",
                        group.arn
                    )
                })
            })
        },
        "botocore: elbv2 CreateTargetGroupInput.VpcId",
    ),
    refuses(
        "ecs-one-registry",
        BOTH,
        "a service has one service registry at most",
        "InvalidParameterException",
        |_, s| {
            (s.get("serviceRegistries").items().len() > 1)
                .then(|| "service registries can have at most 1 items.".to_owned())
        },
        "botocore: ecs CreateServiceRequest.serviceRegistries",
    ),
    refuses(
        "ecs-registry-port-or-container",
        BOTH,
        "a service registry has a port, or a container with its port, not both; without awsvpc the container",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let registry = s.get("serviceRegistries").items().first()?;
            let port = !registry.get("port").is_null();
            let name = is_given(registry.get("containerName"));
            let container_port = !registry.get("containerPort").is_null();
            let said = if port && (name || container_port) {
                "The values specified for serviceRegistries cannot have both 'port' and 'containerPort'."
            } else if name != container_port {
                "The values specified for serviceRegistries require a containerName and a containerPort."
            } else if !name && wanted.network_mode(world)? != "awsvpc" {
                "The values specified for serviceRegistries require a value for 'containerName'."
            } else {
                return None;
            };
            Some(said.to_owned())
        },
        "botocore: ecs ServiceRegistry",
    ),
    refuses(
        "ecs-registry-container-is-there",
        BOTH,
        "a service registry's container is one of the task definition",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let definition = &wanted.definition(world)?.given;
            let name = texts(s.get("serviceRegistries"), "containerName")
                .find(|name| !containers(definition).any(|(n, _)| n == *name))?;
            Some(format!(
                "The container {name} does not exist in the task definition."
            ))
        },
        "botocore: ecs ServiceRegistry.containerName",
    ),
    refuses(
        "ecs-registry-without-a-records",
        BOTH,
        "a service in subnets of IPv6 alone has no registry that keeps A records",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let registry = s.get("serviceRegistries").items().first()?;
            let arn = registry.get("registryArn").as_str()?;
            let document = world.shelf.find("Service", "Arn", arn)?;
            let records = document.get("DnsConfig").get("DnsRecords").items();
            let keeps_a = records.iter().any(|r| r.get("Type").as_str() == Some("A"));
            let alone = wanted.family(world)? == Family::V6;
            (alone && keeps_a).then(|| {
                "The service registry has A records, which tasks in IPv6-only subnets cannot have.".to_owned()
            })
        },
        "ECS developer guide, Use service discovery to connect Amazon ECS services with DNS names",
    ),
    refuses(
        "ecs-connect-has-a-namespace",
        BOTH,
        "Service Connect has a namespace, the service's or the cluster's",
        "InvalidParameterException",
        |world, s| {
            let connect = s.get("serviceConnectConfiguration");
            let cluster = world.ecs.cluster(s.get("cluster").as_str())?;
            let of_cluster = cluster.given.get("serviceConnectDefaults").get("namespace");
            let lacking = is_given(connect.get("enabled"))
                && !is_given(connect.get("namespace"))
                && !is_given(of_cluster);
            lacking.then(|| "Namespace is missing.".to_owned())
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    refuses(
        "ecs-connect-names-a-port",
        BOTH,
        "Service Connect and VPC Lattice name port mappings of the task definition",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let definition = &wanted.definition(world)?.given;
            let mapped = |name: &str| {
                containers(definition)
                    .any(|(_, c)| texts(c.get("portMappings"), "name").any(|n| n == name))
            };
            let connect = s.get("serviceConnectConfiguration").get("services");
            let name = texts(connect, "portName")
                .chain(texts(s.get("vpcLatticeConfigurations"), "portName"))
                .find(|name| !mapped(name))?;
            Some(format!(
                "portName({name}) does not refer to any named PortMapping in the container definitions."
            ))
        },
        "botocore: ecs ServiceConnectService.portName, VpcLatticeConfiguration.portName",
    ),
    refuses(
        "ecs-connect-names-are-once",
        BOTH,
        "a name that Service Connect offers is another service's in no namespace",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let (namespace, names) = offered(world, s.get("cluster").as_str(), &wanted.spec)?;
            let own = s.get("service").as_str();
            let is_another = |service: &Service| {
                let is_own = own.is_some_and(|own| service.name == own || service.arn == own);
                !is_own && service.is_active()
            };
            let others = world.ecs.services.values().filter(|o| is_another(o));
            let mut others = others.filter_map(|o| offered(world, Some(&o.cluster), &o.spec));
            others
                .any(|(there, taken)| there == namespace && taken.iter().any(|n| names.contains(n)))
                .then(|| format!("SC service is already used by {namespace}"))
        },
        "aws/copilot-cli issue 4659 (an answer of AWS); AWS docs: Service Connect, considerations",
    ),
    refuses(
        "ecs-connect-one-alias",
        BOTH,
        "a service of Service Connect has one client alias at most",
        "InvalidParameterException",
        |_, s| {
            let services = s.get("serviceConnectConfiguration").get("services").items();
            let mut counts = services
                .iter()
                .map(|c| c.get("clientAliases").items().len());
            let count = counts.find(|n| *n > 1)?;
            Some(format!("{count} clientAliases exceeds the max limit of 1."))
        },
        "botocore: ecs ServiceConnectService.clientAliases",
    ),
    refuses(
        "ecs-volume-of-the-task-definition",
        PLACING,
        "a volume that a service configures is one of the task definition to be configured at launch",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let definition = &wanted.definition(world)?.given;
            let name = texts(s.get("volumeConfigurations"), "name")
                .find(|name| !at_launch(definition).any(|n| n == *name))?;
            Some(format!(
                "The volume name '{name}' in your request does not have a matching volume in your Task Definition."
            ))
        },
        "botocore: ecs CreateServiceRequest.volumeConfigurations",
    ),
    refuses(
        "ecs-volume-at-launch-is-configured",
        PLACING,
        "a volume to be configured at launch is configured by the service",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            if !wanted.brings(&["taskDefinition", "volumeConfigurations"]) {
                return None;
            }
            let given = wanted.get("volumeConfigurations");
            let name = at_launch(&wanted.definition(world)?.given)
                .find(|name| !texts(given, "name").any(|n| n == *name))?;
            Some(format!(
                "The volume '{name}' of the task definition is configured at launch and needs a volume configuration."
            ))
        },
        "botocore: ecs Volume.configuredAtLaunch",
    ),
    refuses(
        "ecs-managed-volume-of-a-size",
        PLACING,
        "a managed EBS volume has a size or a snapshot; iops for io1, io2 and gp3; throughput for gp3",
        "InvalidParameterException",
        |_, s| {
            let volumes = s.get("volumeConfigurations").items().iter();
            let mut managed = volumes.map(|v| v.get("managedEBSVolume"));
            let wrong = |v: &&Value| !v.is_null() && !is_sound(v);
            managed
                .find(wrong)
                .map(|_| "ECS managed EBS volume configuration was invalid.".to_owned())
        },
        "botocore: ecs ServiceManagedEBSVolumeConfiguration; badmintoncryer/cdk-preflight",
    ),
    refuses(
        "ecs-daemon-has-no-managed-volume",
        BOTH,
        "a daemon has no volumes configured at launch",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            (wanted.is_daemon() && is_given(s.get("volumeConfigurations"))).then(|| {
                "The daemon scheduling strategy does not support volumeConfigurations.".to_owned()
            })
        },
        "botocore: ecs UpdateService",
    ),
];

/// The first of the service's load balancers that is refused, where the call touches them.
fn balancer(
    world: &World,
    input: &Value,
    refused: impl Fn(&TaskDefinition, &Wanted<'_>, &Value) -> Option<String>,
) -> Option<String> {
    let wanted = Wanted::of(world, input).filter(|w| w.brings(&BALANCED))?;
    let definition = wanted.definition(world)?;
    let balancers = wanted.get("loadBalancers").items().iter();
    balancers
        .filter(|b| is_given(b.get("targetGroupArn")))
        .find_map(|b| refused(definition, &wanted, b))
}

fn group<'w>(world: &'w World, balancer: &Value) -> Option<&'w TargetGroup> {
    let arn = balancer.get("targetGroupArn").as_str()?;
    world.elb.target_groups.get(arn)
}

fn is_sound(volume: &Value) -> bool {
    let kind = volume.get("volumeType").as_str().unwrap_or("gp3");
    let sized = !volume.get("sizeInGiB").is_null() || is_given(volume.get("snapshotId"));
    let iops = volume.get("iops").is_null() || ["io1", "io2", "gp3"].contains(&kind);
    let throughput = volume.get("throughput").is_null() || kind == "gp3";
    sized && iops && throughput
}

/// The namespace of a service's Service Connect, and the names that it offers there.
fn offered(world: &World, cluster: Option<&str>, service: &Value) -> Option<(String, Vec<String>)> {
    let connect = service.get("serviceConnectConfiguration");
    let cluster = world.ecs.cluster(cluster)?;
    let defaults = cluster.given.get("serviceConnectDefaults");
    let mut namespaces = [connect, defaults].into_iter().map(|c| c.get("namespace"));
    let namespace = namespaces.find_map(Value::as_str)?.to_owned();
    let name = |of: &Value| {
        let names = ["discoveryName", "portName"].into_iter();
        names
            .map(|key| of.get(key))
            .find_map(Value::as_str)
            .map(str::to_owned)
    };
    let names: Vec<_> = connect
        .get("services")
        .items()
        .iter()
        .filter_map(name)
        .collect();
    is_given(connect.get("enabled")).then_some((namespace, names))
}
