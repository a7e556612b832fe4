"""An account with twenty-three services and sixteen faults among them, built by AWS's API alone.

URL, then `build`; or the name of a fault, whose remedy is then applied as preflight words it.
"""

import json
import sys

from estate import ACCOUNT, CLUSTER, PORT, Estate, Network, healthy, image, unmovable
from region import Region

SECRETS = f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret"
EVERYONE = {"CidrBlock": "0.0.0.0/0"}


def build(region):
    estate = Estate(region)
    shop = Network(region, 0)
    healthy(estate, shop)
    unmovable(estate, shop)
    ill(estate, shop)
    estate.behind_balancer(Network(region, 1, out=False, nat64=False), "billing")
    media = Network(region, 2)
    estate.behind_balancer(media, "media")
    ipv4_alone(region.ec2, media)
    endpoint = {"ServiceName": "com.amazonaws.eu-central-1.ecr.api", "VpcEndpointType": "Interface"}
    inside = media.group("endpoints", [443], UserIdGroupPairs=[{"GroupId": media.tasks}])
    region.ec2.create_vpc_endpoint(
        VpcId=media.vpc, SubnetIds=media.public, SecurityGroupIds=[inside], IpAddressType="ipv4", PrivateDnsEnabled=True, **endpoint
    )
    region.advance(1800)


def ill(estate, network):
    """Those in a network that is well, each with a fault or two of its own."""
    region = estate.region
    iam = region.client("iam")
    iam.create_role(RoleName="profile", AssumeRolePolicyDocument=json.dumps(TRUST))
    put_policy(iam, ["203.0.113.0/24"])
    own = network.group("profile", [PORT], IpRanges=[{"CidrIp": "10.0.0.0/16"}])
    role = f"arn:aws:iam::{ACCOUNT}:role/profile"
    estate.behind_balancer(network, "profile", definition=estate.definition("profile", taskRoleArn=role), groups=[own])

    private = {"image": "ghcr.io/shop/reviews:v1", "repositoryCredentials": {"credentialsParameter": f"{SECRETS}:ghcr"}}
    estate.behind_balancer(network, "reviews", definition=estate.definition("reviews", app=private))

    assets = told(("ASSETS_BUCKET", "invoices-assets"))
    s3 = region.client("s3")
    s3.create_bucket(Bucket="invoices-assets", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    close_bucket(s3, ["203.0.113.0/24", "198.51.100.7/32"])

    binds = told(("HOST", "0.0.0.0"))
    estate.behind_balancer(
        network, "gateway", definition=estate.definition("gateway", app=binds), balancer={"family": "ipv4"}
    )

    databases = network.group("databases", [5432], UserIdGroupPairs=[{"GroupId": network.tasks}])
    host = database(region, network, databases)
    named = told(("DATABASE_URL", f"postgres://orders@{host}:5432/orders"), ("STOCK_URL", "http://10.0.16.20:9000/stock"))
    estate.behind_balancer(network, "orders", definition=estate.definition("orders", app=named))

    files = network.group("files", [2049], UserIdGroupPairs=[{"GroupId": network.tasks}])
    efs = region.client("efs")
    data = efs.create_file_system(CreationToken="ledger")["FileSystemId"]
    for subnet in network.public:
        efs.create_mount_target(FileSystemId=data, SubnetId=subnet, SecurityGroups=[files])
    volumes = [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": data}}]
    estate.behind_balancer(network, "ledger", definition=estate.definition("ledger", volumes=volumes))

    # Bounds without a policy: nothing brings back what somebody set by hand.
    own = estate.definition("invoices", app=assets)
    estate.behind_balancer(network, "invoices", definition=own, desiredCount=4)
    of = {"ServiceNamespace": "ecs", "ResourceId": f"service/{CLUSTER}/invoices"}
    region.scaling.register_scalable_target(**of, ScalableDimension="ecs:service:DesiredCount", MinCapacity=2, MaxCapacity=6)
    estate.ecs.update_service(cluster=CLUSTER, service="invoices", desiredCount=9)

    # A worker whose broker is named by an address.
    broker = told(("BROKER_URL", "amqp://10.0.16.30:5672"))
    estate.service(network, "exports", estate.definition("exports", app=broker))

    group = estate.target_group(network, "chat", ProtocolVersion="GRPC")
    front = estate.balancer(network, "chat")
    certificate = [{"CertificateArn": f"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/chat"}]
    estate.listener(front, group, 443, "HTTPS", Certificates=certificate)
    estate.service(network, "chat", estate.definition("chat"), group)
    estate.customers("chat", front, port=443)


TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"},
]}


def put_policy(iam, blocks):
    only = {"IpAddress": {"aws:SourceIp": blocks}}
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", "Condition": only}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(RoleName="profile", PolicyName="from-us", PolicyDocument=json.dumps(document))


def close_bucket(s3, blocks):
    """For whoever comes from elsewhere."""
    arn = "arn:aws:s3:::invoices-assets"
    elsewhere = {"NotIpAddress": {"aws:SourceIp": blocks}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, arn + "/*"], "Condition": elsewhere}
    s3.put_bucket_policy(Bucket="invoices-assets", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def told(*variables):
    dual = ("AWS_USE_DUALSTACK_ENDPOINT", "true")
    return {"environment": [{"name": name, "value": value} for name, value in (dual, *variables)]}


def database(region, network, group):
    rds = region.client("rds")
    of = {"DBSubnetGroupName": "orders", "DBSubnetGroupDescription": "orders"}
    rds.create_db_subnet_group(**of, SubnetIds=network.public)
    made = rds.create_db_instance(
        DBInstanceIdentifier="orders", DBInstanceClass="db.t4g.small", Engine="postgres", DBSubnetGroupName="orders",
        VpcSecurityGroupIds=[group],
    )
    return made["DBInstance"]["Endpoint"]["Address"]


def ipv4_alone(ec2, network):
    """A network ACL as it was before there was IPv6, on the IPv6-only subnets."""
    acl = ec2.create_network_acl(VpcId=network.vpc)["NetworkAcl"]["NetworkAclId"]
    for egress in (False, True):
        ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=100, Egress=egress, RuleAction="allow", Protocol="-1", **EVERYONE
        )
    for subnet in network.ipv6:
        ours = [{"Name": "association.subnet-id", "Values": [subnet]}]
        [found] = ec2.describe_network_acls(Filters=ours)["NetworkAcls"]
        [now] = [a for a in found["Associations"] if a["SubnetId"] == subnet]
        ec2.replace_network_acl_association(AssociationId=now["NetworkAclAssociationId"], NetworkAclId=acl)


class Remedies:
    """Each as a person applies it who has read the finding."""

    def __init__(self, region):
        self.region, self.ec2 = region, region.ec2

    def service(self, name):
        return self.region.ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]

    def group_of(self, name):
        arn = self.service(name)["loadBalancers"][0]["targetGroupArn"]
        return self.region.elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]

    def balancer_of(self, name):
        return self.group_of(name)["LoadBalancerArns"][0]

    def vpc_of(self, name):
        return self.group_of(name)["VpcId"]

    def of_vpc(self, name, **more):
        filters = [{"Name": "vpc-id", "Values": [self.vpc_of(name)]}]
        return {"Filters": filters + [{"Name": k.replace("_", "-"), "Values": [v]} for k, v in more.items()]}

    def ipv6_only(self, name):
        return self.ec2.describe_subnets(**self.of_vpc(name, ipv6_native="true"))["Subnets"]

    def redeployed(self, name, **app):
        """The task definition again, its application told otherwise."""
        ecs = self.region.ecs
        found = ecs.describe_task_definition(taskDefinition=self.service(name)["taskDefinition"])["taskDefinition"]
        taken = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
        wish = {k: v for k, v in found.items() if k in taken}
        for member, value in app.items():
            wish["containerDefinitions"][0][member] = value
            if value is None:
                del wish["containerDefinitions"][0][member]
        made = ecs.register_task_definition(**wish)["taskDefinition"]["taskDefinitionArn"]
        ecs.update_service(cluster=CLUSTER, service=name, taskDefinition=made)

    def environment(self, name, **said):
        found = self.region.ecs.describe_task_definition(taskDefinition=self.service(name)["taskDefinition"])
        [app] = found["taskDefinition"]["containerDefinitions"]
        now = {v["name"]: v["value"] for v in app["environment"]} | said
        self.redeployed(name, environment=[{"name": k, "value": v} for k, v in now.items()])

    def route_of_ipv6(self, name, to, **target):
        subnet = self.ipv6_only(name)[0]["SubnetId"]
        [table] = self.ec2.describe_route_tables(**self.of_vpc(name, **{"association.subnet_id": subnet}))["RouteTables"]
        self.ec2.create_route(RouteTableId=table["RouteTableId"], DestinationIpv6CidrBlock=to, **target)

    def no_way_out(self):
        found = self.ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
        vpc = self.vpc_of("billing")
        [gateway] = [g for g in found if g["Attachments"][0]["VpcId"] == vpc]
        self.route_of_ipv6("billing", "::/0", EgressOnlyInternetGatewayId=gateway["EgressOnlyInternetGatewayId"])

    def dns64_alone(self):
        of = self.of_vpc("billing")
        [gateway] = self.ec2.describe_nat_gateways(Filter=of["Filters"])["NatGateways"]
        self.route_of_ipv6("billing", "64:ff9b::/96", NatGatewayId=gateway["NatGatewayId"])

    def acl_of_ipv4(self):
        subnet = self.ipv6_only("media")[0]["SubnetId"]
        ours = [{"Name": "association.subnet-id", "Values": [subnet]}]
        acl = self.ec2.describe_network_acls(Filters=ours)["NetworkAcls"][0]["NetworkAclId"]
        everywhere = {"Ipv6CidrBlock": "::/0"}
        answers = {"Protocol": "6", "PortRange": {"From": 1024, "To": 65535}, **everywhere}
        https = {"Protocol": "6", "PortRange": {"From": 443, "To": 443}, **everywhere}
        icmp = {"Protocol": "58", "IcmpTypeCode": {"Type": -1, "Code": -1}, **everywhere}
        entries = [(110, False, answers), (120, False, icmp), (110, True, answers), (120, True, https)]
        for number, egress, entry in entries:
            self.ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=number, Egress=egress, RuleAction="allow", **entry)

    def endpoint_of_ipv4(self):
        [endpoint] = self.ec2.describe_vpc_endpoints(**self.of_vpc("media"))["VpcEndpoints"]
        self.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], IpAddressType="dualstack")

    def group_of_ipv4(self):
        [own] = self.service("profile")["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
        found = self.region.elb.describe_load_balancers(LoadBalancerArns=[self.balancer_of("profile")])
        [balancers] = found["LoadBalancers"][0]["SecurityGroups"]
        permission = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": [{"GroupId": balancers}]}
        self.ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[permission])

    def policy_of_ipv4(self):
        [block] = [s["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] for s in self.ipv6_only("profile")][:1]
        put_policy(self.region.client("iam"), ["203.0.113.0/24", block])

    def bucket_of_ipv4(self):
        blocks = [s["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] for s in self.ipv6_only("invoices")]
        close_bucket(self.region.client("s3"), ["203.0.113.0/24", "198.51.100.7/32", *blocks])

    def image_of_ipv4(self):
        self.redeployed("reviews", image=image("reviews"), repositoryCredentials=None)

    def balancer_of_ipv4(self):
        self.region.elb.set_ip_address_type(LoadBalancerArn=self.balancer_of("gateway"), IpAddressType="dualstack")

    def binds_ipv4(self):
        self.environment("gateway", HOST="::")

    def database_of_ipv4(self):
        self.region.client("rds").modify_db_instance(DBInstanceIdentifier="orders", NetworkType="DUAL", ApplyImmediately=True)

    def address(self):
        self.environment("orders", STOCK_URL="http://stock.shop.internal:9000/stock")

    def broker_by_address(self):
        self.environment("exports", BROKER_URL="amqp://broker.shop.internal:5672")

    def files_of_ipv4(self):
        efs = self.region.client("efs")
        [data] = efs.describe_file_systems(CreationToken="ledger")["FileSystems"]
        for old in efs.describe_mount_targets(FileSystemId=data["FileSystemId"])["MountTargets"]:
            groups = efs.describe_mount_target_security_groups(MountTargetId=old["MountTargetId"])["SecurityGroups"]
            efs.delete_mount_target(MountTargetId=old["MountTargetId"])
            efs.create_mount_target(
                FileSystemId=data["FileSystemId"], SubnetId=old["SubnetId"], SecurityGroups=groups, IpAddressType="DUAL_STACK"
            )

    def outside_its_bounds(self):
        self.region.ecs.update_service(cluster=CLUSTER, service="invoices", desiredCount=4)

    def grpc_alone(self):
        """The alarm; the plan that names it is its owner's."""
        self.region.cloudwatch.put_metric_alarm(
            AlarmName="chat-failed-calls", Namespace="Shop", MetricName="FailedCalls", Statistic="Sum", Period=60,
            EvaluationPeriods=3, Threshold=5.0, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
        )


if __name__ == "__main__":
    url, what = sys.argv[1:]
    region = Region(url)
    build(region) if what == "build" else getattr(Remedies(region), what.replace("-", "_"))()
