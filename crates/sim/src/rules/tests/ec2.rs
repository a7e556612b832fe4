//! Requests that break the rules of ec2.

use super::{Case, each_refusal_is_shown};
use crate::scenario::fixture::one;
use crate::services::Service;
use crate::wire::from_text;

fn case(op: &'static str, input: &str) -> Case {
    Case {
        rule: "ec2-tag-prefix-reserved",
        op,
        world: one("healthy").world,
        input: from_text(input),
    }
}

#[test]
fn each_rule_of_ec2_refuses_what_breaks_it() {
    let tags = r#"[{"Key":"Aws:mine","Value":"x"}]"#;
    let later = format!(r#"{{"ResourceId":["subnet-1"],"Tag":{tags}}}"#);
    let born = format!(
        r#"{{"CidrBlock":"10.0.0.0/16","TagSpecification":[{{"ResourceType":"vpc","Tag":{tags}}}]}}"#
    );
    let cases = vec![case("CreateTags", &later), case("CreateVpc", &born)];
    each_refusal_is_shown(Service::Ec2, cases);
}
