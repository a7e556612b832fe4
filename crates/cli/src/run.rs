//! `sixshift run`: the fleet over plan files and the standard AWS environment.

use std::{
    cell::RefCell,
    io::IsTerminal,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::bail;
use jiff::SignedDuration;
use sixshift_controller::Hands;
use sixshift_controller::{Clock, Ending, Fleet, Goal, Inbox};
use sixshift_core::status::Status;

use crate::{
    Output,
    daemon::origin::Origin,
    exit, lint,
    report::{History, Report},
    skew, stop,
    watch::{Lines, Table, clock},
};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The daemon's settings: a file, or `-` (standard input), `env:NAME`, `ssm:/name`, `s3://bucket/key`.
    #[arg(long, value_name = "FROM", required_unless_present = "plans")]
    pub(crate) config: Option<Origin>,
    /// Read the settings and the secrets that they name, say whether they can be used, and stop.
    #[arg(long, conflicts_with_all = ["plans", "until_settled", "timeout"])]
    pub(crate) check: bool,
    /// A folder of plans, or one file, to migrate once: nothing is kept from one run to the next.
    #[arg(long, conflicts_with = "config")]
    pub(crate) plans: Option<PathBuf>,
    /// End when every migration is settled.
    #[arg(long)]
    until_settled: bool,
    /// Give up after so long (exit code 5), e.g. `12h`; without it, never.
    #[arg(long, value_parser = crate::timeout::parse)]
    timeout: Option<SignedDuration>,
    /// text or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// Follow the clock of a simulated region, e.g. `http://127.0.0.1:4566`.
    #[arg(long, value_name = "URL")]
    pub(crate) sim_clock: Option<String>,
}

impl Args {
    /// The time to go by.
    pub(crate) fn clock(&self) -> anyhow::Result<Clock> {
        skew::clock(self.sim_clock.as_deref())
    }

    /// When the run is over.
    pub(crate) fn goal(&self, begun: jiff::Timestamp) -> Goal {
        Goal {
            settled_for: self.until_settled.then_some(SignedDuration::from_secs(60)),
            approvals_settle: true,
            until: self.timeout.and_then(|t| begun.saturating_add(t).ok()),
        }
    }
}

/// Runs the fleet over plan files.
pub(crate) fn run(args: &Args, path: &Path) -> anyhow::Result<u8> {
    let plans = match lint::plans(&[path.to_owned()], args.output)? {
        Ok(plans) => plans,
        Err(code) => return Ok(code),
    };
    if plans.is_empty() {
        bail!("there is no plan in {}", path.display());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let clock = args.clock()?;
        let hands = Hands::from_environment(clock.rate()).await;
        let fleet = Fleet::standalone(hands.clone(), clock.clone(), plans).await?;
        migrate(args, fleet, hands, clock).await
    })
}

async fn migrate(args: &Args, fleet: Fleet, hands: Hands, time: Clock) -> anyhow::Result<u8> {
    let begun = (Instant::now(), time.now());
    let goal = args.goal(begun.1);
    let live = args.output == Output::Text && std::io::stdout().is_terminal();
    let history = RefCell::new(History::default());
    let lines = RefCell::new(Lines::default());
    let events = RefCell::new(Vec::new());
    let table = RefCell::new(Table::default());
    let mut inbox = Inbox::default();
    let rounds = fleet.run(goal, &mut inbox, stop::asked(), |round| {
        history.borrow_mut().add(round);
        if args.output == Output::Json {
            return;
        }
        for line in lines.borrow_mut().of(round) {
            if live {
                events.borrow_mut().push(line)
            } else {
                anstream::println!("{line}")
            }
        }
    });
    let redraw = async {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            if live {
                let head = format!("sixshift run · {} · Ctrl-C ends", clock(time.now()));
                let _ = table
                    .borrow_mut()
                    .draw(&head, &fleet.statuses(), &events.borrow());
                let old = events.borrow().len().saturating_sub(50);
                events.borrow_mut().drain(..old);
            }
        }
    };
    let ending = tokio::select! {
        biased;
        ending = rounds => ending,
        () = redraw => Ending::Stopped,
        () = skew::follow(args.sim_clock.as_deref(), &time, &hands) => Ending::Stopped,
    };
    let statuses = fleet.statuses();
    let virtual_seconds = u64::try_from(time.now().duration_since(begun.1).as_secs()).unwrap_or(0);
    match args.output {
        Output::Json => {
            let history = history.borrow();
            let report = Report {
                api_version: "sixshift/v1",
                kind: "RunReport",
                settled: ending == Ending::Settled,
                virtual_seconds,
                wall_seconds: (begun.0.elapsed().as_secs_f64() * 10.0).round() / 10.0,
                plans: statuses.iter().map(|s| history.of(s)).collect(),
                api_calls: hands.calls(),
                throttled: hands.throttled(),
                accepted: None,
            };
            anstream::println!("{}", serde_json::to_string(&report)?);
        }
        Output::Text => left(ending, &statuses),
    }
    Ok(exit::of(ending, &statuses))
}

/// What state was left.
fn left(ending: Ending, statuses: &[Status]) {
    anstream::println!("{}", stop::headline(ending, true));
    for status in statuses {
        anstream::println!(
            "{:<16} {:<12} {}",
            status.plan,
            status.phase,
            sixshift_api::visible(&status.sentence)
        );
    }
}
