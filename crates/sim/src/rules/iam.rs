//! Rules of IAM: what a caller has to be allowed.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
