//! The actions of a listener or a rule, and the forward among them.
//!
//! What belongs here: the reading of AWS's actions. What must not: the calls that bring them ([`super::routes`]), and the
//! writing of one ([`crate::act`]).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use aws_sdk_elasticloadbalancingv2::types as elb;
use sixshift_core::observation::{Forward, Route, RouteId, WeightedGroup};

/// A listener's default action list, or a rule's; the forward is there where it has one.
#[derive(Clone, Debug)]
pub(crate) struct ActionList {
    pub(super) id: RouteId,
    load_balancer: String,
    forward: Option<Forward>,
    types: Vec<String>,
    fingerprint: String,
}

impl ActionList {
    pub(super) fn new(id: RouteId, load_balancer: String, actions: &[elb::Action]) -> Self {
        Self {
            id,
            load_balancer,
            forward: actions.iter().find_map(forward_of),
            types: actions
                .iter()
                .filter_map(|a| Some(a.r#type()?.as_str().to_owned()))
                .collect(),
            fingerprint: fingerprint(actions),
        }
    }

    pub(super) fn forwards_to(&self, groups: &BTreeSet<String>) -> bool {
        self.forward
            .as_ref()
            .is_some_and(|f| f.groups.iter().any(|g| groups.contains(&g.arn)))
    }

    pub(super) fn route(self) -> Option<Route> {
        let Self {
            id,
            load_balancer,
            forward,
            types,
            fingerprint,
        } = self;
        Some(Route {
            id,
            load_balancer,
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

/// Hash over a whole action list. AWS promises no order of the target groups in a forward.
pub(crate) fn fingerprint(actions: &[elb::Action]) -> String {
    let mut hash = DefaultHasher::new();
    for action in actions {
        let mut action = action.clone();
        if let Some(groups) = action
            .forward_config
            .as_mut()
            .and_then(|c| c.target_groups.as_mut())
        {
            groups.sort_by(|a, b| a.target_group_arn.cmp(&b.target_group_arn));
        }
        // A map prints in any order; everything else prints in its own.
        let oidc = action
            .authenticate_oidc_config
            .as_mut()
            .and_then(|c| c.authentication_request_extra_params.take());
        let cognito = action
            .authenticate_cognito_config
            .as_mut()
            .and_then(|c| c.authentication_request_extra_params.take());
        let sorted = |map: Option<HashMap<String, String>>| {
            map.map(|m| m.into_iter().collect::<BTreeMap<_, _>>())
        };
        format!("{action:?} {:?} {:?}", sorted(oidc), sorted(cognito)).hash(&mut hash);
    }
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

    #[test]
    fn the_order_in_which_aws_tells_target_groups_means_nothing() {
        let one = forward(&[("b", 10), ("a", 90)]);
        let other = forward(&[("a", 90), ("b", 10)]);
        assert_eq!(
            fingerprint(std::slice::from_ref(&one)),
            fingerprint(std::slice::from_ref(&other))
        );
        assert_eq!(forward_of(&one), forward_of(&other));
        let swapped = forward(&[("a", 10), ("b", 90)]);
        assert_ne!(fingerprint(&[one]), fingerprint(&[swapped]));
    }

    #[test]
    fn a_fingerprint_changes_with_a_weight_and_not_with_the_order_of_a_map() {
        let oidc = |pairs: [(&str, &str); 2]| {
            let config = pairs.iter().fold(
                elb::AuthenticateOidcActionConfig::builder()
                    .issuer("i")
                    .authorization_endpoint("a")
                    .token_endpoint("t")
                    .user_info_endpoint("u")
                    .client_id("c"),
                |c, (k, v)| c.authentication_request_extra_params(*k, *v),
            );
            elb::Action::builder()
                .r#type(elb::ActionTypeEnum::AuthenticateOidc)
                .authenticate_oidc_config(config.build())
                .build()
        };
        let one = fingerprint(&[oidc([("x", "1"), ("y", "2")]), forward(&[("a", 1)])]);
        assert_eq!(
            one,
            fingerprint(&[oidc([("y", "2"), ("x", "1")]), forward(&[("a", 1)])])
        );
        assert_ne!(
            one,
            fingerprint(&[oidc([("x", "1"), ("y", "2")]), forward(&[("a", 2)])])
        );
    }
}
