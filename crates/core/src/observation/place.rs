//! Where a route is, in the words of whoever looks for it in a console: load balancer, listener, rule.
//!
//! What belongs here: that name. What must not: what a route is found and written by, which is its ARN.

use super::{Route, RouteId};
use crate::names;

/// So many conditions of a rule, and values of each, are named.
const NAMED: usize = 2;

/// What AWS says of a listener or rule beside its actions. Empty where it did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// `HTTPS:443`.
    pub listener: Option<String>,
    /// A rule's priority.
    pub priority: Option<String>,
    /// What a request must have to match: `host`, and `a.example.com`, `b.example.com`.
    pub conditions: Vec<(String, Vec<String>)>,
}

impl Place {
    fn conditions(&self) -> String {
        let each = self.conditions.iter().take(NAMED);
        let each: Vec<String> = each
            .map(|(what, values)| format!("{what} {}", some(values, " or ")))
            .collect();
        match (each.is_empty(), self.conditions.len() > NAMED) {
            (true, _) => String::new(),
            (false, more) => format!(" ({}{})", each.join(", "), if more { ", …" } else { "" }),
        }
    }
}

fn some(values: &[String], between: &str) -> String {
    let more = if values.len() > NAMED {
        format!("{between}…")
    } else {
        String::new()
    };
    let some: Vec<&str> = values.iter().take(NAMED).map(String::as_str).collect();
    some.join(between) + &more
}

impl Route {
    /// Its name for people: `listener HTTPS:443 of shop`, `rule 10 (host a.example.com) of HTTPS:443 of shop`. By its id where
    /// AWS did not say more.
    #[must_use]
    pub fn name(&self) -> String {
        let balancer = names::balancer(&self.load_balancer);
        let listener = self.place.listener.as_ref();
        let at = listener.map(|listener| format!("{listener} of {balancer}"));
        match (&self.id, at, &self.place.priority) {
            (RouteId::Listener(_), Some(at), _) => format!("listener {at}"),
            (RouteId::Rule(_), Some(at), Some(priority)) => {
                format!("rule {priority}{} of {at}", self.place.conditions())
            }
            (id, ..) => id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Forward, Setting};
    use super::*;

    fn name(id: RouteId, place: Place) -> String {
        let route = Route {
            id,
            place,
            load_balancer: "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/shop/50dc"
                .to_owned(),
            setting: Setting::default(),
            forward: Forward::default(),
            actions: Vec::new(),
            fingerprint: String::new(),
        };
        route.name()
    }

    fn rule(conditions: &[(&str, &[&str])]) -> String {
        let owned = |v: &[&str]| v.iter().map(|v| (*v).to_owned()).collect();
        let conditions = conditions.iter().map(|(k, v)| ((*k).to_owned(), owned(v)));
        let place = Place {
            listener: Some("HTTPS:443".to_owned()),
            priority: Some("10".to_owned()),
            conditions: conditions.collect(),
        };
        name(RouteId::Rule("…/9683".to_owned()), place)
    }

    #[test]
    fn a_listener_is_named_by_its_port_and_load_balancer() {
        let place = Place {
            listener: Some("HTTPS:443".to_owned()),
            ..Place::default()
        };
        let listener = RouteId::Listener("…/f2f7".to_owned());
        assert_eq!(name(listener.clone(), place), "listener HTTPS:443 of shop");
        assert_eq!(name(listener, Place::default()), "listener f2f7");
    }

    #[test]
    fn a_rule_is_named_by_its_priority_and_the_first_of_its_conditions() {
        assert_eq!(rule(&[]), "rule 10 of HTTPS:443 of shop");
        assert_eq!(
            rule(&[("host", &["a.example.com"]), ("path", &["/v1/*", "/v2/*"])]),
            "rule 10 (host a.example.com, path /v1/* or /v2/*) of HTTPS:443 of shop"
        );
        assert_eq!(
            rule(&[
                ("host", &["a", "b", "c"]),
                ("path", &["/"]),
                ("method", &["GET"])
            ]),
            "rule 10 (host a or b or …, path /, …) of HTTPS:443 of shop"
        );
    }
}
