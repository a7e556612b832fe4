//! What happens to a trial's service, and what must come of it.
//!
//! What belongs here: the stages in order, how long each may take. What must not: a judgement of the migration's own: it is
//! read from its status, as people read it.

use std::cell::RefCell;

use jiff::SignedDuration;
use sixshift_aws::{
    Error, Hands, Retry,
    trial::{Plot, Release, Run, Site},
};
use sixshift_core::{
    plan::{self, Plan},
    share::Share,
    status::{Phase, Status, WaitingOn, duration},
};
use tokio::sync::oneshot;

use super::told::{self, Book};
use crate::{
    Clock, Fleet, Goal, Inbox,
    command::{Order, Verb},
};

/// The name of a trial's plan.
const PLAN: &str = "trial";
/// The share that IPv6 has while people do things.
const SHARE: &str = "25%";
/// How often a status is looked at.
const LOOK: SignedDuration = SignedDuration::from_secs(3);
/// How long the twin may take until its first customers; the first step again after a rollback.
const BUILT: SignedDuration = SignedDuration::from_mins(30);
/// How long a bad release may take until all customers are back: it is rolled out first, and CloudWatch is late.
const ROLLED_BACK: SignedDuration = SignedDuration::from_mins(25);
/// How long an edit may take until it is told, and until it is forgotten.
const TOLD: SignedDuration = SignedDuration::from_mins(6);
/// How long the way from the first share to all may take.
const ALL: SignedDuration = SignedDuration::from_mins(25);
/// How long bake, cold and retirement may take.
const RETIRED: SignedDuration = SignedDuration::from_mins(40);

/// A service, and who does what with it.
pub(super) struct Story<'a> {
    pub(super) hands: &'a Hands,
    pub(super) clock: &'a Clock,
    pub(super) plot: &'a Plot,
    pub(super) run: &'a Run,
    pub(super) site: &'a Site,
    pub(super) region: &'a str,
}

impl Story<'_> {
    /// Tells it from beginning to end.
    ///
    /// # Errors
    /// What did not come out as it must, as a sentence.
    pub(super) async fn tell(&self, book: &mut Book<'_>) -> Result<(), String> {
        let plan = self.plan()?;
        let fleet = Fleet::standalone(self.hands.clone(), self.clock.clone(), vec![plan]).await;
        let fleet = fleet.map_err(|e| told::error(&e))?;
        let (over, is_over) = oneshot::channel::<()>();
        let mut inbox = Inbox::default();
        let book = RefCell::new(book);
        let stop = async {
            let _ = is_over.await;
        };
        let rounds = fleet.run(Goal::default(), &mut inbox, stop, |round| {
            if let Ok(book) = book.try_borrow() {
                book.round(round);
            }
        });
        let stages = async {
            let told = self.stages(&fleet, &book).await;
            // The fleet may have ended by itself; then nobody hears that.
            let _ = over.send(());
            told
        };
        let (_, told) = tokio::join!(rounds, stages);
        told
    }

    async fn stages(&self, fleet: &Fleet, book: &RefCell<&mut Book<'_>>) -> Result<(), String> {
        let begin = |name| book.borrow_mut().begin(name);
        let at_share =
            |status: &Status| status.phase == Phase::Shift && observed(status) >= share();
        begin("the IPv6 twin is built and gets its first customers");
        self.until(fleet, BUILT, at_share).await?;

        begin("a bad release is taken back");
        self.done(self.plot.release(self.run, Release::Bad)).await?;
        let is_back = |status: &Status| status.phase == Phase::RolledBack;
        self.until(fleet, ROLLED_BACK, is_back).await?;

        begin("a good release begins again");
        self.done(self.plot.release(self.run, Release::Good))
            .await?;
        self.order(fleet, Verb::Retry).await?;
        self.until(fleet, BUILT, at_share).await?;

        begin("an edit by hand is told, and set back by hand");
        let before = self.done(self.plot.weights(self.site)).await?;
        self.done(self.plot.weigh(self.site, &led_back(self.site, &before)))
            .await?;
        let is_told =
            |status: &Status| matches!(status.waiting_on, Some(WaitingOn::OutsideEdit { .. }));
        self.until(fleet, TOLD, is_told).await?;
        self.done(self.plot.weigh(self.site, &before)).await?;
        self.until(fleet, TOLD, |status| !is_told(status) && at_share(status))
            .await?;

        begin("all customers are on IPv6");
        self.until(fleet, ALL, |status| {
            observed(status) == Share::from_basis_points(10_000)
        })
        .await?;

        begin("the IPv4 side is retired");
        let is_asked =
            |status: &Status| matches!(status.waiting_on, Some(WaitingOn::Approval { .. }));
        self.until(fleet, RETIRED, is_asked).await?;
        self.order(fleet, Verb::Approve).await?;
        self.until(fleet, RETIRED, |status| status.phase == Phase::Done)
            .await?;
        Ok(())
    }

    /// Waits until the migration stands so.
    async fn until(
        &self,
        fleet: &Fleet,
        limit: SignedDuration,
        stands_so: impl Fn(&Status) -> bool,
    ) -> Result<(), String> {
        let until = self.clock.now() + limit;
        loop {
            let status = fleet.statuses().into_iter().next();
            if status.as_ref().is_some_and(&stands_so) {
                return Ok(());
            }
            if self.clock.now() > until {
                let said =
                    status.map_or_else(|| "nothing is known of it".to_owned(), |s| s.sentence);
                let limit = duration(limit.unsigned_abs());
                return Err(format!("after {limit} it is not so: {said}"));
            }
            self.clock.sleep_until(self.clock.now() + LOOK).await;
        }
    }

    /// Orders what a person would, as soon as it can be ordered.
    async fn order(&self, fleet: &Fleet, verb: Verb) -> Result<(), String> {
        let until = self.clock.now() + TOLD;
        loop {
            let order = Order {
                verb,
                plan: Some(PLAN.to_owned()),
                gate: None,
                to: None,
                revision: None,
                actor: "the trial".to_owned(),
                reason: "it is a trial".to_owned(),
            };
            match fleet.order(order).await {
                Ok(_) => return Ok(()),
                Err(refused) if self.clock.now() > until => return Err(refused.to_string()),
                Err(_) => self.clock.sleep_until(self.clock.now() + LOOK).await,
            }
        }
    }

    /// What people do, once more where AWS did not answer.
    async fn done<T>(&self, does: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
        does.await.map_err(|error| match error.retry() {
            Retry::Never => told::error(&error),
            _ => format!("{}; run the trial again", told::error(&error)),
        })
    }

    /// A plan whose holds are as short as may be: what is at stake is nothing.
    fn plan(&self) -> Result<Plan, String> {
        let subnets = self.site.ipv6_only.join(", ");
        let (name, region) = (self.run.name(), self.region);
        let text = format!(
            "apiVersion: sixshift/v1\n\
             kind: MigrationPlan\n\
             metadata: {{ name: {PLAN} }}\n\
             spec:\n\
             \x20 service: {{ region: {region}, cluster: {name}, name: {name} }}\n\
             \x20 ipv6: {{ subnets: [{subnets}] }}\n\
             \x20 shift:\n\
             \x20   steps:\n\
             \x20     - {{ weight: {SHARE}, hold: 3m }}\n\
             \x20     - {{ weight: 100% }}\n\
             \x20   bake: 5m\n\
             \x20 health:\n\
             \x20   errorRate: {{ max: 5% }}\n\
             \x20   minRequests: 20\n\
             \x20   alarms: [{name}]\n\
             \x20 retire: {{ approval: required, minDrain: 1m, keepCold: 1m, delete: [service, targetGroup] }}\n"
        );
        let plans = plan::parse(std::path::Path::new("trial.yaml"), &text);
        let mut plans = plans.map_err(|mistakes| mistakes.render(false))?;
        plans
            .pop()
            .ok_or_else(|| "the trial has no plan".to_owned())
    }
}

fn share() -> Share {
    Share::from_basis_points(2_500)
}

/// The share that every route has.
fn observed(status: &Status) -> Share {
    status
        .shares
        .observed
        .unwrap_or(Share::from_basis_points(0))
}

/// All weight on the target group that the trial made.
fn led_back(site: &Site, weights: &[(String, u32)]) -> Vec<(String, u32)> {
    let all: u32 = weights.iter().map(|(_, weight)| weight).sum();
    let of = |arn: &String| if *arn == site.target_group { all } else { 0 };
    weights
        .iter()
        .map(|(arn, _)| (arn.clone(), of(arn)))
        .collect()
}
