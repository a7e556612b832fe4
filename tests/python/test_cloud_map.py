"""Cloud Map from nothing: registries of A and of AAAA records, and the services whose tasks are in them."""

import pytest

from region import pages, refusal
from shop import DUAL_STACK_IMAGE, IMAGE

PORT = 8080


@pytest.fixture(scope="module")
def discovery(region):
    return region.client("servicediscovery")


class Names:
    """A private namespace, and a service in a registry of A records."""

    def __init__(self, region, shop, discovery):
        self.region, self.shop, self.discovery = region, shop, discovery
        made = discovery.create_private_dns_namespace(Name="names.internal", Vpc=shop.vpc)
        operation = discovery.get_operation(OperationId=made["OperationId"])["Operation"]
        assert operation["Status"] == "SUCCESS"
        self.namespace = operation["Targets"]["NAMESPACE"]
        self.four = self.registry("prices", "A")
        self.create("prices", IMAGE, shop.ipv4, self.four)

    def registry(self, name, kind, **more):
        return self.discovery.create_service(
            Name=name, NamespaceId=self.namespace,
            DnsConfig={"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": kind, "TTL": 15}]},
            HealthCheckCustomConfig={"FailureThreshold": 1}, **more,
        )["Service"]

    def wish(self, name, image, subnets, registry):
        definition = self.shop.task_definition(name, image)
        network = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [self.shop.group]}}
        return {
            "cluster": "prod", "serviceName": name, "taskDefinition": definition, "desiredCount": 2, "launchType": "FARGATE",
            "networkConfiguration": network, "serviceRegistries": [{"registryArn": registry["Arn"]}],
        }

    def create(self, *wish):
        return self.region.ecs.create_service(**self.wish(*wish))["service"]

    def instances(self, registry):
        return self.discovery.get_service(Id=registry["Id"])["Service"]["InstanceCount"]

    def until(self, registry, count):
        self.region.until(lambda: self.instances(registry) == count)


@pytest.fixture(scope="module")
def names(region, shop, discovery):
    yield Names(region, shop, discovery)
    region.end("prices")


def test_the_tasks_of_a_service_are_instances_of_its_registry(names):
    names.until(names.four, 2)
    refused = refusal(names.discovery.delete_service, Id=names.four["Id"])
    assert refused == "ResourceInUse", "its tasks are in it"
    namespace = refusal(names.discovery.delete_namespace, Id=names.namespace)
    assert namespace == "ResourceInUse"


def test_a_registry_of_a_records_holds_no_task_of_ipv6_alone(names, shop, region):
    wish = names.wish("prices-four", DUAL_STACK_IMAGE, shop.ipv6, names.four)
    assert refusal(region.ecs.create_service, **wish) == "InvalidParameterException"


def test_a_twin_is_in_a_registry_of_its_own_beside(names, shop, discovery):
    six = names.registry("prices-ipv6", "AAAA", Tags=[{"Key": "team", "Value": "shop"}])
    names.create("prices-ipv6", DUAL_STACK_IMAGE, shop.ipv6, six)
    names.until(six, 2)
    assert names.instances(names.four) == 2
    kept = discovery.get_service(Id=six["Id"])["Service"]
    assert kept["DnsConfig"]["DnsRecords"] == [{"Type": "AAAA", "TTL": 15}]
    assert kept["Type"] == "DNS_HTTP" and kept["HealthCheckCustomConfig"]["FailureThreshold"] == 1
    here = [{"Name": "NAMESPACE_ID", "Values": [names.namespace], "Condition": "EQ"}]
    found, count = pages(discovery, "list_services", "Services", Filters=here, PaginationConfig={"PageSize": 1})
    assert ({s["Name"] for s in found}, count) == ({"prices", "prices-ipv6"}, 2)
    # Whoever goes is taken out, and the registry stays.
    names.region.ecs.update_service(cluster="prod", service="prices-ipv6", desiredCount=0)
    names.until(six, 0)
    names.region.ecs.delete_service(cluster="prod", service="prices-ipv6")
    discovery.delete_service(Id=six["Id"])
    assert refusal(discovery.get_service, Id=six["Id"]) == "ServiceNotFound"


def test_what_is_there_once_and_what_does_not_fit_is_refused(names, discovery, region):
    one = [{"Type": "A", "TTL": 15}]
    both = {"HealthCheckConfig": {"Type": "HTTP", "ResourcePath": "/"}, "HealthCheckCustomConfig": {"FailureThreshold": 1}}
    for wish, code in [
        ({"Name": "prices", "DnsConfig": {"DnsRecords": one}}, "ServiceAlreadyExists"),
        ({"Name": "new", "DnsConfig": {"DnsRecords": [*one, {"Type": "SRV", "TTL": 15}]}}, "InvalidInput"),
        ({"Name": "new", "DnsConfig": {"DnsRecords": one}, **both}, "InvalidInput"),
    ]:
        assert refusal(discovery.create_service, NamespaceId=names.namespace, **wish) == code
    missing = refusal(discovery.create_service, Name="new", NamespaceId="ns-absent", DnsConfig={"DnsRecords": one})
    assert missing == "NamespaceNotFound"
    made = discovery.create_http_namespace(Name="names-by-api")
    api = discovery.get_operation(OperationId=made["OperationId"])["Operation"]["Targets"]["NAMESPACE"]
    refused = refusal(discovery.create_service, Name="new", NamespaceId=api, DnsConfig={"DnsRecords": one})
    assert refused == "InvalidInput"
