//! `sixshift get NAME`: one plan.

use std::fmt::Write;

use clap::Args as ClapArgs;
use jiff::{SignedDuration, Timestamp};
use sixshift_api::model::{Fleet, Plan, PlanSummary, Way};

use super::{
    Server, complete,
    connection::{Connection, answered},
    error::Error,
    follow::{Follower, News},
    list, live,
    output::{Format, note, say},
    stop,
    table::Table,
    words::{BOLD, DIM, NOTHING, age, clock, health, length, percent, short, width, wrap},
};
use crate::{exit, screen};

/// Arguments of `get`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The plan.
    #[arg(add = complete::names())]
    name: String,
    /// Stay until Ctrl-C: in a terminal with routes, sides, targets and evidence drawn in place, elsewhere with a line for
    /// each change.
    #[arg(short, long)]
    watch: bool,
    /// table, wide, json or yaml.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    server: Server,
}

/// Where a plan is in the API.
pub(super) fn path(name: &str) -> String {
    format!("/api/v1/plans/{}", escaped(name))
}

/// A name as an address can hold it.
pub(super) fn escaped(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The plan, whole.
pub(super) fn plan(connection: &Connection, name: &str) -> Result<Plan, Error> {
    connection.get(&path(name))
}

/// The daemon's time, which is not ours in a simulated region.
pub(super) fn now(connection: &Connection) -> Result<Timestamp, Error> {
    Ok(connection.get::<Fleet>("/api/v1/fleet")?.now)
}

/// Prints it.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let connection = args.server.connect()?;
    if args.watch {
        stop::at_ctrl_c()?;
        let for_people = matches!(args.output, Format::Table | Format::Wide);
        return if for_people && screen::is_there() {
            live::watch(&connection, &args.name)
        } else {
            watch(args, &connection)
        };
    }
    let plan = plan(&connection, &args.name)?;
    if !args.output.print(&plan)? {
        say(&page(&plan, now(&connection)?, args.output))?;
    }
    Ok(exit::DONE)
}

/// A line with each change.
fn watch(args: &Args, connection: &Connection) -> anyhow::Result<u8> {
    let mut table = Table::new(list::headings(args.output)).at_least(&[
        args.name.chars().count(),
        "TaskDefinition".len(),
        "Progressing".len(),
        "99.99 %".len(),
        "59m59s".len(),
    ]);
    if matches!(args.output, Format::Table | Format::Wide) {
        say(&table.last(list::room(args.output)))?;
    }
    let mut shown: Option<PlanSummary> = None;
    let mut follower = Follower::new(
        connection,
        format!("/api/v1/stream?plan={}", escaped(&args.name)),
    );
    loop {
        let summary = match follower.next()? {
            News::Message(message) if message.event == "plan" => {
                answered(message.data.as_bytes()).ok()
            }
            News::Message(message) if matches!(message.event.as_str(), "fleet" | "event") => None,
            News::Message(_) | News::Connected => match plan(connection, &args.name) {
                Ok(plan) => Some(plan.summary),
                Err(error) if error.may_pass() => None,
                Err(error) if error.is_not_found() && shown.is_some() => {
                    note(&format!(
                        "{} is gone from its source and forgotten",
                        args.name
                    ));
                    return Ok(exit::DONE);
                }
                Err(error) => return Err(error.into()),
            },
        };
        let Some(summary) = summary.filter(|s| s.name == args.name && says_more(s, shown.as_ref()))
        else {
            continue;
        };
        if !args.output.print_one(&summary)? {
            let now = summary.at.or(summary.waiting_since).unwrap_or_default();
            table.add(list::row(&summary, now, args.output));
            say(&table.last(list::room(args.output)))?;
        }
        shown = Some(summary);
    }
}

/// Whether anything but the time of the look is new.
fn says_more(new: &PlanSummary, shown: Option<&PlanSummary>) -> bool {
    shown.is_none_or(|shown| {
        let same = PlanSummary {
            at: shown.at,
            version: shown.version,
            ..new.clone()
        };
        same != *shown
    })
}

/// Everything a person wants first.
fn page(plan: &Plan, now: Timestamp, output: Format) -> String {
    let summary = &plan.summary;
    let mut text = headline(summary);
    for line in wrap(&summary.sentence, width().clamp(40, 100)) {
        text += &format!("{line}\n");
    }
    text += "\n";
    let mut say = |name: &str, what: String| text += &format!("{DIM}{name:<11}{DIM:#}{what}\n");
    say("service", summary.service.clone());
    say("revision", short(summary.revision.as_deref()));
    say("from", origin(plan));
    say("labels", labels(summary));
    if let Some(told) = plan.way.as_ref().and_then(Way::told) {
        say("moves", told);
    }
    say(
        "waits for",
        summary.waiting_on.as_ref().map_or_else(
            || NOTHING.to_owned(),
            |on| format!("{on}, for {}", age(summary.waiting_since, now)),
        ),
    );
    if let Some(found) = plan.gates.iter().find(|g| g.name == "preflight") {
        say("preflight", found.observed.clone());
    }
    say("shares", shares(summary));
    say(
        "verdict",
        summary
            .verdict
            .clone()
            .unwrap_or_else(|| NOTHING.to_owned()),
    );
    let looked = summary
        .at
        .map_or_else(|| "not looked at yet".to_owned(), |at| clock(at, now));
    let next = plan
        .look_at
        .map_or_else(String::new, |at| format!(", next by {}", clock(at, now)));
    say("looked at", format!("{looked}{next}"));
    if plan.attempts > 0 {
        say("failures", format!("{} in a row", plan.attempts));
    }
    text += &steps(plan);
    text += &orders(plan, now);
    if output.is_wide() {
        text += &conditions(plan, now);
    }
    text + &mistakes(plan)
}

/// Name, phase, health.
pub(super) fn headline(summary: &PlanSummary) -> String {
    let colour = health(&summary.health);
    format!(
        "{BOLD}{}{BOLD:#}  {}  {colour}{}{colour:#}\n",
        summary.name, summary.phase, summary.health
    )
}

fn origin(plan: &Plan) -> String {
    let origin = &plan.origin;
    let commit = origin.commit.as_deref().map_or_else(String::new, |commit| {
        let date = origin
            .author_date
            .map_or_else(String::new, |d| format!(" of {}", d.strftime("%F")));
        format!(", commit {}{date}", short(Some(commit)))
    });
    format!("{}:{}{commit}", origin.file, origin.line)
}

fn labels(summary: &PlanSummary) -> String {
    let all: Vec<String> = summary
        .labels
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    if all.is_empty() {
        NOTHING.to_owned()
    } else {
        all.join(", ")
    }
}

fn shares(summary: &PlanSummary) -> String {
    let shares = &summary.shares;
    format!(
        "desired {}, applied {}, observed {}, effective {}",
        percent(shares.desired),
        percent(shares.applied),
        percent(shares.observed),
        percent(shares.effective)
    )
}

fn steps(plan: &Plan) -> String {
    if plan.steps.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["STEP", "IPV6", "HOLD", "PROVEN", "THEN"]);
    for step in &plan.steps {
        let seconds = |s: u64| length(SignedDuration::from_secs(s.try_into().unwrap_or(i64::MAX)));
        table.add(vec![
            format!("{} {}", mark(&step.state), step.number).into(),
            percent(Some(step.weight)).into(),
            if step.hold_seconds == 0 {
                NOTHING.into()
            } else {
                seconds(step.hold_seconds).into()
            },
            step.proven_seconds.map_or_else(String::new, seconds).into(),
            match &step.webhook {
                Some(host) => sixshift_api::visible(host).into_owned().into(),
                None if step.approval => "approval".into(),
                None => "".into(),
            },
        ]);
    }
    format!("\n{}", table.render(usize::MAX))
}

fn mark(state: &str) -> &'static str {
    match state {
        "past" => "✓",
        "current" => "▶",
        "failed" => "✗",
        "aborted" => "↩",
        _ => " ",
    }
}

fn orders(plan: &Plan, now: Timestamp) -> String {
    if plan.orders.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["ORDER", "BY", "WHEN", "WHY"]);
    for order in &plan.orders {
        table.add(vec![
            order.what.clone().into(),
            order
                .by
                .clone()
                .unwrap_or_else(|| NOTHING.to_owned())
                .into(),
            order
                .at
                .map_or_else(|| NOTHING.to_owned(), |at| clock(at, now))
                .into(),
            order.reason.clone().unwrap_or_default().into(),
        ]);
    }
    format!("\n{}", table.render(width()))
}

fn conditions(plan: &Plan, now: Timestamp) -> String {
    let mut table = Table::new(&["CONDITION", "STATUS", "REASON", "SINCE", "MESSAGE"]);
    for condition in &plan.conditions {
        table.add(vec![
            condition.kind.clone().into(),
            condition.status.clone().into(),
            condition.reason.clone().into(),
            age(Some(condition.since), now).into(),
            condition.message.clone().into(),
        ]);
    }
    format!("\n{}", table.render(usize::MAX))
}

/// What is wrong with the newest text, which therefore does not run.
pub(super) fn mistakes(plan: &Plan) -> String {
    if plan.mistakes.is_empty() {
        return String::new();
    }
    let mut text =
        "\nThe newest text of this plan is broken; the last good revision runs on.\n".to_owned();
    for mistake in &plan.mistakes {
        text += &format!("{}\n", mistake.rendered.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn each_state_of_a_step_has_a_mark_of_its_own() {
        let marks = ["past", "current", "failed", "aborted", "ahead"].map(mark);
        assert_eq!(marks, ["✓", "▶", "✗", "↩", " "]);
    }
}
