//! Rules of clusters, capacity providers, account settings and the registry of task definitions.

use super::asked::{is_given, is_plain_name, texts};
use super::{Rule, refuses};
use crate::world::ecs::last_part;
use crate::{Value, world::World};

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-cluster-named",
        &["CreateCluster"],
        "a cluster's name has 1 to 255 letters, digits, underscores and hyphens",
        "InvalidParameterException",
        |_, c| {
            let name = c.get("clusterName").as_str()?;
            (!is_plain_name(name)).then(|| "Invalid cluster name.".to_owned())
        },
        "botocore: ecs CreateClusterRequest.clusterName",
    ),
    refuses(
        "ecs-cluster-knows-its-providers",
        &["CreateCluster", "PutClusterCapacityProviders"],
        "a cluster's capacity providers are there",
        "InvalidParameterException",
        |world, c| {
            let named = c.get("capacityProviders").strings();
            let absent = |n: &&String| world.ecs.capacity_provider(n).is_none();
            let name = named.iter().find(absent)?;
            Some(format!(
                "The specified capacity provider '{name}' was not found. Specify a valid name or ARN and try again."
            ))
        },
        "botocore: ecs CreateClusterRequest.capacityProviders",
    ),
    refuses(
        "ecs-default-strategy-of-the-cluster",
        &["CreateCluster", "PutClusterCapacityProviders"],
        "a cluster's default strategy names its own providers",
        "InvalidParameterException",
        |_, c| {
            let named = c.get("capacityProviders").strings();
            let own = |p: &str| named.iter().any(|n| last_part(n) == last_part(p));
            let strategy = c.get("defaultCapacityProviderStrategy");
            texts(strategy, "capacityProvider").any(|p| !own(p)).then(|| {
                "The specified default capacity provider strategy cannot contain a capacity provider that is not \
                 associated with the cluster."
                    .to_owned()
            })
        },
        "botocore: ecs CreateClusterRequest.defaultCapacityProviderStrategy",
    ),
    refuses(
        "ecs-provider-in-use-stays",
        &["PutClusterCapacityProviders"],
        "a capacity provider that a service of the cluster uses is not taken from it",
        "ResourceInUseException",
        |world, c| {
            let cluster = world.ecs.cluster(c.get("cluster").as_str())?;
            let kept = c.get("capacityProviders").strings();
            let lost = |p: &str| !kept.iter().any(|k| last_part(k) == last_part(p));
            let services = world.ecs.services.values();
            let mut in_use = services
                .filter(|s| s.cluster == cluster.name && s.is_active())
                .flat_map(|s| texts(s.spec.get("capacityProviderStrategy"), "capacityProvider"));
            in_use.any(lost).then(|| {
                "The specified capacity provider is in use and cannot be removed.".to_owned()
            })
        },
        "botocore: ecs PutClusterCapacityProviders, ResourceInUseException",
    ),
    refuses(
        "ecs-provider-named",
        &["CreateCapacityProvider"],
        "a capacity provider's name has 1 to 255 letters, digits, underscores and hyphens, and does not begin with aws, ecs or \
         fargate",
        "InvalidParameterException",
        |_, p| {
            let name = p.get("name").as_str().unwrap_or_default();
            let lower = name.to_ascii_lowercase();
            let reserved = ["aws", "ecs", "fargate"]
                .iter()
                .any(|r| lower.starts_with(r));
            (reserved || !is_plain_name(name)).then(|| {
                "The specified capacity provider name is invalid. The name can't be prefixed with \"aws\", \"ecs\", or \
                 \"fargate\"."
                    .to_owned()
            })
        },
        "botocore: ecs CreateCapacityProviderRequest.name",
    ),
    refuses(
        "ecs-provider-of-one-kind",
        &["CreateCapacityProvider"],
        "a capacity provider has an Auto Scaling group or managed instances",
        "InvalidParameterException",
        |_, p| {
            let group = is_given(p.get("autoScalingGroupProvider"));
            let managed = is_given(p.get("managedInstancesProvider"));
            (group == managed).then(|| {
                "Specify either an autoScalingGroupProvider or a managedInstancesProvider and try again."
                    .to_owned()
            })
        },
        "botocore: ecs CreateCapacityProvider",
    ),
    refuses(
        "ecs-provider-made-once",
        &["CreateCapacityProvider"],
        "no two capacity providers have one name",
        "ClientException",
        |world, p| {
            let there = world.ecs.capacity_provider(p.get("name").as_str()?);
            there.map(|_| {
                "The specified capacity provider already exists. To change the configuration of an existing capacity \
                 provider, update the capacity provider."
                    .to_owned()
            })
        },
        "hashicorp/terraform-provider-aws#11409",
    ),
    refuses(
        "ecs-fargate-providers-stay",
        &["DeleteCapacityProvider", "UpdateCapacityProvider"],
        "FARGATE and FARGATE_SPOT are neither changed nor deleted",
        "ClientException",
        |_, p| {
            let name = named(p);
            ["FARGATE", "FARGATE_SPOT"].contains(&name).then(|| {
                "The specified capacity provider is reserved and cannot be changed.".to_owned()
            })
        },
        "botocore: ecs DeleteCapacityProvider",
    ),
    refuses(
        "ecs-provider-is-there",
        &["DeleteCapacityProvider", "UpdateCapacityProvider"],
        "a capacity provider that is changed is there",
        "ClientException",
        |world, p| {
            let absent = world.ecs.capacity_provider(named(p)).is_none();
            absent.then(|| {
                "The specified capacity provider does not exist. Specify a valid name or ARN and try again."
                    .to_owned()
            })
        },
        "botocore: ecs DeleteCapacityProvider",
    ),
    refuses(
        "ecs-provider-of-a-cluster-stays",
        &["DeleteCapacityProvider"],
        "a capacity provider of a cluster is not deleted",
        "ClientException",
        |world, p| {
            let name = named(p);
            let of = |providers: &Value| providers.strings().iter().any(|n| last_part(n) == name);
            let clusters = world.ecs.clusters.values();
            let used = clusters.map(|c| c.given.get("capacityProviders")).any(of);
            used.then(|| {
                "The capacity provider cannot be deleted because it is associated with cluster. Remove the capacity provider \
                 from the cluster and try again."
                    .to_owned()
            })
        },
        "botocore: ecs DeleteCapacityProvider",
    ),
    refuses(
        "ecs-providers-by-name-or-cluster",
        &["DescribeCapacityProviders"],
        "capacity providers are asked for by name or by cluster, not by both",
        "InvalidParameterException",
        |_, p| {
            let both = is_given(p.get("capacityProviders")) && is_given(p.get("cluster"));
            both.then(|| {
                "Cannot specify both capacity providers and cluster in the same request".to_owned()
            })
        },
        "answers of AWS that public repositories record; botocore does not say it",
    ),
    refuses(
        "ecs-setting-value",
        &["PutAccountSetting", "PutAccountSettingDefault"],
        "an account setting has one of its values; long ARNs stay enabled",
        "InvalidParameterException",
        |_, s| {
            let name = s.get("name").as_str().unwrap_or_default();
            let value = s.get("value").as_str().unwrap_or_default();
            let said = if name.ends_with("LongArnFormat") && value != "enabled" {
                "You can no longer opt out of the long ARN and resource ID format."
            } else if values_of(name).contains(&value) {
                return None;
            } else {
                "Invalid value for the account setting."
            };
            Some(said.to_owned())
        },
        "AWS docs: account settings; botocore: ecs PutAccountSettingRequest.value",
    ),
    refuses(
        "ecs-revision-to-deregister",
        &["DeregisterTaskDefinition"],
        "a task definition is deregistered by its revision",
        "ClientException",
        |_, d| {
            let named = last_part(d.get("taskDefinition").as_str().unwrap_or_default());
            (!named.contains(':')).then(|| "Revision is missing.".to_owned())
        },
        "botocore: ecs DeregisterTaskDefinitionRequest.taskDefinition",
    ),
    refuses(
        "ecs-registrations-one-at-a-time",
        &["RegisterTaskDefinition"],
        "a family takes two revisions a second at most",
        "ClientException",
        |world, d| {
            let family = world.ecs.task_definitions.get(d.get("family").as_str()?)?;
            let fresh = family
                .iter()
                .rev()
                .take(2)
                .filter(|t| is_fresh(world, t.registered_at));
            (fresh.count() == 2).then(|| {
                "Too many concurrent attempts to create a new revision of the specified family."
                    .to_owned()
            })
        },
        "hashicorp/terraform-provider-aws#9777",
    ),
];

fn named(input: &Value) -> &str {
    let key = ["capacityProvider", "name"];
    let given = key.iter().find_map(|k| input.get(k).as_str());
    last_part(given.unwrap_or_default())
}

fn is_fresh(world: &World, at: jiff::Timestamp) -> bool {
    world.now().duration_since(at) < jiff::SignedDuration::from_secs(1)
}

/// The values that a setting takes.
fn values_of(name: &str) -> &'static [&'static str] {
    match name {
        "containerInsights" => &["enabled", "disabled", "enhanced"],
        "tagResourceAuthorization" | "guardDutyActivate" => &["on", "off"],
        "fargateTaskRetirementWaitPeriod" => &["0", "7", "14"],
        "defaultLogDriverMode" => &["blocking", "non-blocking"],
        _ => &["enabled", "disabled", "on", "off"],
    }
}
