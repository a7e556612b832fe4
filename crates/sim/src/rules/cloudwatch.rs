//! Rules of CloudWatch.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
