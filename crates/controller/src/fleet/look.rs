//! Somebody asks for a look at plans now instead of at their next turn.
//!
//! What belongs here: whose look can come sooner, and the answer. What must not: anything that a round would then decide.

use jiff::Timestamp;

use super::{Entry, Fleet};
use crate::command::{Look, Refused};

impl Fleet {
    /// Looks at these plans as soon as their back-off allows; none are all.
    ///
    /// # Errors
    /// One of them is unknown. Then none is looked at.
    pub fn look_now(&self, plans: &[String]) -> Result<Vec<Look>, Refused> {
        let looks = self.looks(plans)?;
        for look in &looks {
            self.ask_now(&look.plan);
        }
        Ok(looks)
    }

    fn looks(&self, plans: &[String]) -> Result<Vec<Look>, Refused> {
        let (now, entries) = (self.now(), self.entries.borrow());
        if plans.is_empty() {
            let all = entries.iter();
            return Ok(all.map(|(name, entry)| look(name, entry, now)).collect());
        }
        let named = plans.iter().map(|name| {
            let entry = entries.get(name);
            let entry = entry.ok_or_else(|| Refused::UnknownPlan(name.clone()))?;
            Ok(look(name, entry, now))
        });
        named.collect()
    }
}

fn look(name: &str, entry: &Entry, now: Timestamp) -> Look {
    let later = entry.not_before.filter(|at| *at > now);
    let (at, sentence) = match (&entry.plan, later) {
        (None, _) => (
            None,
            "there is no good revision of it; mend its file".to_owned(),
        ),
        // Nothing but time ends a back-off, so nothing else is claimed.
        (Some(_), Some(at)) => (
            Some(at),
            format!("its last call failed; it is tried again at {at:.0}"),
        ),
        (Some(_), None) => (Some(now), "it is looked at now".to_owned()),
    };
    Look {
        plan: name.to_owned(),
        at,
        sentence,
    }
}
