//! Load balancers, target groups and the actions that forward to them.
//!
//! What belongs here: what of the way to a service cannot take an IPv6 target group, or not share with one. What must not:
//! counts against quotas.

use super::{
    check::{
        Category, Check, Found, GUESSED, Judged, LOST, REFUSED, STUCK, Scene, Severity, Spared,
        known, unless,
    },
    limits,
};
use crate::{
    names::is_of_lattice,
    observation::{LoadBalancer, Pair, Route, TargetGroup},
    plan,
    way::split,
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "LB-002",
        name: "load-balancer-kind",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The load balancers are of the kind that the plan's way is for.",
        why: "The default action of a Network Load Balancer takes target groups of one family, so it cannot share traffic between \
              the two sides by weights: clients move family by family. An Application Load Balancer has weights, and no families.",
        remedy: "write spec.shift.via: nlb, with steps of clients: ipv6 and clients: all",
        source: "Elastic Load Balancing, Listeners for your Network Load Balancers",
        waiving: STUCK,
        run: |s| {
            each_balancer(s, |b| {
                let message = || format!("load balancer {} is of type {}", b.name(), b.kind);
                // Of VPC Lattice another check tells.
                let is_told = b.kind == "lattice";
                (b.kind != fitting(s) && !is_told).then(message)
            })
            .map(|all| {
                all.into_iter()
                    .map(|found| for_another_way(s, found))
                    .collect()
            })
        },
    },
    Check {
        id: "LB-003",
        name: "load-balancer-ipv4",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The load balancers are dual-stack.",
        why: "An ipv4 load balancer refuses IPv6 target groups. Once it is dual-stack, IPv6 clients come at once: whatever reads \
              client addresses (allow lists, WAF sets, logs) sees IPv6 ones before any task moves.",
        remedy: "set its IP address type to dualstack",
        source: "Elastic Load Balancing, Target groups for your Application Load Balancers: IP address type",
        waiving: REFUSED,
        run: |s| {
            each_balancer(s, |b| {
                let message = || {
                    format!(
                        "load balancer {} is ipv4, and refuses IPv6 target groups",
                        b.name()
                    )
                };
                let is_known = ["application", "network"].contains(&b.kind.as_str());
                (is_known && b.ip_address_type == "ipv4").then(message)
            })
        },
    },
    Check {
        id: "LB-004",
        name: "target-type",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "Targets are registered by address.",
        why: "Tasks in awsvpc have addresses of their own, and only a target group of type ip takes those.",
        remedy: "awsvpc tasks need target type ip",
        source: "Elastic Load Balancing, Target groups for your Application Load Balancers: target type",
        waiving: REFUSED,
        run: |s| {
            each_group(s, |g| {
                let message = || {
                    format!(
                        "target group {} has targets of type {}",
                        g.name, g.target_type
                    )
                };
                (g.target_type != "ip").then(message)
            })
        },
    },
    Check {
        id: "LB-005",
        name: "already-ipv6",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The target groups are IPv4 ones.",
        why: "A service behind an IPv6 target group runs on IPv6 already.",
        remedy: "there is nothing to migrate",
        source: "Elastic Load Balancing API, CreateTargetGroup: IpAddressType",
        waiving: STUCK,
        run: |s| {
            each_group(s, |g| {
                (g.ip_address_type == "ipv6")
                    .then(|| format!("target group {} is IPv6 already", g.name))
            })
        },
    },
    Check {
        id: "LB-006",
        name: "shared-target-group",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "Every target in the service's target groups is its own.",
        why: "Somebody else's targets have no twin: they would be left behind, and lose their requests with the IPv4 side.",
        remedy: "give the service a target group of its own",
        source: "ECS developer guide, Use load balancing to distribute Amazon ECS service traffic",
        waiving: LOST,
        run: strangers,
    },
    Check {
        id: "LB-007",
        name: "unknown-action",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "Every action on the way to the service is of a known kind.",
        why: "A listener or rule is written back with all its actions, and what is not known cannot be written back whole.",
        remedy: "use a newer version of sixshift, or take that action out",
        source: "Elastic Load Balancing API, Action: Type",
        waiving: GUESSED,
        run: |s| {
            each_route(s, |way| {
                let unknown = way
                    .route
                    .actions
                    .iter()
                    .find(|a| !KINDS.contains(&a.as_str()))?;
                let name = way.route.name();
                Some(format!(
                    "{name} has an action of type {unknown}, which cannot be written back whole"
                ))
            })
        },
    },
    Check {
        id: "LB-008",
        name: "action-full",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "Every action on the way to the service has room for one more target group.",
        why: "An action takes so many target groups and no more, and the quota cannot be raised.",
        remedy: "take one out",
        source: "Elastic Load Balancing, Quotas for your Application Load Balancers",
        waiving: REFUSED,
        run: full_actions,
    },
    Check {
        id: "LB-009",
        name: "weightless",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "Every route gives the service a weight.",
        why: "What has no weight has no traffic to shift, and a route at 0 never tells whether the twin is good.",
        remedy: "give it a weight or remove it",
        source: "Elastic Load Balancing, Listener rules for your Application Load Balancer: forward actions",
        waiving: STUCK,
        run: |s| {
            each_route(s, |way| {
                let name = || format!("{} forwards to the service with weight 0", way.route.name());
                (way.weight() == 0).then(name)
            })
        },
    },
    Check {
        id: "LB-010",
        name: "coarse-weights",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "Beside the other weights of a route, a percent of the service can be expressed.",
        why: "Weights are whole numbers up to 999: beside heavier target groups a small share of this one cannot be said.",
        remedy: "lower the other target groups' weights in the same proportion",
        source: "Elastic Load Balancing API, TargetGroupTuple: Weight",
        waiving: STUCK,
        run: |s| {
            each_route(s, |way| {
                let is_fine =
                    || split::is_fine_enough(&way.route.forward, &way.pair.ipv4_arn, way.ipv6);
                let name = || {
                    format!(
                        "beside the other weights of {}, a percent of this service cannot be expressed",
                        way.route.name()
                    )
                };
                (way.weight() > 0 && !is_fine()).then(name)
            })
        },
    },
    Check {
        id: "LB-011",
        name: "no-route",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "A listener or a rule forwards to the service.",
        why: "Without a route there is nothing to shift, and AWS refuses a service whose target group no load balancer uses.",
        remedy: "point a listener or a rule at its target group",
        source: "ECS API, CreateService: the target group does not have an associated load balancer",
        waiving: STUCK,
        run: |s| {
            s.pairs()?;
            // Without a load balancer that is what is told.
            if s.service()?.load_balancers.is_empty() {
                return Err(Spared::NotHere);
            }
            unless(!known(&s.seen.routes)?.is_empty(), || {
                "no listener or rule forwards to the service".to_owned()
            })
        },
    },
    Check {
        id: "LB-012",
        name: "cognito",
        category: Category::Lb,
        severity: Severity::Warn,
        holds: "No route to the service signs people in with Amazon Cognito.",
        why: "Whoever writes such an action needs a permission of Cognito's beside that of load balancing: without it the first \
              step is refused.",
        remedy: "allow sixshift's role cognito-idp:DescribeUserPoolClient, as deploy/iam/policy.json does",
        source: "Elastic Load Balancing, Authenticate users: Prepare to use Amazon Cognito",
        waiving: super::check::Waiving::ByReason,
        run: |s| {
            each_action(s, "authenticate-cognito", |name| {
                format!(
                    "{name} signs people in with Amazon Cognito, which AWS asks whenever the route is written"
                )
            })
        },
    },
    Check {
        id: "LB-013",
        name: "sign-in-ipv4",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "A load balancer that signs people in has public IPv4 addresses.",
        why: "An Application Load Balancer reaches an identity provider over IPv4 alone: without public IPv4 addresses every sign-in \
              ends in HTTP 500.",
        remedy: "set its IP address type to dualstack",
        source: "Elastic Load Balancing, Application Load Balancers: dualstack-without-public-ipv4",
        waiving: super::check::Waiving::ByReason,
        run: sign_in,
    },
    Check {
        id: "LB-014",
        name: "source-ip-ipv4",
        category: Category::Lb,
        severity: Severity::Warn,
        holds: "No rule to the service tells clients by IPv4 addresses alone.",
        why: "The load balancer is dual-stack: clients that come over IPv6 match no condition of IPv4 addresses, and take another \
              rule.",
        remedy: "add the same clients' IPv6 ranges to the condition",
        source: "Elastic Load Balancing, Condition types for listener rules: source IP address conditions",
        waiving: super::check::Waiving::ByReason,
        run: source_addresses,
    },
];

/// The kind of load balancer that the plan's way is for.
fn fitting(s: &Scene<'_>) -> &'static str {
    match s.plan.shift.way {
        plan::Way::Families => "network",
        plan::Way::Lattice => "lattice",
        plan::Way::Weights | plan::Way::Tasks | plan::Way::Names | plan::Way::InPlace(_) => {
            "application"
        }
    }
}

fn for_another_way(s: &Scene<'_>, found: Found) -> Found {
    match s.plan.shift.way {
        plan::Way::Families => {
            found.remedied("leave spec.shift.via out, and write steps with weights")
        }
        plan::Way::Lattice => found.remedied(
            "leave spec.shift.via out; of a load balancer and VPC Lattice before one service, take one out first",
        ),
        plan::Way::Weights
        | plan::Way::Tasks
        | plan::Way::Names
        | plan::Way::InPlace(_) => found,
    }
}

fn each_balancer(s: &Scene<'_>, wrong: impl Fn(&LoadBalancer) -> Option<String>) -> Judged {
    let balancers = known(&s.seen.load_balancers)?;
    Ok(balancers.iter().filter_map(wrong).map(Found::new).collect())
}

/// While a partner cannot be read, an action that holds it looks as if it had no weight left.
fn readable(pairs: &[Pair]) -> impl Iterator<Item = &Pair> {
    pairs.iter().filter(|p| p.ipv6.unknown().is_none())
}

fn each_group(s: &Scene<'_>, wrong: impl Fn(&TargetGroup) -> Option<String>) -> Judged {
    known(&s.seen.routes)?;
    let groups = readable(s.pairs()?).filter_map(|p| p.ipv4.seen());
    Ok(groups.filter_map(wrong).map(Found::new).collect())
}

/// A route to a pair.
struct Way<'a> {
    pair: &'a Pair,
    ipv6: &'a str,
    route: &'a Route,
    /// Of IPv4 and IPv6, where they are in its action.
    weights: (Option<u16>, Option<u16>),
}

impl Way<'_> {
    fn weight(&self) -> u32 {
        let (ipv4, ipv6) = self.weights;
        u32::from(ipv4.unwrap_or(0)) + u32::from(ipv6.unwrap_or(0))
    }
}

fn ways<'a>(s: &Scene<'a>) -> Result<Vec<Way<'a>>, super::check::Spared> {
    let (pairs, routes) = (s.pairs()?, known(&s.seen.routes)?);
    let mut all = Vec::new();
    for pair in readable(pairs) {
        let ipv6 = pair.ipv6.seen().map_or("", |g| g.arn.as_str());
        for route in routes {
            let weights = split::weights(&route.forward, &pair.ipv4_arn, ipv6);
            if weights != (None, None) {
                all.push(Way {
                    pair,
                    ipv6,
                    route,
                    weights,
                });
            }
        }
    }
    Ok(all)
}

fn each_route(s: &Scene<'_>, wrong: impl Fn(&Way<'_>) -> Option<String>) -> Judged {
    Ok(ways(s)?.iter().filter_map(wrong).map(Found::new).collect())
}

fn full_actions(s: &Scene<'_>) -> Judged {
    let of_elb = limits::groups_an_action(s.seen);
    each_route(s, |way| {
        let most = match is_of_lattice(way.route.id.arn()) {
            true => limits::GROUPS_OF_LATTICE,
            false => of_elb,
        };
        let is_full = way.weights.1.is_none() && way.route.forward.groups.len() >= most;
        let name = || {
            format!(
                "the action of {} has its {most} target groups already",
                way.route.name()
            )
        };
        is_full.then(name)
    })
}

/// Each route that has an action of this kind.
fn each_action(s: &Scene<'_>, kind: &str, words: impl Fn(&str) -> String) -> Judged {
    let routes = known(&s.seen.routes)?.iter();
    let these = routes.filter(|r| r.actions.iter().any(|a| a == kind));
    Ok(these.map(|r| Found::new(words(&r.name()))).collect())
}

fn sign_in(s: &Scene<'_>) -> Judged {
    let balancers = known(&s.seen.load_balancers)?;
    let without = |arn: &str| {
        let mut all = balancers.iter().filter(|b| b.arn == arn);
        all.any(|b| b.ip_address_type == "dualstack-without-public-ipv4")
    };
    let routes = known(&s.seen.routes)?.iter();
    let signs = routes.filter(|r| r.actions.iter().any(|a| a.starts_with("authenticate-")));
    let found = signs.filter(|r| without(&r.load_balancer)).map(|r| {
        let name = r.name();
        Found::new(format!(
            "{name} signs people in, and its load balancer has no public IPv4 address"
        ))
    });
    Ok(found.collect())
}

fn source_addresses(s: &Scene<'_>) -> Judged {
    let found = known(&s.seen.routes)?.iter().filter_map(|route| {
        let conditions = route.place.conditions.iter();
        let mut sources = conditions.filter(|(what, _)| what == "from");
        let (_, blocks) = sources.find(|(_, blocks)| !blocks.iter().any(|b| b.contains(':')))?;
        let name = route.name();
        Some(Found::new(format!(
            "{name} takes clients from {} alone",
            blocks.join(", ")
        )))
    });
    Ok(found.collect())
}

/// Kinds of actions that are written back whole (botocore: elbv2 `ActionTypeEnum`).
const KINDS: &[&str] = &[
    "forward",
    "authenticate-oidc",
    "authenticate-cognito",
    "jwt-validation",
    "redirect",
    "fixed-response",
];

/// Another service of ECS in the same group, or addresses that were registered by hand. Each task of the service is one
/// target at most, so whatever is more is not its. Later the service's size changes by our own hand, before its targets are
/// read again; the guard counts then.
fn strangers(s: &Scene<'_>) -> Judged {
    let service = s.service()?;
    known(&s.seen.routes)?;
    let stands = service.running == service.desired && !service.is_deploying();
    let tasks = service.running as usize;
    let groups = s.pairs()?.iter().filter(|p| stands && p.ipv6.is_absent());
    let found = groups.filter_map(|p| p.ipv4.seen()).filter_map(|group| {
        let leaving = ["draining", "unused"];
        let staying = group.targets.seen()?.iter();
        let count = staying.filter(|t| !leaving.contains(&t.state.as_str())).count();
        let message = || {
            let name = &group.name;
            format!("target group {name} has {count} targets, and the service {tasks} tasks: the others would be left behind")
        };
        (count > tasks).then(|| Found::new(message()))
    });
    Ok(found.collect())
}
