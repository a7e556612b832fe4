//! Which target groups a client's request to a service is forwarded to.
//!
//! What belongs here: matches of rules. What must not: counting, or what a target answers.

use super::{Lattice, Rule};
use crate::Value;
use crate::world::routing::{GROUPS, Route};

/// Finds the rule that a request meets. Clients here send no headers of their own, so a rule that asks for one is not met.
pub(crate) fn resolve(lattice: &Lattice, service: &str, port: i64, path: &str) -> Route {
    let listeners = lattice.listeners_of(service);
    let Some(listener) = listeners.into_iter().find(|l| l.port == port) else {
        return Route::Nothing;
    };
    let rules = lattice.rules_of(&listener.about.arn);
    let met = rules.into_iter().find(|r| meets(r, path));
    met.map_or(Route::Nothing, |rule| of(lattice, &rule.action))
}

fn of(lattice: &Lattice, action: &Value) -> Route {
    let status = action.get("fixedResponse").get("statusCode").as_i64();
    if let Some(status) = status {
        return Route::Answer(status);
    }
    let groups = lattice.forwarded(action).into_iter();
    Route::Forward {
        groups: groups.take(GROUPS).collect(),
        sticky_seconds: None,
    }
}

fn meets(rule: &Rule, path: &str) -> bool {
    let wanted = rule.matches.get("httpMatch");
    let asks_get = wanted.get("method").as_str().is_none_or(|m| m == "GET");
    asks_get && wanted.get("headerMatches").items().is_empty() && on_path(wanted, path)
}

fn on_path(wanted: &Value, path: &str) -> bool {
    let wanted = wanted.get("pathMatch");
    // "Defaults to true (case-sensitive matching)."
    let exactly = wanted.get("caseSensitive").as_bool() != Some(false);
    let spelled = |text: &str| {
        if exactly {
            text.to_owned()
        } else {
            text.to_lowercase()
        }
    };
    let path = spelled(path);
    let is = |kind: &str| wanted.get("match").get(kind).as_str().map(spelled);
    is("exact").is_none_or(|exact| path == exact)
        && is("prefix").is_none_or(|prefix| path.starts_with(&prefix))
}
