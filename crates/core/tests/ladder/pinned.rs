//! Cookies that hold clients on a twin, and what becomes of them where it is lost.

use sixshift_core::{action::Side, plan::OnBad};

use crate::world::{World, build::plan};

fn sticky(seconds: u32) -> World {
    let mut world = World::new(plan(&[]));
    world.ways[0].forward.stickiness = Some(seconds);
    world.climb_to_share(10);
    world
}

fn names(world: &World) -> Vec<&str> {
    let groups = world.ways[0].forward.groups.iter();
    groups.filter_map(|g| g.arn.split('/').nth(1)).collect()
}

#[test]
fn cookies_do_not_hold_clients_on_a_twin_that_was_lost() {
    let mut world = sticky(86_400);
    world.twin = None;
    let story = world.climb_to("RolledBack");
    assert!(
        story.says("let go the clients of the lost twin"),
        "{}",
        story.text()
    );
    assert_eq!(names(&world), ["checkout"]);
    assert_eq!(world.ways[0].forward.stickiness, Some(86_400));
    world.stays();
    world.facts.retry = Some(world.order("the twin may be made again"));
    world.climb_to_share(10);
    assert_eq!(names(&world).len(), 2);
}

#[test]
fn a_twin_that_fails_keeps_the_clients_whose_cookie_holds_them_until_it_runs_out() {
    let mut world = sticky(900);
    world.on_ipv6.errors = 0.3;
    world.climb_to("RolledBack");
    assert_eq!(world.twin.as_ref().unwrap().desired, 0);
    assert_eq!(names(&world).len(), 2);
}

#[test]
fn where_the_plan_holds_the_route_names_a_lost_twin_again_once_it_has_tasks() {
    let mut world = sticky(86_400);
    world.plan.health.on_bad = OnBad::Hold;
    world.scale(Side::Ipv6, 0).unwrap();
    world.climb_to("Emptied");
    assert_eq!(names(&world), ["checkout"]);
    world.stays();
    world.scale(Side::Ipv6, 3).unwrap();
    world.climb_to_share(10);
    assert_eq!(world.share_note(), "1000");
}
