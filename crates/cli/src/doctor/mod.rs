//! `sixshift doctor`: whether this machine has what the daemon needs, and how to mend what it lacks.
//!
//! What belongs here: looking. What must not: changing anything, in AWS least of all; and what is wrong with a service,
//! which is the plan's readiness.

mod aws;
mod host;
mod plans;
mod table;
mod verdict;

use clap::Args as ClapArgs;
use jiff::SignedDuration;
use serde::Serialize;
use sixshift_controller::Clock;
use sixshift_core::plan::Plan;

use crate::{
    Output,
    client::note,
    daemon::{origin::Origin, settings::Settings},
    exit, skew,
};

/// Arguments of `doctor`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The daemon's settings, as `run --config` takes them. Without them only this machine and AWS are looked at.
    #[arg(long, value_name = "FROM")]
    config: Option<Origin>,
    /// A region to look at, beside those of the plans; may be given several times.
    #[arg(long = "region", env = "AWS_REGION", value_name = "REGION")]
    regions: Vec<String>,
    /// Look again until nothing is bad, for so long at most, as in 5m (exit code 5: the time is up).
    #[arg(long, value_name = "TIME", value_parser = crate::timeout::parse)]
    wait: Option<SignedDuration>,
    /// Follow the clock of a simulated region, e.g. `http://127.0.0.1:4566`, as `run` does.
    #[arg(long, value_name = "URL")]
    sim_clock: Option<String>,
    /// text or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum State {
    /// Fine.
    Ok,
    /// The daemon runs, but something will be missed.
    Warn,
    /// The daemon cannot do its work.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    /// What about: settings, access, source, plans, journal, lease, listen, network, endpoints, aws, clock.
    check: &'static str,
    state: State,
    /// What was seen.
    sentence: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Ok,
            sentence: sentence.into(),
            remedy: None,
        }
    }

    fn warn(check: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Warn,
            sentence: sentence.into(),
            remedy: Some(remedy.into()),
        }
    }

    fn bad(check: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            state: State::Bad,
            ..Self::warn(check, sentence, remedy)
        }
    }
}

/// Everything that was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    api_version: &'static str,
    kind: &'static str,
    healthy: bool,
    /// What all of it comes to.
    verdict: String,
    findings: Vec<Finding>,
}

/// Looks, and tells.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let most = args.wait.map(|most| most.unsigned_abs());
    let told = |verdict: &str| note(&format!("{verdict}; looking again"));
    let (findings, is_late) = verdict::wait(most, || look(args), told)?;
    let (state, verdict) = verdict::of(&findings);
    let report = Report {
        api_version: "sixshift/v1",
        kind: "DoctorReport",
        healthy: state != State::Bad,
        verdict,
        findings,
    };
    match args.output {
        Output::Json => anstream::println!("{}", serde_json::to_string_pretty(&report)?),
        Output::Text => {
            report.findings.iter().for_each(tell);
            let (style, mark) = shown(state);
            anstream::println!("\n{style}{mark}{style:#} {}", report.verdict);
        }
    }
    Ok(match (report.healthy, is_late) {
        (true, _) => exit::DONE,
        (false, true) => exit::TIMED_OUT,
        (false, false) => exit::UNREADY,
    })
}

fn look(args: &Args) -> anyhow::Result<Vec<Finding>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut findings = Vec::new();
    let mut plans: Vec<Plan> = Vec::new();
    match args.config.as_ref().map(Settings::read) {
        None => findings.push(Finding::warn(
            "settings",
            "no settings were given: source, journal and addresses are not looked at",
            "give --config FROM",
        )),
        Some(Err(error)) => findings.push(Finding::bad(
            "settings",
            format!("{error:#}"),
            "correct them; config/sixshift.yaml has every setting with a comment",
        )),
        Some(Ok(settings)) => {
            findings.push(Finding::ok("settings", "the settings are sound"));
            findings.extend(host::access(&settings.auth));
            findings.extend(host::hook(settings.webhook.as_ref()));
            findings.extend(plans::source(&settings, &mut plans));
            findings.extend(settings.journal_file().map(host::journal));
            let journal = settings.journal_table().map(|at| ("journal", at));
            let lease = settings.own_lease_table().map(|at| ("lease", at));
            for (check, at) in journal.into_iter().chain(lease) {
                findings.push(runtime.block_on(table::look(check, &at)));
            }
            findings.extend(settings.listen.iter().map(|address| host::listen(address)));
        }
    }
    let families = host::families();
    let mut regions: Vec<&str> = args.regions.iter().map(String::as_str).collect();
    regions.extend(plans.iter().map(|plan| plan.service.region.as_str()));
    regions.sort_unstable();
    regions.dedup();
    let is_aws_here = runtime.block_on(aws::is_here(&regions));
    findings.push(host::network(families, is_aws_here));
    findings.extend(runtime.block_on(aws::endpoints(&regions, families)));
    let time = match skew::clock(args.sim_clock.as_deref()) {
        Ok(time) => time,
        Err(error) => {
            findings.push(Finding::bad(
                "clock",
                format!("{error:#}"),
                "start `sixshift sim`, or correct --sim-clock",
            ));
            Clock::system()
        }
    };
    findings.extend(runtime.block_on(aws::account(&plans, time)));
    Ok(findings)
}

fn tell(finding: &Finding) {
    let (style, mark) = shown(finding.state);
    anstream::println!(
        "{style}{mark}{style:#} {:<10} {}",
        finding.check,
        finding.sentence
    );
    if let Some(remedy) = &finding.remedy {
        anstream::println!("{:<13}{remedy}", "");
    }
}

/// A state's colour and mark.
fn shown(state: State) -> (anstyle::Style, &'static str) {
    use anstyle::{AnsiColor, Style};
    let (colour, mark) = match state {
        State::Ok => (AnsiColor::Green, "✓"),
        State::Warn => (AnsiColor::Yellow, "!"),
        State::Bad => (AnsiColor::Red, "✗"),
    };
    (Style::new().fg_color(Some(colour.into())), mark)
}
