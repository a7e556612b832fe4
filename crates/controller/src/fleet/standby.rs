//! A fleet that looks on while another daemon leads: it sees AWS and the journal, and changes neither.
//!
//! What belongs here: what is different for it. What must not: who leads ([`crate::lease`]).

use jiff::{SignedDuration, Timestamp};

use super::{Fleet, Record};
use crate::{
    command::Refused,
    journal::{Loaded, PlanFacts},
};

/// Whoever only looks on looks this seldom: what AWS answers in a minute is for who acts.
const LOOKS: SignedDuration = SignedDuration::from_secs(60);

impl Fleet {
    /// Whether it takes orders.
    pub(super) fn leads(&self) -> Result<(), Refused> {
        if !self.parts.stands_by {
            return Ok(());
        }
        let leads = match self.parts.lease.leader() {
            Some(leader) => {
                let at = leader
                    .url
                    .map_or_else(String::new, |url| format!(" at {url}"));
                format!("{} leads{at}", leader.name)
            }
            None => "nobody leads yet; repeat the order in a few seconds".to_owned(),
        };
        Err(Refused::StandsBy { leads })
    }

    /// When to look again, at the earliest.
    pub(super) fn in_no_hurry(&self, at: Timestamp) -> Timestamp {
        if !self.parts.stands_by {
            return at;
        }
        at.max(self.now().saturating_add(LOOKS).unwrap_or(Timestamp::MAX))
    }

    /// Whoever showed itself here before may have shown plans that this fleet does not know yet.
    pub(super) fn take_down_others(&self) {
        for view in self.parts.board.plans() {
            if !self.entries.borrow().contains_key(&view.name) {
                self.parts.board.remove_plan(&view.name);
            }
        }
    }

    /// Takes over what whoever leads has written since.
    pub fn refresh(&self, loaded: Loaded) {
        self.frozen.replace(loaded.frozen);
        let mut changed = Vec::new();
        for (name, known) in loaded.plans {
            let is_known = known.facts.is_some();
            let said = known.facts.unwrap_or_default();
            if let Some(entry) = self.entries.borrow_mut().get_mut(&name) {
                if is_known {
                    entry.record = Record::There;
                }
                if orders(&entry.said) != orders(&said) {
                    changed.push(name);
                }
                entry.said = said;
            } else {
                self.remembered.borrow_mut().insert(name, said);
            }
        }
        self.show_fleet();
        for name in changed {
            self.ask_now(&name);
            self.show_plan(&name);
        }
    }
}

/// What people said, without what only the daemon notes.
fn orders(said: &PlanFacts) -> PlanFacts {
    PlanFacts {
        waits: None,
        conditions: Default::default(),
        ..said.clone()
    }
}
