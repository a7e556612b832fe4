//! `sixshift report NAME`: what a migration changed, when and on what evidence, for the change's record.

mod markdown;
mod resources;

use clap::{Args as ClapArgs, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;
use sixshift_api::model::{Event, Plan};

use super::{Server, complete, events, get, output::say};
use crate::exit;
use resources::Resources;

/// Arguments of `report`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The plan.
    #[arg(add = complete::names())]
    name: String,
    /// markdown or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
    #[command(flatten)]
    server: Server,
}

/// The report's form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For a pull request or a change record.
    #[default]
    Markdown,
    /// For programs.
    Json,
}

/// The whole report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    api_version: &'static str,
    kind: &'static str,
    plan: String,
    service: String,
    revision: Option<String>,
    commit: Option<String>,
    file: String,
    phase: String,
    health: String,
    sentence: String,
    /// The daemon's time when this was written.
    at: Timestamp,
    /// The first change in AWS.
    begun: Option<Timestamp>,
    /// The last change in AWS.
    ended: Option<Timestamp>,
    /// What AWS accepted.
    changes: Vec<Event>,
    /// What was refused or failed on the way.
    failures: Vec<Event>,
    /// What the evidence said, whenever it said something else.
    verdicts: Vec<Event>,
    /// What people ordered, and why.
    orders: Vec<Event>,
    resources: Resources,
}

/// Prints the report.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let connection = args.server.connect()?;
    let plan = get::plan(&connection, &args.name)?;
    let events = events::since(&connection, Some(&args.name), &[], 0)?;
    let report = Report::of(plan, events, get::now(&connection)?);
    match args.output {
        Form::Json => say(&format!("{}\n", serde_json::to_string_pretty(&report)?))?,
        Form::Markdown => say(&markdown::render(&report))?,
    }
    Ok(exit::DONE)
}

impl Report {
    fn of(plan: Plan, events: Vec<Event>, at: Timestamp) -> Self {
        let of_kind = |kinds: &[&str]| -> Vec<Event> {
            let meant = events.iter().filter(|e| kinds.contains(&e.kind.as_str()));
            meant.cloned().collect()
        };
        // What AWS tells of the time before an adoption is told after it.
        let mut changes = of_kind(&["acted"]);
        changes.sort_by_key(|e| e.at);
        Self {
            api_version: "sixshift/v1",
            kind: "MigrationReport",
            begun: changes.first().map(|e| e.at),
            ended: changes.last().map(|e| e.at),
            changes,
            failures: of_kind(&["failed", "vetoed"]),
            verdicts: of_kind(&["verdict"]),
            orders: of_kind(&["command"]),
            resources: Resources::of(&plan),
            at,
            plan: plan.summary.name,
            service: plan.summary.service,
            revision: plan.summary.revision,
            commit: plan.summary.commit,
            file: plan.origin.file,
            phase: plan.summary.phase,
            health: plan.summary.health,
            sentence: plan.summary.sentence,
        }
    }
}
