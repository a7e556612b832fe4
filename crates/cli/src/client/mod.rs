//! Verbs that ask a running daemon, or tell it something, over its API.
//!
//! What belongs here: requests, and how the answers look in a terminal. What must not: a judgement about a migration; the
//! daemon has made it already, and says it in `sixshift_api::model`.

mod answers;
mod complete;
mod connection;
mod context;
mod error;
mod events;
mod follow;
mod foresight;
mod get;
mod handover;
mod health;
mod label;
mod list;
mod live;
mod order;
mod output;
mod reconcile;
mod report;
mod server;
mod stop;
mod stream;
pub(crate) mod table;
mod tree;
mod unknown;
mod wait;
mod whom;
mod why;
pub(crate) mod words;

use clap::Subcommand;

pub(crate) use complete::files_or_names;
pub(crate) use connection::tls;
pub(crate) use foresight::foresight;
pub(crate) use output::{note, say};
pub(crate) use server::{Before, Server};

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List the daemon's plans.
    List(list::Args),
    /// Show one plan: where it stands, what it waits for, its steps.
    Get(get::Args),
    /// Explain, gate by gate, what a plan waits for and when it can go on.
    Why(why::Args),
    /// Show what a plan moves: routes, target groups, services, tasks.
    Tree(tree::Args),
    /// Show what happened.
    Events(events::Args),
    /// Ask whether a daemon's loop turns: exit code 0 or 1, for a container's health check.
    Health(health::Args),
    /// Wait until a plan is where you want it.
    ///
    /// Exit codes: 0 it is, 4 rolled back, 5 time-out, 6 needs a person.
    Wait(wait::Args),
    /// Write down what a migration changed, when and on what evidence.
    Report(report::Args),
    /// Write the infrastructure code that takes over what a migration made.
    ///
    /// From what AWS has at that moment. It needs the daemon's operator role: task definitions are in it, whose environment may
    /// hold what not everybody who may look should read. Exit code 3: the migration is not done, and nothing is written; or
    /// something is in AWS that the code has no word for, which it names.
    Handover(handover::Args),
    /// Stop plans from going forward; traffic is still taken back when it goes bad.
    Pause(order::PlanArgs),
    /// Let paused plans go on.
    Resume(order::PlanArgs),
    /// Open the gate that plans wait at.
    Approve(order::ApproveArgs),
    /// Let a plan go on to a share at once, without the holds and gates before it.
    Promote(order::PromoteArgs),
    /// Take all traffic of plans back to IPv4 now.
    Abort(order::PlanArgs),
    /// Start plans again after a rollback.
    Retry(order::PlanArgs),
    /// Take over migrations under way that the journal knows nothing of.
    Adopt(order::PlanArgs),
    /// Look at source and plans now instead of at their next turn; nothing else changes.
    Reconcile(reconcile::Args),
    /// Give daemons names, and choose the one to ask.
    Context(context::Args),
    /// Stop the whole fleet: nothing moves, not even backwards.
    Freeze(order::FleetArgs),
    /// Let the fleet move again.
    Unfreeze(order::FleetArgs),
}

/// Keeps what was said before the verb.
pub(crate) fn before_the_verb(daemon: Before, quiet: bool) {
    output::hush(quiet);
    daemon.keep();
}

/// Does what a verb says.
pub(crate) fn run(verb: &Verb) -> anyhow::Result<u8> {
    match verb {
        Verb::List(args) => list::run(args),
        Verb::Get(args) => get::run(args),
        Verb::Why(args) => why::run(args),
        Verb::Tree(args) => tree::run(args),
        Verb::Events(args) => events::run(args),
        Verb::Health(args) => health::run(args),
        Verb::Wait(args) => wait::run(args),
        Verb::Report(args) => report::run(args),
        Verb::Handover(args) => handover::run(args),
        Verb::Pause(args) => order::plan("pause", args),
        Verb::Resume(args) => order::plan("resume", args),
        Verb::Approve(args) => order::approve(args),
        Verb::Promote(args) => order::promote(args),
        Verb::Abort(args) => order::plan("abort", args),
        Verb::Retry(args) => order::plan("retry", args),
        Verb::Adopt(args) => order::plan("adopt", args),
        Verb::Reconcile(args) => reconcile::run(args),
        Verb::Context(args) => context::run(args),
        Verb::Freeze(args) => order::fleet("freeze", args),
        Verb::Unfreeze(args) => order::fleet("unfreeze", args),
    }
}
