//! How old an answer may be: what a look covers is read in this round, the rest may be remembered for a while.
//!
//! What belongs here: every age, and why. What must not: any question.

use std::time::Duration;

use jiff::Timestamp;
use sixshift_core::observation::{Known, Look, Service, Topic};
use tokio::time::Instant;

use crate::{asked::Asked, batch::Since, neighbours};

/// Answers that change when somebody changes something on purpose: minutes old is good enough between decisions, which
/// read what they rest on anew.
const SLOW: Duration = Duration::from_secs(600);
/// The same while the twin stands and nothing but time is waited for.
const CALM: Duration = Duration::from_secs(3600);
/// A VPC that somebody may be mending.
const MENDED: Duration = Duration::from_secs(120);
/// Which routes there are; what they say is read in every look. While one side is alone, a new route that leads to the
/// other leads to nobody.
const FOUND: Duration = Duration::from_secs(300);
/// The same in a fleet with many load balancers, each of which is listed by itself.
const FOUND_OF_MANY: Duration = Duration::from_secs(1800);
/// So many are few.
const FEW_LOAD_BALANCERS: usize = 2;
/// Targets and tasks of a side that is alone: nobody could take over.
const ALONE: Duration = Duration::from_secs(40);
/// Answers that only a decision needs.
const RARE: Duration = Duration::from_secs(24 * 3600);
/// Those of them that cost a call each, for the decision itself: only people change them, and we forget what we change.
const EDITED: Duration = Duration::from_secs(600);
/// Targets and tasks that were not well when they were last seen. Who waits for nothing else looks closer.
const UNWELL: Duration = Duration::from_secs(60);
/// Lines are counted by the minute.
const COUNTED: Duration = Duration::from_secs(60);
/// How long after the last change of a deployment its targets and tasks are read once more.
const SETTLES: i64 = 5;

/// How old answers may be in one look.
#[derive(Clone, Copy)]
pub(super) struct Ages {
    look: Look,
    urgent: bool,
    /// When the round began: what was read since is read now.
    start: Instant,
    /// Virtual seconds per second of tokio's clock.
    rate: f64,
    /// The twin stands, and nothing but time is waited for.
    stands: bool,
    /// One of the two services could not serve.
    alone: bool,
}

impl Ages {
    pub(super) fn new(asked: Asked, rate: f64) -> Self {
        let now = Instant::now();
        let ago = Duration::try_from(asked.now.duration_since(asked.since)).unwrap_or_default();
        Self {
            look: asked.look,
            urgent: asked.urgent,
            start: now.checked_sub(ago.div_f64(rate)).unwrap_or(now),
            rate,
            stands: false,
            alone: false,
        }
    }

    /// A twin that stands may be remembered for longer, unless it stands alone.
    pub(super) fn once_seen(self, ipv4: &Known<Service>, twin: &Known<Service>) -> Self {
        let serves = |s: &Known<Service>| s.seen().is_some_and(|s| s.is_serving());
        let alone = !(twin.is_absent() || serves(ipv4) && serves(twin));
        Self {
            stands: twin.seen().is_some_and(stands),
            alone,
            ..self
        }
    }

    /// How long slow answers may be remembered.
    fn slow(self) -> Duration {
        if self.stands { CALM } else { SLOW }
    }

    /// Read in this round: services, routes that are known, metrics and alarms, in every look.
    pub(super) fn now(self) -> Since {
        Since::at(self.start).urgently(self.urgent)
    }

    pub(super) fn covers(self, topic: Topic) -> bool {
        self.look.covers(topic)
    }

    pub(super) fn target_groups(self) -> Since {
        self.unless_now(Topic::TargetGroups, self.slow())
    }

    /// Tags that hold our notes, where they are missing.
    pub(super) fn lost_notes(self) -> Since {
        self.unless_now(Topic::TargetGroups, SLOW)
    }

    pub(super) fn attributes(self) -> Since {
        self.edited(Topic::TargetGroups)
    }

    pub(super) fn load_balancers(self) -> Since {
        self.unless_now(Topic::Routes, self.slow())
    }

    /// Which routes there are.
    pub(super) fn found(self, load_balancers: usize) -> Since {
        let times = load_balancers.div_ceil(FEW_LOAD_BALANCERS).max(1);
        let age = if self.alone {
            FOUND
        } else {
            FOUND.saturating_mul(times as u32).min(FOUND_OF_MANY)
        };
        self.unless_now(Topic::Routes, age)
    }

    /// Nobody moves a subnet. Where the twin stands in them AWS has taken them, and no round waits for EC2.
    pub(super) fn subnets(self, stands: bool) -> Since {
        self.within(if stands { RARE } else { CALM })
    }

    /// Subnets with which something is wrong.
    pub(super) fn doubted_subnets(self) -> Since {
        self.within(SLOW)
    }

    /// The VPC: until the twin stands, people put right what preflight found, and watch for it to be seen.
    pub(super) fn ground(self) -> Since {
        self.within(if self.stands { CALM } else { MENDED })
    }

    /// What the service leans on: as the VPC, where it stops a plan. What only warns changes as rarely, and costs more to ask.
    pub(super) fn neighbours(self, waits: bool) -> neighbours::Ages {
        neighbours::Ages {
            mended: self.ground(),
            told: self.within(if self.stands { RARE } else { SLOW }),
            waits,
        }
    }

    /// Tags that tell who else writes a thing: they come with it and stay.
    pub(super) fn tags_of_others(self) -> Since {
        self.within(RARE)
    }

    /// Asked only until everything is made.
    pub(super) fn quotas(self) -> Since {
        self.within(SLOW)
    }

    /// Registries, of which only people and we make any: a decision reads them anew.
    pub(super) fn registries(self) -> Since {
        if self.look == Look::Full {
            return self.now();
        }
        self.within(self.slow())
    }

    pub(super) fn task_definitions(self) -> Since {
        self.edited(Topic::TaskDefinitions)
    }

    /// Bounds, and what is suspended.
    pub(super) fn scaling(self) -> Since {
        self.unless_now(Topic::Scaling, RARE)
    }

    /// Policies and scheduled actions.
    pub(super) fn scaling_parts(self) -> Since {
        self.edited(Topic::Scaling)
    }

    /// Policies that nothing drives yet.
    pub(super) fn undriven(self) -> Since {
        self.unless_now(Topic::Scaling, SLOW)
    }

    /// Targets and tasks that were not well when they were last seen.
    pub(super) fn unwell(self) -> Since {
        if self.covers(Topic::Unwell) {
            return self.now();
        }
        self.ago(UNWELL)
    }

    /// A service's targets and tasks, if they were well: read after the service last changed.
    pub(super) fn running(self, service: &Known<Service>, now: Timestamp) -> Since {
        if self.look == Look::Full {
            return self.now();
        }
        let Known::Seen(service) = service else {
            return Since::ANY;
        };
        if !stands(service) {
            return self.unwell();
        }
        let changed = service.deployments.iter().map(|d| d.updated_at).max();
        let since = changed.map_or(0, |at| now.as_second() - at.as_second() - SETTLES);
        match u64::try_from(since) {
            Ok(ago) => {
                let ago = Duration::from_secs(ago);
                self.ago(if self.alone { ago.min(ALONE) } else { ago })
            }
            Err(_) => self.unwell(),
        }
    }

    /// Lines of a log, each count of which costs, and whose tasks they are.
    pub(super) fn counted(self) -> Since {
        self.ago(COUNTED)
    }

    /// Read after a moment.
    pub(super) fn after(self, moment: Timestamp, now: Timestamp) -> Since {
        let passed = Duration::try_from(now.duration_since(moment)).unwrap_or_default();
        self.ago(passed)
    }

    fn unless_now(self, topic: Topic, age: Duration) -> Since {
        if self.covers(topic) {
            self.now()
        } else {
            self.within(age)
        }
    }

    fn edited(self, topic: Topic) -> Since {
        self.within(if self.covers(topic) { EDITED } else { RARE })
    }

    fn within(self, age: Duration) -> Since {
        Since::within(age.div_f64(self.rate), self.start).urgently(self.urgent)
    }

    fn ago(self, age: Duration) -> Since {
        let oldest = self.start.checked_sub(age.div_f64(self.rate));
        oldest.map_or(Since::ANY, Since::at)
    }
}

/// Nothing is starting, stopping or being replaced.
fn stands(service: &Service) -> bool {
    service.running == service.desired && !service.is_deploying()
}
