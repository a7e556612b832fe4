//! Which plans an order is for: those that are named, those with a label, or all.
//!
//! What belongs here: the choice, and the question whether it is meant. What must not: sending the order.

use std::{
    collections::BTreeSet,
    io::{BufRead, IsTerminal},
};

use clap::Args;
use sixshift_api::model::{Fleet, PlanSummary};

use super::{
    complete,
    connection::Connection,
    label::Label,
    list,
    output::{Format, complain, note},
    table::Table,
};

/// The plans.
#[derive(Debug, Args)]
#[group(id = "whom", required = true, multiple = true)]
pub(super) struct Whom {
    /// The plans.
    #[arg(value_name = "NAME", add = complete::names(), conflicts_with_all = ["labels", "all"])]
    names: Vec<String>,
    /// All plans with this label; given several times, with all of them.
    #[arg(short = 'l', long = "label", value_name = "LABEL=VALUE", value_parser = Label::parse, conflicts_with = "all")]
    labels: Vec<Label>,
    /// All plans.
    #[arg(long)]
    all: bool,
}

/// Why there is nobody to give the order to.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(
        "no plan has {0}; `sixshift list -o wide` shows the plans, `sixshift get NAME` their labels"
    )]
    NoneWith(String),
    #[error("the daemon has no plan; `sixshift list` says what it knows of its source")]
    NoneAtAll,
    #[error(
        "this would {verb} {count}, and here nobody can be asked; look at `sixshift list`, then add --yes"
    )]
    NotAsked { verb: &'static str, count: String },
}

impl Whom {
    /// Whether it is one plan, by its name.
    pub(super) fn is_one(&self) -> bool {
        self.names().len() == 1
    }

    /// The names, each once.
    fn names(&self) -> Vec<&String> {
        let mut seen = BTreeSet::new();
        let names = self.names.iter();
        names.filter(|name| seen.insert(*name)).collect()
    }

    /// The plans' names, once the person means it; `None`: not meant.
    ///
    /// # Errors
    /// The daemon does not say which, there is none, or nobody can be asked about plans that nobody named.
    pub(super) fn meant(
        &self,
        verb: &'static str,
        connection: &Connection,
        yes: bool,
    ) -> anyhow::Result<Option<Vec<String>>> {
        let named: Vec<String> = self.names().into_iter().cloned().collect();
        if !named.is_empty() {
            // The one order that moves all of a plan's traffic at once is asked about even by name.
            let asks = verb == "abort" && !yes;
            let question = format!("Take all traffic of {} back to IPv4 now?", named.join(", "));
            let meant = !asks || is_meant(&question)?;
            return Ok(meant.then_some(named));
        }
        let plans = self.picked(connection)?;
        let meant = yes || self.is_picked_meant(verb, connection, &plans)?;
        let names = plans.into_iter().map(|plan| plan.name).collect();
        Ok(meant.then_some(names))
    }

    fn picked(&self, connection: &Connection) -> anyhow::Result<Vec<PlanSummary>> {
        let mut plans = list::plans(connection)?;
        plans.retain(|plan| self.labels.iter().all(|label| label.is_on(plan)));
        if !plans.is_empty() {
            return Ok(plans);
        }
        let labels: Vec<String> = self.labels.iter().map(Label::to_string).collect();
        Err(if labels.is_empty() {
            Error::NoneAtAll.into()
        } else {
            Error::NoneWith(labels.join(" and ")).into()
        })
    }

    fn is_picked_meant(
        &self,
        verb: &'static str,
        connection: &Connection,
        plans: &[PlanSummary],
    ) -> anyhow::Result<bool> {
        let count = match plans.len() {
            1 => "1 plan".to_owned(),
            more => format!("{more} plans"),
        };
        if !std::io::stdin().is_terminal() {
            return Err(Error::NotAsked { verb, count }.into());
        }
        let now = connection.get::<Fleet>("/api/v1/fleet")?.now;
        let mut table = Table::new(list::headings(Format::Table));
        for plan in plans {
            table.add(list::row(plan, now, Format::Table));
        }
        complain(table.render(list::room(Format::Table)).trim_end());
        Ok(is_meant(&format!("{verb} {count}?"))?)
    }
}

/// Without a terminal nobody can be asked, and a script that names a plan means what it says.
pub(super) fn is_meant(question: &str) -> std::io::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(true);
    }
    anstream::eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim();
    let is_meant = answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes");
    if !is_meant {
        note("nothing was done");
    }
    Ok(is_meant)
}
