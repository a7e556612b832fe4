//! People are heard: pauses, freezes, approvals; and the lease.

use sixshift_core::{
    action::Action,
    facts::{Facts, Gate, Lack},
    guard::Veto,
    observation::Observation,
};

use crate::{
    at, simple, veto,
    world::{World, build::plan},
};

/// What goes forward, each at its moment.
const FORWARD: &[&str] = &[
    "note IPv6 on its way from 10 % to 50 %",
    "raise IPv6 to 50 %",
    "scale service checkout to 0",
    "delete service",
    "detach IPv4",
    "delete target group",
];

fn returning() -> (World, Observation, Action) {
    let mut world = simple();
    world.climb_to_share(50);
    world.facts.abort = Some(world.order("back"));
    at(world, "return traffic")
}

fn lease() -> Lack {
    Lack::Lease {
        why: "somebody else holds it".to_owned(),
    }
}

#[test]
fn nothing_goes_forward_while_a_person_stopped_it_and_everything_comes_back() {
    let stops: [fn(&mut World); 3] = [
        |w| w.facts.paused = Some("lunch".to_owned()),
        |w| w.facts.frozen = Some(w.freeze("release")),
        |w| w.plan.paused = true,
    ];
    for stop in stops {
        for wanted in FORWARD {
            let (mut world, seen, action) = at(simple(), wanted);
            stop(&mut world);
            let found = veto(&world, &seen, &action);
            assert_eq!(found, Some(Veto::Stopped), "{wanted}");
        }
        let (mut world, seen, action) = returning();
        stop(&mut world);
        assert_eq!(veto(&world, &seen, &action), None);
    }
}

#[test]
fn without_the_lease_nothing_is_done_at_all() {
    let (mut world, seen, action) = returning();
    world.facts.lacking = Some(lease());
    assert_eq!(veto(&world, &seen, &action), Some(Veto::NoFooting));
    let (mut world, seen, action) = at(simple(), "create target group");
    world.facts.lacking = Some(lease());
    assert_eq!(veto(&world, &seen, &action), Some(Veto::NoFooting));
}

#[test]
fn without_other_footing_no_step_is_begun_and_nothing_ended() {
    for lack in [
        Lack::FirstLook,
        Lack::Source,
        Lack::Record,
        Lack::Journal {
            why: "No space left on device".to_owned(),
        },
        Lack::Plan { commit: None },
    ] {
        for wanted in FORWARD.iter().filter(|w| !w.starts_with("raise")) {
            let (mut world, seen, action) = at(simple(), wanted);
            world.facts.lacking = Some(lack.clone());
            let found = veto(&world, &seen, &action);
            assert_eq!(found, Some(Veto::NoFooting), "{wanted}");
        }
        let (mut world, seen, action) = returning();
        world.facts.lacking = Some(lack);
        assert_eq!(veto(&world, &seen, &action), None);
    }
}

const ENDS: &[&str] = &[
    "delete scaling",
    "delete service",
    "detach IPv4",
    "delete target group",
];

#[test]
fn nothing_is_deleted_that_nobody_approved_for_this_revision() {
    for wanted in ENDS {
        let (mut world, seen, action) = at(World::scaled(plan(&[])), wanted);
        let revision = world.plan.revision.clone();
        world.plan = plan(&[("approval: none, ", "")]);
        let found = veto(&world, &seen, &action);
        assert_eq!(found, Some(Veto::NotApproved), "{wanted}");
        world.approve(Gate::Step(0));
        world.approve(Gate::Retire);
        assert_eq!(veto(&world, &seen, &action), None, "{wanted}");
        world.facts.approvals[1].revision = revision;
        let found = veto(&world, &seen, &action);
        assert_eq!(found, Some(Veto::NotApproved), "{wanted}");
        world.facts = Facts::default();
        assert_eq!(veto(&world, &seen, &action), Some(Veto::NotApproved));
    }
}

#[test]
fn nothing_is_deleted_that_the_plan_keeps() {
    for wanted in ENDS {
        let kept = if wanted.contains("service") || wanted.contains("scaling") {
            "[]"
        } else {
            "[service]"
        };
        let (mut world, seen, action) = at(World::scaled(plan(&[])), wanted);
        world.plan = plan(&[("[service, targetGroup]", kept)]);
        let found = veto(&world, &seen, &action);
        assert_eq!(found, Some(Veto::NotThePlans), "{wanted}");
    }
}
