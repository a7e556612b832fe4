//! Rules of EC2.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
