//! What others do to a service while it moves, through the region's own API: a table, an edit a line.

use sixshift_sim::{
    Value,
    services::{self, Service},
    world::World,
};

/// Where the edits find what they edit.
pub(super) struct At {
    pub(super) cluster: String,
    pub(super) name: String,
    pub(super) ipv4_group: String,
    pub(super) routes: Vec<String>,
}

/// An edit of somebody's.
pub(super) struct Edit {
    pub(super) name: &'static str,
    pub(super) make: fn(&mut World, &At),
}

pub(super) const EDITS: &[Edit] = &[
    edit("every route forwards to IPv4 alone", |world, at| {
        for route in &at.routes {
            forward(world, route, &[(&at.ipv4_group, 1)]);
        }
    }),
    edit("one route forwards to IPv4 alone", |world, at| {
        forward(
            world,
            &at.routes[at.routes.len() - 1],
            &[(&at.ipv4_group, 1)],
        );
    }),
    edit("every route has all its weight on IPv4", |world, at| {
        weigh(world, at, 100, 0);
    }),
    edit("every route has all its weight on IPv6", |world, at| {
        weigh(world, at, 0, 100);
    }),
    edit("a rule is deleted and made again", remake),
    edit("a rule is new", |world, at| {
        let listener = listener_of(&at.routes[at.routes.len() - 1]);
        rule(world, &listener, 901, &at.ipv4_group);
    }),
    edit("the twin is deleted by force", |world, at| {
        let twin = twin(at);
        quietly(
            world,
            Service::Ecs,
            "DeleteService",
            &[
                ("cluster", at.cluster.as_str().into()),
                ("service", twin.into()),
                ("force", true.into()),
            ],
        );
    }),
    edit("the twin is scaled to nothing", |world, at| {
        scale(world, at, &twin(at), 0);
    }),
    edit("the IPv4 service is scaled to nothing", |world, at| {
        scale(world, at, &at.name, 0);
    }),
    edit("the IPv4 service is scaled up", |world, at| {
        scale(world, at, &at.name, 7);
    }),
    edit(
        "every tag of the IPv6 target group but ours to find it is gone",
        |world, at| {
            if let Some(group) = ipv6_group(world, at) {
                let keys = [
                    "sixshift:scaling-before",
                    "sixshift:desired-before",
                    "sixshift:routes",
                ];
                quietly(
                    world,
                    Service::Elbv2,
                    "RemoveTags",
                    &[
                        ("ResourceArns", Value::list([group.as_str()])),
                        ("TagKeys", Value::list(keys)),
                    ],
                );
            }
        },
    ),
];

const fn edit(name: &'static str, make: fn(&mut World, &At)) -> Edit {
    Edit { name, make }
}

fn twin(at: &At) -> String {
    format!("{}-ipv6", at.name)
}

/// As far as it is there: who deletes what is gone gets a refusal, and nothing changes.
fn quietly(
    world: &mut World,
    service: Service,
    op: &'static str,
    fields: &[(&str, Value)],
) -> Value {
    let input = Value::map(fields.iter().map(|(k, v)| (*k, v.clone())));
    services::call(world, service, op, &input).unwrap_or(Value::Null)
}

fn scale(world: &mut World, at: &At, name: &str, desired: i64) {
    quietly(
        world,
        Service::Ecs,
        "UpdateService",
        &[
            ("cluster", at.cluster.as_str().into()),
            ("service", name.into()),
            ("desiredCount", desired.into()),
        ],
    );
}

/// The actions of a route, which keeps whatever it has before its forward.
fn actions(world: &mut World, route: &str) -> Vec<Value> {
    let (op, key, list, field) = if route.contains(":listener-rule/") {
        ("DescribeRules", "RuleArns", "Rules", "Actions")
    } else {
        (
            "DescribeListeners",
            "ListenerArns",
            "Listeners",
            "DefaultActions",
        )
    };
    let found = quietly(world, Service::Elbv2, op, &[(key, Value::list([route]))]);
    let first = found.get(list).items().first();
    first
        .map(|r| r.get(field).items().to_vec())
        .unwrap_or_default()
}

fn forward(world: &mut World, route: &str, groups: &[(&str, i64)]) {
    let mut all = actions(world, route);
    let Some(last) = all.last_mut() else { return };
    let tuple = |(arn, weight): &(&str, i64)| {
        Value::map([
            ("TargetGroupArn", Value::from(*arn)),
            ("Weight", (*weight).into()),
        ])
    };
    let sticky = last
        .get("ForwardConfig")
        .get("TargetGroupStickinessConfig")
        .clone();
    let config = Value::map([
        ("TargetGroups", Value::list(groups.iter().map(tuple))),
        ("TargetGroupStickinessConfig", sticky),
    ]);
    let order = last.get("Order").clone();
    *last = Value::map([
        ("Type", Value::from("forward")),
        ("Order", order),
        ("ForwardConfig", config),
    ]);
    let (op, key, field) = if route.contains(":listener-rule/") {
        ("ModifyRule", "RuleArn", "Actions")
    } else {
        ("ModifyListener", "ListenerArn", "DefaultActions")
    };
    quietly(
        world,
        Service::Elbv2,
        op,
        &[(key, route.into()), (field, Value::List(all))],
    );
}

/// The service's own two groups, wherever a route has both; what others have there stays.
fn weigh(world: &mut World, at: &At, ipv4: i64, ipv6: i64) {
    let Some(group) = ipv6_group(world, at) else {
        return;
    };
    for route in &at.routes {
        let all = actions(world, route);
        let Some(last) = all.last() else { continue };
        let groups = last
            .get("ForwardConfig")
            .get("TargetGroups")
            .items()
            .to_vec();
        let named: Vec<(String, i64)> = groups
            .iter()
            .map(|g| {
                let arn = g
                    .get("TargetGroupArn")
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                let weight = match arn.as_str() {
                    arn if arn == at.ipv4_group => ipv4,
                    arn if arn == group => ipv6,
                    _ => g.get("Weight").as_i64().unwrap_or(1),
                };
                (arn, weight)
            })
            .collect();
        if named.iter().any(|(arn, _)| *arn == group) {
            let named: Vec<(&str, i64)> = named.iter().map(|(a, w)| (a.as_str(), *w)).collect();
            forward(world, route, &named);
        }
    }
}

fn ipv6_group(world: &mut World, at: &At) -> Option<String> {
    let found = quietly(world, Service::Elbv2, "DescribeTargetGroups", &[]);
    let groups = found.get("TargetGroups").items().to_vec();
    let mut arns = groups
        .iter()
        .filter_map(|g| g.get("TargetGroupArn").as_str());
    let stem = format!(":targetgroup/{}-", at.name);
    arns.find(|arn| arn.contains(&stem) && arn.contains("-v6/"))
        .map(str::to_owned)
}

fn listener_of(route: &str) -> String {
    if !route.contains(":listener-rule/") {
        return route.to_owned();
    }
    let listener = route.replace(":listener-rule/", ":listener/");
    let head = listener.rsplit_once('/').map_or("", |(head, _)| head);
    head.to_owned()
}

fn rule(world: &mut World, listener: &str, priority: i64, group: &str) {
    let condition = Value::map([
        ("Field", Value::from("path-pattern")),
        ("Values", Value::list(["/new/*"])),
    ]);
    let action = Value::map([
        ("Type", Value::from("forward")),
        ("TargetGroupArn", group.into()),
    ]);
    quietly(
        world,
        Service::Elbv2,
        "CreateRule",
        &[
            ("ListenerArn", listener.into()),
            ("Priority", priority.into()),
            ("Conditions", Value::list([condition])),
            ("Actions", Value::list([action])),
        ],
    );
}

/// As Terraform does when a priority changes: the rule has another ARN afterwards, and IPv4 alone.
fn remake(world: &mut World, at: &At) {
    for route in at.routes.iter().filter(|r| r.contains(":listener-rule/")) {
        let arns = [("RuleArns", Value::list([route.as_str()]))];
        let found = quietly(world, Service::Elbv2, "DescribeRules", &arns);
        let Some(old) = found.get("Rules").items().first().cloned() else {
            continue;
        };
        let listener = listener_of(route);
        let all = old.get("Conditions").items().to_vec();
        let conditions = all.iter().map(|c| {
            Value::map([
                ("Field", c.get("Field").clone()),
                ("Values", c.get("Values").clone()),
            ])
        });
        let conditions = Value::list(conditions);
        let priority = old
            .get("Priority")
            .as_str()
            .and_then(|p| p.parse::<i64>().ok());
        quietly(
            world,
            Service::Elbv2,
            "DeleteRule",
            &[("RuleArn", route.as_str().into())],
        );
        let action = Value::map([
            ("Type", Value::from("forward")),
            ("TargetGroupArn", at.ipv4_group.as_str().into()),
        ]);
        quietly(
            world,
            Service::Elbv2,
            "CreateRule",
            &[
                ("ListenerArn", listener.into()),
                ("Priority", priority.unwrap_or(900).into()),
                ("Conditions", conditions),
                ("Actions", Value::list([action])),
            ],
        );
    }
}
