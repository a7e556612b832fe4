//! The parts of a Network Load Balancer's listener: where its default action and its rules for IPv6 clients lead.
//!
//! What belongs here: reading each part again, and the one call that changes it. What must not: which part is next.

use aws_sdk_elasticloadbalancingv2::types::{
    RuleCondition, SourceIpAddressTypeEnum, SourceIpConditionConfig, Tag,
};
use sixshift_core::{
    action::Spell,
    names::tag,
    observation::{Forward, RouteId},
    plan::Uid,
};

use super::{forward, rule};
use crate::{
    call::{self, Operation},
    error::Error,
    observe::{
        action_list,
        routes::{self, Of},
    },
    region::Clients,
    xml::Element,
};

/// Writes one part, where what it goes by still is what was looked at.
pub(super) async fn set(
    clients: &Clients,
    uid: &Uid,
    listener: &RouteId,
    expects: &str,
    spell: &Spell,
) -> Result<(), Error> {
    match spell {
        Spell::Forward => Ok(()),
        Spell::Default { group } => {
            forward::set(clients, listener, expects, &Forward::to(group)).await
        }
        Spell::LeadRule { rule, group } => {
            let rule = RouteId::Rule(rule.clone());
            forward::set(clients, &rule, expects, &Forward::to(group)).await
        }
        Spell::MakeRule { priority, group } => {
            let rule = Rule {
                priority: *priority,
                group,
                uid,
            };
            make(clients, listener.arn(), expects, rule).await
        }
        Spell::DropRule { rule } => {
            let is_it = |_: &_, told: &Element| action_list::fingerprint(told) == expects;
            rule::drop_rule(clients, rule, is_it).await
        }
    }
}

struct Rule<'a> {
    priority: u32,
    group: &'a str,
    uid: &'a Uid,
}

/// Nothing but the default action says where IPv6 clients are led now: a rule that was made for another would move them.
async fn make(
    clients: &Clients,
    listener: &str,
    expects: &str,
    rule: Rule<'_>,
) -> Result<(), Error> {
    let operation = &call::CREATE_RULE;
    let permit = clients.caller.permit(operation).await;
    let ids = [listener.to_owned()];
    let found = routes::listeners(clients, Of::Ids(&ids)).await?;
    let mut found = found.into_iter();
    let mine = found.find(|(l, _)| l.listener_arn() == Some(listener));
    let (_, told) = mine.ok_or_else(|| gone(operation, listener))?;
    unchanged(operation, listener, &told, expects)?;
    let family = SourceIpConditionConfig::builder()
        .ip_address_type(SourceIpAddressTypeEnum::Ipv6)
        .build();
    let condition = RuleCondition::builder()
        .field("source-ip")
        .source_ip_config(family)
        .build();
    let mark = Tag::builder().key(tag::PLAN).value(&rule.uid.0).build();
    let request = clients
        .elb
        .create_rule()
        .listener_arn(listener)
        .priority(rule::priority(rule.priority))
        .conditions(condition)
        .actions(rule::lead(rule.group))
        .tags(mark);
    let sent = request.send();
    clients.caller.permitted(permit, sent).await.map(drop)
}

fn unchanged(operation: &Operation, arn: &str, told: &Element, expects: &str) -> Result<(), Error> {
    if action_list::fingerprint(told) == expects {
        return Ok(());
    }
    Err(Error::Changed {
        operation: operation.name,
        resource: arn.to_owned(),
    })
}

fn gone(operation: &Operation, arn: &str) -> Error {
    Error::Gone {
        operation: operation.name,
        resource: arn.to_owned(),
    }
}
