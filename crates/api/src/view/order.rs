//! From what is posted to an order that the loop takes.

use sixshift_controller::command::{LONGEST_REASON, Order, Verb};
use sixshift_core::{
    plan::{self, Revision},
    share::Share,
};

use super::gate_from_name;
use crate::{auth::Operator, model, problem::Refusal};

/// The longest name that a body may give to who orders.
const LONGEST_ACTOR: usize = 100;

/// Checks what can be checked without the plan; the loop checks the rest.
pub(crate) fn order(
    operator: &Operator,
    verb: Verb,
    plan: Option<&str>,
    order: model::Order,
) -> Result<Order, Refusal> {
    let reason = one_line(&order.reason);
    if reason.is_empty() {
        return Err(malformed("the reason is empty", "say why, in `reason`"));
    }
    if reason.chars().count() > LONGEST_REASON {
        let message = format!("the reason is longer than {LONGEST_REASON} characters");
        return Err(malformed(&message, "say it in fewer words"));
    }
    let gate = match order.gate.as_deref() {
        None => None,
        Some(_) if verb != Verb::Approve => {
            return Err(Refusal::refused("only approvals have a gate"));
        }
        Some(name) => Some(gate_from_name(name).ok_or_else(|| {
            let remedy = "write `step:N` or `tooFew:N` with the step's number from 1, or `retire`";
            malformed(&format!("{name:?} is no gate"), remedy)
        })?),
    };
    Ok(Order {
        verb,
        plan: plan.map(str::to_owned),
        gate,
        to: share(verb, order.to.as_deref())?,
        revision: order.revision.map(Revision),
        actor: actor(operator, order.actor.as_deref())?,
        reason,
    })
}

/// How far a promotion goes.
fn share(verb: Verb, written: Option<&str>) -> Result<Option<Share>, Refusal> {
    let remedy = "write `to` as a share of traffic from 0.1% to 100%, as in `50%`";
    match (written, verb == Verb::Promote) {
        (None, false) => Ok(None),
        (Some(_), false) => Err(Refusal::refused("only promotions have a share")),
        (None, true) => {
            let why = "a promotion needs a share: say how far in `to`, as in `50%`";
            Err(Refusal::refused(why))
        }
        (Some(text), true) => match plan::share(text.trim()) {
            Some(share) => Ok(Some(share)),
            None => Err(malformed(&format!("{text:?} is no share"), remedy)),
        },
    }
}

/// Who holds the token, and in parentheses who they say they are.
fn actor(operator: &Operator, said: Option<&str>) -> Result<String, Refusal> {
    let name = operator.name();
    let said = said.map(one_line).unwrap_or_default();
    if said.chars().count() > LONGEST_ACTOR {
        let message = format!("the actor is longer than {LONGEST_ACTOR} characters");
        return Err(malformed(&message, "give a name"));
    }
    Ok(match said.as_str() {
        "" => name.to_owned(),
        said if said == name => name.to_owned(),
        said => format!("{name} ({said})"),
    })
}

fn malformed(message: &str, remedy: &str) -> Refusal {
    Refusal::bad_request(message, remedy)
}

/// It ends up in tables and log lines.
fn one_line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use sixshift_core::facts::Gate;

    use super::*;
    use crate::auth::{Caller, Role};

    fn ops() -> Operator {
        Caller::called("ops", Role::Operator)
            .operator(None)
            .unwrap()
    }

    fn posted(reason: &str) -> model::Order {
        model::Order {
            reason: reason.to_owned(),
            revision: None,
            gate: None,
            to: None,
            actor: None,
        }
    }

    #[test]
    fn an_order_needs_a_reason_that_can_be_read() {
        let make = |reason: &str| order(&ops(), Verb::Pause, Some("checkout"), posted(reason));
        assert_eq!(make(" lunch\nbreak\u{0} ").unwrap().reason, "lunch break");
        assert!(make(" \n ").is_err());
        assert!(make(&"é".repeat(500)).is_ok());
        assert!(make(&"é".repeat(501)).is_err());
    }

    #[test]
    fn the_actor_is_the_tokens_with_what_the_body_says_behind_it() {
        let actor = |said: Option<&str>| {
            let posted = model::Order {
                actor: said.map(str::to_owned),
                ..posted("x")
            };
            order(&ops(), Verb::Pause, None, posted).unwrap().actor
        };
        assert_eq!(actor(None), "ops");
        assert_eq!(actor(Some("ann")), "ops (ann)");
        assert_eq!(actor(Some("ops")), "ops");
    }

    #[test]
    fn a_promotion_has_a_share_and_no_other_order_has() {
        let make = |verb, to: Option<&str>| {
            let posted = model::Order {
                to: to.map(str::to_owned),
                ..posted("x")
            };
            order(&ops(), verb, Some("checkout"), posted).map(|o| o.to)
        };
        let half = Share::from_basis_points(5_000);
        assert_eq!(make(Verb::Promote, Some("50%")), Ok(Some(half)));
        assert_eq!(make(Verb::Promote, Some(" 50 % ")), Ok(Some(half)));
        assert_eq!(make(Verb::Pause, None), Ok(None));
        for wrong in [None, Some(""), Some("50"), Some("0%"), Some("101%")] {
            assert!(make(Verb::Promote, wrong).is_err(), "{wrong:?}");
        }
        assert!(make(Verb::Approve, Some("50%")).is_err());
    }

    #[test]
    fn only_approvals_have_a_gate() {
        let make = |verb, gate: &str| {
            let posted = model::Order {
                gate: Some(gate.to_owned()),
                ..posted("x")
            };
            order(&ops(), verb, None, posted).map(|o| o.gate)
        };
        assert_eq!(make(Verb::Approve, "step:1"), Ok(Some(Gate::Step(0))));
        assert!(make(Verb::Approve, "step").is_err());
        assert!(make(Verb::Pause, "step:1").is_err());
    }
}
