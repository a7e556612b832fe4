"""A network with everything that a preflight looks at, built by AWS's API alone: on any region that boto3 is pointed at."""

import ipaddress

ZONES = ["eu-central-1a", "eu-central-1b"]
# What tells things of two regions apart, and nothing about the network.
NAMELESS = {
    "AllocationId", "AssociationId", "CreateTime", "CreationTimestamp", "DnsEntries", "NetworkInterfaceId", "NetworkInterfaceIds",
    "NetworkBorderGroup", "OwnerId", "PrivateIp", "PublicIp", "ResponseMetadata", "SecurityGroupRuleId", "SubnetArn", "VpcArn",
    "RouteTableAssociationId", "NetworkAclAssociationId", "AvailableIpAddressCount", "AvailabilityZoneId", "SecurityGroupArn",
}


class Ground:
    def __init__(self, ec2):
        self.ec2 = ec2
        self.names = {}
        self.vpc = self.named("vpc", ec2.create_vpc(CidrBlock="10.20.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"])
        [vpc] = ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"]
        self.block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=self.vpc, **{attribute: {"Value": True}})
        self.public = [self.subnet("public", n, f"10.20.{n}.0/24", n) for n in range(2)]
        self.private = [self.subnet("private", n, f"10.20.{10 + n}.0/24", None) for n in range(2)]
        self.ipv6 = [self.subnet("ipv6", n, None, 16 + n) for n in range(2)]
        self.gateways()
        self.groups()
        self.acl()

    def named(self, name, identity):
        """Remembers what an id is of, so that two regions' answers can be told alike."""
        self.names[identity] = name
        return identity

    def slice(self, number):
        first = int(ipaddress.ip_network(self.block).network_address) + (number << 64)
        return str(ipaddress.ip_network((first, 64)))

    def subnet(self, kind, number, ipv4, ipv6):
        wish = {"VpcId": self.vpc, "AvailabilityZone": ZONES[number]}
        if ipv4:
            wish["CidrBlock"] = ipv4
        else:
            wish["Ipv6Native"] = True
        if ipv6 is not None:
            wish["Ipv6CidrBlock"] = self.slice(ipv6)
        made = self.ec2.create_subnet(**wish)["Subnet"]["SubnetId"]
        return self.named(f"{kind}-{number}", made)

    def gateways(self):
        ec2 = self.ec2
        internet = self.named("igw", ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
        ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=self.vpc)
        made = ec2.create_egress_only_internet_gateway(VpcId=self.vpc)["EgressOnlyInternetGateway"]
        egress = self.named("eigw", made["EgressOnlyInternetGatewayId"])
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = ec2.create_nat_gateway(SubnetId=self.public[0], AllocationId=address)["NatGateway"]
        self.nat = self.named("nat", made["NatGatewayId"])
        self.table("public", self.public, [
            ("DestinationCidrBlock", "0.0.0.0/0", "GatewayId", internet),
            ("DestinationIpv6CidrBlock", "::/0", "GatewayId", internet),
        ])
        self.table("ipv6", self.ipv6, [
            ("DestinationIpv6CidrBlock", "::/0", "EgressOnlyInternetGatewayId", egress),
            ("DestinationIpv6CidrBlock", "64:ff9b::/96", "NatGatewayId", self.nat),
        ])

    def table(self, name, subnets, routes):
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.named(f"{name}-routes", table)
        for block, to, kind, target in routes:
            self.ec2.create_route(RouteTableId=table, **{block: to, kind: target})
        for subnet in subnets:
            self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)

    def groups(self):
        ec2 = self.ec2
        made = [
            ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
            for name in ("balancers", "tasks")
        ]
        self.balancers, self.tasks = (self.named(f"group-{n}", g) for n, g in zip(("balancers", "tasks"), made))
        open_to_all = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
        ec2.authorize_security_group_ingress(
            GroupId=self.balancers, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **open_to_all}]
        )
        ec2.authorize_security_group_ingress(
            GroupId=self.tasks,
            IpPermissions=[{
                "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": self.balancers}],
            }],
        )

    def acl(self):
        """One for the IPv6-only subnets, with what a stateless list needs both ways."""
        ec2 = self.ec2
        acl = self.named("acl", ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"])
        self.of_ipv6 = acl
        ports = {"Protocol": "6", "PortRange": {"From": 1024, "To": 65535}}
        for egress in (False, True):
            for number, block in ((100, {"CidrBlock": "0.0.0.0/0"}), (110, {"Ipv6CidrBlock": "::/0"})):
                ec2.create_network_acl_entry(
                    NetworkAclId=acl, RuleNumber=number, Egress=egress, RuleAction="allow", **ports, **block
                )
        ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=120, Egress=True, RuleAction="allow", Protocol="6", Ipv6CidrBlock="::/0",
            PortRange={"From": 443, "To": 443},
        )
        ours = {"Name": "association.subnet-id", "Values": self.ipv6}
        for found in ec2.describe_network_acls(Filters=[ours])["NetworkAcls"]:
            for association in found["Associations"]:
                if association["SubnetId"] in self.ipv6:
                    ec2.replace_network_acl_association(
                        AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
                    )

    def told(self, operation, key, members):
        """What a region tells of the network, in names for its ids, and of the members that matter."""
        filters = "Filter" if operation == "describe_nat_gateways" else "Filters"
        found = getattr(self.ec2, operation)(**{filters: [{"Name": "vpc-id", "Values": [self.vpc]}]})[key]
        # moto's default group lets nobody in, and AWS's its own members.
        alike = [self.alike({m: one.get(m) for m in members}) for one in found if one.get("GroupName") != "default"]
        return sorted(alike, key=repr)

    def alike(self, value):
        if isinstance(value, dict):
            told = {k: self.alike(v) for k, v in value.items() if k not in NAMELESS}
            return {k: v for k, v in told.items() if v not in (None, [], {})}
        if isinstance(value, list):
            return sorted((self.alike(v) for v in value), key=repr)
        if isinstance(value, str) and "/" in value and ":" in value and value not in ("::/0", "64:ff9b::/96"):
            return self.place_of(value)
        return self.names.get(value, "other" if isinstance(value, str) and is_id(value) else value)

    def place_of(self, block):
        """An IPv6 block by its place within the VPC's, which Amazon chooses."""
        inner, outer = ipaddress.ip_network(block), ipaddress.ip_network(self.block)
        return f"{(int(inner.network_address) - int(outer.network_address)) >> 64}/{inner.prefixlen}"


def is_id(text):
    kind, _, rest = text.partition("-")
    return kind in ("vpc", "subnet", "sg", "rtb", "acl", "igw", "eigw", "nat", "dopt", "vpce") and len(rest) >= 8


# The members that a preflight reads of each answer.
READ = [
    ("describe_vpcs", "Vpcs", ["VpcId", "CidrBlock", "Ipv6CidrBlockAssociationSet"]),
    ("describe_subnets", "Subnets", [
        "SubnetId", "VpcId", "AvailabilityZone", "CidrBlock", "Ipv6Native", "AssignIpv6AddressOnCreation",
    ]),
    ("describe_route_tables", "RouteTables", ["RouteTableId", "VpcId", "Routes", "Associations"]),
    ("describe_network_acls", "NetworkAcls", ["NetworkAclId", "VpcId", "IsDefault", "Associations"]),
    ("describe_security_groups", "SecurityGroups", ["GroupId", "VpcId", "GroupName", "IpPermissions"]),
    ("describe_nat_gateways", "NatGateways", ["NatGatewayId", "VpcId", "SubnetId"]),
]
