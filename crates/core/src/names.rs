//! The deterministic names and tags by which sixshift finds what it made.
//!
//! A name alone proves nothing: a resource is ours only when it also carries [`tag::PLAN`] with the plan's uid.

use crate::plan::Plan;

/// Tag keys that sixshift writes and reads.
pub mod tag {
    /// The plan's uid: this resource is ours.
    pub const PLAN: &str = "sixshift:plan";
    /// The share that the routes have and since when (`2500@2026-11-25T16:00:00Z`), go to (`1000/2500`), or have for as
    /// long as the other side is empty (`2500:10000`), in basis points; on the first IPv6 target group.
    pub const SHARE: &str = "sixshift:share";
    /// Revision and moment of a rollback; on the first IPv6 target group.
    pub const ROLLED_BACK: &str = "sixshift:rolled-back";
    /// Why that was, in a few words.
    pub const ROLLED_BACK_WHY: &str = "sixshift:rolled-back-why";
    /// How the routes read before (`ec3266a8:80s`: the beginning of the route's id, the weight, sticky or not); on the
    /// first IPv6 target group.
    pub const ROUTES: &str = "sixshift:routes";
    /// The IPv4 target group that an IPv6 one was made from.
    pub const FROM: &str = "sixshift:from";
    /// Hash of what a task definition was derived from.
    pub const DERIVED: &str = "sixshift:derived";
    /// The IPv4 service's suspended scaling as it was before; on the first IPv6 target group.
    pub const SCALING: &str = "sixshift:scaling-before";
    /// The IPv4 service's desired count as it was before it went cold, and when that was; on the first IPv6 target group.
    pub const DESIRED: &str = "sixshift:desired-before";

    /// How far the IPv4 service scaled alone (`6-12`), where tasks move to a twin with their part of that; on the twin.
    pub const BOUNDS: &str = "sixshift:bounds-before";

    /// When one task of a task definition had stood long enough on IPv6 alone; on that, where the service is moved in place.
    pub const PROVEN: &str = "sixshift:proven";
    /// ARN of the revision of the service that ran before it was moved in place, and ` exec` where ECS Exec was on; on the
    /// derived task definition.
    pub const BEFORE: &str = "sixshift:before";
    /// When a service that was moved in place had stood for the bake; on the derived task definition.
    pub const BAKED: &str = "sixshift:baked";

    /// Whether a note is kept in the journal as well: what could not be found out again where somebody removes the tag.
    #[must_use]
    pub fn is_kept_twice(key: &str) -> bool {
        key.starts_with(ROUTES)
            || [
                SHARE,
                ROLLED_BACK,
                ROLLED_BACK_WHY,
                SCALING,
                DESIRED,
                BOUNDS,
                BEFORE,
                BAKED,
            ]
            .contains(&key)
    }

    /// What is written and removed again while a migration goes on; a note of the routes has numbered keys beside its own.
    /// The others are written once, when a thing is made.
    pub const NOTES: &[&str] = &[
        SHARE,
        ROLLED_BACK,
        ROLLED_BACK_WHY,
        ROUTES,
        SCALING,
        DESIRED,
        BOUNDS,
        PROVEN,
        BEFORE,
        BAKED,
    ];
}

/// The header by which a load balancer knows our own requests to the twin. Its value is the plan's uid: no secret, but nothing
/// that anybody else sends by chance.
pub const PROBE_HEADER: &str = "x-sixshift-probe";

/// The longest name of a service whose twin and task definition family have names that AWS takes: 255 characters, less
/// `-ipv6-` and a plan's uid.
pub const LONGEST_SERVICE: usize = 255 - "-ipv6-".len() - 10;

/// The longest name AWS allows for a target group.
const TARGET_GROUP_NAME_MAX: usize = 32;

/// The twin's service name.
#[must_use]
pub fn service(plan: &Plan) -> String {
    format!("{}-ipv6", plan.service.name)
}

/// The twin's task definition family.
#[must_use]
pub fn family(plan: &Plan) -> String {
    format!("{}-ipv6-{}", plan.service.name, plan.uid)
}

/// The IPv6 target group for the IPv4 one at an index of the service's `loadBalancers`.
#[must_use]
pub fn target_group(plan: &Plan, index: usize) -> String {
    let suffix = if index == 0 {
        format!("-{}-v6", plan.uid)
    } else {
        format!("-{}-v6-{index}", plan.uid)
    };
    let room = TARGET_GROUP_NAME_MAX.saturating_sub(suffix.len());
    let stem: String = plan
        .service
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(room)
        .collect();
    format!("{}{suffix}", stem.trim_matches('-'))
        .trim_start_matches('-')
        .to_owned()
}

/// The same for one of VPC Lattice, which takes small letters and no hyphens in a row, nor names that begin like an id (botocore:
/// vpc-lattice `TargetGroupName`).
#[must_use]
pub fn lattice_group(plan: &Plan, index: usize) -> String {
    let name = target_group(plan, index).to_ascii_lowercase();
    let parts = name.split('-').filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.skip_while(|part| *part == "tg").collect();
    parts.join("-")
}

/// Whether an ARN is of VPC Lattice.
#[must_use]
pub fn is_of_lattice(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("vpc-lattice")
}

/// What a load balancer is called in its ARN: its name, or of a service of VPC Lattice its id.
#[must_use]
pub fn balancer(arn: &str) -> &str {
    let mut parts = arn.rsplit('/');
    let id = parts.next().unwrap_or(arn);
    if is_of_lattice(arn) {
        return id;
    }
    parts.next().unwrap_or(arn)
}

/// `startedBy` of the tasks that a plan runs beside a service.
#[must_use]
pub fn started_by(plan: &Plan) -> String {
    format!("sixshift-{}", plan.uid)
}

/// The Application Auto Scaling resource of an ECS service.
#[must_use]
pub fn scaling_resource(cluster: &str, service: &str) -> String {
    format!("service/{cluster}/{service}")
}

/// A target group's own part of a scaling policy's resource label: `targetgroup/name/id` of
/// `app/name/id/targetgroup/name/id` (botocore: application-autoscaling `PredefinedMetricSpecification.ResourceLabel`).
#[must_use]
pub fn label_group(label: &str) -> Option<&str> {
    Some(&label[label.find("targetgroup/")?..])
}

/// The part of a load balancer's or target group's ARN that CloudWatch and scaling policies use: `app/name/id` or
/// `targetgroup/name/id`; the id alone of what is VPC Lattice's.
#[must_use]
pub fn metric_dimension(arn: &str) -> &str {
    let last = arn.rsplit(':').next().unwrap_or(arn);
    if is_of_lattice(arn) {
        return last.rsplit('/').next().unwrap_or(last);
    }
    last.strip_prefix("loadbalancer/").unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "arn:aws:vpc-lattice:eu-central-1:1:targetgroup/tg-1";

    #[test]
    fn what_is_of_vpc_lattice_is_called_by_its_id() {
        assert!(is_of_lattice(GROUP));
        assert_eq!(metric_dimension(GROUP), "tg-1");
        assert_eq!(
            balancer("arn:aws:vpc-lattice:eu-central-1:1:service/svc-2"),
            "svc-2"
        );
        let elb = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/shop/50dc";
        assert!(!is_of_lattice(elb));
        assert_eq!(
            (balancer(elb), metric_dimension(elb)),
            ("shop", "app/shop/50dc")
        );
    }

    #[test]
    fn a_group_of_vpc_lattice_has_a_name_that_it_takes() {
        let service = crate::plan::ServiceRef {
            region: "eu-central-1".to_owned(),
            cluster: "prod".to_owned(),
            name: "tg-Order__Book".to_owned(),
            role_arn: None,
            external_id: None,
        };
        let plan = Plan::draft("orders", &service);
        assert_eq!(
            lattice_group(&plan, 0),
            format!("order-book-{}-v6", plan.uid)
        );
        assert_eq!(
            lattice_group(&plan, 1),
            format!("order-book-{}-v6-1", plan.uid)
        );
    }
}
