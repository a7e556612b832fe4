"""Holds a template and its list of imports against AWS's resource schemas, and each property against what a region says.

URL, template, list. cfn-lint, which moto brings, has the schemas.
"""

import datetime
import json
import sys

import boto3
import yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

KEYS = {"aws_access_key_id": "AKIDSIMULATED", "aws_secret_access_key": "simulated", "region_name": "eu-central-1"}

# What AWS says beside what somebody set, by the end of its name.
SET_BY_AWS = {
    "AWS::ElasticLoadBalancingV2::TargetGroup": {"TargetGroupArn", "LoadBalancerArns"},
    "AWS::ECS::TaskDefinition": {
        "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy",
    },
    "AWS::ECS::Service": {
        "serviceArn", "status", "runningCount", "pendingCount", "platformFamily", "deployments", "roleArn", "events", "createdAt",
        "createdBy", "currentServiceRevisions", "currentServiceDeployment", "desiredCount", "taskSets", "resourceManagementType",
    },
    "AWS::ApplicationAutoScaling::ScalableTarget": {"RoleARN", "CreationTime", "ScalableTargetARN", "PredictedCapacity"},
    "AWS::ApplicationAutoScaling::ScalingPolicy": {"PolicyARN", "Alarms", "CreationTime"},
    "AWS::CloudWatch::Alarm": {
        "AlarmArn", "AlarmConfigurationUpdatedTimestamp", "StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
    },
}
# Where the template's name is another than AWS's, all in lower case.
RENAMED = {"targetgroupname": "name", "clusterarn": "cluster", "placementstrategy": "placementstrategies"}


def client(service):
    return boto3.client(service, endpoint_url=sys.argv[1], **KEYS)


def target_group(ids):
    elb, arn = client("elbv2"), ids["TargetGroupArn"]
    [group] = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    group["TargetGroupAttributes"] = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    group["TargetGroupAttributes"] = [a for a in group["TargetGroupAttributes"] if a["Value"]]
    group["Tags"] = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
    return group


def task_definition(ids):
    told = client("ecs").describe_task_definition(taskDefinition=ids["TaskDefinitionArn"], include=["TAGS"])
    return told["taskDefinition"] | {"tags": told.get("tags", [])}


def service(ids):
    told = client("ecs").describe_services(cluster=ids["Cluster"], services=[ids["ServiceArn"]], include=["TAGS"])
    [found] = told["services"]
    return found


def scalable_target(ids):
    scaling = client("application-autoscaling")
    space = {"ServiceNamespace": ids["ServiceNamespace"], "ScalableDimension": ids["ScalableDimension"]}
    [target] = scaling.describe_scalable_targets(**space, ResourceIds=[ids["ResourceId"]])["ScalableTargets"]
    actions = scaling.describe_scheduled_actions(**space, ResourceId=ids["ResourceId"])["ScheduledActions"]
    apart = {"ScheduledActionARN", "CreationTime", "ServiceNamespace", "ResourceId", "ScalableDimension"}
    target["ScheduledActions"] = [{k: v for k, v in action.items() if k not in apart} for action in actions]
    return target


def policy(ids):
    told = client("application-autoscaling").describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    [found] = [p for p in told if p["PolicyARN"] == ids["Arn"]]
    return found


def alarm(ids):
    [found] = client("cloudwatch").describe_alarms(AlarmNames=[ids["AlarmName"]])["MetricAlarms"]
    return found


READ = {
    "AWS::ElasticLoadBalancingV2::TargetGroup": target_group,
    "AWS::ECS::TaskDefinition": task_definition,
    "AWS::ECS::Service": service,
    "AWS::ApplicationAutoScaling::ScalableTarget": scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": policy,
    "AWS::CloudWatch::Alarm": alarm,
}


def plain(value, refs):
    """The same for AWS's spelling and the template's: lower-case names, no order, nothing that says nothing."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return refs[value["Ref"]]
        told = {RENAMED.get(k.lower(), k.lower()): plain(v, refs) for k, v in value.items()}
        return {k: v for k, v in told.items() if v not in (None, [], {}, "")}
    if isinstance(value, list):
        return sorted((plain(v, refs) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return value


def main():
    template = yaml.safe_load(open(sys.argv[2], encoding="utf-8"))["Resources"]
    imports = json.load(open(sys.argv[3], encoding="utf-8"))
    wrong = []
    if {i["LogicalResourceId"] for i in imports} != set(template):
        wrong.append("the list and the template name other resources")
    refs = {i["LogicalResourceId"]: list(i["ResourceIdentifier"].values())[0] for i in imports}
    for entry in imports:
        kind, ids, name = entry["ResourceType"], entry["ResourceIdentifier"], entry["LogicalResourceId"]
        resource = template[name]
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", kind).schema
        primary = {path.removeprefix("/properties/") for path in schema["primaryIdentifier"]}
        if set(ids) != primary:
            wrong.append(f"{name}: imported by {sorted(ids)}, AWS wants {sorted(primary)}")
        if resource["Type"] != kind or resource.get("DeletionPolicy") != "Retain":
            wrong.append(f"{name}: {resource['Type']}, {resource.get('DeletionPolicy')}")
        told = {k: v for k, v in READ[kind](ids).items() if k not in SET_BY_AWS[kind]}
        ours, theirs = plain(resource["Properties"], refs), plain(told, refs)
        for key in sorted(set(ours) | set(theirs)):
            if ours.get(key) != theirs.get(key):
                wrong.append(f"{name}.{key}: the template has {ours.get(key)!r}, AWS {theirs.get(key)!r}")
    print("\n".join(wrong) or f"{len(imports)} resources are as AWS has them")
    sys.exit(bool(wrong) or len(imports) < 5)


main()
