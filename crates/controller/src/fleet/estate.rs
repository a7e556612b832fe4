//! Somebody takes over what a plan made, and asks for all of it.
//!
//! What belongs here: whether it can be asked for, and the question. What must not: what the answer says
//! ([`sixshift_core::handover`]).

use std::sync::Arc;

use sixshift_core::{
    handover::{Estate, ready},
    observation::{Known, Observation},
    plan::Plan,
};

use super::Fleet;
use crate::command::Refused;

impl Fleet {
    /// What the plan left in AWS, read now; an errand beside the loop.
    pub(super) async fn estate(&self, name: &str) -> Result<Box<Estate>, Refused> {
        let (plan, seen) = self.left_by(name)?;
        let read = Box::pin(self.parts.hands.estate(&plan, &seen)).await;
        let estate = read.map_err(|error| Refused::Unread {
            plan: name.to_owned(),
            why: error.to_string(),
        })?;
        Ok(Box::new(estate))
    }

    /// A plan that is done, and what its last round saw.
    fn left_by(&self, name: &str) -> Result<(Arc<Plan>, Arc<Observation>), Refused> {
        let entries = self.entries.borrow();
        let entry = entries.get(name);
        let entry = entry.ok_or_else(|| Refused::UnknownPlan(name.to_owned()))?;
        let known = (
            entry.runs().cloned(),
            entry.status.clone(),
            entry.seen.clone(),
        );
        let (Some(plan), Some(status), Some(seen)) = known else {
            return Err(Refused::Unread {
                plan: name.to_owned(),
                why: "it was not looked at yet".to_owned(),
            });
        };
        ready(&status).map_err(|why| Refused::NotDone(why.to_string()))?;
        if plan.in_place().is_some() {
            return Err(Refused::NothingMade(edits(&plan, &seen)));
        }
        Ok((plan, seen))
    }
}

/// What the code of a service that was moved in place has to say from now on: nothing stands beside it.
fn edits(plan: &Plan, seen: &Observation) -> String {
    let name = &plan.name;
    let Known::Seen(service) = &seen.ipv4 else {
        return format!("{name} was moved in place, and its service was not seen in the last look");
    };
    format!(
        "{name} was moved in place: nothing was made beside it that code could take over. Write into the code of service {} what \
         it has now, before the next apply moves it back: subnets {}; security groups {}; task definition {}",
        service.name,
        service.subnets.join(", "),
        service.security_groups.join(", "),
        service.task_definition,
    )
}
