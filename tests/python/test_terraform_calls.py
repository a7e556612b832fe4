"""The calls that Terraform's AWS provider makes for a module with a whole service: create, read, wait, delete, in its order.

Which calls it makes, with which filters, and which answers it waits for were read in the provider's source
(github.com/hashicorp/terraform-provider-aws, internal/service/{ec2,elbv2,ecs,appautoscaling}); nothing of it is here.
"""

import pytest

from region import pages, refusal, slice_of

TAGS = [{"Key": "made-by", "Value": "terraform"}]
LOWER = [{"key": "made-by", "value": "terraform"}]


def tagged(kind):
    return [{"ResourceType": kind, "Tags": TAGS}]


def having(**filters):
    """A list of filters; underscores stand for what Python does not take in a name."""
    return [{"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in filters.items()]


def only(items):
    """What the provider asks for by id or filter has to be one thing."""
    assert len(items) == 1, items
    return items[0]


class Stack:
    """Everything that the module makes, in the order of its dependencies. Each `read_` is what a plan reads."""

    def __init__(self, region):
        self.region = region
        self.ec2, self.elb, self.ecs, self.scaling = region.ec2, region.elb, region.ecs, region.scaling
        self.vpc = self.make_vpc()
        self.subnets = {kind: self.make_subnet(kind, n) for n, kind in enumerate(["dual-a", "dual-b", "ipv4", "ipv6"])}
        self.gateway = self.make_internet_gateway()
        self.egress = self.make_egress_gateway()
        self.address = self.make_address()
        self.nat = self.make_nat()
        self.table, self.association = self.make_route_table()
        self.group = self.make_security_group()
        self.rules = self.make_security_group_rules()
        self.balancer = self.make_load_balancer()
        self.targets = self.make_target_group()
        self.listener = self.make_listener()
        self.rule = self.make_listener_rule()
        self.cluster = self.make_cluster()
        self.definition = self.make_task_definition()
        self.service = self.make_service()
        self.make_scaling()

    # aws_vpc

    def make_vpc(self):
        made = self.ec2.create_vpc(
            CidrBlock="10.77.0.0/16", AmazonProvidedIpv6CidrBlock=True, InstanceTenancy="default",
            TagSpecifications=tagged("vpc"),
        )["Vpc"]
        found = self.region.until(lambda: only(self.ec2.describe_vpcs(VpcIds=[made["VpcId"]])["Vpcs"]))
        assert found["State"] == "available"
        association = made["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]
        by_association = self.ec2.describe_vpcs(Filters=having(ipv6_cidr_block_association__association_id=association))
        block = only(only(by_association["Vpcs"])["Ipv6CidrBlockAssociationSet"])
        assert block["Ipv6CidrBlockState"]["State"] == "associated"
        assert (block["Ipv6Pool"], block["NetworkBorderGroup"]) == ("Amazon", "eu-central-1")
        self.block = block["Ipv6CidrBlock"]
        self.ec2.modify_vpc_attribute(VpcId=made["VpcId"], EnableDnsHostnames={"Value": True})
        return made["VpcId"]

    def read_vpc(self):
        vpc = self.vpc
        attributes = [
            self.ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name)
            for name in ["enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics"]
        ]
        acl = self.ec2.describe_network_acls(Filters=having(default="true", vpc_id=vpc))["NetworkAcls"]
        main = self.ec2.describe_route_tables(Filters=having(association__main="true", vpc_id=vpc))["RouteTables"]
        default = self.ec2.describe_security_groups(Filters=having(group_name="default", vpc_id=vpc))["SecurityGroups"]
        return [
            only(self.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]),
            attributes[0]["EnableDnsHostnames"]["Value"], attributes[1]["EnableDnsSupport"]["Value"],
            attributes[2]["EnableNetworkAddressUsageMetrics"]["Value"],
            only(acl)["NetworkAclId"], only(main)["RouteTableId"], only(default)["GroupId"],
        ]

    # aws_subnet

    def make_subnet(self, kind, number):
        wish = {"VpcId": self.vpc, "TagSpecifications": tagged("subnet")}
        wish["AvailabilityZone"] = "eu-central-1b" if kind == "dual-b" else "eu-central-1a"
        if kind == "ipv6":
            wish["Ipv6Native"] = True
        else:
            wish["CidrBlock"] = f"10.77.{number}.0/24"
        if kind != "ipv4":
            wish["Ipv6CidrBlock"] = slice_of(self.block, number)
        subnet = self.ec2.create_subnet(**wish)["Subnet"]
        identity = subnet["SubnetId"]
        assert only(self.ec2.describe_subnets(SubnetIds=[identity])["Subnets"])["State"] == "available"
        for association in subnet["Ipv6CidrBlockAssociationSet"]:
            filters = having(ipv6_cidr_block_association__association_id=association["AssociationId"])
            assert only(self.ec2.describe_subnets(Filters=filters)["Subnets"])["SubnetId"] == identity
        # One attribute a call, and each is waited for.
        wanted = {"AssignIpv6AddressOnCreation": True, "EnableDns64": True} if kind != "ipv4" else {}
        if kind == "ipv6":
            wanted["EnableResourceNameDnsAAAARecordOnLaunch"] = False
        if kind == "dual-a":
            wanted["MapPublicIpOnLaunch"] = True
        for name, value in wanted.items():
            self.ec2.modify_subnet_attribute(SubnetId=identity, **{name: {"Value": value}})
        found = only(self.ec2.describe_subnets(SubnetIds=[identity])["Subnets"])
        assert found["MapPublicIpOnLaunch"] is (kind == "dual-a")
        assert found["EnableDns64"] is (kind != "ipv4")
        assert found["PrivateDnsNameOptionsOnLaunch"]["EnableResourceNameDnsAAAARecord"] is False
        return identity

    def read_subnets(self):
        found = [only(self.ec2.describe_subnets(SubnetIds=[s])["Subnets"]) for s in self.subnets.values()]
        for subnet in found:
            subnet.pop("AvailableIpAddressCount")
        return found

    # aws_internet_gateway, aws_egress_only_internet_gateway

    def make_internet_gateway(self):
        gateway = self.ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"]
        identity = gateway["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=identity, VpcId=self.vpc)
        assert only(self.read_internet_gateway(identity)["Attachments"]) == {"VpcId": self.vpc, "State": "available"}
        return identity

    def read_internet_gateway(self, identity=None):
        found = self.ec2.describe_internet_gateways(InternetGatewayIds=[identity or self.gateway])
        return only(found["InternetGateways"])

    def make_egress_gateway(self):
        made = self.ec2.create_egress_only_internet_gateway(
            VpcId=self.vpc, TagSpecifications=tagged("egress-only-internet-gateway")
        )["EgressOnlyInternetGateway"]
        assert only(made["Attachments"])["VpcId"] == self.vpc
        return made["EgressOnlyInternetGatewayId"]

    def read_egress_gateway(self):
        found = self.ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[self.egress])
        return only(found["EgressOnlyInternetGateways"])

    # aws_eip, aws_nat_gateway

    def make_address(self):
        made = self.ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))
        return made["AllocationId"]

    def read_address(self):
        found = only(self.ec2.describe_addresses(AllocationIds=[self.address])["Addresses"])
        named = self.ec2.describe_addresses_attribute(AllocationIds=[self.address], Attribute="domain-name")
        return found, only(named["Addresses"])

    def make_nat(self):
        made = self.ec2.create_nat_gateway(
            AllocationId=self.address, ConnectivityType="public", SubnetId=self.subnets["dual-a"],
            TagSpecifications=tagged("natgateway"),
        )["NatGateway"]
        assert made["State"] == "pending"
        identity = made["NatGatewayId"]
        self.region.until(lambda: self.read_nat(identity)["State"] == "available")
        return identity

    def read_nat(self, identity=None):
        found = self.ec2.describe_nat_gateways(NatGatewayIds=[identity or self.nat])
        return only(found["NatGateways"])

    # aws_route_table, aws_route, aws_route_table_association

    def make_route_table(self):
        table = self.ec2.create_route_table(VpcId=self.vpc, TagSpecifications=tagged("route-table"))["RouteTable"]
        identity = table["RouteTableId"]
        ways = [
            ("DestinationCidrBlock", "0.0.0.0/0", "NatGatewayId", self.nat),
            ("DestinationIpv6CidrBlock", "::/0", "EgressOnlyInternetGatewayId", self.egress),
            ("DestinationIpv6CidrBlock", "64:ff9b::/96", "NatGatewayId", self.nat),
        ]
        for block, destination, kind, target in ways:
            assert self.ec2.create_route(RouteTableId=identity, **{block: destination, kind: target})["Return"] is True
            routes = self.read_route_table(identity)["Routes"]
            route = only([r for r in routes if r.get(block) == destination])
            assert (route["State"], route["Origin"], route[kind]) == ("active", "CreateRoute", target)
        made = self.ec2.associate_route_table(RouteTableId=identity, SubnetId=self.subnets["ipv6"])
        association = made["AssociationId"]
        found = only(self.tables_of(association))
        held = only([a for a in found["Associations"] if a["RouteTableAssociationId"] == association])
        assert held["AssociationState"]["State"] == "associated"
        return identity, association

    def tables_of(self, association):
        filters = having(association__route_table_association_id=association)
        return self.ec2.describe_route_tables(Filters=filters)["RouteTables"]

    def read_route_table(self, identity=None):
        found = self.ec2.describe_route_tables(RouteTableIds=[identity or self.table])
        return only(found["RouteTables"])

    # aws_security_group, aws_vpc_security_group_ingress_rule, …_egress_rule

    def make_security_group(self):
        made = self.ec2.create_security_group(
            GroupName="terraformed", Description="Managed by Terraform", VpcId=self.vpc,
            TagSpecifications=tagged("security-group"),
        )
        identity = made["GroupId"]
        for ranges in [{"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]:
            everything = {"FromPort": 0, "ToPort": 0, "IpProtocol": "-1", **ranges}
            self.ec2.revoke_security_group_egress(GroupId=identity, IpPermissions=[everything])
            assert refusal(
                self.ec2.revoke_security_group_egress, GroupId=identity, IpPermissions=[everything]
            ) == "InvalidPermission.NotFound"
        assert self.read_security_group(identity)["IpPermissionsEgress"] == []
        return identity

    def read_security_group(self, identity=None):
        found = self.ec2.describe_security_groups(GroupIds=[identity or self.group])
        return only(found["SecurityGroups"])

    def make_security_group_rules(self):
        ways = [
            (self.ec2.authorize_security_group_ingress, {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "web"}]}, 80),
            (self.ec2.authorize_security_group_ingress, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, 80),
            (self.ec2.authorize_security_group_egress, {"UserIdGroupPairs": [{"GroupId": self.group}]}, 8080),
            (self.ec2.authorize_security_group_ingress, {"UserIdGroupPairs": [{"GroupId": self.group}]}, 8080),
            # Without a way out to the registry no task would start.
            (self.ec2.authorize_security_group_egress, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, 443),
        ]
        made = []
        for authorize, peer, port in ways:
            permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}
            answer = authorize(
                GroupId=self.group, IpPermissions=[permission], TagSpecifications=tagged("security-group-rule")
            )
            made.append(only(answer["SecurityGroupRules"])["SecurityGroupRuleId"])
        update = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIpv4": "10.0.0.0/8", "Description": "inside"}
        self.ec2.modify_security_group_rules(
            GroupId=self.group, SecurityGroupRules=[{"SecurityGroupRuleId": made[0], "SecurityGroupRule": update}]
        )
        return made

    def read_security_group_rules(self):
        found = [self.ec2.describe_security_group_rules(SecurityGroupRuleIds=[r])["SecurityGroupRules"] for r in self.rules]
        return [only(rules) for rules in found]

    # aws_lb

    def make_load_balancer(self):
        assert refusal(self.elb.describe_load_balancers, Names=["terraformed"]) == "LoadBalancerNotFound"
        made = only(self.elb.create_load_balancer(
            Name="terraformed", Type="application", IpAddressType="dualstack", SecurityGroups=[self.group],
            Subnets=[self.subnets["dual-a"], self.subnets["dual-b"]], Tags=TAGS,
        )["LoadBalancers"])
        arn = made["LoadBalancerArn"]
        self.region.until(lambda: self.read_load_balancer(arn)[0]["State"]["Code"] == "active")
        wanted = {
            "client_keep_alive.seconds": "3600", "deletion_protection.enabled": "false",
            "idle_timeout.timeout_seconds": "60", "routing.http.desync_mitigation_mode": "defensive",
            "routing.http.drop_invalid_header_fields.enabled": "false",
            "routing.http.preserve_host_header.enabled": "false",
            "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
            "routing.http.xff_client_port.enabled": "false", "routing.http.xff_header_processing.mode": "append",
            "routing.http2.enabled": "true", "waf.fail_open.enabled": "false", "zonal_shift.config.enabled": "false",
            "access_logs.s3.enabled": "false", "connection_logs.s3.enabled": "false",
        }
        listed = [{"Key": key, "Value": value} for key, value in wanted.items()]
        self.elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=listed)
        held = {a["Key"]: a["Value"] for a in self.read_load_balancer(arn)[1]}
        assert held.items() >= wanted.items()
        return arn

    def read_load_balancer(self, arn=None):
        arn = arn or self.balancer
        found = only(self.elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"])
        attributes = self.elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        reserved = self.elb.describe_capacity_reservation(LoadBalancerArn=arn)
        return found, attributes, reserved.get("MinimumLoadBalancerCapacity"), self.tags_of(arn)

    def tags_of(self, arn):
        return only(self.elb.describe_tags(ResourceArns=[arn])["TagDescriptions"])["Tags"]

    # aws_lb_target_group

    def make_target_group(self):
        assert refusal(self.elb.describe_target_groups, Names=["terraformed"]) == "TargetGroupNotFound"
        made = only(self.elb.create_target_group(
            # Computed and not set: the provider sends the empty text.
            Name="terraformed", Protocol="HTTP", ProtocolVersion="", Port=8080, VpcId=self.vpc, TargetType="ip",
            IpAddressType="ipv6", HealthCheckEnabled=True, HealthCheckIntervalSeconds=30, HealthyThresholdCount=3,
            UnhealthyThresholdCount=3, HealthCheckPath="/healthz", HealthCheckPort="traffic-port",
            HealthCheckProtocol="HTTP", Tags=TAGS,
        )["TargetGroups"])
        arn = made["TargetGroupArn"]
        assert made["ProtocolVersion"] == "HTTP1"
        wanted = {
            "deregistration_delay.timeout_seconds": "300", "slow_start.duration_seconds": "0",
            "load_balancing.algorithm.type": "round_robin", "load_balancing.algorithm.anomaly_mitigation": "off",
            "load_balancing.cross_zone.enabled": "use_load_balancer_configuration", "stickiness.enabled": "false",
        }
        listed = [{"Key": key, "Value": value} for key, value in wanted.items()]
        self.elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=listed)
        return arn

    def read_target_group(self):
        found = only(self.elb.describe_target_groups(TargetGroupArns=[self.targets])["TargetGroups"])
        attributes = self.elb.describe_target_group_attributes(TargetGroupArn=self.targets)["Attributes"]
        return found, attributes, self.tags_of(self.targets)

    # aws_lb_listener, aws_lb_listener_rule

    def make_listener(self):
        made = only(self.elb.create_listener(
            LoadBalancerArn=self.balancer, Port=80, Protocol="HTTP", Tags=TAGS,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.targets}],
        )["Listeners"])
        return made["ListenerArn"]

    def read_listener(self):
        found = only(self.elb.describe_listeners(ListenerArns=[self.listener])["Listeners"])
        attributes = self.elb.describe_listener_attributes(ListenerArn=self.listener)["Attributes"]
        return found, attributes, self.tags_of(self.listener)

    def make_listener_rule(self):
        made = only(self.elb.create_rule(
            ListenerArn=self.listener, Priority=100, Tags=TAGS,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}}],
            Actions=[{"Type": "forward", "Order": 1, "TargetGroupArn": self.targets}],
        )["Rules"])
        return made["RuleArn"]

    def read_listener_rule(self):
        found = only(self.elb.describe_rules(RuleArns=[self.rule])["Rules"])
        return found, self.tags_of(self.rule)

    # aws_ecs_cluster, aws_ecs_task_definition, aws_ecs_service

    def make_cluster(self):
        made = self.ecs.create_cluster(clusterName="terraformed", tags=LOWER)["cluster"]
        return made["clusterArn"]

    def read_cluster(self):
        include = ["TAGS", "CONFIGURATIONS", "SETTINGS"]
        return only(self.ecs.describe_clusters(clusters=[self.cluster], include=include)["clusters"])

    def make_task_definition(self):
        made = self.ecs.register_task_definition(
            family="terraformed", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/execution", tags=LOWER,
            containerDefinitions=[{
                "name": "app", "image": "ecr-public.aws.com/nginx/nginx:1.27", "essential": True,
                "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            }],
        )["taskDefinition"]
        return made["taskDefinitionArn"]

    def read_task_definition(self):
        found = self.ecs.describe_task_definition(taskDefinition=self.definition, include=["TAGS"])
        return {"taskDefinition": found["taskDefinition"], "tags": found["tags"]}

    def make_service(self):
        made = self.ecs.create_service(
            cluster=self.cluster, serviceName="terraformed", taskDefinition=self.definition, desiredCount=1,
            clientToken="terraform-20270115080000000000000001", launchType="FARGATE", schedulingStrategy="REPLICA",
            deploymentConfiguration={"maximumPercent": 200, "minimumHealthyPercent": 100},
            deploymentController={"type": "ECS"}, enableECSManagedTags=False, enableExecuteCommand=False,
            loadBalancers=[{"targetGroupArn": self.targets, "containerName": "app", "containerPort": 8080}],
            networkConfiguration={"awsvpcConfiguration": {
                "subnets": [self.subnets["ipv6"]], "securityGroups": [self.group], "assignPublicIp": "DISABLED",
            }},
            tags=LOWER,
        )["service"]
        self.region.until(lambda: self.read_service()["runningCount"] == 1)
        self.region.until(lambda: self.healthy())
        return made["serviceArn"]

    def healthy(self):
        found = self.elb.describe_target_health(TargetGroupArn=self.targets)["TargetHealthDescriptions"]
        return [t for t in found if t["TargetHealth"]["State"] == "healthy"]

    def read_service(self):
        found = self.ecs.describe_services(cluster=self.cluster, services=["terraformed"], include=["TAGS"])
        service = only(found["services"])
        return {key: value for key, value in service.items() if key not in ("events", "deployments")}

    # aws_appautoscaling_target, …_policy, …_scheduled_action

    target = {
        "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": "service/terraformed/terraformed",
    }

    def make_scaling(self):
        made = self.scaling.register_scalable_target(**self.target, MinCapacity=1, MaxCapacity=4, Tags={"made-by": "terraform"})
        self.scalable = made["ScalableTargetARN"]
        self.scaling.put_scaling_policy(
            **self.target, PolicyName="cpu", PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": 60.0, "DisableScaleIn": False,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
            },
        )
        self.scaling.put_scheduled_action(
            **self.target, ScheduledActionName="nightly", Schedule="at(2099-01-01T22:00:00)", Timezone="UTC",
            ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 2},
        )

    def read_scaling(self):
        by = {k: v for k, v in self.target.items() if k != "ResourceId"}
        resource = self.target["ResourceId"]
        targets = self.scaling.describe_scalable_targets(ResourceIds=[resource], **by)["ScalableTargets"]
        tags = self.scaling.list_tags_for_resource(ResourceARN=self.scalable)["Tags"]
        policies = self.scaling.describe_scaling_policies(PolicyNames=["cpu"], **self.target)["ScalingPolicies"]
        actions = self.scaling.describe_scheduled_actions(ScheduledActionNames=["nightly"], **self.target)
        return [only(targets), tags, only(policies), only(actions["ScheduledActions"])]

    def read(self):
        """What a plan reads, by kind of resource."""
        readers = [name for name in dir(self) if name.startswith("read_")]
        return {name.removeprefix("read_"): getattr(self, name)() for name in readers}


@pytest.fixture(scope="module")
def stack(region):
    return Stack(region)


def test_a_plan_after_an_apply_sees_no_change(stack, region):
    first = stack.read()
    region.advance(600)
    second = stack.read()
    assert len(first) == 17
    for kind, before in first.items():
        assert second[kind] == before, kind


def test_tags_given_at_birth_are_there(stack):
    read = stack.read()
    for kind in ["internet_gateway", "egress_gateway", "nat", "route_table", "security_group"]:
        assert read[kind]["Tags"] == TAGS, kind
    assert read["vpc"][0]["Tags"] == read["address"][0]["Tags"] == TAGS
    assert all(s["Tags"] == TAGS for s in read["subnets"])
    assert all(r["Tags"] == TAGS for r in read["security_group_rules"])
    for kind in ["load_balancer", "target_group", "listener", "listener_rule"]:
        assert read[kind][-1] == TAGS, kind
    assert read["cluster"]["tags"] == read["service"]["tags"] == read["task_definition"]["tags"] == LOWER
    assert read["scaling"][1] == {"made-by": "terraform"}


def test_tags_are_changed_and_removed_in_place(stack):
    more = {"Key": "stage", "Value": "production"}
    for identity in [stack.vpc, stack.gateway, stack.egress, stack.nat, stack.address, stack.table, stack.rules[0]]:
        stack.ec2.create_tags(Resources=[identity], Tags=[more])
        found = {identity: stack.ec2}
        stack.ec2.delete_tags(Resources=list(found), Tags=[more])
    assert stack.read_route_table()["Tags"] == TAGS
    assert stack.read_security_group_rules()[0]["Tags"] == TAGS


def test_rules_of_a_security_group_are_told_by_id_and_by_group(stack):
    first, second, third, fourth, out = stack.read_security_group_rules()
    assert (first["CidrIpv4"], first["ToPort"], first["Description"]) == ("10.0.0.0/8", 81, "inside")
    assert (second["CidrIpv6"], second["IsEgress"]) == ("::/0", False)
    for rule, egress in [(third, True), (fourth, False)]:
        assert (rule["ReferencedGroupInfo"]["GroupId"], rule["IsEgress"]) == (stack.group, egress)
    assert (out["CidrIpv6"], out["IsEgress"]) == ("::/0", True)
    listed, _ = pages(
        stack.ec2, "describe_security_group_rules", "SecurityGroupRules", Filters=having(group_id=stack.group)
    )
    assert {r["SecurityGroupRuleId"] for r in listed} == set(stack.rules)
    wrong = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIpv6": "::/0"}
    assert refusal(
        stack.ec2.modify_security_group_rules, GroupId=stack.group,
        SecurityGroupRules=[{"SecurityGroupRuleId": stack.rules[0], "SecurityGroupRule": wrong}],
    ) == "InvalidParameterValue"


def test_network_interfaces_are_those_of_load_balancers_tasks_and_nat_gateways(stack):
    ec2 = stack.ec2
    name = stack.balancer.rsplit(":loadbalancer/", 1)[1]
    of_balancer = ec2.describe_network_interfaces(
        Filters=having(attachment__instance_owner_id="amazon-elb", description=f"ELB {name}")
    )["NetworkInterfaces"]
    assert {i["SubnetId"] for i in of_balancer} == {stack.subnets["dual-a"], stack.subnets["dual-b"]}
    assert all(i["Groups"] == [{"GroupId": stack.group, "GroupName": "terraformed"}] for i in of_balancer)
    task = only(ec2.describe_network_interfaces(Filters=having(subnet_id=stack.subnets["ipv6"]))["NetworkInterfaces"])
    assert task["Ipv6Addresses"] and "PrivateIpAddress" not in task
    of_nat = having(interface_type="nat_gateway", vpc_id=stack.vpc)
    nat = only(ec2.describe_network_interfaces(Filters=of_nat)["NetworkInterfaces"])
    assert nat["SubnetId"] == stack.subnets["dual-a"]
    lambdas = having(description="AWS Lambda VPC ENI*", subnet_id=stack.subnets["dual-a"])
    assert ec2.describe_network_interfaces(Filters=lambdas)["NetworkInterfaces"] == []


def test_what_is_in_use_is_not_deleted(stack):
    ec2 = stack.ec2
    vpc = {"VpcId": stack.vpc}
    assert refusal(ec2.delete_vpc, **vpc) == "DependencyViolation"
    assert refusal(ec2.delete_subnet, SubnetId=stack.subnets["dual-b"]) == "DependencyViolation"
    assert refusal(ec2.delete_subnet, SubnetId=stack.subnets["ipv6"]) == "DependencyViolation"
    assert refusal(ec2.delete_security_group, GroupId=stack.group) == "DependencyViolation"
    assert refusal(ec2.detach_internet_gateway, InternetGatewayId=stack.gateway, **vpc) == "DependencyViolation"
    assert refusal(ec2.delete_internet_gateway, InternetGatewayId=stack.gateway) == "DependencyViolation"
    assert refusal(ec2.delete_route_table, RouteTableId=stack.table) == "DependencyViolation"
    assert refusal(ec2.release_address, AllocationId=stack.address) == "InvalidIPAddress.InUse"
    main = ec2.describe_route_tables(Filters=having(association__main="true", vpc_id=stack.vpc))["RouteTables"]
    assert refusal(ec2.delete_route_table, RouteTableId=only(main)["RouteTableId"]) == "DependencyViolation"


def test_what_does_not_fit_is_refused(stack):
    ec2 = stack.ec2
    second = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    assert refusal(ec2.attach_internet_gateway, InternetGatewayId=second, VpcId=stack.vpc) == "InvalidParameterValue"
    assert refusal(
        ec2.attach_internet_gateway, InternetGatewayId=stack.gateway, VpcId=stack.vpc
    ) == "Resource.AlreadyAssociated"
    ec2.delete_internet_gateway(InternetGatewayId=second)
    route = {"RouteTableId": stack.table, "DestinationCidrBlock": "0.0.0.0/0"}
    assert refusal(ec2.create_route, **route, GatewayId=stack.gateway) == "RouteAlreadyExists"
    away = {"RouteTableId": stack.table, "DestinationCidrBlock": "192.168.0.0/16"}
    assert refusal(ec2.create_route, **away, GatewayId=second) == "InvalidGatewayID.NotFound"
    assert refusal(ec2.create_route, **away, EgressOnlyInternetGatewayId=stack.egress) == "InvalidParameterValue"
    assert refusal(ec2.delete_route, RouteTableId=stack.table, DestinationCidrBlock="9.9.9.0/24") == "InvalidRoute.NotFound"
    assert refusal(
        ec2.associate_route_table, RouteTableId=stack.table, SubnetId=stack.subnets["ipv6"]
    ) == "Resource.AlreadyAssociated"
    assert refusal(
        ec2.create_nat_gateway, AllocationId=stack.address, SubnetId=stack.subnets["dual-b"]
    ) == "Resource.AlreadyAssociated"
    assert refusal(ec2.create_nat_gateway, SubnetId=stack.subnets["dual-b"]) == "MissingParameter"
    assert refusal(
        ec2.modify_subnet_attribute, SubnetId=stack.subnets["dual-a"], EnableDns64={"Value": True},
        MapPublicIpOnLaunch={"Value": True},
    ) == "InvalidParameterCombination"


def test_the_account_and_the_region_are_told(region):
    ec2 = region.ec2
    attribute = only(ec2.describe_account_attributes(AttributeNames=["supported-platforms"])["AccountAttributes"])
    assert attribute["AttributeValues"] == [{"AttributeValue": "VPC"}]
    assert only(ec2.describe_regions(RegionNames=["eu-central-1"])["Regions"])["RegionName"] == "eu-central-1"
    zones = ec2.describe_availability_zones(Filters=having(opt_in_status="opt-in-not-required", state="available"))
    assert len(zones["AvailabilityZones"]) == 3
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def gone(call, code, **arguments):
    """The provider waits until a read says that it is not there."""
    assert refusal(call, **arguments) == code


def test_zz_a_destroy_leaves_nothing(stack, region):
    """In the order of the provider: what depends on others goes first. Last, as it takes the stack away."""
    ec2, elb, ecs, scaling, target = stack.ec2, stack.elb, stack.ecs, stack.scaling, stack.target
    scaling.delete_scheduled_action(**target, ScheduledActionName="nightly")
    scaling.delete_scaling_policy(**target, PolicyName="cpu")
    scaling.deregister_scalable_target(**target)
    gone(scaling.deregister_scalable_target, "ObjectNotFoundException", **target)

    named = {"cluster": stack.cluster, "service": "terraformed"}
    ecs.update_service(**named, desiredCount=0)
    region.until(lambda: stack.read_service()["runningCount"] == 0)
    ecs.delete_service(**named)
    region.until(lambda: stack.read_service()["status"] == "INACTIVE")
    ecs.deregister_task_definition(taskDefinition=stack.definition)
    ecs.delete_cluster(cluster=stack.cluster)
    left = ecs.describe_clusters(clusters=[stack.cluster])["clusters"]
    assert all(c["status"] == "INACTIVE" for c in left)

    elb.delete_rule(RuleArn=stack.rule)
    gone(elb.describe_rules, "RuleNotFound", RuleArns=[stack.rule])
    elb.delete_listener(ListenerArn=stack.listener)
    gone(elb.describe_listeners, "ListenerNotFound", ListenerArns=[stack.listener])
    elb.delete_target_group(TargetGroupArn=stack.targets)
    gone(elb.describe_target_groups, "TargetGroupNotFound", TargetGroupArns=[stack.targets])
    elb.delete_load_balancer(LoadBalancerArn=stack.balancer)
    gone(elb.describe_load_balancers, "LoadBalancerNotFound", LoadBalancerArns=[stack.balancer])
    gone(elb.describe_capacity_reservation, "LoadBalancerNotFound", LoadBalancerArn=stack.balancer)
    interfaces = having(attachment__instance_owner_id="amazon-elb", vpc_id=stack.vpc)
    assert ec2.describe_network_interfaces(Filters=interfaces)["NetworkInterfaces"] == []

    for rule, revoke in zip(stack.rules, [
        ec2.revoke_security_group_ingress, ec2.revoke_security_group_ingress, ec2.revoke_security_group_egress,
        ec2.revoke_security_group_ingress, ec2.revoke_security_group_egress,
    ], strict=True):
        revoke(GroupId=stack.group, SecurityGroupRuleIds=[rule])
        gone(ec2.describe_security_group_rules, "InvalidSecurityGroupRuleId.NotFound", SecurityGroupRuleIds=[rule])
        gone(revoke, "InvalidSecurityGroupRuleId.NotFound", GroupId=stack.group, SecurityGroupRuleIds=[rule])
    ec2.delete_security_group(GroupId=stack.group)
    gone(ec2.describe_security_groups, "InvalidGroup.NotFound", GroupIds=[stack.group])

    ec2.disassociate_route_table(AssociationId=stack.association)
    assert stack.tables_of(stack.association) == []
    gone(ec2.disassociate_route_table, "InvalidAssociationID.NotFound", AssociationId=stack.association)
    ec2.delete_route(RouteTableId=stack.table, DestinationIpv6CidrBlock="::/0")
    ec2.delete_route_table(RouteTableId=stack.table)
    gone(ec2.describe_route_tables, "InvalidRouteTableID.NotFound", RouteTableIds=[stack.table])

    ec2.delete_nat_gateway(NatGatewayId=stack.nat)
    assert stack.read_nat()["State"] == "deleting"
    region.until(lambda: stack.read_nat()["State"] == "deleted")
    ec2.release_address(AllocationId=stack.address)
    gone(ec2.describe_addresses, "InvalidAllocationID.NotFound", AllocationIds=[stack.address])
    ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=stack.egress)
    gone(
        ec2.describe_egress_only_internet_gateways, "InvalidGatewayID.NotFound",
        EgressOnlyInternetGatewayIds=[stack.egress],
    )
    ec2.detach_internet_gateway(InternetGatewayId=stack.gateway, VpcId=stack.vpc)
    gone(ec2.detach_internet_gateway, "Gateway.NotAttached", InternetGatewayId=stack.gateway, VpcId=stack.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=stack.gateway)
    gone(ec2.describe_internet_gateways, "InvalidInternetGatewayID.NotFound", InternetGatewayIds=[stack.gateway])
    for subnet in stack.subnets.values():
        ec2.delete_subnet(SubnetId=subnet)
        gone(ec2.describe_subnets, "InvalidSubnetID.NotFound", SubnetIds=[subnet])
    ec2.delete_vpc(VpcId=stack.vpc)
    gone(ec2.describe_vpcs, "InvalidVpcID.NotFound", VpcIds=[stack.vpc])
    assert ec2.describe_route_tables(Filters=having(vpc_id=stack.vpc))["RouteTables"] == []
