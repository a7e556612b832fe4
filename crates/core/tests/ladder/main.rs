//! The ladder from the first rung to the last, one story that reads like a run book.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../world/mod.rs"]
mod world;

mod blame;
mod evidence;
mod footing;
mod foreseen;
mod gates;
mod in_place;
mod judgement;
mod late;
mod names;
mod of_tasks;
mod people;
mod pinned;
mod probe;
mod promote;
mod property;
mod retire;
mod rollback;
mod routes;
mod tasks;
mod walk;
mod webhook;

use world::{World, build::plan};

#[test]
fn a_healthy_service_climbs_every_rung_and_then_nothing_changes() {
    let mut world = World::scaled(plan(&[]));
    let story = world.climb();
    insta::assert_snapshot!(story.text(), @r#"
    TargetGroup > create target group checkout-bbe9f41a8a-v6
    TargetGroup > copy 1 target group attributes
    TargetGroup > attach IPv6 at 0 % on listener l1
    TaskDefinition > register task definition checkout-ipv6-bbe9f41a8a
    Service > create service checkout-ipv6
    Service > note how IPv4 scaled before (nothing suspended)
    Service > set scaling of service/prod/checkout: scale-in suspended
    Service > set scaling of service/prod/checkout-ipv6 to 1–9, scale-in suspended
    Service > copy scaling policy cpu
    Service > copy scheduled action night
    Warm . TasksStarting
    Warm . TargetsUnhealthy
    Warm . CanaryProof
    Warm > scale service checkout-ipv6 to 3
    Service > set scaling of service/prod/checkout-ipv6 to 2–9, scale-in suspended
    Warm . TasksStarting
    Warm . TargetsUnhealthy
    Warm > let service checkout-ipv6 deploy as the original does
    Shift > note IPv6 on its way from 0 % to 10 %
    Shift > raise IPv6 to 10 % on listener l1
    Shift > note IPv6 at 10 %
    Shift . Hold
    Shift > note IPv6 on its way from 10 % to 50 %
    Shift > raise IPv6 to 50 % on listener l1
    Shift > note IPv6 at 50 %
    Shift . Hold
    Shift > note IPv6 on its way from 50 % to 100 %
    Shift > raise IPv6 to 100 % on listener l1
    Shift > note IPv6 at 100 %
    Bake . Bake
    Cold > set scaling of service/prod/checkout-ipv6: as it was
    Cold > note how large IPv4 was before (3 tasks)
    Cold > set scaling of service/prod/checkout: suspended
    Cold > scale service checkout to 0
    Cold . TasksStopping
    Cold > note that IPv4 is cold
    Cold . Cold
    Retire > delete service checkout
    Retire > delete scaling of service/prod/checkout
    Retire . Deletion
    Retire > detach IPv4 on listener l1
    Retire > delete target group checkout
    Done
    "#);
    world.stays();
}
