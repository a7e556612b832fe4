//! What is made, and what the twin becomes, is what the plan says, from what is there.

use sixshift_core::{
    action::{Action, NewTwin, Side},
    guard::Veto,
    names::tag,
    observation::{Known, Observation},
};

use crate::{
    at, group, seen_mut, simple, veto,
    world::{
        World,
        build::{group_arn, plan},
    },
};

fn create(change: impl Fn(&mut NewTwin)) -> Option<Veto> {
    let (world, seen, action) = at(simple(), "create service");
    let Action::CreateService(mut twin) = action else {
        panic!()
    };
    change(&mut twin);
    veto(&world, &seen, &Action::CreateService(twin))
}

#[test]
fn a_twin_is_one_task_of_the_plans_service_into_our_target_groups() {
    type Wrong = (Veto, fn(&mut NewTwin));
    let wrong: [Wrong; 9] = [
        (Veto::NotThePlans, |t| t.from = "payments".to_owned()),
        (Veto::NotThePlans, |t| t.cluster = "test".to_owned()),
        (Veto::NotThePlans, |t| t.name = "checkout".to_owned()),
        (Veto::NotThePlans, |t| {
            t.subnets.push("subnet-ipv4".to_owned())
        }),
        (Veto::NotThePlans, |t| t.security_groups.clear()),
        (Veto::NotThePlans, |t| t.task_definition.push('1')),
        (Veto::TooLarge, |t| t.desired = 3),
        (Veto::NotOurs, |t| t.tags.clear()),
        (Veto::NotThePlans, |t| {
            for arn in t.target_groups.values_mut() {
                *arn = group_arn("other");
            }
        }),
    ];
    assert_eq!(create(|_| {}), None);
    for (index, (expected, change)) in wrong.into_iter().enumerate() {
        assert_eq!(create(change), Some(expected), "the one with index {index}");
    }
    let none = create(|t| t.target_groups.clear());
    assert_eq!(none, Some(Veto::NotThePlans));
}

#[test]
fn a_twin_is_made_once_and_from_a_definition_of_ours() {
    let (world, seen, create) = at(simple(), "create service");
    let mut there = seen.clone();
    there.twin = Known::Seen(world.ipv4.clone().unwrap());
    assert_eq!(veto(&world, &there, &create), Some(Veto::NotSeen));
    let mut theirs = seen;
    seen_mut(&mut theirs.twin_task_definition).tags.clear();
    assert_eq!(veto(&world, &theirs, &create), Some(Veto::NotOurs));
}

fn rolling() -> (World, Observation, Action) {
    let mut world = simple();
    world.climb_to_share(10);
    world.deploy_ipv4();
    at(world, "roll service")
}

#[test]
fn a_twin_is_rolled_within_its_subnets_to_the_definition_of_this_plan() {
    let (world, seen, roll) = rolling();
    let changes: [fn(&mut Action); 5] = [
        |a| {
            if let Action::RollTwin { subnets, .. } = a {
                *subnets = vec!["subnet-ipv4".to_owned()];
            }
        },
        |a| {
            if let Action::RollTwin {
                security_groups, ..
            } = a
            {
                *security_groups = vec!["sg-open".to_owned()];
            }
        },
        |a| {
            if let Action::RollTwin {
                task_definition, ..
            } = a
            {
                *task_definition = task_definition.replace("checkout-ipv6-", "checkout-");
            }
        },
        |a| {
            if let Action::RollTwin { service, .. } = a {
                *service = "checkout".to_owned();
            }
        },
        |a| {
            if let Action::RollTwin { cluster, .. } = a {
                *cluster = "test".to_owned();
            }
        },
    ];
    for change in changes {
        let mut wrong = roll.clone();
        change(&mut wrong);
        assert_ne!(wrong, roll);
        let found = veto(&world, &seen, &wrong);
        assert_eq!(found, Some(Veto::NotThePlans), "{wrong:?}");
    }
}

#[test]
fn a_twin_keeps_as_many_tasks_in_a_deployment_as_the_original() {
    let (world, seen, deploy) = at(simple(), "let service checkout-ipv6 deploy");
    let mut wrong = deploy;
    if let Action::CopyDeployment { settings, .. } = &mut wrong {
        settings["minimumHealthyPercent"] = 0.into();
    }
    assert_eq!(veto(&world, &seen, &wrong), Some(Veto::NotThePlans));
}

#[test]
fn a_definition_has_the_plans_variables_and_the_same_images() {
    let (world, seen, register) = at(simple(), "register task definition");
    let changes: [fn(&mut Action); 4] = [
        |a| {
            if let Action::RegisterTaskDefinition { from, .. } = a {
                from.push('1');
            }
        },
        |a| {
            if let Action::RegisterTaskDefinition { family, .. } = a {
                *family = "checkout".to_owned();
            }
        },
        |a| {
            if let Action::RegisterTaskDefinition { env, .. } = a {
                let all = env.entry("app".to_owned()).or_default();
                all.insert("DEBUG".to_owned(), "1".to_owned());
            }
        },
        |a| {
            if let Action::RegisterTaskDefinition { images, .. } = a {
                images.values_mut().for_each(|i| i.push_str("-old"));
            }
        },
    ];
    for change in changes {
        let mut wrong = register.clone();
        change(&mut wrong);
        let found = veto(&world, &seen, &wrong);
        assert_eq!(found, Some(Veto::NotThePlans), "{wrong:?}");
    }
}

#[test]
fn a_target_group_is_made_once_from_its_partner_and_has_its_attributes() {
    let (world, seen, create) = at(simple(), "create target group");
    let mut other = create.clone();
    if let Action::CreateTargetGroup { from, .. } = &mut other {
        *from = group_arn("other");
    }
    assert_eq!(veto(&world, &seen, &other), Some(Veto::NotThePlans));
    let mut shared = create.clone();
    if let Action::CreateTargetGroup { tags, .. } = &mut shared {
        tags.insert(tag::SHARE.to_owned(), "10000".to_owned());
    }
    assert_eq!(veto(&world, &seen, &shared), Some(Veto::UntrueNote));
    let (world, seen, mut copy) = at(simple(), "copy 1 target group attributes");
    assert_eq!(veto(&world, &seen, &create), Some(Veto::NotThePlans));
    if let Action::CopyAttributes { attributes, .. } = &mut copy {
        attributes.values_mut().for_each(|v| *v = "1".to_owned());
    }
    assert_eq!(veto(&world, &seen, &copy), Some(Veto::NotThePlans));
}

#[test]
fn the_twin_has_the_originals_policies_and_no_others() {
    let (world, seen, copy) = at(World::scaled(plan(&[])), "copy scaling policy cpu");
    let mut other = copy;
    if let Action::CopyPolicy { policy, .. } = &mut other {
        *policy = "memory".to_owned();
    }
    assert_eq!(veto(&world, &seen, &other), Some(Veto::NotThePlans));
    let of = "service/prod/checkout-ipv6".to_owned();
    let delete = |policy: &str| Action::DeletePolicy {
        of: of.clone(),
        policy: policy.to_owned(),
    };
    assert_eq!(veto(&world, &seen, &delete("cpu")), Some(Veto::NotThePlans));
    assert_eq!(veto(&world, &seen, &delete("memory")), None);
}

#[test]
fn the_twin_never_becomes_larger_than_what_it_replaces() {
    let (world, mut seen, _) = at(simple(), "scale service checkout-ipv6 to 3");
    let grow = |service: &str, side, desired| Action::ScaleService {
        cluster: "prod".to_owned(),
        service: service.to_owned(),
        side,
        desired,
    };
    let twin = grow("checkout-ipv6", Side::Ipv6, 4);
    assert_eq!(veto(&world, &seen, &twin), Some(Veto::TooLarge));
    let ipv4 = grow("checkout", Side::Ipv4, 9);
    assert_eq!(
        veto(&world, &seen, &ipv4),
        None,
        "it must be able to return"
    );
    seen_mut(&mut seen.twin).tags.clear();
    assert_eq!(veto(&world, &seen, &twin), Some(Veto::NotOurs));
}

#[test]
fn what_is_not_ours_by_its_tag_gets_nothing_of_ours() {
    let (world, mut seen, copy) = at(simple(), "copy 1 target group attributes");
    group(&mut seen, true).tags.clear();
    assert_eq!(veto(&world, &seen, &copy), Some(Veto::NotOurs));
}
