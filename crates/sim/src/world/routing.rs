//! Which target groups a client's request is forwarded to, and in which shares.
//!
//! What belongs here: conditions of rules, weights, stickiness. What must not: counting, or what a target answers.

use jiff::Timestamp;

use super::behaviour::Family;
use super::elb::{Elb, Rule};
use crate::Value;

/// No action has more target groups: five in one of a load balancer, ten in one of VPC Lattice.
pub(crate) const GROUPS: usize = 10;
/// The share of requests that come with the cookie of an earlier one, where stickiness is on.
const RETURNING: f64 = 0.5;

/// Where a listener sends a client's requests.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    /// Nothing listens on the port.
    Nothing,
    /// To target groups, by weight.
    Forward {
        groups: Vec<(String, i64)>,
        sticky_seconds: Option<i64>,
    },
    /// Answered by the load balancer with a status.
    Answer(i64),
}

/// What a load balancer goes by of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    /// Of the client's address.
    pub(crate) family: Family,
    pub(crate) beside: &'a Beside,
}

/// What of a request few rules ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) method: String,
    /// Without its question mark.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Default for Beside {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            query: String::new(),
            headers: Vec::new(),
        }
    }
}

/// Finds the rule that a request meets.
pub(crate) fn resolve(elb: &Elb, load_balancer: &str, port: i64, asked: &Asked<'_>) -> Route {
    let Some(listener) = elb
        .listeners
        .values()
        .find(|l| l.load_balancer == load_balancer && l.port == port)
    else {
        return Route::Nothing;
    };
    let rules = elb.rules_of(&listener.arn);
    let met = rules
        .iter()
        .find(|r| r.conditions.iter().all(|c| meets(c, asked)));
    met.map_or(Route::Nothing, |rule| of(elb, rule))
}

/// Where those are sent whom a rule serves, or a listener's default actions.
pub(crate) fn served_by(elb: &Elb, route: &str) -> Route {
    let serves = |r: &&Rule| r.arn == route || r.priority.is_none() && r.listener == route;
    let rule = elb.rules.values().find(serves);
    rule.map_or(Route::Nothing, |rule| of(elb, rule))
}

/// Whoever is to sign in at a load balancer that has no public IPv4 address is told of an error within: it reaches no identity
/// provider. A session of before ends in time; nobody is taken to have one.
///
/// Source: Elastic Load Balancing, "Application Load Balancers": IP address type, dualstack-without-public-ipv4.
fn of(elb: &Elb, rule: &Rule) -> Route {
    let listener = elb.listeners.get(&rule.listener);
    let balancer = listener.and_then(|l| elb.load_balancers.get(&l.load_balancer));
    let is_cut_off = balancer.is_some_and(|b| b.ip_address_type == "dualstack-without-public-ipv4");
    for action in &rule.actions {
        match action.get("Type").as_str() {
            Some("authenticate-oidc" | "authenticate-cognito") if is_cut_off => {
                return Route::Answer(500);
            }
            Some("forward") => return forward(action),
            Some("redirect") => return Route::Answer(301),
            Some("fixed-response") => {
                return Route::Answer(
                    action
                        .get("FixedResponseConfig")
                        .get("StatusCode")
                        .as_i64()
                        .unwrap_or(503),
                );
            }
            _ => {}
        }
    }
    Route::Nothing
}

fn forward(action: &Value) -> Route {
    let config = action.get("ForwardConfig");
    let groups = config
        .get("TargetGroups")
        .items()
        .iter()
        .filter_map(|g| {
            Some((
                g.get("TargetGroupArn").as_str()?.to_owned(),
                g.get("Weight").as_i64().unwrap_or(1),
            ))
        })
        .take(GROUPS)
        .collect();
    let sticky = config.get("TargetGroupStickinessConfig");
    let sticky_seconds = (sticky.get("Enabled").as_bool() == Some(true))
        .then(|| sticky.get("DurationSeconds").as_i64().unwrap_or(3600));
    Route::Forward {
        groups,
        sticky_seconds,
    }
}

fn meets(condition: &Value, asked: &Asked<'_>) -> bool {
    let Asked {
        host,
        path,
        family,
        beside,
    } = *asked;
    let values = |config: &str| {
        let nested = condition.get(config).get("Values").strings();
        if nested.is_empty() {
            condition.get("Values").strings()
        } else {
            nested
        }
    };
    match condition.get("Field").as_str() {
        Some("host-header") => values("HostHeaderConfig")
            .iter()
            .any(|v| matches(&v.to_ascii_lowercase(), &host.to_ascii_lowercase())),
        Some("path-pattern") => values("PathPatternConfig").iter().any(|v| matches(v, path)),
        Some("source-ip") => {
            let wanted = condition.get("SourceIpConfig").get("IpAddressType");
            wanted.as_str() == Some(family.as_str())
        }
        Some("http-request-method") => values("HttpRequestMethodConfig").contains(&beside.method),
        // The name has no case, and the comparison strings are case insensitive (Elastic Load Balancing, "Condition types for
        // listener rules": HTTP header conditions).
        Some("http-header") => {
            let config = condition.get("HttpHeaderConfig");
            let name = config.get("HttpHeaderName").as_str().unwrap_or_default();
            let mut headers = beside.headers.iter();
            headers.any(|(n, value)| {
                let is_like =
                    |v: &String| matches(&v.to_ascii_lowercase(), &value.to_ascii_lowercase());
                n.eq_ignore_ascii_case(name) && values("HttpHeaderConfig").iter().any(is_like)
            })
        }
        // Case insensitive as well; a value without a key is met by any key (the same page: query string conditions).
        Some("query-string") => {
            let wanted = condition.get("QueryStringConfig").get("Values").items();
            let like = |pattern: &str, text: &str| {
                matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
            };
            beside
                .query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .any(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    wanted.iter().any(|v| {
                        let is_key = v.get("Key").as_str().is_none_or(|k| like(k, key));
                        is_key && like(v.get("Value").as_str().unwrap_or_default(), value)
                    })
                })
        }
        _ => false,
    }
}

/// AWS's wildcards: `*` for any text, `?` for one character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// The shares that clients with a cookie still hold, on their way to the weights.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pinned {
    weights: Vec<(String, f64)>,
    held: Vec<(String, f64)>,
    since: Option<Timestamp>,
}

impl Pinned {
    /// The share of all requests that each group gets at a moment.
    pub(crate) fn shares(
        &mut self,
        groups: &[(String, i64)],
        sticky_seconds: Option<i64>,
        at: Timestamp,
    ) -> [f64; GROUPS] {
        let by_weight = weights(groups);
        let Some(duration) = sticky_seconds else {
            self.since = None;
            return by_weight;
        };
        let changed = self.since.is_none()
            || self.weights.len() != groups.len()
            || self
                .weights
                .iter()
                .zip(groups.iter().zip(by_weight))
                .any(|((arn, w), (g, share))| *arn != g.0 || *w != share);
        if changed {
            let first = self.since.is_none();
            self.held = groups
                .iter()
                .zip(by_weight)
                .map(|((arn, _), share)| {
                    (
                        arn.clone(),
                        if first {
                            share
                        } else {
                            self.pinned(arn, duration, at)
                        },
                    )
                })
                .collect();
            self.weights = groups
                .iter()
                .zip(by_weight)
                .map(|((arn, _), share)| (arn.clone(), share))
                .collect();
            self.since = Some(at);
        }
        let mut shares = by_weight;
        for (share, (arn, _)) in shares.iter_mut().zip(groups) {
            *share = (1.0 - RETURNING) * *share + RETURNING * self.pinned(arn, duration, at);
        }
        shares
    }

    fn pinned(&self, arn: &str, duration: i64, at: Timestamp) -> f64 {
        let of = |list: &[(String, f64)]| {
            list.iter()
                .find(|(a, _)| a == arn)
                .map_or(0.0, |(_, share)| *share)
        };
        let gone = self
            .since
            .map_or(0.0, |since| at.duration_since(since).as_secs_f64());
        let progress = (gone / (duration.max(1) as f64)).clamp(0.0, 1.0);
        of(&self.held) * (1.0 - progress) + of(&self.weights) * progress
    }
}

/// Weights as shares; all zero where no group has a weight.
pub(crate) fn weights(groups: &[(String, i64)]) -> [f64; GROUPS] {
    let total: i64 = groups.iter().map(|(_, w)| *w).sum();
    let mut shares = [0.0; GROUPS];
    if total > 0 {
        for (share, (_, weight)) in shares.iter_mut().zip(groups) {
            *share = *weight as f64 / total as f64;
        }
    }
    shares
}

/// Splits a count by shares so that, over time, each group gets its share to the request, and none without a share.
pub(crate) fn split(count: u64, shares: &[f64; GROUPS], owed: &mut [f64; GROUPS]) -> [u64; GROUPS] {
    let mut parts = [0_u64; GROUPS];
    let mut left = count as i64;
    for ((part, share), owed) in parts.iter_mut().zip(shares).zip(owed.iter_mut()) {
        if *share <= 0.0 {
            *owed = 0.0;
            continue;
        }
        *owed += count as f64 * share;
        let take = (owed.floor().max(0.0) as i64).min(left);
        *owed -= take as f64;
        *part = take as u64;
        left -= take;
    }
    while left > 0 {
        let most = (0..GROUPS)
            .filter(|i| shares[*i] > 0.0)
            .max_by(|a, b| owed[*a].total_cmp(&owed[*b]));
        let Some(most) = most else { break };
        parts[most] += 1;
        owed[most] -= 1.0;
        left -= 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_aws_documents_them() {
        assert!(matches("*.example.com", "shop.example.com"));
        assert!(matches("/api/*", "/api/v1/orders"));
        assert!(matches("/a?c", "/abc"));
        assert!(!matches("/api/*", "/app"));
        assert!(!matches("*.example.com", "example.com"));
    }

    #[test]
    fn headers_methods_and_queries_are_met_as_aws_documents_them() {
        let beside = Beside {
            method: "HEAD".to_owned(),
            query: "limit=10&all".to_owned(),
            headers: vec![("x-mark".to_owned(), "4F1C".to_owned())],
        };
        let asked = Asked {
            host: "shop.example.com",
            path: "/orders",
            family: Family::V4,
            beside: &beside,
        };
        let is_met = |field: &str, key: &'static str, config: Value| {
            let condition = Value::map([("Field", Value::from(field)), (key, config)]);
            meets(&condition, &asked)
        };
        let header = |name: &str, value: &str| {
            let config = Value::map([
                ("HttpHeaderName", Value::from(name)),
                ("Values", Value::list([value])),
            ]);
            is_met("http-header", "HttpHeaderConfig", config)
        };
        assert!(header("X-Mark", "4f1c") && header("x-mark", "4f*"));
        assert!(!header("x-mark", "4f1d") && !header("x-other", "4f1c"));
        let method = |value: &str| {
            let config = Value::map([("Values", Value::list([value]))]);
            is_met("http-request-method", "HttpRequestMethodConfig", config)
        };
        assert!(method("HEAD") && !method("GET"));
        let query = |pair: Value| {
            let config = Value::map([("Values", Value::list([pair]))]);
            is_met("query-string", "QueryStringConfig", config)
        };
        let pair = |key: &str, value: &str| {
            Value::map([("Key", Value::from(key)), ("Value", value.into())])
        };
        assert!(query(pair("limit", "1?")) && !query(pair("limit", "2")));
        assert!(query(Value::map([("Value", Value::from("10"))])));
    }

    #[test]
    fn a_split_gives_every_request_away_and_none_to_a_group_without_weight() {
        let mut shares = [0.0; GROUPS];
        (shares[0], shares[1]) = (0.99, 0.01);
        let mut owed = [0.0; GROUPS];
        let mut sums = [0; GROUPS];
        for n in 0..1000 {
            let parts = split(7 + n % 3, &shares, &mut owed);
            assert_eq!(parts.iter().sum::<u64>(), 7 + n % 3);
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum += part;
            }
        }
        assert_eq!(sums[2], 0);
        assert!((sums[1] as i64 - 80).abs() <= 2, "{sums:?}");
    }

    #[test]
    fn sticky_clients_stay_until_the_duration_is_over() {
        let mut pinned = Pinned::default();
        let start = Timestamp::UNIX_EPOCH;
        let before = [("a".to_owned(), 100), ("b".to_owned(), 0)];
        let after = [("a".to_owned(), 0), ("b".to_owned(), 100)];
        assert_eq!(pinned.shares(&before, Some(60), start)[0], 1.0);
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        assert!((pinned.shares(&after, Some(60), at(1))[0] - 0.5).abs() < 1e-9);
        assert!((pinned.shares(&after, Some(60), at(31))[0] - 0.25).abs() < 1e-9);
        assert_eq!(pinned.shares(&after, Some(60), at(61))[0], 0.0);
    }
}
