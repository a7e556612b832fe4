//! `sixshift run --config FILE`: the daemon that people deploy.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use sixshift_api::Api;
use sixshift_controller::Hands;
use sixshift_controller::{
    Clock, Ending,
    event::{Event, EventKind},
    journal::File,
    lease::{Lease, SingleProcess},
    source::Source,
};

use super::{
    Daemon,
    faces::{self, Faces},
    log, plans, pulse,
    settings::{Settings, Webhook},
};
use crate::{exit, run::Args, skew, stop};

/// Reads the settings, then runs until it is asked to stop.
pub(crate) fn run(args: &Args, config: &Path, filter: Option<&str>) -> anyhow::Result<u8> {
    let settings = Settings::read(config)?;
    let filter = filter.or(settings.log.filter.as_deref()).unwrap_or("info");
    log::start(filter, settings.log.format, false);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(args, config, settings))
}

async fn serve(args: &Args, config: &Path, settings: Settings) -> anyhow::Result<u8> {
    let clock = args.clock()?;
    let journal = open_journal(&settings.journal.path)?;
    let source = Source::open(settings.source.clone(), &settings.work_folder())?;
    let hands = Hands::from_environment(clock.rate()).await;
    let lease: Arc<dyn Lease> = Arc::new(SingleProcess);
    let Daemon {
        fleet,
        mut inbox,
        records,
    } = Daemon::new(
        hands.clone(),
        clock.clone(),
        Arc::new(journal),
        Arc::clone(&lease),
    )
    .await?;
    fleet.name_source(&source.address());
    let hook = settings.webhook.as_ref().map(Webhook::secret).transpose()?;
    let api = Api {
        auth: settings.auth.clone(),
        limits: settings.limits,
        hosts: settings.hosts.clone(),
        hook_secret: hook.unwrap_or_default(),
        ..faces::api(&fleet, records, hands.clone(), {
            let clock = clock.clone();
            Arc::new(move |()| clock.now())
        })
    };
    let faces = Faces::open(&settings.listen, api)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        source = source.address(),
        journal = %settings.journal.path.display(),
        listen = %faces,
        "sixshift has started"
    );
    inbox.news = Some(plans::watch(
        source,
        false,
        std::time::Duration::MAX,
        fleet.board().clone(),
    )?);
    let daemon_says = |text: &str| Event::new(clock.now(), EventKind::Daemon, text);
    fleet.tell(daemon_says("the daemon has started")).await;
    let told = skew::Told::default();
    let goal = args.goal(clock.now());
    let rounds = fleet.run(goal, &mut inbox, stop::asked(), |_| {
        told.tell(&clock);
    });
    let ending = tokio::select! {
        biased;
        ending = rounds => ending,
        () = reload_on_hangup(config) => Ending::Stopped,
        () = pulse::beat(fleet.board(), &clock, &lease) => Ending::Stopped,
        () = skew::follow(args.sim_clock.as_deref(), &clock, &hands) => Ending::Stopped,
    };
    fleet.tell(daemon_says("the daemon stops")).await;
    tracing::info!("stopped after the call under way; the next start goes on from what is in AWS");
    faces.close();
    // Who stops a daemon wants it stopped: that is no failure.
    Ok(match ending {
        Ending::Stopped => exit::DONE,
        ending => exit::of(ending, &fleet.statuses()),
    })
}

fn open_journal(path: &Path) -> anyhow::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| {
            format!(
                "cannot make {} for the journal; set journal.path to where this user may write",
                folder.display()
            )
        })?;
    }
    Ok(File::open(path, Clock::system().now())?)
}

/// Never ends: each SIGHUP takes over the log's filter from the settings.
async fn reload_on_hangup(config: &Path) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut hangup) = signal(SignalKind::hangup()) {
            while hangup.recv().await.is_some() {
                let done = Settings::read(config).map_err(|error| format!("{error:#}"));
                let filter = done.map(|s| s.log.filter.unwrap_or_else(|| "info".to_owned()));
                if let Err(error) = filter.and_then(|filter| log::set(&filter)) {
                    tracing::error!("the log goes on as before: {error}");
                }
            }
        }
    }
    std::future::pending().await
}
