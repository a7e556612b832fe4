//! Rules of Elastic Load Balancing.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
