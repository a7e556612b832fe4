//! `sixshift why NAME`: gate by gate, what must hold for the plan to go on.

use clap::Args as ClapArgs;
use jiff::Timestamp;
use sixshift_api::model::{FirstLines, Gate, Offer, Plan, Way};

use super::{
    Server, complete, get,
    output::{Format, say},
    table::{Cell, Table},
    words::{BOLD, DIM, NOTHING, age, clock, length, state, width, wrap},
};
use crate::exit;

/// Arguments of `why`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The plan.
    #[arg(add = complete::names())]
    name: String,
    /// table, wide, json or yaml.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    server: Server,
}

/// What programs get: the parts of the plan that answer the question.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    name: &'a str,
    phase: &'a str,
    health: &'a str,
    waiting_on: Option<&'a str>,
    waiting_since: Option<Timestamp>,
    sentence: &'a str,
    way: Option<&'a Way>,
    runbook: Option<&'a str>,
    gates: &'a [Gate],
    #[serde(skip_serializing_if = "Option::is_none")]
    first_lines: Option<&'a FirstLines>,
    commands: &'a [Offer],
}

/// Prints the gates.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let connection = args.server.connect()?;
    let plan = get::plan(&connection, &args.name)?;
    let summary = &plan.summary;
    let answer = Answer {
        name: &summary.name,
        phase: &summary.phase,
        health: &summary.health,
        waiting_on: summary.waiting_on.as_deref(),
        waiting_since: summary.waiting_since,
        sentence: &summary.sentence,
        way: plan.way.as_ref(),
        runbook: plan.runbook.as_deref(),
        gates: &plan.gates,
        first_lines: plan.first_lines.as_ref(),
        commands: &plan.commands,
    };
    if args.output.print(&answer)? {
        return Ok(exit::DONE);
    }
    let now = get::now(&connection)?;
    let room = width().clamp(40, 100);
    let mut text = get::headline(summary);
    for line in wrap(&summary.sentence, room) {
        text += &format!("{line}\n");
    }
    if let Some(told) = plan.way.as_ref().and_then(Way::told) {
        text += &format!("It moves {told}\n");
    }
    if let Some(page) = &plan.runbook {
        text += &format!("Runbook: {page}\n");
    }
    text += "\n";
    if args.output.is_wide() {
        text += &table(&plan.gates, now);
    } else {
        let longest = plan
            .gates
            .iter()
            .map(|g| g.name.chars().count())
            .max()
            .unwrap_or(0);
        for gate in &plan.gates {
            text += &block(gate, longest, room, now);
        }
    }
    text += &first_lines(&plan);
    text += &offers(&plan);
    text += &get::mistakes(&plan);
    say(&text)?;
    Ok(exit::DONE)
}

/// An open gate is a line; one that keeps the plan is told in full.
fn block(gate: &Gate, longest: usize, room: usize, now: Timestamp) -> String {
    let (colour, mark) = state(&gate.state);
    let name = &gate.name;
    let blanks = " ".repeat(longest - name.chars().count());
    let head = format!("{colour}{mark}{colour:#} {name}{blanks}  ");
    if matches!(gate.state.as_str(), "open" | "ahead") {
        let dim = if gate.state == "ahead" {
            DIM
        } else {
            Default::default()
        };
        let mut lines = wrap(&brief(gate), room.saturating_sub(longest + 4).max(20)).into_iter();
        let mut text = format!("{head}{dim}{}{dim:#}\n", lines.next().unwrap_or_default());
        for line in lines {
            text += &format!("{}{dim}{line}{dim:#}\n", " ".repeat(longest + 4));
        }
        return text;
    }
    let mut text = format!("{head}{BOLD}{}{BOLD:#}\n", gate.state);
    for (what, said) in details(gate, now) {
        for (i, line) in wrap(&said, room.saturating_sub(18).max(20))
            .into_iter()
            .enumerate()
        {
            let what = if i == 0 { what } else { "" };
            text += &format!("    {DIM}{what:<13}{DIM:#} {line}\n");
        }
    }
    text
}

pub(super) fn brief(gate: &Gate) -> String {
    let mut text = gate.observed.clone();
    if !gate.limit.is_empty() {
        text += &format!(" (limit: {})", gate.limit);
    }
    if let Some(samples) = samples(gate) {
        text += &format!(", {samples}");
    }
    text.trim_start_matches([',', ' ']).to_owned()
}

fn samples(gate: &Gate) -> Option<String> {
    match (gate.samples, &gate.window) {
        (Some(samples), Some(window)) => Some(format!("{samples} samples over {window}")),
        (Some(samples), None) => Some(format!("{samples} samples")),
        (None, Some(window)) => Some(format!("over {window}")),
        (None, None) => None,
    }
}

fn details(gate: &Gate, now: Timestamp) -> Vec<(&'static str, String)> {
    let since = gate
        .since
        .map(|at| format!("{} ({})", clock(at, now), age(Some(at), now)));
    let all = [
        ("observed", Some(gate.observed.clone())),
        ("limit", Some(gate.limit.clone())),
        ("samples", samples(gate)),
        ("since", since),
        ("unblocked by", gate.unblocked_by.clone()),
        ("at earliest", gate.earliest.map(|at| earliest(at, now))),
    ];
    let known = all
        .into_iter()
        .filter_map(|(what, said)| Some((what, said?)));
    known.filter(|(_, said)| !said.is_empty()).collect()
}

fn earliest(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    if left.is_positive() {
        format!("{} (in {})", clock(at, now), length(left))
    } else {
        "now".to_owned()
    }
}

fn table(gates: &[Gate], now: Timestamp) -> String {
    let mut table = Table::new(&[
        "GATE",
        "STATE",
        "OBSERVED",
        "LIMIT",
        "SAMPLES",
        "WINDOW",
        "SINCE",
        "AT EARLIEST",
        "UNBLOCKED BY",
    ]);
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    for gate in gates {
        table.add(vec![
            gate.name.clone().into(),
            Cell::coloured(&gate.state, state(&gate.state).0),
            gate.observed.clone().into(),
            gate.limit.clone().into(),
            or_nothing(gate.samples.map(|s| s.to_string())).into(),
            or_nothing(gate.window.clone()).into(),
            age(gate.since, now).into(),
            or_nothing(gate.earliest.map(|at| earliest(at, now))).into(),
            or_nothing(gate.unblocked_by.clone()).into(),
        ]);
    }
    table.render(usize::MAX)
}

/// What the task beside the service wrote.
fn first_lines(plan: &Plan) -> String {
    let Some(told) = &plan.first_lines else {
        return String::new();
    };
    let lines: String = match told.none() {
        Some(why) => format!("  {why}\n"),
        None => told.lines.iter().map(|l| format!("  {l}\n")).collect(),
    };
    format!("\n{}:\n{DIM}{lines}{DIM:#}", told.title())
}

/// What a person can do about it now. Pause and abort always can be, and are no answer; nor is a promotion while there is
/// something to wait for.
fn offers(plan: &Plan) -> String {
    let name = &plan.summary.name;
    let on = plan.summary.waiting_on.as_deref();
    let open = plan.commands.iter().filter(|offer| {
        offer.refused.is_none()
            && match offer.verb.as_str() {
                "approve" | "resume" | "retry" | "adopt" | "unfreeze" => true,
                "promote" => matches!(on, Some("Ipv4Sick" | "Emptied")),
                _ => false,
            }
    });
    let lines: String = open
        .map(|offer| {
            let whom = if offer.verb == "unfreeze" { "" } else { name };
            let gate = plan.gate.as_ref().filter(|_| offer.verb == "approve");
            let gate = gate.map_or_else(String::new, |gate| format!(" --gate {gate}"));
            let to = if offer.verb == "promote" {
                " --to 100%"
            } else {
                ""
            };
            let call = format!("sixshift {} {whom}{gate}{to}", offer.verb);
            format!(
                "  {BOLD}{} --reason …{BOLD:#}\n      {DIM}{}{DIM:#}\n",
                call.trim_end(),
                offer.effect
            )
        })
        .collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\nYou can:\n{lines}")
    }
}
