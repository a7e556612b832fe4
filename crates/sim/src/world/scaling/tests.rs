//! When auto scaling acts, and when it holds still.

use super::*;
use crate::world::metrics::query::{StatQuery, Watch};

const RESOURCE: &str = "service/prod/shop";

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn tracking(never_in: bool) -> Policy {
    let metric = Watch::Stat(StatQuery {
        namespace: "Shop".to_owned(),
        name: "Load".to_owned(),
        dimensions: Vec::new(),
        stat: "Average".to_owned(),
        unit: None,
    });
    let tracking = Tracking {
        metric,
        target: 50.0,
        out_cooldown: 60,
        in_cooldown: 60,
        never_in,
    };
    Policy {
        arn: "arn".to_owned(),
        created: at(0),
        given: Value::Null,
        kind: Kind::Tracks(tracking),
    }
}

/// The count wanted in the end, for a load a minute and a service that starts with 4 tasks.
fn count_after(target: Target, load: &[f64]) -> i64 {
    let (mut scaling, mut metrics) = (Scaling::default(), Metrics::default());
    scaling.register(RESOURCE, target);
    let mut desired = 4;
    for (minute, value) in (0..).zip(load) {
        metrics.add("Shop", "Load", &[], at(minute), *value);
        scaling.note_capacity(RESOURCE, desired);
        for (_, count) in scaling.tick(at(minute + 1), &metrics, &Alarms::default()) {
            desired = count;
        }
    }
    desired
}

fn target(never_in: bool) -> Target {
    let mut target = Target::new("arn".to_owned(), String::new(), 2, 10, at(0));
    target
        .policies
        .insert("track".to_owned(), tracking(never_in));
    target
}

#[test]
fn three_minutes_over_the_target_scale_out_in_proportion() {
    assert_eq!(count_after(target(false), &[100.0, 100.0]), 4);
    assert_eq!(count_after(target(false), &[100.0, 100.0, 100.0]), 8);
    assert_eq!(count_after(target(false), &[500.0; 3]), 10);
}

#[test]
fn fifteen_minutes_under_the_target_scale_in_to_the_minimum_at_most() {
    assert_eq!(count_after(target(false), &[25.0; 14]), 4);
    assert_eq!(count_after(target(false), &[25.0; 15]), 2);
    assert_eq!(count_after(target(false), &[0.0; 15]), 2);
    assert_eq!(count_after(target(true), &[0.0; 15]), 4);
}

#[test]
fn what_is_suspended_does_not_happen() {
    let mut still = target(false);
    still.suspended = SuspendedState {
        scale_in: true,
        scale_out: true,
        scheduled: true,
    };
    assert_eq!(count_after(still.clone(), &[0.0; 20]), 4);
    assert_eq!(count_after(still, &[100.0; 20]), 4);
}

#[test]
fn a_service_below_its_minimum_stays_there_until_it_scales_out() {
    let mut high = target(false);
    high.min = 9;
    assert_eq!(count_after(high.clone(), &[50.0; 20]), 4);
    assert_eq!(count_after(high, &[60.0; 3]), 9);
}

#[test]
fn a_scheduled_action_sets_bounds_and_moves_the_service_into_them() {
    let mut planned = target(false);
    let schedule = Schedule::At(at(2));
    let action = ScheduledAction {
        arn: String::new(),
        created: at(0),
        given: Value::Null,
        schedule,
        start: None,
        end: None,
        min: Some(6),
        max: Some(20),
    };
    planned.schedules.insert("morning".to_owned(), action);
    assert_eq!(count_after(planned.clone(), &[48.0; 1]), 4);
    assert_eq!(count_after(planned, &[48.0; 2]), 6);
}
