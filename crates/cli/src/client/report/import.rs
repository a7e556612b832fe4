//! How infrastructure code takes over what sixshift made: Terraform's `import` blocks, CloudFormation's import list.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::resources::Resource;

/// What Application Auto Scaling scales of an ECS service.
const DIMENSION: &str = "ecs:service:DesiredCount";

/// One entry of `--resources-to-import`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Import {
    resource_type: &'static str,
    logical_resource_id: String,
    resource_identifier: BTreeMap<&'static str, String>,
}

/// Blocks for Terraform 1.5 and later.
pub(super) fn terraform(resources: &[Resource]) -> String {
    let mut taken = BTreeSet::new();
    let blocks = resources.iter().filter_map(|resource| {
        let (kind, id) = address(resource)?;
        let label = unique(&mut taken, kind, &label(resource));
        Some(format!(
            "import {{\n  to = {kind}.{label}\n  id = \"{}\"\n}}\n",
            quoted(&id)
        ))
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// Terraform's type and id of a resource.
fn address(resource: &Resource) -> Option<(&'static str, String)> {
    let arn = || resource.arn.clone();
    let scalable = || {
        let (cluster, service) = resource.of_service.as_ref()?;
        Some(format!("ecs/service/{cluster}/{service}/{DIMENSION}"))
    };
    match resource.kind.as_str() {
        "service" => {
            let (cluster, service) = resource.of_service.as_ref()?;
            Some(("aws_ecs_service", format!("{cluster}/{service}")))
        }
        "targetGroup" => Some(("aws_lb_target_group", arn()?)),
        "taskDefinition" => Some(("aws_ecs_task_definition", arn()?)),
        "scaling" => Some(("aws_appautoscaling_target", scalable()?)),
        "scalingPolicy" => Some((
            "aws_appautoscaling_policy",
            format!("{}/{}", scalable()?, resource.name),
        )),
        _ => None,
    }
}

/// Entries for `aws cloudformation create-change-set --change-set-type IMPORT`.
pub(super) fn cloudformation(resources: &[Resource]) -> Vec<Import> {
    let mut taken = BTreeSet::new();
    let entries = resources.iter().filter_map(|resource| {
        let (resource_type, identifier) = identifier(resource)?;
        // One stack, one name space.
        let id = unique(&mut taken, "", &camel(&label(resource), &resource.kind));
        Some(Import {
            resource_type,
            logical_resource_id: id,
            resource_identifier: identifier.into_iter().collect(),
        })
    });
    entries.collect()
}

/// CloudFormation's type and primary identifier of a resource.
fn identifier(resource: &Resource) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let arn = || resource.arn.clone();
    let service = resource.of_service.as_ref();
    Some(match resource.kind.as_str() {
        "service" => (
            "AWS::ECS::Service",
            vec![("ServiceArn", arn()?), ("Cluster", service?.0.clone())],
        ),
        "targetGroup" => (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            vec![("TargetGroupArn", arn()?)],
        ),
        "taskDefinition" => (
            "AWS::ECS::TaskDefinition",
            vec![("TaskDefinitionArn", arn()?)],
        ),
        "scaling" => (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            vec![
                (
                    "ResourceId",
                    format!("service/{}/{}", service?.0, service?.1),
                ),
                ("ScalableDimension", DIMENSION.to_owned()),
                ("ServiceNamespace", "ecs".to_owned()),
            ],
        ),
        "scalingPolicy" => (
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            vec![("Arn", arn()?), ("ScalableDimension", DIMENSION.to_owned())],
        ),
        _ => return None,
    })
}

/// A name that Terraform takes: letters, digits, underscores, no digit first. What scales is called after its service.
fn label(resource: &Resource) -> String {
    let name = match (resource.kind.as_str(), &resource.of_service) {
        ("service" | "scaling", Some((_, service))) => service.clone(),
        ("scalingPolicy", Some((_, service))) => format!("{service}_{}", resource.name),
        // A task definition's revision is no part of what it is called.
        ("taskDefinition", _) => resource
            .name
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned(),
        _ => resource.name.clone(),
    };
    let label: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if label.starts_with(|c: char| c.is_ascii_alphabetic()) {
        label
    } else {
        format!("r_{label}")
    }
}

/// A name that CloudFormation takes: letters and digits, the kind at its end.
fn camel(label: &str, kind: &str) -> String {
    let words = label
        .split('_')
        .chain([kind])
        .filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect()
}

/// The name, numbered where another of its kind has it already.
fn unique(taken: &mut BTreeSet<String>, kind: &str, name: &str) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1;
    while !taken.insert(format!("{kind}.{candidate}")) {
        number += 1;
        candidate = if kind.is_empty() {
            format!("{name}{number}")
        } else {
            format!("{name}_{number}")
        };
    }
    candidate
}

/// Inside Terraform's quotes.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(kind: &str, name: &str, arn: Option<&str>) -> Resource {
        Resource {
            kind: kind.to_owned(),
            name: name.to_owned(),
            arn: arn.map(str::to_owned),
            of_service: Some(("prod".to_owned(), "checkout-ipv6".to_owned())),
        }
    }

    #[test]
    fn terraform_gets_each_resources_own_kind_of_id() {
        let blocks = terraform(&[
            resource("service", "checkout-ipv6", None),
            resource("targetGroup", "checkout-1a-v6", Some("arn:tg")),
            resource("scaling", "1 to 4 tasks", None),
            resource("scalingPolicy", "cpu", None),
            resource("loadBalancer", "shop", Some("arn:lb")),
        ]);
        assert_eq!(
            blocks,
            "import {\n  to = aws_ecs_service.checkout_ipv6\n  id = \"prod/checkout-ipv6\"\n}\n\n\
             import {\n  to = aws_lb_target_group.checkout_1a_v6\n  id = \"arn:tg\"\n}\n\n\
             import {\n  to = aws_appautoscaling_target.checkout_ipv6\n  \
             id = \"ecs/service/prod/checkout-ipv6/ecs:service:DesiredCount\"\n}\n\n\
             import {\n  to = aws_appautoscaling_policy.checkout_ipv6_cpu\n  \
             id = \"ecs/service/prod/checkout-ipv6/ecs:service:DesiredCount/cpu\"\n}\n"
        );
    }

    #[test]
    fn cloudformation_gets_each_types_primary_identifier() {
        let list = cloudformation(&[
            resource("service", "x", Some("arn:service")),
            resource("scaling", "x", None),
            resource("taskDefinition", "checkout-ipv6-1a:3", Some("arn:td:3")),
        ]);
        let told = serde_json::to_value(&list).unwrap();
        assert_eq!(
            told,
            serde_json::json!([
                {
                    "ResourceType": "AWS::ECS::Service",
                    "LogicalResourceId": "CheckoutIpv6Service",
                    "ResourceIdentifier": { "Cluster": "prod", "ServiceArn": "arn:service" },
                },
                {
                    "ResourceType": "AWS::ApplicationAutoScaling::ScalableTarget",
                    "LogicalResourceId": "CheckoutIpv6Scaling",
                    "ResourceIdentifier": {
                        "ResourceId": "service/prod/checkout-ipv6",
                        "ScalableDimension": "ecs:service:DesiredCount",
                        "ServiceNamespace": "ecs",
                    },
                },
                {
                    "ResourceType": "AWS::ECS::TaskDefinition",
                    "LogicalResourceId": "CheckoutIpv61aTaskDefinition",
                    "ResourceIdentifier": { "TaskDefinitionArn": "arn:td:3" },
                },
            ])
        );
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        let twice = [
            resource("targetGroup", "a-b", Some("arn:1")),
            resource("targetGroup", "a_b", Some("arn:2")),
        ];
        let blocks = terraform(&twice);
        assert!(
            blocks.contains("aws_lb_target_group.a_b\n")
                && blocks.contains("aws_lb_target_group.a_b_2\n")
        );
        let list = cloudformation(&twice);
        assert_ne!(list[0].logical_resource_id, list[1].logical_resource_id);
    }
}
