"""Says what Terraform left in a region: a line a kind of thing, or `nothing`."""

import sys

import boto3

KEYS = {"aws_access_key_id": "AKIDSIMULATED", "aws_secret_access_key": "simulated", "region_name": "eu-central-1"}


def client(service):
    return boto3.client(service, endpoint_url=sys.argv[1], **KEYS)


def main():
    ec2, elb, ecs, scaling = client("ec2"), client("elbv2"), client("ecs"), client("application-autoscaling")
    kinds = {
        "VPCs": ec2.describe_vpcs()["Vpcs"],
        "subnets": ec2.describe_subnets()["Subnets"],
        "security groups": ec2.describe_security_groups()["SecurityGroups"],
        "route tables": ec2.describe_route_tables()["RouteTables"],
        "internet gateways": ec2.describe_internet_gateways()["InternetGateways"],
        "egress-only gateways": ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"],
        "NAT gateways": [n for n in ec2.describe_nat_gateways()["NatGateways"] if n["State"] != "deleted"],
        "addresses": ec2.describe_addresses()["Addresses"],
        "interfaces": ec2.describe_network_interfaces()["NetworkInterfaces"],
        "load balancers": elb.describe_load_balancers()["LoadBalancers"],
        "target groups": elb.describe_target_groups()["TargetGroups"],
        "clusters": ecs.list_clusters()["clusterArns"],
        "task definitions": ecs.list_task_definitions()["taskDefinitionArns"],
        "scalable targets": scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"],
    }
    left = {kind: found for kind, found in kinds.items() if found}
    print("\n".join(f"{kind}: {found}" for kind, found in left.items()) or "nothing")


main()
