"""Service Quotas, and the metric of what is in use, as boto3 reads them."""

import datetime

import pytest

from region import refusal

ON_DEMAND = {"ServiceCode": "fargate", "QuotaCode": "L-3032A538"}
SUBNETS = {"ServiceCode": "vpc", "QuotaCode": "L-407747CB"}


@pytest.fixture(scope="module")
def quotas(region):
    return region.client("service-quotas")


def test_quotas_are_told_with_the_metric_of_their_use(region, quotas):
    granted = quotas.get_service_quota(**ON_DEMAND)["Quota"]
    given = quotas.get_aws_default_service_quota(**ON_DEMAND)["Quota"]
    assert granted["QuotaName"] == given["QuotaName"] == "Fargate On-Demand vCPU resource count"
    assert granted["Value"] > given["Value"]
    assert refusal(quotas.get_service_quota, **SUBNETS) == "NoSuchResourceException"
    assert quotas.get_aws_default_service_quota(**SUBNETS)["Quota"]["Value"] == 200


def test_what_runs_is_what_the_metric_says(region, quotas, shop):
    metric = quotas.get_service_quota(**ON_DEMAND)["Quota"]["UsageMetric"]
    dimensions = [{"Name": name, "Value": value} for name, value in metric["MetricDimensions"].items()]
    region.advance(600)
    now = region.now()
    told = region.cloudwatch.get_metric_statistics(
        Namespace=metric["MetricNamespace"], MetricName=metric["MetricName"], Dimensions=dimensions, Period=300,
        Statistics=[metric["MetricStatisticRecommendation"]], StartTime=now - datetime.timedelta(minutes=10), EndTime=now,
    )["Datapoints"]
    tasks = [task for service in ("shop", "shop-ipv6") for task in shop.tasks(service)]
    vcpus = sum(int(task["cpu"]) / 1024 for task in tasks)
    assert told[-1]["Maximum"] == vcpus


def test_quotas_that_are_not_there_are_refused(quotas):
    assert refusal(quotas.get_service_quota, ServiceCode="fargate", QuotaCode="L-00000000") == "NoSuchResourceException"
    assert refusal(quotas.get_service_quota, ServiceCode="vpc", QuotaCode=ON_DEMAND["QuotaCode"]) == "NoSuchResourceException"
