//! The rule that only our own requests to the twin meet: made directly before what leads to the service, and taken away.
//!
//! What belongs here: reading what it stands before again, and the one call. What must not: whether it is wanted.

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, HttpHeaderConditionConfig, Rule, RuleCondition, Tag,
};
use sixshift_core::{action::NewProbeRule, names::PROBE_HEADER, observation::has_header};

use crate::{
    call,
    error::Error,
    observe::routes::{self, Of},
    region::Clients,
};

const GONE: &[&str] = &["RuleNotFound", "RuleNotFoundException"];

/// With the conditions of what it stands before, where that is a rule, and our header's beside them.
pub(super) async fn make(clients: &Clients, new: &NewProbeRule) -> Result<(), Error> {
    let operation = &call::CREATE_RULE;
    let permit = clients.caller.permit(operation).await;
    let of = [new.listener.clone()];
    let found = routes::rules(clients, Of::Listener(&of[0])).await?;
    let rules: Vec<&Rule> = found.iter().map(|(rule, _)| rule).collect();
    let changed = |resource: &str| Error::Changed {
        operation: operation.name,
        resource: resource.to_owned(),
    };
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
        return Err(changed(resource));
    }
    let header = HttpHeaderConditionConfig::builder()
        .http_header_name(PROBE_HEADER)
        .values(&new.value)
        .build();
    let own = RuleCondition::builder()
        .field("http-header")
        .http_header_config(header)
        .build();
    let lead = Action::builder()
        .r#type(ActionTypeEnum::Forward)
        .target_group_arn(&new.group)
        .build();
    let copied = before.map_or(&[][..], |rule| rule.conditions());
    let copied = copied.iter().cloned().map(as_written);
    let mut request = clients
        .elb
        .create_rule()
        .listener_arn(&new.listener)
        .priority(i32::try_from(new.priority).unwrap_or(i32::MAX))
        .set_conditions(Some(copied.chain([own]).collect()))
        // What it passes on is rewritten alike.
        .set_transforms(before.and_then(|rule| rule.transforms.clone()))
        .actions(lead);
    for (key, value) in &new.tags {
        request = request.tags(Tag::builder().key(key).value(value).build());
    }
    let sent = request.send();
    clients.caller.permitted(permit, sent).await.map(drop)
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

/// One that is gone already is a success; one that customers may meet by now is somebody's.
pub(super) async fn drop_rule(clients: &Clients, arn: &str, value: &str) -> Result<(), Error> {
    let operation = &call::DELETE_RULE;
    let permit = clients.caller.permit(operation).await;
    let ids = [arn.to_owned()];
    let found = match routes::rules(clients, Of::Ids(&ids)).await {
        Err(error) if error.is_code(GONE) => return Ok(()),
        found => found?,
    };
    let mut found = found.iter();
    let Some((rule, _)) = found.find(|(r, _)| r.rule_arn() == Some(arn)) else {
        return Ok(());
    };
    if !has_header(&routes::conditions(rule), PROBE_HEADER, value) {
        return Err(Error::Changed {
            operation: operation.name,
            resource: arn.to_owned(),
        });
    }
    let sent = clients.elb.delete_rule().rule_arn(arn).send();
    match clients.caller.permitted(permit, sent).await {
        Err(error) if error.is_code(GONE) => Ok(()),
        done => done.map(drop),
    }
}
