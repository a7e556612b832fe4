//! Requests that break the rules of ecs.

use super::each_refusal_is_shown;
use crate::services::Service;

#[test]
fn each_rule_of_ecs_refuses_what_breaks_it() {
    each_refusal_is_shown(Service::Ecs, Vec::new());
}
