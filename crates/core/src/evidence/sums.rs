//! A window's totals, side by side, and which of the load balancer's own errors may be IPv6's.
//!
//! The load balancer's 5xx have no target group dimension. Before they are charged to IPv6, each minute is asked who else
//! may have caused them: an IPv4 side that refused connections, or had nobody healthy; and a 503, which says that there
//! was nobody to send to, is not caused by a side that has somebody.

use super::{Point, rates::ratio};

/// A window's totals.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) reported: bool,
    /// Whether a load balancer's own errors are told apart from its targets'.
    pub(super) tells_its_own: bool,
    pub(super) ipv4: Side,
    pub(super) ipv6: Side,
    /// Requests to the load balancers, of the minutes whose errors count.
    pub(super) elb_requests: f64,
    /// Their own 5xx that nothing explains on IPv4.
    pub(super) elb_5xx: f64,
}

#[derive(Default)]
pub(super) struct Side {
    pub(super) requests: f64,
    pub(super) errors: f64,
    pub(super) client_errors: f64,
    p99_weighted: f64,
    p99_requests: f64,
}

impl Side {
    fn add(&mut self, requests: Option<f64>, errors: Option<f64>, client_errors: Option<f64>) {
        self.requests += requests.unwrap_or(0.0);
        self.errors += errors.unwrap_or(0.0);
        self.client_errors += client_errors.unwrap_or(0.0);
    }

    fn add_p99(&mut self, requests: Option<f64>, p99: Option<f64>) {
        if let Some(p99) = p99 {
            let n = requests.unwrap_or(0.0);
            self.p99_weighted += p99 * n;
            self.p99_requests += n;
        }
    }

    /// Connection errors are not always counted as requests.
    pub(super) fn tried(&self) -> f64 {
        self.requests.max(self.errors)
    }

    /// Between 0 and 1.
    pub(super) fn error_rate(&self) -> f64 {
        ratio(self.errors, self.tried())
    }

    /// Percentiles of several minutes cannot be merged; the mean weighted by requests stands for them.
    pub(super) fn p99(&self) -> Option<f64> {
        (self.p99_requests > 0.0).then(|| self.p99_weighted / self.p99_requests)
    }
}

impl Sums {
    /// `zone_by_zone`: a load balancer node sends to its own zone only, so a side that has somebody may lack one there.
    pub(super) fn over(window: &[Point], zone_by_zone: bool) -> Self {
        let mut sums = Self {
            tells_its_own: window.is_empty() || window.iter().any(Point::counts_hosts),
            ..Self::default()
        };
        for (i, p) in window.iter().enumerate() {
            sums.reported |= p.is_reported();
            let (ipv4, ipv6) = (&mut sums.ipv4, &mut sums.ipv6);
            ipv4.add(p.requests_ipv4, p.errors_ipv4, p.client_errors_ipv4);
            ipv4.add_p99(p.requests_ipv4, p.p99_ipv4);
            ipv6.add(p.requests_ipv6, p.errors_ipv6, p.client_errors_ipv6);
            ipv6.add_p99(p.requests_ipv6, p.p99_ipv6);
            // The minute in which they fell, or rose again, is reported as one with somebody healthy.
            let beside = window.get(i.wrapping_sub(1)).into_iter();
            let mut beside = beside.chain(window.get(i + 1)).chain([p]);
            if has_ipv6_host(p) && beside.any(is_ipv4_sick) {
                continue;
            }
            let was_counted = i.checked_sub(1).is_none_or(|i| is_counted(&window[i]));
            sums.elb_requests += p.elb_requests.unwrap_or(0.0);
            sums.elb_5xx += chargeable(p, was_counted, zone_by_zone);
        }
        sums
    }
}

/// What of a minute's errors neither IPv4's own refusals nor the lack of any target explain. Hosts are counted where a
/// group is in use: an IPv6 group that is in no route, or joins one in this minute, had nobody sent to it.
fn chargeable(p: &Point, was_counted: bool, zone_by_zone: bool) -> f64 {
    let joins = !is_counted(p) || !was_counted;
    let nobody = if joins || has_ipv6_host(p) && !zone_by_zone {
        p.elb_503.unwrap_or(0.0)
    } else {
        0.0
    };
    let explained = nobody + p.unreached_ipv4.unwrap_or(0.0);
    (p.elb_5xx.unwrap_or(0.0) - explained).max(0.0)
}

fn is_counted(p: &Point) -> bool {
    p.healthy_ipv6.is_some()
}

fn has_ipv6_host(p: &Point) -> bool {
    p.healthy_ipv6.is_some_and(|n| n >= 1.0)
}

/// Requests went there, and nobody was healthy: the load balancer asks unhealthy targets where it has no others.
fn is_ipv4_sick(p: &Point) -> bool {
    p.requests_ipv4.is_some_and(|n| n > 0.0) && p.healthy_ipv4.is_some_and(|n| n < 1.0)
}
