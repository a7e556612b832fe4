//! Which events are worth a message, and of what: from how the plan stood before and how it stood then, by typed words alone.
//!
//! What belongs here: plain functions on an event. What must not: who is told, how, and what was accepted.

use std::collections::{BTreeMap, BTreeSet};

use sixshift_core::status::Phase;

use super::{On, message::What};
use crate::{
    event::{Event, EventKind, Stand},
    journal::Called,
};

/// What an event tells a receiver who wants to hear of this, in order. `before`: how the plan stood when its phase was known
/// last. `called`: what the receiver was told that a person is needed for.
pub(super) fn of(
    event: &Event,
    before: Option<&Stand>,
    called: Option<&Called>,
    on: &BTreeSet<On>,
) -> Vec<What> {
    let mut found = Vec::new();
    match event.kind {
        EventKind::Daemon => found.push(What::Daemon),
        EventKind::Finding => found.push(What::Findings),
        _ => {}
    }
    if let Some(stand) = event.stand.as_deref() {
        found.extend(moved(stand, before));
        // One message a happening: who hears that it is taken back, or is back, hears with it whether a person is needed.
        let is_told = on.contains(&On::RolledBack)
            && (found.contains(&What::RollingBack) || found.contains(&What::RolledBack));
        match (stand.needs_person, called) {
            (Some(true), called) if !is_same(stand, called) && !is_told => {
                found.push(What::NeedsPerson);
            }
            (Some(false), Some(_)) if !is_told => found.insert(0, What::Resolved),
            _ => {}
        }
    }
    found.retain(|what| is_wanted(*what, on));
    found
}

/// Where the plan has come to.
fn moved(stand: &Stand, before: Option<&Stand>) -> Option<What> {
    stand.phase.as_ref()?;
    let was = |phase| before.is_some_and(|before| before.is_in(phase));
    let is_any = |phases: &[Phase]| phases.iter().any(|phase| stand.is_in(*phase));
    const BUILDS: &[Phase] = &[
        Phase::TargetGroup,
        Phase::TaskDefinition,
        Phase::Service,
        Phase::Warm,
    ];
    let is_fresh = before.is_none() || was(Phase::Checking) || was(Phase::RolledBack);
    if is_any(BUILDS) && is_fresh {
        return Some(What::Begun);
    }
    if stand.is_in(Phase::RollingBack) && !was(Phase::RollingBack) {
        return Some(What::RollingBack);
    }
    if stand.is_in(Phase::RolledBack) && !was(Phase::RolledBack) {
        return Some(What::RolledBack);
    }
    // Without anything before, it was done or on its way when the history began.
    let before = before?;
    if stand.is_in(Phase::Done) && !was(Phase::Done) {
        return Some(What::Done);
    }
    let has_more = is_any(&[Phase::Shift, Phase::Bake]) && stand.step > before.step;
    has_more.then_some(What::Step)
}

/// Whether the receiver was told of this very wait.
pub(super) fn is_same(stand: &Stand, called: Option<&Called>) -> bool {
    called.is_some_and(|called| {
        stand.waiting_on.as_deref() == Some(called.on.as_str()) && stand.step == called.step
    })
}

fn is_wanted(what: What, on: &BTreeSet<On>) -> bool {
    let of = match what {
        What::Begun => On::Begun,
        What::Step => On::Step,
        What::NeedsPerson | What::Resolved => On::NeedsPerson,
        What::RollingBack | What::RolledBack => On::RolledBack,
        What::Done => On::Done,
        What::Findings => On::Findings,
        What::Daemon => On::Daemon,
        What::Missed => return true,
    };
    on.contains(&of)
}

/// Whether a plan with these labels is one of those that are asked for.
pub(super) fn is_chosen(
    wanted: &BTreeMap<String, String>,
    labels: &BTreeMap<String, String>,
) -> bool {
    wanted
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn stand(phase: &str, step: Option<usize>, calls: Option<(&str, bool)>) -> Stand {
        Stand {
            phase: Some(phase.to_owned()).filter(|phase| !phase.is_empty()),
            step,
            waiting_on: calls.map(|(on, _)| on.to_owned()),
            needs_person: Some(calls.is_some_and(|(_, calls)| calls)),
            ..Stand::default()
        }
    }

    fn all() -> BTreeSet<On> {
        [
            On::Begun,
            On::Step,
            On::NeedsPerson,
            On::RolledBack,
            On::Done,
            On::Findings,
            On::Daemon,
        ]
        .into()
    }

    fn told(now: &Stand, before: Option<&Stand>, called: Option<&Called>) -> Vec<What> {
        told_of(now, before, called, &all())
    }

    fn told_of(
        now: &Stand,
        before: Option<&Stand>,
        called: Option<&Called>,
        on: &BTreeSet<On>,
    ) -> Vec<What> {
        // What it says must decide nothing.
        let event = Event {
            stand: Some(Box::new(now.clone())),
            ..Event::new(Timestamp::UNIX_EPOCH, EventKind::Phase, "…")
        };
        of(&event, before, called, on)
    }

    fn called(on: &str, step: Option<usize>) -> Called {
        Called {
            on: on.to_owned(),
            step,
            event: 1,
            since: Timestamp::UNIX_EPOCH,
            told: Timestamp::UNIX_EPOCH,
            again: 0,
        }
    }

    #[test]
    fn a_migration_is_told_from_its_beginning_to_its_end_and_nothing_twice() {
        let way = [
            (stand("Checking", None, None), vec![]),
            (stand("TargetGroup", None, None), vec![What::Begun]),
            (stand("Warm", None, None), vec![]),
            (stand("Shift", None, None), vec![]),
            (stand("Shift", Some(0), None), vec![What::Step]),
            (stand("Shift", Some(0), Some(("Hold", false))), vec![]),
            (stand("Bake", Some(1), None), vec![What::Step]),
            (stand("RollingBack", Some(1), None), vec![What::RollingBack]),
            (stand("RolledBack", None, None), vec![What::RolledBack]),
            (stand("Warm", None, None), vec![What::Begun]),
            (stand("Cold", Some(1), None), vec![]),
            (stand("Done", Some(1), None), vec![What::Done]),
            (stand("Done", Some(1), None), vec![]),
        ];
        let mut before = None;
        for (now, expected) in way {
            assert_eq!(told(&now, before.as_ref(), None), expected, "{now:?}");
            before = Some(now);
        }
    }

    #[test]
    fn what_was_there_when_the_history_began_is_no_news_but_a_rollback_is() {
        assert_eq!(told(&stand("Done", None, None), None, None), []);
        assert_eq!(told(&stand("Bake", Some(1), None), None, None), []);
        let back = told(&stand("RollingBack", Some(1), None), None, None);
        assert_eq!(back, [What::RollingBack]);
    }

    #[test]
    fn a_person_is_called_for_each_reason_once_until_it_is_over() {
        let at = |on| stand("Shift", Some(0), Some((on, true)));
        let before = at("Approval");
        let told = |now: &Stand, called| told(now, Some(&before), called);
        let approval = called("Approval", Some(0));
        assert_eq!(told(&at("Approval"), None), [What::NeedsPerson]);
        assert_eq!(told(&at("Approval"), Some(&approval)), []);
        assert_eq!(told(&at("Paused"), Some(&approval)), [What::NeedsPerson]);
        let next = called("Approval", Some(1));
        assert_eq!(told(&at("Approval"), Some(&next)), [What::NeedsPerson]);
        let over = stand("Shift", Some(0), Some(("Hold", false)));
        assert_eq!(told(&over, Some(&approval)), [What::Resolved]);
        assert_eq!(told(&over, None), []);
        let unseen = Stand {
            needs_person: None,
            phase: None,
            ..over
        };
        assert_eq!(told(&unseen, Some(&approval)), [], "nobody looked");
    }

    #[test]
    fn rolled_back_is_one_message_and_needs_a_person_for_who_wants_only_that() {
        let now = stand("RolledBack", None, Some(("RolledBack", true)));
        let before = stand("RollingBack", Some(0), None);
        assert_eq!(told(&now, Some(&before), None), [What::RolledBack]);
        let on = [On::NeedsPerson].into();
        let called = told_of(&now, Some(&before), None, &on);
        assert_eq!(called, [What::NeedsPerson]);
    }

    #[test]
    fn what_is_taken_back_waits_for_nobody_and_says_so_in_the_same_message() {
        let now = stand("RollingBack", Some(0), None);
        let before = stand("Shift", Some(0), Some(("Approval", true)));
        let approval = called("Approval", Some(0));
        let back = told(&now, Some(&before), Some(&approval));
        assert_eq!(back, [What::RollingBack]);
        let on = [On::NeedsPerson].into();
        let over = told_of(&now, Some(&before), Some(&approval), &on);
        assert_eq!(over, [What::Resolved]);
    }

    #[test]
    fn a_plan_is_chosen_by_all_of_the_labels() {
        let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pairs = pairs.iter();
            pairs
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let plan = labels(&[("team", "shop"), ("tier", "1")]);
        assert!(is_chosen(&labels(&[]), &plan));
        assert!(is_chosen(&labels(&[("team", "shop")]), &plan));
        assert!(!is_chosen(
            &labels(&[("team", "shop"), ("tier", "2")]),
            &plan
        ));
        assert!(!is_chosen(&labels(&[("team", "shop")]), &labels(&[])));
    }
}
