//! How the routes read before we were there: noted on the first IPv6 target group when it is made, so that at the end each
//! reads so again.
//!
//! What belongs here: writing, reading and restoring that. What must not: when a route is written ([`crate::decide`]). A
//! note that was lost or no longer fits costs nothing: the route keeps the weights that it has.

use std::collections::BTreeMap;

use crate::{
    names::tag,
    observation::{Few, Forward, Route, RouteId},
};

/// The longest value of a tag.
const LONGEST: usize = 256;
/// More routes than these tags hold are not noted.
const MOST_TAGS: usize = 4;
/// So much of a route's id tells it from the others of a service.
const SHORT: usize = 8;

/// What is noted of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Before {
    /// The weight of the service's own target group.
    weight: u16,
    /// Whether clients stuck to a target group.
    sticky: bool,
}

/// The tags that say how routes read which forward to the service's IPv4 target groups.
pub(crate) fn tags(routes: &[Route], is_ipv4: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let entries = routes.iter().filter_map(|route| {
        let own = route.forward.groups.iter().find(|g| is_ipv4(&g.arn))?;
        let sticky = if route.forward.stickiness.is_some() {
            "s"
        } else {
            ""
        };
        Some(format!("{}:{}{sticky}", short(&route.id), own.weight))
    });
    let mut values: Vec<String> = Vec::new();
    for entry in entries {
        match values.last_mut() {
            Some(last) if last.len() + 1 + entry.len() <= LONGEST => {
                last.push(' ');
                last.push_str(&entry);
            }
            _ => values.push(entry),
        }
    }
    values.truncate(MOST_TAGS);
    let key = |number: usize| match number {
        0 => tag::ROUTES.to_owned(),
        n => format!("{}-{}", tag::ROUTES, n + 1),
    };
    let tags = values.into_iter().enumerate();
    tags.map(|(number, value)| (key(number), value)).collect()
}

/// What a target group's tags say of a route.
pub(crate) fn before(tags: &Few<String, String>, route: &RouteId) -> Option<Before> {
    let values = tags.iter().filter(|(key, _)| key.starts_with(tag::ROUTES));
    let mut entries = values.flat_map(|(_, value)| value.split(' '));
    let said = entries.find_map(|e| e.strip_prefix(short(route))?.strip_prefix(':'))?;
    let weight = said.trim_end_matches('s').parse().ok()?;
    Some(Before {
        weight,
        sticky: said.ends_with('s'),
    })
}

fn short(route: &RouteId) -> &str {
    let id = route.short();
    id.get(..SHORT).unwrap_or(id)
}

impl Before {
    /// The forward with its weights as they were, where the service's groups together weigh a multiple of that and the
    /// others' do too.
    pub(crate) fn weights(self, forward: Forward, is_own: impl Fn(&str) -> bool) -> Forward {
        let own = forward.groups.iter().filter(|g| is_own(&g.arn));
        let own: u16 = own.map(|g| g.weight).sum();
        let factor = match self.weight {
            0 => return forward,
            weight if own.is_multiple_of(weight) => own / weight,
            _ => return forward,
        };
        if factor == 0
            || !forward
                .groups
                .iter()
                .all(|g| g.weight.is_multiple_of(factor))
        {
            return forward;
        }
        let mut restored = forward;
        for group in &mut restored.groups {
            group.weight /= factor;
        }
        restored
    }

    /// The forward without a stickiness that we turned on, of this many seconds, for the sake of a second group.
    pub(crate) fn stickiness(self, mut forward: Forward, ours: Option<u32>) -> Forward {
        if !self.sticky && forward.groups.len() == 1 && forward.stickiness == ours {
            forward.stickiness = None;
        }
        forward
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        observation::{Place, Setting, WeightedGroup},
        share::Share,
        way::split::split,
    };

    fn route(number: usize, weights: &[(&str, u16)], stickiness: Option<u32>) -> Route {
        let group = |(arn, weight): &(&str, u16)| WeightedGroup {
            arn: (*arn).to_owned(),
            weight: *weight,
        };
        Route {
            place: Place::default(),
            id: RouteId::Rule(format!("listener-rule/app/a/1/2/{number:016x}")),
            load_balancer: String::new(),
            setting: Setting::default(),
            forward: Forward {
                groups: weights.iter().map(group).collect(),
                stickiness,
            },
            actions: Vec::new(),
            fingerprint: String::new(),
        }
    }

    fn noted(route: &Route) -> Before {
        let tags = tags(std::slice::from_ref(route), |arn| arn == "v4");
        before(&tags.into(), &route.id).unwrap()
    }

    proptest! {
        #[test]
        fn weights_come_back_from_any_way_up_and_down(
            own in 1_u16..=999,
            other in proptest::option::of(0_u16..=999),
            shares in proptest::collection::vec(1_u16..=100, 1..5),
        ) {
            let mut weights = vec![("v4", own)];
            weights.extend(other.map(|w| ("other", w)));
            let original = route(1, &weights, None);
            let note = noted(&original);
            let mut forward = original.forward.clone();
            for percent in shares {
                let share = Share::from_basis_points(percent * 100);
                forward = split(&forward, "v4", "v6", share);
            }
            let back = split(&forward, "v4", "v6", Share::NONE);
            let mut back = note.weights(back, |arn| arn == "v4" || arn == "v6");
            back.groups.retain(|g| g.arn != "v6");
            prop_assert_eq!(&back, &original.forward);
            let up = split(&forward, "v4", "v6", Share::ALL);
            let mut up = note.weights(up, |arn| arn == "v4" || arn == "v6");
            up.groups.retain(|g| g.arn != "v4");
            let mut renamed = original.forward;
            renamed.groups[0].arn = "v6".to_owned();
            up.groups.sort();
            renamed.groups.sort();
            prop_assert_eq!(up, renamed);
        }
    }

    #[test]
    fn a_forward_that_somebody_set_to_something_else_is_left_as_it_is() {
        let note = noted(&route(1, &[("v4", 7), ("other", 3)], None));
        for weights in [[("v6", 100), ("other", 3)], [("v6", 70), ("other", 31)]] {
            let now = route(1, &weights, None).forward;
            assert_eq!(note.weights(now.clone(), |arn| arn == "v6"), now);
        }
    }

    #[test]
    fn stickiness_goes_only_where_it_was_ours() {
        let now = |stickiness| route(1, &[("v6", 1)], stickiness).forward;
        let free = noted(&route(1, &[("v4", 1)], None));
        assert_eq!(free.stickiness(now(Some(60)), Some(60)).stickiness, None);
        let theirs = free.stickiness(now(Some(90)), Some(60));
        assert_eq!(theirs.stickiness, Some(90));
        let sticky = noted(&route(1, &[("v4", 1)], Some(60)));
        let kept = sticky.stickiness(now(Some(60)), Some(60));
        assert_eq!(kept.stickiness, Some(60));
    }

    #[test]
    fn many_routes_are_noted_in_tags_that_aws_takes() {
        let routes: Vec<Route> = (0..60_usize)
            .map(|n| route(n << 32, &[("v4", 999)], Some(1)))
            .collect();
        let tags = tags(&routes, |arn| arn == "v4");
        assert!(tags.len() > 1 && tags.values().all(|v| v.len() <= LONGEST));
        let noted = Few::from(tags);
        for route in &routes {
            let Before { weight, sticky } = before(&noted, &route.id).unwrap();
            assert_eq!((weight, sticky), (999, true));
        }
        assert_eq!(before(&Few::default(), &routes[0].id), None);
    }
}
