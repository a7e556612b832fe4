//! The state of Elastic Load Balancing: load balancers, listeners, rules, target groups and their targets.
//!
//! What belongs here: what is stored, and how it is found. What must not: API shapes, refusals, the course of health checks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::behaviour::Family;
use crate::Value;

/// Everything that ELBv2 keeps for the account in the region; all maps by ARN.
#[derive(Clone, Debug, Default)]
pub struct Elb {
    /// Load balancers.
    pub load_balancers: BTreeMap<String, LoadBalancer>,
    /// Listeners.
    pub listeners: BTreeMap<String, Listener>,
    /// Rules, default rules included.
    pub rules: BTreeMap<String, Rule>,
    /// Target groups.
    pub target_groups: BTreeMap<String, TargetGroup>,
    /// Grows with every change of a listener, rule or load balancer; what is resolved from them is kept until then.
    pub version: u64,
    /// Quotas that are not the default ones.
    pub quotas: BTreeMap<Quota, usize>,
    /// Whether every call that names things by ARN or name takes 20 at most, which AWS documents for some of them only.
    pub short_lists: bool,
    /// Whether targets are told as being in the zone `all` where cross-zone load balancing is on.
    pub zones_told_as_all: bool,
}

/// What AWS bounds in the account and the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "their names in AWS's answers say it")]
pub enum Quota {
    LoadBalancers,
    NetworkLoadBalancers,
    Listeners,
    ListenersOfNetwork,
    Rules,
    ConditionValues,
    ConditionWildcards,
    TargetGroups,
    GroupsOfBalancer,
    GroupsOfAction,
    Targets,
}

impl Quota {
    /// Every quota, with its name and its default.
    pub const ALL: [(Self, &'static str, usize); 11] = [
        (Self::LoadBalancers, "application-load-balancers", 50),
        (Self::NetworkLoadBalancers, "network-load-balancers", 50),
        (
            Self::Listeners,
            "listeners-per-application-load-balancer",
            50,
        ),
        (
            Self::ListenersOfNetwork,
            "listeners-per-network-load-balancer",
            50,
        ),
        (Self::Rules, "rules-per-application-load-balancer", 100),
        (Self::ConditionValues, "condition-values-per-alb-rule", 5),
        (
            Self::ConditionWildcards,
            "condition-wildcards-per-alb-rule",
            6,
        ),
        (Self::TargetGroups, "target-groups", 3000),
        (
            Self::GroupsOfBalancer,
            "target-groups-per-application-load-balancer",
            100,
        ),
        (
            Self::GroupsOfAction,
            "target-groups-per-action-on-application-load-balancer",
            5,
        ),
        (Self::Targets, "targets-per-application-load-balancer", 1000),
    ];
}

/// A load balancer.
#[derive(Clone, Debug)]
pub struct LoadBalancer {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `application` or `network`.
    pub kind: String,
    /// `internet-facing` or `internal`.
    pub scheme: String,
    /// Its VPC.
    pub vpc: String,
    /// `ipv4`, `dualstack`, `dualstack-without-public-ipv4`.
    pub ip_address_type: String,
    /// Zone and subnet.
    pub zones: Vec<(String, String)>,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

impl LoadBalancer {
    /// The name that customers know it by.
    pub fn dns_name(&self, region: &str) -> String {
        let (name, id) = (&self.name, self.arn.rsplit('/').next().unwrap_or_default());
        match self.kind.as_str() {
            "network" => format!("{name}-{id}.elb.{region}.amazonaws.com"),
            _ => format!(
                "{name}-{}.{region}.elb.amazonaws.com",
                &id[..id.len().min(10)]
            ),
        }
    }
}

/// A listener; its default actions are those of its default rule.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Its ARN.
    pub arn: String,
    /// Its load balancer.
    pub load_balancer: String,
    /// Its port.
    pub port: i64,
    /// Its protocol.
    pub protocol: String,
    /// Certificates, security policy and whatever else was given.
    pub given: Value,
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// A rule of a listener.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its ARN.
    pub arn: String,
    /// Its listener.
    pub listener: String,
    /// Its priority; none for the default rule.
    pub priority: Option<i64>,
    /// Its conditions, as given.
    pub conditions: Vec<Value>,
    /// Its actions, in AWS's read-back form.
    pub actions: Vec<Value>,
    /// Its transforms, as given.
    pub transforms: Vec<Value>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// A target group.
#[derive(Clone, Debug)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The family of its targets.
    pub family: Family,
    /// Its fields (`Protocol`, `Port`, `HealthCheckPath`, …) with defaults filled in.
    pub spec: Value,
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// The load balancers whose listeners or rules refer to it (one at most for an ALB).
    pub load_balancers: BTreeSet<String>,
    /// Registered targets in the order of registration.
    pub targets: Vec<Target>,
}

/// The states of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Being registered or checked for the first time.
    Initial,
    /// Passes its checks.
    Healthy,
    /// Fails its checks.
    Unhealthy,
    /// In no rule, or in a zone that the load balancer is not enabled in.
    Unused,
    /// Deregistered, requests under way may end.
    Draining,
}

impl TargetState {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Unused => "unused",
            Self::Draining => "draining",
        }
    }
}

/// A registered target.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its address.
    pub id: String,
    /// Its port.
    pub port: i64,
    /// Its zone; none where it could not be told.
    pub zone: Option<String>,
    /// Its state.
    pub state: TargetState,
    /// Why, in AWS's code; empty when healthy.
    pub reason: &'static str,
    /// Why, in AWS's words.
    pub description: String,
    /// The ECS task behind it.
    pub task: Option<u64>,
    /// The image that answers there, `repository:tag`.
    pub image: Option<String>,
    /// Grows with every change of state, so that an overtaken wake is known as such.
    pub epoch: u64,
    /// When it was registered.
    pub registered_at: Timestamp,
}

impl Elb {
    /// How many there may be of something.
    pub fn quota(&self, of: Quota) -> usize {
        let default = || {
            Quota::ALL
                .iter()
                .find(|(q, ..)| *q == of)
                .map_or(0, |(.., n)| *n)
        };
        self.quotas.get(&of).copied().unwrap_or_else(default)
    }

    /// The tags of what an ARN means; of what is not there, none.
    pub(crate) fn tags(&self, arn: &str) -> &[(String, String)] {
        let group = self.target_groups.get(arn).map(|g| &g.tags);
        let balancer = self.load_balancers.get(arn).map(|l| &l.tags);
        let listener = self.listeners.get(arn).map(|l| &l.tags);
        let rule = self.rules.get(arn).map(|r| &r.tags);
        let tags = group.or(balancer).or(listener).or(rule);
        tags.map_or(&[], Vec::as_slice)
    }

    /// The rules of a listener in the order they are tried: by priority, the default last.
    pub fn rules_of<'a>(&'a self, listener: &str) -> Vec<&'a Rule> {
        let mut rules: Vec<&Rule> = self
            .rules
            .values()
            .filter(|r| r.listener == listener)
            .collect();
        rules.sort_by_key(|r| r.priority.unwrap_or(i64::MAX));
        rules
    }

    /// The listeners of a load balancer by port.
    pub fn listeners_of<'a>(&'a self, load_balancer: &str) -> Vec<&'a Listener> {
        let mut listeners: Vec<&Listener> = self
            .listeners
            .values()
            .filter(|l| l.load_balancer == load_balancer)
            .collect();
        listeners.sort_by_key(|l| l.port);
        listeners
    }

    /// The default rule of a listener.
    pub fn default_rule(&self, listener: &str) -> Option<&Rule> {
        self.rules
            .values()
            .find(|r| r.listener == listener && r.priority.is_none())
    }
}

impl TargetGroup {
    /// An integer field of its specification.
    pub fn number(&self, field: &str, default: i64) -> i64 {
        self.spec.get(field).as_i64().unwrap_or(default)
    }

    /// The seconds that a deregistered target drains.
    pub fn drain_seconds(&self) -> i64 {
        self.attributes
            .get("deregistration_delay.timeout_seconds")
            .and_then(|v| v.parse().ok())
            .unwrap_or(300)
    }

    /// A registered target.
    pub fn target(&self, id: &str, port: i64) -> Option<&Target> {
        self.targets.iter().find(|t| t.id == id && t.port == port)
    }
}

/// The part of a load balancer's or target group's ARN that CloudWatch uses as a dimension.
pub fn dimension(arn: &str) -> &str {
    if let Some((_, rest)) = arn.split_once(":loadbalancer/") {
        return rest;
    }
    arn.rsplit(':').next().unwrap_or(arn)
}

/// Whether a listener's protocol needs a certificate.
pub(crate) fn is_secure(protocol: &str) -> bool {
    matches!(protocol, "HTTPS" | "TLS")
}

/// The target groups that actions forward to, with their weights.
pub fn forwarded(actions: &[Value]) -> Vec<(String, i64)> {
    actions
        .iter()
        .filter(|a| a.get("Type").as_str() == Some("forward"))
        .flat_map(|a| a.get("ForwardConfig").get("TargetGroups").items())
        .filter_map(|g| {
            Some((
                g.get("TargetGroupArn").as_str()?.to_owned(),
                g.get("Weight").as_i64().unwrap_or(1),
            ))
        })
        .collect()
}
