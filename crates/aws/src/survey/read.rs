//! EC2's descriptions in the core's words.
//!
//! What belongs here: a function a thing. What must not: any call.

use sixshift_core::observation::{
    Acl, AclEntry, DhcpOptions, Endpoint, EndpointService, NatGateway, Permission, RouteTable,
    SecurityGroup, Subnet, Vpc, VpcRoute,
};

use crate::{policy, xml::Element};

fn text(item: &Element, name: &str) -> String {
    item.get(name).text().to_owned()
}

fn is_on(item: &Element, name: &str) -> bool {
    item.get(name).text() == "true"
}

/// The texts of a member of the items of a list.
fn texts(item: &Element, list: &str, member: &str) -> Vec<String> {
    item.get(list)
        .all("item")
        .map(|i| text(i, member))
        .collect()
}

/// The texts that are the items of a list.
fn words(item: &Element, list: &str) -> Vec<String> {
    item.get(list)
        .all("item")
        .map(|i| i.text().to_owned())
        .collect()
}

/// A subnet with its id.
pub(crate) fn subnet(item: &Element) -> Option<(String, Subnet)> {
    let blocks = item.get("ipv6CidrBlockAssociationSet").all("item");
    let associated =
        blocks.filter(|b| b.get("ipv6CidrBlockState").get("state").text() == "associated");
    let ipv6_blocks: Vec<String> = associated.map(|b| text(b, "ipv6CidrBlock")).collect();
    let some = |text: &Element| Some(text.text().to_owned()).filter(|t| !t.is_empty());
    let subnet = Subnet {
        vpc: text(item, "vpcId"),
        zone: text(item, "availabilityZone"),
        ipv6_only: is_on(item, "ipv6Native"),
        has_ipv6: !ipv6_blocks.is_empty(),
        ipv4_block: some(item.get("cidrBlock")),
        ipv6_blocks,
        assigns_ipv6: is_on(item, "assignIpv6AddressOnCreation"),
        dns64: is_on(item, "enableDns64"),
        hostnames: some(
            item.get("privateDnsNameOptionsOnLaunch")
                .get("hostnameType"),
        ),
        blocked: some(
            item.get("blockPublicAccessStates")
                .get("internetGatewayBlockMode"),
        ),
        owner: text(item, "ownerId"),
    };
    Some((item.text_of("subnetId")?.to_owned(), subnet))
}

pub(super) fn vpc(item: &Element) -> Vpc {
    let ipv4 = item.get("cidrBlockAssociationSet").all("item");
    let associated = ipv4.filter(|b| b.get("cidrBlockState").get("state").text() == "associated");
    let ipv6 = item.get("ipv6CidrBlockAssociationSet").all("item");
    let state = |b: &Element| b.get("ipv6CidrBlockState").get("state").text().to_owned();
    Vpc {
        id: text(item, "vpcId"),
        ipv4_blocks: associated.map(|b| text(b, "cidrBlock")).collect(),
        ipv6_blocks: ipv6.map(|b| (text(b, "ipv6CidrBlock"), state(b))).collect(),
        dhcp: text(item, "dhcpOptionsId"),
    }
}

pub(super) fn route_table(item: &Element) -> RouteTable {
    let associations = || item.get("associationSet").all("item");
    let subnets = associations()
        .filter_map(|a| a.text_of("subnetId"))
        .filter(|s| !s.is_empty());
    RouteTable {
        id: text(item, "routeTableId"),
        is_main: associations().any(|a| is_on(a, "main")),
        subnets: subnets.map(str::to_owned).collect(),
        routes: item.get("routeSet").all("item").map(route).collect(),
    }
}

/// A route names one destination and one target, each by its kind.
fn route(item: &Element) -> VpcRoute {
    const TARGETS: [&str; 11] = [
        "gatewayId",
        "natGatewayId",
        "egressOnlyInternetGatewayId",
        "transitGatewayId",
        "vpcPeeringConnectionId",
        "networkInterfaceId",
        "instanceId",
        "localGatewayId",
        "carrierGatewayId",
        "coreNetworkArn",
        "odbNetworkArn",
    ];
    const DESTINATIONS: [&str; 3] = [
        "destinationCidrBlock",
        "destinationIpv6CidrBlock",
        "destinationPrefixListId",
    ];
    let first = |names: &[&str]| {
        let mut said = names.iter().filter_map(|name| item.text_of(name));
        said.find(|t| !t.is_empty()).unwrap_or_default().to_owned()
    };
    VpcRoute {
        destination: first(&DESTINATIONS),
        target: first(&TARGETS),
        is_active: item.get("state").text() == "active",
    }
}

pub(super) fn acl(item: &Element) -> Acl {
    let mut entries: Vec<AclEntry> = item.get("entrySet").all("item").map(acl_entry).collect();
    entries.sort_by_key(|e| e.number);
    Acl {
        id: text(item, "networkAclId"),
        subnets: texts(item, "associationSet", "subnetId"),
        entries,
    }
}

fn acl_entry(item: &Element) -> AclEntry {
    let blocks = ["cidrBlock", "ipv6CidrBlock"].map(|name| text(item, name));
    let range = item.get("portRange");
    AclEntry {
        number: item.get("ruleNumber").text().parse().unwrap_or(u32::MAX),
        is_egress: is_on(item, "egress"),
        allows: item.get("ruleAction").text() == "allow",
        protocol: text(item, "protocol"),
        block: blocks
            .into_iter()
            .find(|b| !b.is_empty())
            .unwrap_or_default(),
        ports: ports(range.get("from").text(), range.get("to").text()),
    }
}

/// -1 is all, and so is nothing.
fn ports(from: &str, to: &str) -> Option<(u16, u16)> {
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// A security group with its id.
pub(super) fn group(item: &Element) -> (String, SecurityGroup) {
    let permissions = |list: &str| item.get(list).all("item").map(permission).collect();
    let group = SecurityGroup {
        vpc: text(item, "vpcId"),
        name: text(item, "groupName"),
        ingress: permissions("ipPermissions"),
        egress: permissions("ipPermissionsEgress"),
    };
    (text(item, "groupId"), group)
}

fn permission(item: &Element) -> Permission {
    Permission {
        protocol: text(item, "ipProtocol"),
        ports: ports(item.get("fromPort").text(), item.get("toPort").text()),
        ipv4: texts(item, "ipRanges", "cidrIp"),
        ipv6: texts(item, "ipv6Ranges", "cidrIpv6"),
        groups: texts(item, "groups", "groupId"),
        lists: texts(item, "prefixListIds", "prefixListId"),
    }
}

/// A gateway's id and the state of its attachment to a VPC.
pub(super) fn attachment(item: &Element, id: &str, vpc: &str) -> Option<(String, String)> {
    let mut all = item.get("attachmentSet").all("item");
    let own = all.find(|a| a.get("vpcId").text() == vpc)?;
    Some((text(item, id), text(own, "state")))
}

/// A NAT gateway with its id.
pub(super) fn nat_gateway(item: &Element) -> (String, NatGateway) {
    let gateway = NatGateway {
        state: text(item, "state"),
        connectivity: text(item, "connectivityType"),
        subnet: Some(text(item, "subnetId")).filter(|s| !s.is_empty()),
        addresses: texts(item, "natGatewayAddressSet", "privateIp"),
    };
    (text(item, "natGatewayId"), gateway)
}

pub(super) fn endpoint(item: &Element) -> Endpoint {
    let family = text(item, "ipAddressType");
    Endpoint {
        id: text(item, "vpcEndpointId"),
        kind: text(item, "vpcEndpointType"),
        service: text(item, "serviceName"),
        state: text(item, "state").to_ascii_lowercase(),
        // One from before there were others says nothing.
        ip_address_type: if family.is_empty() {
            "ipv4".to_owned()
        } else {
            family
        },
        private_names: is_on(item, "privateDnsEnabled"),
        route_tables: words(item, "routeTableIdSet"),
        subnets: words(item, "subnetIdSet"),
        groups: texts(item, "groupSet", "groupId"),
        conditions: policy::conditions(
            item.get("vpcEndpointId").text(),
            item.get("policyDocument").text(),
        ),
    }
}

/// What is offered, by the service's name.
pub(super) fn endpoint_service(item: &Element) -> (String, EndpointService) {
    let service = EndpointService {
        ip_address_types: words(item, "supportedIpAddressTypeSet"),
        private_names: texts(item, "privateDnsNameSet", "privateDnsName"),
    };
    (text(item, "serviceName"), service)
}

pub(super) fn dhcp(item: &Element) -> DhcpOptions {
    let settings = item.get("dhcpConfigurationSet").all("item");
    let servers = settings.filter(|s| s.get("key").text() == "domain-name-servers");
    DhcpOptions {
        name_servers: servers
            .flat_map(|s| texts(s, "valueSet", "value"))
            .collect(),
    }
}
