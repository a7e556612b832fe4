"""Services that differ in all that a migration looks at, built by AWS's API alone."""

import ipaddress

ACCOUNT, REGION = "123456789012", "eu-central-1"
ZONES = ["eu-central-1a", "eu-central-1b"]
CLUSTER = "prod"
PORT = 8080
OPEN = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}


def image(name):
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}:v1"


class Network:
    """A VPC with subnets of each kind; a way out for each, unless it lacks one."""

    def __init__(self, region, number, **lacks):
        self.ec2 = ec2 = region.ec2
        self.number = number
        self.vpc = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
        [vpc] = ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"]
        self.block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=self.vpc, **{attribute: {"Value": True}})
        self.public = [self.subnet(zone, n, both=True) for n, zone in enumerate(ZONES)]
        self.private = [self.subnet(zone, 16 + n) for n, zone in enumerate(ZONES)]
        self.ipv6 = [self.subnet(zone, 32 + n, native=True) for n, zone in enumerate(ZONES)]
        self.ways(**lacks)
        self.balancers = self.group("balancers", [80, 443], **OPEN)
        self.tasks = self.group("tasks", [PORT], UserIdGroupPairs=[{"GroupId": self.balancers}])

    def subnet(self, zone, number, both=False, native=False):
        wish = {"VpcId": self.vpc, "AvailabilityZone": zone}
        if native:
            wish["Ipv6Native"] = True
        else:
            wish["CidrBlock"] = f"10.{self.number}.{number}.0/24"
        if both or native:
            first = int(ipaddress.ip_network(self.block).network_address) + (number << 64)
            wish["Ipv6CidrBlock"] = str(ipaddress.ip_network((first, 64)))
        made = self.ec2.create_subnet(**wish)["Subnet"]["SubnetId"]
        if native:
            for attribute in ("AssignIpv6AddressOnCreation", "EnableDns64"):
                self.ec2.modify_subnet_attribute(SubnetId=made, **{attribute: {"Value": True}})
        return made

    def ways(self, out=True, nat64=True):
        ec2 = self.ec2
        internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=self.vpc)
        made = ec2.create_egress_only_internet_gateway(VpcId=self.vpc)["EgressOnlyInternetGateway"]
        self.egress = made["EgressOnlyInternetGatewayId"]
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.nat = ec2.create_nat_gateway(SubnetId=self.public[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
        v4, v6 = "DestinationCidrBlock", "DestinationIpv6CidrBlock"
        self.table(self.public, (v4, "0.0.0.0/0", "GatewayId", internet), (v6, "::/0", "GatewayId", internet))
        self.table(self.private, (v4, "0.0.0.0/0", "NatGatewayId", self.nat))
        routes = [(v6, "::/0", "EgressOnlyInternetGatewayId", self.egress)] if out else []
        routes += [(v6, "64:ff9b::/96", "NatGatewayId", self.nat)] if nat64 else []
        self.of_ipv6 = self.table(self.ipv6, *routes)

    def table(self, subnets, *routes):
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        for block, to, kind, target in routes:
            self.ec2.create_route(RouteTableId=table, **{block: to, kind: target})
        for subnet in subnets:
            self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return table

    def group(self, name, ports, **who):
        """A security group that lets somebody in on some ports, and all out over both families."""
        made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        for port in ports:
            self.admit(made, port, **who)
        return made

    def admit(self, group, port, **who):
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **who}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


class Estate:
    """Makes services of all kinds."""

    def __init__(self, region):
        self.region, self.ecs, self.elb = region, region.ecs, region.elb
        self.ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])

    def balancer(self, network, name, kind="application", family="dualstack", groups=None):
        wish = {"Name": name, "Type": kind, "Subnets": network.public, "IpAddressType": family}
        if kind == "application":
            wish["SecurityGroups"] = groups or [network.balancers]
        return self.elb.create_load_balancer(**wish)["LoadBalancers"][0]["LoadBalancerArn"]

    def target_group(self, network, name, protocol="HTTP", **more):
        wish = {"Name": name, "Protocol": protocol, "Port": PORT, "VpcId": network.vpc, "TargetType": "ip", **more}
        return self.elb.create_target_group(**wish)["TargetGroups"][0]["TargetGroupArn"]

    def listener(self, balancer, group, port=80, protocol="HTTP", **more):
        action = {"Type": "forward", "TargetGroupArn": group}
        return self.elb.create_listener(
            LoadBalancerArn=balancer, Protocol=protocol, Port=port, DefaultActions=[action], **more
        )["Listeners"][0]["ListenerArn"]

    def rule(self, listener, group, priority, field, value):
        self.elb.create_rule(
            ListenerArn=listener, Priority=priority, Conditions=[{"Field": field, "Values": [value]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )

    def definition(self, name, containers=(), app=None, **more):
        first = {
            "name": "app", "image": image(name), "essential": True,
            "portMappings": [{"name": "http", "containerPort": PORT}],
            "environment": [{"name": "AWS_USE_DUALSTACK_ENDPOINT", "value": "true"}], **(app or {}),
        }
        wish = {
            "family": name, "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "1024", "memory": "2048",
            "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/ecs-execution", **more,
        }
        return self.registered(**wish, containerDefinitions=[first, *containers])

    def on_hosts(self, name, kind):
        """Of tasks that share their host's network."""
        container = {"name": "app", "image": image(name), "memory": 128, "essential": True}
        return self.registered(
            family=name, networkMode="bridge", requiresCompatibilities=[kind], containerDefinitions=[container]
        )

    def registered(self, **wish):
        return self.ecs.register_task_definition(**wish)["taskDefinition"]["taskDefinitionArn"]

    def service(self, network, name, definition, group=None, groups=None, **more):
        wish = {"launchType": "FARGATE", "desiredCount": 2, **more}
        if wish["launchType"] is None:
            del wish["launchType"]
        if network:
            vpc = {"subnets": network.private, "securityGroups": groups or [network.tasks]}
            wish["networkConfiguration"] = {"awsvpcConfiguration": vpc}
        if group:
            wish["loadBalancers"] = [{"targetGroupArn": group, "containerName": "app", "containerPort": PORT}]
        wish = {k: v for k, v in wish.items() if v is not None}
        self.ecs.create_service(cluster=CLUSTER, serviceName=name, taskDefinition=definition, **wish)

    def customers(self, name, balancer, rate=40.0, port=80, path="/", host=None):
        self.region.control(
            "POST", "traffic", service=name, loadBalancer=balancer, port=port, host=host or f"{name}.shop.example",
            path=path, rate=rate,
        )

    def behind_balancer(self, network, name, rate=40.0, definition=None, balancer=None, groups=None, **more):
        """The plainest: a load balancer of its own, whose default action leads to it."""
        group = self.target_group(network, name)
        front = self.balancer(network, name, **(balancer or {}))
        listener = self.listener(front, group)
        self.service(network, name, definition or self.definition(name), group, groups=groups, **more)
        self.customers(name, front, rate)
        return front, listener, group

    def scaled(self, name, least, most, **policy):
        of = {"ServiceNamespace": "ecs", "ResourceId": f"service/{CLUSTER}/{name}", "ScalableDimension": "ecs:service:DesiredCount"}
        self.region.scaling.register_scalable_target(**of, MinCapacity=least, MaxCapacity=most)
        return self.region.scaling.put_scaling_policy(PolicyName=f"{name}-load", **of, **policy)["PolicyARN"]


CPU = {
    "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    },
}


def healthy(estate, network):
    """Seven that nothing stands in the way of; the last one is moved in place."""
    estate.behind_balancer(network, "checkout")
    estate.scaled("checkout", 2, 8, **CPU)

    _, listener, group = estate.behind_balancer(network, "catalog")
    estate.rule(listener, group, 10, "path-pattern", "/api/*")

    # Behind the other's load balancer by host, with a second container, and sticky.
    beside = {"name": "metrics", "image": image("metrics"), "essential": False}
    group = estate.target_group(network, "search")
    estate.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[
        {"Key": "stickiness.enabled", "Value": "true"}, {"Key": "stickiness.type", "Value": "lb_cookie"},
    ])
    estate.rule(listener, group, 20, "host-header", "search.shop.example")
    estate.service(network, "search", estate.definition("search", [beside]), group)
    estate.customers("search", "catalog")

    arm = {"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}}
    estate.behind_balancer(
        network, "recommend", definition=estate.definition("recommend", **arm), launchType=None,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
    )
    # A few requests a minute.
    estate.behind_balancer(network, "returns", rate=0.15, desiredCount=1)

    _, _, group = estate.behind_balancer(network, "loyalty", platformVersion="1.4.0")
    by_steps = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]}
    policy = estate.scaled("loyalty", 2, 6, PolicyType="StepScaling", StepScalingPolicyConfiguration=by_steps)
    estate.region.cloudwatch.put_metric_alarm(
        AlarmName="loyalty-busy", Namespace="AWS/ApplicationELB", MetricName="RequestCount", Statistic="Sum", Period=60,
        EvaluationPeriods=3, Threshold=100_000.0, ComparisonOperator="GreaterThanThreshold", AlarmActions=[policy],
        Dimensions=[{"Name": "TargetGroup", "Value": group.rsplit(":", 1)[1]}], TreatMissingData="notBreaching",
    )

    check = {"healthCheck": {"command": ["CMD-SHELL", "/app/alive"]}, "portMappings": []}
    estate.service(network, "mailer", estate.definition("mailer", app=check), desiredCount=3)


def unmovable(estate, network):
    """Six that no migration is for."""
    discovery = estate.region.client("servicediscovery")
    operation = discovery.create_private_dns_namespace(Name="shop.internal", Vpc=network.vpc)["OperationId"]
    namespace = discovery.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
    records = {"DnsRecords": [{"Type": "A", "TTL": 60}], "RoutingPolicy": "MULTIVALUE"}
    registry = discovery.create_service(Name="worker", NamespaceId=namespace, DnsConfig=records)["Service"]["Arn"]
    estate.service(network, "worker", estate.definition("worker"), serviceRegistries=[{"registryArn": registry}])

    group = estate.target_group(network, "sockets", protocol="TCP")
    front = estate.balancer(network, "sockets", kind="network", family="ipv4")
    estate.listener(front, group, port=443, protocol="TCP")
    estate.service(network, "sockets", estate.definition("sockets"), group)

    blue = estate.target_group(network, "blue")
    estate.listener(estate.balancer(network, "blue"), blue)
    estate.service(network, "blue", estate.definition("blue"), blue, deploymentController={"type": "CODE_DEPLOY"})

    agent = estate.on_hosts("agent", "EC2")
    estate.service(None, "agent", agent, launchType="EC2", schedulingStrategy="DAEMON", desiredCount=None)

    windows = {"runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}
    estate.behind_balancer(network, "labels", definition=estate.definition("labels", **windows))

    estate.service(None, "pos", estate.on_hosts("pos", "EXTERNAL"), launchType="EXTERNAL", desiredCount=1)
