//! The forward inside a listener's default actions or a rule's actions.
//!
//! What belongs here: reading the action list again, replacing the forward in it and writing it back whole. What must
//! not: which weights are right.

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, TargetGroupStickinessConfig, TargetGroupTuple,
};
use sixshift_core::observation::{Forward, RouteId};

use crate::{
    call::{self, Operation},
    error::Error,
    observe::{
        action_list,
        routes::{self, Of},
    },
    region::Clients,
};

/// Writes a forward where the action list still is what was looked at. ELBv2 has no conditional write, so it is read
/// right before, when nothing is left to wait for.
pub(super) async fn set(
    clients: &Clients,
    route: &RouteId,
    expects: &str,
    forward: &Forward,
) -> Result<(), Error> {
    let ids = [route.arn().to_owned()];
    match route {
        RouteId::Listener(arn) => {
            let permit = clients.caller.permit(&call::MODIFY_LISTENER).await;
            let found = routes::listeners(clients, Of::Ids(&ids)).await?;
            let listener = found.into_iter().find(|l| l.listener_arn() == Some(arn));
            let actions = listener.map(|l| l.default_actions.unwrap_or_default());
            let actions = checked(actions, &call::MODIFY_LISTENER, arn, expects, forward)?;
            let request = clients
                .elb
                .modify_listener()
                .listener_arn(arn)
                .set_default_actions(Some(actions));
            clients
                .caller
                .permitted(permit, request.send())
                .await
                .map(drop)
        }
        RouteId::Rule(arn) => {
            let permit = clients.caller.permit(&call::MODIFY_RULE).await;
            let found = routes::rules(clients, Of::Ids(&ids)).await?;
            let actions = found
                .into_iter()
                .find(|r| r.rule_arn() == Some(arn))
                .map(|r| r.actions.unwrap_or_default());
            let actions = checked(actions, &call::MODIFY_RULE, arn, expects, forward)?;
            // Conditions and transforms that are not sent stay as they are.
            let request = clients
                .elb
                .modify_rule()
                .rule_arn(arn)
                .set_actions(Some(actions));
            clients
                .caller
                .permitted(permit, request.send())
                .await
                .map(drop)
        }
    }
}

fn checked(
    actions: Option<Vec<Action>>,
    operation: &Operation,
    arn: &str,
    expects: &str,
    forward: &Forward,
) -> Result<Vec<Action>, Error> {
    let actions = actions.ok_or_else(|| Error::Gone {
        operation: operation.name,
        resource: arn.to_owned(),
    })?;
    if action_list::fingerprint(&actions) != expects {
        return Err(Error::Changed {
            operation: operation.name,
            resource: arn.to_owned(),
        });
    }
    if let Some(strange) = actions.iter().find(|a| !is_whole(a)) {
        let kind = strange.r#type().map_or("none", |t| t.as_str());
        return Err(Error::build(operation.name, Strange(kind.to_owned())));
    }
    Ok(actions
        .into_iter()
        .map(|action| rewritten(action, forward))
        .collect())
}

/// An action of a kind that is newer than the SDK is read without what belongs to it, and would be written back so.
#[derive(Debug, thiserror::Error)]
#[error("its actions hold one of type {0}, which this version of sixshift cannot write back whole")]
struct Strange(String);

fn is_whole(action: &Action) -> bool {
    match action.r#type() {
        Some(ActionTypeEnum::Forward) => {
            action.forward_config.is_some() || action.target_group_arn.is_some()
        }
        Some(ActionTypeEnum::AuthenticateOidc) => action.authenticate_oidc_config.is_some(),
        Some(ActionTypeEnum::AuthenticateCognito) => action.authenticate_cognito_config.is_some(),
        Some(ActionTypeEnum::JwtValidation) => action.jwt_validation_config.is_some(),
        Some(ActionTypeEnum::Redirect) => action.redirect_config.is_some(),
        Some(ActionTypeEnum::FixedResponse) => action.fixed_response_config.is_some(),
        _ => false,
    }
}

/// The action as it is to be written back.
fn rewritten(mut action: Action, forward: &Forward) -> Action {
    if action.r#type == Some(ActionTypeEnum::Forward) {
        action.target_group_arn = None;
        action.forward_config = Some(config(forward, action.forward_config.as_ref()));
    }
    if let Some(oidc) = &mut action.authenticate_oidc_config {
        // AWS never gives the secret back, so it has to be told to keep it.
        oidc.client_secret = None;
        oidc.use_existing_client_secret = Some(true);
    }
    action
}

fn config(forward: &Forward, before: Option<&ForwardActionConfig>) -> ForwardActionConfig {
    let tuple = |g: &sixshift_core::observation::WeightedGroup| {
        TargetGroupTuple::builder()
            .target_group_arn(&g.arn)
            .weight(i32::from(g.weight))
            .build()
    };
    let seconds = forward
        .stickiness
        .map(|s| i32::try_from(s).unwrap_or(i32::MAX));
    let had_one = before.is_some_and(|c| c.target_group_stickiness_config().is_some());
    let sticky = (seconds.is_some() || had_one).then(|| {
        TargetGroupStickinessConfig::builder()
            .enabled(seconds.is_some())
            .set_duration_seconds(seconds)
            .build()
    });
    ForwardActionConfig::builder()
        .set_target_groups(Some(forward.groups.iter().map(tuple).collect()))
        .set_target_group_stickiness_config(sticky)
        .build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::AuthenticateOidcActionConfig;
    use sixshift_core::observation::WeightedGroup;

    use super::*;

    fn oidc() -> Action {
        let config = AuthenticateOidcActionConfig::builder()
            .issuer("https://id.example")
            .authorization_endpoint("https://id.example/a")
            .token_endpoint("https://id.example/t")
            .user_info_endpoint("https://id.example/u")
            .client_id("shop")
            .session_timeout(3600)
            .build();
        Action::builder()
            .r#type(ActionTypeEnum::AuthenticateOidc)
            .authenticate_oidc_config(config)
            .order(1)
            .build()
    }

    fn plain() -> Action {
        Action::builder()
            .r#type(ActionTypeEnum::Forward)
            .target_group_arn("v4")
            .order(2)
            .build()
    }

    fn half() -> Forward {
        let group = |arn: &str| WeightedGroup {
            arn: arn.to_owned(),
            weight: 50,
        };
        Forward {
            groups: vec![group("v4"), group("v6")],
            stickiness: None,
        }
    }

    fn check(expects: &str) -> Result<Vec<Action>, Error> {
        checked(
            Some(vec![oidc(), plain()]),
            &call::MODIFY_LISTENER,
            "arn",
            expects,
            &half(),
        )
    }

    #[test]
    fn everything_but_the_forward_is_written_back_as_it_was() {
        let written = check(&action_list::fingerprint(&[oidc(), plain()])).unwrap();
        let mut expected = oidc();
        expected
            .authenticate_oidc_config
            .as_mut()
            .unwrap()
            .use_existing_client_secret = Some(true);
        assert_eq!(written[0], expected);
        assert_eq!(written[1].order, Some(2));
        assert_eq!(written[1].target_group_arn, None);
        assert_eq!(action_list::forward_of(&written[1]), Some(half()));
    }

    #[test]
    fn an_action_of_a_kind_that_is_not_known_is_never_written_back() {
        for strange in [
            Action::builder()
                .r#type(ActionTypeEnum::from("teleport"))
                .build(),
            Action::builder().r#type(ActionTypeEnum::Redirect).build(),
        ] {
            let actions = vec![strange, plain()];
            let expects = action_list::fingerprint(&actions);
            let done = checked(
                Some(actions),
                &call::MODIFY_LISTENER,
                "arn",
                &expects,
                &half(),
            );
            assert!(matches!(done, Err(Error::Build { .. })), "{done:?}");
        }
    }

    #[test]
    fn a_changed_action_list_is_not_written() {
        assert!(matches!(check("another"), Err(Error::Changed { .. })));
    }

    #[test]
    fn stickiness_stays_or_is_turned_off_in_words() {
        let sticky = Forward {
            stickiness: Some(60),
            ..half()
        };
        let on = rewritten(plain(), &sticky);
        assert_eq!(action_list::forward_of(&on), Some(sticky));
        let off = rewritten(on, &half());
        let config = off
            .forward_config
            .unwrap()
            .target_group_stickiness_config
            .unwrap();
        assert_eq!(config.enabled, Some(false));
    }
}
