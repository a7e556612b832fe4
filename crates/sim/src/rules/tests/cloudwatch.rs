//! Requests that break the rules of cloudwatch.

use super::each_refusal_is_shown;
use crate::services::Service;

#[test]
fn each_rule_of_cloudwatch_refuses_what_breaks_it() {
    each_refusal_is_shown(Service::CloudWatch, Vec::new());
}
