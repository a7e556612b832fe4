//! What people order: pause, resume, approve, abort, retry, adopt, freeze, unfreeze.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use sixshift_api::model::{Accepted, Order};

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

/// Gives a plan an order.
pub(crate) fn plan(verb: &str, args: &PlanArgs) -> anyhow::Result<u8> {
    let order = args.common.order(args.revision.as_ref(), None);
    args.common
        .send(&format!("{}/{verb}", get::path(&args.name)), &order)
}

/// Approves.
pub(crate) fn approve(args: &ApproveArgs) -> anyhow::Result<u8> {
    let plan = &args.plan;
    let order = plan
        .common
        .order(plan.revision.as_ref(), args.gate.as_ref());
    plan.common
        .send(&format!("{}/approve", get::path(&plan.name)), &order)
}

/// Aborts, once the person means it. Without a terminal nobody can be asked, and a script means what it says.
pub(crate) fn abort(args: &AbortArgs) -> anyhow::Result<u8> {
    let name = &args.plan.name;
    if !args.yes && std::io::stdin().is_terminal() && !is_meant(name)? {
        note("nothing was done");
        return Ok(exit::ERROR);
    }
    plan("abort", &args.plan)
}

/// Gives the fleet an order.
pub(crate) fn fleet(verb: &str, args: &FleetArgs) -> anyhow::Result<u8> {
    let order = args.common.order(None, None);
    args.common.send(&format!("/api/v1/fleet/{verb}"), &order)
}

fn is_meant(name: &str) -> std::io::Result<bool> {
    anstream::eprint!("Take all traffic of {name} back to IPv4 now? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim();
    Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}

impl Common {
    fn order(&self, revision: Option<&String>, gate: Option<&String>) -> Order {
        Order {
            reason: self.reason.clone(),
            revision: revision.cloned(),
            gate: gate.cloned(),
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
