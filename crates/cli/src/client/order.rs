//! What people order: pause, resume, approve, promote, abort, retry, adopt, freeze, unfreeze.

use clap::Args;
use sixshift_api::model::{Accepted, Order};
use sixshift_core::plan;

use super::{
    Server, answers, complete,
    output::{Format, say},
    whom::{Whom, is_meant},
};
use crate::{exit, whoami};

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

/// Arguments of the orders that many plans can be given at once.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    whom: Whom,
    /// Only if the plan is still at this revision; for one plan.
    #[arg(long)]
    revision: Option<String>,
    /// Do not ask whether you mean it.
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

/// Arguments of `approve`.
#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {
    #[command(flatten)]
    plan: PlanArgs,
    /// Only if the plan waits at this gate, as in step:2, tooFew:1, consumers or retire; by default whichever it waits at.
    #[arg(long)]
    gate: Option<String>,
}

/// Arguments of `promote`.
#[derive(Debug, Args)]
pub(crate) struct PromoteArgs {
    /// The plan.
    #[arg(add = complete::names())]
    name: String,
    /// Only if the plan is still at this revision.
    #[arg(long)]
    revision: Option<String>,
    /// How far, as in 50% or 100%; no finer than 0.1%.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    to: String,
    /// Do not ask whether you mean it.
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
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

/// Gives plans an order.
pub(crate) fn plan(verb: &'static str, args: &PlanArgs) -> anyhow::Result<u8> {
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
    let (name, to) = (&args.name, &args.to);
    let question = format!("Let {name} go on to {to} without the holds and gates before that?");
    if !args.yes && !is_meant(&question)? {
        return Ok(exit::ERROR);
    }
    let order = Order {
        to: Some(to.clone()),
        ..args.common.order(args.revision.as_ref())
    };
    let connection = args.common.server.connect()?;
    answers::one(&connection, "promote", name, &order, args.common.output)
}

/// Gives the fleet an order.
pub(crate) fn fleet(verb: &str, args: &FleetArgs) -> anyhow::Result<u8> {
    let order = args.common.order(None);
    args.common.send(&format!("/api/v1/fleet/{verb}"), &order)
}

impl PlanArgs {
    fn order(&self) -> Order {
        self.common.order(self.revision.as_ref())
    }

    fn send(&self, verb: &'static str, order: Order) -> anyhow::Result<u8> {
        if self.revision.is_some() && !self.whom.is_one() {
            anstream::eprintln!("sixshift: --revision is one plan's; name that plan alone");
            return Ok(exit::USAGE);
        }
        let connection = self.common.server.connect()?;
        let Some(names) = self.whom.meant(verb, &connection, self.yes)? else {
            return Ok(exit::ERROR);
        };
        let output = self.common.output;
        match &names[..] {
            [name] if self.whom.is_one() => answers::one(&connection, verb, name, &order, output),
            names => answers::many(&connection, verb, names, &order, output),
        }
    }
}

impl Common {
    fn order(&self, revision: Option<&String>) -> Order {
        Order {
            reason: self.reason.clone(),
            revision: revision.cloned(),
            gate: None,
            to: None,
            actor: self.actor.clone().or_else(whoami::user),
        }
    }

    fn send(&self, path: &str, order: &Order) -> anyhow::Result<u8> {
        let accepted: Accepted = self.server.connect()?.order(path, order)?;
        if !self.output.print(&accepted)? {
            say(&format!("{}\n", accepted.sentence))?;
        }
        Ok(exit::DONE)
    }
}
