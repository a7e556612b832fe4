//! `sixshift demo`: the same fleet as `run`, over a simulated region in this process and in virtual time, with its plans
//! in a git repository that a visitor can commit to.
//!
//! Everything runs on one thread under tokio's paused clock, so a seed gives the same run at any speed; a lower speed
//! only makes the thread wait for the wall clock now and then ([`pace`]).

mod finale;
pub(crate) mod operator;
mod pace;
mod repository;
mod screen;
mod shown;
mod terminal;
mod visitors;

use std::{
    cell::RefCell,
    collections::BTreeSet,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Instant,
};

use anyhow::Context;
use clap::ValueHint;
use jiff::SignedDuration;
use sixshift_controller::Hands;
use sixshift_controller::{Clock, Ending, Goal, journal::Memory, lease::SingleProcess};
use sixshift_core::status::Status;

use crate::{
    Output,
    client::words::width,
    daemon::{Daemon, faces},
    exit, lint,
    report::{History, Report, Requests},
    staged::{self, Choice, Staged},
    stop,
};
use finale::Standstill;
use operator::Operator;
use pace::Pace;
use repository::Repository;
use shown::Shown;
use terminal::Terminal;
use visitors::Visitors;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
    /// In place of the scenario's own plans these, files or folders: as `init` writes them for `sim` with the same choice.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    plans: Vec<PathBuf>,
    /// Virtual seconds per second, or `max`.
    #[arg(long, default_value = "60")]
    speed: Speed,
    /// End when every migration is settled, also in a terminal.
    #[arg(long)]
    until_settled: bool,
    /// Leave the approvals to you: without it the demo's own operator gives them after a while.
    #[arg(long)]
    hands_off: bool,
    /// Go on when every migration is settled, also without a terminal.
    #[arg(long, conflicts_with = "until_settled")]
    stay: bool,
    /// Where API and dashboard listen, or `off`. Default: localhost:8686; with -o json: off.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// text or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// Give up after so much virtual time (exit code 5), e.g. `12h`.
    #[arg(long, default_value = "14d", value_parser = crate::timeout::parse)]
    timeout: SignedDuration,
}

/// How fast virtual time may go.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Speed {
    /// As fast as it can.
    Max,
    /// So many virtual seconds a second.
    Times(f64),
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            _ if text == "max" => Ok(Self::Max),
            Ok(times) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
            _ => Err("a number above 0, or max".to_owned()),
        }
    }
}

/// How long every plan must stand still until the demo is over: longer than any scripted person waits.
const SETTLED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// Longer lines are hard to read.
const LONGEST_LINE: usize = 100;

/// Runs the demo.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    if args.choice.scenario.as_deref() == Some("list") {
        anstream::print!("{}", staged::list());
        return Ok(exit::DONE);
    }
    let plans = match given(&args.plans, args.output)? {
        Ok(plans) => plans,
        Err(code) => return Ok(code),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    runtime.block_on(migrate(args, plans))
}

/// The plans that a visitor brings, as files of a repository; or the exit code after their mistakes were shown.
fn given(paths: &[PathBuf], output: Output) -> anyhow::Result<Result<staged::Files, u8>> {
    if paths.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let plans = match lint::plans(paths, output)? {
        Ok(plans) => plans,
        Err(code) => return Ok(Err(code)),
    };
    let files: BTreeSet<&Path> = plans.iter().map(|p| p.origin.file.as_path()).collect();
    let read = files.into_iter().enumerate().map(|(number, path)| {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        // Files of several folders may have one name.
        let folder = PathBuf::from(number.to_string());
        Ok((folder.join(path.file_name().unwrap_or_default()), text))
    });
    read.collect::<anyhow::Result<_>>().map(Ok)
}

async fn migrate(args: &Args, plans: staged::Files) -> anyhow::Result<u8> {
    let begun = Instant::now();
    let Staged {
        region,
        mut files,
        scenarios,
        ..
    } = staged::stage(&args.choice)?;
    if !plans.is_empty() {
        files = plans;
    }
    let start = region.clock().now;
    let clock = Clock::simulated(start, 1.0);
    let hands = Hands::with_http_client(region.http_client(), clock.clone(), 1.0);
    let journal = Arc::new(Memory::new()?);
    let Daemon {
        fleet,
        mut inbox,
        records,
    } = Daemon::new(
        hands.clone(),
        clock.clone(),
        journal,
        Arc::new(SingleProcess),
    )
    .await?;
    let repository = Repository::create(&files, start)?;
    let source = repository.read_into(&fleet).await?;
    // The paused clock is this thread's alone.
    let board = fleet.board().clone();
    let now = Arc::new(move |()| board.last_turn());
    let api = faces::api(fleet.board(), records, hands.clone(), now);
    let visitors = Visitors::welcome(args.listen.as_deref(), args.output, api, &repository)?;
    if visitors.are_welcome() {
        inbox.news = Some(repository::watch(source, &fleet)?);
    }
    let live = args.output == Output::Text && Terminal::is_there();
    let stays = (live && !args.until_settled) || args.stay;
    let goal = Goal {
        settled_for: (!stays).then_some(SETTLED_FOR),
        approvals_settle: false,
        until: start.saturating_add(args.timeout).ok(),
    };
    let history = RefCell::new(History::default());
    let operator = Operator::new(&fleet, clock.clone(), "the demo's operator");
    let text = args.output == Output::Text;
    let doors = visitors.doors().cloned();
    let shown = Shown::new(text, live, clock.clone(), &region, doors.clone());
    let standstill = Standstill::default();
    let pace = Pace::new(args.speed);
    let rounds = fleet.run(goal, &mut inbox, stop::asked(), |round| {
        history.borrow_mut().add(round);
        operator.saw(&round.status);
        standstill.saw(&round.status);
        shown.round(round);
    });
    let approvals = async {
        if args.hands_off {
            std::future::pending::<()>().await;
        }
        operator.work(|name, gate| shown.approval(name, gate)).await;
    };
    let report = |settled: bool, statuses: &[Status]| {
        let traffic = region.with_world(|world| world.traffic());
        let plans = statuses.iter().map(|status| {
            let mut plan = history.borrow().of(status);
            plan.scenario = scenarios.get(&status.plan).cloned();
            plan.requests = traffic.get(&status.plan).copied().map(Requests::from);
            plan
        });
        let virtual_seconds = clock.now().duration_since(start).as_secs();
        Report {
            api_version: "sixshift/v1",
            kind: "DemoReport",
            settled,
            virtual_seconds: u64::try_from(virtual_seconds).unwrap_or(0),
            wall_seconds: (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0,
            plans: plans.collect(),
            api_calls: hands.calls(),
            throttled: hands.throttled(),
            accepted: Some(region.counters().accepted),
        }
    };
    let tick = || {
        let statuses = fleet.statuses();
        shown.redraw(&statuses);
        if stays && standstill.is_over(&statuses, clock.now(), SETTLED_FOR) && text {
            shown.end(&statuses);
            let width = width().min(LONGEST_LINE);
            let report = report(true, &statuses);
            anstream::println!(
                "{}",
                finale::text(&report, &statuses, doors.as_ref(), width)
            );
        }
    };
    let ending = tokio::select! {
        biased;
        ending = rounds => ending,
        () = approvals => unreachable_ending(),
        () = pace.keep(tick) => unreachable_ending(),
    };
    let statuses = fleet.statuses();
    drop(visitors);
    shown.end(&statuses);
    let report = report(ending == Ending::Settled, &statuses);
    // Who ends a demo that has told its end has seen all of it.
    let was_over = ending == Ending::Stopped && standstill.was_over();
    match args.output {
        Output::Json => anstream::println!("{}", serde_json::to_string(&report)?),
        Output::Text if was_over => anstream::println!("Stopped."),
        Output::Text => summary(&report, ending, &statuses),
    }
    Ok(if was_over {
        exit::DONE
    } else {
        exit::of(ending, &statuses)
    })
}

/// The operator and the pace go on for ever; only the rounds end.
fn unreachable_ending() -> Ending {
    Ending::Stopped
}

/// What customers met.
fn met(requests: Requests) -> String {
    let Requests {
        total,
        failed,
        failed_on_ipv6,
    } = requests;
    if total == 0 {
        return "nobody sends it requests".to_owned();
    }
    format!("{failed} of {total} requests failed, {failed_on_ipv6} of them on IPv6")
}

fn summary(report: &Report, ending: Ending, statuses: &[Status]) {
    anstream::println!("{}", stop::headline(ending, false));
    for (plan, status) in report.plans.iter().zip(statuses) {
        anstream::println!(
            "{:<16} {:<12} {:<18} {}",
            plan.name,
            plan.phase.name(),
            plan.scenario.as_deref().unwrap_or_default(),
            met(plan.requests.unwrap_or_default()),
        );
        if ending != Ending::Settled || status.phase != sixshift_core::status::Phase::Done {
            anstream::println!("{:16} {}", "", plan.sentence);
        }
    }
    if ending == Ending::Settled {
        anstream::println!(
            "\nOne more round changes nothing: none did in the last {} m.",
            SETTLED_FOR.as_mins()
        );
    }
    let calls: u64 = report.api_calls.values().sum();
    let time =
        sixshift_core::status::duration(std::time::Duration::from_secs(report.virtual_seconds));
    anstream::println!(
        "\n{time} of the region's time in {}; {calls} API calls, {} throttled.",
        report.wall_time(),
        report.throttled
    );
}
