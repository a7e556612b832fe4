"""What a preflight reads of a network and of what services depend on, through boto3; and moto as a second region for it."""

import json

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ground import READ, Ground
from region import KEYS, NAME, refusal


@pytest.fixture(scope="module")
def ground(region):
    return Ground(region.ec2)


@pytest.fixture(scope="module")
def elsewhere():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Ground(boto3.Session(**KEYS).client("ec2", endpoint_url=f"http://{host}:{port}"))
    server.stop()


@pytest.mark.parametrize(("operation", "key", "members"), READ, ids=[r[0] for r in READ])
def test_the_same_network_reads_alike_here_and_at_moto(ground, elsewhere, operation, key, members):
    assert ground.told(operation, key, members) == elsewhere.told(operation, key, members)


def test_entries_of_a_network_acl_read_back_in_their_order(ground):
    [acl] = ground.ec2.describe_network_acls(NetworkAclIds=[ground.of_ipv6])["NetworkAcls"]
    numbers = [(e["Egress"], e["RuleNumber"], e["RuleAction"]) for e in acl["Entries"]]
    denied = [(32767, "deny"), (32768, "deny")]
    assert [(n, a) for egress, n, a in numbers if egress] == [(100, "allow"), (110, "allow"), (120, "allow"), *denied]
    assert [(n, a) for egress, n, a in numbers if not egress] == [(100, "allow"), (110, "allow"), *denied]
    assert {a["SubnetId"] for a in acl["Associations"]} == set(ground.ipv6)


def test_what_does_not_fit_a_network_acl_is_refused(ground):
    ec2 = ground.ec2
    entry = {"NetworkAclId": ground.of_ipv6, "Egress": True, "RuleAction": "allow", "Protocol": "-1"}
    everyone = {"Ipv6CidrBlock": "::/0"}
    assert refusal(ec2.create_network_acl_entry, **entry, RuleNumber=100, **everyone) == "NetworkAclEntryAlreadyExists"
    assert refusal(ec2.create_network_acl_entry, **entry, RuleNumber=32767, **everyone) == "InvalidParameterValue"
    assert refusal(ec2.create_network_acl_entry, **entry, RuleNumber=7) == "InvalidParameterCombination"
    tcp = {**entry, "Protocol": "6"}
    assert refusal(ec2.create_network_acl_entry, **tcp, RuleNumber=7, **everyone) == "MissingParameter"
    assert refusal(ec2.delete_network_acl, NetworkAclId=ground.of_ipv6) == "DependencyViolation"
    gone = {"NetworkAclId": ground.of_ipv6, "RuleNumber": 9, "Egress": True}
    assert refusal(ec2.delete_network_acl_entry, **gone) == "InvalidNetworkAclEntry.NotFound"


@pytest.fixture(autouse=True)
def rested(region):
    """Endpoints are made, changed and deleted one in three seconds at most."""
    region.advance(30)


def endpoint(ground, service, **more):
    name = f"com.amazonaws.{NAME}.{service}"
    return ground.ec2.create_vpc_endpoint(VpcId=ground.vpc, ServiceName=name, **more)["VpcEndpoint"]


def test_an_interface_endpoint_takes_the_names_of_its_service(ground, region):
    made = endpoint(ground, "logs", VpcEndpointType="Interface", SubnetIds=ground.public, IpAddressType="dualstack")
    [found] = ground.ec2.describe_vpc_endpoints(
        Filters=[{"Name": "vpc-endpoint-id", "Values": [made["VpcEndpointId"]]}]
    )["VpcEndpoints"]
    assert found["IpAddressType"] == found["DnsOptions"]["DnsRecordIpType"] == "dualstack"
    assert found["PrivateDnsEnabled"] and found["State"] == "available"
    assert f"logs.{NAME}.api.aws" in {e["DnsName"] for e in found["DnsEntries"]}
    assert len(found["NetworkInterfaceIds"]) == len(found["SubnetIds"]) == 2
    assert [g["GroupName"] for g in found["Groups"]] == ["default"]
    having = [{"Name": "network-interface-id", "Values": found["NetworkInterfaceIds"]}]
    interfaces = ground.ec2.describe_network_interfaces(Filters=having)["NetworkInterfaces"]
    assert all(i["Ipv6Addresses"] and i["PrivateIpAddress"] for i in interfaces) and len(interfaces) == 2
    region.advance(15)
    again = {"VpcEndpointType": "Interface", "SubnetIds": ground.public}
    assert refusal(endpoint, ground=ground, service="logs", **again) == "InvalidParameter"
    ground.ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], IpAddressType="ipv4")
    [found] = ground.ec2.describe_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["VpcEndpoints"]
    assert found["IpAddressType"] == "ipv4"
    assert ground.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"] == []
    [left] = ground.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"]
    assert left["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


def test_a_gateway_endpoint_stands_in_the_route_tables(ground):
    [table] = ground.ec2.describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": ground.ipv6[:1]}]
    )["RouteTables"]
    made = endpoint(ground, "s3", IpAddressType="dualstack", RouteTableIds=[table["RouteTableId"]])
    [table] = ground.ec2.describe_route_tables(RouteTableIds=[table["RouteTableId"]])["RouteTables"]
    lists = {r["DestinationPrefixListId"] for r in table["Routes"] if r.get("GatewayId") == made["VpcEndpointId"]}
    named = ground.ec2.describe_prefix_lists(PrefixListIds=sorted(lists))["PrefixLists"]
    assert {p["PrefixListName"] for p in named} == {f"com.amazonaws.{NAME}.s3", f"com.amazonaws.{NAME}.ipv6.s3"}
    managed = ground.ec2.describe_managed_prefix_lists(PrefixListIds=sorted(lists))["PrefixLists"]
    assert {p["AddressFamily"] for p in managed} == {"IPv4", "IPv6"}
    ground.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    [table] = ground.ec2.describe_route_tables(RouteTableIds=[table["RouteTableId"]])["RouteTables"]
    assert not any("DestinationPrefixListId" in r for r in table["Routes"])


def test_endpoints_that_do_not_fit_are_refused(ground):
    interface = {"ground": ground, "VpcEndpointType": "Interface"}
    assert refusal(endpoint, **interface, service="nothing") == "InvalidServiceName"
    assert refusal(endpoint, ground=ground, service="logs") == "InvalidServiceName"
    in_ipv4 = {"SubnetIds": ground.private, "IpAddressType": "dualstack"}
    assert refusal(endpoint, **interface, service="logs", **in_ipv4) == "InvalidParameter"
    of_ipv4_alone = {"SubnetIds": ground.public, "IpAddressType": "dualstack"}
    assert refusal(endpoint, **interface, service="ec2messages", **of_ipv4_alone) == "InvalidParameter"


def test_endpoint_services_tell_their_families_and_names(region):
    names = [f"com.amazonaws.{NAME}.{s}" for s in ("ecr.dkr", "ecr.api", "s3", "ec2messages")]
    details = region.ec2.describe_vpc_endpoint_services(ServiceNames=names)["ServiceDetails"]
    told = {(d["ServiceName"], d["ServiceType"][0]["ServiceType"]): d for d in details}
    dkr = told[names[0], "Interface"]
    assert dkr["SupportedIpAddressTypes"] == ["ipv4", "ipv6"]
    assert {"PrivateDnsName": f"*.dkr-ecr.{NAME}.on.aws"} in dkr["PrivateDnsNames"]
    assert {t for n, t in told if n == names[2]} == {"Gateway", "Interface"}
    assert told[names[3], "Interface"]["SupportedIpAddressTypes"] == ["ipv4"]
    unknown = ["com.amazonaws.eu-central-1.nothing"]
    assert refusal(region.ec2.describe_vpc_endpoint_services, ServiceNames=unknown) == "InvalidServiceName"


def test_dhcp_options_name_the_resolver(ground):
    ec2 = ground.ec2
    [vpc] = ec2.describe_vpcs(VpcIds=[ground.vpc])["Vpcs"]
    [born] = ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"]
    servers = {c["Key"]: [v["Value"] for v in c["Values"]] for c in born["DhcpConfigurations"]}
    assert servers["domain-name-servers"] == ["AmazonProvidedDNS"]
    own = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name-servers", "Values": ["10.20.0.53"]}])
    own = own["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=own, VpcId=ground.vpc)
    assert ec2.describe_vpcs(VpcIds=[ground.vpc])["Vpcs"][0]["DhcpOptionsId"] == own
    assert refusal(ec2.delete_dhcp_options, DhcpOptionsId=own) == "DependencyViolation"
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=ground.vpc)
    ec2.delete_dhcp_options(DhcpOptionsId=own)
    unknown = [{"Key": "colour", "Values": ["red"]}]
    assert refusal(ec2.create_dhcp_options, DhcpConfigurations=unknown) == "InvalidParameterValue"


def test_public_access_is_blocked_but_for_what_is_excluded(ground):
    ec2 = ground.ec2
    options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert options["InternetGatewayBlockMode"] == "off"
    made = ec2.create_vpc_block_public_access_exclusion(
        SubnetId=ground.public[0], InternetGatewayExclusionMode="allow-egress"
    )["VpcBlockPublicAccessExclusion"]
    assert made["ResourceArn"].endswith(f"subnet/{ground.public[0]}")
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")
    options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert options["InternetGatewayBlockMode"] == "block-bidirectional"
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="off")
    found = ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
    assert [e["ExclusionId"] for e in found] == [made["ExclusionId"]]
    ec2.delete_vpc_block_public_access_exclusion(ExclusionId=made["ExclusionId"])
    assert ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"] == []


def test_flow_logs_say_where_they_go_and_what_they_hold(ground):
    ec2 = ground.ec2
    wish = {"ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "/flow"}
    role = "arn:aws:iam::123456789012:role/flow"
    made = ec2.create_flow_logs(
        ResourceIds=[ground.vpc], **wish, DeliverLogsPermissionArn=role, LogFormat="${srcaddr} ${dstaddr} ${bytes}"
    )
    [identity] = made["FlowLogIds"]
    [found] = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [ground.vpc]}])["FlowLogs"]
    assert (found["FlowLogId"], found["LogFormat"]) == (identity, "${srcaddr} ${dstaddr} ${bytes}")
    assert refusal(ec2.create_flow_logs, ResourceIds=[ground.vpc], **wish) == "MissingParameter"
    unknown = {"DeliverLogsPermissionArn": role, "LogFormat": "${srcaddr} ${whatever}"}
    assert refusal(ec2.create_flow_logs, ResourceIds=[ground.vpc], **wish, **unknown) == "InvalidParameter"
    assert ec2.delete_flow_logs(FlowLogIds=[identity])["Unsuccessful"] == []


def test_images_are_found_by_tag_and_by_digest(region):
    ecr = region.client("ecr")
    made = ecr.create_repository(repositoryName="team/app", imageTagMutability="IMMUTABLE")["repository"]
    assert made["repositoryUri"] == f"123456789012.dkr.ecr.{NAME}.amazonaws.com/team/app"
    digest = ecr.put_image(repositoryName="team/app", imageManifest="{}", imageTag="v1")["image"]["imageId"]["imageDigest"]
    [found] = ecr.describe_images(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])["imageDetails"]
    assert found["imageDigest"] == digest
    wanted = [{"imageDigest": digest}, {"imageTag": "v2"}]
    got = ecr.batch_get_image(repositoryName="team/app", imageIds=wanted)
    assert [i["imageId"]["imageTag"] for i in got["images"]] == ["v1"]
    assert [f["failureCode"] for f in got["failures"]] == ["ImageNotFound"]
    again = {"repositoryName": "team/app", "imageManifest": "{ }", "imageTag": "v1"}
    assert refusal(ecr.put_image, **again) == "ImageTagAlreadyExistsException"
    assert refusal(ecr.create_repository, repositoryName="team/app") == "RepositoryAlreadyExistsException"
    assert refusal(ecr.describe_repositories, repositoryNames=["none"]) == "RepositoryNotFoundException"
    absent = {"repositoryName": "team/app", "imageIds": wanted[1:]}
    assert refusal(ecr.describe_images, **absent) == "ImageNotFoundException"


def test_mount_targets_have_addresses_of_the_families_asked_for(region, ground):
    efs = region.client("efs")
    made = efs.create_file_system(CreationToken="shared", Tags=[{"Key": "Name", "Value": "shared"}])
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    of = {"FileSystemId": made["FileSystemId"]}
    old = efs.create_mount_target(**of, SubnetId=ground.private[0])
    alone = {"SubnetId": ground.public[1], "IpAddressType": "IPV6_ONLY"}
    assert refusal(efs.create_mount_target, **of, **alone) == "BadRequest"
    both = efs.create_mount_target(
        **of, SubnetId=ground.public[1], IpAddressType="DUAL_STACK", SecurityGroups=[ground.tasks]
    )
    found = {t["MountTargetId"]: t for t in efs.describe_mount_targets(**of)["MountTargets"]}
    assert "Ipv6Address" not in found[old["MountTargetId"]]
    assert ":" in found[both["MountTargetId"]]["Ipv6Address"] and found[both["MountTargetId"]]["IpAddress"]
    groups = efs.describe_mount_target_security_groups(MountTargetId=both["MountTargetId"])["SecurityGroups"]
    assert groups == [ground.tasks]
    assert efs.describe_file_systems(**of)["FileSystems"][0]["NumberOfMountTargets"] == 2
    assert refusal(efs.create_mount_target, **of, SubnetId=ground.private[0]) == "MountTargetConflict"
    assert refusal(efs.create_mount_target, **of, SubnetId=ground.ipv6[0]) in ("MountTargetConflict", "BadRequest")
    assert refusal(efs.delete_file_system, **of) == "FileSystemInUse"
    assert refusal(efs.describe_file_systems, FileSystemId="fs-0123456789abcdef0") == "FileSystemNotFound"
    for target in found:
        efs.delete_mount_target(MountTargetId=target)
    efs.delete_file_system(**of)


def test_databases_are_of_both_families_only_in_subnets_of_both(region, ground):
    rds = region.client("rds")

    def group(name, subnets):
        wish = {"DBSubnetGroupName": name, "DBSubnetGroupDescription": name}
        return rds.create_db_subnet_group(**wish, SubnetIds=subnets)["DBSubnetGroup"]

    assert group("old", ground.private)["SupportedNetworkTypes"] == ["IPV4"]
    assert group("both", ground.public)["SupportedNetworkTypes"] == ["IPV4", "DUAL"]
    instance = {"DBInstanceClass": "db.t3.micro", "Engine": "postgres", "VpcSecurityGroupIds": [ground.tasks]}
    rds.create_db_instance(DBInstanceIdentifier="orders", DBSubnetGroupName="old", **instance)
    [found] = rds.describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"]
    assert (found["NetworkType"], found["Endpoint"]["Port"]) == ("IPV4", 5432)
    assert found["Endpoint"]["Address"].startswith("orders.")
    assert [s["SubnetIdentifier"] for s in found["DBSubnetGroup"]["Subnets"]] == ground.private
    assert [g["VpcSecurityGroupId"] for g in found["VpcSecurityGroups"]] == [ground.tasks]
    dual = {"DBInstanceIdentifier": "orders", "NetworkType": "DUAL"}
    assert refusal(rds.modify_db_instance, **dual) == "NetworkTypeNotSupported"
    rds.create_db_instance(DBInstanceIdentifier="carts", DBSubnetGroupName="both", **instance)
    rds.modify_db_instance(DBInstanceIdentifier="carts", NetworkType="DUAL")
    assert rds.describe_db_instances(DBInstanceIdentifier="carts")["DBInstances"][0]["NetworkType"] == "DUAL"
    cluster = {"Engine": "aurora-postgresql", "DBSubnetGroupName": "both", "NetworkType": "DUAL"}
    rds.create_db_cluster(DBClusterIdentifier="ledger", **cluster)
    [found] = rds.describe_db_clusters(DBClusterIdentifier="ledger")["DBClusters"]
    assert (found["NetworkType"], found["DBSubnetGroup"]) == ("DUAL", "both")
    rds.create_db_proxy(
        DBProxyName="pool", EngineFamily="POSTGRESQL", VpcSubnetIds=ground.public, EndpointNetworkType="DUAL",
        RoleArn="arn:aws:iam::123456789012:role/pool",
    )
    [found] = rds.describe_db_proxies(DBProxyName="pool")["DBProxies"]
    assert (found["EndpointNetworkType"], found["TargetConnectionNetworkType"]) == ("DUAL", "IPV4")
    groups = rds.describe_db_subnet_groups()["DBSubnetGroups"]
    assert {g["DBSubnetGroupName"] for g in groups} >= {"old", "both"}
    assert refusal(rds.describe_db_instances, DBInstanceIdentifier="none") == "DBInstanceNotFound"
    assert refusal(rds.describe_db_clusters, DBClusterIdentifier="none") == "DBClusterNotFoundFault"
    one_zone = {"name": "one", "subnets": ground.public[:1]}
    assert refusal(group, **one_zone) == "DBSubnetGroupDoesNotCoverEnoughAZs"


def test_caches_tell_their_family_and_that_of_their_names(region, ground):
    cache = region.client("elasticache")
    for name, subnets in (("old", ground.private), ("both", ground.public)):
        wish = {"CacheSubnetGroupName": name, "CacheSubnetGroupDescription": name}
        made = cache.create_cache_subnet_group(**wish, SubnetIds=subnets)["CacheSubnetGroup"]
        assert ("dual_stack" in made["SupportedNetworkTypes"]) == (name == "both")
    of = {"CacheNodeType": "cache.t3.micro", "Engine": "redis", "NumCacheNodes": 1}
    cache.create_cache_cluster(CacheClusterId="sessions", CacheSubnetGroupName="old", **of)
    [found] = cache.describe_cache_clusters(CacheClusterId="sessions", ShowCacheNodeInfo=True)["CacheClusters"]
    assert (found["NetworkType"], found["IpDiscovery"]) == ("ipv4", "ipv4")
    assert found["CacheNodes"][0]["Endpoint"]["Port"] == 6379
    both = {"CacheSubnetGroupName": "both", "NetworkType": "dual_stack", "IpDiscovery": "ipv6"}
    cache.create_replication_group(
        ReplicationGroupId="carts", ReplicationGroupDescription="carts", Engine="redis", CacheNodeType="cache.t3.micro", **both
    )
    [found] = cache.describe_replication_groups(ReplicationGroupId="carts")["ReplicationGroups"]
    assert (found["NetworkType"], found["IpDiscovery"]) == ("dual_stack", "ipv6")
    assert found["NodeGroups"][0]["PrimaryEndpoint"]["Address"].startswith("master.carts")
    cache.create_serverless_cache(ServerlessCacheName="hot", Engine="valkey", SubnetIds=ground.public)
    [found] = cache.describe_serverless_caches(ServerlessCacheName="hot")["ServerlessCaches"]
    assert found["SubnetIds"] == ground.public
    wrong = {"CacheClusterId": "wrong", "CacheSubnetGroupName": "old", "NetworkType": "dual_stack", **of}
    assert refusal(cache.create_cache_cluster, **wrong) == "InvalidParameterCombination"
    assert refusal(cache.describe_cache_clusters, CacheClusterId="none") == "CacheClusterNotFound"


def test_a_cloud_map_service_tells_the_records_that_it_keeps(region, ground):
    discovery = region.client("servicediscovery")
    operation = discovery.create_private_dns_namespace(Name="shop.internal", Vpc=ground.vpc)["OperationId"]
    done = discovery.get_operation(OperationId=operation)["Operation"]
    assert done["Status"] == "SUCCESS"
    namespace = done["Targets"]["NAMESPACE"]
    records = {"DnsRecords": [{"Type": "A", "TTL": 60}], "RoutingPolicy": "MULTIVALUE"}
    made = discovery.create_service(Name="orders", NamespaceId=namespace, DnsConfig=records)["Service"]
    found = discovery.get_service(Id=made["Id"])["Service"]
    assert [r["Type"] for r in found["DnsConfig"]["DnsRecords"]] == ["A"]
    assert discovery.get_namespace(Id=namespace)["Namespace"]["Type"] == "DNS_PRIVATE"
    in_it = [{"Name": "NAMESPACE_ID", "Values": [namespace], "Condition": "EQ"}]
    assert [s["Name"] for s in discovery.list_services(Filters=in_it)["Services"]] == ["orders"]
    assert refusal(discovery.create_service, Name="orders", NamespaceId=namespace) == "ServiceAlreadyExists"
    assert refusal(discovery.delete_namespace, Id=namespace) == "ResourceInUse"
    discovery.delete_service(Id=made["Id"])
    discovery.delete_namespace(Id=namespace)
    assert refusal(discovery.get_service, Id=made["Id"]) == "ServiceNotFound"


POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


def test_the_policies_of_a_role_are_read_as_they_were_written(region):
    iam = region.client("iam")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(POLICY))
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    arn = iam.create_policy(PolicyName="shared", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    iam.attach_role_policy(RoleName="app", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"] == POLICY
    assert iam.list_role_policies(RoleName="app")["PolicyNames"] == ["own"]
    assert iam.get_role_policy(RoleName="app", PolicyName="own")["PolicyDocument"] == POLICY
    attached = [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]]
    assert attached == [arn, "arn:aws:iam::aws:policy/ReadOnlyAccess"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"] == POLICY
    assert "PermissionsBoundary" not in iam.get_role(RoleName="app")["Role"]
    bounded = {"RoleName": "bounded", "AssumeRolePolicyDocument": json.dumps(POLICY)}
    iam.create_role(PermissionsBoundary=arn, **bounded)
    assert iam.get_role(RoleName="bounded")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert refusal(iam.create_role, PermissionsBoundary=arn + "-gone", **bounded | {"RoleName": "other"}) == "NoSuchEntity"
    assert refusal(iam.get_role, RoleName="none") == "NoSuchEntity"
    assert refusal(iam.delete_role, RoleName="app") == "DeleteConflict"
    wrong = {"RoleName": "app", "PolicyName": "wrong", "PolicyDocument": "{"}
    assert refusal(iam.put_role_policy, **wrong) == "MalformedPolicyDocument"


def test_a_bucket_has_a_region_and_a_policy_of_its_own(region):
    here, there = region.client("s3"), region.client("s3", region_name="us-west-2")
    at = lambda place: {"CreateBucketConfiguration": {"LocationConstraint": place}}
    assert here.create_bucket(Bucket="shop-assets", **at(KEYS["region_name"]))["Location"].endswith("/shop-assets")
    assert refusal(here.create_bucket, Bucket="shop-assets", **at(KEYS["region_name"])) == "BucketAlreadyOwnedByYou"
    assert refusal(here.create_bucket, Bucket="shop-files") == "IllegalLocationConstraintException"
    assert refusal(here.create_bucket, Bucket="Shop_Files", **at(KEYS["region_name"])) == "InvalidBucketName"
    assert refusal(here.get_bucket_policy, Bucket="shop-assets") == "NoSuchBucketPolicy"
    assert refusal(here.get_bucket_policy, Bucket="shop-none") == "NoSuchBucket"
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::shop-assets/*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    }
    policy = lambda **other: json.dumps({"Version": "2012-10-17", "Statement": [statement | other]})
    here.put_bucket_policy(Bucket="shop-assets", Policy=policy())
    assert json.loads(here.get_bucket_policy(Bucket="shop-assets")["Policy"])["Statement"] == [statement]
    nobody = json.dumps({"Statement": {k: v for k, v in statement.items() if k != "Principal"}})
    for wrong in ("{", policy(Resource="arn:aws:s3:::shop-others/*"), nobody):
        assert refusal(here.put_bucket_policy, Bucket="shop-assets", Policy=wrong) == "MalformedPolicy"
    # boto3 goes where it is told that a bucket is, and so finds it by itself.
    there.create_bucket(Bucket="shop-overseas", **at("us-west-2"))
    assert refusal(here.get_bucket_policy, Bucket="shop-overseas") in ("PermanentRedirect", "NoSuchBucketPolicy")
    assert refusal(there.get_bucket_policy, Bucket="shop-overseas") == "NoSuchBucketPolicy"
    here.delete_bucket_policy(Bucket="shop-assets")
    assert refusal(here.get_bucket_policy, Bucket="shop-assets") == "NoSuchBucketPolicy"
    here.delete_bucket(Bucket="shop-assets")
    assert refusal(here.delete_bucket, Bucket="shop-assets") == "NoSuchBucket"


def test_a_web_acl_of_a_load_balancer_leads_to_its_sets_of_addresses(region, shop):
    waf = region.client("wafv2")
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    only_us = {"Name": "us", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": ["192.0.2.0/24"]}
    made = waf.create_ip_set(**only_us)["Summary"]
    rule = {
        "Name": "us", "Priority": 0, "Action": {"Allow": {}}, "VisibilityConfig": seen,
        "Statement": {"IPSetReferenceStatement": {"ARN": made["ARN"]}},
    }
    acl = waf.create_web_acl(
        Name="front", Scope="REGIONAL", DefaultAction={"Block": {}}, Rules=[rule], VisibilityConfig=seen
    )["Summary"]
    assert "WebACL" not in waf.get_web_acl_for_resource(ResourceArn=shop.load_balancer)
    waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=shop.load_balancer)
    found = waf.get_web_acl_for_resource(ResourceArn=shop.load_balancer)["WebACL"]
    [of_rule] = found["Rules"]
    assert of_rule["Statement"]["IPSetReferenceStatement"]["ARN"] == made["ARN"]
    told = waf.get_ip_set(Name="us", Scope="REGIONAL", Id=made["Id"])["IPSet"]
    assert (told["IPAddressVersion"], told["Addresses"]) == ("IPV4", ["192.0.2.0/24"])
    mixed = {**only_us, "Name": "mixed", "Addresses": ["2001:db8::/32"]}
    assert refusal(waf.create_ip_set, **mixed) == "WAFInvalidParameterException"
    waf.disassociate_web_acl(ResourceArn=shop.load_balancer)


def test_lines_of_a_log_group_are_found_by_time_and_term(region):
    logs = region.client("logs")
    logs.create_log_group(logGroupName="/flow/shop")
    logs.create_log_stream(logGroupName="/flow/shop", logStreamName="eni-1")
    of = {"logGroupName": "/flow/shop", "logStreamName": "eni-1"}
    lines = [{"timestamp": 1000 + n, "message": f"10.0.0.{n} ACCEPT OK"} for n in range(5)]
    logs.put_log_events(**of, logEvents=lines)
    found = logs.filter_log_events(logGroupName="/flow/shop", startTime=1001, endTime=1003)["events"]
    assert [e["timestamp"] for e in found] == [1001, 1002, 1003]
    found = logs.filter_log_events(logGroupName="/flow/shop", filterPattern='"10.0.0.4"')["events"]
    assert [e["message"] for e in found] == ["10.0.0.4 ACCEPT OK"]
    page = logs.filter_log_events(logGroupName="/flow/shop", limit=2)
    rest = logs.filter_log_events(logGroupName="/flow/shop", limit=9, nextToken=page["nextToken"])
    assert len(page["events"]) + len(rest["events"]) == 5
    assert [g["logGroupName"] for g in logs.describe_log_groups(logGroupNamePrefix="/flow")["logGroups"]] == ["/flow/shop"]
    assert refusal(logs.create_log_group, logGroupName="/flow/shop") == "ResourceAlreadyExistsException"
    assert refusal(logs.filter_log_events, logGroupName="/none") == "ResourceNotFoundException"


def found(logs, region, query, **more):
    """The rows of a query, and what it scanned; it takes a moment."""
    now = int(region.now().timestamp())
    of = {"logGroupName": "/queried", "startTime": now - 3600, "endTime": now, **more}
    identity = logs.start_query(queryString=query, **of)["queryId"]
    seen = []

    def is_over():
        answer = logs.get_query_results(queryId=identity)
        seen.append(answer["status"])
        return answer if answer["status"] == "Complete" else None

    answer = region.until(is_over, step=1)
    assert seen[0] in ("Scheduled", "Running") and answer["queryLanguage"] == "CWLI"
    return [{c["field"]: c["value"] for c in row} for row in answer["results"]], answer["statistics"]


def test_a_query_takes_apart_filters_sums_and_sorts(region):
    logs = region.client("logs", hasty=True)
    logs.create_log_group(logGroupName="/queried")
    logs.create_log_stream(logGroupName="/queried", logStreamName="eni-1")
    now = int(region.now().timestamp() * 1000)
    texts = ["eni-1 10.0.0.1 443 10", "eni-1 10.0.0.2 443 30", "eni-1 10.0.0.1 443 25", "eni-2 10.0.0.1 80 99", "eni-1 - - -"]
    lines = [{"timestamp": now + n, "message": text} for n, text in enumerate(texts)]
    logs.put_log_events(logGroupName="/queried", logStreamName="eni-1", logEvents=lines)
    region.advance(2)
    taken = 'parse @message "* * * *" as eni, dst, port, bytes | filter eni in ["eni-1"] and port not like /^(80|-)$/'
    rows, figures = found(logs, region, f"{taken} | stats sum(bytes) as total, count(*) as records by dst | sort total desc")
    assert rows == [
        {"dst": "10.0.0.1", "total": "35", "records": "2"},
        {"dst": "10.0.0.2", "total": "30", "records": "1"},
    ]
    assert (figures["recordsScanned"], figures["recordsMatched"], figures["bytesScanned"]) == (5, 3, sum(map(len, texts)))
    rows, _ = found(logs, region, "fields @message | sort @timestamp desc | limit 2")
    assert [row["@message"] for row in rows] == texts[:2:-1]
    rows, _ = found(logs, region, "fields @message | sort @timestamp desc", limit=1)
    assert len(rows) == 1
    matched = "parse @message /(?<hit>10.0.0.1 443)/"
    rows, _ = found(logs, region, f"{matched} | stats count(*) as lines, count(hit) as hits by bin(1h), @logStream")
    assert [(row["@logStream"], row["lines"], row["hits"]) for row in rows] == [("eni-1", "5", "2")]
    assert set(rows[0]) == {"bin(1h)", "@logStream", "lines", "hits"} and rows[0]["bin(1h)"].endswith(":00:00.000")
    asked = {"logGroupName": "/queried", "startTime": now // 1000 - 60, "endTime": now // 1000 + 60}
    for query in ["fields @message | pattern @message", "stats median(bytes)", "filter bytes ="]:
        assert refusal(logs.start_query, queryString=query, **asked) == "MalformedQueryException"
    region.advance(2)
    assert refusal(logs.start_query, queryString="fields @message", **{**asked, "logGroupName": "/none"}) == "ResourceNotFoundException"
    before = {"startTime": 1000, "endTime": 2000}
    assert refusal(logs.start_query, queryString="fields @message", **{**asked, **before}) == "MalformedQueryException"
    both = {**asked, "logGroupNames": ["/queried"]}
    assert refusal(logs.start_query, queryString="fields @message", **both) == "InvalidParameterException"
    stopped = logs.start_query(queryString="fields @message", **asked)["queryId"]
    assert logs.stop_query(queryId=stopped)["success"]
    region.advance(60)
    assert logs.get_query_results(queryId=stopped)["status"] == "Cancelled"
    assert refusal(logs.stop_query, queryId=stopped) == "InvalidParameterException"
    assert refusal(logs.get_query_results, queryId="none") == "ResourceNotFoundException"
