//! Token buckets: how fast each kind of call may come, per account and region, as AWS documents it.
//!
//! What must not be here: faults that a test injects; those are in `faults`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::services::Service;

/// A bucket's size and its refill a second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    burst: f64,
    per_second: f64,
}

const fn rate(burst: f64, per_second: f64) -> Rate {
    Rate { burst, per_second }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

/// Every bucket of the region.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    buckets: BTreeMap<&'static str, Bucket>,
    taken_by_another: f64,
}

impl Limits {
    /// Another actor of the account eats this share (0 to 1) of each bucket.
    pub(crate) fn set_share(&mut self, share: f64) {
        self.taken_by_another = share.clamp(0.0, 1.0);
    }

    /// Takes a token from each bucket that a call needs; a refused call takes none.
    pub(crate) fn admit(&mut self, service: Service, op: &str, now: Timestamp) -> bool {
        let needed = buckets_of(service, op);
        let left = 1.0 - self.taken_by_another;
        for (name, rate) in &needed {
            let burst = (rate.burst * left).max(1.0);
            let bucket = self.buckets.entry(name).or_insert(Bucket {
                tokens: burst,
                at: now,
            });
            let passed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
            bucket.tokens = (bucket.tokens + passed * rate.per_second * left).min(burst);
            bucket.at = now;
        }
        // A bucket that is full to within rounding has its token.
        let admitted = needed
            .iter()
            .all(|(n, _)| self.buckets.get(n).is_some_and(|b| b.tokens >= 1.0 - 1e-9));
        if admitted {
            for (name, _) in &needed {
                if let Some(bucket) = self.buckets.get_mut(name) {
                    bucket.tokens -= 1.0;
                }
            }
        }
        admitted
    }
}

/// Whether an operation changes nothing. To ask by a query is to read (service authorization reference, CloudWatch Logs).
pub(crate) fn is_read(op: &str) -> bool {
    ["Describe", "List", "Get", "StartQuery", "StopQuery"]
        .iter()
        .any(|p| op.starts_with(p))
}

fn buckets_of(service: Service, op: &str) -> Vec<(&'static str, Rate)> {
    match service {
        Service::Ecs => vec![ecs(op)],
        // The page names both: a bucket for all actions of the account, and one a category.
        Service::Elbv2 => vec![("elbv2 all", rate(40.0, 10.0)), elbv2(op)],
        Service::CloudWatch => vec![cloudwatch(op)],
        Service::Ec2 => vec![ec2(op)],
        Service::AutoScaling if is_read(op) => vec![("autoscaling reads", rate(20.0, 10.0))],
        Service::AutoScaling => vec![("autoscaling writes", rate(10.0, 5.0))],
        // AWS WAF quotas: "maximum number of calls".
        Service::Waf if op == "GetWebACLForResource" => vec![("waf of resource", rate(1.0, 1.0))],
        Service::Waf if is_read(op) => vec![("waf reads", rate(5.0, 5.0))],
        // CloudWatch Logs quotas: five GetQueryResults a second.
        Service::Logs if op == "GetQueryResults" => {
            vec![("logs GetQueryResults", rate(5.0, 5.0))]
        }
        Service::Logs if op == "StartQuery" => vec![("logs StartQuery", rate(10.0, 10.0))],
        Service::Sts => vec![("sts", rate(600.0, 600.0))],
        // Service Quotas, "API request rates": five a second, and five more in a burst.
        Service::Quotas if op == "GetServiceQuota" => vec![("quotas", rate(10.0, 5.0))],
        Service::Quotas => vec![("quotas of everybody", rate(10.0, 5.0))],
        // AWS publishes none, or what no preflight comes near to.
        _ => Vec::new(),
    }
}

fn ecs(op: &str) -> (&'static str, Rate) {
    match op {
        "DescribeServices" | "ListServices" => ("ecs service reads", rate(100.0, 20.0)),
        "DescribeTasks" | "ListTasks" | "DescribeContainerInstances" | "ListContainerInstances" => {
            ("ecs cluster resource reads", rate(100.0, 20.0))
        }
        "RegisterTaskDefinition" | "DeregisterTaskDefinition" => {
            ("ecs task definition writes", rate(20.0, 1.0))
        }
        "CreateService" | "UpdateService" | "DeleteService" => {
            ("ecs service writes", rate(50.0, 5.0))
        }
        "TagResource" | "UntagResource" => ("ecs tags", rate(20.0, 10.0)),
        "RunTask" | "StopTask" | "StartTask" | "UpdateTaskProtection" => {
            ("ecs task writes", rate(100.0, 20.0))
        }
        "ListServicesByNamespace" => ("ecs namespaces", rate(10.0, 1.0)),
        "DescribeTaskDefinition" | "ListTaskDefinitions" => {
            ("ecs task definition reads", rate(50.0, 20.0))
        }
        "DescribeServiceRevisions" => ("ecs revisions", rate(50.0, 20.0)),
        "DescribeServiceDeployments" | "ListServiceDeployments" => {
            ("ecs deployments", rate(50.0, 20.0))
        }
        _ if is_read(op) => ("ecs cluster reads", rate(50.0, 20.0)),
        _ => ("ecs other writes", rate(20.0, 5.0)),
    }
}

fn elbv2(op: &str) -> (&'static str, Rate) {
    match op {
        "CreateLoadBalancer" | "SetSubnets" => ("elbv2 load balancers", rate(10.0, 0.2)),
        "RegisterTargets" | "DeregisterTargets" => ("elbv2 targets", rate(20.0, 4.0)),
        _ if is_read(op) => ("elbv2 reads", rate(200.0, 50.0)),
        _ => ("elbv2 writes", rate(20.0, 3.0)),
    }
}

fn cloudwatch(op: &str) -> (&'static str, Rate) {
    match op {
        "GetMetricData" => ("cloudwatch GetMetricData", rate(500.0, 500.0)),
        "GetMetricStatistics" => ("cloudwatch GetMetricStatistics", rate(400.0, 400.0)),
        "PutMetricData" => ("cloudwatch PutMetricData", rate(500.0, 500.0)),
        "ListMetrics" => ("cloudwatch ListMetrics", rate(25.0, 25.0)),
        "DescribeAlarms" => ("cloudwatch DescribeAlarms", rate(9.0, 9.0)),
        "PutMetricAlarm" => ("cloudwatch PutMetricAlarm", rate(3.0, 3.0)),
        "DeleteAlarms" => ("cloudwatch DeleteAlarms", rate(3.0, 3.0)),
        "SetAlarmState" => ("cloudwatch SetAlarmState", rate(3.0, 3.0)),
        _ => ("cloudwatch other", rate(10.0, 10.0)),
    }
}

fn ec2(op: &str) -> (&'static str, Rate) {
    match op {
        _ if is_read(op) => ("ec2 reads", rate(100.0, 20.0)),
        "CreateVpcEndpoint" | "ModifyVpcEndpoint" | "DeleteVpcEndpoints" => {
            ("ec2 endpoints", rate(4.0, 0.3))
        }
        "CreateNatGateway" => ("ec2 NAT gateways", rate(10.0, 1.0)),
        "AuthorizeSecurityGroupIngress" => ("ec2 ingress rules", rate(50.0, 5.0)),
        _ => ("ec2 writes", rate(50.0, 5.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(limits: &mut Limits, calls: usize, second: i64) -> usize {
        let now = Timestamp::from_second(1_800_000_000 + second).unwrap();
        (0..calls)
            .filter(|_| limits.admit(Service::Ecs, "RegisterTaskDefinition", now))
            .count()
    }

    #[test]
    fn a_burst_passes_and_then_the_refill_decides() {
        let mut limits = Limits::default();
        assert_eq!(admitted(&mut limits, 30, 0), 20);
        assert_eq!(admitted(&mut limits, 30, 3), 3);
        assert_eq!(admitted(&mut limits, 30, 1000), 20);
    }

    #[test]
    fn another_actor_leaves_only_its_rest() {
        let mut limits = Limits::default();
        limits.set_share(0.5);
        assert_eq!(admitted(&mut limits, 30, 0), 10);
        assert_eq!(admitted(&mut limits, 30, 4), 2);
    }

    #[test]
    fn all_elb_actions_share_the_bucket_of_the_account() {
        let mut limits = Limits::default();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let reads = (0..100)
            .filter(|_| limits.admit(Service::Elbv2, "DescribeRules", now))
            .count();
        assert_eq!(reads, 40);
        assert!(!limits.admit(Service::Elbv2, "ModifyRule", now));
    }
}
