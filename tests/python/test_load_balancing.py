"""ELBv2: target groups of both families, weighted forwards, rules, tags, pages, refusals."""

import pytest

from region import address_in, pages, refusal


@pytest.fixture
def spare(shop, region):
    """A target group that nothing uses, for a test's own listener."""
    return shop.target_group("spare", "ipv6")


def groups(action):
    return {g["TargetGroupArn"]: g["Weight"] for g in action["ForwardConfig"]["TargetGroups"]}


def test_a_target_group_reads_back_with_its_family(shop, region):
    found = region.elb.describe_target_groups(Names=["shop-v6"])["TargetGroups"][0]
    assert found["IpAddressType"] == "ipv6"
    assert found["TargetType"] == "ip"
    assert found["HealthCheckPath"] == "/healthz"
    assert found["LoadBalancerArns"] == [shop.load_balancer]


def test_the_load_balancer_reads_back(shop, region):
    found = region.elb.describe_load_balancers(LoadBalancerArns=[shop.load_balancer])["LoadBalancers"][0]
    assert found["IpAddressType"] == "dualstack"
    assert found["Type"] == "application"
    assert {z["SubnetId"] for z in found["AvailabilityZones"]} == set(shop.dual_stack)
    assert found["State"]["Code"] == "active"
    assert found["DNSName"].endswith(".elb.amazonaws.com")


def test_creating_the_same_target_group_again_gives_the_same_one(shop):
    assert shop.target_group("shop-v6", "ipv6") == shop.tg6


def test_weights_read_back_on_listener_and_rule(shop, region):
    shop.weigh(60, 40)
    listener = region.elb.describe_listeners(ListenerArns=[shop.listener])["Listeners"][0]
    rule = region.elb.describe_rules(RuleArns=[shop.rule])["Rules"][0]
    assert groups(listener["DefaultActions"][0]) == {shop.tg4: 60, shop.tg6: 40}
    assert groups(rule["Actions"][0]) == {shop.tg4: 60, shop.tg6: 40}
    shop.weigh(1, 0)


def test_a_forward_to_one_group_reads_back_both_ways(shop, region, spare):
    made = region.elb.create_rule(
        ListenerArn=shop.listener, Priority=77, Conditions=[{"Field": "host-header", "Values": ["one.example"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": spare}],
    )["Rules"][0]
    action = region.elb.describe_rules(RuleArns=[made["RuleArn"]])["Rules"][0]["Actions"][0]
    assert action["TargetGroupArn"] == spare
    assert groups(action) == {spare: 1}
    region.elb.delete_rule(RuleArn=made["RuleArn"])
    assert refusal(region.elb.describe_rules, RuleArns=[made["RuleArn"]]) == "RuleNotFound"


def test_an_authenticate_action_keeps_its_order_and_hides_its_secret(shop, region):
    oidc = {
        "Issuer": "https://id.example", "AuthorizationEndpoint": "https://id.example/auth",
        "TokenEndpoint": "https://id.example/token", "UserInfoEndpoint": "https://id.example/user",
        "ClientId": "shop", "ClientSecret": "secret",
    }
    made = region.elb.create_listener(
        LoadBalancerArn=shop.load_balancer, Protocol="HTTPS", Port=443,
        Certificates=[{"CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/one"}],
        DefaultActions=[
            {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": oidc},
            {**shop.forward((shop.tg4, 1), (shop.tg6, 0)), "Order": 2},
        ],
    )["Listeners"][0]["ListenerArn"]
    first, second = region.elb.describe_listeners(ListenerArns=[made])["Listeners"][0]["DefaultActions"]
    assert (first["Order"], second["Order"]) == (1, 2)
    assert "ClientSecret" not in first["AuthenticateOidcConfig"]
    again = {**first["AuthenticateOidcConfig"]}
    again.pop("UseExistingClientSecret", None)
    written = [{**first, "AuthenticateOidcConfig": again}, second]
    with pytest.raises(region.elb.exceptions.ClientError):
        region.elb.modify_listener(ListenerArn=made, DefaultActions=written)
    written[0]["AuthenticateOidcConfig"] = {**again, "UseExistingClientSecret": True}
    region.elb.modify_listener(ListenerArn=made, DefaultActions=written)
    region.elb.delete_listener(ListenerArn=made)


def test_extra_parameters_of_an_authenticate_action_read_back_as_a_map(shop, region):
    oidc = {
        "Issuer": "https://id.example", "AuthorizationEndpoint": "https://id.example/auth",
        "TokenEndpoint": "https://id.example/token", "UserInfoEndpoint": "https://id.example/user",
        "ClientId": "shop", "ClientSecret": "secret",
        "AuthenticationRequestExtraParams": {"display": "page", "Port": "007"},
    }
    cognito = {
        "UserPoolArn": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_abc",
        "UserPoolClientId": "client", "UserPoolDomain": "shop", "AuthenticationRequestExtraParams": {"prompt": "login"},
    }
    made = region.elb.create_listener(
        LoadBalancerArn=shop.load_balancer, Protocol="HTTPS", Port=444,
        Certificates=[{"CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/one"}],
        DefaultActions=[
            {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": oidc},
            {**shop.forward((shop.tg4, 1)), "Order": 2},
        ],
    )["Listeners"][0]["ListenerArn"]
    rule = region.elb.create_rule(
        ListenerArn=made, Priority=1, Conditions=[{"Field": "path-pattern", "Values": ["/private/*"]}],
        Actions=[
            {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": cognito},
            {**shop.forward((shop.tg4, 1)), "Order": 2},
        ],
    )["Rules"][0]
    action = region.elb.describe_listeners(ListenerArns=[made])["Listeners"][0]["DefaultActions"][0]
    assert action["AuthenticateOidcConfig"]["AuthenticationRequestExtraParams"] == {"display": "page", "Port": "007"}
    action = region.elb.describe_rules(RuleArns=[rule["RuleArn"]])["Rules"][0]["Actions"][0]
    assert action["AuthenticateCognitoConfig"]["AuthenticationRequestExtraParams"] == {"prompt": "login"}
    region.elb.delete_listener(ListenerArn=made)


def test_stickiness_of_an_action_reads_back(shop, region):
    action = shop.forward((shop.tg4, 50), (shop.tg6, 50))
    action["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": 600}
    made = region.elb.create_rule(
        ListenerArn=shop.listener, Priority=78, Conditions=[{"Field": "host-header", "Values": ["sticky.example"]}],
        Actions=[action],
    )["Rules"][0]
    config = made["Actions"][0]["ForwardConfig"]["TargetGroupStickinessConfig"]
    assert config == {"Enabled": True, "DurationSeconds": 600}
    region.elb.delete_rule(RuleArn=made["RuleArn"])


def test_attributes_have_defaults_and_can_be_changed(shop, region):
    def read():
        found = region.elb.describe_target_group_attributes(TargetGroupArn=shop.tg6)["Attributes"]
        return {a["Key"]: a["Value"] for a in found}

    assert read()["deregistration_delay.timeout_seconds"] == "300"
    region.elb.modify_target_group_attributes(
        TargetGroupArn=shop.tg6, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
    )
    assert read()["deregistration_delay.timeout_seconds"] == "30"
    assert refusal(
        region.elb.modify_target_group_attributes, TargetGroupArn=shop.tg6,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "9999"}],
    ) in ("ValidationError", "InvalidConfigurationRequest")


def test_tags_come_and_go(shop, region):
    elb = region.elb
    elb.add_tags(ResourceArns=[shop.tg4, shop.tg6], Tags=[{"Key": "team", "Value": "shop"}])
    found = elb.describe_tags(ResourceArns=[shop.tg4, shop.tg6])["TagDescriptions"]
    assert {d["ResourceArn"]: d["Tags"] for d in found} == {
        shop.tg4: [{"Key": "team", "Value": "shop"}],
        shop.tg6: [{"Key": "team", "Value": "shop"}],
    }
    elb.remove_tags(ResourceArns=[shop.tg4, shop.tg6], TagKeys=["team"])
    assert elb.describe_tags(ResourceArns=[shop.tg6])["TagDescriptions"][0]["Tags"] == []
    assert refusal(elb.describe_tags, ResourceArns=[shop.tg6] * 21)


def test_rules_are_ordered_and_moved(shop, region):
    made = region.elb.create_rule(
        ListenerArn=shop.listener, Priority=5, Conditions=[{"Field": "path-pattern", "Values": ["/first"]}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    )["Rules"][0]["RuleArn"]
    region.elb.set_rule_priorities(RulePriorities=[{"RuleArn": made, "Priority": 20}])
    rules = region.elb.describe_rules(ListenerArn=shop.listener)["Rules"]
    assert [r["Priority"] for r in rules] == ["10", "20", "default"]
    assert rules[-1]["IsDefault"] is True
    region.elb.delete_rule(RuleArn=made)


def test_lists_come_in_pages(shop, region):
    extra = [shop.target_group(f"page-{i}", "ipv6") for i in range(7)]
    found, count = pages(region.elb, "describe_target_groups", "TargetGroups", PageSize=3)
    names = [g["TargetGroupName"] for g in found]
    assert count == (len(names) + 2) // 3 > 2
    assert set(names) >= {f"page-{i}" for i in range(7)} | {"shop-v4", "shop-v6"}
    assert len(names) == len(set(names))
    for arn in extra:
        region.elb.delete_target_group(TargetGroupArn=arn)
    rules = [
        region.elb.create_rule(
            ListenerArn=shop.listener, Priority=200 + i, Conditions=[{"Field": "path-pattern", "Values": [f"/{i}"]}],
            Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
        )["Rules"][0]["RuleArn"]
        for i in range(5)
    ]
    found, count = pages(region.elb, "describe_rules", "Rules", ListenerArn=shop.listener, PageSize=2)
    assert count == (len(found) + 1) // 2
    assert set(rules) <= {r["RuleArn"] for r in found}
    for arn in rules:
        region.elb.delete_rule(RuleArn=arn)


def test_the_region_does_the_other_of_what_documents_leave_open(shop, region):
    many = [f"group-{n}" for n in range(21)]
    assert refusal(region.elb.describe_target_groups, Names=many) == "TargetGroupNotFound"
    region.control("POST", "options", shortLists=True, zonesToldAsAll=True)
    assert refusal(region.elb.describe_target_groups, Names=many) == "ValidationError"
    told = region.elb.describe_target_health(TargetGroupArn=shop.tg6)["TargetHealthDescriptions"]
    assert told and all(t["Target"]["AvailabilityZone"] == "all" for t in told)
    region.control("POST", "options", shortLists=False, zonesToldAsAll=False)


def test_what_elb_refuses(shop, region, spare):
    elb = region.elb
    missing = shop.tg6[:-4] + "ffff"
    assert refusal(elb.describe_target_groups, TargetGroupArns=[missing]) == "TargetGroupNotFound"
    assert refusal(elb.describe_target_groups, Names=["nobody"]) == "TargetGroupNotFound"
    assert refusal(elb.describe_listeners, ListenerArns=[shop.listener[:-4] + "ffff"]) == "ListenerNotFound"
    assert refusal(elb.describe_load_balancers, Names=["nobody"]) == "LoadBalancerNotFound"
    assert refusal(elb.delete_target_group, TargetGroupArn=shop.tg6) == "ResourceInUse"
    assert refusal(shop.target_group, name="shop-v6", family="ipv6", HealthCheckPath="/other") == "DuplicateTargetGroupName"
    assert refusal(
        elb.modify_rule, RuleArn=shop.rule, Actions=[shop.forward((shop.tg4, 1000), (shop.tg6, 0))]
    ) == "ValidationError"
    many = [(shop.target_group(f"many-{i}", "ipv6"), 1) for i in range(6)]
    assert refusal(elb.modify_rule, RuleArn=shop.rule, Actions=[shop.forward(*many)]) in (
        "InvalidLoadBalancerAction", "ValidationError", "TooManyUniqueTargetGroupsPerLoadBalancer",
    )
    assert refusal(
        elb.create_rule, ListenerArn=shop.listener, Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
        Actions=[shop.forward((shop.tg4, 1))],
    ) == "PriorityInUse"
    assert refusal(
        elb.create_listener, LoadBalancerArn=shop.load_balancer, Protocol="HTTP", Port=80,
        DefaultActions=[shop.forward((shop.tg4, 1))],
    ) == "DuplicateListener"
    assert refusal(
        elb.create_load_balancer, Name="shop", Subnets=shop.dual_stack, IpAddressType="ipv4"
    ) == "DuplicateLoadBalancerName"


def test_a_group_of_ipv6_targets_is_refused_behind_an_ipv4_load_balancer(shop, region, spare):
    lb = region.elb.create_load_balancer(Name="old", Subnets=shop.ipv4)["LoadBalancers"][0]["LoadBalancerArn"]
    wish = {"LoadBalancerArn": lb, "Protocol": "HTTP", "Port": 80}
    assert refusal(
        region.elb.create_listener, **wish, DefaultActions=[shop.forward((spare, 1))]
    ) in ("InvalidConfigurationRequest", "ValidationError", "InvalidTarget")
    assert refusal(
        region.elb.create_listener, **wish, DefaultActions=[shop.forward((shop.tg4, 1))]
    ) == "TargetGroupAssociationLimit"
    assert refusal(region.elb.set_ip_address_type, LoadBalancerArn=lb, IpAddressType="dualstack")
    region.elb.delete_load_balancer(LoadBalancerArn=lb)


def test_targets_can_be_registered_by_hand(shop, region, spare):
    elb = region.elb
    address = address_in(shop.ipv6_block, 20, 0x1234)
    elb.register_targets(TargetGroupArn=spare, Targets=[{"Id": address, "Port": 8080}])
    found = shop.health(spare)
    assert found[address]["State"] == "unused"
    assert found[address]["Reason"] == "Target.NotInUse"
    assert refusal(elb.register_targets, TargetGroupArn=spare, Targets=[{"Id": "10.0.0.9"}])
    elb.deregister_targets(TargetGroupArn=spare, Targets=[{"Id": address}])
    assert shop.health(spare) == {} or shop.health(spare)[address]["State"] == "draining"
