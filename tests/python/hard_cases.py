"""Makes a region harder for whoever writes plans for it. URL, then `services` or `no-subnets`."""

import sys

import boto3

KEYS = {"aws_access_key_id": "AKIDSIMULATED", "aws_secret_access_key": "simulated", "region_name": "eu-central-1"}


def client(service):
    return boto3.client(service, endpoint_url=sys.argv[1], **KEYS)


def services():
    """Beside checkout: one that nothing sends requests, and one that CodeDeploy deploys."""
    ecs, elb = client("ecs"), client("elbv2")
    live = ecs.describe_services(cluster="prod", services=["checkout"])["services"][0]
    group = elb.describe_target_groups(TargetGroupArns=[live["loadBalancers"][0]["targetGroupArn"]])["TargetGroups"][0]
    listener = elb.describe_listeners(LoadBalancerArn=group["LoadBalancerArns"][0])["Listeners"][0]["ListenerArn"]
    network = live["networkConfiguration"]
    wish = {
        "cluster": "prod", "taskDefinition": live["taskDefinition"], "desiredCount": 1, "launchType": "FARGATE",
        "networkConfiguration": network,
    }
    ecs.create_service(serviceName="worker", **wish)
    made = elb.create_target_group(
        Name="blue", Protocol="HTTP", Port=8080, VpcId=group["VpcId"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_rule(
        ListenerArn=listener, Priority=7, Conditions=[{"Field": "path-pattern", "Values": ["/blue/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": made}],
    )
    ecs.create_service(
        serviceName="blue", deploymentController={"type": "CODE_DEPLOY"},
        loadBalancers=[{"targetGroupArn": made, "containerName": "app", "containerPort": 8080}], **wish
    )


def no_subnets():
    """There is no IPv6-only subnet any more."""
    ec2 = client("ec2")
    for subnet in ec2.describe_subnets(Filters=[{"Name": "ipv6-native", "Values": ["true"]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])


{"services": services, "no-subnets": no_subnets}[sys.argv[2]]()
