//! A VPC in which the twin's tasks would stand well.

use sixshift_core::observation::{
    Acl, AclEntry, DhcpOptions, Endpoint, EndpointService, Ground, NatGateway, Permission,
    RouteTable, SecurityGroup, Vpc, VpcNames, VpcRoute,
};

use super::{
    build::{SUBNET_A, SUBNET_B, subnets},
    *,
};

/// The load balancer's subnets.
pub const FRONT: [&str; 2] = ["subnet-lb-a", "subnet-lb-b"];

pub fn ground() -> Ground {
    let front = FRONT.iter().enumerate().map(|(index, id)| {
        let subnet = Subnet {
            vpc: "vpc-1".to_owned(),
            has_ipv6: true,
            ipv4_block: Some(format!("10.0.{}.0/24", 8 + index)),
            ipv6_blocks: vec![format!("2001:db8:0:{index}::/64")],
            owner: "123456789012".to_owned(),
            ..Subnet::default()
        };
        ((*id).to_owned(), subnet)
    });
    let own = subnets()
        .into_iter()
        .filter_map(|(id, s)| Some((id, s?.into_inner())));
    let all: BTreeMap<String, Subnet> = own.chain(front).collect();
    let acl = Acl {
        id: "acl-1".to_owned(),
        subnets: all.keys().cloned().collect(),
        entries: [false, true].into_iter().flat_map(open).collect(),
    };
    Ground {
        vpc: Known::Seen(Vpc {
            id: "vpc-1".to_owned(),
            ipv4_blocks: vec!["10.0.0.0/16".to_owned()],
            ipv6_blocks: vec![("2001:db8::/56".to_owned(), "associated".to_owned())],
            dhcp: "dopt-1".to_owned(),
        }),
        names: Known::Seen(VpcNames {
            support: true,
            hostnames: true,
        }),
        subnets: Known::Seen(all),
        route_tables: Known::Seen(route_tables()),
        acls: Known::Seen(vec![acl]),
        groups: Known::Seen(groups()),
        egress_gateways: Known::Seen(pair("eigw-1", "attached")),
        internet_gateways: Known::Seen(pair("igw-1", "available")),
        nat_gateways: Known::Seen(BTreeMap::from([("nat-1".to_owned(), nat())])),
        endpoints: Known::Seen(endpoints()),
        endpoint_services: Known::Seen(BTreeMap::from([(
            "com.amazonaws.eu-central-1.logs".to_owned(),
            EndpointService {
                ip_address_types: ["ipv4", "ipv6"].map(str::to_owned).to_vec(),
                private_names: Vec::new(),
            },
        )])),
        dhcp: Known::Seen(DhcpOptions {
            name_servers: vec!["AmazonProvidedDNS".to_owned()],
        }),
    }
}

fn pair(id: &str, state: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(id.to_owned(), state.to_owned())])
}

fn nat() -> NatGateway {
    NatGateway {
        state: "available".to_owned(),
        connectivity: "public".to_owned(),
        subnet: Some(FRONT[0].to_owned()),
        addresses: vec!["10.0.8.9".to_owned()],
    }
}

fn open(is_egress: bool) -> [AclEntry; 2] {
    let entry = |number, block: &str| AclEntry {
        number,
        is_egress,
        allows: true,
        protocol: "-1".to_owned(),
        block: block.to_owned(),
        ports: None,
    };
    [entry(100, "0.0.0.0/0"), entry(101, "::/0")]
}

pub fn route(destination: &str, target: &str) -> VpcRoute {
    VpcRoute {
        destination: destination.to_owned(),
        target: target.to_owned(),
        is_active: true,
    }
}

fn route_tables() -> Vec<RouteTable> {
    let table = |id: &str, subnets: &[&str], routes: Vec<VpcRoute>| RouteTable {
        id: id.to_owned(),
        is_main: subnets.is_empty(),
        subnets: subnets.iter().map(|s| (*s).to_owned()).collect(),
        routes,
    };
    vec![
        table("rtb-main", &[], vec![route("10.0.0.0/16", "local")]),
        table(
            "rtb-front",
            &FRONT,
            vec![route("0.0.0.0/0", "igw-1"), route("::/0", "igw-1")],
        ),
        table(
            "rtb-ipv4",
            &["subnet-ipv4-a", "subnet-ipv4-b"],
            vec![route("0.0.0.0/0", "nat-1")],
        ),
        table(
            "rtb-ipv6",
            &[SUBNET_A, SUBNET_B],
            vec![route("::/0", "eigw-1"), route("64:ff9b::/96", "nat-1")],
        ),
    ]
}

pub fn permission(port: Option<u16>, blocks: &[&str], groups: &[&str]) -> Permission {
    let of = |is_ipv6: bool| {
        let these = blocks.iter().filter(|b| b.contains(':') == is_ipv6);
        these.map(|b| (*b).to_owned()).collect()
    };
    Permission {
        protocol: port.map_or("-1", |_| "tcp").to_owned(),
        ports: port.map(|port| (port, port)),
        ipv4: of(false),
        ipv6: of(true),
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        lists: Vec::new(),
    }
}

fn groups() -> BTreeMap<String, SecurityGroup> {
    let everything = || vec![permission(None, &["0.0.0.0/0", "::/0"], &[])];
    let group = |name: &str, ingress| SecurityGroup {
        vpc: "vpc-1".to_owned(),
        name: name.to_owned(),
        ingress,
        egress: everything(),
    };
    let clients = vec![permission(Some(443), &["0.0.0.0/0", "::/0"], &[])];
    let front = Permission {
        ports: Some((8080, 8099)),
        ..permission(Some(8080), &[], &["sg-lb"])
    };
    let database = vec![permission(Some(5432), &[], &["sg-1"])];
    BTreeMap::from([
        ("sg-lb".to_owned(), group("front", clients)),
        ("sg-1".to_owned(), group("tasks", vec![front])),
        ("sg-db".to_owned(), group("database", database)),
        (
            "sg-ep".to_owned(),
            group("endpoints", vec![permission(Some(443), &[], &["sg-1"])]),
        ),
    ])
}

fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint {
            id: "vpce-s3".to_owned(),
            kind: "Gateway".to_owned(),
            service: "com.amazonaws.eu-central-1.s3".to_owned(),
            state: "available".to_owned(),
            ip_address_type: "dualstack".to_owned(),
            route_tables: ["rtb-ipv4", "rtb-ipv6"].map(str::to_owned).to_vec(),
            ..Endpoint::default()
        },
        Endpoint {
            id: "vpce-logs".to_owned(),
            kind: "Interface".to_owned(),
            service: "com.amazonaws.eu-central-1.logs".to_owned(),
            state: "available".to_owned(),
            ip_address_type: "dualstack".to_owned(),
            private_names: true,
            groups: vec!["sg-ep".to_owned()],
            ..Endpoint::default()
        },
    ]
}
