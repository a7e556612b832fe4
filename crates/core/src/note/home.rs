//! Where notes lie: on something that the plan made and that is there for as long as the migration.
//!
//! What must not be here: what a note says ([`super::Note`]), and what the journal has of it.

use std::collections::BTreeMap;

use super::Note;
use crate::{
    action::{Action, InPlace, InPlaceCall},
    names::tag,
    observation::{Few, Observation},
    plan::{Plan, Way},
    share::Share,
};

/// What carries a plan's notes.
#[derive(Clone, Copy)]
pub(crate) struct Home<'a> {
    /// Its ARN.
    pub(crate) arn: &'a str,
    /// All of its tags.
    pub(crate) tags: &'a Few<String, String>,
    plan: &'a Plan,
}

/// Whether what carries the notes may be deleted by somebody while they still hold: then the journal's word is all that is left.
pub(crate) fn may_be_deleted(plan: &Plan) -> bool {
    plan.has_lone_twin()
}

/// What a twin that carries the notes says from its beginning.
pub(crate) fn of_a_new_twin(plan: &Plan) -> BTreeMap<String, String> {
    let none = Note::Settled(Share::NONE, None).text();
    match plan.shift.way {
        Way::Tasks | Way::Names => [(tag::SHARE.to_owned(), none)].into(),
        Way::Weights | Way::Lattice | Way::Families | Way::InPlace(_) => BTreeMap::new(),
    }
}

impl<'a> Home<'a> {
    /// The first IPv6 target group, where there is none the twin, or, in place, the derived task definition; where it is ours.
    pub(crate) fn of(plan: &'a Plan, seen: &'a Observation) -> Option<Self> {
        let (arn, tags) = match plan.shift.way {
            Way::Weights | Way::Lattice | Way::Families => {
                let group = seen.pairs.seen()?.first()?.ipv6.seen()?;
                (&group.arn, &*group.tags)
            }
            Way::Tasks | Way::Names => {
                let twin = seen.twin.seen()?;
                (&twin.arn, &*twin.tags)
            }
            Way::InPlace(_) => {
                let definition = seen.twin_task_definition.seen()?;
                (&definition.arn, &*definition.tags)
            }
        };
        let is_ours = tags.get(tag::PLAN) == Some(&plan.uid.0);
        is_ours.then_some(Self { arn, tags, plan })
    }

    /// Notes it.
    pub(crate) fn note(&self, tags: BTreeMap<String, String>, because: Option<String>) -> Action {
        let of = self.arn.to_owned();
        match self.plan.shift.way {
            Way::Weights | Way::Lattice | Way::Families => Action::TagTargetGroup {
                target_group: of,
                tags,
                because,
            },
            Way::Tasks | Way::Names => Action::TagTwin {
                service: of,
                tags,
                because,
            },
            Way::InPlace(_) => self.in_place(InPlaceCall::Note {
                task_definition: of,
                tags,
                because,
            }),
        }
    }

    /// Forgets it.
    pub(crate) fn forget(&self, keys: Vec<String>) -> Action {
        let of = self.arn.to_owned();
        match self.plan.shift.way {
            Way::Weights | Way::Lattice | Way::Families => Action::UntagTargetGroup {
                target_group: of,
                keys,
            },
            Way::Tasks | Way::Names => Action::UntagTwin { service: of, keys },
            Way::InPlace(_) => self.in_place(InPlaceCall::Forget {
                task_definition: of,
                keys,
            }),
        }
    }

    fn in_place(&self, call: InPlaceCall) -> Action {
        Action::InPlace(Box::new(InPlace {
            cluster: self.plan.service.cluster.clone(),
            service: self.plan.service.name.clone(),
            call,
        }))
    }
}
