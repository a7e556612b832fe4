//! What people order: pause, resume, approve, promote, abort, retry, adopt, freeze, unfreeze.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use sixshift_api::model::{Accepted, Order};
use sixshift_core::plan;

use super::{
    Server, complete, get,
    output::{Format, note, say},
};
use crate::exit;

/// What every order has.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Why, for whoever reads the history.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Who you are, as far as the token does not say it; by default this machine's user.
    #[arg(long, value_name = "NAME", env = "SIXSHIFT_ACTOR")]
    actor: Option<String>,
    /// table, wide, json or yaml.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    server: Server,
}

/// Arguments of a plan's orders.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The plan.
    #[arg(add = complete::names())]
    name: String,
    /// Only if the plan is still at this revision.
    #[arg(long)]
    revision: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Arguments of `approve`.
#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {
    #[command(flatten)]
    plan: PlanArgs,
    /// Only if the plan waits at this gate, as in step:2, tooFew:0 or retire; by default whichever it waits at.
    #[arg(long)]
    gate: Option<String>,
}

/// Arguments of `promote`.
#[derive(Debug, Args)]
pub(crate) struct PromoteArgs {
    #[command(flatten)]
    plan: PlanArgs,
    /// How far, as in 50% or 100%; no finer than 0.1%.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    to: String,
    /// Do not ask whether you mean it.
    #[arg(short, long)]
    yes: bool,
}

/// Arguments of `abort`.
#[derive(Debug, Args)]
pub(crate) struct AbortArgs {
    #[command(flatten)]
    plan: PlanArgs,
    /// Do not ask whether you mean it.
    #[arg(short, long)]
    yes: bool,
}

/// Arguments of the fleet's orders.
#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    #[command(flatten)]
    common: Common,
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("say why in a few words".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A share as plans spell it.
fn share(text: &str) -> Result<String, String> {
    let wrong = || "a share from 0.1% to 100%, as in 50%".to_owned();
    plan::share(text).map(|_| text.to_owned()).ok_or_else(wrong)
}

/// Gives a plan an order.
pub(crate) fn plan(verb: &str, args: &PlanArgs) -> anyhow::Result<u8> {
    args.send(verb, args.order())
}

/// Approves.
pub(crate) fn approve(args: &ApproveArgs) -> anyhow::Result<u8> {
    let gate = args.gate.clone();
    let order = args.plan.order();
    args.plan.send("approve", Order { gate, ..order })
}

/// Promotes, once the person means it.
pub(crate) fn promote(args: &PromoteArgs) -> anyhow::Result<u8> {
    let (name, to) = (&args.plan.name, &args.to);
    let question = format!("Let {name} go on to {to} without the holds and gates before that?");
    if !args.yes && !is_meant(&question)? {
        return Ok(exit::ERROR);
    }
    let to = Some(to.clone());
    let order = args.plan.order();
    args.plan.send("promote", Order { to, ..order })
}

/// Aborts, once the person means it.
pub(crate) fn abort(args: &AbortArgs) -> anyhow::Result<u8> {
    let question = format!("Take all traffic of {} back to IPv4 now?", args.plan.name);
    if !args.yes && !is_meant(&question)? {
        return Ok(exit::ERROR);
    }
    plan("abort", &args.plan)
}

/// Gives the fleet an order.
pub(crate) fn fleet(verb: &str, args: &FleetArgs) -> anyhow::Result<u8> {
    let order = args.common.order(None);
    args.common.send(&format!("/api/v1/fleet/{verb}"), &order)
}

/// Without a terminal nobody can be asked, and a script means what it says.
fn is_meant(question: &str) -> std::io::Result<bool> {
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

impl PlanArgs {
    fn order(&self) -> Order {
        self.common.order(self.revision.as_ref())
    }

    fn send(&self, verb: &str, order: Order) -> anyhow::Result<u8> {
        self.common
            .send(&format!("{}/{verb}", get::path(&self.name)), &order)
    }
}

impl Common {
    fn order(&self, revision: Option<&String>) -> Order {
        Order {
            reason: self.reason.clone(),
            revision: revision.cloned(),
            gate: None,
            to: None,
            actor: self.actor.clone().or_else(user),
        }
    }

    fn send(&self, path: &str, order: &Order) -> anyhow::Result<u8> {
        let accepted: Accepted = self.server.connect()?.post(path, order)?;
        if !self.output.print(&accepted)? {
            say(&format!("{}\n", accepted.sentence))?;
        }
        Ok(exit::DONE)
    }
}

/// This machine's user, by the names that shells give.
fn user() -> Option<String> {
    let names = ["USER", "LOGNAME", "USERNAME"];
    let mut names = names.iter().filter_map(|name| std::env::var(name).ok());
    names.find(|name| !name.is_empty())
}
