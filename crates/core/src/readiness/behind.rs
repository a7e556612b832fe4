//! A service that is moved in place behind a load balancer.
//!
//! What belongs here: what stands in the way of that alone, and what AWS advises instead. What must not: what any service that is moved
//! in place is asked ([`super::in_place`]).

use super::check::{Category, Check, Found, LOST, STUCK, Severity, Spared, Waiving, known, unless};

/// What ECS has where nobody says it (ECS API, DeploymentConfiguration).
const MOST: u64 = 200;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "ECS-019",
        name: "behind-unadvised",
        category: Category::Ecs,
        severity: Severity::Warn,
        holds: "A service behind a load balancer has a second service beside it, as AWS advises.",
        why: "In place all customers go over at once, and both groups' tasks stand only for a while: after that the way back takes as long \
              as a deployment. Requests that a task has when it stops end with its deregistration delay.",
        remedy: "leave spec.shift.via out and write spec.shift.steps: traffic moves by weights, to a twin",
        source: "ECS developer guide, Amazon ECS task networking options for Fargate: IPv6-only mode",
        waiving: Waiving::ByReason,
        run: |s| {
            here(s)?;
            unless(s.service()?.load_balancers.is_empty(), || {
                "the service is moved in place behind its load balancer, which AWS makes possible and advises against".to_owned()
            })
        },
    },
    Check {
        id: "ECS-020",
        name: "behind-room",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "A deployment of a service that is moved in place behind a load balancer may have twice its tasks.",
        why: "IPv4's tasks are protected from the deployment until all customers are on IPv6. Without room for as many beside them ECS \
              never starts enough on IPv6 to carry the traffic.",
        remedy: "set maximumPercent of its deployment configuration to 200 or more, and its desired count to 1 or more",
        source: "ECS API, DeploymentConfiguration: maximumPercent; ECS developer guide, task scale-in protection",
        waiving: STUCK,
        run: |s| {
            here(s)?;
            let service = s.service()?;
            if service.desired == 0 {
                return Ok(vec![Found::new(
                    "the service is to have no task, so nothing could be proven",
                )]);
            }
            if service.scheduling == "DAEMON" {
                let why = "a daemon has one task on each instance, and no room for another";
                return Ok(vec![Found::new(why).remedied("leave spec.shift.via out")]);
            }
            let most = service.deployment["maximumPercent"]
                .as_u64()
                .unwrap_or(MOST);
            unless(most >= MOST, || {
                format!(
                    "a deployment of the service may have {most} % of its tasks at a time, and needs 200 %"
                )
            })
        },
    },
    Check {
        id: "ECS-022",
        name: "behind-sticky",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "No cookie holds clients on the target groups of a service that is moved in place.",
        why: "A load balancer goes by such a cookie whatever the weights say: it would lead clients to the IPv4 group, and answer 503 once that \
              has nobody, until the cookie runs out.",
        remedy: "turn stickiness off on the target group and its routes, or leave spec.shift.via out",
        source: "Elastic Load Balancing, Sticky sessions for your Application Load Balancer",
        waiving: LOST,
        run: |s| {
            here(s)?;
            let groups = s.pairs()?.iter().filter_map(|pair| pair.ipv4.seen());
            let groups = groups.filter(|group| group.stickiness().is_some());
            let of_groups = groups.map(|group| format!("target group {} is sticky", group.name));
            let routes = known(&s.seen.routes)?.iter();
            let routes = routes.filter(|route| route.forward.stickiness.is_some());
            let of_routes = routes.map(|route| format!("{} is sticky", route.name()));
            Ok(of_groups.chain(of_routes).map(Found::new).collect())
        },
    },
    Check {
        id: "ECS-021",
        name: "behind-scaling",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "Nothing scales a service that is moved in place by its IPv4 target group.",
        why: "That group has no requests any more once the service has moved: the policy would scale it in, to its least.",
        remedy: "let the policy count CPU or memory for as long as it moves",
        source: "Application Auto Scaling API, PredefinedMetricSpecification: ResourceLabel",
        waiving: LOST,
        run: |s| {
            here(s)?;
            let scaling = known(&s.seen.ipv4_scaling)?;
            let counts = scaling
                .policies
                .iter()
                .filter(|policy| policy.settings.read().to_string().contains("targetgroup/"));
            Ok(counts
                .map(|policy| {
                    Found::new(format!(
                        "scaling policy {} counts the requests of a target group that the service leaves",
                        policy.name
                    ))
                })
                .collect())
        },
    },
];

fn here(s: &super::check::Scene<'_>) -> Result<(), Spared> {
    if s.plan.is_behind() {
        Ok(())
    } else {
        Err(Spared::NotHere)
    }
}
