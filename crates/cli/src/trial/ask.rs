//! What somebody is told before a trial begins, and asked; what it costs.

use std::{
    future::Future,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    thread,
};

use sixshift_api::visible;
use sixshift_controller::trial::MINUTES;

use tokio::sync::oneshot;

use super::Args;

/// What somebody says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Ctrl-C.
    Stop,
}

/// What is paid for by the hour: how many there are at most, and what one costs, in dollars, by AWS's price lists for
/// us-east-1 (2026-11).
const HOURLY: [(f64, f64); 3] = [
    // The load balancer, and a capacity unit of it.
    (1.0, 0.0225 + 0.008),
    // Fargate's tasks, of a quarter of a vCPU and half a GB each: three of the services', three of the twins', and two more
    // while a release is rolled out.
    (8.0, 0.04048 / 4.0 + 0.004445 / 2.0),
    // Public IPv4 addresses: the load balancer's two, and one of each task that is not IPv6-only.
    (6.0, 0.005),
];
/// What is read of CloudWatch: 3,000 metrics, of which a thousand cost a cent.
const METRICS: f64 = 0.03;

/// What a trial costs at most, in dollars with two decimals, rounded up.
pub(super) fn dollars() -> String {
    let an_hour: f64 = HOURLY.iter().map(|(count, price)| count * price).sum();
    let cents = (an_hour * f64::from(MINUTES) / 60.0 + METRICS) * 100.0;
    format!("{:.2}", cents.ceil() / 100.0)
}

/// How long it takes and what it does, for `--help`.
pub(crate) fn about() -> String {
    format!(
        "Try a migration in your own AWS account, on services that are made for it and deleted again.\n\nIt takes about \
         {MINUTES} minutes. What it costs is told before it begins. Exit code 130: it was stopped, and nothing of it is \
         left."
    )
}

/// Tells what will be made and what it costs, and asks whether it may.
///
/// # Errors
/// There is nobody to ask.
pub(super) async fn may_begin(
    args: &Args,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<Answer> {
    let ground = match &args.vpc {
        Some(vpc) => format!("in {vpc}"),
        None => "in a VPC of its own".to_owned(),
    };
    anstream::println!(
        "This makes two small ECS services in {}, {ground}: a dual-stack load balancer that the internet reaches on port 80, a \
         cluster, two tasks and one of {}, auto scaling and alarms. It migrates both to IPv6-only: of one it follows an edit by \
         hand and retires the IPv4 side, of the other it takes a bad release back. Then it deletes all that it made. It touches \
         nothing else.\n\
         It takes about {MINUTES} minutes and costs about ${}; by AWS's prices in us-east-1, and other regions differ.",
        args.region,
        args.image,
        dollars()
    );
    yes_or("It begins", args.yes, stop).await
}

/// Asks a question that `--yes` answers.
///
/// # Errors
/// There is nobody to ask.
pub(super) async fn yes_or(
    what: &str,
    is_yes: bool,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<Answer> {
    if is_yes {
        return Ok(Answer::Yes);
    }
    anyhow::ensure!(
        io::stdin().is_terminal(),
        "nobody can be asked here: give --yes"
    );
    anstream::print!("{}. Go on? [y/N] ", visible(what));
    io::stdout().flush()?;
    let answer = tokio::select! {
        biased;
        () = stop => Answer::Stop,
        line = line() => match line?.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Answer::Yes,
            _ => Answer::No,
        },
    };
    if answer == Answer::Stop {
        // Below the question.
        anstream::println!();
    }
    if answer != Answer::Yes {
        anstream::println!("Nothing was changed.");
    }
    Ok(answer)
}

/// What somebody types. Read on a thread of its own, which ends with the program where nobody does.
async fn line() -> io::Result<String> {
    let (typed, is_typed) = oneshot::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map(|_| line);
        // Nobody waits for it any more after Ctrl-C.
        let _ = typed.send(read);
    });
    is_typed.await.unwrap_or_else(|_| Ok(String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_says_how_long_it_takes_and_what_it_costs() {
        let guide = include_str!("../../../../docs/guide/trial.md");
        let words = format!(
            "It takes about {MINUTES} minutes and costs about ${}:",
            dollars()
        );
        assert!(guide.contains(&words), "{words}");
    }
}
