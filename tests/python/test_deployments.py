"""ECS: a service without a load balancer is changed where it is, and what its deployments tell of that."""

import pytest

from region import refusal
from shop import DUAL_STACK_IMAGE

ROLE = "arn:aws:iam::123456789012:role/mailer"


def definition(region, tag):
    container = {
        "name": "app", "image": DUAL_STACK_IMAGE.replace("shop:v1", f"mailer:{tag}"), "essential": True,
        "environment": [{"name": "BROKER_HOST", "value": "10.0.40.7"}],
        "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 10, "retries": 2},
    }
    return region.ecs.register_task_definition(
        family="mailer", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        executionRoleArn=ROLE, taskRoleArn=ROLE, containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]


def network(shop, subnets):
    return {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [shop.group]}}


@pytest.fixture
def mailer(shop, region, request):
    """A worker in subnets of IPv4, three of it; each test has one of its own."""
    name = f"mailer-{request.node.name[5:25].rstrip('_')}"
    region.ecs.create_service(
        cluster="prod", serviceName=name, taskDefinition=definition(region, "v1"), desiredCount=3, launchType="FARGATE",
        networkConfiguration=network(shop, shop.ipv4), enableExecuteCommand=True,
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    )
    region.until(lambda: newest(region, name)["status"] == "SUCCESSFUL")
    yield name
    region.ecs.delete_service(cluster="prod", service=name, force=True)


def newest(region, name):
    listed = region.ecs.list_service_deployments(cluster="prod", service=name)["serviceDeployments"]
    arns = [listed[0]["serviceDeploymentArn"]]
    return region.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"][0]


def move(shop, region, name, tag):
    """One call with everything that a move to IPv6-only subnets brings."""
    return region.ecs.update_service(
        cluster="prod", service=name, taskDefinition=definition(region, tag), networkConfiguration=network(shop, shop.ipv6),
        platformVersion="1.4.0", enableExecuteCommand=False,
    )["service"]


def families(shop, name):
    """How many tasks run by IPv4, and by IPv6 alone."""
    running = [t for t in shop.tasks(name) if t["lastStatus"] == "RUNNING"]
    v4 = sum("privateIpv4Address" in t["containers"][0]["networkInterfaces"][0] for t in running)
    return v4, len(running) - v4


def test_a_service_is_moved_where_it_is(shop, region, mailer):
    former = newest(region, mailer)
    move(shop, region, mailer, "v1")
    going = newest(region, mailer)
    assert going["status"] in ("PENDING", "IN_PROGRESS")
    assert going["sourceServiceRevisions"][0]["arn"] == former["targetServiceRevision"]["arn"]
    assert going["deploymentCircuitBreaker"] == {"status": "MONITORING", "failureCount": 0, "threshold": 3}
    done = region.until(lambda: (d := newest(region, mailer))["status"] == "SUCCESSFUL" and d)
    assert done["targetServiceRevision"]["runningTaskCount"] == 3
    assert done["startedAt"] >= done["createdAt"] and done["finishedAt"] > done["startedAt"]
    assert families(shop, mailer) == (0, 3)
    assert shop.describe(mailer)["enableExecuteCommand"] is False


def test_what_ends_on_ipv6_is_taken_back_with_its_network(shop, region, mailer):
    region.control("POST", "code", image="mailer:v2", cutOff="ends")
    move(shop, region, mailer, "v2")
    back = region.until(lambda: (d := newest(region, mailer))["status"] == "ROLLBACK_SUCCESSFUL" and d, seconds=1800)
    assert back["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert back["rollback"]["reason"] == back["statusReason"]
    assert families(shop, mailer) == (3, 0)
    arns = [back["rollback"]["serviceRevisionArn"]]
    [revision] = region.ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    assert revision["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == shop.ipv4


def test_a_stopped_deployment_goes_back(shop, region, mailer):
    before = shop.describe(mailer)
    move(shop, region, mailer, "v1")
    region.advance(25)
    arn = newest(region, mailer)["serviceDeploymentArn"]
    assert refusal(region.ecs.stop_service_deployment, serviceDeploymentArn=arn, stopType="ABORT") == "InvalidParameterException"
    assert region.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")["serviceDeploymentArn"] == arn
    assert newest(region, mailer)["status"] in ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
    region.until(lambda: newest(region, mailer)["status"] == "ROLLBACK_SUCCESSFUL")
    after = shop.describe(mailer)
    assert after["networkConfiguration"] == before["networkConfiguration"]
    assert after["taskDefinition"] == before["taskDefinition"]
    assert families(shop, mailer) == (3, 0)
    assert refusal(region.ecs.stop_service_deployment, serviceDeploymentArn=arn) == "ConflictException"
    gone = refusal(region.ecs.stop_service_deployment, serviceDeploymentArn=f"{arn}x")
    assert gone == "ServiceDeploymentNotFoundException"


def test_a_second_change_stops_the_first(shop, region, mailer):
    move(shop, region, mailer, "v1")
    region.advance(10)
    move(shop, region, mailer, "v3")
    region.advance(5)
    found = region.ecs.list_service_deployments(cluster="prod", service=mailer)["serviceDeployments"]
    assert [d["status"] for d in found][:3] == ["IN_PROGRESS", "STOPPED", "SUCCESSFUL"]
    page = region.ecs.list_service_deployments(cluster="prod", service=mailer, maxResults=1)
    rest = region.ecs.list_service_deployments(cluster="prod", service=mailer, nextToken=page["nextToken"])
    assert len(page["serviceDeployments"]) == 1 and len(rest["serviceDeployments"]) == len(found) - 1
