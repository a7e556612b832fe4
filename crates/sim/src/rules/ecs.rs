//! Rules of ECS.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
