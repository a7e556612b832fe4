//! What goes wrong with calls for a while.

use sixshift_sim::faults::{Fault, Wrong};

use crate::dice::Dice;

/// One to three rules.
pub(crate) fn draw(dice: &mut Dice) -> Vec<Fault> {
    let rules = dice.between(1, 3);
    (0..rules).map(|_| rule(dice)).collect()
}

fn rule(dice: &mut Dice) -> Fault {
    let calls = *dice.pick(&[
        "*",
        "ecs:*",
        "elbv2:*",
        "cloudwatch:*",
        "autoscaling:*",
        "*:Describe*",
        "*:Modify*",
        "*:Create*",
        "ecs:UpdateService",
    ]);
    let seconds = dice.between(2, 25) as f64;
    let wrong = match dice.between(0, 9) {
        0..2 => Wrong::Throttle,
        2 => Wrong::ErrorBefore,
        3 | 4 => Wrong::ErrorAfter,
        5 | 6 => Wrong::LostReply,
        7 => Wrong::Delay(seconds),
        8 => Wrong::Proxy,
        _ => {
            let wrong = if dice.chance(0.5) {
                Wrong::PartialData
            } else {
                Wrong::DataLost
            };
            return Fault::sometimes("cloudwatch:GetMetricData", wrong, 0.5);
        }
    };
    Fault::sometimes(calls, wrong, *dice.pick(&[0.03, 0.1, 0.3]))
}
