//! The VPC's endpoints.
//!
//! What belongs here: which would swallow or miss what a task sends over IPv6. What must not: which services it calls that
//! have no endpoint ([`super::super::task`]).

use super::{
    super::{
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving, known},
        service::task_groups,
    },
    ipv6_subnets, tables_of,
};
use crate::observation::Endpoint;

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "DEP-001",
        name: "endpoint-same-name",
        category: Category::Dep,
        severity: Severity::Block,
        holds: "No endpoint answers with IPv4 addresses under a name that both families share.",
        why: "These services have one name for both families. The endpoint's private names answer it with IPv4 addresses alone, so a task \
              on IPv6 alone does not reach the service at all: secrets are not fetched, and the task does not start.",
        remedy: "make the endpoint dual-stack: aws ec2 modify-vpc-endpoint --ip-address-type dualstack",
        source: "AWS PrivateLink, Access an AWS service: IP address type; Amazon VPC user guide, AWS services that support IPv6",
        waiving: Waiving::ByReason,
        run: same_name,
    },
    Check {
        id: "DEP-002",
        name: "endpoint-ipv4",
        category: Category::Dep,
        severity: Severity::Info,
        holds: "The interface endpoints of services that ECS itself calls speak IPv6.",
        why: "On IPv6 alone ECS asks by the dual-stack name, which an ipv4 endpoint does not answer: the call goes by ::/0 to the public \
              service. Policies that admit the endpoint alone (aws:SourceVpce) refuse it.",
        remedy: "make the endpoint dual-stack where the service takes it: aws ec2 modify-vpc-endpoint --ip-address-type dualstack",
        source: "ECS developer guide, Amazon ECS interface VPC endpoints",
        waiving: Waiving::ByReason,
        run: missed,
    },
    Check {
        id: "DEP-003",
        name: "gateway-endpoint-ipv4",
        category: Category::Dep,
        severity: Severity::Warn,
        holds: "The VPC's gateway endpoints speak IPv6.",
        why: "Traffic to S3 or DynamoDB over IPv6 goes past an ipv4 gateway endpoint, by ::/0 to the public service. Bucket policies that \
              admit the endpoint alone (aws:SourceVpce) refuse it.",
        remedy: "make the endpoint dual-stack: aws ec2 modify-vpc-endpoint --ip-address-type dualstack",
        source: "AWS PrivateLink, Gateway endpoints for Amazon S3: IP address type",
        waiving: Waiving::ByReason,
        run: |s| {
            let all = known(&s.ground()?.endpoints)?.iter();
            let gateways = all.filter(|e| e.kind == "Gateway" && e.ip_address_type == "ipv4");
            Ok(gateways
                .map(|e| {
                    Found::new(format!(
                        "gateway endpoint {} for {} is ipv4",
                        e.id, e.service
                    ))
                })
                .collect())
        },
    },
    Check {
        id: "DEP-004",
        name: "gateway-endpoint-tables",
        category: Category::Dep,
        severity: Severity::Warn,
        holds: "The plan's subnets go by route tables of the VPC's gateway endpoints, as the service's do.",
        why: "A gateway endpoint works by routes in the tables it knows: traffic to S3 or DynamoDB from others goes past it.",
        remedy: "add the route tables: aws ec2 modify-vpc-endpoint --add-route-table-ids",
        source: "AWS PrivateLink, Gateway endpoints: associate route tables",
        waiving: Waiving::ByReason,
        run: tables,
    },
    Check {
        id: "DEP-005",
        name: "endpoint-groups",
        category: Category::Dep,
        severity: Severity::Block,
        holds: "Each dual-stack endpoint lets the twin's tasks in.",
        why: "Where the endpoint answers with IPv6 addresses, tasks go there and nowhere else; its security group does not let them in, and every \
              call times out.",
        remedy: "allow HTTPS to the endpoint from the tasks' security group",
        source: "AWS PrivateLink, Access an AWS service using an interface VPC endpoint: security groups",
        waiving: Waiving::ByReason,
        run: closed,
    },
];

/// Services with one name for both families (botocore: endpoints.json, the `dualstack` variants with the usual host).
const ONE_NAME: &[&str] = &["secretsmanager", "cognito-idp"];
/// What ECS itself calls for a task by a dual-stack name of its own.
const ECS_CALLS: &[&str] = &["ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages", "kms"];

/// As in `logs` of `com.amazonaws.eu-central-1.logs`.
fn service_of(endpoint: &Endpoint) -> &str {
    let name = &endpoint.service;
    let rest = name
        .strip_prefix("cn.")
        .unwrap_or(name)
        .strip_prefix("com.amazonaws.");
    rest.and_then(|r| r.split_once('.'))
        .map_or(name, |(_, service)| service)
}

fn interfaces<'a>(s: &Scene<'a>) -> Result<impl Iterator<Item = &'a Endpoint>, Spared> {
    let all = known(&s.ground()?.endpoints)?.iter();
    Ok(all.filter(|e| e.kind == "Interface" && e.private_names))
}

/// With NAT64 such a name is reached after all, by a detour. Who fetches no secret may call it all the same.
fn same_name(s: &Scene<'_>) -> Judged {
    let has_detour = ipv6_subnets(s)?.iter().all(|(_, subnet)| subnet.dns64);
    let fetches = s.definition()?.fetches("secretsmanager");
    let severity = if has_detour || !fetches {
        Severity::Warn
    } else {
        Severity::Block
    };
    let ipv4 = interfaces(s)?.filter(|e| e.ip_address_type == "ipv4");
    let these = ipv4.filter(|e| ONE_NAME.contains(&service_of(e)));
    let found = these.map(|e| {
        let message = format!(
            "endpoint {} answers the name of {} with IPv4 addresses alone",
            e.id,
            service_of(e)
        );
        Found::new(message).of(severity)
    });
    Ok(found.collect())
}

fn missed(s: &Scene<'_>) -> Judged {
    let offers = s.ground()?.endpoint_services.seen();
    let ipv4 = interfaces(s)?.filter(|e| e.ip_address_type == "ipv4");
    let these = ipv4.filter(|e| ECS_CALLS.contains(&service_of(e)));
    let found = these.map(|e| {
        let offered = offers.and_then(|o| o.get(&e.service));
        let takes = offered.is_some_and(|o| o.ip_address_types.iter().any(|t| t == "ipv6"));
        let can = if takes {
            "can be dual-stack"
        } else {
            "is not offered with IPv6 here"
        };
        Found::new(format!(
            "endpoint {} for {} is ipv4, and {can}",
            e.id, e.service
        ))
    });
    Ok(found.collect())
}

fn tables(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let gateways = known(&ground.endpoints)?.iter();
    let gateways = gateways.filter(|e| e.kind == "Gateway" && e.ip_address_type != "ipv4");
    let new = tables_of(ground, &ipv6_subnets(s)?)?;
    let mut all = Vec::new();
    for gateway in gateways {
        let left = new
            .iter()
            .filter(|(_, table)| !gateway.route_tables.contains(&table.id));
        all.extend(left.map(|(subnet, table)| {
            let (id, of) = (&gateway.id, &gateway.service);
            Found::new(format!(
                "{} of subnet {subnet} has no route to gateway endpoint {id} for {of}",
                table.id
            ))
        }));
    }
    Ok(all)
}

fn closed(s: &Scene<'_>) -> Judged {
    let groups = known(&s.ground()?.groups)?;
    let own = task_groups(s, s.service()?);
    let subnets = ipv6_subnets(s)?;
    let blocks: Vec<&str> = subnets
        .iter()
        .flat_map(|(_, t)| &t.ipv6_blocks)
        .map(String::as_str)
        .collect();
    let lets_in = |e: &Endpoint| {
        let rules = e
            .groups
            .iter()
            .filter_map(|id| groups.get(id))
            .flat_map(|g| &g.ingress);
        let mut rules = rules.filter(|p| super::groups::is_for(p, 443));
        rules.any(|p| super::groups::admits(p, own, &blocks))
    };
    let dual = interfaces(s)?.filter(|e| e.ip_address_type != "ipv4" && !e.groups.is_empty());
    let shut = dual.filter(|e| !lets_in(e));
    // What ECS itself calls no task starts without; others the service may not call at all.
    let is_called = |e: &Endpoint| [ECS_CALLS, ONE_NAME].concat().contains(&service_of(e));
    let found = shut.map(|e| {
        let (id, of, by) = (&e.id, &e.service, e.groups.join(", "));
        let severity = if is_called(e) {
            Severity::Block
        } else {
            Severity::Warn
        };
        Found::new(format!(
            "{by} of endpoint {id} for {of} does not let the tasks in over IPv6"
        ))
        .of(severity)
    });
    Ok(found.collect())
}
