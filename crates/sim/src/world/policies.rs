//! What policies of buckets and of endpoints say of a call, as far as they go by the address that it comes from.
//!
//! What belongs here: a document's statements and conditions. What must not: who asks whom ([`super::buckets`], [`super::reach`]).
//!
//! Sources: IAM user guide, "Policy evaluation logic" (a denial counts whatever else allows), "AWS global condition context keys",
//! "Troubleshoot access denied error messages"; AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies".

use serde_json::Value as Json;

use super::network::acls::holds;

/// Where a call comes from.
pub(super) struct Origin<'a> {
    /// As a block of one, or as the subnet's where any of it may come.
    pub(super) address: &'a str,
    /// Whether it goes by an endpoint of the VPC: then AWS knows its address by another key.
    pub(super) by_endpoint: bool,
}

/// Why the policy of an endpoint refuses a call that comes by it, as AWS's messages end; none where it lets it pass. Nobody knows
/// of a condition on something else whether it is met: it refuses nobody.
pub(super) fn refusal(policy: &str, action: &str, address: &str) -> Option<String> {
    let policy: Json = serde_json::from_str(policy).unwrap_or_default();
    let from = Origin {
        address,
        by_endpoint: true,
    };
    let statements = || {
        let all = listed(&policy["Statement"]).iter();
        all.filter(|statement| is_about(statement, action))
    };
    let is_denied =
        statements().any(|s| s["Effect"] == "Deny" && is_met(&s["Condition"], &from, false));
    if is_denied {
        return Some("with an explicit deny in a VPC endpoint policy".to_owned());
    }
    let is_allowed =
        statements().any(|s| s["Effect"] == "Allow" && is_met(&s["Condition"], &from, true));
    (!is_allowed).then(|| format!("because no VPC endpoint policy allows the {action} action"))
}

pub(super) fn listed(value: &Json) -> &[Json] {
    match value.as_array() {
        Some(all) => all,
        None => std::slice::from_ref(value),
    }
}

/// Whether a statement is about an action, as in `s3:GetObject`.
pub(super) fn is_about(statement: &Json, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let is = |pattern: &Json| {
        let pattern = pattern.as_str().unwrap_or_default().to_ascii_lowercase();
        match pattern.strip_suffix('*') {
            Some(begin) => action.starts_with(begin),
            None => action == pattern,
        }
    };
    match &statement["NotAction"] {
        Json::Null => listed(&statement["Action"]).iter().any(is),
        but => !listed(but).iter().any(is),
    }
}

/// All of its operators, each for all of its keys; what is about something else than addresses counts as `others`.
pub(super) fn is_met(condition: &Json, from: &Origin<'_>, others: bool) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        let bare = operator.rsplit(':').next().unwrap_or(operator);
        let (bare, if_exists) = match bare.strip_suffix("IfExists") {
            Some(bare) => (bare, true),
            None => (bare, false),
        };
        let negated = match bare {
            "IpAddress" => false,
            "NotIpAddress" => true,
            _ => return others,
        };
        let mut keys = keys.as_object().into_iter().flatten();
        keys.all(|(key, blocks)| {
            let is_there = match key.to_ascii_lowercase().as_str() {
                "aws:sourceip" => !from.by_endpoint,
                "aws:vpcsourceip" => from.by_endpoint,
                _ => return others,
            };
            // A key that is not there is in no block.
            let is_in = listed(blocks)
                .iter()
                .filter_map(Json::as_str)
                .any(|block| holds(block, from.address));
            match is_there {
                true => is_in != negated,
                false => negated || if_exists,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "2001:db8:0:1::/64";

    fn policy(effect: &str, operator: &str, block: &str) -> String {
        let open = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
        let beside = if effect == "Deny" { open } else { "{}" };
        format!(
            r#"{{"Statement":[{beside},{{"Effect":"{effect}","Principal":"*","Action":"logs:*","Resource":"*",
            "Condition":{{"{operator}":{{"aws:VpcSourceIp":["{block}"]}}}}}}]}}"#
        )
    }

    #[test]
    fn a_policy_of_ipv4_blocks_refuses_ipv6_in_awss_words() {
        let said = |policy: &str| refusal(policy, "logs:CreateLogStream", TASK);
        let denied = said(&policy("Deny", "NotIpAddress", "10.0.0.0/8"));
        assert_eq!(
            denied.as_deref(),
            Some("with an explicit deny in a VPC endpoint policy")
        );
        let unallowed = said(&policy("Allow", "IpAddress", "10.0.0.0/8"));
        assert_eq!(
            unallowed.as_deref(),
            Some("because no VPC endpoint policy allows the logs:CreateLogStream action")
        );
        for (effect, operator) in [("Deny", "NotIpAddress"), ("Allow", "IpAddress")] {
            assert_eq!(said(&policy(effect, operator, "2001:db8::/56")), None);
        }
    }

    #[test]
    fn what_is_about_other_actions_or_other_keys_refuses_nobody() {
        let of_ipv4 = policy("Deny", "NotIpAddress", "10.0.0.0/8");
        assert_eq!(refusal(&of_ipv4, "ecr:BatchGetImage", TASK), None);
        let of_org = of_ipv4
            .replace("NotIpAddress", "StringNotEquals")
            .replace("aws:VpcSourceIp", "aws:PrincipalOrgID");
        assert_eq!(refusal(&of_org, "logs:CreateLogStream", TASK), None);
    }
}
