//! How many requests it takes to tell a good release from a bad one.

use super::{Verdict, rates::rate_verdict};
use crate::plan::HealthPolicy;

/// More than this nobody waits for.
const MOST: u64 = 1_000_000_000;

/// The least requests on IPv6 by which a window can be good with one failure among them: with fewer, a single one, which may
/// be chance, would already be no pass. Never fewer than the policy asks for, and no more than that where none may fail.
#[must_use]
pub fn least_samples(policy: &HealthPolicy) -> u64 {
    let least = policy.min_requests;
    let Some(limit) = policy.error_rate else {
        return least;
    };
    let passes = |requests: u64| {
        let verdict = rate_verdict(true, 1.0, requests as f64, limit.max, least as f64);
        verdict == Verdict::Good
    };
    let (mut low, mut high) = (least, MOST.max(least));
    if !passes(high) {
        return least;
    }
    // The more requests there are, the less is one of them.
    while low < high {
        let middle = low.midpoint(high);
        if passes(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ErrorRateLimit, Plan, ServiceRef};

    fn policy(max: Option<f64>, min_requests: u64) -> HealthPolicy {
        let service = ServiceRef {
            region: String::new(),
            cluster: String::new(),
            name: String::new(),
            role_arn: None,
            external_id: None,
        };
        HealthPolicy {
            error_rate: max.map(|max| ErrorRateLimit {
                max,
                worse_than_ipv4_by: None,
            }),
            min_requests,
            ..Plan::draft("a", &service).health
        }
    }

    #[test]
    fn one_failure_must_have_room_beside_what_the_policy_asks_for() {
        assert_eq!(least_samples(&policy(Some(0.01), 10)), 100);
        assert_eq!(least_samples(&policy(Some(0.001), 100)), 1_000);
        assert_eq!(least_samples(&policy(Some(0.5), 100)), 100);
        assert_eq!(least_samples(&policy(None, 7)), 7);
    }

    #[test]
    fn where_none_may_fail_the_policy_alone_says_how_many() {
        assert_eq!(least_samples(&policy(Some(0.0), 100)), 100);
    }
}
