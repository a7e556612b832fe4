"""A Network Load Balancer from nothing: one family an action, and a rule that leads the clients of one family."""

import pytest

from region import refusal
from shop import DUAL_STACK_IMAGE, IMAGE

PORT = 8080
IPV6_CLIENTS = [{"Field": "source-ip", "SourceIpConfig": {"IpAddressType": "ipv6"}}]


class Flows:
    """A dual-stack load balancer on TCP, an IPv4 service behind its default action, and a twin that nobody is led to."""

    def __init__(self, region, shop):
        self.region, self.shop = region, shop
        made = region.elb.create_load_balancer(
            Name="flows", Type="network", Subnets=shop.dual_stack, SecurityGroups=[shop.group], IpAddressType="dualstack")
        self.balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
        self.four, self.six = (self.group(f"flows-{f}", f) for f in ("ipv4", "ipv6"))
        self.listener = region.elb.create_listener(
            LoadBalancerArn=self.balancer, Protocol="TCP", Port=443, DefaultActions=[shop.forward((self.four, 1))],
        )["Listeners"][0]["ListenerArn"]
        region.until(self._is_active)
        self.create("flows", IMAGE, shop.ipv4, self.four)
        region.until(lambda: shop.healthy(self.four) == 2)

    def group(self, name, family, protocol="TCP"):
        made = self.region.elb.create_target_group(
            Name=name, Protocol=protocol, Port=PORT, VpcId=self.shop.vpc, TargetType="ip", IpAddressType=family,
            HealthCheckProtocol="TCP", HealthCheckIntervalSeconds=10, HealthCheckTimeoutSeconds=5,
            HealthyThresholdCount=2)
        return made["TargetGroups"][0]["TargetGroupArn"]

    def create(self, name, image, subnets, group):
        definition = self.shop.task_definition(name, image)
        wish = self.shop.wish(name, definition, subnets, group, desiredCount=2)
        return self.region.ecs.create_service(**wish)

    def _is_active(self):
        found = self.region.elb.describe_load_balancers(LoadBalancerArns=[self.balancer])
        return found["LoadBalancers"][0]["State"]["Code"] == "active"


@pytest.fixture(scope="module")
def flows(region, shop):
    yield Flows(region, shop)
    region.end("flows", "flows-ipv6")


def test_an_action_has_one_family_alone(flows, region, shop):
    both = [shop.forward((flows.four, 50), (flows.six, 50))]
    refused = refusal(region.elb.modify_listener, ListenerArn=flows.listener, DefaultActions=both)
    assert refused == "InvalidLoadBalancerAction"


def test_a_rule_leads_ipv6_clients_and_the_default_everybody_else(flows, region, shop):
    rule = region.elb.create_rule(
        ListenerArn=flows.listener, Priority=1, Conditions=IPV6_CLIENTS, Actions=[shop.forward((flows.six, 1))],
    )["Rules"][0]
    assert rule["Conditions"][0]["SourceIpConfig"]["IpAddressType"] == "ipv6"
    flows.create("flows-ipv6", DUAL_STACK_IMAGE, shop.ipv6, flows.six)
    region.until(lambda: shop.healthy(flows.six) == 2)
    for wrong in [
        [{"Field": "path-pattern", "Values": ["/api/*"]}],
        [{"Field": "host-header", "Values": ["shop.example"]}],
    ]:
        refused = refusal(
            region.elb.create_rule, ListenerArn=flows.listener, Priority=2, Conditions=wrong,
            Actions=[shop.forward((flows.six, 1))])
        assert refused == "ValidationError", wrong
    region.elb.modify_listener(ListenerArn=flows.listener, DefaultActions=[shop.forward((flows.six, 1))])
    region.elb.delete_rule(RuleArn=rule["RuleArn"])
    rules = region.elb.describe_rules(ListenerArn=flows.listener)["Rules"]
    assert [r["Priority"] for r in rules] == ["default"]


def test_a_listener_takes_groups_of_its_protocol(flows, region, shop):
    http = shop.target_group("flows-http", "ipv4")
    refused = refusal(
        region.elb.create_listener, LoadBalancerArn=flows.balancer, Protocol="TCP", Port=80,
        DefaultActions=[shop.forward((http, 1))])
    assert refused == "IncompatibleProtocols"
    datagrams = flows.group("flows-udp", "ipv4", protocol="UDP")
    refused = refusal(
        region.elb.create_listener, LoadBalancerArn=flows.balancer, Protocol="UDP", Port=53,
        DefaultActions=[shop.forward((datagrams, 1))])
    assert refused == "InvalidConfigurationRequest", "UDP on dual-stack wants IPv6 targets"
