//! Rounds: look, decide, guard, apply; and the story that they tell.

use std::collections::BTreeSet;

use sixshift_core::{
    action::Action,
    decide::{Decision, Next, decide},
    facts::{Approval, Freeze, Gate, Order, Promotion},
    guard::guard,
    observation::Observation,
    share::Share,
    status::{Phase, Row, RungState, WaitingOn},
};

use super::*;

/// More rounds than any ladder here needs.
const MOST_ROUNDS: usize = 3_000;

/// What rounds did, a line an action or a new kind of wait.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story(pub Vec<String>);

impl Story {
    pub fn text(&self) -> String {
        self.0.join("\n")
    }

    /// The actions alone, without their phases.
    pub fn acts(&self) -> Vec<&str> {
        self.0
            .iter()
            .filter_map(|l| l.split_once(" > ").map(|(_, a)| a))
            .collect()
    }

    pub fn says(&self, part: &str) -> bool {
        self.0.iter().any(|l| l.contains(part))
    }
}

impl World {
    pub fn decide(&self) -> Decision {
        self.decide_on(&self.look())
    }

    pub fn decide_on(&self, seen: &Observation) -> Decision {
        let decision = decide(&self.plan, &self.facts, seen, self.now);
        told_in_one_row(&decision);
        decision
    }

    /// One round: acts at once, or waits until it is to look again.
    pub fn round(&mut self) -> Decision {
        let seen = self.look();
        let decision = self.decide_on(&seen);
        if let Next::Act(action) = &decision.next {
            self.guarded(&seen, action);
            let done = self.apply(action);
            if !self.is_refused_note(action, &done) {
                done.unwrap_or_else(|e| panic!("AWS refuses {action:?}: {e}"));
            }
        } else {
            let least = self.now + SignedDuration::from_secs(1);
            self.advance_to(decision.look_at.max(least));
        }
        decision
    }

    /// The guard passes what the ladder does, by a look that is as close as the action asks for and no closer.
    pub fn guarded(&self, seen: &Observation, action: &Action) {
        let asked = Observation {
            look: action.needs(),
            ..seen.clone()
        };
        let verdict = guard(&self.plan, &self.facts, &asked, action);
        assert_eq!(verdict, Ok(()), "the guard vetoes {action:?}");
    }

    /// As the daemon does: a note that AWS did not take three times in a row is told to the ladder.
    fn is_refused_note(&mut self, action: &Action, done: &Result<(), String>) -> bool {
        let Action::TagTargetGroup { tags, .. } = action else {
            return false;
        };
        if done.is_ok() {
            self.refusals = 0;
            self.facts
                .refused_notes
                .retain(|key| !tags.contains_key(key));
            return false;
        }
        self.refusals += 1;
        if self.refusals >= 3 {
            self.facts.refused_notes.extend(tags.keys().cloned());
        }
        self.advance(SignedDuration::from_secs(1));
        self.refuses_notes.is_some()
    }

    /// Rounds until a decision answers the question.
    pub fn climb_until(&mut self, done: impl Fn(&Decision) -> bool) -> Story {
        let mut story = Story::default();
        for _ in 0..MOST_ROUNDS {
            let line = tell(&self.decide());
            let decision = self.decide();
            if story.0.last() != Some(&line) {
                story.0.push(line);
            }
            if done(&decision) {
                return story;
            }
            self.round();
        }
        panic!("it never came:\n{}", story.text());
    }

    /// Rounds until it stands: done, rolled back, or with a person.
    pub fn climb(&mut self) -> Story {
        self.climb_until(|d| d.status.is_settled())
    }

    pub fn climb_to(&mut self, kind: &str) -> Story {
        self.climb_until(|d| {
            d.status
                .waiting_on
                .as_ref()
                .is_some_and(|w| w.kind() == kind)
        })
    }

    /// Rounds until the routes hold a share and the note is settled.
    pub fn climb_to_share(&mut self, percent: u16) -> Story {
        let note = (percent * 100).to_string();
        let mut story = Story::default();
        for _ in 0..MOST_ROUNDS {
            if self.share_note() == note {
                return story;
            }
            let line = tell(&self.round());
            if story.0.last() != Some(&line) {
                story.0.push(line);
            }
        }
        panic!("it never came to {percent} %:\n{}", story.text());
    }

    /// What it waits for now.
    pub fn waiting(&self) -> WaitingOn {
        match self.decide().next {
            Next::Wait(on) => on,
            other => panic!("it does not wait: {other:?}"),
        }
    }

    pub fn acting(&self) -> Action {
        match self.decide().next {
            Next::Act(action) => action,
            other => panic!("it does not act: {other:?}"),
        }
    }

    pub fn phase(&self) -> Phase {
        self.decide().status.phase
    }

    pub fn approve(&mut self, gate: Gate) {
        self.facts.approvals.push(Approval {
            gate,
            revision: self.plan.revision.clone(),
            by: "ada".to_owned(),
            at: self.now,
        });
    }

    /// A person orders it on to a share.
    pub fn promote(&mut self, percent: u16) {
        self.facts.promotion = Some(Promotion {
            to: Share::from_basis_points(percent * 100),
            order: self.order("enough was seen"),
        });
    }

    pub fn freeze(&self, reason: &str) -> Freeze {
        Freeze {
            reason: reason.to_owned(),
            at: self.now,
        }
    }

    pub fn order(&self, reason: &str) -> Order {
        Order {
            revision: self.plan.revision.clone(),
            by: "ada".to_owned(),
            reason: reason.to_owned(),
            at: self.now,
        }
    }

    /// However long one waits, nothing is done any more.
    pub fn stays(&mut self) {
        let before = self.decide();
        for _ in 0..5 {
            let next = self.round();
            assert!(
                !matches!(next.next, Next::Act(_)),
                "it stirs: {:?}",
                next.next
            );
            assert_eq!(tell(&next), tell(&before));
        }
    }
}

/// What is waited for is one of the rows of the walk, with what opens it, and no name is there twice.
fn told_in_one_row(decision: &Decision) {
    let rows = decision.status.rows();
    let names: BTreeSet<&str> = rows.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names.len(), rows.len(), "{rows:#?}");
    let Next::Wait(on) = &decision.next else {
        return;
    };
    let opens = Some(on.unblocked_by());
    let told = |row: &&Row| row.state == RungState::Closed && row.unblocked_by == opens;
    assert_eq!(rows.iter().filter(told).count(), 1, "{on:?} {rows:#?}");
}

/// `Shift > raise IPv6 to 10 % on listener l1`, `Shift . Hold`.
pub fn tell(decision: &Decision) -> String {
    let phase = decision.status.phase;
    match &decision.next {
        Next::Act(action) => format!("{phase:?} > {}", action.name()),
        Next::Wait(on) => format!("{phase:?} . {}", on.kind()),
        Next::Done => format!("{phase:?}"),
    }
}
