"""ECS: services whose tasks start by themselves, get IPv6 addresses, register, are replaced, and go away."""

import ipaddress

import pytest

from region import pages, refusal
from shop import IMAGE


def detail(task, name):
    details = task["attachments"][0]["details"]
    return next((d["value"] for d in details if d["name"] == name), None)


def test_tasks_of_the_ipv4_service_have_ipv4_addresses_and_are_registered(shop):
    addresses = {detail(t, "privateIPv4Address") for t in shop.tasks("shop")}
    assert len(addresses) == 3
    assert all(ipaddress.ip_address(a).version == 4 for a in addresses)
    assert {a for a, h in shop.health(shop.tg4).items() if h["State"] == "healthy"} == addresses


def test_tasks_of_the_twin_have_an_ipv6_address_and_no_ipv4_one(shop):
    tasks = shop.tasks("shop-ipv6")
    assert [t["lastStatus"] for t in tasks] == ["RUNNING"] * 3
    addresses = set()
    for task in tasks:
        assert detail(task, "privateIPv4Address") is None
        interface = task["containers"][0]["networkInterfaces"][0]
        assert "privateIpv4Address" not in interface
        assert ipaddress.ip_address(interface["ipv6Address"]) in ipaddress.ip_network(shop.ipv6_block)
        addresses.add(interface["ipv6Address"])
    assert {a for a, h in shop.health(shop.tg6).items() if h["State"] == "healthy"} == addresses


def test_tasks_are_spread_over_the_zones(shop):
    assert {t["availabilityZone"] for t in shop.tasks("shop-ipv6")} == {
        "eu-central-1a", "eu-central-1b", "eu-central-1c",
    }


def test_a_service_reads_back_as_it_was_made(shop):
    service = shop.describe("shop-ipv6")
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert network["subnets"] == shop.ipv6
    assert network["securityGroups"] == [shop.group]
    assert service["healthCheckGracePeriodSeconds"] == 60
    assert service["launchType"] == "FARGATE"
    assert service["taskDefinition"] == shop.definition6
    assert service["loadBalancers"][0]["targetGroupArn"] == shop.tg6
    assert any("steady state" in e["message"] for e in service["events"])
    assert service["createdAt"] < service["events"][0]["createdAt"]


def test_a_stopped_task_is_replaced(shop, region):
    before = {t["taskArn"] for t in shop.tasks("shop-ipv6")}
    victim = sorted(before)[0]
    stopped = region.ecs.stop_task(cluster="prod", task=victim, reason="to see it replaced")["task"]
    assert stopped["desiredStatus"] == "STOPPED"
    region.until(lambda: victim not in {t["taskArn"] for t in shop.tasks("shop-ipv6")})
    shop.until_steady("shop-ipv6")
    after = {t["taskArn"] for t in shop.tasks("shop-ipv6")}
    assert len(after) == 3 and len(after - before) == 1

    def stopped_for_good():
        found = region.ecs.describe_tasks(cluster="prod", tasks=[victim])["tasks"][0]
        return found["lastStatus"] == "STOPPED" and found

    gone = region.until(stopped_for_good)
    assert gone["stoppedReason"] == "to see it replaced"
    assert gone["stopCode"] == "UserInitiated"


def test_botocores_own_waiter_sees_a_service_become_stable(shop, region):
    region.ecs.update_service(cluster="prod", service="shop", desiredCount=4)
    region.advance(240)
    waiter = region.ecs.get_waiter("services_stable")
    waiter.wait(cluster="prod", services=["shop"], WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    assert shop.describe("shop")["runningCount"] == 4
    region.ecs.update_service(cluster="prod", service="shop", desiredCount=3)
    shop.until_steady("shop")


def test_a_new_task_definition_is_rolled_out(shop, region):
    revision = shop.task_definition("shop", IMAGE.replace("v1", "v2"))
    service = region.ecs.update_service(cluster="prod", service="shop", taskDefinition=revision)["service"]
    assert {d["status"] for d in service["deployments"]} == {"PRIMARY", "ACTIVE"}
    shop.until_steady("shop")
    assert {t["taskDefinitionArn"] for t in shop.tasks("shop")} == {revision}
    region.ecs.update_service(cluster="prod", service="shop", taskDefinition=shop.definition)
    shop.until_steady("shop")


def test_an_image_from_a_host_without_ipv6_cannot_be_pulled_there(shop, region):
    definition = shop.task_definition("ipv4-image", IMAGE)
    wish = shop.wish("ipv4-image", definition, shop.ipv6, shop.tg6, desiredCount=1)
    wish["loadBalancers"] = []
    del wish["healthCheckGracePeriodSeconds"]
    region.ecs.create_service(**wish)

    def stopped():
        arns = region.ecs.list_tasks(cluster="prod", serviceName="ipv4-image", desiredStatus="STOPPED")["taskArns"]
        return region.ecs.describe_tasks(cluster="prod", tasks=arns)["tasks"] if arns else []

    task = region.until(stopped)[0]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    assert shop.describe("ipv4-image")["runningCount"] == 0
    region.ecs.delete_service(cluster="prod", service="ipv4-image", force=True)


def test_a_client_token_makes_creation_safe_to_repeat(shop, region):
    wish = shop.wish("twice", shop.definition, shop.ipv4, shop.tg4, desiredCount=1, clientToken="0123456789")
    first = region.ecs.create_service(**wish)["service"]
    second = region.ecs.create_service(**wish)["service"]
    assert first["serviceArn"] == second["serviceArn"]
    wish["clientToken"] = "another"
    assert refusal(region.ecs.create_service, **wish) == "InvalidParameterException"
    region.ecs.delete_service(cluster="prod", service="twice", force=True)


def test_a_deleted_service_drains_and_its_name_is_free_again(shop, region):
    shop.create("brief", shop.definition, shop.ipv4, shop.tg4, desiredCount=1)
    region.until(lambda: shop.describe("brief")["runningCount"] == 1)
    assert refusal(region.ecs.delete_service, cluster="prod", service="brief") == "InvalidParameterException"
    region.ecs.update_service(cluster="prod", service="brief", desiredCount=0)
    region.until(lambda: shop.describe("brief")["runningCount"] == 0)
    region.ecs.delete_service(cluster="prod", service="brief")
    region.until(lambda: shop.describe("brief")["status"] == "INACTIVE")
    assert refusal(region.ecs.update_service, cluster="prod", service="brief", desiredCount=1) == "ServiceNotActiveException"


def test_tags_of_a_service_come_and_go(shop, region):
    region.ecs.tag_resource(resourceArn=shop.twin, tags=[{"key": "team", "value": "shop"}])
    found = region.ecs.describe_services(cluster="prod", services=[shop.twin], include=["TAGS"])["services"][0]
    assert {"key": "team", "value": "shop"} in found["tags"]
    assert "tags" not in shop.describe("shop-ipv6") or shop.describe("shop-ipv6")["tags"] == []
    region.ecs.untag_resource(resourceArn=shop.twin, tagKeys=["team"])
    assert region.ecs.list_tags_for_resource(resourceArn=shop.twin)["tags"] == []


def test_lists_come_in_pages(shop, region):
    for i in range(5):
        region.ecs.create_service(
            cluster="prod", serviceName=f"small-{i}", taskDefinition=shop.definition, desiredCount=0,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": shop.ipv4, "securityGroups": [shop.group]}},
        )
    found, count = pages(region.ecs, "list_services", "serviceArns", cluster="prod", PaginationConfig={"PageSize": 2})
    names = [arn.rsplit("/", 1)[1] for arn in found]
    assert count == (len(found) + 1) // 2 >= 4
    assert {"shop", "shop-ipv6", *(f"small-{i}" for i in range(5))} <= set(names)
    assert len(names) == len(set(names))
    tasks, count = pages(
        region.ecs, "list_tasks", "taskArns", cluster="prod", serviceName="shop", PaginationConfig={"PageSize": 1}
    )
    assert (len(tasks), count) == (3, 3)
    found, _ = pages(
        region.ecs, "list_task_definitions", "taskDefinitionArns", familyPrefix="shop", PaginationConfig={"PageSize": 1}
    )
    assert shop.definition in found
    for i in range(5):
        region.ecs.delete_service(cluster="prod", service=f"small-{i}")


def test_more_than_ten_services_cannot_be_described_and_unknown_ones_are_named(shop, region):
    names = [f"nobody-{i}" for i in range(11)]
    assert refusal(region.ecs.describe_services, cluster="prod", services=names) == "InvalidParameterException"
    answer = region.ecs.describe_services(cluster="prod", services=["shop", "nobody"])
    assert [s["serviceName"] for s in answer["services"]] == ["shop"]
    assert [f["reason"] for f in answer["failures"]] == ["MISSING"]


INVALID = "InvalidParameterException"


@pytest.fixture
def loose(shop, region):
    """A target group that no load balancer uses."""
    arn = shop.target_group("loose", "ipv6")
    yield arn
    region.elb.delete_target_group(TargetGroupArn=arn)


def test_a_target_group_without_a_load_balancer_is_refused(shop, region, loose):
    wish = shop.wish("new", shop.definition6, shop.ipv6, loose)
    with pytest.raises(region.ecs.exceptions.InvalidParameterException) as refused:
        region.ecs.create_service(**wish)
    assert "does not have an associated load balancer" in refused.value.response["Error"]["Message"]


def test_what_ecs_refuses(shop, region):
    ecs = region.ecs
    wish = shop.wish("new", shop.definition6, shop.ipv6, shop.tg6)
    assert refusal(ecs.create_service, **{**wish, "cluster": "nowhere"}) == "ClusterNotFoundException"
    assert refusal(ecs.create_service, **{**wish, "taskDefinition": "nothing:1"}) in ("ClientException", INVALID)
    assert refusal(ecs.create_service, **shop.wish("new", shop.definition6, shop.ipv6, shop.tg4)) == INVALID
    assert refusal(ecs.create_service, **shop.wish("new", shop.definition, shop.ipv4, shop.tg6)) == INVALID
    assert refusal(ecs.create_service, **shop.wish("shop", shop.definition, shop.ipv4, shop.tg4)) == INVALID
    assert refusal(ecs.create_service, **{**wish, "networkConfiguration": {}}) == INVALID
    assert refusal(ecs.create_service, **{
        **wish, "loadBalancers": [{"targetGroupArn": shop.tg6, "containerName": "nobody", "containerPort": 8080}],
    }) == INVALID
    assert refusal(ecs.create_service, **{
        **wish, "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
    }) == INVALID
    assert refusal(ecs.update_service, cluster="prod", service="nobody", desiredCount=1) == "ServiceNotFoundException"
    assert refusal(ecs.describe_task_definition, taskDefinition="nothing:1") == "ClientException"
    assert refusal(ecs.list_services, cluster="nowhere") == "ClusterNotFoundException"
    assert refusal(ecs.stop_task, cluster="prod", task="0123456789abcdef0123456789abcdef")
    assert refusal(ecs.list_services, cluster="prod", nextToken="made-up") == INVALID
