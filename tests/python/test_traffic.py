"""Traffic follows the weights, and CloudWatch tells of it: minutes late, by target group."""

import json
import urllib.error
from datetime import timedelta

import pytest

ALB = "AWS/ApplicationELB"


def part(arn):
    """What CloudWatch calls a load balancer or a target group."""
    last = arn.rsplit(":", 1)[1]
    return last.removeprefix("loadbalancer/")


@pytest.fixture(scope="module")
def customers(shop, region):
    """Two classes of customers: one meets the default action, one the rule."""
    for path, rate in [("/", 20), ("/api/orders", 10)]:
        region.control(
            "POST", "traffic", service="shop", loadBalancer=shop.load_balancer, port=80,
            host="shop.example", path=path, rate=rate,
        )
    shop.weigh(100, 0)
    region.advance(600)


def series(region, shop, name, group, stat="Sum", minutes=10):
    """Newest minutes first that are surely complete."""
    end = region.now().replace(second=0, microsecond=0) - timedelta(minutes=4)
    dimensions = [
        {"Name": "LoadBalancer", "Value": part(shop.load_balancer)},
        {"Name": "TargetGroup", "Value": part(group)},
    ]
    metric = {"Namespace": ALB, "MetricName": name, "Dimensions": dimensions}
    answer = region.cloudwatch.get_metric_data(
        StartTime=end - timedelta(minutes=minutes), EndTime=end,
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}],
    )
    return answer["MetricDataResults"][0]["Values"]


def share(region, shop, minutes=5):
    six = sum(series(region, shop, "RequestCount", shop.tg6, minutes=minutes))
    four = sum(series(region, shop, "RequestCount", shop.tg4, minutes=minutes))
    return six / (six + four)


def test_at_weight_zero_the_twin_gets_nothing(shop, region, customers):
    assert series(region, shop, "RequestCount", shop.tg6) == []
    minutes = series(region, shop, "RequestCount", shop.tg4, minutes=3)
    assert len(minutes) == 3
    assert all(1000 < n < 2600 for n in minutes), "some 30 requests a second"


def test_traffic_follows_the_weights(shop, region, customers):
    for weight in [10, 50, 100]:
        shop.weigh(100 - weight, weight)
        region.advance(600)
        assert share(region, shop) == pytest.approx(weight / 100, abs=0.02)
    shop.weigh(100, 0)
    region.advance(600)
    assert series(region, shop, "RequestCount", shop.tg6, minutes=3) == []


def test_a_metric_is_late(shop, region, customers):
    end = region.now()
    newest = series(region, shop, "RequestCount", shop.tg4, minutes=30)
    now = region.cloudwatch.get_metric_statistics(
        Namespace=ALB, MetricName="RequestCount", Period=60, Statistics=["Sum"],
        StartTime=end - timedelta(seconds=60), EndTime=end,
        Dimensions=[
            {"Name": "LoadBalancer", "Value": part(shop.load_balancer)},
            {"Name": "TargetGroup", "Value": part(shop.tg4)},
        ],
    )
    assert newest and now["Datapoints"] == []


def test_percentiles_of_the_response_time_are_ordered(shop, region, customers):
    p50, p99, top = (
        series(region, shop, "TargetResponseTime", shop.tg4, stat, minutes=3) for stat in ["p50", "p99", "Maximum"]
    )
    assert len(p50) == len(p99) == 3
    assert all(0 < a < b <= c for a, b, c in zip(p50, p99, top, strict=True))


def test_healthy_hosts_are_reported_and_errors_only_where_there_are_any(shop, region, customers):
    assert set(series(region, shop, "HealthyHostCount", shop.tg6, "Minimum", minutes=3)) == {3.0}
    assert series(region, shop, "HTTPCode_Target_5XX_Count", shop.tg4) == []
    assert series(region, shop, "TargetConnectionErrorCount", shop.tg6) == []


def test_an_empty_target_group_with_weight_costs_its_share_of_requests(shop, region, customers):
    empty = shop.target_group("empty", "ipv6")
    before = region.control("GET", "traffic")["shop"]
    region.elb.modify_rule(RuleArn=shop.rule, Actions=[shop.forward((shop.tg4, 50), (empty, 50))])
    region.advance(300)
    shop.weigh(100, 0)
    after = region.control("GET", "traffic")["shop"]
    failed = after["failed"] - before["failed"]
    total = after["total"] - before["total"]
    assert failed == pytest.approx(total / 6, rel=0.1), "half of the rule's third"
    region.advance(300)
    end = region.now()
    answer = region.cloudwatch.get_metric_statistics(
        Namespace=ALB, MetricName="HTTPCode_ELB_5XX_Count", Period=60, Statistics=["Sum"],
        StartTime=end - timedelta(minutes=20), EndTime=end,
        Dimensions=[{"Name": "LoadBalancer", "Value": part(shop.load_balancer)}],
    )
    assert sum(p["Sum"] for p in answer["Datapoints"]) == failed
    region.elb.delete_target_group(TargetGroupArn=empty)


def test_a_shift_with_healthy_twins_costs_no_request(shop, region, customers):
    before = region.control("GET", "traffic")["shop"]
    for weight in [1, 25, 100, 0]:
        shop.weigh(100 - weight, weight)
        region.advance(300)
    after = region.control("GET", "traffic")["shop"]
    assert after["total"] > before["total"]
    assert after["failed"] == before["failed"]


def said(region, **asking):
    """What the simulation says to customers whom it cannot place."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        region.control("POST", "traffic", **asking)
    assert refused.value.code == 400
    return json.load(refused.value)["error"]


def test_customers_are_placed_by_the_load_balancers_name_too(shop, region, customers):
    wish = {"service": "by-name", "port": 80, "host": "shop.example", "path": "/", "rate": 5}
    region.control("POST", "traffic", loadBalancer="shop", **wish)
    region.advance(120)
    assert region.control("GET", "traffic")["by-name"]["total"] == pytest.approx(5 * 120, rel=0.7)
    assert "no load balancer has the name or ARN 'shp'; there are shop" in said(region, loadBalancer="shp", **wish)
    assert "missing field `loadBalancer`" in said(region, **wish)
    del wish["host"]
    assert "missing field `host`" in said(region, loadBalancer="shop", **wish)


def test_flow_logs_have_what_tasks_exchanged_and_come_late(shop, region, customers):
    logs = region.client("logs", hasty=True)
    for _ in range(2):
        region.control(
            "POST", "dependency", image="shop:v1", ipv4="203.0.113.9", port=443, share=0.5, sent=100, received=1000
        )
    shop.weigh(100, 0)
    region.ec2.create_flow_logs(
        ResourceType="VPC", ResourceIds=[shop.vpc], TrafficType="ALL", LogGroupName="/shop/flows", MaxAggregationInterval=60,
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flow",
        LogFormat="${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${bytes} ${flow-direction} ${ecs-service-name}",
    )
    region.advance(60)
    groups = logs.describe_log_groups(logGroupNamePrefix="/shop/flows")["logGroups"]
    assert groups == [], "a minute is over, and its records are on their way"
    region.advance(900)
    lines = logs.filter_log_events(logGroupName="/shop/flows")["events"]
    records = [line["message"].split() for line in lines]
    assert {r[7] for r in records} == {"shop", "shop-ipv6"}
    asked = [r for r in records if r[2] == "203.0.113.9" and r[4] == "443"]
    assert asked and all(r[6] == "egress" and r[7] == "shop" and r[0].startswith("eni-") for r in asked)
    sent = sum(int(r[5]) for r in asked)
    received = sum(int(r[5]) for r in records if r[1] == "203.0.113.9")
    assert received == 10 * sent
    assert any(r[3] == "8080" and r[6] == "egress" for r in records), "what load balancers are answered is recorded, too"
    tasks = region.ecs.list_tasks(cluster="prod", serviceName="shop")["taskArns"]
    described = region.ecs.describe_tasks(cluster="prod", tasks=tasks)["tasks"]
    details = [d for t in described for a in t["attachments"] for d in a["details"]]
    interfaces = {d["value"] for d in details if d["name"] == "networkInterfaceId"}
    assert {r[0] for r in asked} <= interfaces
