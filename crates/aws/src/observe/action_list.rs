//! The actions of a listener or a rule, and the forward among them.
//!
//! What belongs here: the reading of AWS's actions. What must not: the calls that bring them ([`super::routes`]), and the
//! writing of one ([`crate::act`]).

use std::{
    collections::{BTreeSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use aws_sdk_elasticloadbalancingv2::types as elb;
use sixshift_core::observation::{
    FamilyRule, Forward, Place, ProbeRule, Route, RouteId, Setting, Tags, WeightedGroup,
    listener_of,
};

use crate::xml::Element;

/// What a condition on the family of clients is called in a place.
pub(super) const CLIENTS: &str = "clients";

/// A listener's default action list, or a rule's; the forward is there where it has one.
#[derive(Clone, Debug)]
pub(crate) struct ActionList {
    pub(super) id: RouteId,
    pub(super) place: Place,
    load_balancer: String,
    forward: Option<Forward>,
    types: Vec<String>,
    fingerprint: String,
}

impl ActionList {
    pub(super) fn new(
        id: RouteId,
        place: Place,
        load_balancer: String,
        actions: &[elb::Action],
        told: &Element,
    ) -> Self {
        Self {
            id,
            place,
            load_balancer,
            forward: actions.iter().find_map(forward_of),
            types: actions
                .iter()
                .filter_map(|a| Some(a.r#type()?.as_str().to_owned()))
                .collect(),
            fingerprint: fingerprint(told),
        }
    }

    /// From what another service than Elastic Load Balancing tells.
    pub(super) fn told(
        id: RouteId,
        (place, load_balancer): (Place, String),
        forward: Option<Forward>,
        (types, fingerprint): (Vec<String>, String),
    ) -> Self {
        Self {
            id,
            place,
            load_balancer,
            forward,
            types,
            fingerprint,
        }
    }

    pub(super) fn forwards_to(&self, groups: &BTreeSet<String>) -> bool {
        self.forward
            .as_ref()
            .is_some_and(|f| f.groups.iter().any(|g| groups.contains(&g.arn)))
    }

    /// A rule as one of a Network Load Balancer's, by whose clients it takes.
    pub(super) fn family_rule(self) -> Option<FamilyRule> {
        let clients = match &self.place.conditions[..] {
            [(what, families)] if what == CLIENTS => families.first().cloned(),
            _ => None,
        };
        Some(FamilyRule {
            arn: self.id.arn().to_owned(),
            priority: self.place.priority.as_ref()?.parse().ok()?,
            clients,
            forward: self.forward.unwrap_or_default(),
            fingerprint: self.fingerprint,
        })
    }

    /// A rule for a plan's own requests, with its tags.
    pub(super) fn probe_rule(self, tags: Tags) -> Option<ProbeRule> {
        Some(ProbeRule {
            arn: self.id.arn().to_owned(),
            listener: listener_of(&self.id),
            priority: self.place.priority.as_ref()?.parse().ok()?,
            conditions: self.place.conditions,
            forward: self.forward.unwrap_or_default(),
            actions: self.types,
            fingerprint: self.fingerprint,
            tags,
        })
    }

    pub(super) fn is_of_network(&self) -> bool {
        self.load_balancer.contains(":loadbalancer/net/")
    }

    pub(super) fn route(self) -> Option<Route> {
        let Self {
            id,
            place,
            load_balancer,
            forward,
            types,
            fingerprint,
        } = self;
        Some(Route {
            id,
            place,
            load_balancer,
            setting: Setting::Weights,
            forward: forward?,
            actions: types,
            fingerprint,
        })
    }
}

/// The forward of an action, in either of AWS's two spellings.
pub(crate) fn forward_of(action: &elb::Action) -> Option<Forward> {
    if action.r#type() != Some(&elb::ActionTypeEnum::Forward) {
        return None;
    }
    let config = action.forward_config();
    let tuples = config.map(|c| c.target_groups()).unwrap_or_default();
    let mut groups: Vec<WeightedGroup> = tuples.iter().map(weighted).collect();
    if groups.is_empty() {
        groups.extend(action.target_group_arn().map(|arn| WeightedGroup {
            arn: arn.to_owned(),
            weight: 1,
        }));
    }
    groups.sort();
    let sticky = config
        .and_then(|c| c.target_group_stickiness_config())
        .filter(|s| s.enabled() == Some(true));
    let stickiness =
        sticky.map(|s| u32::try_from(s.duration_seconds().unwrap_or_default()).unwrap_or_default());
    Some(Forward { groups, stickiness })
}

fn weighted(tuple: &elb::TargetGroupTuple) -> WeightedGroup {
    WeightedGroup {
        arn: tuple.target_group_arn().unwrap_or_default().to_owned(),
        weight: u16::try_from(tuple.weight().unwrap_or(1)).unwrap_or_default(),
    }
}

/// Hash over a whole action list as it is on the wire, members that the SDK does not know included. AWS promises no order of
/// the target groups in a forward, nor of a map.
pub(crate) fn fingerprint(actions: &Element) -> String {
    hashed(&actions.settled("TargetGroups"))
}

/// What tells one thing from another, in a few letters.
pub(super) fn hashed(thing: &impl Hash) -> String {
    let mut hash = DefaultHasher::new();
    thing.hash(&mut hash);
    format!("{:016x}", hash.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(arn: &str, weight: i32) -> elb::TargetGroupTuple {
        elb::TargetGroupTuple::builder()
            .target_group_arn(arn)
            .weight(weight)
            .build()
    }

    fn forward(groups: &[(&str, i32)]) -> elb::Action {
        let config = groups
            .iter()
            .fold(elb::ForwardActionConfig::builder(), |c, (arn, w)| {
                c.target_groups(group(arn, *w))
            });
        elb::Action::builder()
            .r#type(elb::ActionTypeEnum::Forward)
            .forward_config(config.build())
            .build()
    }

    #[test]
    fn both_spellings_of_a_forward_are_read() {
        let plain = elb::Action::builder()
            .r#type(elb::ActionTypeEnum::Forward)
            .target_group_arn("a")
            .build();
        assert_eq!(
            forward_of(&plain).unwrap().groups,
            [WeightedGroup {
                arn: "a".to_owned(),
                weight: 1
            }]
        );
        let weighted = forward_of(&forward(&[("a", 90), ("b", 10)])).unwrap();
        assert_eq!(
            weighted.groups.iter().map(|g| g.weight).collect::<Vec<_>>(),
            [90, 10]
        );
        assert_eq!(weighted.stickiness, None);
    }

    /// A forward as it is on the wire, after an authentication with two parameters.
    fn told(params: [&str; 2], groups: &[(&str, i32)]) -> String {
        let entry = |key: &str| format!("<entry><key>{key}</key><value>1</value></entry>");
        let group = |(arn, w): &(&str, i32)| {
            format!("<member><TargetGroupArn>{arn}</TargetGroupArn><Weight>{w}</Weight></member>")
        };
        let groups: String = groups.iter().map(group).collect();
        let params: String = params.iter().map(|key| entry(key)).collect();
        let extra = "AuthenticationRequestExtraParams";
        format!(
            "<A><member><Type>authenticate-oidc</Type><C><{extra}>{params}</{extra}></C></member>\
             <member><Type>forward</Type><ForwardConfig><TargetGroups>{groups}</TargetGroups></ForwardConfig></member></A>"
        )
    }

    #[test]
    fn a_fingerprint_changes_with_whatever_is_told_and_not_with_the_order_of_groups_and_maps() {
        let of = |text: &str| fingerprint(&Element::read(text.as_bytes()));
        let one = told(["x", "y"], &[("b", 10), ("a", 90)]);
        assert_eq!(of(&one), of(&told(["y", "x"], &[("a", 90), ("b", 10)])));
        assert_ne!(of(&one), of(&told(["x", "y"], &[("a", 10), ("b", 90)])));
        let newer = one.replace("</Weight>", "</Weight><Newer>1</Newer>");
        assert_ne!(of(&one), of(&newer));
    }

    #[test]
    fn the_order_in_which_aws_tells_target_groups_means_nothing() {
        let (one, other) = (
            forward(&[("b", 10), ("a", 90)]),
            forward(&[("a", 90), ("b", 10)]),
        );
        assert_eq!(forward_of(&one), forward_of(&other));
    }
}
