//! Metrics of the plan's own: what they say of IPv6 decides, and nothing else of them does.

use sixshift_core::{
    evidence::Verdict,
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{Value, services::Service};

use crate::{
    in_place::{call, described, subnets, worker},
    migration::{Stage, in_virtual_time},
};

/// A run ends where nothing changed for so many minutes.
const STILL: u32 = 50;
/// Seconds that an order takes, where all is well.
const WELL: f64 = 2.0;

const SECONDS: &str = "name: order-seconds, metric: { namespace: Shop, name: OrderSeconds, dimensions: { Service: \"{service}\" }, statistic: Average }";

fn with(stage: &mut Stage, metrics: &[&str]) {
    let all: String = metrics
        .iter()
        .map(|m| format!("      - {{ {m} }}\n"))
        .collect();
    stage.plan = stage
        .plan
        .replacen("  retire:", &format!("    metrics:\n{all}  retire:"), 1);
}

/// A service's application tells of an order in this minute.
fn told(stage: &Stage, service: &str, seconds: f64) {
    let dimension = [("Name", Value::from("Service")), ("Value", service.into())];
    let datum = Value::map([
        ("MetricName", Value::from("OrderSeconds")),
        ("Dimensions", Value::list([Value::map(dimension)])),
        ("Value", seconds.into()),
    ]);
    let input = [
        ("Namespace", Value::from("Shop")),
        ("MetricData", Value::list([datum])),
    ];
    call(stage, Service::CloudWatch, "PutMetricData", &input);
}

fn share(status: Option<&Status>) -> Share {
    status
        .and_then(|s| s.shares.observed)
        .unwrap_or(Share::NONE)
}

/// What came of it, and the highest share on the way.
struct Went {
    status: Status,
    highest: Share,
    /// The worst that the metrics were.
    worst: Option<Verdict>,
}

/// Each minute both sides tell of an order; IPv6 of what `ipv6` says, of nothing where that is nothing.
async fn went(stage: &Stage, ipv6: impl Fn(Option<&Status>) -> Option<f64>) -> Went {
    let (mut highest, mut worst) = (Share::NONE, None);
    let twin = format!("{}-ipv6", stage.service.name);
    let status = stage
        .run_until(STILL, |status| {
            highest = highest.max(share(status));
            let own = status.into_iter().flat_map(|s| &s.signals);
            let own = own.filter(|s| s.own.is_some()).map(|s| s.verdict);
            worst = worst.max(own.max());
            told(stage, &stage.service.name, WELL);
            if let Some(seconds) = ipv6(status).filter(|_| share(status) > Share::NONE) {
                told(stage, &twin, seconds);
            }
        })
        .await;
    Went {
        status,
        highest,
        worst,
    }
}

#[test]
fn a_metric_that_is_bad_on_ipv6_takes_the_traffic_back_and_is_named() {
    in_virtual_time(async {
        let mut stage = Stage::new("healthy");
        with(&mut stage, &[&format!("{SECONDS}, max: 5")]);
        let went = went(&stage, |_| Some(9.0)).await;
        assert_eq!(
            went.status.phase,
            Phase::RolledBack,
            "{}",
            went.status.sentence
        );
        assert_eq!(went.highest, Share::from_basis_points(1_000));
        let said = "metric order-seconds is 9, over 5";
        assert!(
            went.status.sentence.contains(said),
            "{}",
            went.status.sentence
        );
    });
}

#[test]
fn a_metric_that_is_worse_than_on_ipv4_takes_the_traffic_back() {
    in_virtual_time(async {
        let mut stage = Stage::new("healthy");
        with(&mut stage, &[&format!("{SECONDS}, worseThanIpv4By: 50%")]);
        let went = went(&stage, |_| Some(4.0)).await;
        assert_eq!(
            went.status.phase,
            Phase::RolledBack,
            "{}",
            went.status.sentence
        );
        let said = "metric order-seconds is 4, over 3 as IPv4 allows";
        assert!(
            went.status.sentence.contains(said),
            "{}",
            went.status.sentence
        );
    });
}

#[test]
fn metrics_that_are_good_let_a_service_move_at_its_usual_pace() {
    in_virtual_time(async {
        let errors = "name: error-share, expression: \"100 * FILL(failed, 0) / all\", using: { \
             failed: { namespace: AWS/ApplicationELB, name: HTTPCode_Target_5XX_Count, \
             dimensions: { TargetGroup: \"{targetGroup}\", LoadBalancer: \"{loadBalancer}\" }, statistic: Sum }, \
             all: { namespace: AWS/ApplicationELB, name: RequestCount, \
             dimensions: { TargetGroup: \"{targetGroup}\", LoadBalancer: \"{loadBalancer}\" }, statistic: Sum } }, \
             max: 1, worseThanIpv4By: 1000%";
        let cpu = "name: cpu, metric: { namespace: AWS/ECS, name: CPUUtilization, \
             dimensions: { ClusterName: \"{cluster}\", ServiceName: \"{service}\" }, statistic: Average }, max: 99";
        let mut stage = Stage::new("healthy");
        with(
            &mut stage,
            &[
                &format!("{SECONDS}, max: 5, worseThanIpv4By: 50%"),
                errors,
                cpu,
            ],
        );
        let went = went(&stage, |_| Some(WELL)).await;
        assert_eq!(went.status.phase, Phase::Done, "{}", went.status.sentence);
    });
}

#[test]
fn a_dry_run_is_judged_and_shown_and_changes_nothing() {
    in_virtual_time(async {
        let mut stage = Stage::new("healthy");
        with(&mut stage, &[&format!("{SECONDS}, max: 5, dryRun: true")]);
        let went = went(&stage, |_| Some(9.0)).await;
        assert_eq!(went.status.phase, Phase::Done, "{}", went.status.sentence);
        assert_eq!(went.worst, Some(Verdict::Bad));
    });
}

#[test]
fn a_metric_that_says_nothing_of_ipv6_holds_its_first_share() {
    in_virtual_time(async {
        let mut stage = Stage::new("healthy");
        with(&mut stage, &[&format!("{SECONDS}, max: 5")]);
        let went = went(&stage, |_| None).await;
        assert_eq!(went.status.phase, Phase::Shift, "{}", went.status.sentence);
        assert_eq!(went.highest, Share::from_basis_points(1_000));
        assert_eq!(share(Some(&went.status)), went.highest);
        let rows = went.status.rows();
        let row = rows
            .iter()
            .find(|r| r.name == "metric order-seconds")
            .unwrap();
        assert_eq!(row.observed, "it has no data");
    });
}

#[test]
fn a_metric_that_is_not_there_moves_nothing() {
    in_virtual_time(async {
        let mut stage = Stage::new("healthy");
        let unknown = SECONDS.replace("OrderSeconds", "OrderSecnods");
        with(&mut stage, &[&format!("{unknown}, max: 5")]);
        let went = went(&stage, |_| Some(WELL)).await;
        assert_eq!(went.highest, Share::NONE, "{}", went.status.sentence);
        let said = "metric order-seconds has no data on IPv4 either";
        assert!(
            went.status.sentence.contains(said),
            "{}",
            went.status.sentence
        );
    });
}

/// A worker in place whose plan names a metric besides its alarm.
fn mailer(metric: &str) -> Stage {
    let mut stage = worker("healthy", ", inPlace: { proof: none }");
    let metrics = format!("alarms: [mail-age], metrics: [{{ {metric} }}]");
    stage.plan = stage.plan.replacen("alarms: [mail-age]", &metrics, 1);
    stage
}

fn is_on_ipv6(stage: &Stage) -> bool {
    let mut planned = stage.service.ipv6_subnets.clone();
    planned.sort();
    subnets(&described(stage, "mailer")) == planned
}

/// Each minute it tells of an order: on IPv6 of what `ipv6` says.
async fn mailed(stage: &Stage, ipv6: Option<f64>) -> (Status, bool) {
    let mut moved = false;
    let status = stage
        .run_until(STILL, |_: Option<&Status>| {
            let here = is_on_ipv6(stage);
            moved |= here;
            if let Some(seconds) = if here { ipv6 } else { Some(WELL) } {
                told(stage, "mailer", seconds);
            }
        })
        .await;
    (status, moved)
}

#[test]
fn a_metric_that_is_bad_in_the_bake_brings_a_worker_back() {
    in_virtual_time(async {
        let stage = mailer(&format!("{SECONDS}, max: 5"));
        let before = described(&stage, "mailer");
        let (status, moved) = mailed(&stage, Some(9.0)).await;
        assert!(moved);
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let said = "metric order-seconds is 9, over 5";
        assert!(status.sentence.contains(said), "{}", status.sentence);
        let after = described(&stage, "mailer");
        assert_eq!(subnets(&after), subnets(&before));
        assert_eq!(after.get("taskDefinition"), before.get("taskDefinition"));
    });
}

#[test]
fn a_worker_whose_metric_is_good_is_moved_and_one_whose_metric_falls_silent_is_not_done() {
    in_virtual_time(async {
        let stage = mailer(&format!("{SECONDS}, max: 5"));
        let (status, _) = mailed(&stage, Some(WELL)).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let stage = mailer(&format!("{SECONDS}, max: 5"));
        // It does not end by itself: a bake is waited for as long as it takes.
        let mut seen = None;
        let mut minutes = 0;
        stage
            .run_until(STILL, |status: Option<&Status>| {
                minutes += 1;
                if !is_on_ipv6(&stage) {
                    told(&stage, "mailer", WELL);
                }
                seen = status.cloned();
            })
            .await;
        let status = seen.unwrap();
        assert_eq!(status.phase, Phase::Bake, "{minutes}: {}", status.sentence);
        assert!(is_on_ipv6(&stage));
    });
}

#[test]
fn a_dry_run_in_place_changes_nothing() {
    in_virtual_time(async {
        let stage = mailer(&format!("{SECONDS}, max: 5, dryRun: true"));
        let (status, _) = mailed(&stage, Some(9.0)).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
    });
}
