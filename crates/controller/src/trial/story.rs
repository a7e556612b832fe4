//! What happens to a trial's services, and what must come of it.
//!
//! What belongs here: the stages in order, how long each may take. What must not: a judgement of the migration's own: it is
//! read from its status, as people read it.

use jiff::SignedDuration;
use sixshift_aws::{
    Error, Hands, Retry,
    trial::{Plot, Release, Role, Run, Site},
};
use sixshift_core::{
    plan::{self, Plan},
    share::Share,
    status::{Phase, Status, WaitingOn, duration},
};
use tokio::sync::oneshot;

use super::{
    persist,
    told::{self, Book, Failed},
};
use crate::{
    Clock, Fleet, Goal, Inbox,
    command::{Order, Verb},
};

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

/// The services, and who does what with them.
pub(super) struct Story<'a> {
    pub(super) hands: &'a Hands,
    pub(super) clock: &'a Clock,
    pub(super) plot: &'a Plot,
    pub(super) run: &'a Run,
    pub(super) site: &'a Site,
    pub(super) region: &'a str,
}

impl Story<'_> {
    /// Tells it from beginning to end: both services' at the same time, each to its own end.
    pub(super) async fn tell(&self, book: &Book<'_>) -> Result<(), Failed> {
        let begun = book.stage("a daemon reads their plans", self.fleet());
        let fleet = begun.await?;
        let (over, is_over) = oneshot::channel::<()>();
        let mut inbox = Inbox::default();
        let stop = async {
            let _ = is_over.await;
        };
        let rounds = fleet.run(Goal::default(), &mut inbox, stop, |round| book.round(round));
        let stages = async {
            let told = tokio::join!(self.through(&fleet, book), self.back(&fleet, book));
            // The fleet may have ended by itself; then nobody hears that.
            let _ = over.send(());
            told.0.and(told.1)
        };
        let (_, told) = tokio::join!(rounds, stages);
        told
    }

    async fn fleet(&self) -> Result<Fleet, String> {
        let plans: Result<Vec<Plan>, String> =
            Role::ALL.map(|r| self.plan(r)).into_iter().collect();
        let fleet = Fleet::standalone(self.hands.clone(), self.clock.clone(), plans?);
        fleet.await.map_err(|e| e.to_string() + &told::below(&e))
    }

    async fn through(&self, fleet: &Fleet, book: &Book<'_>) -> Result<(), Failed> {
        let of = &On {
            story: self,
            fleet,
            role: Role::Through,
        };
        let name = "through: the IPv6 twin is built and gets its first customers";
        book.stage(name, of.until(BUILT, at_share)).await?;
        let name = "through: an edit by hand is told, and set back by hand";
        book.stage(name, of.edited()).await?;
        let name = "through: all customers are on IPv6";
        let is_all = |status: &Status| observed(status) == Share::from_basis_points(10_000);
        book.stage(name, of.until(ALL, is_all)).await?;
        let name = "through: the IPv4 side is retired";
        book.stage(name, of.retired()).await
    }

    async fn back(&self, fleet: &Fleet, book: &Book<'_>) -> Result<(), Failed> {
        let of = &On {
            story: self,
            fleet,
            role: Role::Back,
        };
        let name = "back: the IPv6 twin is built and gets its first customers";
        book.stage(name, of.until(BUILT, at_share)).await?;
        let name = "back: a bad release is taken back";
        book.stage(name, of.taken_back()).await?;
        let name = "back: a good release begins again";
        book.stage(name, of.begun_again()).await
    }

    /// A plan whose holds are as short as may be: what is at stake is nothing.
    fn plan(&self, role: Role) -> Result<Plan, String> {
        let subnets = self.site.ipv6_only.join(", ");
        let (name, service) = (role.word(), self.run.service(role));
        let (cluster, region) = (self.run.name(), self.region);
        let text = format!(
            "apiVersion: sixshift/v1\n\
             kind: MigrationPlan\n\
             metadata: {{ name: {name} }}\n\
             spec:\n\
             \x20 service: {{ region: {region}, cluster: {cluster}, name: {service} }}\n\
             \x20 ipv6: {{ subnets: [{subnets}] }}\n\
             \x20 shift:\n\
             \x20   steps:\n\
             \x20     - {{ weight: {SHARE}, hold: 3m }}\n\
             \x20     - {{ weight: 100% }}\n\
             \x20   bake: 5m\n\
             \x20 health:\n\
             \x20   errorRate: {{ max: 5% }}\n\
             \x20   minRequests: 20\n\
             \x20   alarms: [{service}]\n\
             \x20 retire: {{ approval: required, minDrain: 1m, keepCold: 1m, delete: [service, targetGroup] }}\n"
        );
        let plans = plan::parse(std::path::Path::new("trial.yaml"), &text);
        let mut plans = plans.map_err(|mistakes| mistakes.render(false))?;
        plans
            .pop()
            .ok_or_else(|| "the trial has no plan".to_owned())
    }
}

/// One of the services, and the fleet that migrates it.
struct On<'a> {
    story: &'a Story<'a>,
    fleet: &'a Fleet,
    role: Role,
}

impl On<'_> {
    async fn taken_back(&self) -> Result<(), String> {
        self.release(Release::Bad).await?;
        let is_back = |status: &Status| status.phase == Phase::RolledBack;
        self.until(ROLLED_BACK, is_back).await
    }

    async fn begun_again(&self) -> Result<(), String> {
        self.release(Release::Good).await?;
        self.order(Verb::Retry).await?;
        self.until(BUILT, at_share).await
    }

    async fn edited(&self) -> Result<(), String> {
        let Story { plot, site, .. } = self.story;
        let before = done(plot, async || plot.weights(site, self.role).await).await?;
        let led = led_back(&site.place(self.role).target_group, &before);
        let weigh =
            async |weights| done(plot, async || plot.weigh(site, self.role, weights).await).await;
        weigh(&led).await?;
        let is_told =
            |status: &Status| matches!(status.waiting_on, Some(WaitingOn::OutsideEdit { .. }));
        self.until(TOLD, is_told).await?;
        weigh(&before).await?;
        self.until(TOLD, |status| !is_told(status) && at_share(status))
            .await
    }

    async fn retired(&self) -> Result<(), String> {
        let is_asked =
            |status: &Status| matches!(status.waiting_on, Some(WaitingOn::Approval { .. }));
        self.until(RETIRED, is_asked).await?;
        self.order(Verb::Approve).await?;
        self.until(RETIRED, |status| status.phase == Phase::Done)
            .await
    }

    async fn release(&self, release: Release) -> Result<(), String> {
        let Story { plot, run, .. } = self.story;
        done(plot, async || plot.release(run, self.role, release).await).await
    }

    /// Waits until the migration stands so.
    async fn until(
        &self,
        limit: SignedDuration,
        stands_so: impl Fn(&Status) -> bool,
    ) -> Result<(), String> {
        let clock = self.story.clock;
        let until = clock.now() + limit;
        loop {
            let mut all = self.fleet.statuses().into_iter();
            let status = all.find(|status| status.plan == self.role.word());
            if status.as_ref().is_some_and(&stands_so) {
                return Ok(());
            }
            if clock.now() > until {
                let said =
                    status.map_or_else(|| "nothing is known of it".to_owned(), |s| s.sentence);
                let limit = duration(limit.unsigned_abs());
                return Err(format!("after {limit} it is not so: {said}"));
            }
            clock.sleep_until(clock.now() + LOOK).await;
        }
    }

    /// Orders what a person would, as soon as it can be ordered.
    async fn order(&self, verb: Verb) -> Result<(), String> {
        let clock = self.story.clock;
        let until = clock.now() + TOLD;
        loop {
            let order = Order {
                verb,
                plan: Some(self.role.word().to_owned()),
                gate: None,
                to: None,
                revision: None,
                actor: "the trial".to_owned(),
                reason: "it is a trial".to_owned(),
            };
            match self.fleet.order(order).await {
                Ok(_) => return Ok(()),
                Err(refused) if clock.now() > until => return Err(refused.to_string()),
                Err(_) => clock.sleep_until(clock.now() + LOOK).await,
            }
        }
    }
}

/// What people do; again where nobody knows whether it was done.
async fn done<T>(plot: &Plot, does: impl AsyncFn() -> Result<T, Error>) -> Result<T, String> {
    let done = persist(plot, does).await;
    done.map_err(|error| match error.retry() {
        Retry::Never => told::error(&error),
        _ => format!("{}; run the trial again", told::error(&error)),
    })
}

/// The first step is there.
fn at_share(status: &Status) -> bool {
    status.phase == Phase::Shift && observed(status) >= share()
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
fn led_back(target_group: &str, weights: &[(String, u32)]) -> Vec<(String, u32)> {
    let all: u32 = weights.iter().map(|(_, weight)| weight).sum();
    let of = |arn: &str| if arn == target_group { all } else { 0 };
    weights
        .iter()
        .map(|(arn, _)| (arn.clone(), of(arn)))
        .collect()
}
