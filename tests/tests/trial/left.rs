//! What interrupted trials leave, and what becomes of it.

use std::time::Duration;

use jiff::SignedDuration;
use sixshift_sim::{
    Value,
    services::{Service, call},
};

use super::here::Here;

const SPEED: f64 = 60.0;

#[test]
fn one_that_is_interrupted_takes_away_what_it_made() {
    let here = Here::at(SPEED);
    let before = here.inventory();
    let under = here.start(&[]);
    under.until("register task definition");
    under.interrupt();
    let (code, said) = under.ended();
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("Nothing is left of it"), "{said}");
    assert_eq!(here.inventory(), before, "{said}");
}

#[test]
fn what_a_killed_one_left_is_found_by_its_tag_and_deleted_by_whoever_says_so_or_when_it_expired() {
    let here = Here::at(SPEED);
    let before = here.inventory();
    let under = here.start(&[]);
    under.until("and gets its first customers");
    under.until("register task definition");
    under.kill();
    let left = here.inventory();
    assert_ne!(left, before);
    // Nobody has said for longer than that counts that it is under way.
    here.region.advance(Duration::from_secs(11 * 60));

    let asked = here.trial(&["--clean"]);
    let said = String::from_utf8_lossy(&asked.stderr).into_owned();
    assert_eq!(asked.status.code(), Some(1), "{said}");
    assert!(said.contains("--yes"), "{said}");
    assert_eq!(here.inventory(), left);

    here.region.advance(Duration::from_secs(4 * 3_600));
    let cleaned = here.trial(&["--clean"]);
    let said = String::from_utf8_lossy(&cleaned.stdout).into_owned();
    assert_eq!(cleaned.status.code(), Some(0), "{said}");
    assert_eq!(here.inventory(), before, "{said}");
    let again = here.trial(&["--clean"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("left nothing"));
}

#[test]
fn one_that_somebody_drives_is_left_and_told_with_whose_it_is_unless_it_is_meant_too() {
    let here = Here::at(40.0);
    let before = here.inventory();
    let under = here.start(&[]);
    under.until("a VPC with four subnets");
    let clean = |more: &[&str]| {
        let cleaned = here.trial(&[&["--clean", "--yes"], more].concat());
        let said = String::from_utf8_lossy(&cleaned.stdout).into_owned();
        assert_eq!(cleaned.status.code(), Some(0), "{said}");
        said
    };
    let is_left = || {
        let there = here.inventory();
        let said = clean(&[]);
        for words in ["under way, driven by jane@", "--running takes it"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        for (what, count) in &there {
            assert!(here.inventory()[what] >= *count, "{what}: {said}");
        }
    };
    is_left();
    under.until("gets its first customers");
    is_left();
    // Whoever begins another one is told, too.
    let other = here.start(&["--report", "other.json"]);
    other.until("is under way here, too: jane@");
    other.interrupt();
    assert_eq!(other.ended().0, Some(130));
    // For longer than what was written counts when it was made.
    let begun = here.region.clock().now;
    while here.region.clock().now < begun + SignedDuration::from_mins(10) {
        std::thread::sleep(Duration::from_millis(200));
    }
    is_left();
    let said = clean(&["--running"]);
    assert!(said.contains("Nothing is left of it"), "{said}");
    let (code, said) = under.ended();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(here.inventory(), before, "{said}");
}

#[test]
fn one_that_is_to_stay_stays_and_says_how_it_goes() {
    let here = Here::at(SPEED);
    let before = here.inventory();
    let under = here.start(&["--keep"]);
    under.until("the services answer");
    under.interrupt();
    let (code, said) = under.ended();
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("sixshift trial --region eu-central-1 --clean"),
        "{said}"
    );
    assert_ne!(here.inventory(), before);
    let cleaned = here.trial(&["--clean", "--yes"]);
    assert_eq!(cleaned.status.code(), Some(0));
    assert_eq!(here.inventory(), before);
}

#[test]
fn one_whose_service_somebody_deletes_says_so_and_takes_away_the_rest() {
    let here = Here::at(SPEED);
    let before = here.inventory();
    let under = here.start(&[]);
    under.until("register task definition");
    here.region.with_world(|world| {
        let found = world.ecs.services.values().next().unwrap();
        let (cluster, name) = (found.cluster.clone(), found.name.clone());
        let asked = Value::map([
            ("cluster", Value::from(cluster)),
            ("service", name.into()),
            ("force", true.into()),
        ]);
        call(world, Service::Ecs, "DeleteService", &asked).unwrap();
    });
    let (code, said) = under.ended();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("FAILED"), "{said}");
    assert_eq!(here.inventory(), before, "{said}");
}

#[test]
fn what_has_a_trials_name_and_not_its_tag_is_left_alone() {
    let here = Here::at(SPEED);
    here.region.with_world(|world| {
        let name = "sixshift-trial-theirs";
        let cluster = Value::map([("clusterName", Value::from(name))]);
        call(world, Service::Ecs, "CreateCluster", &cluster).unwrap();
        let vpc = Value::map([("CidrBlock", Value::from("10.66.0.0/24"))]);
        let vpc = call(world, Service::Ec2, "CreateVpc", &vpc).unwrap();
        let group = Value::map([
            ("Name", Value::from(name)),
            ("Protocol", "HTTP".into()),
            ("Port", 80_i64.into()),
            ("TargetType", "ip".into()),
            ("VpcId", vpc.get("vpc").get("vpcId").clone()),
        ]);
        call(world, Service::Elbv2, "CreateTargetGroup", &group).unwrap();
    });
    let before = here.inventory();
    let cleaned = here.trial(&["--clean", "--yes"]);
    let said = String::from_utf8_lossy(&cleaned.stdout).into_owned();
    assert_eq!(cleaned.status.code(), Some(0), "{said}");
    assert!(said.contains("left nothing"), "{said}");
    assert_eq!(here.inventory(), before);
    assert_eq!(here.told(Service::Ecs, "ListClusters", "clusterArns"), 1);
}
