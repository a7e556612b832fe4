//! `sixshift list`: a line a plan.

use clap::{Args as ClapArgs, builder::PossibleValuesParser};
use jiff::Timestamp;
use sixshift_api::model::{Fleet, HEALTHS, PHASES, Page, PlanSummary};

use super::{
    Server,
    connection::Connection,
    error::Error,
    label::Label,
    output::{Format, note, say},
    table::{Cell, Table},
    words::{NOTHING, age, health, percent, short, width},
};
use crate::exit;

/// Arguments of `list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Only plans in this phase; may be given several times.
    #[arg(long, value_parser = PossibleValuesParser::new(PHASES), ignore_case = true)]
    phase: Vec<String>,
    /// Only plans in this health; may be given several times.
    #[arg(long, value_parser = PossibleValuesParser::new(HEALTHS), ignore_case = true)]
    health: Vec<String>,
    /// Only plans with this label; given several times, with all of them.
    #[arg(short = 'l', long = "label", value_name = "LABEL=VALUE", value_parser = Label::parse)]
    labels: Vec<Label>,
    /// table, wide, json or yaml.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    server: Server,
}

/// Prints the list.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let connection = args.server.connect()?;
    let mut plans = plans(&connection)?;
    plans.retain(|plan| args.wants(plan));
    let page = Page {
        items: plans,
        next: None,
    };
    if args.output.print(&page)? {
        return Ok(exit::DONE);
    }
    let fleet: Fleet = connection.get("/api/v1/fleet")?;
    still(&fleet);
    if page.items.is_empty() {
        note(
            "no plan; see `sixshift list -o json` for why the source has none, or give other filters",
        );
    } else {
        let mut table = Table::new(headings(args.output));
        for plan in &page.items {
            table.add(row(plan, fleet.now, args.output));
        }
        say(&table.render(room(args.output)))?;
    }
    Ok(exit::DONE)
}

impl Args {
    fn wants(&self, plan: &PlanSummary) -> bool {
        let is_one_of = |wanted: &[String], word: &str| {
            wanted.is_empty() || wanted.iter().any(|w| w.eq_ignore_ascii_case(word))
        };
        is_one_of(&self.phase, &plan.phase)
            && is_one_of(&self.health, &plan.health)
            && self.labels.iter().all(|label| label.is_on(plan))
    }
}

/// Every plan, however many pages they are.
pub(super) fn plans(connection: &Connection) -> Result<Vec<PlanSummary>, Error> {
    let mut page: Page<PlanSummary> = connection.get("/api/v1/plans")?;
    let mut plans = page.items;
    while let Some(next) = page.next {
        page = connection.get(&format!("/api/v1/plans?after={next}"))?;
        // A page without items would go on for ever.
        if page.items.is_empty() {
            break;
        }
        plans.append(&mut page.items);
    }
    Ok(plans)
}

/// Says what keeps the whole fleet, and which files nobody can read.
fn still(fleet: &Fleet) {
    if let Some(reason) = &fleet.frozen {
        note(&format!("the fleet is frozen: {reason}"));
    }
    if let Some(holding) = &fleet.holding {
        note(&format!("nothing moves yet: {holding}"));
    }
    if let Some(unwritten) = &fleet.unwritten {
        note(&format!(
            "nothing goes forward: the journal cannot be written for {}: {}; pauses, aborts and a freeze count and are written later",
            age(Some(unwritten.since), fleet.now),
            unwritten.why
        ));
    }
    if let Some(why) = &fleet.clock {
        note(&format!(
            "nothing goes forward, traffic is still taken back: {why}"
        ));
    }
    if let Some(error) = &fleet.source.error {
        note(&format!(
            "the plans at {} cannot be read: {error}",
            fleet.source.name
        ));
    }
    for mistake in &fleet.source.mistakes {
        note(&format!(
            "{}:{}:{}: {}; {}",
            mistake.file, mistake.line, mistake.column, mistake.message, mistake.remedy
        ));
    }
}

/// How wide rows may be.
pub(super) fn room(output: Format) -> usize {
    if output.is_wide() {
        usize::MAX
    } else {
        width()
    }
}

/// The headings of [`row`].
pub(super) fn headings(output: Format) -> &'static [&'static str] {
    if output.is_wide() {
        &[
            "NAME",
            "PHASE",
            "HEALTH",
            "STEP",
            "DESIRED",
            "APPLIED",
            "OBSERVED",
            "EFFECTIVE",
            "VERDICT",
            "WAITS FOR",
            "SINCE",
            "SERVICE",
            "REVISION",
            "COMMIT",
            "PLAN",
            "SENTENCE",
        ]
    } else {
        &["NAME", "PHASE", "HEALTH", "IPV6", "SINCE", "WAITS FOR"]
    }
}

/// One plan's cells.
pub(super) fn row(plan: &PlanSummary, now: Timestamp, output: Format) -> Vec<Cell> {
    let state = Cell::coloured(&plan.health, health(&plan.health));
    let waits = plan
        .waiting_on
        .clone()
        .unwrap_or_else(|| NOTHING.to_owned());
    let waits = match plan.standing.as_str() {
        "Current" => waits,
        other => format!("{waits} ({} at its source)", other.to_lowercase()),
    };
    let since = age(plan.waiting_since, now);
    let head = vec![plan.name.clone().into(), plan.phase.clone().into(), state];
    let tail = if output.is_wide() {
        let step = plan.step.unwrap_or(0);
        vec![
            format!("{step}/{}", plan.steps).into(),
            percent(plan.shares.desired).into(),
            percent(plan.shares.applied).into(),
            percent(plan.shares.observed).into(),
            percent(plan.shares.effective).into(),
            plan.verdict
                .clone()
                .unwrap_or_else(|| NOTHING.to_owned())
                .into(),
            waits.into(),
            since.into(),
            plan.service.clone().into(),
            short(plan.revision.as_deref()).into(),
            short(plan.commit.as_deref()).into(),
            plan.standing.clone().into(),
            plan.sentence.clone().into(),
        ]
    } else {
        vec![
            percent(plan.shares.observed).into(),
            since.into(),
            waits.into(),
        ]
    };
    head.into_iter().chain(tail).collect()
}
