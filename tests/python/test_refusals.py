"""What ECS refuses of task definitions and services: one thing wrong with each, and the code and words that AWS answers with."""

import copy

import pytest

CLIENT, INVALID = "ClientException", "InvalidParameterException"

DEFINITION = {
    "family": "refused", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "containerDefinitions": [{
        "name": "app", "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:v1", "essential": True,
        "portMappings": [{"containerPort": 8080, "name": "http"}],
        "environment": [{"name": "STAGE", "value": "production"}],
    }],
}
ON_EC2 = {
    "family": "refused", "containerDefinitions": [{"name": "app", "image": "nginx:1", "memory": 128}],
}


def container(base=DEFINITION, **patch):
    """A definition with a patch over its container."""
    whole = copy.deepcopy(base)
    whole["containerDefinitions"][0].update(patch)
    return whole


def beside(**more):
    whole = copy.deepcopy(DEFINITION)
    whole["containerDefinitions"].append({"name": "other", "image": "nginx:1", **more})
    return whole


def of(base=DEFINITION, without=(), **patch):
    return {k: v for k, v in {**copy.deepcopy(base), **patch}.items() if k not in without}


WRONG_DEFINITIONS = {
    "a family with a blank": (of(family="a shop"), "Family contains invalid"),
    "no container": (of(containerDefinitions=[]), "should not be empty"),
    "two containers of one name": (beside(name="app"), "must be unique"),
    "nothing essential": (container(essential=False), "essential"),
    "bridge on Fargate": (of(networkMode="bridge"), "Fargate only supports network mode"),
    "no cpu on Fargate": (of(without=["cpu"]), "'cpu' be defined at the task level"),
    "no memory on Fargate": (of(without=["memory"]), "'memory' be defined at the task level"),
    "a size that Fargate lacks": (of(memory="8192"), "No Fargate configuration exists"),
    "another host port": (container(portMappings=[{"containerPort": 8080, "hostPort": 80}]), "must match"),
    "a port mapped twice": (beside(portMappings=[{"containerPort": 8080}]), "used multiple times"),
    "a port name in capitals": (container(portMappings=[{"containerPort": 8080, "name": "HTTP"}]), "invalid"),
    "more cpu than the task": (container(cpu=512), "'cpu' values cannot be greater"),
    "more memory than the task": (container(memory=1024), "greater than for the task"),
    "memory nowhere": (of(ON_EC2, containerDefinitions=[{"name": "app", "image": "nginx:1"}]), "'memoryReservation' must be"),
    "memory below its reservation": (container(ON_EC2, memoryReservation=256), "greater than or equal"),
    "an unknown volume": (container(mountPoints=[{"sourceVolume": "no", "containerPath": "/"}]), "Unknown volume"),
    "a host's path on Fargate": (of(volumes=[{"name": "v", "host": {"sourcePath": "/"}}]), "sourcePath"),
    "to wait for nobody": (container(dependsOn=[{"containerName": "no", "condition": "START"}]), "does not exist"),
    "to wait for an end": (
        beside(dependsOn=[{"containerName": "app", "condition": "SUCCESS"}]), "cannot be an essential container"),
    "to wait for health": (
        beside(dependsOn=[{"containerName": "app", "condition": "HEALTHY"}]), "must have health check"),
    "a secret twice": (container(secrets=[{"name": "A", "valueFrom": "a"}] * 2), "Duplicate secret names"),
    "a secret like a variable": (
        container(secrets=[{"name": "STAGE", "valueFrom": "a"}]), "The secret name must be unique"),
    "a private image without a role": (of(without=["executionRoleArn"]), "execution role ARN to support ECR"),
    "privileged on Fargate": (container(privileged=True), "'privileged'"),
    "a log driver that Fargate lacks": (
        container(logConfiguration={"logDriver": "json-file"}), "not a valid log driver"),
    "a hostname with awsvpc": (container(hostname="app"), "hostname is not supported"),
    "links with awsvpc": (container(links=["app"]), "Links are not supported"),
    "a health check every second": (
        container(healthCheck={"command": ["CMD", "true"], "interval": 1}), "interval"),
    "storage for machines of one's own": (of(ON_EC2, ephemeralStorage={"sizeInGiB": 50}), "EphemeralStorage"),
    "an image of 300 characters": (container(image="i" * 300), "255"),
}


@pytest.mark.parametrize("what", WRONG_DEFINITIONS)
def test_a_task_definition_is_refused_with(region, what):
    definition, words = WRONG_DEFINITIONS[what]
    with pytest.raises(region.ecs.exceptions.ClientError) as refused:
        region.ecs.register_task_definition(**definition)
    error = refused.value.response["Error"]
    assert error["Code"] == CLIENT
    assert words in error["Message"]


def test_the_same_task_definitions_with_nothing_wrong_are_registered(region):
    region.ecs.register_task_definition(**DEFINITION)
    found = region.ecs.register_task_definition(**ON_EC2)["taskDefinition"]
    assert found["compatibilities"] == ["EC2", "EXTERNAL"]
    found = region.ecs.describe_task_definition(taskDefinition="refused:1")["taskDefinition"]
    assert found["compatibilities"] == ["EC2", "FARGATE"]


def network(shop, **patch):
    return {"networkConfiguration": {"awsvpcConfiguration": {
        "subnets": shop.ipv6, "securityGroups": [shop.group], **patch,
    }}}


def percents(least, most):
    return {"deploymentConfiguration": {"minimumHealthyPercent": least, "maximumPercent": most}}


def balancer(shop, **patch):
    entry = {"targetGroupArn": shop.tg6, "containerName": "app", "containerPort": 8080, **patch}
    return {"loadBalancers": [entry]}


WRONG_SERVICES = {
    "a name with a blank": lambda s: {"serviceName": "a shop"},
    "a container that is not there": lambda s: balancer(s, containerName="web"),
    "a port that is not mapped": lambda s: balancer(s, containerPort=80),
    "a group of the other family": lambda s: balancer(s, targetGroupArn=s.tg4),
    "six groups": lambda s: {"loadBalancers": balancer(s)["loadBalancers"] * 6},
    "a launch type and a strategy": lambda s: {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
    "a strategy of foreign providers": lambda s: {
        "launchType": None, "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]},
    "no network": lambda s: {"networkConfiguration": None},
    "no subnet": lambda s: network(s, subnets=[]),
    "an unknown subnet": lambda s: network(s, subnets=["subnet-0123456789abcdef0"]),
    "seventeen subnets": lambda s: network(s, subnets=s.ipv6[:1] * 17),
    "subnets of both kinds": lambda s: network(s, subnets=[s.ipv6[0], s.ipv4[0]]),
    "an unknown security group": lambda s: network(s, securityGroups=["sg-0123456789abcdef0"]),
    "a public address over IPv6": lambda s: network(s, assignPublicIp="ENABLED"),
    "a daemon on Fargate": lambda s: {"schedulingStrategy": "DAEMON", "desiredCount": None},
    "a daemon with a count": lambda s: {"schedulingStrategy": "DAEMON", "launchType": "EC2"},
    "a platform version on EC2": lambda s: {"launchType": "EC2", "platformVersion": "1.4.0"},
    "no room to deploy": lambda s: percents(100, 100),
    "zones in balance without headroom": lambda s: percents(0, 100),
    "a minimum above 100": lambda s: percents(101, 200),
    "placement on Fargate": lambda s: {"placementStrategy": [{"type": "random"}]},
    "a grace period for nothing": lambda s: {"loadBalancers": []},
    "two registries": lambda s: {"serviceRegistries": [{"registryArn": "r"}] * 2},
    "an unknown port of Service Connect": lambda s: {"serviceConnectConfiguration": {
        "enabled": True, "namespace": "shop", "services": [{"portName": "grpc"}]}},
}


@pytest.mark.parametrize("what", WRONG_SERVICES)
def test_a_service_is_refused_with(shop, region, what):
    wish = {**shop.wish("refused", shop.definition6, shop.ipv6, shop.tg6), **WRONG_SERVICES[what](shop)}
    wish = {key: value for key, value in wish.items() if value is not None}
    with pytest.raises(region.ecs.exceptions.InvalidParameterException):
        region.ecs.create_service(**wish)


def test_the_same_service_with_nothing_wrong_is_made(shop, region):
    region.ecs.create_service(**shop.wish("refused", shop.definition6, shop.ipv6, shop.tg6, desiredCount=0))
    region.ecs.delete_service(cluster="prod", service="refused")


def test_tags_are_held_to_their_limits(shop, region):
    many = [{"key": f"k{n}", "value": "v"} for n in range(51)]
    for tags in (many, [{"key": "AWS:team", "value": "shop"}]):
        with pytest.raises(region.ecs.exceptions.InvalidParameterException):
            region.ecs.tag_resource(resourceArn=shop.twin, tags=tags)


def test_a_cluster_with_its_capacity_providers_comes_and_goes(region):
    ecs = region.ecs
    ecs.create_cluster(clusterName="spare", settings=[{"name": "containerInsights", "value": "enabled"}])
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    ecs.put_cluster_capacity_providers(
        cluster="spare", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=strategy,
    )
    found = ecs.describe_clusters(clusters=["spare"], include=["SETTINGS", "TAGS", "CONFIGURATIONS"])["clusters"][0]
    assert found["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert found["defaultCapacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"
    assert found["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    providers = ecs.describe_capacity_providers(capacityProviders=["FARGATE"])["capacityProviders"]
    assert [p["status"] for p in providers] == ["ACTIVE"]
    ecs.delete_cluster(cluster="spare")
    assert ecs.describe_clusters(clusters=["spare"])["failures"][0]["reason"] == "MISSING"
