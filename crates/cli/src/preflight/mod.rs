//! `sixshift preflight`: what will break on IPv6 alone, before anything is made, and what to do about it.
//!
//! What belongs here: whose service is looked at, which checks are asked, and the exit code. What must not: any check
//! (`sixshift_core::readiness`), and any call that changes something.

mod choice;
mod junit;
mod live;
mod names;
mod report;
mod sarif;
mod text;

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, ValueEnum, ValueHint};
use jiff::SignedDuration;
use sixshift_core::plan::Plan;

use crate::{Output, client, exit, init::Place, lint, plan};
pub(crate) use choice::named;
use choice::{Choice, Waived, Which};
use report::{OfPlan, Report};

/// How long until what is waited for is looked at again.
const AGAIN: Duration = Duration::from_secs(15);

/// Arguments of `preflight`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Plan files or folders; `-` is standard input.
    #[arg(required_unless_present = "cluster", value_name = "PLAN", value_hint = ValueHint::AnyPath)]
    plans: Vec<PathBuf>,
    /// In place of plans the live services of an ECS cluster, each by the plan that `init` would write.
    #[arg(short, long, value_name = "CLUSTER", conflicts_with = "plans")]
    cluster: Option<String>,
    /// Of the cluster this service; may be given several times. Without one: all of the cluster.
    #[arg(short, long = "service", value_name = "SERVICE", requires = "cluster")]
    services: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// Ask these alone: ids, names or categories, as in `NET-016,image`.
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    only: Vec<Which>,
    /// Do not ask these.
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    skip: Vec<Which>,
    /// Take what a check finds as it is, beside what the plans waive: `one-zone=nobody waits for it`.
    #[arg(long, value_name = "CHECK=REASON")]
    waive: Vec<Waived>,
    /// Look again until nothing stops a plan, for so long at most, as in `10m`.
    #[arg(long, value_name = "TIME", value_parser = crate::timeout::parse)]
    wait: Option<SignedDuration>,
    /// Look no names up: of registries a table says what is known, of other names nothing.
    #[arg(long)]
    no_dns: bool,
    /// Show what holds too.
    #[arg(long)]
    all: bool,
    /// How to answer.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

/// How `preflight` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Table,
    /// Every check with what it says.
    Json,
    /// For code scanning (SARIF 2.1.0).
    Sarif,
    /// For build servers.
    Junit,
}

impl Format {
    /// How a plan's mistakes are told: nothing else than preflight's checks stands in its other formats.
    fn of_mistakes(self) -> Output {
        match self {
            Self::Json => Output::Json,
            Self::Table | Self::Sarif | Self::Junit => Output::Text,
        }
    }
}

/// Prints what the checks say.
///
/// # Errors
/// A simulated region's clock cannot be read, or standard output is closed.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let plans = match args.plans.as_slice() {
        [] => Vec::new(),
        files => match lint::plans(files, args.output.of_mistakes())? {
            Ok(plans) => plans,
            Err(code) => return Ok(code),
        },
    };
    let choice = Choice::new(&args.only, &args.skip, &args.waive);
    let report = settled(args, &choice, &plans)?;
    client::say(&match args.output {
        Format::Table => text::page(&report, args.all),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
        Format::Sarif => format!("{}\n", serde_json::to_string_pretty(&sarif::log(&report))?),
        Format::Junit => junit::suites(&report),
    })?;
    Ok(code(&report))
}

/// Looked at until nothing stops a plan, or the time is over; once where nobody waits.
fn settled(args: &Args, choice: &Choice, plans: &[Plan]) -> anyhow::Result<Report> {
    let start = std::time::Instant::now();
    loop {
        let report = Report::new(looked(args, choice, plans)?).visible()?;
        let left = args
            .wait
            .and_then(|wait| wait.unsigned_abs().checked_sub(start.elapsed()));
        match left.filter(|left| !left.is_zero()) {
            Some(left) if code(&report) != exit::DONE => std::thread::sleep(left.min(AGAIN)),
            _ => return Ok(report),
        }
    }
}

fn looked(args: &Args, choice: &Choice, plans: &[Plan]) -> anyhow::Result<Vec<OfPlan>> {
    let live::Looked {
        mut told,
        mut looks,
    } = match &args.cluster {
        Some(cluster) => live::looked(choice, &args.place, cluster, &args.services)?,
        None => {
            let clock = args.place.sim_clock.as_deref();
            let looks = plan::look(plans.to_vec(), clock)?;
            live::Looked {
                looks,
                ..live::Looked::default()
            }
        }
    };
    if !args.no_dns {
        names::look_up(&mut looks);
    }
    let each = looks.iter();
    told.extend(each.map(|(plan, seen)| report::of(choice, plan, seen)));
    if args.cluster.is_some() {
        told.sort_by(|a, b| a.service.cmp(&b.service));
    }
    Ok(told)
}

/// What is worst counts: a service that cannot be read, then whatever stops a plan or could not be ruled out.
fn code(report: &Report) -> u8 {
    if report.plans.iter().any(|p| p.unreadable.is_some()) {
        exit::ERROR
    } else if report.plans.iter().any(|p| !p.ready) {
        exit::UNREADY
    } else {
        exit::DONE
    }
}
