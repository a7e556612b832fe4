//! The rule that only our own requests to the twin meet: made directly before what leads to the service, and taken away.
//!
//! What belongs here: reading what it stands before again, and the one call. What must not: whether it is wanted.

use aws_sdk_elasticloadbalancingv2::types::{HttpHeaderConditionConfig, Rule, RuleCondition, Tag};
use sixshift_core::{action::NewProbeRule, names::PROBE_HEADER, observation::has_header};

use super::rule;
use crate::{
    call,
    error::Error,
    observe::routes::{self, Of},
    region::Clients,
};

/// With the conditions of what it stands before, where that is a rule, and our header's beside them.
pub(super) async fn make(clients: &Clients, new: &NewProbeRule) -> Result<(), Error> {
    let operation = &call::CREATE_RULE;
    let permit = clients.caller.permit(operation).await;
    let found = routes::rules(clients, Of::Listener(&new.listener)).await?;
    let rules: Vec<&Rule> = found.iter().map(|(rule, _)| rule).collect();
    let before = match &new.before {
        Some(arn) => {
            let mut rules = rules.iter();
            let mine = rules.find(|r| r.rule_arn() == Some(arn));
            Some(*mine.ok_or_else(|| Error::Gone {
                operation: operation.name,
                resource: arn.clone(),
            })?)
        }
        None => None,
    };
    let resource = new.before.as_deref().unwrap_or(&new.listener);
    let told = before.map_or_else(Vec::new, routes::conditions);
    let is_next = stands_before(&rules, before, new.priority);
    if told != new.expects || !is_next {
        return Err(Error::Changed {
            operation: operation.name,
            resource: resource.to_owned(),
        });
    }
    let copied = before.map_or(&[][..], |rule| rule.conditions());
    let copied = copied.iter().cloned().map(as_written);
    let mut request = clients
        .elb
        .create_rule()
        .listener_arn(&new.listener)
        .priority(rule::priority(new.priority))
        .set_conditions(Some(copied.chain([by_header(&new.value)]).collect()))
        // What it passes on is rewritten alike.
        .set_transforms(before.and_then(|rule| rule.transforms.clone()))
        .actions(rule::lead(&new.group));
    for (key, value) in &new.tags {
        request = request.tags(Tag::builder().key(key).value(value).build());
    }
    let sent = request.send();
    clients.caller.permitted(permit, sent).await.map(drop)
}

/// What our own requests alone have.
fn by_header(value: &str) -> RuleCondition {
    let header = HttpHeaderConditionConfig::builder()
        .http_header_name(PROBE_HEADER)
        .values(value)
        .build();
    RuleCondition::builder()
        .field("http-header")
        .http_header_config(header)
        .build()
}

/// AWS tells values in either of two places or in both, and takes them in one.
fn as_written(mut condition: RuleCondition) -> RuleCondition {
    let is_nested =
        condition.host_header_config().is_some() || condition.path_pattern_config().is_some();
    if is_nested {
        condition.values = None;
    }
    condition
}

/// Whether nothing is met between a priority and what it is to stand before.
fn stands_before(rules: &[&Rule], before: Option<&Rule>, priority: u32) -> bool {
    let of = |rule: &Rule| rule.priority().and_then(|p| p.parse::<u32>().ok());
    let own = match before {
        Some(rule) => of(rule),
        None => Some(u32::MAX),
    };
    let Some(own) = own else { return false };
    let mut taken = rules.iter().filter_map(|rule| of(rule));
    priority < own && !taken.any(|p| (priority..own).contains(&p))
}

/// One that customers may meet by now is somebody's.
pub(super) async fn drop_rule(clients: &Clients, arn: &str, value: &str) -> Result<(), Error> {
    let is_it = |rule: &Rule, _: &_| has_header(&routes::conditions(rule), PROBE_HEADER, value);
    rule::drop_rule(clients, arn, is_it).await
}
