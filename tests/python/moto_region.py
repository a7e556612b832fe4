"""Builds a service in moto's AWS, and shows what is there: what tests/tests/moto.rs starts from and checks by.

moto_region.py build URL    prints where everything is
moto_region.py twin URL     adds the twin's service, as CreateService would have
moto_region.py show URL     prints target groups, routes and scaling as boto3 reads them
"""

import json
import sys

import boto3

from region import KEYS

SCALED = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}


def client(url, service):
    return boto3.client(service, endpoint_url=url, **KEYS)


def build(url):
    ec2, elb, ecs = (client(url, s) for s in ("ec2", "elbv2", "ecs"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"eu-central-1{zone}")["Subnet"]
        for i, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(
        Name="shop", Subnets=[s["SubnetId"] for s in subnets], IpAddressType="dualstack"
    )["LoadBalancers"][0]["LoadBalancerArn"]

    def group(name):
        return elb.create_target_group(
            Name=name, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip", HealthCheckPath="/healthz",
            HealthCheckIntervalSeconds=10, Matcher={"HttpCode": "200-204"},
        )["TargetGroups"][0]["TargetGroupArn"]

    ours, other = group("shop"), group("other")
    elb.modify_target_group_attributes(
        TargetGroupArn=ours, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "45"}]
    )
    listener = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": ours}],
    )["Listeners"][0]["ListenerArn"]
    rule = elb.create_rule(
        ListenerArn=listener, Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": ours, "Weight": 1}, {"TargetGroupArn": other, "Weight": 3}],
        }}],
    )["Rules"][0]["RuleArn"]
    service(ecs, ours)
    scaling(client(url, "application-autoscaling"), ours, balancer)
    return {"group": ours, "other": other, "listener": listener, "rule": rule, "loadBalancer": balancer}


def service(ecs, group):
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(
        family="shop", networkMode="awsvpc",
        containerDefinitions=[{
            "name": "app", "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:v1", "memory": 128,
            "portMappings": [{"containerPort": 8080}],
        }],
    )
    # moto breaks on a network configuration together with a target group.
    ecs.create_service(
        cluster="prod", serviceName="shop", taskDefinition="shop", desiredCount=2,
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}],
    )


def twin(url):
    client(url, "ecs").create_service(cluster="prod", serviceName="shop-ipv6", taskDefinition="shop", desiredCount=2)
    return {}


def scaling(auto, group, balancer):
    target = {**SCALED, "ResourceId": "service/prod/shop"}
    auto.register_scalable_target(**target, MinCapacity=2, MaxCapacity=6)
    label = f"{balancer.split('loadbalancer/')[1]}/{group.split(':')[-1]}"
    auto.put_scaling_policy(
        **target, PolicyName="requests", PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 100.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label,
            },
        },
    )


def show(url):
    elb, auto = client(url, "elbv2"), client(url, "application-autoscaling")

    def forward(actions):
        # As it was written: moto does not say the one form in the other.
        groups = actions[-1].get("ForwardConfig", {}).get("TargetGroups") or [actions[-1]]
        return {g["TargetGroupArn"]: g.get("Weight", 1) for g in groups}

    groups = {}
    for group in elb.describe_target_groups()["TargetGroups"]:
        arn = group["TargetGroupArn"]
        tags = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        attributes = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        groups[group["TargetGroupName"]] = {
            "arn": arn, "family": group.get("IpAddressType"), "path": group.get("HealthCheckPath"),
            "matcher": group.get("Matcher"), "interval": group.get("HealthCheckIntervalSeconds"),
            "tags": {t["Key"]: t["Value"] for t in tags},
            "attributes": {a["Key"]: a["Value"] for a in attributes},
        }
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]
    rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    targets = auto.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    policies = auto.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    return {
        "groups": groups,
        "listener": forward(listener["DefaultActions"]),
        "rule": next(forward(r["Actions"]) for r in rules if not r["IsDefault"]),
        "targets": {t["ResourceId"]: [t["MinCapacity"], t["MaxCapacity"], t.get("SuspendedState", {})] for t in targets},
        "policies": {
            p["ResourceId"]: p["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]["ResourceLabel"]
            for p in policies
        },
    }


if __name__ == "__main__":
    verb, url = sys.argv[1:]
    print(json.dumps({"build": build, "twin": twin, "show": show}[verb](url)))
