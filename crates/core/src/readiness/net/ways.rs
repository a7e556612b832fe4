//! The ways out of the plan's subnets.
//!
//! What belongs here: routes, gateways, and the pair of DNS64 and NAT64. What must not: what filters packets on the way
//! ([`super::acls`], [`super::groups`]).

use super::{
    super::{
        block::{ALL_IPV4, ALL_IPV6, GLOBAL, NAT64, is_ipv6, is_within},
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving, known},
        subnets,
    },
    ipv6_subnets, table_of, tables_of,
};
use crate::observation::{Ground, RouteTable, Subnet, VpcRoute};

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "NET-014",
        name: "default-route",
        category: Category::Net,
        severity: Severity::Block,
        holds: "A route to ::/0 leads out of each subnet of the plan.",
        why: "Images, secrets and logs are fetched and sent over the task's own interface: without a way out to IPv6 tasks stop with \
              CannotPullContainerError or ResourceInitializationError before the application starts.",
        remedy: "route ::/0 to an egress-only internet gateway: aws ec2 create-route --destination-ipv6-cidr-block ::/0 \
                 --egress-only-internet-gateway-id",
        source: "Amazon VPC user guide, Enable outbound IPv6 traffic using an egress-only internet gateway",
        waiving: Waiving::ByReason,
        run: default_route,
    },
    Check {
        id: "NET-015",
        name: "gateway-attached",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The gateway that ::/0 leads to is attached to the VPC.",
        why: "What is sent to a gateway that is not attached is dropped without a word.",
        remedy: "attach it, or route ::/0 to one that is",
        source: "EC2 API, DescribeEgressOnlyInternetGateways, DescribeInternetGateways",
        waiving: Waiving::ByReason,
        run: attached,
    },
    Check {
        id: "NET-016",
        name: "dns64-without-nat64",
        category: Category::Net,
        severity: Severity::Block,
        holds: "Where DNS64 answers with addresses of NAT64, a route leads there.",
        why: "DNS64 answers every IPv4-only name with an address in 64:ff9b::/96. Without a route for it each such name is a black \
              hole: connections hang until they time out, where without DNS64 they would fail at once.",
        remedy: "route 64:ff9b::/96 to a NAT gateway (aws ec2 create-route --destination-ipv6-cidr-block 64:ff9b::/96 \
                 --nat-gateway-id), or turn DNS64 off (aws ec2 modify-subnet-attribute --no-enable-dns64) where `sixshift deps` names nothing of \
                 IPv4 alone",
        source: "Amazon VPC user guide, Enable DNS64 and NAT64 on your NAT gateway",
        waiving: Waiving::ByReason,
        run: |s| {
            pairs(s, |id, subnet, way| {
                let lacks = subnet.dns64 && way.is_none();
                lacks.then(|| format!("subnet {id} has DNS64 on, and no route to 64:ff9b::/96"))
            })
        },
    },
    Check {
        id: "NET-017",
        name: "nat64-without-dns64",
        category: Category::Net,
        severity: Severity::Warn,
        holds: "Where a route leads to NAT64, DNS64 answers.",
        why: "Nothing uses the route unless a resolver of your own makes such addresses: tasks reach no IPv4-only name.",
        remedy: "turn DNS64 on (aws ec2 modify-subnet-attribute --enable-dns64), or take the route out where `sixshift deps` names nothing \
                 of IPv4 alone",
        source: "Amazon VPC user guide, Enable DNS64 and NAT64 on your NAT gateway",
        waiving: Waiving::ByReason,
        run: |s| {
            pairs(s, |id, subnet, way| {
                let lacks = !subnet.dns64 && way.is_some();
                lacks.then(|| format!("subnet {id} has a route to 64:ff9b::/96, and DNS64 off"))
            })
        },
    },
    Check {
        id: "NET-018",
        name: "nat64-gateway",
        category: Category::Net,
        severity: Severity::Block,
        holds: "The NAT gateway that does NAT64 is available, and reaches the internet.",
        why: "What goes to an IPv4-only name ends at this gateway: one that is not available, or whose own subnet has no way to an \
              internet gateway, drops it.",
        remedy: "route 64:ff9b::/96 to a public NAT gateway that is available, in a subnet with 0.0.0.0/0 to an internet gateway",
        source: "Amazon VPC user guide, NAT gateways; Troubleshoot NAT gateways",
        waiving: Waiving::ByReason,
        run: nat64_gateway,
    },
    Check {
        id: "NET-019",
        name: "no-nat64",
        category: Category::Net,
        severity: Severity::Info,
        holds: "Tasks reach names that have IPv4 addresses only.",
        why: "Without DNS64 and NAT64 whatever the service calls must have an IPv6 address.",
        remedy: "see with `sixshift deps` what it calls; where that has IPv4 addresses alone turn DNS64 on and route 64:ff9b::/96 to a NAT \
                 gateway, until nothing needs it any more",
        source: "Amazon VPC user guide, DNS64 and NAT64",
        waiving: Waiving::ByReason,
        run: |s| {
            pairs(s, |id, subnet, way| {
                let lacks = !subnet.dns64 && way.is_none();
                lacks.then(|| format!("subnet {id} has neither DNS64 nor a route to NAT64"))
            })
        },
    },
    Check {
        id: "NET-020",
        name: "route-twins",
        category: Category::Net,
        severity: Severity::Warn,
        holds: "Where the service's subnets have a route into another network, the plan's have its IPv6 twin.",
        why: "Peerings, transit gateways and VPNs are routed for each family by itself: what the service reaches there today its twin \
              would not.",
        remedy: "add a route for the other network's IPv6 block through the same target, or waive it where `sixshift deps` shows that nothing is \
                 called there",
        source: "Amazon VPC user guide, Example routing options",
        waiving: Waiving::ByReason,
        run: twins,
    },
    Check {
        id: "NET-021",
        name: "blackhole",
        category: Category::Net,
        severity: Severity::Warn,
        holds: "No route of the plan's subnets is a blackhole.",
        why: "The target of such a route is gone: what matches it is dropped.",
        remedy: "take the route out, or lead it to something that is there",
        source: "EC2 API, Route: State",
        waiving: Waiving::ByReason,
        run: blackholes,
    },
];

/// The plan's subnets and the tables that they go by.
fn plan_tables<'a>(
    s: &Scene<'a>,
    ground: &'a Ground,
) -> Result<Vec<(&'a str, &'a RouteTable)>, Spared> {
    tables_of(ground, &ipv6_subnets(s)?)
}

/// Some write `2000::/3`, which is all that is in use.
fn way_out(table: &RouteTable) -> Option<&VpcRoute> {
    let leads = |r: &&VpcRoute| is_within(GLOBAL, &r.destination);
    table.routes.iter().find(leads)
}

/// The route to NAT64: neither that to everything, nor one to a gateway that would drop it.
fn way_to_nat64(table: &RouteTable) -> Option<&VpcRoute> {
    let drops = |r: &VpcRoute| r.target.starts_with("eigw-") || r.target.starts_with("igw-");
    let leads = |r: &&VpcRoute| {
        r.is_active && r.destination != ALL_IPV6 && is_within(NAT64, &r.destination) && !drops(r)
    };
    table.routes.iter().find(leads)
}

/// Where the images can come over an endpoint that speaks IPv6 a way out may not be needed.
fn default_route(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let inside = ground.endpoints.seen().into_iter().flatten();
    let pulls_inside = inside
        .filter(|e| e.service.ends_with(".ecr.dkr"))
        .any(|e| e.ip_address_type != "ipv4");
    let severity = if pulls_inside {
        Severity::Warn
    } else {
        Severity::Block
    };
    let found = plan_tables(s, ground)?.into_iter().filter_map(|(subnet, table)| {
        let id = &table.id;
        let message = match way_out(table) {
            Some(route) if route.is_active => return None,
            Some(route) => {
                let target = &route.target;
                format!("subnet {subnet} goes by {id}, whose route to ::/0 by {target} is a blackhole")
            }
            None => format!("subnet {subnet} goes by {id}, which has no route to ::/0"),
        };
        Some(Found::new(message).of(severity))
    });
    Ok(found.collect())
}

fn attached(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let mut all = Vec::new();
    for (_, table) in plan_tables(s, ground)? {
        let Some(route) = way_out(table).filter(|r| r.is_active) else {
            continue;
        };
        let target = &route.target;
        let (gateways, good) = match target.split('-').next() {
            Some("eigw") => (known(&ground.egress_gateways)?, "attached"),
            Some("igw") => (known(&ground.internet_gateways)?, "available"),
            _ => continue,
        };
        let state = gateways.get(target).map(String::as_str);
        if state != Some(good) {
            let state = state.unwrap_or("not attached to the VPC");
            all.push(Found::new(format!(
                "{} leads ::/0 to {target}, which is {state}",
                table.id
            )));
        }
    }
    Ok(all)
}

/// Each subnet of the plan with its way to NAT64.
fn pairs(
    s: &Scene<'_>,
    wrong: impl Fn(&str, &Subnet, Option<&VpcRoute>) -> Option<String>,
) -> Judged {
    let tables = known(&s.ground()?.route_tables)?;
    let found = ipv6_subnets(s)?.into_iter().filter_map(|(id, subnet)| {
        let way = table_of(tables, id).and_then(way_to_nat64);
        wrong(id, subnet, way)
    });
    Ok(found.map(Found::new).collect())
}

fn nat64_gateway(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let tables = known(&ground.route_tables)?;
    let targets: Vec<&str> = plan_tables(s, ground)?
        .into_iter()
        .filter_map(|(_, table)| way_to_nat64(table))
        .map(|r| r.target.as_str())
        .filter(|t| t.starts_with("nat-"))
        .collect();
    if targets.is_empty() {
        return Err(Spared::NotHere);
    }
    let gateways = known(&ground.nat_gateways)?;
    let mut all = Vec::new();
    for id in targets {
        let Some(gateway) = gateways.get(id) else {
            all.push(Found::new(format!("NAT gateway {id} is not in the VPC")));
            continue;
        };
        if gateway.state != "available" {
            all.push(Found::new(format!("NAT gateway {id} is {}", gateway.state)));
        } else if gateway.connectivity == "private" {
            let message = format!(
                "NAT gateway {id} is private, and leads to no IPv4 address in the internet"
            );
            all.push(Found::new(message).of(Severity::Warn));
        } else if let Some(subnet) = &gateway.subnet
            && !table_of(tables, subnet).is_some_and(reaches_internet)
        {
            all.push(Found::new(format!(
                "NAT gateway {id} is in subnet {subnet}, which has no route for 0.0.0.0/0 to an internet gateway"
            )));
        }
    }
    Ok(all)
}

fn reaches_internet(table: &RouteTable) -> bool {
    let leads =
        |r: &VpcRoute| r.is_active && r.destination == ALL_IPV4 && r.target.starts_with("igw-");
    table.routes.iter().any(leads)
}

/// Targets that lead into other networks.
const ELSEWHERE: &[&str] = &["tgw-", "pcx-", "vgw-", "lgw-", "cagw-"];

fn twins(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let new = plan_tables(s, ground)?;
    let leads = |target: &str| {
        let is_twin = |r: &VpcRoute| r.is_active && r.target == target && is_ipv6(&r.destination);
        new.iter()
            .all(|(_, table)| table.routes.iter().any(is_twin))
    };
    let mut all = Vec::new();
    for (_, table) in tables_of(ground, &subnets::of_service(s)?)? {
        let elsewhere = |r: &&VpcRoute| ELSEWHERE.iter().any(|kind| r.target.starts_with(kind));
        let ipv4 = table.routes.iter().filter(|r| !is_ipv6(&r.destination));
        for route in ipv4.filter(elsewhere).filter(|r| !leads(&r.target)) {
            all.push(Found::new(format!(
                "the service reaches {} through {}, and no IPv6 route of the plan's subnets leads there",
                route.destination, route.target
            )));
        }
    }
    all.dedup();
    Ok(all)
}

fn blackholes(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let mut all = Vec::new();
    for (_, table) in plan_tables(s, ground)? {
        // The way to everything is judged by itself.
        let dead = table
            .routes
            .iter()
            .filter(|r| !r.is_active && r.destination != ALL_IPV6);
        all.extend(dead.map(|r| {
            let (to, target) = (&r.destination, &r.target);
            Found::new(format!(
                "the route of {} to {to} by {target} is a blackhole",
                table.id
            ))
        }));
    }
    Ok(all)
}
