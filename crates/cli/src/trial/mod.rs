//! `sixshift trial`: migrations of nothing that matters, in the caller's own account, and the way it is cleaned up.
//!
//! What belongs here: arguments, what is asked before, what people see. What must not: what is made or deleted, and when
//! (`sixshift_controller::trial`).

mod ask;
mod clean;
pub(crate) mod compare;
mod file;
mod shown;

use std::{
    future::Future,
    path::PathBuf,
    pin::{Pin, pin},
};

use anyhow::Context;
use clap::builder::NonEmptyStringValueParser;
use jiff::{SignedDuration, Timestamp};
use sixshift_controller::{
    Clock, Hands,
    trial::{self, Ended, IMAGE, Told, Trial, Wish},
};

use crate::{exit, skew, stop, whoami};
use ask::Answer;
pub(crate) use ask::about;
use file::Document;
use shown::Shown;

/// How long what is left of a trial is not deleted by others' `--clean` without asking.
const LASTS: SignedDuration = SignedDuration::from_hours(3);

/// Arguments of `trial`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The region to try it in.
    #[arg(long, env = "AWS_REGION")]
    region: String,
    /// A VPC to stand in; without it the trial makes one of its own.
    #[arg(long, value_name = "ID", requires = "subnets", value_parser = NonEmptyStringValueParser::new())]
    vpc: Option<String>,
    /// Its subnets: dual-stack ones in two zones, and IPv6-only ones in two zones.
    #[arg(long, value_name = "IDS", requires = "vpc", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    subnets: Vec<String>,
    /// An image of nginx's to run, from a registry that has IPv6 addresses.
    #[arg(long, value_name = "IMAGE", default_value = IMAGE)]
    image: String,
    /// Leave everything there in the end. `--clean` deletes it later.
    #[arg(long)]
    keep: bool,
    /// Delete what trials left in the region, and do nothing else.
    #[arg(long, conflicts_with_all = ["vpc", "subnets", "image", "keep", "report", "connect_to"])]
    clean: bool,
    /// With --clean: delete trials that somebody drives, too.
    #[arg(long, requires = "clean")]
    running: bool,
    /// Ask nothing before it begins, or before it deletes what has not expired.
    #[arg(short, long)]
    yes: bool,
    /// Where what AWS was asked and answered is written, free of account numbers and names.
    #[arg(long, value_name = "FILE", default_value = "trial.json")]
    report: PathBuf,
    /// Reach the load balancer at this address, as in `localhost:8080`: a tunnel's end.
    #[arg(long, value_name = "ADDRESS")]
    connect_to: Option<String>,
    /// Rehearse it in the simulated region at this URL, where `AWS_ENDPOINT_URL` must lead, too.
    #[arg(long, value_name = "URL", conflicts_with = "connect_to")]
    sim: Option<String>,
}

/// Tries it, or cleans up.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut stop = pin!(stop::asked());
        let clock = skew::clock(args.sim.as_deref())?;
        let hands = tokio::select! {
            biased;
            () = &mut stop => {
                anstream::println!("Nothing was made.");
                return Ok(exit::STOPPED);
            }
            hands = Hands::from_environment(clock.rate()) => hands,
        };
        let follow = skew::follow(args.sim.as_deref(), &clock, &hands);
        let does = async {
            if args.clean {
                let said = clean::Said {
                    region: &args.region,
                    is_yes: args.yes,
                    running: args.running,
                };
                clean::run(said, &hands, &clock, stop).await
            } else {
                attempt(args, &hands, &clock, stop).await
            }
        };
        tokio::select! {
            biased;
            code = does => code,
            () = follow => Ok(exit::ERROR),
        }
    })
}

async fn attempt(
    args: &Args,
    hands: &Hands,
    clock: &Clock,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> anyhow::Result<u8> {
    match ask::may_begin(args, &mut stop).await? {
        Answer::Yes => {}
        Answer::No => return Ok(exit::DONE),
        Answer::Stop => return Ok(exit::STOPPED),
    }
    // After 40 minutes it would be too late to say so.
    file::try_out(&args.report)?;
    if let Some(url) = &args.sim {
        rehearse(url, &args.image)?;
    }
    let connect_to = args
        .sim
        .as_deref()
        .map(address)
        .or(args.connect_to.as_deref());
    let wish = Wish {
        region: args.region.clone(),
        given: args.vpc.clone().map(|vpc| (vpc, args.subnets.clone())),
        image: args.image.clone(),
        id: word(Timestamp::now()),
        by: whose(),
        lasts: LASTS,
        connect_to: connect_to.map(str::to_owned),
    };
    let begun = clock.now();
    let trial = Trial::new(hands.clone(), clock.clone(), wish).await;
    let shown = Shown::default();
    let tell = |told: Told<'_>| shown.show(&told);
    let ended = trial.play(stop, &tell).await;
    if ended.stopped {
        shown.line(clock.now(), "stopped");
    }
    let is_clean = leave(args, &trial, clock, &tell).await;
    let document = Document::of(&trial, &args.region, begun, clock.now(), &ended);
    document.write(&args.report)?;
    shown::report(&ended, &document, &args.report);
    Ok(code(&ended, is_clean))
}

/// Deletes what was made, unless it shall stay. Whether that is so.
async fn leave(args: &Args, trial: &Trial, clock: &Clock, tell: &dyn Fn(Told<'_>)) -> bool {
    if !trial.has_made() {
        anstream::println!("\nNothing was made.");
        return true;
    }
    let later = format!("sixshift trial --region {} --clean", args.region);
    if args.keep {
        trial.let_go().await;
        let name = trial.name();
        anstream::println!("\nEverything stays, under the name {name}. To delete it: {later}");
        return true;
    }
    tell(Told::Begun(
        clock.now(),
        "everything is deleted; Ctrl-C leaves the rest",
    ));
    let cleared = tokio::select! {
        biased;
        () = stop::asked() => {
            trial.let_go().await;
            anstream::println!("\nLeft as it is. To delete the rest: {later}");
            return false;
        }
        cleared = trial.clear(tell) => cleared,
    };
    clean::told(&cleared, &later)
}

fn code(ended: &Ended, is_clean: bool) -> u8 {
    match (ended.stopped, is_clean) {
        (_, false) => exit::ERROR,
        (true, true) => exit::STOPPED,
        (false, true) if ended.is_good() => exit::DONE,
        (false, true) => exit::ERROR,
    }
}

/// Who begins it, for whoever finds it.
fn whose() -> String {
    let user = whoami::user().unwrap_or_else(|| "somebody".to_owned());
    match whoami::host() {
        Some(host) => format!("{user}@{host}"),
        None => user,
    }
}

/// Tells a simulated region how a bad release behaves: it does not run images.
fn rehearse(url: &str, image: &str) -> anyhow::Result<()> {
    let wanted = serde_json::json!({ "image": image, "told": trial::SICK, "ipv6Errors": 1.0 });
    let url = format!("{}/_sim/application", url.trim_end_matches('/'));
    ureq::post(&url)
        .send(wanted.to_string())
        .with_context(|| format!("{url} is no simulated region"))?;
    Ok(())
}

/// A URL's host and port.
fn address(url: &str) -> &str {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    url.split('/').next().unwrap_or(url)
}

/// A word of its own for a trial: six letters that no id of AWS's has all of, from the moment when it begins.
fn word(now: Timestamp) -> String {
    const LETTERS: &[u8; 16] = b"ghjkmnpqrstvwxyz";
    // Two trials of one account begin in the same 30th of a second hardly ever.
    let mut number = now.as_millisecond().unsigned_abs() / 33;
    let mut word = String::new();
    for _ in 0..6 {
        // The remainder is below 16.
        word.push(char::from(LETTERS[(number % 16) as usize]));
        number /= 16;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trial_has_a_word_of_its_own() {
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap();
        assert_eq!(word(at(1_772_436_600_000)).len(), 6);
        assert_ne!(word(at(1_772_436_600_000)), word(at(1_772_436_600_040)));
    }

    #[test]
    fn a_regions_address_is_its_host_and_port() {
        assert_eq!(address("http://127.0.0.1:4566/"), "127.0.0.1:4566");
    }
}
