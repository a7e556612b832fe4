//! What is kept of plans, people and events, and how it comes back.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sixshift_controller::{
    Provenance,
    event::{Event, EventKind},
    journal::{
        Answer, Bounds, Called, Durability, Error, Expect, Heard, Held, Item, Journal, Loaded,
        Page, PlanFacts, PlanText, Query, Records, Said, Save, Waits, Write,
    },
};
use sixshift_core::{
    facts::{Approval, Gate, Order, Promotion},
    plan::{Plan, Revision, parse},
    share::Share,
};

use crate::{done, keys, memory, now, open, put, under};

fn said(reason: &str) -> Said {
    Said {
        by: "anna".to_owned(),
        reason: reason.to_owned(),
        at: now(),
    }
}

fn facts() -> PlanFacts {
    let revision = Revision("0123456789ab".to_owned());
    let order = Order {
        revision: revision.clone(),
        by: "bert".to_owned(),
        reason: "errors at the till".to_owned(),
        at: now(),
    };
    PlanFacts {
        paused: Some(said("a release")),
        approvals: vec![Approval {
            gate: Gate::Step(2),
            revision,
            by: "anna".to_owned(),
            at: now(),
        }],
        abort: Some(order.clone()),
        retry: Some(order.clone()),
        promotion: Some(Promotion {
            to: Share::from_basis_points(2_500),
            order,
        }),
        adopted: Some(said("the disk was lost")),
        notes: [("sixshift:desired-before".to_owned(), "6".to_owned())].into(),
        waits: Some(Waits {
            on: "Hold".to_owned(),
            step: Some(2),
            since: now(),
        }),
        conditions: [(
            "EvidenceGood".to_owned(),
            Held {
                status: "True".to_owned(),
                since: now(),
            },
        )]
        .into(),
    }
}

fn example() -> (Plan, Provenance) {
    let file = Path::new("config/plans/full.yaml");
    let text = include_str!("../../../../config/plans/full.yaml");
    let plan = parse(file, text).unwrap().remove(0);
    let from = Provenance {
        commit: Some("c0ffee".to_owned()),
        author_date: Some(now()),
        file: file.to_owned(),
        line: plan.origin.line,
    };
    (plan, from)
}

fn event(plan: Option<&str>, text: &str) -> Event {
    let mut event = Event::new(now(), EventKind::Acted, text);
    event.plan = plan.map(str::to_owned);
    event
}

fn keep(records: &Records, save: Save) {
    let event = done(records.save(vec![save], None)).unwrap();
    assert_eq!(event, None);
}

fn numbers(records: &Records, plan: Option<&str>, page: Page) -> Vec<u64> {
    let events = done(records.events(plan, page)).unwrap();
    events.into_iter().map(|event| event.seq).collect()
}

#[test]
fn everything_saved_is_loaded_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.redb");
    let (plan, from) = example();
    {
        let records = Records::new(Arc::new(open(&path).unwrap()));
        let first = done(records.load()).unwrap();
        let new = true;
        assert_eq!(
            first,
            Loaded {
                new,
                ..Loaded::default()
            }
        );
        let text = PlanText::of(&plan, from).unwrap();
        keep(&records, Save::Plan("checkout".to_owned(), text));
        keep(
            &records,
            Save::Facts("checkout".to_owned(), Box::new(facts())),
        );
        keep(
            &records,
            Save::Facts("odd/name%".to_owned(), Box::default()),
        );
        keep(&records, Save::Fleet(Some(said("an outage"))));
        done(records.append(event(None, "started"))).unwrap();
    }
    let records = Records::new(Arc::new(open(&path).unwrap()));
    let loaded = done(records.load()).unwrap();
    assert!(!loaded.new);
    assert_eq!(loaded.frozen, Some(said("an outage")));
    assert_eq!(loaded.last_event, 1);
    assert_eq!(loaded.plans.len(), 2);
    assert_eq!(loaded.plans["checkout"].facts, Some(facts()));
    let read_again = loaded.plans["checkout"].text.as_ref().unwrap();
    assert_eq!(read_again.plan().unwrap(), plan);
    assert_eq!(read_again.revision, plan.revision);
    let odd = &loaded.plans["odd/name%"];
    assert_eq!(
        (odd.text.clone(), odd.facts.clone()),
        (None, Some(PlanFacts::default()))
    );
}

#[test]
fn the_ladder_gets_what_people_said() {
    let given = facts().facts(Some(&said("an outage")));
    assert_eq!(
        given.frozen.as_ref().map(|f| f.reason.as_str()),
        Some("an outage")
    );
    assert_eq!(given.paused.as_deref(), Some("a release"));
    assert!(given.approved(Gate::Step(2), &Revision("0123456789ab".to_owned())));
    assert_eq!((given.abort, given.retry), (facts().abort, facts().retry));
    assert_eq!(given.lacking, None);
}

#[test]
fn a_forgotten_plan_leaves_its_history_and_its_namesakes() {
    let records = Records::new(memory());
    for name in ["checkout", "checkout-2"] {
        keep(&records, Save::Facts(name.to_owned(), Box::new(facts())));
        done(records.append(event(Some(name), "moved"))).unwrap();
    }
    keep(&records, Save::Forget("checkout".to_owned()));
    keep(&records, Save::Fleet(None));
    let loaded = done(records.load()).unwrap();
    assert_eq!(loaded.plans.keys().collect::<Vec<_>>(), ["checkout-2"]);
    assert_eq!(numbers(&records, Some("checkout"), Page::default()), [1]);
}

#[test]
fn a_plan_that_this_version_does_not_take_is_told_and_the_others_load() {
    let records = Records::new(memory());
    let (plan, from) = example();
    let mut text = PlanText::of(&plan, from).unwrap();
    text.yaml = text.yaml.replace("steps:", "stairs:");
    keep(&records, Save::Plan("checkout".to_owned(), text));
    keep(
        &records,
        Save::Facts("basket".to_owned(), Box::new(facts())),
    );
    let loaded = done(records.load()).unwrap();
    assert_eq!(loaded.plans.len(), 2);
    let told = loaded.plans["checkout"].text.as_ref().unwrap().plan();
    assert_eq!(
        told.unwrap_err().to_string(),
        "cannot take the plan of config/plans/full.yaml to or from the journal; it runs when its source was read"
    );
}

#[test]
fn an_order_and_its_event_are_kept_together_or_not_at_all() {
    let journal = memory();
    let records = Records::new(Arc::clone(&journal));
    done(records.load()).unwrap();
    // Somebody else writes the same number meanwhile.
    put(
        &*journal,
        "event/00000000000000000001",
        Expect::Absent,
        "{}",
    )
    .unwrap();
    let whole = || done(journal.query(&under(""))).unwrap();
    let before = whole();
    let save = Save::Facts("checkout".to_owned(), Box::new(facts()));
    let told = event(Some("checkout"), "paused");
    let refused = done(records.save(vec![save.clone()], Some(told.clone()))).unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    assert_eq!(keys(&*journal, &under("facts/")), [""; 0]);
    assert_eq!(whole(), before);
    let versions: Vec<_> = before
        .iter()
        .map(|item| (&*item.key, item.version))
        .collect();
    assert_eq!(
        versions,
        [("event/00000000000000000001", 1), ("journal", 1)]
    );

    // It counts again, so the next one has a number of its own.
    let kept = done(records.save(vec![save], Some(told))).unwrap().unwrap();
    assert_eq!(kept.seq, 2);
    assert_eq!(keys(&*journal, &under("facts/")), ["facts/checkout"]);
}

#[test]
fn events_come_back_as_they_were_with_a_number_each() {
    let records = Records::new(memory());
    let mut sent = event(Some("checkout"), "traffic moved");
    sent.share = Some(12.5);
    sent.evidence = vec!["errorRate 0.2 %".to_owned()];
    sent.call = Some("elasticloadbalancing:ModifyListener".to_owned());
    let kept = done(records.append(sent.clone())).unwrap();
    sent.seq = 1;
    assert_eq!(kept, sent);
    let read = done(records.events(Some("checkout"), Page::default())).unwrap();
    assert_eq!(read, [sent]);
}

#[test]
fn events_page_both_ways_for_the_fleet_and_for_a_plan() {
    let records = Records::new(memory());
    for turn in 0..5 {
        for plan in [Some("a"), None, Some("a-b")] {
            done(records.append(event(plan, &format!("{turn}")))).unwrap();
        }
    }
    let page = |after, before, limit, newest_first| Page {
        after,
        before,
        limit,
        newest_first,
    };
    let fleet = |page| numbers(&records, None, page);
    assert_eq!(fleet(page(None, None, 3, true)), [15, 14, 13]);
    assert_eq!(fleet(page(None, Some(13), 3, true)), [12, 11, 10]);
    assert_eq!(fleet(page(Some(10), Some(13), 9, true)), [12, 11]);
    assert_eq!(fleet(page(None, None, 2, false)), [1, 2]);
    assert_eq!(fleet(page(Some(2), None, 2, false)), [3, 4]);
    assert_eq!(fleet(page(Some(2), Some(4), 9, false)), [3]);
    assert_eq!(fleet(page(Some(15), None, 9, false)), [0; 0]);
    assert_eq!(fleet(page(None, Some(1), 9, true)), [0; 0]);
    assert_eq!(fleet(page(Some(u64::MAX), None, 9, true)), [0; 0]);

    let of_a = |page| numbers(&records, Some("a"), page);
    assert_eq!(of_a(page(None, None, 9, false)), [1, 4, 7, 10, 13]);
    assert_eq!(of_a(page(Some(5), None, 2, false)), [7, 10]);
    assert_eq!(of_a(page(None, Some(8), 2, true)), [7, 4]);
    assert_eq!(numbers(&records, Some("b"), Page::default()), [0; 0]);
}

#[test]
fn a_busy_plans_oldest_events_go_and_not_its_neighbours() {
    let per_plan = 3;
    let journal = memory();
    let records = Records::bounded(
        Arc::clone(&journal),
        Bounds {
            per_plan,
            whole: 100,
        },
    );
    done(records.append(event(Some("quiet"), "once"))).unwrap();
    for _ in 0..10 {
        done(records.append(event(Some("busy"), "again"))).unwrap();
    }
    assert_eq!(
        numbers(&records, Some("busy"), Page::default()),
        [11, 10, 9]
    );
    assert_eq!(numbers(&records, Some("quiet"), Page::default()), [1]);
    assert_eq!(numbers(&records, None, Page::default()), [11, 10, 9, 1]);
    assert_eq!(keys(&*journal, &under("plan-event/")).len(), 4);
}

#[test]
fn the_whole_history_is_bounded_and_its_numbers_have_no_gap() {
    let bounds = Bounds {
        per_plan: 4,
        whole: 6,
    };
    let journal = memory();
    let records = Records::bounded(Arc::clone(&journal), bounds);
    for turn in 0..30 {
        let plan = [Some("a"), Some("b"), None][turn % 3];
        done(records.append(event(plan, "again"))).unwrap();
    }
    assert_eq!(
        numbers(&records, None, Page::default()),
        [30, 29, 28, 27, 26, 25]
    );
    assert_eq!(numbers(&records, Some("a"), Page::default()), [28, 25]);
    assert_eq!(keys(&*journal, &under("event/")).len(), 6);
    assert_eq!(keys(&*journal, &under("plan-event/")).len(), 4);
}

#[test]
fn a_history_that_is_longer_than_it_may_be_by_now_shrinks_step_by_step() {
    let journal = memory();
    let before = Records::new(Arc::clone(&journal));
    for _ in 0..60 {
        done(before.append(event(Some("a"), "before"))).unwrap();
    }
    let bounds = Bounds {
        per_plan: 10,
        whole: 5,
    };
    let records = Records::bounded(Arc::clone(&journal), bounds);
    let mut lengths = Vec::new();
    for _ in 0..10 {
        done(records.append(event(Some("a"), "after"))).unwrap();
        lengths.push(keys(&*journal, &under("event/")).len());
    }
    assert!(
        lengths.is_sorted_by(|before, after| before >= after),
        "{lengths:?}"
    );
    assert_eq!(lengths.last(), Some(&5));
    assert_eq!(keys(&*journal, &under("plan-event/")).len(), 5);
    assert_eq!(
        numbers(&records, Some("a"), Page::default()),
        [70, 69, 68, 67, 66]
    );
}

#[test]
fn an_item_that_is_not_what_its_key_says_is_told_with_its_key() {
    let journal = memory();
    let records = Records::new(Arc::clone(&journal));
    put(&*journal, "facts/checkout", Expect::Anything, "{\"v\":1}").unwrap();
    let refused = done(records.load()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot read facts/checkout in the journal: it is not what sixshift writes there; \
         put back a copy of the journal from a backup"
    );
    let newer = Write::put("facts/checkout", Expect::Anything, "{\"v\":9,\"item\":0}");
    done(journal.write(&[newer], Durability::Now)).unwrap();
    assert!(matches!(
        done(records.load()),
        Err(Error::NewerItem { found: 9, .. })
    ));
}

#[test]
fn old_approvals_go_before_the_record_gets_too_large() {
    let records = Records::new(memory());
    let mut many = facts();
    let one = many.approvals.remove(0);
    many.approvals = (0..500)
        .map(|step| Approval {
            gate: Gate::Step(step),
            ..one.clone()
        })
        .collect();
    keep(&records, Save::Facts("checkout".to_owned(), Box::new(many)));
    let loaded = done(records.load()).unwrap();
    let kept = loaded.plans["checkout"].facts.clone().unwrap().approvals;
    assert_eq!(kept.len(), 100);
    assert_eq!(kept[99].gate, Gate::Step(499));
}

/// Its next write has its effect and says that it had none.
#[derive(Debug)]
struct Mute {
    memory: Arc<dyn Journal>,
    is_mute: AtomicBool,
}

impl Journal for Mute {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Item>> {
        self.memory.get(key)
    }

    fn query<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Item>> {
        self.memory.query(query)
    }

    fn write<'a>(&'a self, writes: &'a [Write], durability: Durability) -> Answer<'a, ()> {
        Box::pin(async move {
            self.memory.write(writes, durability).await?;
            if self.is_mute.swap(false, Ordering::SeqCst) {
                return Err(Error::Fenced { epoch: 1 });
            }
            Ok(())
        })
    }

    fn settle(&self) -> Answer<'_, ()> {
        self.memory.settle()
    }
}

#[test]
fn what_a_receiver_heard_is_kept_and_makes_no_event_double_that_was_tried_before() {
    let journal = Arc::new(Mute {
        memory: memory(),
        is_mute: AtomicBool::new(true),
    });
    let records = Records::new(journal);
    let acted = event(Some("checkout"), "modify listener");
    done(records.append(acted.clone())).unwrap_err();
    let heard = Heard {
        up_to: 7,
        calls: [(
            "checkout".to_owned(),
            Called {
                on: "Approval".to_owned(),
                step: Some(0),
                event: 6,
                since: now(),
                told: now(),
                again: 2,
            },
        )]
        .into(),
    };
    for name in ["a/b", "gone"] {
        keep(
            &records,
            Save::Heard(name.to_owned(), Box::new(heard.clone())),
        );
    }
    keep(&records, Save::Unheard("gone".to_owned()));
    let kept = done(records.heard()).unwrap();
    assert_eq!(kept, [("a/b".to_owned(), heard)].into());
    assert_eq!(done(records.append(acted)).unwrap().seq, 1);
    assert_eq!(numbers(&records, None, Page::default()), [1]);
}
