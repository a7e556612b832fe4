//! A rule for our own requests that would take a customer, or that is not ours, is refused.

use std::collections::BTreeMap;

use sixshift_core::{
    action::{Action, NewProbeRule},
    guard::Veto,
    names::tag,
    observation::{Look, Observation},
};

use crate::{at, seen_mut, veto, world::World};

fn making() -> (World, Observation, Action) {
    at(World::asking(vec![10]), "make rule")
}

fn with(action: &Action, change: impl Fn(&mut NewProbeRule)) -> Action {
    let mut action = action.clone();
    let Action::MakeProbeRule(rule) = &mut action else {
        panic!("{action:?}")
    };
    change(rule);
    action
}

#[test]
fn it_takes_nobody_but_us_and_leads_nowhere_else() {
    let (world, seen, action) = making();
    let says = |change: &dyn Fn(&mut NewProbeRule)| veto(&world, &seen, &with(&action, change));
    assert_eq!(says(&|r| r.value.clear()), Some(Veto::TouchesOthers));
    assert_eq!(
        says(&|r| "1".clone_into(&mut r.value)),
        Some(Veto::TouchesOthers)
    );
    assert_eq!(says(&|r| r.tags.clear()), Some(Veto::NotOurs));
    let ipv4 = crate::group_arn("checkout");
    assert_eq!(
        says(&|r| r.group.clone_from(&ipv4)),
        Some(Veto::NotThePlans)
    );
    assert_eq!(says(&|r| r.listener.push('x')), Some(Veto::NotThePlans));
    assert_eq!(
        says(&|r| r.priority = 5),
        Some(Veto::TouchesOthers),
        "rule 10 comes between"
    );
    for priority in [0, 50_001] {
        assert_eq!(says(&|r| r.priority = priority), Some(Veto::TouchesOthers));
    }
    let other = vec![("path".to_owned(), vec!["/a".to_owned()])];
    assert_eq!(
        says(&|r| r.expects.clone_from(&other)),
        Some(Veto::StaleRoute)
    );
}

#[test]
fn nobody_passes_by_a_sign_in() {
    let (world, mut seen, action) = making();
    let actions = ["authenticate-oidc", "forward"].map(str::to_owned);
    seen_mut(&mut seen.routes)[0].actions = actions.to_vec();
    assert_eq!(veto(&world, &seen, &action), Some(Veto::TouchesOthers));
}

#[test]
fn it_is_made_once_by_a_plan_that_asks_on_what_was_read_now() {
    let (mut world, mut seen, action) = making();
    seen.look = Look::Light;
    assert_eq!(veto(&world, &seen, &action), Some(Veto::LightLook));
    seen.look = Look::Full;
    world.plan.probe = None;
    assert_eq!(veto(&world, &seen, &action), Some(Veto::NotThePlans));
}

#[test]
fn only_a_rule_of_ours_is_taken_away() {
    let (mut world, ..) = making();
    world.round();
    let mut seen = world.look();
    let rule = seen_mut(&mut seen.probing).rules[0].clone();
    let drop = |arn: &str| Action::DropProbeRule {
        rule: arn.to_owned(),
        priority: rule.priority,
        value: world.plan.uid.0.clone(),
    };
    assert_eq!(veto(&world, &seen, &drop(&rule.arn)), None);
    assert_eq!(
        veto(&world, &seen, &drop("another")),
        Some(Veto::NotThePlans)
    );
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    tags.insert(tag::PLAN.to_owned(), "another".to_owned());
    seen_mut(&mut seen.probing).rules[0].tags = tags.into();
    assert_eq!(veto(&world, &seen, &drop(&rule.arn)), Some(Veto::NotOurs));
}
