//! Steps and holds that suit the traffic: a hold is as long as it takes until enough requests reached IPv6 to tell good from
//! bad.
//!
//! What belongs here: weights and durations. What must not: how many requests that takes ([`least_samples`]).

use std::time::Duration;

use super::history::Usual;
use crate::{
    evidence::{FINE_HOLD, least_samples},
    plan::{HealthPolicy, OnTooFew, Step, StepGate, USUAL},
    share::Share,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: Duration = Duration::from_secs(24 * HOUR);
/// What a first step may be, in basis points: the least that can be proven soon.
const FIRST: [u16; 6] = [100, 200, 500, 1_000, 2_500, 5_000];
/// Where too little comes to prove anything within a day, people look for so long.
const LOOKED_AT: [(u16, u64); 2] = [(1_000, 60), (5_000, 60)];

/// The steps, and what speaks for them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ladder {
    /// Without the last, which is all of it.
    pub(super) rungs: Vec<Rung>,
    /// So few requests come that a person has to look.
    pub(super) is_thin: bool,
    /// Requests on IPv6 that a hold needs.
    pub(super) needed: u64,
}

/// A step before the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rung {
    pub(super) weight: Share,
    pub(super) hold: Duration,
    /// Requests on IPv6 in the hold, where the traffic is known.
    pub(super) expected: Option<f64>,
}

impl Ladder {
    /// As a plan has them.
    pub(super) fn steps(&self) -> Vec<Step> {
        let step = |weight, hold| Step {
            weight,
            hold,
            gate: StepGate::Auto,
        };
        let rungs = self.rungs.iter().map(|r| step(r.weight, r.hold));
        rungs.chain([step(Share::ALL, Duration::ZERO)]).collect()
    }

    /// What is to happen where a hold has too few requests all the same.
    pub(super) fn on_too_few(&self) -> OnTooFew {
        if self.is_thin {
            OnTooFew::Approval
        } else {
            OnTooFew::Wait
        }
    }
}

/// By what was usual; the usual steps where that is not known.
pub(super) fn ladder(health: &HealthPolicy, usual: Option<&Usual>) -> Ladder {
    let needed = least_samples(health);
    let Some(rate) = usual.map(Usual::rate) else {
        return with(&USUAL, None, needed);
    };
    let within = |most: Duration| {
        let mut first = FIRST.into_iter();
        first.find(|bp| takes(needed, rate, *bp).is_some_and(|hold| hold <= most))
    };
    match within(FINE_HOLD).or_else(|| within(DAY)) {
        Some(first) => {
            let higher = USUAL.into_iter().filter(|(bp, _)| *bp > first);
            let rungs: Vec<(u16, u64)> =
                [(first, floor(first))].into_iter().chain(higher).collect();
            with(&rungs, Some(rate), needed)
        }
        None => Ladder {
            is_thin: true,
            ..with(&LOOKED_AT, None, needed)
        },
    }
}

/// The least hold of a first step, in minutes.
fn floor(bp: u16) -> u64 {
    let usual = USUAL.into_iter().find(|(usual, _)| bp <= *usual);
    usual.map_or(30, |(_, minutes)| minutes)
}

fn with(rungs: &[(u16, u64)], rate: Option<f64>, needed: u64) -> Ladder {
    let rung = |(bp, minutes): &(u16, u64)| {
        let least = Duration::from_secs(minutes * MINUTE);
        let takes = rate.and_then(|rate| takes(needed, rate, *bp));
        let hold = takes.map_or(least, |takes| takes.max(least));
        let weight = Share::from_basis_points(*bp);
        let expected = rate.map(|rate| rate * weight.fraction() * hold.as_secs_f64() / HOUR as f64);
        Rung {
            weight,
            hold,
            expected,
        }
    };
    Ladder {
        rungs: rungs.iter().map(rung).collect(),
        is_thin: false,
        needed,
    }
}

/// How long it takes until so many requests reached IPv6, as a hold; `None`: for ever.
fn takes(needed: u64, an_hour: f64, bp: u16) -> Option<Duration> {
    let on_ipv6 = an_hour * Share::from_basis_points(bp).fraction();
    let seconds = needed as f64 / on_ipv6 * HOUR as f64;
    (seconds.is_finite() && seconds < 1e9).then(|| round(seconds.ceil() as u64))
}

/// Up to what people write: five minutes, from an hour on half hours, from six hours on hours.
fn round(seconds: u64) -> Duration {
    let step = match seconds {
        0..=3_600 => 5 * MINUTE,
        3_601..=21_600 => 30 * MINUTE,
        _ => HOUR,
    };
    Duration::from_secs(seconds.div_ceil(step).max(1) * step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, ServiceRef};

    fn ladder_at(an_hour: f64) -> (Vec<(f64, u64)>, bool) {
        let service = ServiceRef {
            region: String::new(),
            cluster: String::new(),
            name: String::new(),
            role_arn: None,
            external_id: None,
        };
        let usual = Usual {
            hours: 1,
            requests: an_hour,
            quiet: an_hour,
            failed: 0.0,
            p99: None,
        };
        let ladder = ladder(&Plan::draft("a", &service).health, Some(&usual));
        let rungs = ladder.rungs.iter();
        let rungs = rungs.map(|r| (r.weight.percent(), r.hold.as_secs() / MINUTE));
        (rungs.collect(), ladder.is_thin)
    }

    #[test]
    fn a_busy_service_has_the_usual_steps() {
        let usual = vec![(1.0, 10), (10.0, 15), (50.0, 30)];
        assert_eq!(ladder_at(200_000.0), (usual, false));
    }

    #[test]
    fn the_fewer_requests_come_the_longer_are_holds_and_the_greater_is_the_first_step() {
        assert_eq!(ladder_at(10_000.0).0, [(1.0, 60), (10.0, 15), (50.0, 30)]);
        assert_eq!(ladder_at(540.0).0, [(10.0, 120), (50.0, 30)]);
        assert_eq!(ladder_at(20.0).0, [(25.0, 1_200), (50.0, 600)]);
    }

    #[test]
    fn where_a_day_proves_nothing_a_person_looks() {
        let looked_at = vec![(10.0, 60), (50.0, 60)];
        assert_eq!(ladder_at(4.0), (looked_at.clone(), true));
        assert_eq!(ladder_at(0.0), (looked_at, true));
    }

    /// Every hold that is chosen has as many requests as it needs, and is one that a plan takes.
    #[test]
    fn a_hold_has_the_requests_that_it_needs() {
        for exponent in 0..60 {
            let rate = 1.3_f64.powi(exponent);
            let (rungs, is_thin) = ladder_at(rate);
            for (percent, minutes) in rungs.iter().filter(|_| !is_thin) {
                let requests = rate * percent / 100.0 * *minutes as f64 / 60.0;
                assert!(
                    requests >= 99.999,
                    "{rate} an hour: {percent} % for {minutes} m"
                );
                assert!(*minutes <= 24 * 60);
            }
            assert!(rungs.is_sorted_by(|a, b| a.0 < b.0), "{rungs:?}");
        }
    }
}
