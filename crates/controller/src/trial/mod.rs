//! A trial: two small services of its own in somebody's account, migrated with the daemon's own rounds, and deleted again.
//!
//! - `story`: what happens to the services, stage by stage, and what must come of each.
//! - `customers`: who asks the services meanwhile, and what they saw.
//! - `clear`: deleting what is left, of this trial or of others.
//! - `under_way`: which trials there are, and whether somebody drives them.
//! - `told`: what a trial says while it goes on and in the end.
//!
//! What belongs here: what is made, done and deleted when. What must not: how AWS is asked (`sixshift_aws::trial`), and what
//! the migration does, which is the fleet's.

mod clear;
mod customers;
mod story;
mod told;
mod under_way;

use std::{
    cell::{Cell, OnceCell},
    convert::Infallible,
    future::Future,
    pin::pin,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sixshift_aws::{
    Error, Hands, Retry,
    tape::{Recording, Tape},
    trial::{Given, Part, Plot, Run, Site},
};

use crate::Clock;
pub use clear::{Cleared, clear};
pub use customers::Seen;
pub use sixshift_aws::{
    tape,
    trial::{CALLS, EXPIRES_TAG, IMAGE, Leftover, LeftoverKind, PREFIX, RUN_TAG, SICK, replay},
};
pub use told::{Stage, Told};
pub use under_way::{Remains, remains};

/// Requests a second that each of a trial's services is asked.
pub const PACE: f64 = 4.0;
/// How long a trial takes where AWS is as quick as it mostly is, its deletion included: what people are told, and what the
/// price goes by. A test holds it to the simulated region.
pub const MINUTES: u32 = 40;
/// How often a part is made again after an answer that was lost.
const TRIES: u32 = 4;
const BETWEEN_TRIES: Duration = Duration::from_secs(10);
/// How long load balancer and tasks may take until they answer.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// How often it is looked whether they do.
const LOOK: Duration = Duration::from_secs(10);

/// How often it is said that the trial is under way, and for how long that counts.
const BEAT: SignedDuration = SignedDuration::from_mins(1);
const DRIVEN: SignedDuration = SignedDuration::from_mins(5);
/// How long it counts from its beginning: until it has a cluster there is nothing to say it on again.
const AT_FIRST: SignedDuration = SignedDuration::from_mins(10);

/// What a trial is to be.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Where.
    pub region: String,
    /// In which VPC; one of its own without it.
    pub given: Option<(String, Vec<String>)>,
    /// What its services run.
    pub image: String,
    /// Its own word, in names and tags.
    pub id: String,
    /// Who begins it: told to whoever finds it.
    pub by: String,
    /// How long what is left of it is not deleted without asking.
    pub lasts: SignedDuration,
    /// Where its load balancer is reached, if not by its name: a tunnel, or a simulated region.
    pub connect_to: Option<String>,
}

/// A trial under way.
pub struct Trial {
    hands: Hands,
    clock: Clock,
    plot: Plot,
    run: Run,
    wish: Wish,
    tape: Tape,
    /// The subnets that somebody gave, once they were looked at.
    ground: OnceCell<Site>,
    /// All of it, once it is made.
    site: OnceCell<Site>,
    /// Whether anything may be there by now.
    has_made: Cell<bool>,
}

/// Subnets that somebody gave, as tokens: dual-stack ones and IPv6-only ones, each in a zone of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ground {
    /// The VPC.
    pub vpc: String,
    /// For the load balancer and the IPv4 side.
    pub dual_stack: Vec<String>,
    /// For the twin.
    pub ipv6_only: Vec<String>,
}

/// How a trial ended.
#[derive(Debug)]
pub struct Ended {
    /// Its stages, in order. The last one may have failed.
    pub stages: Vec<Stage>,
    /// What its customers saw.
    pub seen: Seen,
    /// Somebody asked it to end.
    pub stopped: bool,
}

impl Ended {
    /// Whether everything came out as it must.
    #[must_use]
    pub fn is_good(&self) -> bool {
        !self.stopped && self.stages.iter().all(|stage| stage.failed.is_none())
    }
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

impl Trial {
    /// Makes nothing yet.
    pub async fn new(hands: Hands, clock: Clock, wish: Wish) -> Self {
        let now = clock.clone();
        let tape = Tape::new(move || now.now());
        if wish.image != IMAGE {
            tape.hide(&wish.image, "image");
        }
        let by = under_way::tag(&wish.by);
        tape.hide(&by, "person");
        hands.tape(tape.clone());
        let plot = Plot::new(&hands, &wish.region).await;
        let run = Run {
            id: wish.id.clone(),
            expires: after(&clock, wish.lasts),
            driven: after(&clock, AT_FIRST),
            by,
            image: wish.image.clone(),
        };
        Self {
            hands,
            clock,
            plot,
            run,
            wish,
            tape,
            ground: OnceCell::new(),
            site: OnceCell::new(),
            has_made: Cell::new(false),
        }
    }

    /// The name of what it makes.
    #[must_use]
    pub fn name(&self) -> String {
        self.run.name()
    }

    /// Whether anything of its own may be there.
    #[must_use]
    pub fn has_made(&self) -> bool {
        self.has_made.get()
    }

    /// What was asked of AWS so far, and answered.
    #[must_use]
    pub fn recording(&self) -> Recording {
        self.tape.recording()
    }

    /// What somebody gave to stand in, as it is called in the recording.
    #[must_use]
    pub fn ground(&self) -> Option<Ground> {
        let site = self.ground.get()?;
        let tokens = |ids: &[String]| ids.iter().map(|id| self.tape.token(id)).collect();
        Some(Ground {
            vpc: self.tape.token(&site.vpc),
            dual_stack: tokens(&site.dual_stack),
            ipv6_only: tokens(&site.ipv6_only),
        })
    }

    /// Makes the services, tells their story, and leaves everything there. It ends early when `stop` does.
    pub async fn play(&self, stop: impl Future<Output = ()>, tell: &dyn Fn(Told<'_>)) -> Ended {
        let book = told::Book::new(&self.clock, tell);
        let customers = OnceCell::new();
        let mut stop = pin!(stop);
        let stopped = tokio::select! {
            biased;
            () = &mut stop => true,
            // What did not come out is in the book.
            _ = self.told(&book, &customers) => false,
        };
        let seen = customers.get().map(customers::Customers::seen);
        Ended {
            stages: book.close(),
            seen: seen.unwrap_or_default(),
            stopped,
        }
    }

    async fn told(
        &self,
        book: &told::Book<'_>,
        customers: &OnceCell<customers::Customers>,
    ) -> Result<(), told::Failed> {
        let name = "looking whether what it makes can be found again";
        book.stage(name, self.look(book)).await?;
        let made = book.stage("making two services", self.make(book));
        let made = made.await?;
        let site = self.site.get_or_init(|| made);
        tokio::select! {
            biased;
            told = self.migrated(site, book, customers) => told,
            never = self.driven(site, book) => match never {},
        }
    }

    /// Says again and again that it is under way. Where AWS does not hear it, it is said a minute later.
    async fn driven(&self, site: &Site, book: &told::Book<'_>) -> Infallible {
        let mut is_told = false;
        loop {
            let said = self.plot.driven(site, after(&self.clock, DRIVEN)).await;
            if let Err(error) = said.as_ref()
                && error.retry() == Retry::Never
                && !is_told
            {
                is_told = true;
                let why = told::error(error);
                book.say(&format!(
                    "others cannot see that it is under way, and may delete it: {why}"
                ));
            }
            self.clock.sleep_until(self.clock.now() + BEAT).await;
        }
    }

    async fn migrated(
        &self,
        site: &Site,
        book: &told::Book<'_>,
        customers: &OnceCell<customers::Customers>,
    ) -> Result<(), told::Failed> {
        let answers = book.stage("the services answer", async {
            self.answers(site).await?;
            let reached = self.wish.connect_to.as_deref();
            let asking = customers::Customers::ask(&site.dns_name, reached, &self.clock);
            let asking = customers.get_or_init(|| asking);
            asking.reach(&self.clock).await
        });
        answers.await?;
        let story = story::Story {
            hands: &self.hands,
            clock: &self.clock,
            plot: &self.plot,
            run: &self.run,
            site,
            region: &self.wish.region,
        };
        story.tell(book).await
    }

    async fn make(&self, book: &told::Book<'_>) -> Result<Site, String> {
        let mut site = Site::default();
        if let Some((vpc, subnets)) = &self.wish.given {
            let given = Given {
                vpc: vpc.clone(),
                subnets: subnets.clone(),
            };
            let lack = self.plot.look_at(&given, &mut site).await;
            if let Some(lack) = lack.map_err(|e| told::error(&e))? {
                return Err(lack.to_string());
            }
            let _ = self.ground.set(site.clone());
        }
        for part in Part::ALL {
            if part == Part::Network && self.wish.given.is_some() {
                continue;
            }
            book.say(part.name());
            self.has_made.set(true);
            let made = self.part(part, &site).await;
            site = made.map_err(|e| told::error(&e))?;
        }
        Ok(site)
    }

    /// One part; made again where nobody knows whether it was made.
    async fn part(&self, part: Part, site: &Site) -> Result<Site, Error> {
        persist(&self.plot, async || {
            // What was found out on the way to a failure is found out again.
            let mut site = site.clone();
            self.plot.make(&self.run, part, &mut site).await?;
            Ok(site)
        })
        .await
    }

    /// Whatever cannot be asked for cannot be deleted either. What others left is told.
    async fn look(&self, book: &told::Book<'_>) -> Result<(), String> {
        let found = self.plot.leftovers().await.map_err(|e| told::error(&e))?;
        for other in remains(&found) {
            let what = match other.driven_by(self.clock.now()) {
                Some(by) => format!("trial {} is under way here, too: {by} drives it", other.run),
                None => format!(
                    "trial {} left something here: {} things",
                    other.run, other.things
                ),
            };
            book.say(&what);
        }
        Ok(())
    }

    async fn answers(&self, site: &Site) -> Result<(), String> {
        let until = self.clock.now() + PATIENCE;
        loop {
            match self.plot.answers(site).await {
                Ok(true) => return Ok(()),
                Err(error) if error.retry() == Retry::Never => return Err(told::error(&error)),
                _ if self.clock.now() > until => {
                    return Err(format!(
                        "after {} its tasks are not healthy; look at the services' events in ECS",
                        sixshift_core::status::duration(PATIENCE.unsigned_abs())
                    ));
                }
                _ => self.plot.pause(LOOK).await,
            }
        }
    }

    /// Says that nobody drives it any more: whoever cleans up need not wait.
    pub async fn let_go(&self) {
        if let Some(site) = self.site.get() {
            // Not heard, it counts as under way for some minutes.
            let _ = self.plot.driven(site, self.clock.now()).await;
        }
    }

    /// Deletes all that this trial made.
    pub async fn clear(&self, tell: &dyn Fn(Told<'_>)) -> Cleared {
        let is_ours = |one: &Leftover| one.run == self.run.id;
        clear(&self.plot, &self.clock, is_ours, tell).await
    }
}

/// Does it again where nobody knows whether it was done.
async fn persist<T>(plot: &Plot, does: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 1..TRIES {
        match does().await {
            Err(error) if error.retry() == Retry::Soon => plot.pause(BETWEEN_TRIES).await,
            done => return done,
        }
    }
    does().await
}

/// Everything that trials left in a region.
///
/// # Errors
/// AWS could not be asked, as a sentence.
pub async fn leftovers(hands: &Hands, region: &str) -> Result<(Plot, Vec<Leftover>), String> {
    let plot = Plot::new(hands, region).await;
    let found = plot.leftovers().await.map_err(|e| told::error(&e))?;
    Ok((plot, found))
}

/// A moment from now on, without a fraction of a second: people read it.
fn after(clock: &Clock, wait: SignedDuration) -> Timestamp {
    let at = clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
