"""A service and its IPv6-only twin, built from an empty region with AWS's API alone."""

from region import slice_of

ZONES = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:v1"
DUAL_STACK_IMAGE = "123456789012.dkr-ecr.eu-central-1.on.aws/shop:v1"
PORT = 8080


class Shop:
    def __init__(self, region):
        self.region = region
        self._network()
        self._load_balancer()
        self._services()
        self.until_steady("shop")
        self.until_steady("shop-ipv6")
        region.until(self._is_active)

    def _network(self):
        ec2 = self.region.ec2
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.vpc = vpc["VpcId"]
        described = ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]
        self.ipv6_block = described["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
        self.dual_stack = [self._subnet(i, ipv4=f"10.0.{i}.0/24", ipv6=True) for i in range(3)]
        self.ipv4 = [self._subnet(i, ipv4=f"10.0.{10 + i}.0/24", ipv6=False) for i in range(3)]
        self.ipv6 = [self._subnet(20 + i, ipv4=None, ipv6=True) for i in range(3)]
        self._way_out()
        self.group = ec2.create_security_group(
            GroupName="shop", Description="the shop", VpcId=self.vpc
        )["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=self.group,
            IpPermissions=[{
                "IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT,
                "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
                "Ipv6Ranges": [{"CidrIpv6": self.ipv6_block}],
            }],
        )

    def _way_out(self):
        """Over IPv6, without which no task of the twin could pull its image."""
        ec2 = self.region.ec2
        gateway = ec2.create_egress_only_internet_gateway(VpcId=self.vpc)["EgressOnlyInternetGateway"]
        self.routes = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(
            RouteTableId=self.routes, DestinationIpv6CidrBlock="::/0",
            EgressOnlyInternetGatewayId=gateway["EgressOnlyInternetGatewayId"],
        )
        for subnet in self.ipv6:
            ec2.associate_route_table(RouteTableId=self.routes, SubnetId=subnet)

    def _subnet(self, number, ipv4, ipv6):
        wish = {"VpcId": self.vpc, "AvailabilityZone": ZONES[number % 20 % 3]}
        if ipv4:
            wish["CidrBlock"] = ipv4
        else:
            wish["Ipv6Native"] = True
        if ipv6:
            wish["Ipv6CidrBlock"] = slice_of(self.ipv6_block, number)
        return self.region.ec2.create_subnet(**wish)["Subnet"]["SubnetId"]

    def _load_balancer(self):
        elb = self.region.elb
        made = elb.create_load_balancer(
            Name="shop", Subnets=self.dual_stack, SecurityGroups=[self.group], IpAddressType="dualstack"
        )["LoadBalancers"][0]
        self.load_balancer = made["LoadBalancerArn"]
        self.tg4 = self.target_group("shop-v4", "ipv4")
        self.tg6 = self.target_group("shop-v6", "ipv6")
        self.listener = elb.create_listener(
            LoadBalancerArn=self.load_balancer, Protocol="HTTP", Port=80,
            DefaultActions=[self.forward((self.tg4, 1), (self.tg6, 0))],
        )["Listeners"][0]["ListenerArn"]
        self.rule = elb.create_rule(
            ListenerArn=self.listener, Priority=10,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}}],
            Actions=[self.forward((self.tg4, 100), (self.tg6, 0))],
        )["Rules"][0]["RuleArn"]

    def _is_active(self):
        found = self.region.elb.describe_load_balancers(LoadBalancerArns=[self.load_balancer])
        return found["LoadBalancers"][0]["State"]["Code"] == "active"

    def target_group(self, name, family, **more):
        wish = {
            "Name": name, "Protocol": "HTTP", "Port": PORT, "VpcId": self.vpc, "TargetType": "ip",
            "IpAddressType": family, "HealthCheckPath": "/healthz", "HealthCheckIntervalSeconds": 10,
            "HealthyThresholdCount": 2, **more,
        }
        return self.region.elb.create_target_group(**wish)["TargetGroups"][0]["TargetGroupArn"]

    @staticmethod
    def forward(*weights):
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}

    def weigh(self, ipv4, ipv6):
        """Splits the traffic of both routes."""
        actions = [self.forward((self.tg4, ipv4), (self.tg6, ipv6))]
        self.region.elb.modify_listener(ListenerArn=self.listener, DefaultActions=actions)
        self.region.elb.modify_rule(RuleArn=self.rule, Actions=actions)

    def _services(self):
        self.region.ecs.create_cluster(clusterName="prod")
        self.definition = self.task_definition("shop", IMAGE)
        self.definition6 = self.task_definition("shop-ipv6", DUAL_STACK_IMAGE)
        self.service = self.create("shop", self.definition, self.ipv4, self.tg4)["serviceArn"]
        self.twin = self.create("shop-ipv6", self.definition6, self.ipv6, self.tg6)["serviceArn"]

    def task_definition(self, family, image):
        return self.region.ecs.register_task_definition(
            family=family, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
            containerDefinitions=[{
                "name": "app", "image": image, "essential": True,
                "portMappings": [{"containerPort": PORT, "protocol": "tcp"}],
            }],
        )["taskDefinition"]["taskDefinitionArn"]

    def wish(self, name, definition, subnets, group, **more):
        """What CreateService takes for a service of this shop."""
        return {
            "cluster": "prod", "serviceName": name, "taskDefinition": definition, "desiredCount": 3,
            "launchType": "FARGATE", "healthCheckGracePeriodSeconds": 60,
            "loadBalancers": [{"targetGroupArn": group, "containerName": "app", "containerPort": PORT}],
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [self.group]}},
            **more,
        }

    def create(self, name, definition, subnets, group, **more):
        return self.region.ecs.create_service(**self.wish(name, definition, subnets, group, **more))["service"]

    def describe(self, name):
        return self.region.ecs.describe_services(cluster="prod", services=[name])["services"][0]

    def tasks(self, name, **more):
        """The service's tasks, described."""
        arns = self.region.ecs.list_tasks(cluster="prod", serviceName=name, **more)["taskArns"]
        return self.region.ecs.describe_tasks(cluster="prod", tasks=arns)["tasks"] if arns else []

    def health(self, group):
        """State of each target, by its address."""
        found = self.region.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {t["Target"]["Id"]: t["TargetHealth"] for t in found}

    def healthy(self, group):
        return sum(h["State"] == "healthy" for h in self.health(group).values())

    def until_steady(self, name):
        """Lets time pass until a service has what it wants, and the load balancer agrees."""
        def steady():
            service = self.describe(name)
            group = service["loadBalancers"][0]["targetGroupArn"]
            return (
                service["runningCount"] == service["desiredCount"] == self.healthy(group)
                and len(service["deployments"]) == 1
                and service["deployments"][0]["rolloutState"] == "COMPLETED"
            )
        self.region.until(steady)
