//! Actions of listeners and rules: what is refused, and the form they are read back in.

use super::{AwsError, invalid, misconfigured, no_target_group};
use crate::Value;
use crate::world::World;
use crate::world::behaviour::Family;
use crate::world::elb::{Listener, LoadBalancer, Quota, TargetGroup};

/// Where actions are about to be put.
pub(super) struct Site<'a> {
    pub(super) balancer: &'a LoadBalancer,
    pub(super) protocol: &'a str,
    /// The actions that are replaced; their client secrets may be kept.
    pub(super) before: &'a [Value],
}

impl<'a> Site<'a> {
    /// The site of a listener's default action or of a rule.
    pub(super) fn of(
        world: &'a World,
        listener: &'a Listener,
        before: &'a [Value],
    ) -> Option<Self> {
        let balancer = world.elb.load_balancers.get(&listener.load_balancer)?;
        Some(Self {
            balancer,
            protocol: &listener.protocol,
            before,
        })
    }
}

/// Actions in AWS's read-back form, or why AWS refuses them.
pub(super) fn accept(
    world: &World,
    site: &Site<'_>,
    given: &Value,
) -> Result<Vec<Value>, AwsError> {
    let mut actions: Vec<Value> = given.items().to_vec();
    if actions.is_empty() {
        return Err(invalid("Actions must not be empty"));
    }
    if actions.iter().any(|a| !a.get("Order").is_null()) {
        actions.sort_by_key(|a| a.get("Order").as_i64().unwrap_or(0));
    } else if actions.len() > 1 {
        return Err(refused(
            "An action order must be specified when there are several actions",
        ));
    }
    let last = actions.len() - 1;
    let mut accepted = Vec::new();
    for (place, action) in actions.iter().enumerate() {
        let kind = action
            .get("Type")
            .as_str()
            .ok_or_else(|| invalid("An action type must be specified"))?;
        let routes = matches!(kind, "forward" | "redirect" | "fixed-response");
        if routes != (place == last) {
            return Err(refused(
                "The last action, and only the last, must be of type forward, redirect or fixed-response",
            ));
        }
        accepted.push(match kind {
            "forward" => forward(world, site, action)?,
            "authenticate-oidc" => oidc(site, action)?,
            "authenticate-cognito" | "jwt-validation" => {
                https_only(site, kind)?;
                action.clone()
            }
            "redirect" => redirect(action)?,
            "fixed-response" => fixed(action)?,
            _ => return Err(invalid(format!("Action type '{kind}' is not valid"))),
        });
    }
    Ok(accepted)
}

fn forward(world: &World, site: &Site<'_>, action: &Value) -> Result<Value, AwsError> {
    let single = action.get("TargetGroupArn").as_str();
    let config = action.get("ForwardConfig");
    let listed = config.get("TargetGroups").items();
    let groups: Vec<(String, i64)> = match (single, listed) {
        (Some(arn), []) => vec![(arn.to_owned(), 1)],
        (None, []) => return Err(invalid("A target group ARN must be specified")),
        (single, listed) => {
            if let Some(arn) = single
                && (listed.len() != 1
                    || listed
                        .first()
                        .is_none_or(|g| g.get("TargetGroupArn").as_str() != Some(arn)))
            {
                return Err(invalid(
                    "You can specify both a target group ARN and a forward configuration only if the configuration has one \
                     target group, the same",
                ));
            }
            listed.iter().map(weighted).collect::<Result<_, _>>()?
        }
    };
    let most = world.elb.quota(Quota::GroupsOfAction);
    if groups.len() > most {
        return Err(AwsError::new(
            "InvalidLoadBalancerAction",
            format!("An action can have at most {most} target groups"),
        ));
    }
    let sticky = stickiness(config.get("TargetGroupStickinessConfig"))?;
    check_groups(
        world,
        site,
        &groups,
        sticky.get("Enabled").as_bool() == Some(true),
    )?;
    let mut shown = but(action, &["TargetGroupArn", "ForwardConfig", "Order"]);
    if let [(only, _)] = groups.as_slice() {
        shown.set("TargetGroupArn", only.as_str().into());
    }
    if !action.get("Order").is_null() {
        shown.set("Order", action.get("Order").clone());
    }
    let list = groups.iter().map(|(arn, weight)| {
        let mut given = listed.iter();
        let given = given.find(|g| g.get("TargetGroupArn").as_str() == Some(arn));
        let mut group = given.cloned().unwrap_or_default();
        group.set("TargetGroupArn", arn.as_str().into());
        group.set("Weight", (*weight).into());
        group
    });
    let list = Value::list(list);
    let mut config = but(config, &[]);
    config.set("TargetGroups", list);
    config.set("TargetGroupStickinessConfig", sticky);
    shown.set("ForwardConfig", config);
    Ok(shown)
}

/// A structure without some of its members; those that the region does not know stay.
fn but(given: &Value, without: &[&str]) -> Value {
    let fields = given.fields().iter();
    Value::map(
        fields
            .filter(|(k, _)| !without.contains(&k.as_str()))
            .cloned(),
    )
}

/// Which groups a listener may forward to, by protocol.
fn fits(listener: &str, group: &TargetGroup) -> bool {
    let protocol = group.spec.get("Protocol").as_str().unwrap_or_default();
    let fitting: &[&str] = match listener {
        "HTTP" | "HTTPS" => &["HTTP", "HTTPS"],
        "TCP" => &["TCP", "TCP_UDP"],
        "TLS" => &["TCP", "TLS"],
        "UDP" => &["UDP", "TCP_UDP"],
        other => &[other],
    };
    fitting.contains(&protocol)
}

fn weighted(group: &Value) -> Result<(String, i64), AwsError> {
    let arn = group
        .get("TargetGroupArn")
        .as_str()
        .ok_or_else(|| invalid("A target group ARN must be specified"))?;
    let weight = match group.get("Weight") {
        Value::Null => 1,
        given => given.as_i64().unwrap_or(-1),
    };
    if !(0..=999).contains(&weight) {
        return Err(invalid(
            "The weight of a target group must be between 0 and 999",
        ));
    }
    Ok((arn.to_owned(), weight))
}

fn stickiness(given: &Value) -> Result<Value, AwsError> {
    let mut shown = but(given, &["DurationSeconds"]);
    if given.get("Enabled").as_bool() != Some(true) {
        shown.set("Enabled", false.into());
        return Ok(shown);
    }
    let duration = given.get("DurationSeconds").as_i64().unwrap_or_default();
    if !(1..=604_800).contains(&duration) {
        return Err(invalid(
            "Target group stickiness duration must be between 1 and 604800 seconds",
        ));
    }
    shown.set("DurationSeconds", duration.into());
    Ok(shown)
}

fn check_groups(
    world: &World,
    site: &Site<'_>,
    groups: &[(String, i64)],
    sticky: bool,
) -> Result<(), AwsError> {
    let layer7 = site.balancer.kind == "application";
    let mut families = Vec::new();
    for (place, (arn, _)) in groups.iter().enumerate() {
        if groups.iter().take(place).any(|(other, _)| other == arn) {
            return Err(refused(
                "A target group can be listed only once in an action",
            ));
        }
        let group = world
            .elb
            .target_groups
            .get(arn)
            .ok_or_else(|| no_target_group(arn))?;
        if !fits(site.protocol, group) {
            return Err(AwsError::new(
                "IncompatibleProtocols",
                format!(
                    "The protocol of the target group '{arn}' does not fit a listener of {}",
                    site.protocol
                ),
            ));
        }
        if group.spec.get("VpcId").as_str() != Some(site.balancer.vpc.as_str()) {
            return Err(misconfigured(format!(
                "The target group '{arn}' and the load balancer are in different VPCs"
            )));
        }
        if group.family == Family::V6 && site.balancer.ip_address_type == "ipv4" {
            return Err(misconfigured(format!(
                "The target group '{arn}' has the IP address type ipv6, which a load balancer of the type ipv4 does not support"
            )));
        }
        if group
            .load_balancers
            .iter()
            .any(|lb| *lb != site.balancer.arn)
        {
            return Err(AwsError::new(
                "TargetGroupAssociationLimit",
                format!(
                    "The following target groups cannot be associated with more than one load balancer: {arn}"
                ),
            ));
        }
        let own = group
            .attributes
            .get("stickiness.enabled")
            .is_some_and(|v| v == "true");
        if own && groups.len() > 1 && !sticky {
            return Err(refused(
                "You must enable target group stickiness on the forward action, as one of its target groups has stickiness enabled",
            ));
        }
        families.push(group.family);
    }
    families.sort();
    families.dedup();
    if !layer7 && families.len() > 1 {
        return Err(refused(
            "All target groups in the default action must use the same IP address type",
        ));
    }
    let of_balancer = world
        .elb
        .target_groups
        .values()
        .filter(|g| g.load_balancers.contains(&site.balancer.arn));
    let others = of_balancer
        .filter(|g| groups.iter().all(|(arn, _)| *arn != g.arn))
        .count();
    let most = world.elb.quota(Quota::GroupsOfBalancer);
    if layer7 && others + groups.len() > most {
        return Err(AwsError::new(
            "TooManyUniqueTargetGroupsPerLoadBalancer",
            format!("A load balancer can have at most {most} target groups"),
        ));
    }
    Ok(())
}

fn oidc(site: &Site<'_>, action: &Value) -> Result<Value, AwsError> {
    https_only(site, "authenticate-oidc")?;
    let given = action.get("AuthenticateOidcConfig");
    for key in [
        "Issuer",
        "AuthorizationEndpoint",
        "TokenEndpoint",
        "UserInfoEndpoint",
        "ClientId",
    ] {
        given.require_str(key)?;
    }
    let keeps = given.get("UseExistingClientSecret").as_bool() == Some(true);
    let known = site
        .before
        .iter()
        .map(|a| a.get("AuthenticateOidcConfig"))
        .any(|old| {
            !old.is_null()
                && old.get("Issuer") == given.get("Issuer")
                && old.get("ClientId") == given.get("ClientId")
        });
    if given.get("ClientSecret").is_null() && !(keeps && known) {
        return Err(refused(
            "You must either specify a client secret or use an existing client secret",
        ));
    }
    // The secret is never read back.
    let mut config = Value::default();
    for (key, value) in given
        .fields()
        .iter()
        .filter(|(k, _)| k != "ClientSecret" && k != "UseExistingClientSecret")
    {
        config.set(key, value.clone());
    }
    let defaults: [(&str, Value); 4] = [
        ("SessionCookieName", "AWSELBAuthSessionCookie".into()),
        ("Scope", "openid".into()),
        ("SessionTimeout", 604_800_i64.into()),
        ("OnUnauthenticatedRequest", "authenticate".into()),
    ];
    for (key, value) in defaults {
        if config.get(key).is_null() {
            config.set(key, value);
        }
    }
    let mut shown = action.clone();
    shown.set("AuthenticateOidcConfig", config);
    Ok(shown)
}

fn https_only(site: &Site<'_>, kind: &str) -> Result<(), AwsError> {
    if site.protocol == "HTTPS" {
        return Ok(());
    }
    Err(refused(&format!(
        "Actions of type '{kind}' are supported only on HTTPS listeners"
    )))
}

fn redirect(action: &Value) -> Result<Value, AwsError> {
    let config = action.get("RedirectConfig");
    if !["HTTP_301", "HTTP_302"].contains(&config.require_str("StatusCode")?) {
        return Err(invalid(
            "The status code of a redirect must be HTTP_301 or HTTP_302",
        ));
    }
    let mut shown = config.clone();
    for (key, default) in [
        ("Protocol", "#{protocol}"),
        ("Port", "#{port}"),
        ("Host", "#{host}"),
        ("Path", "/#{path}"),
        ("Query", "#{query}"),
    ] {
        let text = match config.get(key) {
            Value::Null => default.to_owned(),
            Value::Int(number) => number.to_string(),
            other => other.as_str().unwrap_or(default).to_owned(),
        };
        shown.set(key, text.into());
    }
    let mut action = action.clone();
    action.set("RedirectConfig", shown);
    Ok(action)
}

fn fixed(action: &Value) -> Result<Value, AwsError> {
    let code = action
        .get("FixedResponseConfig")
        .require_str("StatusCode")?;
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    if !digits || !code.starts_with(['2', '4', '5']) || code.len() != 3 {
        return Err(invalid(
            "The status code of a fixed response must be 2XX, 4XX or 5XX",
        ));
    }
    Ok(action.clone())
}

fn refused(message: &str) -> AwsError {
    AwsError::new("InvalidLoadBalancerAction", message)
}
