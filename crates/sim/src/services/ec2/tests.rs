//! What EC2's networks promise and refuse.

use jiff::Timestamp;

use super::*;
use crate::world::quotas::Quota;

fn world() -> World {
    World::new(
        "eu-central-1",
        "123456789012",
        Timestamp::from_second(1_800_000_000).unwrap(),
    )
}

fn run(world: &mut World, op: &str, input: &str) -> Result<Value, AwsError> {
    call(world, op, &crate::wire::from_text(input))
}

fn code(outcome: Result<Value, AwsError>) -> String {
    outcome.unwrap_err().code
}

fn id(value: &Value, field: &str) -> String {
    value.get(field).as_str().unwrap().to_owned()
}

/// A world with a VPC that has IPv6, and the VPC's id.
fn with_vpc() -> (World, String) {
    let mut world = world();
    let made = run(
        &mut world,
        "CreateVpc",
        r#"{"CidrBlock":"10.0.0.0/16","AmazonProvidedIpv6CidrBlock":"true"}"#,
    )
    .unwrap();
    let vpc = id(made.get("vpc"), "vpcId");
    (world, vpc)
}

fn subnet(world: &mut World, vpc: &str, more: &str) -> Result<Value, AwsError> {
    run(
        world,
        "CreateSubnet",
        &format!(r#"{{"VpcId":"{vpc}","AvailabilityZone":"eu-central-1b",{more}}}"#),
    )
}

#[test]
fn a_vpc_gets_an_ipv6_block_at_birth_or_later() {
    let mut world = world();
    let made = run(&mut world, "CreateVpc", r#"{"CidrBlock":"10.0.0.0/16"}"#).unwrap();
    assert!(
        made.get("vpc")
            .get("ipv6CidrBlockAssociationSet")
            .items()
            .is_empty()
    );
    let vpc = id(made.get("vpc"), "vpcId");
    let ask = format!(r#"{{"VpcId":"{vpc}","AmazonProvidedIpv6CidrBlock":"true"}}"#);
    run(&mut world, "AssociateVpcCidrBlock", &ask).unwrap();
    assert_eq!(
        code(run(&mut world, "AssociateVpcCidrBlock", &ask)),
        "CidrConflict"
    );
    let seen = run(
        &mut world,
        "DescribeVpcs",
        &format!(r#"{{"VpcId":["{vpc}"]}}"#),
    )
    .unwrap();
    let block = seen.get("vpcSet").items()[0]
        .get("ipv6CidrBlockAssociationSet")
        .items()[0]
        .clone();
    assert!(id(&block, "ipv6CidrBlock").ends_with("::/56"));
    assert_eq!(
        block.get("ipv6CidrBlockState").get("state").as_str(),
        Some("associated")
    );
}

#[test]
fn a_subnet_beyond_the_quota_is_refused() {
    let (mut world, vpc) = with_vpc();
    world.quotas.grant(Quota::SubnetsPerVpc, 1.0);
    subnet(&mut world, &vpc, r#""CidrBlock":"10.0.1.0/24""#).unwrap();
    let second = subnet(&mut world, &vpc, r#""CidrBlock":"10.0.2.0/24""#);
    assert_eq!(code(second), "SubnetLimitExceeded");
}

#[test]
fn an_ipv6_only_subnet_has_no_ipv4_block() {
    let (mut world, vpc) = with_vpc();
    let inside = cidr_inside(&world);
    let made = subnet(
        &mut world,
        &vpc,
        &format!(r#""Ipv6Native":"true","Ipv6CidrBlock":"{inside}""#),
    )
    .unwrap();
    let made = made.get("subnet");
    assert_eq!(made.get("ipv6Native"), &Value::Bool(true));
    assert!(made.get("cidrBlock").is_null());
    assert_eq!(made.get("availabilityZoneId").as_str(), Some("euc1-az2"));
    let again = format!(r#""CidrBlock":"10.0.1.0/24","Ipv6CidrBlock":"{inside}""#);
    assert_eq!(
        code(subnet(&mut world, &vpc, &again)),
        "InvalidSubnet.Conflict"
    );
    let both =
        format!(r#""Ipv6Native":"true","CidrBlock":"10.0.1.0/24","Ipv6CidrBlock":"{inside}""#);
    assert_eq!(
        code(subnet(&mut world, &vpc, &both)),
        "InvalidParameterCombination"
    );
}

fn cidr_inside(world: &World) -> String {
    let whole = world.network.vpcs[0]
        .ipv6_cidr
        .as_deref()
        .and_then(crate::world::network::cidr::Block6::parse)
        .unwrap();
    whole.part(7).to_string()
}

#[test]
fn subnets_that_do_not_fit_are_refused() {
    let (mut world, vpc) = with_vpc();
    subnet(&mut world, &vpc, r#""CidrBlock":"10.0.1.0/24""#).unwrap();
    assert_eq!(
        code(subnet(&mut world, &vpc, r#""CidrBlock":"10.0.0.0/20""#)),
        "InvalidSubnet.Conflict"
    );
    assert_eq!(
        code(subnet(&mut world, &vpc, r#""CidrBlock":"10.9.0.0/24""#)),
        "InvalidSubnet.Range"
    );
    assert_eq!(
        code(subnet(&mut world, &vpc, r#""CidrBlock":"ten""#)),
        "InvalidParameterValue"
    );
    assert_eq!(
        code(subnet(
            &mut world,
            "vpc-none",
            r#""CidrBlock":"10.0.2.0/24""#
        )),
        "InvalidVpcID.NotFound"
    );
    assert_eq!(
        code(subnet(&mut world, &vpc, r#""Ipv6Native":"true""#)),
        "MissingParameter"
    );
}

#[test]
fn subnets_are_found_by_filters_and_in_pages() {
    let (mut world, vpc) = with_vpc();
    for n in 0..7 {
        let tags =
            format!(r#"[{{"ResourceType":"subnet","Tag":[{{"Key":"Name","Value":"s{n}"}}]}}]"#);
        subnet(
            &mut world,
            &vpc,
            &format!(r#""CidrBlock":"10.0.{n}.0/24","TagSpecification":{tags}"#),
        )
        .unwrap();
    }
    let count = |world: &mut World, input: &str| {
        run(world, "DescribeSubnets", input)
            .unwrap()
            .get("subnetSet")
            .items()
            .len()
    };
    let by = |name: &str, value: &str| {
        format!(r#"{{"Filter":[{{"Name":"{name}","Value":["{value}"]}}]}}"#)
    };
    assert_eq!(count(&mut world, &by("vpc-id", &vpc)), 7);
    assert_eq!(count(&mut world, &by("tag:Name", "s3")), 1);
    assert_eq!(count(&mut world, &by("tag:Name", "s*")), 7);
    assert_eq!(
        count(&mut world, &by("availability-zone", "eu-central-1a")),
        0
    );
    assert_eq!(
        code(run(&mut world, "DescribeSubnets", &by("colour", "red"))),
        "InvalidParameterValue"
    );
    let first = run(&mut world, "DescribeSubnets", r#"{"MaxResults":"5"}"#).unwrap();
    assert_eq!(first.get("subnetSet").items().len(), 5);
    let token = id(&first, "nextToken");
    assert_eq!(
        count(
            &mut world,
            &format!(r#"{{"MaxResults":"5","NextToken":"{token}"}}"#)
        ),
        2
    );
    assert_eq!(
        code(run(
            &mut world,
            "DescribeSubnets",
            r#"{"SubnetId":["subnet-none"]}"#
        )),
        "InvalidSubnetID.NotFound"
    );
}

#[test]
fn what_is_in_use_cannot_be_deleted() {
    let (mut world, vpc) = with_vpc();
    let made = subnet(&mut world, &vpc, r#""CidrBlock":"10.0.1.0/24""#).unwrap();
    let delete_vpc = format!(r#"{{"VpcId":"{vpc}"}}"#);
    assert_eq!(
        code(run(&mut world, "DeleteVpc", &delete_vpc)),
        "DependencyViolation"
    );
    let delete = format!(r#"{{"SubnetId":"{}"}}"#, id(made.get("subnet"), "subnetId"));
    run(&mut world, "DeleteSubnet", &delete).unwrap();
    assert_eq!(
        code(run(&mut world, "DeleteSubnet", &delete)),
        "InvalidSubnetID.NotFound"
    );
    run(&mut world, "DeleteVpc", &delete_vpc).unwrap();
    assert!(world.network.groups.is_empty());
}

#[test]
fn rules_are_granted_once_read_back_together_and_taken_away() {
    let (mut world, vpc) = with_vpc();
    let ask = format!(r#"{{"GroupName":"web","GroupDescription":"web","VpcId":"{vpc}"}}"#);
    let group = id(
        &run(&mut world, "CreateSecurityGroup", &ask).unwrap(),
        "groupId",
    );
    assert_eq!(
        code(run(&mut world, "CreateSecurityGroup", &ask)),
        "InvalidGroup.Duplicate"
    );
    let rule = format!(
        r#"{{"GroupId":"{group}","IpPermissions":[{{"IpProtocol":"tcp","FromPort":"80","ToPort":"80",
        "IpRanges":[{{"CidrIp":"0.0.0.0/0"}}],"Ipv6Ranges":[{{"CidrIpv6":"::/0","Description":"all"}}]}}]}}"#
    );
    run(&mut world, "AuthorizeSecurityGroupIngress", &rule).unwrap();
    assert_eq!(
        code(run(&mut world, "AuthorizeSecurityGroupIngress", &rule)),
        "InvalidPermission.Duplicate"
    );
    let seen = run(
        &mut world,
        "DescribeSecurityGroups",
        &format!(r#"{{"GroupId":["{group}"]}}"#),
    )
    .unwrap();
    let permissions = seen.get("securityGroupInfo").items()[0]
        .get("ipPermissions")
        .clone();
    let [permission] = permissions.items() else {
        panic!("one permission")
    };
    assert_eq!(
        permission.get("ipv6Ranges").items()[0]
            .get("description")
            .as_str(),
        Some("all")
    );
    assert_eq!(permission.get("fromPort").as_i64(), Some(80));
    run(&mut world, "RevokeSecurityGroupIngress", &rule).unwrap();
    assert_eq!(
        code(run(&mut world, "RevokeSecurityGroupIngress", &rule)),
        "InvalidPermission.NotFound"
    );
    let absent = rule.replace(&group, "sg-none");
    assert_eq!(
        code(run(&mut world, "AuthorizeSecurityGroupIngress", &absent)),
        "InvalidGroup.NotFound"
    );
}

#[test]
fn subnet_attributes_and_tags_change() {
    let (mut world, vpc) = with_vpc();
    let inside = cidr_inside(&world);
    let made = subnet(
        &mut world,
        &vpc,
        &format!(r#""CidrBlock":"10.0.1.0/24","Ipv6CidrBlock":"{inside}""#),
    )
    .unwrap();
    let subnet_id = id(made.get("subnet"), "subnetId");
    for attribute in ["AssignIpv6AddressOnCreation", "EnableDns64"] {
        let ask = format!(r#"{{"SubnetId":"{subnet_id}","{attribute}":{{"Value":"true"}}}}"#);
        run(&mut world, "ModifySubnetAttribute", &ask).unwrap();
    }
    let tag = format!(r#"{{"ResourceId":["{subnet_id}"],"Tag":[{{"Key":"a","Value":"b"}}]}}"#);
    run(&mut world, "CreateTags", &tag).unwrap();
    let subnet = world.network.subnet(&subnet_id).unwrap();
    assert!(subnet.assign_ipv6 && subnet.dns64);
    assert_eq!(subnet.tags, [("a".to_owned(), "b".to_owned())]);
}

#[test]
fn a_block_is_given_back_once_nothing_uses_it() {
    let (mut world, vpc) = with_vpc();
    let inside = cidr_inside(&world);
    let made = subnet(
        &mut world,
        &vpc,
        &format!(r#""CidrBlock":"10.0.1.0/24","Ipv6CidrBlock":"{inside}""#),
    )
    .unwrap();
    let association = |of: &Value| {
        let blocks = of.get("ipv6CidrBlockAssociationSet").items();
        format!(
            r#"{{"AssociationId":"{}"}}"#,
            id(&blocks[0], "associationId")
        )
    };
    let of_subnet = association(made.get("subnet"));
    let seen = run(&mut world, "DescribeVpcs", "{}").unwrap();
    let of_vpc = association(&seen.get("vpcSet").items()[0]);
    assert_eq!(
        code(run(&mut world, "DisassociateVpcCidrBlock", &of_vpc)),
        "CidrBlockInUse"
    );
    run(&mut world, "DisassociateSubnetCidrBlock", &of_subnet).unwrap();
    assert_eq!(
        code(run(&mut world, "DisassociateSubnetCidrBlock", &of_subnet)),
        "InvalidSubnetCidrBlockAssociationID.NotFound"
    );
    run(&mut world, "DisassociateVpcCidrBlock", &of_vpc).unwrap();
    assert_eq!(world.network.vpcs[0].ipv6_cidr, None);
    let native = format!(r#""Ipv6Native":"true","Ipv6CidrBlock":"{inside}""#);
    assert_eq!(
        code(subnet(&mut world, &vpc, &native)),
        "InvalidSubnet.Range"
    );
}

#[test]
fn filters_select_by_field_and_tag() {
    let (mut world, vpc) = with_vpc();
    let made = subnet(&mut world, &vpc, r#""CidrBlock":"10.0.1.0/24""#).unwrap();
    subnet(&mut world, &vpc, r#""CidrBlock":"10.0.2.0/24""#).unwrap();
    let first = id(made.get("subnet"), "subnetId");
    let tag = format!(r#"{{"ResourceId":["{first}"],"Tag":[{{"Key":"team","Value":"shop"}}]}}"#);
    run(&mut world, "CreateTags", &tag).unwrap();
    let mut found = |filters: &str| -> usize {
        let told = run(
            &mut world,
            "DescribeSubnets",
            &format!(r#"{{"Filter":[{filters}]}}"#),
        );
        told.unwrap().get("subnetSet").items().len()
    };
    assert_eq!(found(r#"{"Name":"tag:team","Value":["sh*"]}"#), 1);
    assert_eq!(
        found(r#"{"Name":"cidr-block","Value":["10.0.1.0/24","10.0.2.0/24"]}"#),
        2
    );
    assert_eq!(
        found(
            r#"{"Name":"tag-key","Value":["team"]},{"Name":"cidr-block","Value":["10.0.2.0/24"]}"#
        ),
        0
    );
    let unknown = r#"{"Filter":[{"Name":"colour","Value":["red"]}]}"#;
    assert_eq!(
        code(run(&mut world, "DescribeSubnets", unknown)),
        "InvalidParameterValue"
    );
}

#[test]
fn a_route_outlives_its_gateway_as_a_blackhole() {
    let (mut world, vpc) = with_vpc();
    let of_vpc = format!(r#"{{"VpcId":"{vpc}"}}"#);
    let made = run(&mut world, "CreateEgressOnlyInternetGateway", &of_vpc).unwrap();
    let gateway = id(
        made.get("egressOnlyInternetGateway"),
        "egressOnlyInternetGatewayId",
    );
    let made = run(&mut world, "CreateRouteTable", &of_vpc).unwrap();
    let table = id(made.get("routeTable"), "routeTableId");
    let route = |destination: &str| {
        format!(
            r#"{{"RouteTableId":"{table}",{destination},"EgressOnlyInternetGatewayId":"{gateway}"}}"#
        )
    };
    let everything = route(r#""DestinationIpv6CidrBlock":"::/0""#);
    run(&mut world, "CreateRoute", &everything).unwrap();
    assert_eq!(
        code(run(&mut world, "CreateRoute", &everything)),
        "RouteAlreadyExists"
    );
    let own = world.network.vpcs[0].ipv6_cidr.clone().unwrap();
    let local = route(&format!(r#""DestinationIpv6CidrBlock":"{own}""#));
    assert_eq!(
        code(run(&mut world, "CreateRoute", &local)),
        "InvalidParameterValue"
    );
    let over_ipv4 = route(r#""DestinationCidrBlock":"0.0.0.0/0""#);
    assert_eq!(
        code(run(&mut world, "CreateRoute", &over_ipv4)),
        "InvalidParameterValue"
    );
    let delete = format!(r#"{{"EgressOnlyInternetGatewayId":"{gateway}"}}"#);
    run(&mut world, "DeleteEgressOnlyInternetGateway", &delete).unwrap();
    let told = run(&mut world, "DescribeRouteTables", "{}").unwrap();
    let tables = told.get("routeTableSet").items();
    let routes = tables.iter().flat_map(|t| t.get("routeSet").items());
    let states: Vec<_> = routes
        .filter(|r| r.get("origin").as_str() == Some("CreateRoute"))
        .map(|r| r.get("state").as_str())
        .collect();
    assert_eq!(states, [Some("blackhole")]);
}

#[test]
fn a_fifty_first_tag_of_a_subnet_is_refused() {
    let (mut world, vpc) = with_vpc();
    let made = subnet(&mut world, &vpc, r#""CidrBlock":"10.0.1.0/24""#).unwrap();
    let subnet = id(made.get("subnet"), "subnetId");
    let tags = |numbers: std::ops::Range<u32>| {
        let all: Vec<String> = numbers
            .map(|n| format!(r#"{{"Key":"k{n}","Value":"v"}}"#))
            .collect();
        format!(r#"{{"ResourceId":["{subnet}"],"Tag":[{}]}}"#, all.join(","))
    };
    run(&mut world, "CreateTags", &tags(0..50)).unwrap();
    assert!(run(&mut world, "CreateTags", &tags(49..50)).is_ok());
    assert_eq!(
        code(run(&mut world, "CreateTags", &tags(50..51))),
        "TagLimitExceeded"
    );
}
