"""ECS: tasks that are run by hand, in subnets of IPv6 alone."""

import ipaddress

import pytest

from region import refusal
from shop import DUAL_STACK_IMAGE

ROLE = "arn:aws:iam::123456789012:role/worker"
LOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/worker", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "w"},
}


@pytest.fixture(scope="module")
def worker(shop, region):
    """A task definition that nobody serves with: it has a container health check, and writes to a log group."""
    region.client("logs").create_log_group(logGroupName="/worker")
    container = {
        "name": "app", "image": DUAL_STACK_IMAGE.replace("shop:v1", "worker:v1"), "essential": True, "logConfiguration": LOGS,
        "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 10},
    }
    return region.ecs.register_task_definition(
        family="worker", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        executionRoleArn=ROLE, taskRoleArn=ROLE, containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]


def wish(shop, definition, **more):
    network = {"awsvpcConfiguration": {"subnets": shop.ipv6, "securityGroups": [shop.group]}}
    return {
        "cluster": "prod", "taskDefinition": definition, "launchType": "FARGATE", "networkConfiguration": network,
        "startedBy": "a-try", **more,
    }


def described(region, arn):
    found = region.ecs.describe_tasks(cluster="prod", tasks=[arn], include=["TAGS"])
    return found["tasks"][0] if found["tasks"] else None


def interface(task):
    [attachment] = task["attachments"]
    return {d["name"]: d["value"] for d in attachment["details"]}


def test_a_task_is_run_by_hand_and_stopped(shop, region, worker):
    ran = region.ecs.run_task(**wish(shop, worker, tags=[{"key": "for", "value": "a try"}], count=2))
    assert ran["failures"] == [] and len(ran["tasks"]) == 2
    first = ran["tasks"][0]
    assert first["lastStatus"] == "PROVISIONING" and first["group"] == "family:worker"
    assert set(interface(first)) == {"subnetId"}, "its interface is not there yet"
    arn = first["taskArn"]
    task = region.until(lambda: (t := described(region, arn))["healthStatus"] == "HEALTHY" and t)
    assert task["lastStatus"] == "RUNNING" and task["startedBy"] == "a-try"
    assert {"key": "for", "value": "a try"} in task["tags"]
    assert "privateIPv4Address" not in interface(task)
    address = ipaddress.ip_address(interface(task)["ipv6Address"])
    assert address in ipaddress.ip_network(shop.ipv6_block)
    assert set(region.ecs.list_tasks(cluster="prod", startedBy="a-try")["taskArns"]) == {t["taskArn"] for t in ran["tasks"]}
    assert arn not in region.ecs.list_tasks(cluster="prod", serviceName="shop-ipv6")["taskArns"]
    for one in ran["tasks"]:
        region.ecs.stop_task(cluster="prod", task=one["taskArn"], reason="seen enough")
    task = region.until(lambda: (t := described(region, arn))["lastStatus"] == "STOPPED" and t)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "seen enough")
    assert task["containers"][0]["exitCode"] == 0
    region.advance(3700)
    assert described(region, arn) is None


def test_a_token_runs_a_task_once(shop, region, worker):
    asked = wish(shop, worker, clientToken="a-token")
    first, again = (region.ecs.run_task(**asked)["tasks"][0]["taskArn"] for _ in range(2))
    assert first == again
    assert refusal(region.ecs.run_task, **{**asked, "count": 2}) == "ConflictException"
    region.ecs.stop_task(cluster="prod", task=first)


def test_a_task_that_is_told_an_address_of_ipv4_ends_and_its_lines_say_why(shop, region, worker):
    region.control("POST", "code", image="worker:v1", cutOff="ends")
    told = [{"name": "app", "environment": [{"name": "BROKER_HOST", "value": "10.0.40.7"}]}]
    arn = region.ecs.run_task(**wish(shop, worker, overrides={"containerOverrides": told}))["tasks"][0]["taskArn"]
    task = region.until(lambda: (t := described(region, arn))["lastStatus"] == "STOPPED" and t)
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["containers"][0]["exitCode"] == 1
    stream = f"w/app/{arn.rsplit('/', 1)[1]}"
    read = region.client("logs").get_log_events(logGroupName="/worker", logStreamName=stream, startFromHead=True)
    lines = [e["message"] for e in read["events"]]
    assert lines[0] == "starting worker:v1" and lines[-1] == "exiting with code 1"
    assert "an address of IPv4" in lines[1]


def test_a_task_whose_image_has_no_ipv6_says_so(shop, region):
    arn = region.ecs.run_task(**wish(shop, shop.definition))["tasks"][0]["taskArn"]
    task = region.until(lambda: (t := described(region, arn))["lastStatus"] == "STOPPED" and t)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    assert "startedAt" not in task


def test_what_aws_does_not_run_is_refused(shop, region, worker):
    for wrong in (
        {"count": 11}, {"startedBy": "s" * 129}, {"propagateTags": "SERVICE"}, {"enableExecuteCommand": True},
        {"overrides": {"containerOverrides": [{"name": "web"}]}}, {"networkConfiguration": {}},
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
    ):
        assert refusal(region.ecs.run_task, **wish(shop, worker, **wrong)) == "InvalidParameterException", wrong
    assert refusal(region.ecs.run_task, **wish(shop, worker, platformVersion="9")) == "PlatformUnknownException"
    assert refusal(region.ecs.run_task, **wish(shop, "nobody")) == "ClientException"
    assert refusal(region.ecs.run_task, **wish(shop, worker, cluster="nowhere")) == "ClusterNotFoundException"
    assert refusal(region.ecs.stop_task, cluster="prod", task="0" * 32) == "InvalidParameterException"
