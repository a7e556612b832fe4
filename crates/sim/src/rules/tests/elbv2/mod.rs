//! Requests that break the rules of elbv2, a file a kind of resource.

mod balancers;
mod groups;
mod listeners;
mod routes;

use serde_json::{Value as Json, json};

use super::{Case, each_refusal_is_shown};
use crate::scenario::Built;
use crate::scenario::fixture::{ipv6_target_group, one};
use crate::services::{self, Service};
use crate::wire::from_text;
use crate::world::World;

#[test]
fn each_rule_of_elbv2_refuses_what_breaks_it() {
    let parts = [
        balancers::cases(),
        listeners::cases(),
        routes::cases(),
        groups::cases(),
    ];
    each_refusal_is_shown(Service::Elbv2, parts.into_iter().flatten().collect());
}

/// A region with an Application Load Balancer that serves a service, and a Network Load Balancer.
pub(super) struct Ground {
    pub(super) built: Built,
    pub(super) alb: String,
    pub(super) nlb: String,
    /// HTTPS, on the Application Load Balancer.
    pub(super) secure: String,
    /// HTTP, there too.
    pub(super) plain: String,
    /// A rule of the plain listener.
    pub(super) rule: String,
    /// TCP, on the Network Load Balancer.
    pub(super) tcp: String,
    /// The service's target group.
    pub(super) group: String,
    /// A group of IPv6 addresses that nothing uses.
    pub(super) spare: String,
    pub(super) vpc: String,
    pub(super) subnets: Vec<String>,
}

pub(super) fn ground() -> Ground {
    let mut built = one("many-routes");
    let spare = ipv6_target_group(&mut built, "spare");
    let group = built.services[0].target_group.clone();
    let (secure, rule) = (
        built.services[0].routes[0].clone(),
        built.services[0].routes[2].clone(),
    );
    let plain = built.world.elb.rules[&rule].listener.clone();
    let alb = built.world.elb.listeners[&plain].load_balancer.clone();
    let balancer = &built.world.elb.load_balancers[&alb];
    let vpc = balancer.vpc.clone();
    let subnets: Vec<String> = balancer.zones.iter().map(|(_, s)| s.clone()).collect();
    let nlb = made(
        &mut built.world,
        "CreateLoadBalancer",
        &json!({"Name": "layer4", "Type": "network", "IpAddressType": "dualstack", "Subnets": subnets}),
        ("LoadBalancers", "LoadBalancerArn"),
    );
    let tcp_group = made(
        &mut built.world,
        "CreateTargetGroup",
        &json!({"Name": "tcp", "Protocol": "TCP", "Port": 9, "VpcId": vpc, "TargetType": "ip"}),
        ("TargetGroups", "TargetGroupArn"),
    );
    let tcp = made(
        &mut built.world,
        "CreateListener",
        &json!({"LoadBalancerArn": nlb, "Protocol": "TCP", "Port": 9, "DefaultActions": [forward(&tcp_group)]}),
        ("Listeners", "ListenerArn"),
    );
    Ground {
        built,
        alb,
        nlb,
        secure,
        plain,
        rule,
        tcp,
        group,
        spare,
        vpc,
        subnets,
    }
}

/// Runs an operation that has to succeed, and gives a field of the first thing that it made.
fn made(world: &mut World, op: &str, input: &Json, field: (&str, &str)) -> String {
    let input = from_text(&input.to_string());
    let answer = services::call(world, Service::Elbv2, op, &input).unwrap();
    let first = answer.get(field.0).items()[0].get(field.1);
    first.as_str().unwrap().to_owned()
}

pub(super) fn forward(group: &str) -> Json {
    json!({"Type": "forward", "TargetGroupArn": group})
}

impl Ground {
    /// A request, on this ground as it is now.
    pub(super) fn breaks(self, rule: &'static str, op: &'static str, input: &Json) -> Case {
        Case {
            rule,
            op,
            world: self.built.world,
            input: from_text(&input.to_string()),
        }
    }
}

/// `base` with some members replaced.
pub(super) fn with(mut base: Json, more: Json) -> Json {
    if let (Some(base), Json::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}
