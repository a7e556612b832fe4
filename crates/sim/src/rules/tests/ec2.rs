//! Requests that break the rules of ec2.

use super::each_refusal_is_shown;
use crate::services::Service;

#[test]
fn each_rule_of_ec2_refuses_what_breaks_it() {
    each_refusal_is_shown(Service::Ec2, Vec::new());
}
