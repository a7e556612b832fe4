//! `sixshift deps`: what a service really talks to, and which of it IPv6 reaches.
//!
//! What belongs here: whose service, of which time, and the exit code. What must not: what follows from flow logs
//! (`sixshift_core::deps`), and any call that changes something.

mod report;
mod text;

use clap::Args as ClapArgs;
use jiff::SignedDuration;
use sixshift_controller::{Clock, Hands};
use sixshift_core::{
    deps::{Lack, report},
    plan::{Plan, ServiceRef},
};

use crate::{
    Output, client, exit,
    init::{Named, Whose},
    skew,
};
use report::Report;

/// Arguments of `deps`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    service: Named,
    #[command(flatten)]
    whose: Whose,
    /// Of how long, up to now; 10m to 14d. CloudWatch Logs charges by what its log group got in that time.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = time)]
    since: SignedDuration,
    /// text or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Less than an interval of flow logs tells nothing; more than this costs without telling more.
const SHORTEST: SignedDuration = SignedDuration::from_mins(10);
const LONGEST: SignedDuration = SignedDuration::from_hours(14 * 24);

fn time(text: &str) -> Result<SignedDuration, String> {
    let length = crate::timeout::parse(text)?;
    match (SHORTEST..=LONGEST).contains(&length) {
        true => Ok(length),
        false => Err("from 10m to 14d".to_owned()),
    }
}

/// Reads, and prints the report.
///
/// # Errors
/// No region is known, a simulated region's clock cannot be read, or standard output is closed.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let clock = skew::clock(args.whose.place.sim_clock.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (report, code) = runtime.block_on(read(args, &clock))?;
    let report = report.visible()?;
    match args.output {
        Output::Json => client::say(&format!("{}\n", serde_json::to_string_pretty(&report)?))?,
        Output::Text => client::say(&text::page(&report))?,
    }
    Ok(code)
}

async fn read(args: &Args, clock: &Clock) -> anyhow::Result<(Report, u8)> {
    let hands = Hands::from_environment(clock.rate()).await;
    let service = ServiceRef {
        name: args.service.name().to_owned(),
        ..args.whose.place.of(&args.whose.cluster, &hands)?
    };
    let until = clock.now();
    let since = until.checked_sub(args.since)?;
    let told = Report::of(&service, since, until);
    Ok(
        match hands
            .flows(&Plan::draft("deps", &service), since, until)
            .await
        {
            Ok(read) => {
                // No record at all is no proof of anything.
                let code = if read.flows.is_empty() {
                    exit::UNREADY
                } else {
                    exit::DONE
                };
                (told.with(&read, &report(&read)), code)
            }
            Err(untold) => {
                let code = code(&untold.lack);
                (told.without(&untold), code)
            }
        },
    )
}

/// What somebody can mend is told apart from what broke.
fn code(lack: &Lack) -> u8 {
    match lack {
        Lack::NoService => exit::ERROR,
        Lack::Unread(why) if why.lacks.is_none() => exit::ERROR,
        _ => exit::UNREADY,
    }
}
