//! A listener of a Network Load Balancer: whom a call would lead where is read from AWS's shapes, whatever it says of itself.

use sixshift_core::{
    action::{Action, Intent, Spell},
    guard::Veto,
    names::tag,
    observation::{Families, FamilyRule, Few, Forward, Known, Observation, Setting, Tags},
    plan::{Step, StepGate, Way},
    share::Share,
    way,
};

use crate::{at, group, healthy, note, seen_mut, simple, veto, world::World};

fn step(weight: Share) -> Step {
    Step {
        weight,
        hold: std::time::Duration::from_secs(600),
        gate: StepGate::Auto,
    }
}

/// The moment before the first step, behind such a listener; `first`, `spare` and `default` lead to the IPv6 group where they say so.
fn listener(first: bool, spare: bool, default: bool, said: &str) -> (World, Observation) {
    let (mut world, mut seen, _) = at(simple(), "raise IPv6 to 10 %");
    world.plan.shift.way = Way::Families;
    world.plan.shift.steps = vec![step(Share::CLIENTS), step(Share::ALL)];
    note(&mut seen, tag::SHARE, said);
    let (ipv4, ipv6) = (
        group(&mut seen, false).arn.clone(),
        group(&mut seen, true).arn.clone(),
    );
    let to = |is_ipv6: bool| Forward::to(if is_ipv6 { &ipv6 } else { &ipv4 });
    let rule = |arn: &str, priority, is_ipv6| FamilyRule {
        arn: arn.to_owned(),
        priority,
        clients: Some("ipv6".to_owned()),
        forward: to(is_ipv6),
        fingerprint: arn.to_owned(),
    };
    let families = Families {
        ipv4: ipv4.clone(),
        ipv6: Some(ipv6.clone()),
        default: to(default),
        rules: vec![rule("first", 100, first), rule("spare", 200, spare)],
    };
    let route = &mut seen_mut(&mut seen.routes)[0];
    route.forward = way::read_families(&families);
    route.setting = Setting::Families(families);
    let ours = [(tag::PLAN.to_owned(), world.plan.uid.0.clone())];
    let tags = ["first", "spare"].map(|arn| {
        (
            arn.to_owned(),
            std::collections::BTreeMap::from(ours.clone()).into(),
        )
    });
    seen.route_tags = Known::Seen(tags.into_iter().collect());
    (world, seen)
}

/// The next call towards a share.
fn towards(seen: &Observation, share: Share) -> Action {
    let route = &seen.routes.seen().unwrap()[0];
    let pair = &seen.pairs.seen().unwrap()[0];
    let ipv6 = &pair.ipv6.seen().unwrap().arn;
    let wanted = way::split::split(&route.forward, &pair.ipv4_arn, ipv6, share);
    Action::set_forward(route, wanted, Intent::Raise(share))
}

fn with(action: &Action, change: impl Fn(&mut Spell, &mut Forward)) -> Action {
    let mut action = action.clone();
    let Action::SetForward { spell, forward, .. } = &mut action else {
        panic!("{action:?}")
    };
    change(spell, forward);
    action
}

#[test]
fn ipv6_clients_are_led_by_our_rule_and_no_other() {
    let (world, mut seen) = listener(false, true, false, "0/1");
    let lead = towards(&seen, Share::CLIENTS);
    assert_eq!(veto(&world, &seen, &lead), None);
    seen.route_tags = Known::Seen(Few::from([("first".to_owned(), Tags::default())]));
    assert_eq!(veto(&world, &seen, &lead), Some(Veto::NotOurs));
    seen.route_tags = Known::not_asked();
    assert_eq!(veto(&world, &seen, &lead), Some(Veto::NotSeen));
}

#[test]
fn a_rule_that_was_changed_meanwhile_is_not_written() {
    let (world, mut seen) = listener(false, true, false, "0/1");
    let lead = towards(&seen, Share::CLIENTS);
    let route = &mut seen_mut(&mut seen.routes)[0];
    let Setting::Families(families) = &mut route.setting else {
        panic!()
    };
    families.rules[0].fingerprint = "another".to_owned();
    assert_eq!(veto(&world, &seen, &lead), Some(Veto::StaleRoute));
}

#[test]
fn a_call_that_leads_others_than_its_weights_say_is_refused() {
    let (world, seen) = listener(false, true, false, "0/1");
    let lead = towards(&seen, Share::CLIENTS);
    let ipv6 = seen.pairs.seen().unwrap()[0]
        .ipv6
        .seen()
        .unwrap()
        .arn
        .clone();
    let all = with(&lead, |spell, _| {
        *spell = Spell::Default {
            group: ipv6.clone(),
        }
    });
    assert!(matches!(
        veto(&world, &seen, &all),
        Some(Veto::StaleRoute | Veto::UntrueNote)
    ));
    let others = with(&lead, |spell, _| {
        *spell = Spell::LeadRule {
            rule: "first".to_owned(),
            group: "others".to_owned(),
        }
    });
    assert!(matches!(
        veto(&world, &seen, &others),
        Some(Veto::TouchesOthers | Veto::UntrueNote)
    ));
    let by_weights = with(&lead, |spell, _| *spell = Spell::Forward);
    assert!(veto(&world, &seen, &by_weights).is_some());
}

#[test]
fn a_new_rule_stands_behind_every_other() {
    let (world, seen) = listener(false, true, false, "0");
    let lead = towards(&seen, Share::CLIENTS);
    let ipv6 = seen.pairs.seen().unwrap()[0]
        .ipv6
        .seen()
        .unwrap()
        .arn
        .clone();
    let route = &seen.routes.seen().unwrap()[0];
    let before = with(&lead, |spell, _| {
        *spell = Spell::MakeRule {
            priority: 50,
            group: ipv6.clone(),
        }
    });
    let Action::SetForward { expects, .. } = &before else {
        panic!()
    };
    assert_ne!(*expects, route.fingerprint);
    let mut before = before;
    if let Action::SetForward { expects, .. } = &mut before {
        expects.clone_from(&route.fingerprint);
    }
    assert_eq!(veto(&world, &seen, &before), Some(Veto::TouchesOthers));
}

#[test]
fn all_clients_move_only_after_ipv6_clients_did_and_with_the_way_back_named() {
    let (world, seen) = listener(true, false, false, "1/10000");
    let all = towards(&seen, Share::ALL);
    assert_eq!(veto(&world, &seen, &all), None);
    let (world, seen) = listener(true, false, false, "1");
    assert_eq!(veto(&world, &seen, &all), None, "the next step");
    let (early, seen) = listener(true, false, false, "0/1");
    assert_eq!(veto(&early, &seen, &all), Some(Veto::TooFar));
    // Nothing would name the IPv4 group, and nobody check it.
    let (_, unnamed) = listener(true, true, false, "1/10000");
    assert_eq!(veto(&world, &unnamed, &all), Some(Veto::NobodyElse));
    let blind = with(&all, |_, forward| forward.groups.retain(|g| g.weight > 0));
    assert_eq!(veto(&world, &unnamed, &blind), Some(Veto::StillServing));
}

#[test]
fn whoever_takes_a_family_takes_it_with_all_its_strength() {
    let (world, mut seen) = listener(false, true, false, "0/1");
    let lead = towards(&seen, Share::CLIENTS);
    healthy(&mut seen, true, 2);
    assert_eq!(veto(&world, &seen, &lead), Some(Veto::UnprovenGround));
}
