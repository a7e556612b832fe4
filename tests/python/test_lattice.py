"""VPC Lattice from nothing: a service before an ECS service and its twin, whose traffic follows the weights."""

from datetime import timedelta

import pytest

from region import pages, refusal, status

PORT = 8080
ROLE = "arn:aws:iam::123456789012:role/infrastructure"


@pytest.fixture(scope="module")
def lattice(region):
    return region.client("vpc-lattice")


class Site:
    """A service network with the shop's VPC and one service in it, two target groups, an ECS service in each."""

    def __init__(self, region, shop, lattice):
        self.region, self.shop, self.lattice = region, shop, lattice
        network = lattice.create_service_network(name="shop-net", authType="NONE")["id"]
        joined = lattice.create_service_network_vpc_association(
            serviceNetworkIdentifier=network, vpcIdentifier=shop.vpc, securityGroupIds=[shop.group]
        )
        self.service = lattice.create_service(name="orders", tags={"team": "shop"})
        answer = lattice.create_service_network_service_association(
            serviceNetworkIdentifier=network, serviceIdentifier=self.service["id"]
        )
        assert answer["dnsEntry"]["domainName"].startswith("orders-")
        self.network, self.memberships = network, (joined["id"], answer["id"])
        self.four, self.six = (self.target_group(f"orders-{f.lower()}", f) for f in ("IPV4", "IPV6"))
        region.until(self._is_active)
        self.listener = lattice.create_listener(
            serviceIdentifier=self.service["id"], name="http", protocol="HTTP", port=80,
            defaultAction=self.forward(100, 0),
        )["id"]
        region.ec2.authorize_security_group_ingress(GroupId=shop.group, IpPermissions=[self._clients()])
        self.definition = region.ecs.register_task_definition(
            family="orders", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
            containerDefinitions=[{
                "name": "app", "image": "123456789012.dkr-ecr.eu-central-1.on.aws/orders:v1", "essential": True,
                "portMappings": [{"name": "http", "containerPort": PORT, "protocol": "tcp"}],
            }],
        )["taskDefinition"]["taskDefinitionArn"]
        self.create("orders", shop.ipv4, self.four)
        self.create("orders-ipv6", shop.ipv6, self.six)

    def target_group(self, name, family):
        return self.lattice.create_target_group(
            name=name, type="IP",
            config={
                "port": PORT, "protocol": "HTTP", "protocolVersion": "HTTP1", "vpcIdentifier": self.shop.vpc,
                "ipAddressType": family,
                "healthCheck": {"enabled": True, "path": "/healthz", "healthCheckIntervalSeconds": 10},
            },
        )

    def _is_active(self):
        found = self.lattice.list_target_groups(vpcIdentifier=self.shop.vpc)["items"]
        return len(found) == 2 and all(g["status"] == "ACTIVE" for g in found)

    def _clients(self):
        """VPC Lattice's own prefix lists."""
        names = ["com.amazonaws.eu-central-1.vpc-lattice", "com.amazonaws.eu-central-1.ipv6.vpc-lattice"]
        found = self.region.ec2.describe_managed_prefix_lists()["PrefixLists"]
        lists = [{"PrefixListId": p["PrefixListId"]} for p in found if p["PrefixListName"] in names]
        assert len(lists) == 2
        return {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "PrefixListIds": lists}

    def forward(self, four, six):
        groups = [(self.four, four), (self.six, six)]
        return {"forward": {"targetGroups": [
            {"targetGroupIdentifier": group["id"], "weight": weight} for group, weight in groups
        ]}}

    def weigh(self, four, six):
        self.lattice.update_listener(
            serviceIdentifier=self.service["id"], listenerIdentifier=self.listener,
            defaultAction=self.forward(four, six),
        )

    def create(self, name, subnets, group):
        self.region.ecs.create_service(
            cluster="prod", serviceName=name, taskDefinition=self.definition, desiredCount=2, launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [self.shop.group]}},
            vpcLatticeConfigurations=[{"roleArn": ROLE, "targetGroupArn": group["arn"], "portName": "http"}],
        )

    def targets(self, group):
        return self.lattice.list_targets(targetGroupIdentifier=group["arn"])["items"]

    def healthy(self, group):
        return [t["id"] for t in self.targets(group) if t["status"] == "HEALTHY"]


@pytest.fixture(scope="module")
def site(region, shop, lattice):
    return Site(region, shop, lattice)


def test_ecs_registers_its_tasks_with_lattice_by_the_family(region, site):
    region.until(lambda: len(site.healthy(site.four)) == 2 and len(site.healthy(site.six)) == 2)
    assert all(":" not in address for address in site.healthy(site.four))
    assert all(":" in address for address in site.healthy(site.six)), "checked at weight 0, too"
    assert {t["port"] for t in site.targets(site.six)} == {PORT}
    service = region.ecs.describe_services(cluster="prod", services=["orders-ipv6"])["services"][0]
    shown = service["deployments"][0]["vpcLatticeConfigurations"]
    assert shown == [{"roleArn": ROLE, "targetGroupArn": site.six["arn"], "portName": "http"}]
    revision = service["currentServiceRevisions"][0]["arn"]
    revisions = region.ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"]
    assert revisions[0]["vpcLatticeConfigurations"] == shown


def test_what_lattice_keeps_reads_back(site, lattice):
    of = {"serviceIdentifier": site.service["arn"]}
    service = lattice.get_service(**of)
    assert (service["name"], service["status"], service["authType"]) == ("orders", "ACTIVE", "NONE")
    assert service["createdAt"].tzinfo, "moments are read as such"
    listener = lattice.get_listener(listenerIdentifier=site.listener, **of)
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert listener["defaultAction"] == site.forward(100, 0)
    group = lattice.get_target_group(targetGroupIdentifier=site.six["id"])
    assert group["serviceArns"] == [service["arn"]]
    check = group["config"]["healthCheck"]
    assert (check["path"], check["healthyThresholdCount"], check["matcher"]) == ("/healthz", 5, {"httpCode": "200"})
    assert lattice.get_service_network(serviceNetworkIdentifier=site.network)["numberOfAssociatedServices"] == 1
    found, count = pages(lattice, "list_target_groups", "items", PaginationConfig={"PageSize": 1})
    assert len(found) == count == 2
    arn = site.service["arn"]
    lattice.tag_resource(resourceArn=arn, tags={"stage": "live", "owner": "us"})
    lattice.untag_resource(resourceArn=arn, tagKeys=["stage", "owner"])
    assert lattice.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "shop"}


def test_a_rule_is_made_changed_and_deleted(site, lattice):
    of = {"serviceIdentifier": site.service["id"], "listenerIdentifier": site.listener}
    match = {"httpMatch": {"pathMatch": {"match": {"prefix": "/api"}}}}
    made = lattice.create_rule(name="api", priority=10, match=match, action=site.forward(1, 0), **of)
    rules = lattice.list_rules(**of)["items"]
    assert [r["isDefault"] for r in rules] == [False, True]
    lattice.update_rule(ruleIdentifier=made["arn"], action=site.forward(500, 499), **of)
    rule = lattice.get_rule(ruleIdentifier=made["id"], **of)
    assert rule["action"] == site.forward(500, 499) and rule["match"] == match
    lattice.delete_rule(ruleIdentifier=made["id"], **of)
    default = lattice.list_rules(**of)["items"][0]["id"]
    assert refusal(lattice.delete_rule, ruleIdentifier=default, **of) == "ValidationException"


def test_what_lattice_refuses(site, lattice):
    absent = {"targetGroupIdentifier": "tg-0123456789abcdef0"}
    assert refusal(lattice.get_target_group, **absent) == "ResourceNotFoundException"
    assert status(lattice.get_target_group, **absent) == 404
    used = {"targetGroupIdentifier": site.six["id"]}
    assert refusal(lattice.delete_target_group, **used) == "ConflictException"
    assert status(lattice.delete_target_group, **used) == 409
    assert refusal(lattice.create_service, name="orders") == "ConflictException"
    assert refusal(lattice.create_service, name="svc-orders") == "ValidationException"
    update = {"serviceIdentifier": site.service["id"], "listenerIdentifier": site.listener}
    action = site.forward(1000, 0)
    assert refusal(lattice.update_listener, defaultAction=action, **update) == "ValidationException"
    assert refusal(lattice.delete_service, serviceIdentifier=site.service["id"]) == "ConflictException"
    wrong = lattice.register_targets(targets=[{"id": "10.0.0.1"}], targetGroupIdentifier=site.six["id"])
    assert not wrong["successful"] and len(wrong["unsuccessful"]) == 1


@pytest.fixture(scope="module")
def clients(region, site):
    region.control(
        "POST", "traffic", service="orders", loadBalancer=site.service["arn"], port=80, host="orders", path="/", rate=20,
    )
    region.advance(600)


def series(region, name, group, stat="Sum", minutes=5):
    """Newest minutes first that are surely complete."""
    end = region.now().replace(second=0, microsecond=0) - timedelta(minutes=4)
    dimensions = [{"Name": "TargetGroup", "Value": group["id"]}]
    metric = {"Namespace": "AWS/VpcLattice", "MetricName": name, "Dimensions": dimensions}
    answer = region.cloudwatch.get_metric_data(
        StartTime=end - timedelta(minutes=minutes), EndTime=end,
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}],
    )
    return answer["MetricDataResults"][0]["Values"]


def test_lattice_traffic_follows_the_weights(region, site, clients):
    assert series(region, "TotalRequestCount", site.six) == [], "nothing was ever sent there"
    before = region.control("GET", "traffic")["orders"]
    for weight in [10, 500, 999]:
        site.weigh(999 - weight, weight)
        region.advance(600)
        six = sum(series(region, "TotalRequestCount", site.six))
        four = sum(series(region, "TotalRequestCount", site.four))
        assert six / (six + four) == pytest.approx(weight / 999, abs=0.02)
    after = region.control("GET", "traffic")["orders"]
    assert after["total"] > before["total"] and after["failed"] == before["failed"] == 0
    site.weigh(999, 0)
    region.advance(600)


def test_lattice_metrics_are_told_by_target_group_in_milliseconds(region, site, clients):
    times = series(region, "RequestTime", site.four, stat="p99")
    assert times and all(10 < time < 2000 for time in times), "not seconds"
    assert series(region, "TotalRequestCount", site.six) == [0] * 5, "zeros, once there was traffic"
    assert series(region, "HTTPCode_5XX_Count", site.four) == [0] * 5
    assert sum(series(region, "HTTPCode_2XX_Count", site.four)) > 0


def test_lattice_clients_fail_where_a_group_has_no_target(region, site, clients):
    region.ecs.update_service(cluster="prod", service="orders-ipv6", desiredCount=0)
    region.until(lambda: not site.targets(site.six))
    before = region.control("GET", "traffic")["orders"]["failed"]
    site.weigh(500, 499)
    region.advance(120)
    assert region.control("GET", "traffic")["orders"]["failed"] > before
    site.weigh(999, 0)


def test_all_of_lattice_is_deleted_in_order(region, site, lattice):
    for name in ["orders", "orders-ipv6"]:
        region.ecs.update_service(cluster="prod", service=name, desiredCount=0)
        region.ecs.delete_service(cluster="prod", service=name, force=True)
    of = {"serviceIdentifier": site.service["id"]}
    lattice.delete_listener(listenerIdentifier=site.listener, **of)
    vpc, service = site.memberships
    lattice.delete_service_network_vpc_association(serviceNetworkVpcAssociationIdentifier=vpc)
    lattice.delete_service_network_service_association(serviceNetworkServiceAssociationIdentifier=service)
    lattice.delete_service_network(serviceNetworkIdentifier=site.network)
    assert lattice.delete_service(**of)["status"] == "DELETE_IN_PROGRESS"
    for group in [site.four, site.six]:
        region.until(lambda group=group: not site.targets(group))
        lattice.delete_target_group(targetGroupIdentifier=group["arn"])
    assert lattice.list_target_groups()["items"] == []
