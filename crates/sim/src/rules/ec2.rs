//! Rules of EC2, of which the region has networks.

use super::{Rule, does, lacks, refuses};

/// The test that makes the calls of Terraform's provider, and those that show what is refused on the way.
const APPLIED: &str = "test_a_plan_after_an_apply_sees_no_change";
const IN_USE: &str = "test_what_is_in_use_is_not_deleted";
const FITTING: &str = "test_what_does_not_fit_is_refused";
const DESTROYED: &str = "test_zz_a_destroy_leaves_nothing";

const API: &str = "EC2 API reference";
const ERRORS: &str = "EC2 API reference, Error codes";
const PROVIDER: &str =
    "hashicorp/terraform-provider-aws, internal/service/ec2: what it reads and waits for";

pub(super) const RULES: &[Rule] = &[
    does(
        "ec2-vpc-is-born-with",
        &[
            "CreateVpc",
            "DescribeNetworkAcls",
            "DescribeRouteTables",
            "DescribeSecurityGroups",
        ],
        "a VPC has a main route table with its local routes, a default network ACL and a default security group",
        APPLIED,
        "VPC user guide, Create a VPC",
    ),
    does(
        "ec2-vpc-ipv6-block",
        &[
            "CreateVpc",
            "AssociateVpcCidrBlock",
            "DisassociateVpcCidrBlock",
            "DescribeVpcs",
        ],
        "Amazon gives a VPC one /56, at birth or later, found by the id of its association; a second one is `CidrConflict`",
        "a_vpc_gets_an_ipv6_block_at_birth_or_later",
        "EC2 API reference, AssociateVpcCidrBlock",
    ),
    does(
        "ec2-vpc-block-in-use",
        &["DisassociateVpcCidrBlock", "DisassociateSubnetCidrBlock"],
        "a block that subnets use is `CidrBlockInUse`; a subnet's block in use, or of an IPv6-only subnet, `DependencyViolation`",
        "a_block_is_given_back_once_nothing_uses_it",
        ERRORS,
    ),
    does(
        "ec2-subnet-kinds",
        &["CreateSubnet"],
        "IPv4, dual-stack and IPv6-only; an IPv6-only one has no `CidrBlock`, and a /64 of its VPC's block",
        "an_ipv6_only_subnet_has_no_ipv4_block",
        "EC2 API reference, CreateSubnet",
    ),
    does(
        "ec2-subnet-fits",
        &["CreateSubnet"],
        "a block outside of the VPC's is `InvalidSubnet.Range`, one that is taken `InvalidSubnet.Conflict`",
        "subnets_that_do_not_fit_are_refused",
        ERRORS,
    ),
    does(
        "ec2-subnet-attribute-one-a-call",
        &["ModifySubnetAttribute"],
        "one attribute is changed in a call: `InvalidParameterCombination`",
        FITTING,
        "EC2 API reference, ModifySubnetAttribute",
    ),
    does(
        "ec2-filters",
        &[
            "DescribeVpcs",
            "DescribeSubnets",
            "DescribeRouteTables",
            "DescribeNetworkInterfaces",
        ],
        "every filter has to match one of its values, with wildcards, by tag too; one that the operation does not have is `InvalidParameterValue`",
        "filters_select_by_field_and_tag",
        "EC2 user guide, List and filter your resources",
    ),
    does(
        "ec2-one-internet-gateway",
        &[
            "AttachInternetGateway",
            "DetachInternetGateway",
            "DeleteInternetGateway",
        ],
        "a VPC has one internet gateway; an attached one is not attached again (`Resource.AlreadyAssociated`) nor deleted, and one not attached is `Gateway.NotAttached`",
        FITTING,
        ERRORS,
    ),
    does(
        "ec2-gateway-with-mapped-addresses",
        &["DetachInternetGateway"],
        "a gateway is not detached under public addresses of NAT gateways and internet-facing load balancers: `DependencyViolation`",
        IN_USE,
        ERRORS,
    ),
    does(
        "ec2-egress-only-gateways",
        &[
            "CreateEgressOnlyInternetGateway",
            "DescribeEgressOnlyInternetGateways",
            "DeleteEgressOnlyInternetGateway",
        ],
        "made, told and deleted; one that is not there is `InvalidGatewayID.NotFound`",
        DESTROYED,
        PROVIDER,
    ),
    does(
        "ec2-nat-gateways",
        &[
            "CreateNatGateway",
            "DescribeNatGateways",
            "DeleteNatGateway",
        ],
        "a public one needs an address that is free; it is pending and deleting for a minute each, and told as deleted for an hour",
        DESTROYED,
        "VPC user guide, NAT gateways",
    ),
    does(
        "ec2-addresses",
        &[
            "AllocateAddress",
            "DescribeAddresses",
            "DescribeAddressesAttribute",
            "ReleaseAddress",
        ],
        "an Elastic IP address in use is not released (`InvalidIPAddress.InUse`)",
        IN_USE,
        ERRORS,
    ),
    does(
        "ec2-routes",
        &["CreateRoute", "ReplaceRoute", "DeleteRoute"],
        "a destination has one route (`RouteAlreadyExists`) through a gateway that is there and of the VPC; egress-only gateways take IPv6 alone; a deleted gateway leaves a blackhole",
        "a_route_outlives_its_gateway_as_a_blackhole",
        "EC2 API reference, CreateRoute, Route",
    ),
    does(
        "ec2-route-table-associations",
        &[
            "AssociateRouteTable",
            "ReplaceRouteTableAssociation",
            "DisassociateRouteTable",
            "DeleteRouteTable",
        ],
        "a subnet has one table; a table that is used, or the main one, is not deleted (`DependencyViolation`)",
        IN_USE,
        ERRORS,
    ),
    does(
        "ec2-security-group-rules",
        &[
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "DescribeSecurityGroupRules",
            "ModifySecurityGroupRules",
        ],
        "a rule has an id, tags and one peer, whose kind stays; twice the same is `InvalidPermission.Duplicate`",
        "test_rules_of_a_security_group_are_told_by_id_and_by_group",
        "EC2 API reference, SecurityGroupRule",
    ),
    does(
        "ec2-security-group-revoked",
        &["RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"],
        "a rule that is not there is `InvalidPermission.NotFound`, by id `InvalidSecurityGroupRuleId.NotFound`",
        DESTROYED,
        ERRORS,
    ),
    does(
        "ec2-network-interfaces",
        &["DescribeNetworkInterfaces"],
        "load balancers, tasks and NAT gateways have interfaces, by which their subnets and security groups are in use",
        "test_network_interfaces_are_those_of_load_balancers_tasks_and_nat_gateways",
        PROVIDER,
    ),
    does(
        "ec2-dependents-first",
        &["DeleteVpc", "DeleteSubnet", "DeleteSecurityGroup"],
        "what others use is `DependencyViolation`",
        IN_USE,
        ERRORS,
    ),
    does(
        "ec2-not-found",
        &[],
        "what is not there is told by its kind: `InvalidVpcID.NotFound`, `InvalidSubnetID.NotFound`, `InvalidGroup.NotFound`, …",
        DESTROYED,
        ERRORS,
    ),
    refuses(
        "ec2-tag-prefix-reserved",
        &[],
        "keys that begin with `aws:`, in whatever case, are AWS's own, on creation and later",
        "InvalidParameterValue",
        |_, input| {
            let specified = input.get("TagSpecification").items().iter();
            let of_creation = specified.flat_map(|s| s.get("Tag").items());
            let keys = input.get("Tag").items().iter().chain(of_creation);
            let is_reserved =
                |key: &&str| key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:"));
            let reserved = keys
                .filter_map(|t| t.get("Key").as_str())
                .find(is_reserved)?;
            Some(format!(
                "Value ( {reserved} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use"
            ))
        },
        "EC2 user guide, Tag your resources, Tag restrictions",
    ),
    does(
        "ec2-tags-fifty",
        &["CreateTags"],
        "a thing has at most 50 tags: `TagLimitExceeded`",
        "a_fifty_first_tag_of_a_subnet_is_refused",
        "EC2 user guide, Tag your resources, Tag restrictions",
    ),
    does(
        "ec2-subnets-per-vpc",
        &["CreateSubnet"],
        "a VPC has as many subnets as the account's quota says: `SubnetLimitExceeded`",
        "a_subnet_beyond_the_quota_is_refused",
        "Amazon VPC user guide, Amazon VPC quotas; EC2 API reference, Error codes",
    ),
    does(
        "ec2-account-and-region",
        &[
            "DescribeAccountAttributes",
            "DescribeRegions",
            "DescribeAvailabilityZones",
        ],
        "one region with three zones, and accounts without EC2-Classic",
        "test_the_account_and_the_region_are_told",
        API,
    ),
    does(
        "ec2-network-acls",
        &[
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
            "DescribeNetworkAcls",
            "DeleteNetworkAcl",
        ],
        "entries are numbered from 1 to 32766 each way, TCP and UDP with ports, ICMP with its type; the last ones deny all the rest; a subnet has one ACL, and one in use is not deleted",
        "test_what_does_not_fit_a_network_acl_is_refused",
        "VPC user guide, Network ACL rules",
    ),
    does(
        "ec2-interface-endpoints",
        &[
            "CreateVpcEndpoint",
            "ModifyVpcEndpoint",
            "DescribeVpcEndpoints",
            "DeleteVpcEndpoints",
        ],
        "one subnet a zone, with the addresses that the endpoint's type wants; with private DNS, which wants DNS support and hostnames, it takes the service's own names, once in a VPC",
        "test_an_interface_endpoint_takes_the_names_of_its_service",
        "PrivateLink guide, Access an AWS service using an interface VPC endpoint",
    ),
    does(
        "ec2-gateway-endpoints",
        &[
            "CreateVpcEndpoint",
            "DeleteVpcEndpoints",
            "DescribePrefixLists",
            "DescribeManagedPrefixLists",
        ],
        "it stands in the route tables that it is given, by the service's prefix list of each of its families",
        "test_a_gateway_endpoint_stands_in_the_route_tables",
        "PrivateLink guide, Gateway endpoints",
    ),
    does(
        "ec2-endpoint-services",
        &["DescribeVpcEndpointServices"],
        "some services that tasks have use for, with the families that their endpoints may have and the names that they take; which has IPv6 is the region's table, and AWS's pages contradict each other about ECR",
        "test_endpoint_services_tell_their_families_and_names",
        "PrivateLink guide, AWS services that integrate with AWS PrivateLink; ECR user guide, Interface VPC endpoints",
    ),
    does(
        "ec2-dhcp-options",
        &[
            "CreateDhcpOptions",
            "DescribeDhcpOptions",
            "AssociateDhcpOptions",
            "DeleteDhcpOptions",
        ],
        "a VPC is born with a set that names Amazon's resolver; a set in use is not deleted",
        "test_dhcp_options_name_the_resolver",
        "VPC user guide, DHCP option sets",
    ),
    does(
        "ec2-block-public-access",
        &[
            "DescribeVpcBlockPublicAccessOptions",
            "ModifyVpcBlockPublicAccessOptions",
            "CreateVpcBlockPublicAccessExclusion",
            "DescribeVpcBlockPublicAccessExclusions",
            "DeleteVpcBlockPublicAccessExclusion",
        ],
        "off at first; VPCs and subnets may be excluded",
        "test_public_access_is_blocked_but_for_what_is_excluded",
        "VPC user guide, Block public access to VPCs and subnets",
    ),
    does(
        "ec2-flow-logs",
        &["CreateFlowLogs", "DescribeFlowLogs", "DeleteFlowLogs"],
        "delivery to CloudWatch Logs needs a group and a role; a format has fields that there are",
        "test_flow_logs_say_where_they_go_and_what_they_hold",
        "EC2 API reference, CreateFlowLogs",
    ),
    does(
        "ec2-flow-records",
        &["CreateFlowLogs"],
        "the interfaces of tasks: requests of load balancers, what code asks for them, images; both ways, gathered for 60 or 600 s and \
         delivered some minutes later, by the log's own format up to version 7; `NODATA` where nothing was exchanged",
        "test_flow_logs_have_what_tasks_exchanged_and_come_late",
        "VPC user guide, Flow log records",
    ),
    lacks(
        "ec2-flow-records-of-others",
        &["CreateFlowLogs"],
        "records of load balancers, NAT gateways and endpoints, of what was rejected, of health checks and log drivers; deliveries to S3 \
         and Firehose",
        "what a service talks to is in its tasks' records; a log of what is rejected alone stays empty",
        "VPC user guide, Flow log records",
    ),
    does(
        "ec2-packets-of-tasks",
        &[],
        "a task in an IPv6-only subnet starts where routes, gateways, blocked public access, network ACLs, security groups, DNS and endpoints let it reach what it pulls; else it stops with ECS's reason",
        "each_flaw_shows_as_the_catalogue_says",
        "ECS developer guide, Stopped tasks error messages; aws/containers-roadmap#2287, #2792",
    ),
    does(
        "ec2-packets-of-balancers",
        &[],
        "health checks reach a task where the security groups of both and the network ACLs between let them; a target that is cut off is found unhealthy",
        "a_security_group_that_is_closed_makes_healthy_targets_time_out",
        "ELB guide, Target health reason codes",
    ),
    does(
        "ec2-packets-to-ipv4",
        &[],
        "from an IPv6-only subnet a host with IPv4 alone is reached by DNS64, Amazon's resolver, a route for 64:ff9b::/96 and a public NAT gateway with a way to an internet gateway, all of them",
        "what_breaks_while_traffic_flows_is_felt_and_mended",
        "VPC user guide, DNS64 and NAT64",
    ),
    does(
        "ec2-packets-to-addresses",
        &[],
        "a container in a subnet of IPv6 alone reaches no IPv4 address that its variables or arguments name as a host, and an endpoint of AWS's that has IPv4 addresses alone by NAT64 or an endpoint of the VPC; otherwise it fails customers",
        "each_flaw_shows_as_the_catalogue_says",
        "VPC user guide, DNS64 and NAT64; botocore: endpoints.json",
    ),
    does(
        "ec2-sockets-of-ipv4",
        &[],
        "a container that is told java.net.preferIPv4Stack or to listen on 0.0.0.0 refuses connections over IPv6; one that sets net.ipv6.conf.*.disable_ipv6 answers none",
        "sockets_and_interfaces_tie",
        "Java SE, Networking properties; Linux, ip-sysctl; ECS API, SystemControl",
    ),
    does(
        "ec2-logs-of-ipv4",
        &[],
        "a task in a subnet of IPv6 alone does not start where its log driver is to send to an IPv4 address, or to an endpoint that nothing leads to",
        "each_flaw_shows_as_the_catalogue_says",
        "ECS developer guide, ResourceInitializationError",
    ),
    lacks(
        "ec2-packets",
        &[],
        "packets of tasks in subnets with IPv4, and of customers on their way to load balancers",
        "what a migration comes from runs already",
        API,
    ),
    lacks(
        "ec2-more-networks",
        &["CreateVpcPeeringConnection", "CreateTransitGateway"],
        "peerings, transit gateways, VPN",
        "nothing here would tell them apart; the calls are `InvalidAction`",
        API,
    ),
    lacks(
        "ec2-instances",
        &["RunInstances", "DescribeInstances"],
        "instances, volumes, images",
        "tasks run on Fargate",
        API,
    ),
];
