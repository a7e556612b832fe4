//! `sixshift rehearse PLAN…`: the live service copied into a simulated region, and its plan run there to the end at full speed.
//!
//! What belongs here: whose services, which fault, and the exit code. What must not: how a copy is made
//! (`sixshift_controller::copy`), what a region does (`sixshift_sim`), and any call to AWS that changes something.

mod course;
mod report;
mod stage;
mod text;

use std::{
    io::Write as _,
    path::PathBuf,
    pin::{Pin, pin},
    time::Instant,
};

use anyhow::Context;
use clap::{
    Args as ClapArgs, ValueHint,
    builder::{PossibleValue, PossibleValuesParser},
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use sixshift_controller::{Asked, Ending, Hands, copy::Original};
use sixshift_core::{plan::Plan, proposal::settled};
use sixshift_sim::scenario::mishap;

use crate::{Output, client, exit, lint, skew, stop};
use report::{Rehearsal, Report};

/// Arguments of `rehearse`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Plan files or folders; `-` is standard input.
    #[arg(required_unless_present = "cluster", value_name = "PLAN", value_hint = ValueHint::AnyPath)]
    plans: Vec<PathBuf>,
    /// As other verbs take it: whoever gives it is told what to do instead.
    #[arg(short, long, hide = true)]
    cluster: Option<String>,
    /// The same.
    #[arg(short, long = "service", hide = true)]
    services: Vec<String>,
    /// Rehearse what goes wrong: a bad release, a lost zone, throttling.
    #[arg(long, value_name = "NAME", value_parser = faults())]
    fault: Option<String>,
    /// The seed of everything random in the rehearsal.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Give up after so much of the rehearsal's time (exit code 5), e.g. `12h`.
    #[arg(long, default_value = "60d", value_parser = crate::timeout::parse)]
    timeout: SignedDuration,
    /// Go by the clock of a simulated region, e.g. `http://127.0.0.1:4566`.
    #[arg(long, value_name = "URL")]
    sim_clock: Option<String>,
    /// text or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// What `--fault` takes: clap then refuses other names with this list, and completes them.
fn faults() -> PossibleValuesParser {
    let named = mishap::NAMES.iter();
    let values: Vec<PossibleValue> = named
        .map(|(name, line)| PossibleValue::new(*name).help(*line))
        .collect();
    values.into()
}

/// Plans whose services share a VPC and whoever reads it, with what was read.
struct Script {
    plans: Vec<Plan>,
    original: Original,
    now: Timestamp,
}

/// Reads, copies, runs, and prints what happened.
///
/// # Errors
/// A service or what it stands in cannot be read, the region refuses to have it, or standard output is closed.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let begun = Instant::now();
    if args.cluster.is_some() || !args.services.is_empty() {
        return refused(args.cluster.as_deref());
    }
    let plans = match lint::plans(&args.plans, args.output)? {
        Ok(plans) => plans,
        Err(code) => return Ok(code),
    };
    let live = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // One ear for all of it: what comes while nobody listens is not lost.
    let stopped = {
        let _within = live.enter();
        stop::asked()
    };
    let mut stopped = pin!(stopped);
    let reads = read(plans, args.sim_clock.as_deref(), stopped.as_mut());
    let Some(scripts) = live.block_on(reads)? else {
        if args.output == Output::Text {
            client::say("Stopped while it was read; nothing was changed in AWS.\n")?;
        }
        return Ok(exit::STOPPED);
    };
    let mut rehearsals = Vec::new();
    for script in scripts {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()?;
        let rehearsal = runtime.block_on(stage::play(args, script, stopped.as_mut()))?;
        let is_stopped = rehearsal.ending == Ending::Stopped;
        rehearsals.push(rehearsal);
        if is_stopped {
            break;
        }
    }
    client::say(&match args.output {
        Output::Json => {
            let report = Report::of(args.fault.as_deref(), begun.elapsed(), &rehearsals)?;
            format!("{}\n", serde_json::to_string_pretty(&report)?)
        }
        Output::Text => text::page(args.fault.as_deref(), begun.elapsed(), &rehearsals),
    })?;
    Ok(code(&rehearsals))
}

/// What a plan decides cannot be rehearsed without one.
fn refused(cluster: Option<&str>) -> anyhow::Result<u8> {
    let cluster = cluster.unwrap_or("CLUSTER");
    writeln!(
        std::io::stderr(),
        "error: a rehearsal is of a plan, and takes no --cluster or --service\n\n  \
         sixshift init --cluster {cluster} writes the plans; then: sixshift rehearse plans/"
    )?;
    Ok(exit::USAGE)
}

/// The live side, as it is now: the last that this verb asks of AWS. Nothing where somebody stops it.
async fn read(
    plans: Vec<Plan>,
    sim_clock: Option<&str>,
    stopped: Pin<&mut impl Future<Output = ()>>,
) -> anyhow::Result<Option<Vec<Script>>> {
    let clock = skew::clock(sim_clock)?;
    let scripts = async {
        let hands = Hands::from_environment(clock.rate()).await;
        let mut scripts = Vec::new();
        let plans = told(&hands, plans, clock.now()).await;
        for plans in by_place(plans) {
            let names: Vec<&str> = plans.iter().map(|p| p.name.as_str()).collect();
            let names = names.join(", ");
            let now = clock.now();
            let read = hands.originals(plans, now).await;
            let read = read.with_context(|| format!("cannot copy what {names} moves"))?;
            scripts.extend(read.into_iter().map(|(plans, original)| Script {
                plans,
                original,
                now,
            }));
        }
        Ok(Some(scripts))
    };
    tokio::select! {
        biased;
        () = stopped => Ok(None),
        scripts = scripts => scripts,
    }
}

/// The plans with their ways: where one leaves it to the service, the live one tells it.
async fn told(hands: &Hands, plans: Vec<Plan>, now: Timestamp) -> Vec<Plan> {
    let looks = plans.into_iter().map(|plan| async move {
        if !plan.shift.choice.is_open() {
            return plan;
        }
        let seen = hands.observe_patiently(&plan, Asked::full(now)).await;
        settled(&plan, (&seen).into()).into_owned()
    });
    join_all(looks).await
}

/// Plans by region and role, in their order.
fn by_place(plans: Vec<Plan>) -> Vec<Vec<Plan>> {
    let place = |plan: &Plan| (plan.service.region.clone(), plan.service.role_arn.clone());
    let mut places: Vec<Vec<Plan>> = Vec::new();
    for plan in plans {
        let same = |known: &&mut Vec<Plan>| known.first().map(place) == Some(place(&plan));
        match places.iter_mut().find(same) {
            Some(known) => known.push(plan),
            None => places.push(vec![plan]),
        }
    }
    places
}

/// As of `demo`; of several rehearsals the one that ended worst.
fn code(rehearsals: &[Rehearsal]) -> u8 {
    let codes = rehearsals.iter().map(|r| exit::of(r.ending, &r.statuses));
    let worst = [
        exit::STOPPED,
        exit::TIMED_OUT,
        exit::ROLLED_BACK,
        exit::NEEDS_PERSON,
    ];
    let codes: Vec<u8> = codes.collect();
    let found = worst.into_iter().find(|code| codes.contains(code));
    found.unwrap_or(exit::DONE)
}
