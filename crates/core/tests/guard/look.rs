//! What an act rests on was read now.

use sixshift_core::{
    guard::Veto,
    observation::{Look, Topic},
};

use crate::{
    at, simple, veto,
    world::{World, build::plan},
};

const ALL: &[Topic] = &[
    Topic::TargetGroups,
    Topic::Unwell,
    Topic::Routes,
    Topic::TaskDefinitions,
    Topic::Scaling,
];

#[test]
fn no_act_rests_on_a_light_look() {
    let (world, mut seen, action) = at(simple(), "create target group");
    seen.look = Look::Light;
    assert_eq!(veto(&world, &seen, &action), Some(Veto::LightLook));
}

#[test]
fn a_close_look_serves_only_the_acts_that_rest_on_what_it_covers() {
    for (wanted, covered, missing) in [
        ("create target group", Topic::TargetGroups, Topic::Scaling),
        ("copy 1 target group", Topic::TargetGroups, Topic::Scaling),
        ("attach IPv6 at 0 %", Topic::TargetGroups, Topic::Unwell),
        ("register", Topic::TaskDefinitions, Topic::TargetGroups),
        ("set scaling", Topic::Scaling, Topic::Routes),
        ("copy scaling policy", Topic::Scaling, Topic::Routes),
    ] {
        let (world, mut seen, action) = at(World::scaled(plan(&[])), wanted);
        let look = |topic| match topic {
            Topic::TargetGroups => Look::Close(&[Topic::TargetGroups]),
            Topic::Scaling => Look::Close(&[Topic::Scaling]),
            Topic::Routes => Look::Close(&[Topic::Routes]),
            Topic::TaskDefinitions => Look::Close(&[Topic::TaskDefinitions]),
            Topic::Unwell => Look::Close(&[Topic::Unwell]),
        };
        seen.look = look(missing);
        let found = veto(&world, &seen, &action);
        assert_eq!(found, Some(Veto::LightLook), "{wanted}");
        seen.look = look(covered);
        assert_eq!(veto(&world, &seen, &action), None, "{wanted}");
    }
}

#[test]
fn what_moves_traffic_resizes_or_deletes_needs_everything_read_now() {
    for wanted in [
        "scale service checkout-ipv6 to 3",
        "let service checkout-ipv6 deploy",
        "raise IPv6 to 50 %",
        "scale service checkout to 0",
        "delete service",
        "detach",
        "delete target group",
    ] {
        let (world, mut seen, action) = at(simple(), wanted);
        seen.look = Look::Close(ALL);
        let found = veto(&world, &seen, &action);
        assert_eq!(found, Some(Veto::LightLook), "{wanted}");
    }
}
