//! Requests that break the rules of elbv2.

use super::each_refusal_is_shown;
use crate::services::Service;

#[test]
fn each_rule_of_elbv2_refuses_what_breaks_it() {
    each_refusal_is_shown(Service::Elbv2, Vec::new());
}
