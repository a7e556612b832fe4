"""Workers on a queue, and daemons on container instances: services that no load balancer speaks of."""

import json

import pytest

from region import refusal
from shop import DUAL_STACK_IMAGE, ZONES

ROLE = "arn:aws:iam::123456789012:role/packer"


def network(shop, subnets):
    return {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [shop.group]}}


def definition(region, family, on, **container):
    return region.ecs.register_task_definition(
        family=family, networkMode="awsvpc", requiresCompatibilities=[on], cpu="256", memory="512",
        executionRoleArn=ROLE, taskRoleArn=ROLE,
        containerDefinitions=[{"name": "app", "image": DUAL_STACK_IMAGE.replace("shop:v1", f"{family}:v1"), **container}],
    )["taskDefinition"]["taskDefinitionArn"]


def latest(region, namespace, name, **dimensions):
    """The newest value of a metric."""
    stat = {
        "Metric": {"Namespace": namespace, "MetricName": name,
                   "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()]},
        "Period": 60, "Stat": "Maximum",
    }
    now = region.now()
    answer = region.cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": stat}], StartTime=now.timestamp() - 900, EndTime=now.timestamp())
    values = answer["MetricDataResults"][0]["Values"]
    return values[0] if values else None


def messages(region, queue):
    return region.control("GET", "messages")[queue]


def test_a_queue_grows_where_its_workers_take_nothing_over_ipv6(shop, region):
    region.ecs.create_cluster(clusterName="seen", settings=[{"name": "containerInsights", "value": "enabled"}])
    wish = {
        "cluster": "seen", "taskDefinition": definition(region, "packer", "FARGATE"), "desiredCount": 2,
        "launchType": "FARGATE", "networkConfiguration": network(shop, shop.ipv6),
    }
    region.ecs.create_service(serviceName="packer", **wish)
    region.control("POST", "queue", name="parcels", worker="packer", arrivals=60, takes=60)
    region.advance(1200)
    well = messages(region, "parcels")
    assert well["deleted"] > 800 and well["dead"] == 0 and well["waiting"] < 200
    assert latest(region, "AWS/SQS", "NumberOfMessagesDeleted", QueueName="parcels") > 50
    assert latest(region, "ECS/ContainerInsights", "RunningTaskCount", ClusterName="seen", ServiceName="packer") == 2
    assert latest(region, "ECS/ContainerInsights", "CpuUtilized", ClusterName="seen", ServiceName="packer") > 0
    assert latest(region, "ECS/ContainerInsights", "RunningTaskCount", ClusterName="prod", ServiceName="shop") is None
    region.ecs.update_service(cluster="seen", service="packer", desiredCount=0)
    region.advance(1800)
    left = messages(region, "parcels")
    assert left["waiting"] > 1000, "nobody takes them"
    assert latest(region, "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="parcels") > 1000
    assert latest(region, "AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName="parcels") > 900
    # A task that is run by hand takes its part, too.
    task = {key: wish[key] for key in ("cluster", "taskDefinition", "launchType", "networkConfiguration")}
    region.ecs.run_task(**task)
    before = messages(region, "parcels")["deleted"]
    region.advance(600)
    assert messages(region, "parcels")["deleted"] > before + 300


def instance(region, number, zone, *capabilities):
    """A container instance, registered as its agent does it."""
    identity = json.dumps({"instanceId": f"i-{number:017x}", "availabilityZone": zone, "region": "eu-central-1"})
    size = [{"name": n, "type": "INTEGER", "integerValue": v} for n, v in (("CPU", 1024), ("MEMORY", 1024))]
    return region.ecs.register_container_instance(
        cluster="machines", instanceIdentityDocument=identity, totalResources=size,
        versionInfo={"agentVersion": "1.105.1"}, attributes=[{"name": f"ecs.capability.{c}"} for c in capabilities],
    )["containerInstance"]["containerInstanceArn"]


@pytest.fixture(scope="module")
def machines(region):
    region.ecs.create_cluster(clusterName="machines")


def test_a_daemon_has_a_task_on_each_instance(shop, region, machines):
    agent = definition(region, "agent", "EC2")
    task = {"cluster": "machines", "taskDefinition": agent, "launchType": "EC2",
            "networkConfiguration": network(shop, shop.ipv6)}
    assert refusal(region.ecs.run_task, **task) == "InvalidParameterException"
    old = instance(region, 1, ZONES[0], "task-eni")
    ran = region.ecs.run_task(**task)
    assert ran["tasks"] == [] and ran["failures"] == [{"arn": old, "reason": "ATTRIBUTE"}]
    region.ecs.deregister_container_instance(cluster="machines", containerInstance=old)
    known = [instance(region, n, zone, "task-eni", "ipv6-only") for n, zone in enumerate(ZONES, 2)]
    region.ecs.create_service(serviceName="agent", schedulingStrategy="DAEMON", **task)

    def tasks():
        arns = region.ecs.list_tasks(cluster="machines", serviceName="agent")["taskArns"]
        found = region.ecs.describe_tasks(cluster="machines", tasks=arns)["tasks"] if arns else []
        return [t for t in found if t["lastStatus"] == "RUNNING"]

    def whole(count):
        return lambda: len(found := tasks()) == count and found

    found = region.until(whole(3))
    assert {t["containerInstanceArn"] for t in found} == set(known)
    assert {t["availabilityZone"] for t in found} == set(ZONES)
    assert all("privateIpv4Address" not in t["containers"][0]["networkInterfaces"][0] for t in found)
    service = region.ecs.describe_services(cluster="machines", services=["agent"])["services"][0]
    assert service["desiredCount"] == 3
    region.ecs.update_container_instances_state(cluster="machines", containerInstances=known[:1], status="DRAINING")
    found = region.until(whole(2))
    assert known[0] not in {t["containerInstanceArn"] for t in found}
    described = region.ecs.describe_container_instances(cluster="machines", containerInstances=known)["containerInstances"]
    assert [i["status"] for i in described] == ["DRAINING", "ACTIVE", "ACTIVE"]
    assert [i["runningTasksCount"] for i in described] == [0, 1, 1]
    left = {r["name"]: r["integerValue"] for r in described[1]["remainingResources"]}
    assert left == {"CPU": 768, "MEMORY": 512}
    refused = refusal(region.ecs.deregister_container_instance, cluster="machines", containerInstance=known[1])
    assert refused == "InvalidParameterException"


def test_an_instance_takes_no_more_than_it_has(shop, region, machines):
    big = region.ecs.register_task_definition(
        family="big", networkMode="awsvpc", requiresCompatibilities=["EC2"], cpu="2048", memory="512",
        containerDefinitions=[{"name": "app", "image": DUAL_STACK_IMAGE}],
    )["taskDefinition"]["taskDefinitionArn"]
    ran = region.ecs.run_task(
        cluster="machines", taskDefinition=big, launchType="EC2", networkConfiguration=network(shop, shop.ipv6))
    assert ran["tasks"] == [] and ran["failures"][0]["reason"] in ("RESOURCE:CPU", "ATTRIBUTE")
