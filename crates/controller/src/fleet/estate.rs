//! Somebody takes over what a plan made, and asks for all of it.
//!
//! What belongs here: whether it can be asked for, and the question. What must not: what the answer says
//! ([`sixshift_core::handover`]).

use std::sync::Arc;

use sixshift_core::{
    handover::{Estate, ready},
    observation::Observation,
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
        let known = (entry.plan.clone(), entry.status.clone(), entry.seen.clone());
        let (Some(plan), Some(status), Some(seen)) = known else {
            return Err(Refused::Unread {
                plan: name.to_owned(),
                why: "it was not looked at yet".to_owned(),
            });
        };
        ready(&status).map_err(|why| Refused::NotDone(why.to_string()))?;
        Ok((plan, seen))
    }
}
