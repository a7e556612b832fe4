//! An Application Load Balancer: both target groups stand in one forward action, whose weights are the division itself.

use super::{Grain, Way, split};
use crate::{action::Spell, observation::Setting};

pub(super) const WAY: Way = Way {
    grain: Grain::Weights {
        most: split::MAX_WEIGHT,
    },
    read: |route| route.forward.clone(),
    write: |_, _| Spell::Forward,
    after: |_, _| Setting::Weights,
    holds_ours: |_| false,
};
