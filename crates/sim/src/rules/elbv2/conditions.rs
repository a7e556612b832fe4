//! Rules of the conditions of listener rules.

use std::net::IpAddr;

use super::routes::kind;
use super::{QUOTAS, VALIDATION, is, lacks, refuses, text};
use crate::Value;
use crate::rules::Rule;
use crate::world::elb::Quota;

const ON: &[&str] = &["CreateRule", "ModifyRule"];
const SHAPE: &str = "botocore: elbv2 RuleCondition";

const FIELDS: [(&str, &str); 6] = [
    ("host-header", "HostHeaderConfig"),
    ("path-pattern", "PathPatternConfig"),
    ("http-request-method", "HttpRequestMethodConfig"),
    ("source-ip", "SourceIpConfig"),
    ("http-header", "HttpHeaderConfig"),
    ("query-string", "QueryStringConfig"),
];
/// Of these a rule has one at most.
const ONCE: [&str; 4] = [
    "http-request-method",
    "host-header",
    "path-pattern",
    "source-ip",
];
/// Of these the values may stand beside the configuration's place, and may be regular expressions.
const PLAIN: [&str; 2] = ["host-header", "path-pattern"];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "elb-conditions-needed",
        &["CreateRule"],
        "a rule has a condition",
        VALIDATION,
        |_, input| {
            input
                .get("Conditions")
                .items()
                .is_empty()
                .then(|| "A condition must be specified".to_owned())
        },
        SHAPE,
    ),
    refuses(
        "elb-condition-fields",
        ON,
        "a condition has a field, of the six that there are",
        VALIDATION,
        |_, input| {
            conditions(input).find_map(|c| match text(c, "Field") {
                None => Some("A condition field must be specified".to_owned()),
                Some(field) => (!FIELDS.iter().any(|(f, _)| *f == field)).then(|| {
                    format!("Condition field '{field}' must be one of '[path-pattern, host-header, http-header, http-request-method, query-string, source-ip]'")
                }),
            })
        },
        "botocore: elbv2 RuleCondition.Field; aws/aws-sdk-js#2658",
    ),
    refuses(
        "elb-condition-once",
        ON,
        "a rule has one condition at most of method, host, path and source",
        VALIDATION,
        |_, input| {
            let twice = ONCE
                .into_iter()
                .find(|f| conditions(input).filter(|c| is(c, "Field", &[f])).count() > 1)?;
            Some(format!("A rule can have one condition of type '{twice}'"))
        },
        SHAPE,
    ),
    refuses(
        "elb-condition-has-its-own-configuration",
        ON,
        "a condition has the configuration of its field; `Values` stand alone, and for host and path only",
        VALIDATION,
        |_, input| conditions(input).find_map(foreign),
        "botocore: elbv2 RuleCondition; aws-controllers-k8s/community#2759",
    ),
    refuses(
        "elb-condition-has-a-value",
        ON,
        "a condition has a value, and none is empty",
        VALIDATION,
        |_, input| {
            let empty = conditions(input).filter(|c| family(c).is_none()).any(|c| {
                let (values, patterns) = (values(c), regexes(c));
                values.is_empty() && patterns.is_empty()
                    || values.iter().chain(&patterns).any(|v| v.is_empty())
            });
            empty.then(|| "A condition value must be specified".to_owned())
        },
        SHAPE,
    ),
    refuses(
        "elb-condition-lengths",
        ON,
        "values are at most 128 characters long, methods and header names 40",
        VALIDATION,
        |_, input| {
            conditions(input).find_map(|c| {
                let field = text(c, "Field").unwrap_or_default();
                let most = if field == "http-request-method" {
                    40
                } else {
                    128
                };
                let long = values(c)
                    .into_iter()
                    .chain(regexes(c))
                    .find(|v| v.chars().count() > most);
                let name =
                    text(c.get("HttpHeaderConfig"), "HttpHeaderName").filter(|n| n.len() > 40);
                let long = long.or_else(|| name.map(str::to_owned))?;
                Some(format!("The '{field}' value '{long}' is too long"))
            })
        },
        "botocore: elbv2 HostHeaderConditionConfig, HttpRequestMethodConditionConfig, HttpHeaderConditionConfig",
    ),
    refuses(
        "elb-condition-characters",
        ON,
        "hosts are letters, digits, `-`, `.` and wildcards, with a dot and only letters after the last; paths, methods and header names have their own characters; sources are CIDR blocks",
        VALIDATION,
        |_, input| {
            conditions(input).find_map(|c| {
                let field = text(c, "Field").unwrap_or_default();
                let wrong = values(c).into_iter().find(|v| !is_value(field, v));
                let name = text(c.get("HttpHeaderConfig"), "HttpHeaderName").filter(|n| !is_header(n));
                let wrong = wrong.or_else(|| name.map(str::to_owned))?;
                Some(format!("Condition value '{wrong}' contains a character that is not valid, or is not valid for '{field}'"))
            })
        },
        "botocore: elbv2 RuleCondition.Values, HostHeaderConditionConfig, SourceIpConditionConfig; hashicorp/terraform-provider-aws#49147",
    ),
    refuses(
        "elb-quota-condition-values",
        ON,
        "at most 5 values in all the conditions of a rule",
        VALIDATION,
        |world, input| {
            let most = world.elb.quota(Quota::ConditionValues);
            let count: usize = conditions(input)
                .map(|c| values(c).len() + regexes(c).len())
                .sum();
            (count > most).then(|| format!("A rule can have at most {most} condition values"))
        },
        QUOTAS,
    ),
    refuses(
        "elb-quota-condition-wildcards",
        ON,
        "at most 6 wildcards in all the conditions of a rule",
        VALIDATION,
        |world, input| {
            let most = world.elb.quota(Quota::ConditionWildcards);
            let wild = |v: &String| v.matches(['*', '?']).count();
            let count: usize = conditions(input).flat_map(values).map(|v| wild(&v)).sum();
            (count > most).then(|| format!("A rule can have at most {most} condition wildcards"))
        },
        QUOTAS,
    ),
    refuses(
        "elb-conditions-on-network",
        ON,
        "a rule of a Network Load Balancer has one condition, `source-ip` with an IP address type and no block; no rule of an Application Load Balancer has a type",
        VALIDATION,
        |world, input| {
            let given: Vec<&Value> = conditions(input).collect();
            if given.is_empty() {
                return None;
            }
            let network = kind(world, input)? == "network";
            let by_family = |c: &&Value| family(c).is_some() && values(c).is_empty();
            let fine = if network {
                given.len() == 1 && given.iter().all(by_family)
            } else {
                given.iter().all(|c| family(c).is_none())
            };
            (!fine).then(|| {
                "Rules of a Network Load Balancer, and only those, match the IP address type of the source".to_owned()
            })
        },
        "ELB API, SourceIpConditionConfig; ELB user guide, Listeners for your Network Load Balancers",
    ),
    lacks(
        "elb-conditions-beyond-host-and-path",
        ON,
        "customers who meet conditions on headers, query strings, sources and regular expressions",
        "customers of the simulation ask a host and a path with GET; a rule with another condition is kept, told, and met by nobody",
        SHAPE,
    ),
];

/// The family of clients that a condition is on.
fn family(condition: &Value) -> Option<&str> {
    text(condition.get("SourceIpConfig"), "IpAddressType")
}

fn conditions(input: &Value) -> impl Iterator<Item = &Value> {
    input.get("Conditions").items().iter()
}

fn own_key(condition: &Value) -> &'static str {
    let field = text(condition, "Field").unwrap_or_default();
    FIELDS
        .iter()
        .find(|(f, _)| *f == field)
        .map_or("", |(_, key)| *key)
}

fn foreign(condition: &Value) -> Option<String> {
    let field = text(condition, "Field")?;
    let own = own_key(condition);
    let other = FIELDS
        .iter()
        .map(|(_, key)| *key)
        .find(|key| *key != own && !condition.get(key).is_null());
    if let Some(key) = other {
        return Some(format!(
            "You cannot provide '{key}' for a condition of type '{field}'"
        ));
    }
    let plain = !condition.get("Values").items().is_empty();
    if plain && !condition.get(own).is_null() {
        return Some(format!(
            "You cannot provide both Values and '{own}' for a condition of type '{field}'"
        ));
    }
    (plain && !PLAIN.contains(&field)).then(|| {
        format!("You cannot provide Values for a condition of type '{field}'; use '{own}'")
    })
}

/// What a condition compares with, wherever it stands; of a query string the keys and values as one text.
fn values(condition: &Value) -> Vec<String> {
    let nested = condition.get(own_key(condition)).get("Values").items();
    let plain = condition.get("Values").items();
    let spelled = |v: &Value| match v.as_str() {
        Some(text) => text.to_owned(),
        None => format!(
            "{}{}",
            text(v, "Key").unwrap_or_default(),
            text(v, "Value").unwrap_or_default()
        ),
    };
    plain.iter().chain(nested).map(spelled).collect()
}

fn regexes(condition: &Value) -> Vec<String> {
    let nested = condition
        .get(own_key(condition))
        .get("RegexValues")
        .strings();
    let mut all = condition.get("RegexValues").strings();
    all.extend(nested);
    all
}

fn is_value(field: &str, value: &str) -> bool {
    match field {
        "host-header" => is_host(value),
        "path-pattern" => value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.$/~\"'@:+&*?".contains(c)),
        "http-request-method" => value
            .chars()
            .all(|c| c.is_ascii_uppercase() || c == '-' || c == '_'),
        "source-ip" => is_block(value),
        _ => true,
    }
}

fn is_host(host: &str) -> bool {
    let characters = host
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-.*?".contains(c));
    let last = host.rsplit_once('.').map(|(_, last)| last);
    characters
        && last.is_some_and(|l| {
            l.chars()
                .all(|c| c.is_ascii_alphabetic() || "*?".contains(c))
        })
}

fn is_header(name: &str) -> bool {
    let token = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
    token && !name.eq_ignore_ascii_case("host")
}

fn is_block(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    prefix.parse::<u8>().is_ok_and(|p| p <= most)
}
