"""EC2: the networks that everything else stands on."""

import pytest

from region import pages, refusal, slice_of


@pytest.fixture(scope="module")
def vpc(region):
    made = region.ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)
    return made["Vpc"]["VpcId"]


def block(region, vpc):
    found = region.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]
    return found["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]


def test_the_three_kinds_of_subnet_read_back_as_they_were_made(shop, region):
    found = region.ec2.describe_subnets(SubnetIds=[shop.ipv4[0], shop.dual_stack[0], shop.ipv6[0]])["Subnets"]
    by_id = {s["SubnetId"]: s for s in found}
    assert by_id[shop.ipv4[0]]["CidrBlock"] == "10.0.10.0/24"
    assert by_id[shop.ipv4[0]]["Ipv6CidrBlockAssociationSet"] == []
    assert by_id[shop.dual_stack[0]]["CidrBlock"] == "10.0.0.0/24"
    assert by_id[shop.dual_stack[0]]["Ipv6Native"] is False
    native = by_id[shop.ipv6[0]]
    assert native["Ipv6Native"] is True
    assert native["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].endswith("/64")
    assert native["AssignIpv6AddressOnCreation"] is True
    assert "CidrBlock" not in native


def test_filters_select(shop, region):
    in_zone = region.ec2.describe_subnets(
        Filters=[
            {"Name": "vpc-id", "Values": [shop.vpc]},
            {"Name": "availability-zone", "Values": ["eu-central-1a"]},
        ]
    )["Subnets"]
    assert {s["SubnetId"] for s in in_zone} == {shop.dual_stack[0], shop.ipv4[0], shop.ipv6[0]}


def test_a_tag_filter_finds_what_was_tagged(region, vpc):
    subnet = region.ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    region.ec2.create_tags(Resources=[subnet], Tags=[{"Key": "team", "Value": "shop"}])
    found = region.ec2.describe_subnets(Filters=[{"Name": "tag:team", "Values": ["shop"]}])["Subnets"]
    assert [s["SubnetId"] for s in found] == [subnet]
    assert found[0]["Tags"] == [{"Key": "team", "Value": "shop"}]


def test_subnets_come_in_pages(region, shop):
    found, count = pages(
        region.ec2, "describe_subnets", "Subnets",
        Filters=[{"Name": "vpc-id", "Values": [shop.vpc]}], PaginationConfig={"PageSize": 5},
    )
    assert count == 2
    assert len({s["SubnetId"] for s in found}) == 9


def test_attributes_of_a_subnet_can_be_set(region, vpc):
    ipv6 = slice_of(block(region, vpc), 66)
    subnet = region.ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.2.0/24", Ipv6CidrBlock=ipv6)["Subnet"]["SubnetId"]
    region.ec2.modify_subnet_attribute(SubnetId=subnet, AssignIpv6AddressOnCreation={"Value": True})
    region.ec2.modify_subnet_attribute(SubnetId=subnet, EnableDns64={"Value": True})
    found = region.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]
    assert found["AssignIpv6AddressOnCreation"] is True
    assert found["EnableDns64"] is True


def test_rules_of_a_security_group_read_back(shop, region):
    group = region.ec2.describe_security_groups(GroupIds=[shop.group])["SecurityGroups"][0]
    permission = group["IpPermissions"][0]
    assert permission["FromPort"] == 8080
    assert permission["IpRanges"][0]["CidrIp"] == "10.0.0.0/16"
    assert permission["Ipv6Ranges"][0]["CidrIpv6"] == shop.ipv6_block


def test_zones_are_listed(region):
    zones = region.ec2.describe_availability_zones()["AvailabilityZones"]
    assert [z["ZoneName"] for z in zones] == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]


def test_what_ec2_refuses(region, shop, vpc):
    ec2 = region.ec2
    assert refusal(ec2.describe_subnets, SubnetIds=["subnet-0123456789abcdef0"]) == "InvalidSubnetID.NotFound"
    assert refusal(ec2.describe_vpcs, VpcIds=["vpc-0123456789abcdef0"]) == "InvalidVpcID.NotFound"
    assert refusal(ec2.describe_security_groups, GroupIds=["sg-0123456789abcdef0"]) == "InvalidGroup.NotFound"
    assert refusal(ec2.create_subnet, VpcId=shop.vpc, CidrBlock="10.0.0.0/25") == "InvalidSubnet.Conflict"
    assert refusal(ec2.create_subnet, VpcId=vpc, CidrBlock="172.16.0.0/24") == "InvalidSubnet.Range"
    assert refusal(
        ec2.create_security_group, GroupName="shop", Description="again", VpcId=shop.vpc
    ) == "InvalidGroup.Duplicate"
    assert refusal(ec2.delete_vpc, VpcId=shop.vpc) == "DependencyViolation"
    assert refusal(ec2.delete_subnet, SubnetId=shop.ipv6[0]) == "DependencyViolation"
    assert refusal(ec2.describe_volumes) == "InvalidAction"


def test_what_is_not_used_can_be_deleted(region):
    vpc = region.ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = region.ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.0.0/24")["Subnet"]["SubnetId"]
    assert refusal(region.ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    region.ec2.delete_subnet(SubnetId=subnet)
    region.ec2.delete_vpc(VpcId=vpc)
    assert refusal(region.ec2.describe_vpcs, VpcIds=[vpc]) == "InvalidVpcID.NotFound"
