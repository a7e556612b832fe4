//! `sixshift run --config FROM`: the daemon that people deploy.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use sixshift_api::{Api, auth};
use sixshift_controller::Hands;
use sixshift_controller::{
    Clock, Ending,
    event::{Event, EventKind},
    journal::File,
    lease::SingleProcess,
    secret::Secret,
    source::Source,
};

use super::{
    Daemon,
    faces::{self, Faces},
    log,
    origin::Origin,
    plans,
    settings::{Settings, Webhook},
};
use crate::{exit, run::Args, skew, stop};

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
    runtime.block_on(serve(args, config, settings, hook))
}

/// Everything that a start would find wrong before it asks for a plan. Nothing is made and nobody listens.
fn check(config: &Origin, settings: &Settings) -> anyhow::Result<u8> {
    let mut wrong = Vec::new();
    let filter = settings.log.filter.as_deref().map(log::parse);
    wrong.extend(
        filter
            .and_then(Result::err)
            .map(|error| format!("log.filter: {error}")),
    );
    let told = |error: anyhow::Error| format!("{error:#}");
    let hook = settings.webhook.as_ref().map(Webhook::secret);
    wrong.extend(hook.and_then(Result::err).map(told));
    let known = auth::check(&settings.auth, Some(faces::key_fetcher()));
    wrong.extend(known.err().map(|error| format!("auth: {error}")));
    wrong.extend(
        settings
            .source
            .check()
            .err()
            .map(|error| told(error.into())),
    );
    if !wrong.is_empty() {
        anyhow::bail!("{config} cannot be used:\n{}", wrong.join("\n"));
    }
    anstream::println!("{config} can be used");
    Ok(exit::DONE)
}

async fn serve(
    args: &Args,
    config: &Origin,
    settings: Settings,
    hook: Option<Secret>,
) -> anyhow::Result<u8> {
    let clock = args.clock()?;
    let journal = open_journal(&settings.journal.path)?;
    let source = Source::open(settings.source.clone(), &settings.work_folder())?;
    let hands = Hands::from_environment(clock.rate()).await;
    let Daemon {
        fleet,
        mut inbox,
        records,
    } = Daemon::new(
        hands.clone(),
        clock.clone(),
        Arc::new(journal),
        Arc::new(SingleProcess),
    )
    .await?;
    fleet.name_source(&source.address());
    let api = Api {
        auth: settings.auth.clone(),
        limits: settings.limits,
        hosts: settings.hosts.clone(),
        hook_secret: hook,
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
async fn reload_on_hangup(config: &Origin) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut hangup) = signal(SignalKind::hangup()) {
            while hangup.recv().await.is_some() {
                match reread(config).await {
                    Ok(filter) => tracing::info!("{config} was read again: log.filter is {filter}"),
                    Err(error) => tracing::error!("the log goes on as before: {error}"),
                }
            }
        }
    }
    std::future::pending().await
}

/// Reads the settings again without holding up the loop, and sets the log's filter.
async fn reread(config: &Origin) -> Result<String, String> {
    if !config.is_lasting() {
        return Err("the settings came from standard input, which cannot be read again; start the daemon anew to change them".to_owned());
    }
    let origin = config.clone();
    let read = tokio::task::spawn_blocking(move || Settings::read(&origin)).await;
    let settings = read.map_err(|error| error.to_string())?;
    let settings = settings.map_err(|error| format!("{error:#}"))?;
    let filter = settings.log.filter.unwrap_or_else(|| "info".to_owned());
    log::set(&filter).map(|()| filter)
}
