//! Rules of actions, and of listener rules but for their conditions.

use super::listeners::listener;
use super::{CONFIGURATION, QUOTAS, VALIDATION, does, is, refuses, text};
use crate::Value;
use crate::rules::Rule;
use crate::world::World;
use crate::world::elb::Listener;

const ACTIONS: &[&str] = &[
    "CreateListener",
    "ModifyListener",
    "CreateRule",
    "ModifyRule",
];
const RULES_OF_LISTENERS: &[&str] = &["CreateRule", "ModifyRule"];
const INVALID_ACTION: &str = "InvalidLoadBalancerAction";

/// The configuration that each type of action has; a forward may name its group outside of it.
const CONFIGURATIONS: [(&str, &str); 6] = [
    ("forward", "ForwardConfig"),
    ("redirect", "RedirectConfig"),
    ("fixed-response", "FixedResponseConfig"),
    ("authenticate-oidc", "AuthenticateOidcConfig"),
    ("authenticate-cognito", "AuthenticateCognitoConfig"),
    ("jwt-validation", "JwtValidationConfig"),
];
const CONTENT_TYPES: [&str; 5] = [
    "text/plain",
    "text/css",
    "text/html",
    "application/javascript",
    "application/json",
];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "elb-action-has-its-own-configuration",
        ACTIONS,
        "an action has the configuration of its type, and no other",
        VALIDATION,
        |_, input| actions(input).find_map(foreign_configuration),
        "botocore: elbv2 Action",
    ),
    refuses(
        "elb-action-orders-differ",
        ACTIONS,
        "several actions have an order each, 1 to 50000, none twice",
        INVALID_ACTION,
        |_, input| {
            let orders: Vec<Option<i64>> =
                actions(input).map(|a| a.get("Order").as_i64()).collect();
            if orders.len() < 2 {
                return None;
            }
            let twice = (1..orders.len()).any(|n| orders[..n].contains(&orders[n]));
            let missing = orders
                .iter()
                .any(|o| !o.is_some_and(|n| (1..=50_000).contains(&n)));
            (twice || missing).then(|| {
                "The actions must have orders between 1 and 50000, each its own".to_owned()
            })
        },
        "botocore: elbv2 Action.Order",
    ),
    refuses(
        "elb-redirect-changes-something",
        ACTIONS,
        "a redirect changes protocol, host, port or path: else it is a loop",
        INVALID_ACTION,
        |_, input| {
            let unchanged = |config: &Value| {
                let same = |key: &str, own: &str| text(config, key).is_none_or(|v| v == own);
                same("Protocol", "#{protocol}")
                    && same("Host", "#{host}")
                    && same("Port", "#{port}")
                    && same("Path", "/#{path}")
            };
            configurations(input, "redirect").any(unchanged).then(|| {
                "The redirect configuration is not valid because it creates a loop.".to_owned()
            })
        },
        "botocore: elbv2 RedirectActionConfig",
    ),
    refuses(
        "elb-redirect-stays-secure",
        ACTIONS,
        "HTTPS is not redirected to HTTP",
        INVALID_ACTION,
        |world, input| {
            let down = configurations(input, "redirect").any(|c| is(c, "Protocol", &["HTTP"]));
            (down && protocol(world, input) == Some("HTTPS"))
                .then(|| "You cannot redirect HTTPS to HTTP".to_owned())
        },
        "botocore: elbv2 RedirectActionConfig.Protocol",
    ),
    refuses(
        "elb-redirect-parts",
        ACTIONS,
        "a redirect's port is `#{port}` or 1 to 65535, its path begins with `/`, its query has no `?` before it",
        VALIDATION,
        |_, input| configurations(input, "redirect").find_map(wrong_part),
        "botocore: elbv2 RedirectActionConfig",
    ),
    refuses(
        "elb-fixed-response-type",
        ACTIONS,
        "a fixed response is plain text, CSS, HTML, JavaScript or JSON",
        VALIDATION,
        |_, input| {
            let wrong = configurations(input, "fixed-response")
                .filter_map(|c| text(c, "ContentType"))
                .find(|t| !CONTENT_TYPES.contains(t))?;
            Some(format!(
                "Content type '{wrong}' is not valid for a fixed response"
            ))
        },
        "botocore: elbv2 FixedResponseActionConfig.ContentType",
    ),
    refuses(
        "elb-authentication-endpoints",
        ACTIONS,
        "an identity provider's endpoints are whole URLs with `https://`",
        VALIDATION,
        |_, input| {
            let oidc = configurations(input, "authenticate-oidc").flat_map(|c| {
                [
                    "Issuer",
                    "AuthorizationEndpoint",
                    "TokenEndpoint",
                    "UserInfoEndpoint",
                ]
                .into_iter()
                .filter_map(|key| text(c, key))
            });
            let jwt =
                configurations(input, "jwt-validation").filter_map(|c| text(c, "JwksEndpoint"));
            let wrong = oidc.chain(jwt).find(|url| !url.starts_with("https://"))?;
            Some(format!(
                "'{wrong}' must be a full URL, including the HTTPS protocol, the domain, and the path"
            ))
        },
        "botocore: elbv2 AuthenticateOidcActionConfig, JwtValidationActionConfig",
    ),
    refuses(
        "elb-authentication-extra-parameters",
        ACTIONS,
        "at most 10 extra parameters go to the authorization endpoint",
        VALIDATION,
        |_, input| {
            let kinds = ["authenticate-oidc", "authenticate-cognito"];
            kinds
                .into_iter()
                .flat_map(|kind| configurations(input, kind))
                .any(|c| c.get("AuthenticationRequestExtraParams").fields().len() > 10)
                .then(|| {
                    "At most 10 extra parameters can be specified for the authentication request"
                        .to_owned()
                })
        },
        "botocore: elbv2 AuthenticateOidcActionConfig.AuthenticationRequestExtraParams",
    ),
    refuses(
        "elb-network-balancers-forward",
        ACTIONS,
        "a Network Load Balancer's listener or rule has one action, a forward, and without group stickiness",
        INVALID_ACTION,
        |world, input| {
            let kind = kind(world, input)?;
            let sticky = |a: &Value| {
                let config = a.get("ForwardConfig").get("TargetGroupStickinessConfig");
                config.get("Enabled").as_bool() == Some(true)
            };
            let fine = actions(input).count() <= 1
                && actions(input).all(|a| is(a, "Type", &["forward"]) && !sticky(a));
            (kind == "network" && !fine)
                .then(|| "Listeners of a Network Load Balancer have one forward action without stickiness".to_owned())
        },
        "ELB user guide, Listeners for your Network Load Balancers",
    ),
    refuses(
        "elb-rules-on-dual-stack",
        &["CreateRule"],
        "of Network Load Balancers only the listeners of dual-stack ones have rules",
        CONFIGURATION,
        |world, input| {
            let listener = site(world, input)?;
            let balancer = world.elb.load_balancers.get(&listener.load_balancer)?;
            (balancer.kind == "network" && balancer.ip_address_type == "ipv4").then(|| {
                "Rules are supported for listeners of dual-stack Network Load Balancers only"
                    .to_owned()
            })
        },
        "ELB user guide, Listeners for your Network Load Balancers: rule basics",
    ),
    refuses(
        "elb-transforms",
        RULES_OF_LISTENERS,
        "at most one transform of each type, with the configuration of its type and one rewrite of 1024 characters at most; not given and reset at once",
        VALIDATION,
        |_, input| wrong_transforms(input),
        "botocore: elbv2 CreateRule, RuleTransform, RewriteConfig",
    ),
    does(
        "elb-priority-once",
        &["CreateRule", "SetRulePriorities"],
        "a priority is used once in a listener: `PriorityInUse`; default rules have none and are not deleted",
        "priorities_are_unique_and_default_rules_stay",
        "botocore: elbv2 PriorityInUseException, OperationNotPermittedException",
    ),
    does(
        "elb-quota-rules",
        &["CreateRule"],
        "at most 100 rules on a load balancer, default rules not counted: `TooManyRules`",
        "the_quotas_that_are_told_are_the_ones_that_are_kept",
        QUOTAS,
    ),
    does(
        "elb-forward-groups",
        ACTIONS,
        "at most 5 groups, each once, with weights of 0 to 999; `TargetGroupArn` beside a configuration only with that one group",
        "a_forward_has_five_groups_at_most_each_once_and_both_spellings_only_of_one",
        "botocore: elbv2 Action, TargetGroupTuple",
    ),
    does(
        "elb-forward-stickiness",
        ACTIONS,
        "group stickiness that is on has a duration of 1 to 604800 s; with one group it is kept as it is",
        "group_stickiness_has_a_duration_and_is_kept_with_one_group",
        "botocore: elbv2 TargetGroupStickinessConfig",
    ),
    does(
        "elb-forward-fits",
        ACTIONS,
        "a group is of the balancer's VPC, layer and protocol, of IPv6 targets only on dual-stack, and on no other load balancer (`TargetGroupAssociationLimit`)",
        "an_ipv6_group_does_not_go_on_an_ipv4_load_balancer_nor_any_group_on_two",
        "botocore: elbv2 TargetGroup.LoadBalancerArns; ELB user guide, Target groups",
    ),
    does(
        "elb-forward-one-family-on-nlb",
        ACTIONS,
        "the groups of a Network Load Balancer's action have one IP address type; of rules no page says so, and none says otherwise",
        "a_network_load_balancer_forwards_to_one_family_of_its_protocol",
        "ELB user guide, Target groups for your Network Load Balancers",
    ),
    does(
        "elb-quota-groups",
        ACTIONS,
        "at most 100 groups on an Application Load Balancer: `TooManyUniqueTargetGroupsPerLoadBalancer`",
        "the_quotas_that_are_told_are_the_ones_that_are_kept",
        QUOTAS,
    ),
    does(
        "elb-weight-zero-is-attached",
        ACTIONS,
        "a group with weight 0 is attached, and its targets are checked",
        "a_group_in_use_is_not_deleted_and_one_out_of_use_has_unused_targets",
        "kubernetes-sigs/aws-load-balancer-controller#2755",
    ),
    does(
        "elb-secret-is-kept-on-purpose",
        ACTIONS,
        "a client secret is never told; an action without it says `UseExistingClientSecret`: `InvalidLoadBalancerAction`",
        "a_client_secret_is_never_read_back_and_has_to_be_kept_on_purpose",
        "botocore: elbv2 AuthenticateOidcActionConfig.UseExistingClientSecret",
    ),
    does(
        "elb-last-action-answers",
        ACTIONS,
        "the last action, and only that, forwards, redirects or responds; authentication and JWT validation are for HTTPS",
        "the_last_action_answers_and_authentication_is_for_https",
        "botocore: elbv2 CreateRuleInput.Actions",
    ),
];

fn actions(input: &Value) -> impl Iterator<Item = &Value> {
    let of = |key: &str| input.get(key).items();
    of("Actions").iter().chain(of("DefaultActions"))
}

fn configurations<'a>(input: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let key = CONFIGURATIONS
        .iter()
        .find(|(k, _)| *k == kind)
        .map(|(_, key)| *key);
    actions(input)
        .filter(move |a| is(a, "Type", &[kind]))
        .filter_map(move |a| Some(a.get(key?)))
}

fn foreign_configuration(action: &Value) -> Option<String> {
    let kind = text(action, "Type")?;
    let (_, own) = CONFIGURATIONS.iter().find(|(k, _)| *k == kind)?;
    let foreign = CONFIGURATIONS
        .iter()
        .map(|(_, key)| *key)
        .find(|key| key != own && !action.get(key).is_null())
        .or_else(|| {
            (kind != "forward" && text(action, "TargetGroupArn").is_some())
                .then_some("TargetGroupArn")
        });
    if let Some(key) = foreign {
        return Some(format!(
            "You cannot specify '{key}' for an action of type '{kind}'"
        ));
    }
    (kind != "forward" && action.get(own).is_null())
        .then(|| format!("You must specify '{own}' for an action of type '{kind}'"))
}

fn wrong_part(config: &Value) -> Option<String> {
    let port = config.get("Port");
    let named = port.is_null() || port.as_str() == Some("#{port}");
    if !named && !port.as_i64().is_some_and(|p| (1..=65_535).contains(&p)) {
        return Some("The redirect port must be #{port} or in the range 1 to 65535".to_owned());
    }
    if text(config, "Path").is_some_and(|p| !p.starts_with('/')) {
        return Some("The redirect path must begin with a '/' character".to_owned());
    }
    text(config, "Query")
        .is_some_and(|q| q.starts_with('?'))
        .then(|| "The redirect query must not begin with a '?' character".to_owned())
}

fn wrong_transforms(input: &Value) -> Option<String> {
    let transforms = input.get("Transforms").items();
    if !transforms.is_empty() && input.get("ResetTransforms").as_bool() == Some(true) {
        return Some("You cannot specify transforms and reset them".to_owned());
    }
    let kinds: Vec<&str> = transforms.iter().filter_map(|t| text(t, "Type")).collect();
    if (1..kinds.len()).any(|n| kinds[..n].contains(&kinds[n])) {
        return Some("A rule can have one transform of each type".to_owned());
    }
    transforms.iter().find_map(|transform| {
        let kind = text(transform, "Type")?;
        let (own, other) = match kind {
            "host-header-rewrite" => ("HostHeaderRewriteConfig", "UrlRewriteConfig"),
            "url-rewrite" => ("UrlRewriteConfig", "HostHeaderRewriteConfig"),
            _ => return Some(format!("Transform type '{kind}' is not valid")),
        };
        let rewrites = transform.get(own).get("Rewrites").items();
        let fine = |r: &Value| {
            let short = |key: &str| text(r, key).is_none_or(|t| t.chars().count() <= 1024);
            text(r, "Regex").is_some() && short("Regex") && short("Replace")
        };
        let good =
            rewrites.len() == 1 && rewrites.iter().all(fine) && transform.get(other).is_null();
        (!good).then(|| format!("A transform of type '{kind}' must have one rewrite in '{own}'"))
    })
}

/// The listener that a request is about, whether it names it or one of its rules.
fn site<'a>(world: &'a World, input: &Value) -> Option<&'a Listener> {
    listener(world, input).or_else(|| {
        let rule = world.elb.rules.get(text(input, "RuleArn")?)?;
        world.elb.listeners.get(&rule.listener)
    })
}

fn protocol<'a>(world: &'a World, input: &'a Value) -> Option<&'a str> {
    text(input, "Protocol").or_else(|| site(world, input).map(|l| l.protocol.as_str()))
}

pub(super) fn kind<'a>(world: &'a World, input: &Value) -> Option<&'a str> {
    let named = text(input, "LoadBalancerArn");
    let arn = match named {
        Some(arn) => arn,
        None => &site(world, input)?.load_balancer,
    };
    world.elb.load_balancers.get(arn).map(|l| l.kind.as_str())
}
