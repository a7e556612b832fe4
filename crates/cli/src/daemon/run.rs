//! `sixshift run --config FROM`: the daemon that people deploy.

use std::{cell::Cell, sync::Arc, time::Duration};

use futures::{FutureExt, future::Shared};
use sixshift_api::Api;
use sixshift_controller::{
    Board, Clock, Ending, Fleet, Goal, Hands, Inbox, Metrics, Parts,
    event::{Event, EventKind},
    gate::Asker,
    journal::{Loaded, Records, Visitors},
    lease::TableLease,
    notify::{self, Receiver},
    secret::Secret,
    source::Source,
    traces::{Target, Traces},
};
use tokio::time::{sleep, timeout};

use super::{
    check::check,
    faces::{self, Faces},
    hangup::Hangups,
    log,
    origin::Origin,
    plans, pulse,
    settings::{Settings, Webhook},
    store::Store,
};
use crate::{exit, run::Args, skew, stop};

/// A lease that nobody has is won by then: whoever starts alone stands by for nobody.
const AT_ONCE: Duration = Duration::from_secs(2);
/// How often whoever stands by reads what the leader has written.
const REFRESHED: Duration = Duration::from_secs(30);
/// How soon a journal that did not answer is asked again by whoever has just won the lease.
const AGAIN: Duration = Duration::from_millis(500);

/// How long the collector has at the end to take the last spans: what a supervisor grants is nearly over by then.
const LAST_SPANS: Duration = Duration::from_millis(750);

/// Reads the settings, then runs until it is asked to stop.
pub(crate) fn run(args: &Args, config: &Origin, filter: Option<&str>) -> anyhow::Result<u8> {
    let settings = Settings::read(config)?;
    if args.check {
        return check(config, &settings);
    }
    let filter = filter.or(settings.log.filter.as_deref()).unwrap_or("info");
    log::start(filter, settings.log.format, false);
    // Before there is a runtime: it may be asked for over the network.
    let hook = settings.webhook.as_ref().map(Webhook::secret).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let served = runtime.block_on(serve(args, config, settings, hook));
    // A receiver that does not answer keeps nobody from ending.
    runtime.shutdown_background();
    served
}

async fn serve(
    args: &Args,
    config: &Origin,
    settings: Settings,
    hook: Option<Secret>,
) -> anyhow::Result<u8> {
    // Before anybody can reach it: a hang-up that nobody listens to ends a program.
    let hangups = Hangups::listen();
    let clock = args.clock()?;
    let receivers = settings.receivers().await?;
    let asker = settings.asker()?;
    let collector = settings.traces()?;
    let mut store = Store::open(&settings).await?;
    let source = Source::open(settings.source.clone(), &settings.work_folder())?;
    let (listeners, port) = faces::listen(&settings.listen)?;
    store.contend(&settings, port).await;
    let hands = Hands::from_environment(clock.rate()).await;
    let (board, orders) = Board::new(Metrics::new());
    let with_traces = collector.iter().flat_map(Target::secrets).cloned();
    let with_traces: Vec<Secret> = with_traces.collect();
    let metrics = board.metrics().clone();
    let traces = collector.map(|collector| Traces::start(collector, clock.clone(), metrics));
    let traces = traces.transpose()?;
    let api = Api {
        auth: settings.auth.clone(),
        limits: settings.limits,
        hosts: settings.hosts.clone(),
        hook_secret: hook.clone(),
        visitors: Some(Visitors::new(Arc::clone(&store.open_to_all))),
        ..faces::api(
            &board,
            Records::new(Arc::clone(&store.journal)),
            hands.clone(),
            {
                let clock = clock.clone();
                Arc::new(move |()| clock.now())
            },
        )
    };
    let faces = Faces::open(listeners, api)?;
    let address = source.address();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        source = address,
        journal = store.shown,
        listen = %faces,
        "sixshift has started"
    );
    let news = plans::watch(source, false, Duration::MAX, board.clone())?;
    let daemon = Running {
        args,
        clock: &clock,
        hands: &hands,
        board: &board,
        store: &store,
        source: &address,
        receivers: &receivers,
        asker: &asker,
        traces: traces.as_ref(),
        stop: stop::asked().boxed_local().shared(),
        told: skew::Told::default(),
    };
    let told = receivers.iter().flat_map(|receiver| receiver.to.secrets());
    let secrets = told.chain(hook.as_ref()).chain(asker.key());
    let secrets: Vec<&Secret> = secrets.chain(&with_traces).collect();
    let doorkeeper = faces.doorkeeper();
    let lease = store.lease();
    let mut inbox = Inbox {
        orders: Some(orders),
        news: Some(news),
    };
    let ended = tokio::select! {
        biased;
        ended = daemon.runs(&mut inbox) => ended?,
        () = pulse::beat(&board, &clock, &lease) => (Ending::Stopped, Vec::new()),
        () = hangups.reread(config, &secrets, &doorkeeper) => (Ending::Stopped, Vec::new()),
        () = skew::follow(args.sim_clock.as_deref(), &clock, &hands) => (Ending::Stopped, Vec::new()),
    };
    tracing::info!("stopped after the call under way; the next start goes on from what is in AWS");
    faces.close();
    if let Some(traces) = &traces {
        traces.close(LAST_SPANS);
    }
    // Who stops a daemon wants it stopped: that is no failure.
    Ok(match ended {
        (Ending::Stopped, _) => exit::DONE,
        (ending, statuses) => exit::of(ending, &statuses),
    })
}

type Statuses = Vec<sixshift_core::status::Status>;

/// A daemon, leading or standing by.
struct Running<'a> {
    args: &'a Args,
    clock: &'a Clock,
    hands: &'a Hands,
    board: &'a Board,
    store: &'a Store,
    /// As people name it.
    source: &'a str,
    /// Who is told, by the one that leads.
    receivers: &'a [Receiver],
    /// Who asks the webhooks that plans name.
    asker: &'a Asker,
    /// Who follows rounds, if anybody.
    traces: Option<&'a Traces>,
    stop: Shared<futures::future::LocalBoxFuture<'a, ()>>,
    told: skew::Told,
}

impl Running<'_> {
    /// Stands by until it has the lease, leads until it loses it, and so on until it is asked to stop.
    async fn runs(&self, inbox: &mut Inbox) -> anyhow::Result<(Ending, Statuses)> {
        let Some(lease) = &self.store.table else {
            return self.leads(None, inbox).await;
        };
        loop {
            let epoch = match timeout(AT_ONCE, lease.win()).await {
                Ok(epoch) => epoch,
                Err(_) => match self.stands_by(lease, inbox).await {
                    Some(epoch) => epoch,
                    None => return Ok((Ending::Stopped, Vec::new())),
                },
            };
            tracing::info!(epoch, "this daemon leads");
            tokio::select! {
                biased;
                () = lease.keep() => tracing::warn!("another daemon has the lease: this one stands by"),
                ended = self.leads(Some(epoch), inbox) => {
                    lease.give_up().await;
                    return ended;
                }
            }
        }
    }

    /// Shows what is there until the lease is won; `None`: it is asked to stop.
    async fn stands_by(&self, lease: &Arc<TableLease>, inbox: &mut Inbox) -> Option<u64> {
        tracing::info!("this daemon stands by: it shows what is there, and acts on nothing");
        let records = Records::new(Arc::clone(&self.store.journal));
        let loaded = records.peek().await.unwrap_or_default();
        let fleet = self.fleet(&records, loaded, true);
        let won = Cell::new(None);
        let until = async {
            tokio::select! {
                biased;
                () = self.stop.clone() => {}
                epoch = lease.win() => won.set(Some(epoch)),
            }
        };
        let reads = async {
            loop {
                sleep(REFRESHED).await;
                match records.peek().await {
                    Ok(loaded) => fleet.refresh(loaded),
                    Err(error) => tracing::debug!("the journal could not be read: {error}"),
                }
            }
        };
        tokio::select! {
            biased;
            _ = fleet.run(Goal::default(), inbox, until, |_| self.told.tell(self.clock)) => {}
            () = reads => {}
        }
        won.get()
    }

    async fn leads(
        &self,
        epoch: Option<u64>,
        inbox: &mut Inbox,
    ) -> anyhow::Result<(Ending, Statuses)> {
        let records = Records::new(Arc::clone(&self.store.journal));
        let loaded = match epoch {
            None => records.load().await?,
            Some(epoch) => self.takes_over(&records, epoch).await,
        };
        if loaded.new {
            tracing::info!("the journal is new: what is under way in AWS waits to be adopted");
        }
        let last_event = loaded.last_event;
        let fleet = self.fleet(&records, loaded, false);
        // What it is told next may be a poll away, and whoever stood by has taken what was told last.
        self.board.hint_source();
        let says = |text: String| Event::new(self.clock.now(), EventKind::Daemon, text);
        let begun = match epoch {
            None => "the daemon has started".to_owned(),
            Some(epoch) => format!("the daemon leads from now on (epoch {epoch})"),
        };
        fleet.tell(says(begun)).await;
        let goal = self.args.goal(self.clock.now());
        let stop = self.stop.clone();
        let rounds = fleet.run(goal, inbox, stop, |_| self.told.tell(self.clock));
        let ending = tokio::select! {
            biased;
            ending = rounds => ending,
            () = self.others_orders(epoch) => Ending::Stopped,
            () = notify::tell(self.receivers, &fleet, last_event) => Ending::Stopped,
        };
        fleet.tell(says("the daemon stops".to_owned())).await;
        Ok((ending, fleet.statuses()))
    }

    /// Never ends: what reaches those that stand by is carried out here.
    async fn others_orders(&self, epoch: Option<u64>) {
        match (&self.store.relay, epoch) {
            (Some(relay), Some(epoch)) => relay.carry_out(self.board, epoch).await,
            _ => std::future::pending().await,
        }
    }

    /// The journal is this daemon's from now on. Tried for as long as the lease lasts: whoever has lost it is stopped.
    async fn takes_over(&self, records: &Records, epoch: u64) -> Loaded {
        loop {
            let taken = async {
                records.fence(epoch).await?;
                records.load().await
            };
            match taken.await {
                Ok(loaded) => return loaded,
                Err(error) => tracing::warn!(
                    "the journal could not be taken over: {error}; {}",
                    error.why()
                ),
            }
            sleep(AGAIN).await;
        }
    }

    fn fleet(&self, records: &Records, loaded: Loaded, stands_by: bool) -> Fleet {
        let parts = Parts {
            hands: self.hands.clone(),
            clock: self.clock.clone(),
            board: self.board.clone(),
            records: records.clone(),
            lease: self.store.lease(),
            adopts: true,
            stands_by,
            relay: self.store.relay.clone(),
        };
        let fleet = Fleet::new(parts, loaded);
        fleet.name_source(self.source);
        fleet.asks_gates(self.asker.clone());
        if let Some(traces) = self.traces {
            fleet.follows(traces.clone());
        }
        fleet
    }
}
