//! A trial from its first call to its last deletion, and one that lacks a right.

use sixshift_controller::trial::MINUTES;
use sixshift_sim::{
    Value,
    services::{Service, call},
};

use super::here::{ACCOUNT, Here};

/// Virtual seconds a second: a trial in less than a minute.
const SPEED: f64 = 60.0;
/// A cluster of somebody else's.
const THEIRS: &str = "their-payments";

#[test]
fn a_trial_comes_out_as_it_must_and_leaves_nothing_with_its_own_permissions_alone() {
    let here = Here::at(SPEED);
    here.region.with_world(|world| {
        let theirs = Value::map([("clusterName", Value::from(THEIRS))]);
        call(world, Service::Ecs, "CreateCluster", &theirs).unwrap();
    });
    let before = here.inventory();
    here.allow(|policy| policy);
    let (code, said) = here.start(&[]).ended();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("FAILED"), "{said}");
    assert!(!said.contains("not authorized"), "{said}");
    assert_eq!(here.inventory(), before, "{said}");
    assert_eq!(here.told(Service::Ecs, "ListClusters", "clusterArns"), 1);
    assert_eq!(
        here.told(Service::Ecs, "ListTaskDefinitions", "taskDefinitionArns"),
        0
    );
    assert_eq!(
        here.told(Service::CloudWatch, "DescribeAlarms", "MetricAlarms"),
        0
    );
    for stage in [
        "through: the IPv6 twin is built and gets its first customers",
        "through: an edit by hand is told, and set back by hand",
        "through: all customers are on IPv6",
        "through: the IPv4 side is retired",
        "back: the IPv6 twin is built and gets its first customers",
        "back: a bad release is taken back",
        "back: a good release begins again",
    ] {
        assert!(said.contains(stage), "{stage}: {said}");
    }
    as_long_as_told(&here, &said);
    seen_as_told(&here, &said);
    super::played::as_it_was_recorded(&here);
    tells_of_nobody(&here);
}

/// It took as long as it said before it began. Here some of the minutes are the machine's: a call's tenth of a second is six
/// of the region's.
fn as_long_as_told(here: &Here, said: &str) {
    let told = format!("It takes about {MINUTES} minutes");
    assert!(said.contains(&told), "{told}: {said}");
    let text = std::fs::read_to_string(here.file("trial.json")).unwrap();
    let recording: serde_json::Value = serde_json::from_str(&text).unwrap();
    let at =
        |member: &str| -> jiff::Timestamp { recording[member].as_str().unwrap().parse().unwrap() };
    let took = at("ended").duration_since(at("begun"));
    let minutes = took.as_secs() / 60;
    println!("a trial took {minutes} minutes of the region's");
    assert!(minutes.abs_diff(MINUTES.into()) <= 8, "{minutes}: {said}");
}

/// What the trial says of its customers is what the region counted.
fn seen_as_told(here: &Here, said: &str) {
    let traffic = here.region.with_world(|world| world.traffic());
    let seen = traffic.values().next().expect("customers asked");
    assert_eq!(traffic.len(), 1, "all come by one name");
    let line = said
        .lines()
        .find(|line| line.starts_with("Customers asked"))
        .unwrap();
    let numbers: Vec<u64> = line
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    let [asked, _, _, _, _, failed] = numbers[..] else {
        panic!("{line}");
    };
    // A few were on their way when it ended, or came before it counted.
    assert!(seen.total.abs_diff(asked) < 100, "{line}: {seen:?}");
    assert!(
        seen.failed_on_ipv6 > 0 && failed.abs_diff(seen.failed) < 100,
        "{line}: {seen:?}"
    );
}

/// Nothing in the file names the account, or what is in it.
fn tells_of_nobody(here: &Here) {
    let text = std::fs::read_to_string(here.file("trial.json")).unwrap();
    for word in [
        ACCOUNT,
        THEIRS,
        "AKIDSIMULATED",
        "elb.amazonaws.com",
        "role/",
    ] {
        assert!(!text.contains(word), "{word} is in trial.json");
    }
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let longest = text.split(|c: char| !is_hex(c)).map(str::len).max();
    // A subnet's place in its VPC's network is the longest; a revision's number is one longer.
    assert!(longest.unwrap() <= 18, "an id is in trial.json");
    for prefix in ["vpc", "subnet", "sg", "rtb", "igw", "eni"] {
        for (at, _) in text.match_indices(&format!("\"{prefix}-")) {
            let word: String = text[at + 1..].chars().take(24).collect();
            assert!(
                !word[prefix.len() + 1..].starts_with(is_hex),
                "{word} is in trial.json"
            );
        }
    }
}

#[test]
fn without_a_right_it_says_which_one_and_takes_away_what_it_made() {
    let here = Here::at(SPEED);
    let before = here.inventory();
    here.allow(|policy| {
        policy.replace(
            "elasticloadbalancing:CreateRule",
            "elasticloadbalancing:CreateRul",
        )
    });
    let (code, said) = here.start(&[]).ended();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("elasticloadbalancing:CreateRule"), "{said}");
    assert_eq!(here.inventory(), before, "{said}");
}
