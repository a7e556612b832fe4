//! Faults of the network.

use super::{Change, World, ground, neighbours::condition, seen, service};
use crate::world::{
    build::{SUBNET_A, SUBNET_B, plan},
    network::{FRONT, permission, route},
};
use sixshift_core::observation::{
    Acl, DhcpOptions, Endpoint, EndpointService, Known, RouteTable, SecurityGroup, Subnet,
};

fn subnet<'a>(world: &'a mut World, id: &str) -> &'a mut Subnet {
    world.subnets.get_mut(id).unwrap().as_mut().unwrap()
}

fn table(world: &mut World) -> &mut RouteTable {
    let tables = seen(&mut ground(world).route_tables);
    tables.iter_mut().find(|t| t.id == "rtb-ipv6").unwrap()
}

/// Keeps the routes of the plan's subnets that lead elsewhere.
fn without(world: &mut World, destination: &str) {
    table(world).routes.retain(|r| r.destination != destination);
}

/// An ACL of its own for some subnets, without what a rule says.
fn acl(world: &mut World, subnets: &[&str], wrong: impl Fn(&mut Acl)) {
    let acls = seen(&mut ground(world).acls);
    let mut own = acls[0].clone();
    acls[0].subnets.retain(|s| !subnets.contains(&s.as_str()));
    own.id = "acl-2".to_owned();
    own.subnets = subnets.iter().map(|s| (*s).to_owned()).collect();
    wrong(&mut own);
    acls.push(own);
}

fn group<'a>(world: &'a mut World, id: &str) -> &'a mut SecurityGroup {
    seen(&mut ground(world).groups).get_mut(id).unwrap()
}

fn endpoint(world: &mut World, service: &str, family: &str) {
    let endpoint = Endpoint {
        id: format!("vpce-{service}"),
        kind: "Interface".to_owned(),
        service: format!("com.amazonaws.eu-central-1.{service}"),
        state: "available".to_owned(),
        ip_address_type: family.to_owned(),
        private_names: true,
        ..Endpoint::default()
    };
    seen(&mut ground(world).endpoints).push(endpoint);
}

fn fetches(world: &mut World) {
    let secrets = serde_json::json!([
        { "name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token" },
    ]);
    let document = &mut world.definition.document;
    document.edit(|d| d["containerDefinitions"][0]["secrets"] = secrets);
}

/// An endpoint with a policy for addresses.
fn guarded(world: &mut World, service: &str, effect: &str, operator: &str, blocks: &[&str]) {
    endpoint(world, service, "dualstack");
    let endpoints = seen(&mut ground(world).endpoints);
    let made = endpoints.last_mut().unwrap();
    made.groups.clear();
    made.conditions = vec![condition(effect, operator, "aws:VpcSourceIp", blocks)];
}

pub(super) const FAULTS: &[(&str, Change)] = &[
    ("endpoint-policy", |w| {
        guarded(w, "sqs", "Deny", "NotIpAddress", &["10.0.0.0/8"])
    }),
    ("endpoint-policy", |w| {
        guarded(w, "sqs", "Allow", "IpAddress", &["10.0.0.0/8"])
    }),
    ("endpoint-policy", |w| {
        guarded(w, "ecr.api", "Deny", "NotIpAddress", &["10.0.0.0/8"]);
        let made = seen(&mut ground(w).endpoints).last_mut().unwrap();
        made.conditions[0].whole = true;
    }),
    ("subnet-missing", |w| {
        drop(w.subnets.insert(SUBNET_B.to_owned(), None))
    }),
    ("subnet-ipv4", |w| subnet(w, SUBNET_B).ipv6_only = false),
    ("subnet-vpc", |w| {
        subnet(w, SUBNET_B).vpc = "vpc-2".to_owned()
    }),
    ("one-zone", |w| {
        subnet(w, SUBNET_B).zone = "eu-central-1a".to_owned()
    }),
    ("fewer-zones", |w| {
        let mut third = w.subnets["subnet-ipv4-a"].clone().unwrap();
        third.zone = "eu-central-1c".to_owned();
        service(w).subnets.push("subnet-ipv4-c".to_owned());
        w.subnets.insert("subnet-ipv4-c".to_owned(), Some(third));
    }),
    ("zone-off-balancer", |w| {
        w.balancers[0].zones = vec!["eu-central-1a".to_owned()]
    }),
    ("vpc-ipv6", |w| {
        seen(&mut ground(w).vpc).ipv6_blocks[0].1 = "disassociated".to_owned()
    }),
    ("vpc-resolver", |w| {
        seen(&mut ground(w).names).support = false
    }),
    ("vpc-hostnames", |w| {
        seen(&mut ground(w).names).hostnames = false
    }),
    ("subnet-assigns", |w| {
        subnet(w, SUBNET_A).assigns_ipv6 = false
    }),
    ("subnet-blocked", |w| {
        subnet(w, SUBNET_A).blocked = Some("block-bidirectional".to_owned())
    }),
    ("subnet-shared", |w| {
        subnet(w, SUBNET_A).owner = "210987654321".to_owned()
    }),
    ("dhcp-resolvers", |w| {
        ground(w).dhcp = Known::Seen(DhcpOptions {
            name_servers: vec!["10.0.0.53".to_owned()],
        });
    }),
    ("balancer-blocks", |w| {
        let subnets = seen(&mut ground(w).subnets);
        subnets.get_mut(FRONT[0]).unwrap().has_ipv6 = false;
    }),
    ("default-route", |w| without(w, "::/0")),
    ("default-route", |w| table(w).routes[0].is_active = false),
    ("default-route", |w| {
        without(w, "::/0");
        endpoint(w, "ecr.dkr", "dualstack");
    }),
    ("gateway-attached", |w| {
        seen(&mut ground(w).egress_gateways).clear()
    }),
    ("dns64-without-nat64", |w| without(w, "64:ff9b::/96")),
    ("dns64-without-nat64", |w| {
        without(w, "64:ff9b::/96");
        table(w).routes.push(route("64:ff9b::/96", "eigw-1"));
    }),
    ("nat64-without-dns64", |w| subnet(w, SUBNET_A).dns64 = false),
    ("nat64-gateway", |w| {
        seen(&mut ground(w).nat_gateways)
            .get_mut("nat-1")
            .unwrap()
            .state = "failed".to_owned();
    }),
    ("nat64-gateway", |w| {
        seen(&mut ground(w).nat_gateways)
            .get_mut("nat-1")
            .unwrap()
            .subnet = Some(SUBNET_A.to_owned());
    }),
    ("nat64-gateway", |w| {
        seen(&mut ground(w).nat_gateways)
            .get_mut("nat-1")
            .unwrap()
            .connectivity = "private".to_owned();
    }),
    ("no-nat64", |w| {
        without(w, "64:ff9b::/96");
        subnet(w, SUBNET_A).dns64 = false;
    }),
    ("route-twins", |w| {
        let tables = seen(&mut ground(w).route_tables);
        let own = tables.iter_mut().find(|t| t.id == "rtb-ipv4").unwrap();
        own.routes.push(route("192.168.0.0/16", "tgw-1"));
    }),
    ("blackhole", |w| {
        let mut dead = route("2001:db8:ffff::/48", "pcx-1");
        dead.is_active = false;
        table(w).routes.push(dead);
    }),
    ("acl-balancer", |w| {
        acl(w, &[SUBNET_A], |acl| {
            acl.entries.retain(|e| e.is_egress || e.block != "::/0");
        });
    }),
    ("acl-balancer", |w| {
        acl(w, &[SUBNET_A], |acl| {
            let out = acl
                .entries
                .iter_mut()
                .find(|e| e.is_egress && e.block == "::/0")
                .unwrap();
            (out.protocol, out.ports) = ("6".to_owned(), Some((443, 443)));
        });
    }),
    ("acl-balancer-out", |w| {
        acl(w, &FRONT, |acl| {
            acl.entries.retain(|e| !e.is_egress || e.block != "::/0")
        });
    }),
    ("acl-out", |w| {
        acl(w, &[SUBNET_A], |acl| {
            let into = acl
                .entries
                .iter_mut()
                .find(|e| !e.is_egress && e.block == "::/0")
                .unwrap();
            into.block = "2001:db8::/56".to_owned();
        });
    }),
    ("acl-icmp", |w| {
        acl(w, &[SUBNET_A], |acl| {
            let into = acl
                .entries
                .iter_mut()
                .find(|e| !e.is_egress && e.block == "::/0")
                .unwrap();
            into.protocol = "6".to_owned();
        });
    }),
    ("group-missing", |w| {
        drop(seen(&mut ground(w).groups).remove("sg-1"))
    }),
    ("group-balancer", |w| {
        group(w, "sg-1").ingress = vec![permission(Some(8080), &["10.0.0.0/16"], &[])];
    }),
    ("group-out", |w| {
        group(w, "sg-1").egress = vec![permission(None, &["0.0.0.0/0"], &[])]
    }),
    ("group-out", |w| {
        group(w, "sg-1").egress = vec![permission(Some(443), &["2001:db8::/56"], &[])]
    }),
    ("balancer-group-out", |w| {
        group(w, "sg-lb").egress = vec![permission(Some(8080), &["10.0.0.0/16"], &[])];
    }),
    ("balancer-group-in", |w| {
        group(w, "sg-lb").ingress = vec![permission(Some(443), &["0.0.0.0/0"], &[])]
    }),
    ("group-ipv4-rules", |w| {
        group(w, "sg-1")
            .ingress
            .push(permission(Some(9090), &["10.1.0.0/16"], &[]));
    }),
    ("group-new", |w| {
        w.plan = plan(&[(
            "    subnets:",
            "    securityGroups: [sg-0123456789abcdef0]\n    subnets:",
        )]);
        let own = group(w, "sg-1").clone();
        seen(&mut ground(w).groups).insert("sg-0123456789abcdef0".to_owned(), own);
    }),
    ("endpoint-answers-ipv4", |w| {
        endpoint(w, "secretsmanager", "ipv4")
    }),
    ("endpoint-answers-ipv4", |w| {
        endpoint(w, "secretsmanager", "ipv4");
        fetches(w);
    }),
    ("endpoint-answers-ipv4", |w| {
        endpoint(w, "ecr.dkr", "ipv4");
        let offered = EndpointService {
            private_names: vec!["*.dkr-ecr.eu-central-1.on.aws".to_owned()],
            ..EndpointService::default()
        };
        let name = "com.amazonaws.eu-central-1.ecr.dkr".to_owned();
        seen(&mut ground(w).endpoint_services).insert(name, offered);
    }),
    ("endpoint-ipv4", |w| {
        endpoint(w, "logs", "ipv4");
        endpoint(w, "ecr.dkr", "ipv4");
    }),
    ("gateway-endpoint-ipv4", |w| {
        seen(&mut ground(w).endpoints)[0].ip_address_type = "ipv4".to_owned();
    }),
    ("gateway-endpoint-tables", |w| {
        seen(&mut ground(w).endpoints)[0].route_tables = vec!["rtb-ipv4".to_owned()];
    }),
    ("endpoint-groups", |w| {
        group(w, "sg-ep").ingress = vec![permission(Some(443), &["10.0.0.0/16"], &[])];
    }),
];
