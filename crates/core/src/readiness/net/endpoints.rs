//! The VPC's endpoints.
//!
//! What belongs here: which would swallow or miss what a task sends over IPv6. What must not: which services it calls that
//! have no endpoint ([`super::super::task`]).

use serde_json::Value;

use super::{
    super::{
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving, known},
        neighbours::policies::{does, refuses_ipv6},
        service::task_groups,
    },
    ipv6_subnets, tables_of,
};
use crate::observation::{Endpoint, containers};

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "DEP-001",
        name: "endpoint-answers-ipv4",
        category: Category::Dep,
        severity: Severity::Block,
        holds: "No endpoint answers a name that tasks on IPv6 alone ask with IPv4 addresses.",
        why: "The private names of an ipv4 endpoint take the service's dual-stack names too, where it has such, and answer them with \
              IPv4 addresses alone: images, secrets or logs are not reached, and the task does not start.",
        remedy: "make the endpoint dual-stack: aws ec2 modify-vpc-endpoint --ip-address-type dualstack",
        source: "AWS PrivateLink, Access an AWS service: IP address type, private DNS; EC2 API, ServiceDetail: PrivateDnsNames",
        waiving: Waiving::ByReason,
        run: swallowed,
    },
    Check {
        id: "DEP-002",
        name: "endpoint-ipv4",
        category: Category::Dep,
        severity: Severity::Info,
        holds: "The interface endpoints of services that ECS itself calls speak IPv6.",
        why: "On IPv6 alone ECS asks by the dual-stack name. An ipv4 endpoint that does not answer that name is passed by: the call goes \
              by ::/0 to the public service, and policies that admit the endpoint alone (aws:SourceVpce) refuse it.",
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
    Check {
        id: "DEP-012",
        name: "endpoint-policy",
        category: Category::Dep,
        severity: Severity::Block,
        holds: "No policy of an endpoint that speaks IPv6 admits IPv4 addresses alone.",
        why: "What goes by an endpoint comes from the task's own address, which is in no IPv4 block: the endpoint's policy refuses the call \
              with AccessDenied. aws:VpcSourceIp is that address; aws:SourceIp is never there in an endpoint's policy, for either family. \
              It blocks where all is denied to what ECS itself asks before a task starts; else it may be met by no call, and warns.",
        remedy: "add the IPv6 blocks of the plan's subnets to aws:VpcSourceIp: aws ec2 modify-vpc-endpoint --policy-document",
        source: "IAM user guide, AWS global condition context keys: aws:VpcSourceIp; AWS PrivateLink, Control access to VPC endpoints using \
                 endpoint policies",
        waiving: Waiving::ByReason,
        run: policies,
    },
];

/// Services with one name for both families (botocore: endpoints.json, the `dualstack` variants with the usual host).
pub(in super::super) const ONE_NAME: &[&str] = &["secretsmanager", "cognito-idp"];
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

/// Whether the endpoint's private names take a name that has IPv6 addresses without it.
fn takes_dual_stack(s: &Scene<'_>, endpoint: &Endpoint) -> bool {
    const WORDS: [&str; 3] = [".api.aws", ".on.aws", ".dualstack."];
    let offers = s.ground().ok().and_then(|g| g.endpoint_services.seen());
    let names = offers.and_then(|o| o.get(&endpoint.service));
    let is_dual = |name: &String| WORDS.iter().any(|word| name.contains(word));
    let by_name = names.is_some_and(|service| service.private_names.iter().any(is_dual));
    by_name || ONE_NAME.contains(&service_of(endpoint))
}

/// Whether ECS asks a service before the task's containers start.
fn is_needed(s: &Scene<'_>, service: &str) -> Result<bool, Spared> {
    let definition = s.definition()?;
    let of_ecr =
        |(_, image): &(String, String)| image.contains(".dkr.ecr") || image.contains(".dkr-ecr");
    Ok(match service {
        "ecr.api" | "ecr.dkr" | "s3" => definition.images.iter().any(of_ecr),
        "logs" => logs_by(s.document()?, "awslogs"),
        service => fetches(s.document()?, service),
    })
}

/// Whether a container logs by a driver, as in `awslogs`.
fn logs_by(definition: &Value, driver: &str) -> bool {
    let containers = containers(definition);
    let mut drivers = containers.map(|c| &c["logConfiguration"]["logDriver"]);
    drivers.any(|d| d == driver)
}

/// Whether a container's secret comes from a service, as in `secretsmanager`.
fn fetches(definition: &Value, service: &str) -> bool {
    let containers = containers(definition);
    let secrets = containers.filter_map(|c| c["secrets"].as_array());
    let mut froms = secrets.flatten().filter_map(|s| s["valueFrom"].as_str());
    froms.any(|from| from.split(':').nth(2) == Some(service))
}

/// What the task itself calls later may be no such service.
fn swallowed(s: &Scene<'_>) -> Judged {
    let mut all = Vec::new();
    let ipv4 = interfaces(s)?.filter(|e| e.ip_address_type == "ipv4");
    for endpoint in ipv4.filter(|e| takes_dual_stack(s, e)) {
        let service = service_of(endpoint);
        let severity = if is_needed(s, service)? {
            Severity::Block
        } else {
            Severity::Warn
        };
        let id = &endpoint.id;
        let message =
            format!("endpoint {id} answers the names of {service} with IPv4 addresses alone");
        all.push(Found::new(message).of(severity));
    }
    Ok(all)
}

fn missed(s: &Scene<'_>) -> Judged {
    let offers = s.ground()?.endpoint_services.seen();
    let ipv4 = interfaces(s)?.filter(|e| e.ip_address_type == "ipv4");
    let these = ipv4.filter(|e| ECS_CALLS.contains(&service_of(e)) && !takes_dual_stack(s, e));
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

fn policies(s: &Scene<'_>) -> Judged {
    let all = known(&s.ground()?.endpoints)?.iter();
    let dual: Vec<&Endpoint> = all.filter(|e| e.ip_address_type != "ipv4").collect();
    if dual.is_empty() {
        return Err(Spared::NotHere);
    }
    let refused = |e: &&Endpoint| {
        let is_needed = is_needed(s, service_of(e))?;
        let own = e.conditions.iter().filter(|c| c.key == "aws:VpcSourceIp");
        let refused: Vec<_> = own.filter(|c| refuses_ipv6(c, &e.conditions)).collect();
        let told = refused.into_iter().map(|c| {
            let (id, of) = (&e.id, &e.service);
            let is_sure = is_needed && c.effect == "Deny" && c.whole;
            let severity = if is_sure {
                Severity::Block
            } else {
                Severity::Warn
            };
            Found::new(format!("the policy of endpoint {id} for {of} {}", does(c))).of(severity)
        });
        Ok(told.collect::<Vec<_>>())
    };
    let all: Vec<Vec<Found>> = dual.iter().map(refused).collect::<Result<_, Spared>>()?;
    Ok(all.into_iter().flatten().collect())
}

fn closed(s: &Scene<'_>) -> Judged {
    let groups = known(&s.ground()?.groups)?;
    let own = task_groups(s)?;
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
    let is_called = |e: &Endpoint| {
        let called = service_of(e);
        ECS_CALLS.contains(&called) || ONE_NAME.contains(&called)
    };
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
