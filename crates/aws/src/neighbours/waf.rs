//! The web ACL of a load balancer, and the sets of addresses that its rules ask for.
//!
//! What belongs here: how they are read, however deep a rule nests. What must not: what follows for clients.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use sixshift_core::observation::{AddressRule, AddressSet, Known, WebAcl};

use crate::{
    asker::text,
    call::{GET_IP_SET, GET_WEB_ACL_FOR_RESOURCE},
    error::Error,
    region::Clients,
};

/// `Absent` where the load balancer has none.
pub(super) async fn acl_of(
    clients: Arc<Clients>,
    balancer: String,
) -> Result<Known<Arc<WebAcl>>, Error> {
    let asked = json!({ "ResourceArn": balancer });
    let waf = &clients.neighbours.waf;
    let answer = waf
        .ask(&clients.caller, &GET_WEB_ACL_FOR_RESOURCE, asked)
        .await?;
    let acl = &answer["WebACL"];
    if acl.is_null() {
        return Ok(Known::Absent);
    }
    let mut asked = Vec::new();
    let rules = acl["Rules"].as_array().into_iter().flatten();
    for rule in rules {
        walk(&rule["Statement"], false, &mut |found| {
            asked.push((rule, found));
        });
    }
    let mut sets: BTreeMap<&str, (String, usize)> = BTreeMap::new();
    for (_, found) in &asked {
        if let Found::Set { arn, .. } = *found
            && !sets.contains_key(arn)
        {
            sets.insert(arn, set_of(&clients, arn).await?);
        }
    }
    Ok(Known::Seen(Arc::new(read(acl, &asked, &sets))))
}

fn read(
    acl: &Value,
    found: &[(&Value, Found<'_>)],
    sets: &BTreeMap<&str, (String, usize)>,
) -> WebAcl {
    let mut told = WebAcl {
        name: text(&acl["Name"]),
        blocks: !acl["DefaultAction"]["Block"].is_null(),
        ..WebAcl::default()
    };
    for (rule, found) in found {
        match *found {
            Found::Group(arn) => told.groups.push(name_of(arn).to_owned()),
            Found::Set { arn, negated } => {
                let (family, size) = sets.get(arn).cloned().unwrap_or_default();
                let set = AddressSet {
                    name: name_of(arn).to_owned(),
                    negated,
                    family,
                    size,
                };
                let name = text(&rule["Name"]);
                match told.rules.last_mut().filter(|last| last.name == name) {
                    Some(last) => last.sets.push(set),
                    None => told.rules.push(AddressRule {
                        name,
                        action: action(rule),
                        sets: vec![set],
                    }),
                }
            }
        }
    }
    told
}

/// What a statement refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found<'a> {
    Set { arn: &'a str, negated: bool },
    Group(&'a str),
}

/// Every reference in a statement; what narrows a rate is one as well.
fn walk<'a>(statement: &'a Value, negated: bool, tell: &mut impl FnMut(Found<'a>)) {
    if let Some(arn) = statement["IPSetReferenceStatement"]["ARN"].as_str() {
        tell(Found::Set { arn, negated });
    }
    if let Some(arn) = statement["RuleGroupReferenceStatement"]["ARN"].as_str() {
        tell(Found::Group(arn));
    }
    for several in ["AndStatement", "OrStatement"] {
        let within = statement[several]["Statements"].as_array();
        for one in within.into_iter().flatten() {
            walk(one, negated, tell);
        }
    }
    let not = &statement["NotStatement"]["Statement"];
    if !not.is_null() {
        walk(not, !negated, tell);
    }
    for narrowed in ["RateBasedStatement", "ManagedRuleGroupStatement"] {
        let within = &statement[narrowed]["ScopeDownStatement"];
        if !within.is_null() {
            walk(within, negated, tell);
        }
    }
}

/// The only member of a rule's action; a group's is set aside or not.
fn action(rule: &Value) -> String {
    let action = rule["Action"].as_object();
    let name = action.and_then(|action| action.keys().next());
    name.cloned().unwrap_or_default()
}

/// The family of a set, and how many blocks are in it.
async fn set_of(clients: &Clients, arn: &str) -> Result<(String, usize), Error> {
    let id = arn.rsplit('/').next().unwrap_or_default();
    let asked = json!({ "Name": name_of(arn), "Scope": "REGIONAL", "Id": id });
    let waf = &clients.neighbours.waf;
    let answer = waf.ask(&clients.caller, &GET_IP_SET, asked).await?;
    let set = &answer["IPSet"];
    let size = set["Addresses"].as_array().map_or(0, Vec::len);
    Ok((text(&set["IPAddressVersion"]), size))
}

/// `arn:aws:wafv2:REGION:ACCOUNT:regional/ipset/NAME/ID`.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').nth(1).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str) -> Value {
        json!({ "IPSetReferenceStatement": { "ARN": name } })
    }

    #[test]
    fn sets_are_found_however_deep_and_twice_negated_is_not() {
        let statement = json!({ "AndStatement": { "Statements": [
            set("a"),
            { "NotStatement": { "Statement": { "OrStatement": { "Statements": [
                set("b"), { "NotStatement": { "Statement": set("c") } }
            ] } } } },
            { "RateBasedStatement": { "ScopeDownStatement": set("d") } },
            { "RuleGroupReferenceStatement": { "ARN": "g" } },
            { "GeoMatchStatement": { "CountryCodes": ["DE"] } }
        ] } });
        let mut found = Vec::new();
        walk(&statement, false, &mut |one| found.push(one));
        let set = |arn, negated| Found::Set { arn, negated };
        let expected = [
            set("a", false),
            set("b", true),
            set("c", false),
            set("d", false),
            Found::Group("g"),
        ];
        assert_eq!(found, expected);
    }
}
