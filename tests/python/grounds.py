"""A service in the network of ground.py, at any AWS that boto3 is pointed at: URL, then whether a service has a network there.

Prints what has which id, and the blocks that Amazon chose.
"""

import json
import sys

import boto3

from ground import Ground
from region import KEYS

PORT = 8080


def client(service):
    return boto3.client(service, endpoint_url=sys.argv[1], **KEYS)


def service(ground, with_network):
    elb, ecs = client("elbv2"), client("ecs")
    balancer = elb.create_load_balancer(
        Name="shop", Subnets=ground.public, SecurityGroups=[ground.balancers], IpAddressType="dualstack"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="shop", Protocol="HTTP", Port=PORT, VpcId=ground.vpc, TargetType="ip")
    group = group["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=443, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}]
    )
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(
        family="shop", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/ecs-execution",
        containerDefinitions=[{
            "name": "app", "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:v1", "memory": 256,
            "portMappings": [{"containerPort": PORT}],
        }],
    )
    network = {"awsvpcConfiguration": {"subnets": ground.private, "securityGroups": [ground.tasks]}}
    ecs.create_service(
        cluster="prod", serviceName="shop", taskDefinition="shop", desiredCount=2, launchType="FARGATE",
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": PORT}],
        **({"networkConfiguration": network} if with_network else {}),
    )


if __name__ == "__main__":
    ground = Ground(client("ec2"))
    service(ground, sys.argv[2] == "with-network")
    subnets = ground.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [ground.vpc]}])["Subnets"]
    blocks = {
        association["Ipv6CidrBlock"]: f"the block of {ground.names[subnet['SubnetId']]}"
        for subnet in subnets for association in subnet.get("Ipv6CidrBlockAssociationSet", [])
    }
    print(json.dumps({"ids": {name: identity for identity, name in ground.names.items()}, "blocks": blocks}))
