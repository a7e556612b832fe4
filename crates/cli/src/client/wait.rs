//! `sixshift wait NAME --for …`: until a plan is where somebody wants it, for scripts and pipelines.
//!
//! A plan that needs a person cannot get there by itself: that is an answer (6) unless `--through-people` says that somebody will
//! come. A rollback while something else is waited for is an answer too (4). Either only after a moment, in which an order that was
//! just given (an approval, a retry) may take hold.

use std::{
    fmt,
    str::FromStr,
    thread,
    time::{Duration, Instant},
};

use clap::Args as ClapArgs;
use jiff::SignedDuration;
use sixshift_api::model::{PHASES, PlanSummary};

use super::{
    Server, complete, get,
    output::{Format, note, say},
    stop,
    words::percent,
};
use crate::exit;

/// Between two looks at the daemon's answer, which costs it nothing.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a plan must need a person, or be rolled back, before that counts.
const GRACE: Duration = Duration::from_secs(5);

/// Arguments of `wait`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The plan.
    #[arg(add = complete::names())]
    name: String,
    /// phase=Bake (there or past it), share=25% (at least so much on IPv6, as read back; share=0%: nothing), paused or done.
    #[arg(long = "for", value_name = "WHAT")]
    goal: Goal,
    /// Give up after so long (exit code 5), e.g. 12h; without it, never.
    #[arg(long, value_name = "TIME", value_parser = crate::timeout::parse)]
    timeout: Option<SignedDuration>,
    /// Keep waiting while the plan needs a person, instead of ending with code 6.
    #[arg(long)]
    through_people: bool,
    /// table, wide, json or yaml.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    server: Server,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq)]
enum Goal {
    /// A phase, or one past it.
    Phase(&'static str),
    /// Percent on IPv6 that were read back, at least.
    Share(f64),
    /// Somebody paused it.
    Paused,
    /// Migrated.
    Done,
}

impl FromStr for Goal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "paused" => Ok(Self::Paused),
            None if text == "done" => Ok(Self::Done),
            Some(("phase", name)) => PHASES
                .iter()
                .find(|phase| phase.eq_ignore_ascii_case(name))
                .map(|phase| Self::Phase(phase))
                .ok_or_else(|| format!("phase= one of {}", PHASES.join(", "))),
            Some(("share", share)) => {
                let number = share.trim_end_matches('%').trim();
                let share = number
                    .parse::<f64>()
                    .ok()
                    .filter(|s| (0.0..=100.0).contains(s));
                share
                    .map(Self::Share)
                    .ok_or_else(|| "share= percent from 0 to 100, as in share=25%".to_owned())
            }
            _ => Err("one of phase=…, share=…, paused, done".to_owned()),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phase(phase) => write!(f, "phase {phase}"),
            Self::Share(share) => write!(f, "{} on IPv6", percent(Some(*share))),
            Self::Paused => f.write_str("a pause"),
            Self::Done => f.write_str("the end"),
        }
    }
}

/// Where a plan stands on the way up; `None`: not on it.
fn rung(phase: &str) -> Option<usize> {
    let on_the_way = PHASES.iter().position(|p| *p == phase)?;
    (!matches!(phase, "Unknown" | "RollingBack" | "RolledBack")).then_some(on_the_way)
}

impl Goal {
    fn is_reached(&self, plan: &PlanSummary) -> bool {
        match self {
            Self::Done => plan.phase == "Done",
            Self::Paused => plan.waiting_on.as_deref() == Some("Paused"),
            Self::Share(share) if *share == 0.0 => plan.shares.observed == Some(0.0),
            Self::Share(share) => plan
                .shares
                .observed
                .is_some_and(|observed| observed >= *share),
            // Taking traffic back ends in having taken it back.
            Self::Phase("RollingBack") => {
                matches!(plan.phase.as_str(), "RollingBack" | "RolledBack")
            }
            Self::Phase(wanted) => match (rung(wanted), rung(&plan.phase)) {
                (Some(wanted), Some(now)) => now >= wanted,
                _ => plan.phase == *wanted,
            },
        }
    }

    /// Whether going back is what is waited for.
    fn is_backwards(&self) -> bool {
        matches!(self, Self::Phase("RollingBack" | "RolledBack")) || *self == Self::Share(0.0)
    }
}

/// What one look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    Reached,
    RolledBack,
    NeedsPerson,
    OnTheWay,
}

fn look(goal: &Goal, plan: &PlanSummary) -> Sight {
    if goal.is_reached(plan) {
        Sight::Reached
    } else if plan.phase == "RolledBack" && !goal.is_backwards() {
        Sight::RolledBack
    } else if plan.health == "NeedsPerson" || (plan.health == "Bad" && plan.settled) {
        Sight::NeedsPerson
    } else {
        Sight::OnTheWay
    }
}

/// Waits.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    stop::at_ctrl_c()?;
    let connection = args.server.connect()?;
    let begun = Instant::now();
    let mut seen = (Sight::OnTheWay, begun);
    let mut away = false;
    let mut known: Option<PlanSummary> = None;
    loop {
        match get::plan(&connection, &args.name) {
            Ok(plan) => {
                away = false;
                let plan = known.insert(plan.summary);
                let sight = look(&args.goal, plan);
                let code = match sight {
                    Sight::Reached => return end(args, plan, exit::DONE),
                    Sight::RolledBack => Some(exit::ROLLED_BACK),
                    Sight::NeedsPerson if !args.through_people => Some(exit::NEEDS_PERSON),
                    Sight::NeedsPerson | Sight::OnTheWay => None,
                };
                if seen.0 != sight {
                    seen = (sight, Instant::now());
                }
                if let Some(code) = code.filter(|_| seen.1.elapsed() >= GRACE) {
                    return end(args, plan, code);
                }
            }
            Err(error) if known.is_some() && error.may_pass() => {
                if !away {
                    note(&format!("{error}; trying again"));
                }
                away = true;
            }
            Err(error) => return Err(error.into()),
        }
        if args
            .timeout
            .is_some_and(|t| begun.elapsed() >= t.unsigned_abs())
        {
            note(&format!(
                "{} has not reached {} in time",
                args.name, args.goal
            ));
            return known.map_or(Ok(exit::TIMED_OUT), |plan| {
                end(args, &plan, exit::TIMED_OUT)
            });
        }
        thread::sleep(PAUSE);
    }
}

fn end(args: &Args, plan: &PlanSummary, code: u8) -> anyhow::Result<u8> {
    if code == exit::NEEDS_PERSON {
        note(&format!(
            "{} cannot reach {} by itself; `sixshift why {}` says what to do, --through-people keeps waiting",
            args.name, args.goal, args.name
        ));
    }
    if !args.output.print(plan)? {
        say(&format!("{}: {}\n", plan.name, plan.sentence))?;
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(phase: &str, health: &str, observed: Option<f64>) -> PlanSummary {
        serde_json::from_value(serde_json::json!({
            "name": "checkout", "labels": {}, "service": "", "phase": phase, "health": health, "steps": 4,
            "shares": { "observed": observed }, "sentence": "", "standing": "Current", "settled": false, "version": 1,
        }))
        .unwrap()
    }

    fn goal(text: &str) -> Goal {
        text.parse().unwrap()
    }

    #[test]
    fn a_phase_that_was_passed_between_two_looks_counts() {
        assert!(goal("phase=warm").is_reached(&plan("Bake", "Progressing", None)));
        assert!(!goal("phase=Bake").is_reached(&plan("Shift", "Progressing", None)));
    }

    #[test]
    fn a_rollback_is_past_nothing() {
        for phase in ["RollingBack", "RolledBack", "Unknown"] {
            assert!(
                !goal("phase=Checking").is_reached(&plan(phase, "Bad", None)),
                "{phase}"
            );
        }
        assert!(goal("phase=RollingBack").is_reached(&plan("RolledBack", "Bad", None)));
        assert!(!goal("phase=RolledBack").is_reached(&plan("RollingBack", "Bad", None)));
    }

    #[test]
    fn a_share_is_what_was_read_back_and_at_least_that() {
        let shift = |share| plan("Shift", "Progressing", share);
        assert!(goal("share=25%").is_reached(&shift(Some(50.0))));
        assert!(!goal("share=25").is_reached(&shift(Some(10.0))));
        assert!(!goal("share=0%").is_reached(&shift(Some(10.0))));
        assert!(goal("share=0%").is_reached(&shift(Some(0.0))));
        assert!(
            !goal("share=0%").is_reached(&shift(None)),
            "unknown is not nothing"
        );
    }

    #[test]
    fn a_rollback_ends_the_wait_unless_it_is_what_is_waited_for() {
        let back = plan("RolledBack", "Bad", None);
        assert_eq!(look(&goal("done"), &back), Sight::RolledBack);
        assert_eq!(look(&goal("phase=RolledBack"), &back), Sight::Reached);
        let needs = plan("Shift", "NeedsPerson", Some(10.0));
        assert_eq!(look(&goal("done"), &needs), Sight::NeedsPerson);
    }

    #[test]
    fn what_nobody_can_wait_for_is_refused() {
        for text in [
            "phase=Dance",
            "share=101%",
            "share=x",
            "finished",
            "paused=yes",
        ] {
            assert!(text.parse::<Goal>().is_err(), "{text}");
        }
    }
}
