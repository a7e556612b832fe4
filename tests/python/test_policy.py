"""The IAM policy that is deployed lets nothing be changed that is not meant: AWS's words, in the region's judgement."""

import json
from pathlib import Path

import pytest

from region import refusal

POLICY = Path(__file__).parents[2] / "deploy/iam/policy.json"
MARK = "sixshift:plan"


@pytest.fixture
def allowed(region):
    """The deployed policy, for as long as a test; what it asks about is made before."""

    def hold():
        region.control("POST", "policy", **json.loads(POLICY.read_text(encoding="utf-8")))

    yield hold
    region.control("DELETE", "policy")


def tagged(value):
    return [{"Key": MARK, "Value": value}]


def test_a_target_group_is_changed_only_with_its_mark(region, shop, allowed):
    ours, theirs = shop.target_group("judged-v6", "ipv6"), shop.target_group("judged-v6-1", "ipv6")
    elsewhere = shop.target_group("judged", "ipv6")
    for arn in (ours, elsewhere):
        region.elb.add_tags(ResourceArns=[arn], Tags=tagged("one"))
    allowed()
    wish = [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
    region.elb.modify_target_group_attributes(TargetGroupArn=ours, Attributes=wish)
    for arn in (theirs, elsewhere):
        code = refusal(region.elb.modify_target_group_attributes, TargetGroupArn=arn, Attributes=wish)
        assert code == "AccessDenied"
    note = [{"Key": "sixshift:share", "Value": "0"}]
    region.elb.add_tags(ResourceArns=[ours], Tags=note)
    region.elb.remove_tags(ResourceArns=[ours], TagKeys=["sixshift:share"])
    assert refusal(region.elb.add_tags, ResourceArns=[theirs], Tags=note) == "AccessDenied"
    assert refusal(region.elb.add_tags, ResourceArns=[ours, theirs], Tags=note) == "AccessDenied"
    assert refusal(region.elb.add_tags, ResourceArns=[ours], Tags=[{"Key": "team", "Value": "a"}]) == "AccessDenied"
    assert refusal(region.elb.remove_tags, ResourceArns=[ours], TagKeys=["team"]) == "AccessDenied"


def test_a_mark_comes_back_only_where_there_is_none_and_brings_nothing_else(region, shop, allowed):
    lost, marked = shop.target_group("lost-v6", "ipv6"), shop.target_group("lost", "ipv6")
    allowed()
    both = [*tagged("one"), {"Key": "sixshift:from", "Value": "x"}]
    more = [*both, {"Key": "team", "Value": "a"}]
    assert refusal(region.elb.add_tags, ResourceArns=[lost], Tags=more) == "AccessDenied"
    assert refusal(region.elb.add_tags, ResourceArns=[marked], Tags=both) == "AccessDenied"
    assert refusal(region.elb.add_tags, ResourceArns=[shop.load_balancer], Tags=both) == "AccessDenied"
    region.elb.add_tags(ResourceArns=[lost], Tags=both)


def test_what_is_made_carries_the_mark(region, shop, allowed):
    allowed()
    group = {"Name": "made-v6", "Protocol": "HTTP", "Port": 80, "VpcId": shop.vpc, "TargetType": "ip"}
    assert refusal(region.elb.create_target_group, **group) == "AccessDenied"
    assert refusal(region.elb.create_target_group, **group, Tags=[{"Key": "a", "Value": "b"}]) == "AccessDenied"
    assert refusal(region.elb.create_target_group, **{**group, "Name": "made"}, Tags=tagged("one")) == "AccessDenied"
    region.elb.create_target_group(**group, IpAddressType="ipv6", Tags=tagged("one"))
    task = {"family": "judged", "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 64}]}
    assert refusal(region.ecs.register_task_definition, **task) == "AccessDeniedException"
    region.ecs.register_task_definition(**task, tags=[{"key": MARK, "value": "one"}])
    service = {"cluster": "shop", "taskDefinition": "judged", "desiredCount": 0}
    tags = [{"key": MARK, "value": "one"}]
    code = refusal(region.ecs.create_service, **service, serviceName="judged-ipv6")
    assert code == "AccessDeniedException"
    code = refusal(region.ecs.create_service, **service, serviceName="judged", tags=tags)
    assert code == "AccessDeniedException"


def test_nothing_of_the_teams_is_tagged_or_made_anew(region, shop, allowed):
    allowed()
    code = refusal(region.ecs.tag_resource, resourceArn=shop.service, tags=[{"key": MARK, "value": "one"}])
    assert code == "AccessDeniedException"
    assert refusal(region.elb.delete_load_balancer, LoadBalancerArn=shop.load_balancer) == "AccessDenied"
    assert refusal(region.elb.delete_rule, RuleArn=shop.rule) == "AccessDenied"
    table = {"ServiceNamespace": "dynamodb", "ResourceId": "table/a", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
    code = refusal(region.scaling.deregister_scalable_target, **table)
    assert code == "AccessDeniedException"
