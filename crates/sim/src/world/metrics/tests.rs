//! What the metric store keeps, and when it tells.

use super::*;

const NS: &str = "AWS/ApplicationELB";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn late() -> Timestamp {
    at(1_000_000)
}

fn read(metrics: &Metrics, stat: &str, period: u32, to: i64, now: Timestamp) -> Vec<(i64, f64)> {
    let id = metrics
        .find(NS, "RequestCount", &[("LoadBalancer", "app/a/1")])
        .unwrap();
    let stat = Statistic::parse(stat).unwrap();
    let points = metrics.statistics(id, stat, period, at(0), at(to), now);
    points
        .into_iter()
        .map(|(t, v)| (t.as_second() - 1_800_000_000, v))
        .collect()
}

fn with(samples: &[(i64, f64)]) -> Metrics {
    let mut metrics = Metrics::default();
    for (second, value) in samples {
        metrics.add(
            NS,
            "RequestCount",
            &[("LoadBalancer", "app/a/1")],
            at(*second),
            *value,
        );
    }
    metrics
}

#[test]
fn samples_of_a_minute_add_up() {
    let metrics = with(&[(0, 1.0), (30, 3.0), (60, 5.0)]);
    assert_eq!(
        read(&metrics, "Sum", 60, 120, late()),
        [(0, 4.0), (60, 5.0)]
    );
    assert_eq!(
        read(&metrics, "Average", 60, 120, late()),
        [(0, 2.0), (60, 5.0)]
    );
    assert_eq!(read(&metrics, "SampleCount", 120, 120, late()), [(0, 3.0)]);
    assert_eq!(read(&metrics, "Maximum", 120, 120, late()), [(0, 5.0)]);
    assert_eq!(read(&metrics, "Minimum", 120, 120, late()), [(0, 1.0)]);
}

#[test]
fn a_minute_is_published_one_to_three_minutes_after_its_end() {
    let metrics = with(&[(0, 1.0)]);
    assert_eq!(read(&metrics, "Sum", 60, 60, at(119)), []);
    assert_eq!(read(&metrics, "Sum", 60, 60, at(240)), [(0, 1.0)]);
}

#[test]
fn the_end_is_exclusive() {
    let metrics = with(&[(0, 1.0), (60, 2.0)]);
    assert_eq!(read(&metrics, "Sum", 60, 60, late()), [(0, 1.0)]);
}

#[test]
fn a_sample_that_comes_late_is_put_into_its_own_minute() {
    let mut samples: Vec<_> = (0..10).map(|m| (m * 60, 7.0)).collect();
    samples.extend([(185, 1.0), (-60, 2.0)]);
    let metrics = with(&samples);
    let points = read(&metrics, "Sum", 60, 600, late());
    assert_eq!(points.len(), 10);
    assert_eq!(points[3], (180, 8.0));
    assert_eq!(points[4], (240, 7.0));
}

#[test]
fn a_steady_gauge_takes_one_run() {
    let samples: Vec<_> = (0..5000).map(|m| (m * 60, 3.0)).collect();
    let metrics = with(&samples);
    assert!(
        metrics.series[0].runs.len() <= 2,
        "{}",
        metrics.series[0].runs.len()
    );
    assert_eq!(
        read(&metrics, "Sum", 300_000, 300_000, late())
            .iter()
            .map(|p| p.1)
            .sum::<f64>(),
        15_000.0
    );
}

#[test]
fn a_statistic_set_has_no_percentiles_unless_all_its_samples_are_equal() {
    let mut metrics = Metrics::default();
    let id = metrics.series("Mine", "Latency", &[]);
    metrics.add_statistic_set(id, at(0), 30.0, 10.0, 1.0, 9.0);
    metrics.add_statistic_set(id, at(60), 30.0, 10.0, 3.0, 3.0);
    let points = metrics.statistics(id, Statistic::Percentile(90.0), 60, at(0), at(120), at(120));
    assert_eq!(points, [(at(60), 3.0)]);
}

#[test]
fn dimensions_match_exactly_and_in_any_order() {
    let mut metrics = Metrics::default();
    let id = metrics.series("N", "m", &[("A", "1"), ("B", "2")]);
    assert_eq!(metrics.find("N", "m", &[("B", "2"), ("A", "1")]), Some(id));
    assert_eq!(metrics.find("N", "m", &[("A", "1")]), None);
    assert_eq!(metrics.find("N", "m", &[("A", "2"), ("B", "1")]), None);
}

#[test]
fn old_points_are_kept_more_coarsely() {
    const DAY: i64 = 24 * 3600;
    let mut metrics = Metrics::default();
    let id = metrics.series("Shop", "Load", &[]);
    let days = 70;
    for minute in 0..days * 24 * 60 {
        // No two minutes alike, so that none are folded for being equal.
        metrics.add_to(id, at(minute * 60), (minute % 7) as f64 + 1.0);
    }
    let now = at(days * DAY);
    let count = |age: i64, period: u32| {
        let from = at((days - age) * DAY);
        let to = at((days - age) * DAY + DAY / 2);
        metrics
            .statistics(id, Statistic::SampleCount, period, from, to, now)
            .iter()
            .map(|(_, n)| *n as i64)
            .collect::<Vec<_>>()
    };
    assert_eq!(count(10, 60), vec![1; 720]);
    assert_eq!(count(20, 60), Vec::<i64>::new());
    assert_eq!(count(20, 300), vec![5; 144]);
    assert_eq!(count(65, 300), Vec::<i64>::new());
    assert_eq!(count(65, 1800), Vec::<i64>::new());
    assert_eq!(count(65, 3600), vec![60; 12]);
    let cells: usize = metrics.get(id).map_or(0, |s| s.old.len() + s.runs.len());
    assert!(cells < 16 * 24 * 60 + 49 * 288 + 1000, "{cells}");
}

#[test]
fn a_start_is_rounded_down_by_its_age() {
    let now = at(0);
    let ago = |seconds: i64| Timestamp::from_second(1_800_000_000 - seconds).unwrap();
    let rounded = |seconds: i64| ago(seconds).as_second() - aligned(ago(seconds), now).as_second();
    let day = 24 * 3600;
    assert_eq!(rounded(100 + 14 * day), (1_800_000_000 - 100) % 60);
    assert_eq!(rounded(100 + 20 * day), (1_800_000_000 - 100) % 300);
    assert_eq!(rounded(100 + 70 * day), (1_800_000_000 - 100) % 3600);
}
