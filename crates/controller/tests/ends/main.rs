//! What AWS has at the end of each scenario, field by field, against what it had before: read through the region's own
//! operations, not through our observation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod auto;
mod behind;
mod cloud_map;
mod connect;
mod first_lines;
mod foretold;
mod in_place;
mod kept;
mod lattice;
mod logs;
mod metrics;
mod migration;
mod needs;
mod nlb;
mod of_tasks;
mod probe;
mod registry_beside;
mod task_count;

use sixshift_core::status::Phase;

use kept::Kept;
use migration::{Ended, Names, carried_out};

/// A field in which a twin may differ from its original, and how.
struct May {
    document: &'static str,
    /// The field, or the beginning of its path.
    field: &'static str,
    differ: How,
}

enum How {
    /// AWS sets it, or it changes by itself.
    ByItself,
    /// The plan asks for it.
    ByThePlan,
    /// It has to name the twin where it named the service.
    TheTwin,
    /// It has to name the IPv6 target group where it named the IPv4 one.
    TheGroup,
    /// It has to be of the twin's own family of task definitions.
    TheFamily,
}
use How::{ByItself, ByThePlan, TheFamily, TheGroup, TheTwin};

const fn may(document: &'static str, field: &'static str, differ: How) -> May {
    May {
        document,
        field,
        differ,
    }
}

/// Whatever is not named here has to be equal.
const TWIN: &[May] = &[
    may("service", "serviceArn", TheTwin),
    may("service", "serviceName", TheTwin),
    may("service", "taskDefinition", TheFamily),
    may("service", "loadBalancers", TheGroup),
    may(
        "service",
        "networkConfiguration.awsvpcConfiguration.subnets",
        ByThePlan,
    ),
    may(
        "service",
        "networkConfiguration.awsvpcConfiguration.securityGroups",
        ByThePlan,
    ),
    may("service", "createdAt", ByItself),
    may("service", "createdBy", ByItself),
    may("service", "currentServiceRevisions", ByItself),
    may("service", "currentServiceDeployment", ByItself),
    may("service", "deployments", ByItself),
    may("service", "events", ByItself),
    may("service", "desiredCount", ByItself),
    may("service", "runningCount", ByItself),
    may("service", "pendingCount", ByItself),
    may("task definition", "taskDefinitionArn", TheFamily),
    may("task definition", "family", TheFamily),
    may("task definition", "revision", ByItself),
    may("task definition", "registeredAt", ByItself),
    may("task definition", "containerDefinitions.*.image", ByThePlan),
    may(
        "task definition",
        "containerDefinitions.*.environment.AWS_USE_DUALSTACK_ENDPOINT",
        ByThePlan,
    ),
    may("target group", "TargetGroupArn", TheGroup),
    may("target group", "TargetGroupName", TheGroup),
    may("target group", "IpAddressType", ByThePlan),
    may("scalable target", "ResourceId", TheTwin),
    may("scalable target", "ScalableTargetARN", ByItself),
    may("scalable target", "CreationTime", ByItself),
    may("policy", "PolicyARN", ByItself),
    may("policy", "ResourceId", TheTwin),
    may("policy", "CreationTime", ByItself),
    may("policy", "Alarms", ByItself),
    may(
        "policy",
        "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.ResourceLabel",
        TheGroup,
    ),
    may(
        "policy",
        "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Dimensions.ServiceName",
        TheTwin,
    ),
    may("schedule", "ScheduledActionARN", ByItself),
    may("schedule", "ResourceId", TheTwin),
    may("schedule", "CreationTime", ByItself),
    may("route", "", TheGroup),
];

/// Our own tags, which the twin carries beside the original's.
const OURS: &str = "sixshift:";

/// AWS's own tags on the original, which it takes from nobody else: they stay behind.
const OF_AWS: &str = "aws:cloudformation:";

/// Everything in which the twin differs from what the table allows.
fn strange(original: &Kept, twin: &Kept, names: &Names) -> Vec<String> {
    let mut found = Vec::new();
    for (document, field, was, is) in original.side_by_side(twin) {
        let ours = field.contains(OURS);
        let left_behind = field.contains(OF_AWS) && was.is_some() && is.is_none();
        let kind = document.split(':').next().unwrap_or(document);
        let named = TWIN
            .iter()
            .find(|may| may.document == kind && kept::lies_in(field, may.field));
        let right = match named.map(|may| &may.differ) {
            Some(ByItself | ByThePlan) => true,
            Some(TheTwin) => is == was.map(|was| names.service(was)).as_ref(),
            Some(TheGroup) => is == was.map(|was| names.group(was)).as_ref(),
            Some(TheFamily) => is.is_some_and(|is| names.is_of_family(is)),
            None => was == is,
        };
        if !right && !ours && !left_behind {
            found.push(format!("{document} {field}: {was:?} became {is:?}"));
        }
    }
    found
}

fn twin_is_whole(ended: &Ended) {
    let at_first_share = ended.twin_at_first_share.as_ref().expect("traffic moved");
    let strange = strange(&ended.original, at_first_share, &ended.names);
    let known: Vec<_> = strange
        .into_iter()
        // Held while traffic moves, so that a falling count takes nothing away.
        .filter(|s| !s.contains("ScalingInSuspended") && !s.contains("ScheduledScalingSuspended"))
        .filter(|s| !s.starts_with("route"))
        .collect();
    assert!(known.is_empty(), "{}: {known:#?}", ended.scenario);
}

fn is_moved(scenario: &str) {
    let ended = carried_out(scenario);
    assert_eq!(ended.phase, Phase::Done, "{scenario}: {}", ended.sentence);
    twin_is_whole(&ended);
    let strange = strange(&ended.original, &ended.twin, &ended.names);
    assert!(strange.is_empty(), "{scenario}: {strange:#?}");
    assert_eq!(ended.left_of_ipv4, Vec::<String>::new(), "{scenario}");
}

/// The original is as it was, but for our group at weight 0 beside it.
fn is_back(scenario: &str, phase: Phase) {
    let ended = carried_out(scenario);
    assert_eq!(ended.phase, phase, "{scenario}: {}", ended.sentence);
    let expected = |field: &str| {
        let by_itself = TWIN
            .iter()
            .any(|may| matches!(may.differ, ByItself) && kept::lies_in(field, may.field));
        // Until it is over, our marks stay, and the count does not fall.
        by_itself || field.contains(OURS) || phase < Phase::Cold && field.contains("Suspended")
    };
    let sides = ended.original.side_by_side(&ended.original_at_the_end);
    let changed: Vec<String> = sides
        .filter(|(document, field, was, is)| {
            let forward = document.starts_with("route") && field.contains("TargetGroup");
            was != is && !expected(field) && !forward
        })
        .map(|(document, field, was, is)| format!("{document} {field}: {was:?} became {is:?}"))
        .collect();
    assert!(changed.is_empty(), "{scenario}: {changed:#?}");
    let (before, after) = (ended.original.shares(), ended.original_at_the_end.shares());
    for (route, mut shares) in after {
        let ours = shares.remove(&ended.names.ipv6_group_arn);
        assert!(
            ours.is_none_or(|share| share == 0.0),
            "{scenario}: {shares:?}"
        );
        assert_eq!(before[&route], shares, "{scenario}");
    }
    if ended.twin_at_first_share.is_some() {
        twin_is_whole(&ended);
    }
}

macro_rules! moved {
    ($($name:ident: $scenario:literal),* $(,)?) => {
        $(#[test]
        fn $name() {
            is_moved($scenario);
        })*
    };
}

moved! {
    healthy_is_moved_and_lacks_nothing: "healthy",
    many_routes_are_moved_and_read_as_before: "many-routes",
    deploy_midway_is_moved_with_the_new_revision: "deploy-midway",
    low_traffic_is_moved_and_lacks_nothing: "low-traffic",
    a_throttled_region_ends_as_any_other: "throttled-region",
    a_flaky_api_ends_as_any_other: "flaky-api",
    what_a_stack_made_is_moved_without_the_stacks_tags: "iac-reapply",
}

#[test]
fn a_service_that_went_back_is_as_it_was() {
    for scenario in [
        "ipv4-literal",
        "slow-nat64",
        "breaks-above-25",
        "degrades-in-bake",
        "alarm",
    ] {
        is_back(scenario, Phase::RolledBack);
    }
}

#[test]
fn a_service_that_never_moved_is_as_it_was() {
    is_back("binds-ipv4-only", Phase::Warm);
}

#[test]
fn what_needed_nat64_is_told_before_and_after_a_migration() {
    migration::in_virtual_time(needs::before_and_after());
}
