//! What somebody is told before a trial begins, and asked.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::Args;

/// What it costs, in dollars and rounded up: 70 minutes of a load balancer with its capacity unit (0.036), of six tasks of a
/// quarter of a vCPU and half a GB (0.087) and of four public IPv4 addresses (0.023), and what is read of CloudWatch (0.02); by
/// AWS's price lists for us-east-1.
const DOLLARS: &str = "0.20";

/// Tells what will be made and what it costs, and asks whether it may.
///
/// # Errors
/// There is nobody to ask.
pub(super) fn may_begin(args: &Args) -> anyhow::Result<bool> {
    let ground = match &args.vpc {
        Some(vpc) => format!("in {vpc}"),
        None => "in a VPC of its own".to_owned(),
    };
    anstream::println!(
        "This makes a small ECS service in {}, {ground}: a dual-stack load balancer that the internet reaches on port 80, a \
         cluster, two tasks of {}, auto scaling and an alarm. It migrates the service to IPv6-only, takes a bad release back, \
         follows an edit by hand, retires the IPv4 side, and deletes all that it made. It touches nothing else.\n\
         It takes about 70 minutes and costs about ${DOLLARS}; by AWS's prices in us-east-1, and other regions differ.",
        args.region,
        args.image
    );
    yes_or("It begins", args.yes)
}

/// Asks a question that `--yes` answers.
///
/// # Errors
/// There is nobody to ask.
pub(super) fn yes_or(what: &str, is_yes: bool) -> anyhow::Result<bool> {
    if is_yes {
        return Ok(true);
    }
    anyhow::ensure!(
        io::stdin().is_terminal(),
        "nobody can be asked here: give --yes"
    );
    anstream::print!("{what}. Go on? [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let is_yes = matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    if !is_yes {
        anstream::println!("Nothing was changed.");
    }
    Ok(is_yes)
}
