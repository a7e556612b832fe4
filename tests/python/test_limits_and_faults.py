"""Too many calls, calls that fail, calls without a signature: each as AWS says it."""

import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from region import refusal, status

THROTTLES = [
    ("ecs", lambda c: c.describe_services(cluster="prod", services=["shop"]), "ThrottlingException", 400),
    ("elbv2", lambda c: c.describe_target_groups(Names=["shop-v4"]), "Throttling", 400),
    ("cloudwatch", lambda c: c.describe_alarms(), "Throttling", 400),
    ("application-autoscaling", lambda c: c.describe_scalable_targets(ServiceNamespace="ecs"), "ThrottlingException", 400),
    ("ec2", lambda c: c.describe_vpcs(), "RequestLimitExceeded", 503),
]


@pytest.mark.parametrize(("service", "call", "code", "http"), THROTTLES, ids=[t[0] for t in THROTTLES])
def test_a_throttle_is_told_in_the_services_own_words(shop, region, service, call, code, http):
    client = region.client(service, hasty=True)
    name = "autoscaling" if service == "application-autoscaling" else service
    before = region.control("GET", "counters")["throttled"]
    region.inject(f"{name}:*", "throttle")
    with pytest.raises(ClientError) as refused:
        call(client)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == http
    assert region.control("GET", "counters")["throttled"] == before + 1
    call(client)


def test_a_burst_empties_the_bucket_and_time_fills_it(shop, region):
    hasty = region.client("cloudwatch", hasty=True)
    region.advance(60)
    codes = []
    # Nine a second are allowed.
    for _ in range(30):
        try:
            hasty.describe_alarms(MaxRecords=1)
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes and set(codes) == {"Throttling"}
    region.advance(2)
    hasty.describe_alarms(MaxRecords=1)


def test_boto3_retries_a_throttle_by_itself(shop, region):
    patient = region.session.client("ecs", endpoint_url=region.url)
    region.inject("ecs:ListClusters", "throttle", times=2)
    assert patient.list_clusters()["clusterArns"]


def test_an_error_after_the_effect_has_had_its_effect(shop, region):
    region.inject("elbv2:AddTags", "errorAfter")
    assert status(region.elb.add_tags, ResourceArns=[shop.tg6], Tags=[{"Key": "late", "Value": "yes"}]) == 500
    assert region.elb.describe_tags(ResourceArns=[shop.tg6])["TagDescriptions"][0]["Tags"]
    region.elb.remove_tags(ResourceArns=[shop.tg6], TagKeys=["late"])


def test_an_error_before_the_effect_has_had_none(shop, region):
    region.inject("elbv2:AddTags", "errorBefore")
    assert status(region.elb.add_tags, ResourceArns=[shop.tg6], Tags=[{"Key": "never", "Value": "no"}]) == 500
    assert region.elb.describe_tags(ResourceArns=[shop.tg6])["TagDescriptions"][0]["Tags"] == []


def test_a_lost_reply_is_a_closed_connection_after_the_effect(shop, region):
    region.inject("ecs:TagResource", "lostReply")
    with pytest.raises(ConnectionClosedError):
        region.ecs.tag_resource(resourceArn=shop.twin, tags=[{"key": "lost", "value": "yes"}])
    assert region.ecs.list_tags_for_resource(resourceArn=shop.twin)["tags"] == [{"key": "lost", "value": "yes"}]
    region.ecs.untag_resource(resourceArn=shop.twin, tagKeys=["lost"])


def test_a_delay_is_a_delay(shop, region):
    region.inject("ecs:ListClusters", {"delay": 0.7})
    before = time.monotonic()
    region.ecs.list_clusters()
    assert time.monotonic() - before > 0.6


def test_an_unsigned_request_is_refused(region):
    request = urllib.request.Request(
        region.url, b"{}", {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters",
                            "Content-Type": "application/x-amz-json-1.1"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 403
    assert b"MissingAuthenticationToken" in refused.value.read()


def test_another_regions_signature_is_refused(region):
    elsewhere = region.session.client("ecs", region_name="us-east-1", endpoint_url=region.url)
    assert refusal(elsewhere.list_clusters)


def test_operations_that_are_not_simulated_are_refused_by_name(region):
    assert refusal(region.ecs.list_attributes, targetType="container-instance") == "UnknownOperationException"
    assert refusal(region.elb.describe_ssl_policies) == "InvalidAction"
    assert refusal(region.scaling.describe_scaling_activities, ServiceNamespace="ecs") == "UnknownOperationException"


def test_who_am_i(region):
    me = region.sts.get_caller_identity()
    assert me["Account"] == "123456789012"
    assumed = region.sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/deploy", RoleSessionName="one")
    assert assumed["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/deploy/one"
    assert assumed["Credentials"]["Expiration"] > region.now()


def test_the_clock_moves_only_forwards(region):
    before = region.now()
    region.advance(3600)
    assert (region.now() - before).total_seconds() >= 3600
    with pytest.raises(urllib.error.HTTPError) as refused:
        region.control("POST", "advance", seconds=-5)
    assert refused.value.code == 400
