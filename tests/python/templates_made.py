"""What the CloudFormation templates make in another project's AWS (moto), as JSON for tests/tests/templates."""

import ast
import json
import logging
import os
import sys
import warnings
from pathlib import Path

os.environ.update(AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any", AWS_DEFAULT_REGION="eu-central-1")
# moto says of each kind of resource that it does not make that it does not; what it made is read back below.
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import boto3  # noqa: E402
from cfnlint.decode import decode  # noqa: E402
from moto import mock_aws  # noqa: E402

TEMPLATES = Path(__file__).parents[2] / "deploy/cloudformation"
STACK = "sixshift"


def network():
    """A VPC with two subnets."""
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"eu-central-1{zone}")
        for i, zone in enumerate("ab")
    ]
    return vpc, ",".join(subnet["Subnet"]["SubnetId"] for subnet in subnets)


def parameters(kind, vpc, subnets):
    """The least that a bucket needs; or everything, with plans in git."""
    common = {"Image": "registry.example.com/sixshift@sha256:0", "Vpc": vpc, "Subnets": subnets}
    if kind == "bucket":
        return common | {"PlansBucket": "plans-of-ours", "DesiredCount": "1", "Cluster": "tools"}
    secret = boto3.client("secretsmanager").create_secret(Name="client", SecretString="s")["ARN"]
    certificate = boto3.client("acm").request_certificate(DomainName="sixshift.example.com")["CertificateArn"]
    arn = "arn:aws:{}:eu-central-1:123456789012:{}".format
    return common | {
        "GitUrl": "https://git.example.com/platform/migrations.git",
        "GitTokenSecretArn": arn("secretsmanager", "secret:git-token-AbCdEf"),
        "LoadBalancerSubnets": subnets,
        "CertificateArn": certificate,
        "HostName": "sixshift.example.com",
        "OidcIssuer": "https://login.example.com",
        "OidcAuthorizationEndpoint": "https://login.example.com/authorize",
        "OidcTokenEndpoint": "https://login.example.com/token",
        "OidcUserInfoEndpoint": "https://login.example.com/userinfo",
        "OidcClientId": "sixshift",
        "OidcClientSecretArn": secret,
        "OperatorEmails": "sre@example.com, oncall@example.com",
        "ClusterArns": arn("ecs", "cluster/prod"),
        "ServiceArns": arn("ecs", "service/prod/*"),
        "RouteArns": arn("elasticloadbalancing", "listener/app/shop/*"),
        "PassRoleArns": "arn:aws:iam::123456789012:role/shop-*",
        "PlanRoleArns": "arn:aws:iam::210987654321:role/sixshift",
        "ParameterArns": arn("ssm", "parameter/sixshift/*"),
        "SecretArns": arn("secretsmanager", "secret:hook-AbCdEf"),
        "KmsKeyArns": arn("kms", "key/01234567-89ab-cdef-0123-456789abcdef"),
        "TopicArns": arn("sns", "migrations"),
        "EventBusArns": arn("events", "event-bus/migrations"),
    }


def deployed(name, given, stack=STACK):
    """A stack's resources of one kind each, by the API's own words."""
    stacks = boto3.client("cloudformation")
    stacks.create_stack(
        StackName=stack,
        TemplateBody=(TEMPLATES / name).read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    return stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


def listed(value):
    """A list parameter's default is not split by moto; one value without a list around it is the same to IAM."""
    return value.split(",") if isinstance(value, str) else value


def document(said):
    """A policy. moto writes those with an AWS::NoValue in them as Python does, and the value as None."""
    policy = ast.literal_eval(said) if isinstance(said, str) else said
    policy["Statement"] = [statement for statement in policy["Statement"] if statement is not None]
    for statement in policy["Statement"]:
        statement["Resource"] = [arn for arn in listed(statement["Resource"]) if arn is not None]
        arns = statement.get("Condition", {}).get("ArnLike", {})
        arns.update({key: listed(value) for key, value in arns.items()})
    return policy


def roles():
    iam = boto3.client("iam")
    found = {}
    for role in iam.list_roles()["Roles"]:
        policies = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        for policy in policies:
            made = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)
            found[policy] = document(made["PolicyDocument"])
        for policy in iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]:
            version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
            made = iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)
            found[policy["PolicyName"]] = document(made["PolicyVersion"]["Document"])
        found[f"trust of {'+'.join(sorted(policies))}"] = role["AssumeRolePolicyDocument"]
    return found


def daemon(kind):
    with mock_aws():
        vpc, subnets = network()
        if kind == "bucket":
            boto3.client("ecs").create_cluster(clusterName="tools")
        given = parameters(kind, vpc, subnets)
        status = deployed("sixshift.yaml", given)
        ecs, dynamodb, elb = boto3.client("ecs"), boto3.client("dynamodb"), boto3.client("elbv2")
        tables = dynamodb.list_tables()["TableNames"]
        cluster = ecs.list_clusters()["clusterArns"][0]
        services = ecs.list_services(cluster=cluster)["serviceArns"]
        task = ecs.describe_task_definition(taskDefinition=f"{STACK}-sixshift")["taskDefinition"]
        return {
            "given": given,
            "status": status,
            "policies": roles(),
            "tables": [dynamodb.describe_table(TableName=name)["Table"] for name in tables],
            "task": task,
            "services": ecs.describe_services(cluster=cluster, services=services)["services"],
            "groups": elb.describe_target_groups()["TargetGroups"],
            "balancers": elb.describe_load_balancers()["LoadBalancers"],
            "logs": boto3.client("logs").describe_log_groups()["logGroups"],
        }


def role():
    with mock_aws():
        given = {"Daemon": "arn:aws:iam::123456789012:role/sixshift-TaskRole", "ExternalId": "sixshift-4f1c8a"}
        status = deployed("sixshift-role.yaml", given)
        ways = deployed("sixshift-ways.yaml", {"RoleName": "sixshift"}, "ways")
        return {"given": given, "status": status, "ways": ways, "policies": roles()}


def template():
    read, wrong = decode(str(TEMPLATES / "sixshift.yaml"))
    assert not wrong, wrong
    return read


answer = {"git": daemon("git"), "bucket": daemon("bucket"), "role": role(), "template": template()}
json.dump(answer, sys.stdout, default=str)
