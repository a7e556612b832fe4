//! The forward inside a listener's default actions or a rule's actions.
//!
//! What belongs here: reading the action list again, replacing the forward in it and writing it back whole, as it is on the
//! wire, so that members which are newer than the SDK stay. What must not: which weights are right.

use aws_sdk_elasticloadbalancingv2::types::{Action, ActionTypeEnum};
use sixshift_core::observation::{Forward, RouteId};

use crate::{
    call::{self, Operation},
    document::Sent,
    error::Error,
    observe::{
        action_list,
        routes::{self, Of},
    },
    region::Clients,
    xml::Element,
};

/// Of the protocol's forms (botocore: elbv2 `apiVersion`).
const VERSION: &str = "2015-12-01";

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
            let operation = &call::MODIFY_LISTENER;
            let permit = clients.caller.permit(operation).await;
            let found = routes::listeners(clients, Of::Ids(&ids)).await?;
            let mut found = found.into_iter();
            let mine = found.find(|(l, _)| l.listener_arn() == Some(arn));
            let mine = mine.map(|(l, told)| (l.default_actions.unwrap_or_default(), told));
            let actions = checked(mine, operation, arn, expects, forward)?;
            let form = form(
                "ModifyListener",
                ("ListenerArn", arn),
                ("DefaultActions", &actions),
            );
            let request = clients.elb.modify_listener().listener_arn(arn).customize();
            let sent = request.interceptor(Sent::form(&form)).send();
            clients.caller.permitted(permit, sent).await.map(drop)
        }
        RouteId::Rule(arn) => {
            let operation = &call::MODIFY_RULE;
            let permit = clients.caller.permit(operation).await;
            let found = routes::rules(clients, Of::Ids(&ids)).await?;
            let mut found = found.into_iter();
            let mine = found.find(|(r, _)| r.rule_arn() == Some(arn));
            let mine = mine.map(|(r, told)| (r.actions.unwrap_or_default(), told));
            let actions = checked(mine, operation, arn, expects, forward)?;
            // Conditions and transforms that are not sent stay as they are.
            let form = form("ModifyRule", ("RuleArn", arn), ("Actions", &actions));
            let request = clients.elb.modify_rule().rule_arn(arn).customize();
            let sent = request.interceptor(Sent::form(&form)).send();
            clients.caller.permitted(permit, sent).await.map(drop)
        }
    }
}

/// A request in place of the one that the SDK would write.
fn form(
    operation: &str,
    (key, arn): (&str, &str),
    (list, actions): (&str, &Element),
) -> Vec<(String, String)> {
    let fields = [("Action", operation), ("Version", VERSION), (key, arn)];
    let mut form = fields.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
    actions.fields(list, &mut form);
    form
}

/// The actions to write back, from what the SDK reads of them and as they are on the wire.
fn checked(
    found: Option<(Vec<Action>, Element)>,
    operation: &Operation,
    arn: &str,
    expects: &str,
    forward: &Forward,
) -> Result<Element, Error> {
    let (actions, mut told) = found.ok_or_else(|| Error::Gone {
        operation: operation.name,
        resource: arn.to_owned(),
    })?;
    if action_list::fingerprint(&told) != expects {
        return Err(Error::Changed {
            operation: operation.name,
            resource: arn.to_owned(),
        });
    }
    let strange = actions.iter().find(|a| !is_whole(a));
    if strange.is_some() || told.items().count() != actions.len() {
        let kind = strange.and_then(|a| a.r#type());
        let kind = kind.map_or("none", |t| t.as_str());
        return Err(Error::build(operation.name, Strange(kind.to_owned())));
    }
    for action in told.items_mut() {
        rewrite(action, forward);
    }
    Ok(told)
}

/// An action of a kind that is newer than the SDK may need what AWS does not tell, as secrets are.
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
fn rewrite(action: &mut Element, forward: &Forward) {
    if action.get("Type").text() == ActionTypeEnum::Forward.as_str() {
        action.remove("TargetGroupArn");
        let config = configured(action.get("ForwardConfig"), forward);
        action.set("ForwardConfig", config);
    }
    if action.has("AuthenticateOidcConfig") {
        // AWS never gives the secret back, so it has to be told to keep it.
        let mut oidc = action.get("AuthenticateOidcConfig").clone();
        oidc.remove("ClientSecret");
        oidc.set("UseExistingClientSecret", Element::of(true));
        action.set("AuthenticateOidcConfig", oidc);
    }
}

fn configured(before: &Element, forward: &Forward) -> Element {
    let tuple = |group: &sixshift_core::observation::WeightedGroup| {
        let mut known = before.get("TargetGroups").items();
        let same = known.find(|t| t.get("TargetGroupArn").text() == group.arn);
        let mut tuple = same.cloned().unwrap_or_default();
        tuple.set("TargetGroupArn", Element::of(&group.arn));
        tuple.set("Weight", Element::of(group.weight));
        tuple
    };
    let mut config = before.clone();
    config.set(
        "TargetGroups",
        Element::list(forward.groups.iter().map(tuple)),
    );
    let name = "TargetGroupStickinessConfig";
    if forward.stickiness.is_some() || before.has(name) {
        let mut sticky = before.get(name).clone();
        sticky.set("Enabled", Element::of(forward.stickiness.is_some()));
        match forward.stickiness {
            Some(seconds) => sticky.set("DurationSeconds", Element::of(seconds)),
            None => sticky.remove("DurationSeconds"),
        }
        config.set(name, sticky);
    }
    config
}

#[cfg(test)]
mod tests {
    use sixshift_core::observation::WeightedGroup;

    use super::*;
    use crate::xml;

    const OIDC: &str = "<member><Type>authenticate-oidc</Type><Order>1</Order><AuthenticateOidcConfig><Issuer>i</Issuer>\
        <Newer>n</Newer></AuthenticateOidcConfig></member>";
    const PLAIN: &str =
        "<member><Type>forward</Type><TargetGroupArn>v4</TargetGroupArn><Order>2</Order></member>";

    fn told(actions: &[&str]) -> Element {
        Element::read(format!("<A>{}</A>", actions.concat()).as_bytes())
    }

    fn action(kind: &str) -> Action {
        Action::builder()
            .r#type(ActionTypeEnum::from(kind))
            .target_group_arn("v4")
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

    fn written(action: &str, forward: &Forward) -> String {
        let mut told = told(&[action]);
        told.items_mut().for_each(|a| rewrite(a, forward));
        let mut form = Vec::new();
        told.fields("A", &mut form);
        xml::body(&form)
    }

    fn check(kinds: &[&str], told: Element, expects: &str) -> Result<Element, Error> {
        let actions = kinds.iter().map(|kind| action(kind)).collect();
        checked(
            Some((actions, told)),
            &call::MODIFY_LISTENER,
            "arn",
            expects,
            &half(),
        )
    }

    #[test]
    fn everything_but_the_forward_is_written_back_as_it_was() {
        assert_eq!(
            written(OIDC, &half()),
            "A.member.1.Type=authenticate-oidc&A.member.1.Order=1&A.member.1.AuthenticateOidcConfig.Issuer=i\
             &A.member.1.AuthenticateOidcConfig.Newer=n&A.member.1.AuthenticateOidcConfig.UseExistingClientSecret=true"
        );
        let groups = "ForwardConfig.TargetGroups.member";
        assert_eq!(
            written(PLAIN, &half()),
            format!(
                "A.member.1.Type=forward&A.member.1.Order=2&A.member.1.{groups}.1.TargetGroupArn=v4\
                 &A.member.1.{groups}.1.Weight=50&A.member.1.{groups}.2.TargetGroupArn=v6&A.member.1.{groups}.2.Weight=50"
            )
        );
    }

    #[test]
    fn members_that_nobody_knows_stay_wherever_they_are() {
        let newer = "<member><Type>forward</Type><Newer><member>a</member></Newer><ForwardConfig><TargetGroups><member>\
            <TargetGroupArn>v4</TargetGroupArn><Weight>1</Weight><Newer>t</Newer></member></TargetGroups>\
            <TargetGroupStickinessConfig><Enabled>false</Enabled><Newer>s</Newer></TargetGroupStickinessConfig>\
            <Newer>c</Newer></ForwardConfig></member>";
        let written = written(newer, &half());
        for kept in [
            "A.member.1.Newer.member.1=a",
            "ForwardConfig.TargetGroups.member.1.Newer=t",
            "ForwardConfig.TargetGroupStickinessConfig.Newer=s",
            "ForwardConfig.Newer=c",
        ] {
            assert!(written.contains(kept), "{written}");
        }
    }

    #[test]
    fn an_action_of_a_kind_that_is_not_known_is_never_written_back() {
        let strange = PLAIN.replace("forward", "teleport");
        let told = told(&[&strange]);
        let done = check(
            &["teleport"],
            told.clone(),
            &action_list::fingerprint(&told),
        );
        assert!(matches!(done, Err(Error::Build { .. })), "{done:?}");
    }

    #[test]
    fn an_answer_that_says_two_things_is_never_written_back() {
        let told = told(&[PLAIN]);
        let expects = action_list::fingerprint(&told);
        let done = check(&["forward", "forward"], told, &expects);
        assert!(matches!(done, Err(Error::Build { .. })), "{done:?}");
    }

    #[test]
    fn a_changed_action_list_is_not_written() {
        let done = check(&["forward"], told(&[PLAIN]), "another");
        assert!(matches!(done, Err(Error::Changed { .. })));
    }

    #[test]
    fn stickiness_stays_or_is_turned_off_in_words() {
        let sticky = Forward {
            stickiness: Some(60),
            ..half()
        };
        let config = configured(&Element::default(), &sticky);
        let on = config.get("TargetGroupStickinessConfig");
        assert_eq!(
            (on.get("Enabled").text(), on.get("DurationSeconds").text()),
            ("true", "60")
        );
        let config = configured(&config, &half());
        let off = config.get("TargetGroupStickinessConfig");
        assert_eq!(off.get("Enabled").text(), "false");
        assert!(!off.has("DurationSeconds"));
        let plain = configured(&Element::default(), &half());
        assert!(!plain.has("TargetGroupStickinessConfig"));
    }
}
