//! What all rules of our own have in common, whomever they are for: where they lead, and how one is taken away.
//!
//! What must not be here: whom a rule is for ([`super::families`], [`super::probe`]).

use aws_sdk_elasticloadbalancingv2::types::{Action, ActionTypeEnum, Rule};

use crate::{
    call,
    error::Error,
    observe::routes::{self, Of},
    region::Clients,
    xml::Element,
};

const GONE: &[&str] = &["RuleNotFound", "RuleNotFoundException"];

/// Forwards to one target group.
pub(super) fn lead(group: &str) -> Action {
    Action::builder()
        .r#type(ActionTypeEnum::Forward)
        .target_group_arn(group)
        .build()
}

/// As the SDK takes it.
pub(super) fn priority(priority: u32) -> i32 {
    i32::try_from(priority).unwrap_or(i32::MAX)
}

/// One that is gone already is a success; one that is no longer what it was is somebody's.
pub(super) async fn drop_rule(
    clients: &Clients,
    arn: &str,
    is_it: impl Fn(&Rule, &Element) -> bool,
) -> Result<(), Error> {
    let operation = &call::DELETE_RULE;
    let permit = clients.caller.permit(operation).await;
    let ids = [arn.to_owned()];
    let found = match routes::rules(clients, Of::Ids(&ids)).await {
        Err(error) if error.is_code(GONE) => return Ok(()),
        found => found?,
    };
    let mut found = found.iter();
    let Some((rule, told)) = found.find(|(r, _)| r.rule_arn() == Some(arn)) else {
        return Ok(());
    };
    if !is_it(rule, told) {
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
