//! A trial that cannot begin, and one whose AWS fails it on the way: what is made then, what is said, what is left.

use std::{
    thread,
    time::{Duration, Instant},
};

use sixshift_sim::faults::{Fault, Wrong};

use super::here::Here;

const SPEED: f64 = 60.0;

#[test]
fn one_that_may_not_ask_says_why_makes_nothing_and_waits_for_nothing() {
    let here = Here::at(SPEED);
    let before = here.inventory();
    for (calls, code, says) in [
        (
            "*",
            "UnrecognizedClientException",
            "sixshift's credentials need to be valid",
        ),
        (
            "ecs:ListClusters",
            "AccessDeniedException",
            "sixshift's role needs this permission",
        ),
    ] {
        here.region.clear_faults();
        let refused = Fault::next(calls, Wrong::refused(code), 1_000);
        here.region.inject(refused);
        let (exit, said) = here.start(&[]).ended();
        assert_eq!(exit, Some(1), "{said}");
        assert!(said.contains(code) && said.contains(says), "{said}");
        assert!(said.contains("Nothing was made"), "{said}");
        for word in [
            "looks again",
            "Customers asked",
            "0 of 0 calls",
            "is deleted;",
        ] {
            assert!(!said.contains(word), "{word}: {said}");
        }
        assert_eq!(here.inventory(), before);
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_made() {
    let here = Here::at(SPEED);
    let before = here.inventory();
    let (exit, said) = here
        .start(&["--report", "no-such-folder/trial.json"])
        .ended();
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("no-such-folder/trial.json"), "{said}");
    assert!(!said.contains("making two services"), "{said}");
    assert_eq!(here.inventory(), before);
    assert!(!here.file("trial.json").exists());
}

#[test]
fn an_answer_that_is_lost_while_it_makes_its_network_leaves_no_hole_in_it() {
    for call in ["ec2:CreateVpc", "ec2:CreateSubnet", "ec2:CreateRoute"] {
        let here = Here::at(SPEED);
        let before = here.inventory();
        here.region.inject(Fault::next(call, Wrong::LostReply, 1));
        let under = here.start(&[]);
        under.until("a daemon reads their plans");
        let made = here.inventory();
        assert_eq!(made["subnets"], before["subnets"] + 4, "{call}");
        under.interrupt();
        let (exit, said) = under.ended();
        assert_eq!(exit, Some(130), "{said}");
        assert_eq!(here.inventory(), before, "{said}");
    }
}

#[test]
fn what_reads_do_not_show_yet_when_somebody_stops_it_is_not_left() {
    let here = Here::at(10.0);
    let before = here.inventory();
    // As long as AWS may take until a list has what was just made.
    here.region.set_lag(9.0);
    let under = here.start(&[]);
    under.until("a VPC with four subnets");
    let since = Instant::now();
    while here.inventory() == before {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "{}",
            under.said()
        );
        thread::sleep(Duration::from_millis(1));
    }
    under.interrupt();
    let (exit, said) = under.ended();
    assert_eq!(exit, Some(130), "{said}");
    assert_eq!(here.inventory(), before, "{said}");
}

#[test]
fn one_that_is_stopped_before_it_makes_anything_says_so_however_early() {
    let here = Here::at(SPEED);
    let before = here.inventory();
    // Its first call to AWS takes longer than anybody waits.
    here.region
        .inject(Fault::next("*", Wrong::Delay(600.0), 1_000));
    let under = here.start(&[]);
    under.until("It takes about");
    under.interrupt();
    let (exit, said) = under.ended();
    assert_eq!(exit, Some(130), "{said}");
    assert!(said.contains("Nothing was made."), "{said}");
    assert_eq!(here.inventory(), before);
    let cleaning = here.start(&["--clean"]);
    thread::sleep(Duration::from_secs(1));
    cleaning.interrupt();
    let (exit, said) = cleaning.ended();
    assert_eq!(exit, Some(130), "{said}");
    assert!(said.contains("Nothing was deleted."), "{said}");
}
