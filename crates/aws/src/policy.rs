//! Conditions on addresses in the documents of policies: of roles, buckets and endpoints.
//!
//! What belongs here: what a document says. What must not: whether IPv6 passes by it (`sixshift_core::readiness`), and which documents
//! are read.
//!
//! Source: IAM user guide, "Policy grammar", "IAM JSON policy elements: Condition operators".

use serde_json::Value;
use sixshift_core::observation::AddressCondition;

/// The keys that hold an address, in small letters, as IAM takes them in any.
const KEYS: [(&str, &str); 2] = [
    ("aws:sourceip", "aws:SourceIp"),
    ("aws:vpcsourceip", "aws:VpcSourceIp"),
];

/// The conditions on addresses in a document.
pub(crate) fn conditions(policy: &str, document: &str) -> Vec<AddressCondition> {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let statements = listed(&document["Statement"]);
    let mut all = Vec::new();
    for statement in statements {
        // What another statement allows from anywhere needs no address.
        if statements.iter().any(|other| allows_more(other, statement)) {
            continue;
        }
        let Some(whom) = whom(statement) else {
            continue;
        };
        let conditions = statement["Condition"].as_object();
        for (operator, keys) in conditions.into_iter().flatten() {
            let operator = bare(operator);
            for (key, blocks) in keys.as_object().into_iter().flatten() {
                let known = KEYS
                    .iter()
                    .find(|(small, _)| key.eq_ignore_ascii_case(small));
                let Some((_, key)) = known else { continue };
                all.push(AddressCondition {
                    policy: policy.to_owned(),
                    effect: statement["Effect"].as_str().unwrap_or_default().to_owned(),
                    operator: operator.to_owned(),
                    key: (*key).to_owned(),
                    blocks: texts(blocks),
                    whom: whom.clone(),
                    whole: is_whole(statement),
                });
            }
        }
    }
    all
}

/// Whether a statement allows all that another does, without a condition.
fn allows_more(this: &Value, other: &Value) -> bool {
    let is_all = |value: &Value| texts(value).iter().any(|text| text == "*");
    let covers = |member: &str| this[member] == other[member] || is_all(&this[member]);
    let is_open =
        [this, other].iter().all(|s| s["Effect"] == "Allow") && this["Condition"].is_null();
    is_open
        && ["Action", "Resource"].iter().all(|member| covers(member))
        && ["NotAction", "NotResource"]
            .iter()
            .all(|member| this[*member].is_null())
        && (this["Principal"] == other["Principal"] || is_all(&this["Principal"]))
}

/// Whom a statement names: `*`, accounts, and ARNs; nothing where it is for none of these, as for a service of AWS's. Whoever is not
/// excepted may be anybody.
fn whom(statement: &Value) -> Option<Vec<String>> {
    if statement["NotPrincipal"] != Value::Null {
        return Some(vec!["*".to_owned()]);
    }
    match &statement["Principal"] {
        Value::Null => Some(Vec::new()),
        Value::String(all) => Some(vec![all.clone()]),
        by_kind if by_kind["AWS"].is_null() => None,
        by_kind => Some(texts(&by_kind["AWS"])),
    }
}

/// Whether it is for every action and has no condition but on addresses.
fn is_whole(statement: &Value) -> bool {
    let is_all = |action: &String| action == "*" || action.ends_with(":*");
    let keys = statement["Condition"].as_object().into_iter().flatten();
    let mut keys = keys
        .filter_map(|(_, keys)| keys.as_object())
        .flat_map(|keys| keys.keys());
    let of_addresses = |key: &String| {
        KEYS.iter()
            .any(|(small, _)| key.eq_ignore_ascii_case(small))
    };
    texts(&statement["Action"]).iter().any(is_all) && keys.all(of_addresses)
}

/// Without `ForAnyValue:` before it and `IfExists` behind it.
fn bare(operator: &str) -> &str {
    let operator = operator.rsplit(':').next().unwrap_or(operator);
    operator.strip_suffix("IfExists").unwrap_or(operator)
}

/// One, or a list of them.
fn listed(value: &Value) -> &[Value] {
    match value.as_array() {
        Some(all) => all,
        None => std::slice::from_ref(value),
    }
}

fn texts(value: &Value) -> Vec<String> {
    let all = listed(value).iter().filter_map(Value::as_str);
    all.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_found_however_a_document_spells_them() {
        let document = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
            "ForAnyValue:NotIpAddressIfExists":{"AWS:sourceip":["203.0.113.0/24"]},
            "StringEquals":{"aws:SourceVpc":"vpc-1"},
            "IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}}}"#;
        let found = conditions("p", document);
        let told: Vec<_> = found
            .iter()
            .map(|c| (c.operator.as_str(), c.key.as_str(), c.blocks.join(" ")))
            .collect();
        let expected = [
            ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24".to_owned()),
            ("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8".to_owned()),
        ];
        assert_eq!(told.len(), expected.len());
        assert!(expected.iter().all(|one| told.contains(one)), "{told:?}");
        assert_eq!(conditions("p", "no JSON"), []);
    }

    #[test]
    fn a_statement_says_whom_it_is_for_and_whether_it_is_for_everything() {
        let of = |statement: &str| {
            conditions("p", &format!(r#"{{"Statement":[{statement}]}}"#)).remove(0)
        };
        let only = r#""Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#;
        let all = of(&format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",{only}}}"#
        ));
        assert!(all.whole && all.whom == ["*"], "{all:?}");
        let some = of(&format!(
            r#"{{"Effect":"Deny","Principal":{{"AWS":["1","arn:2"]}},"Action":["s3:PutObject"],{only}}}"#
        ));
        assert!(!some.whole && some.whom == ["1", "arn:2"], "{some:?}");
        let service = format!(
            r#"{{"Statement":{{"Effect":"Deny","Principal":{{"Service":"logs.amazonaws.com"}},"Action":"*",{only}}}}}"#
        );
        assert_eq!(conditions("p", &service), []);
        let but = of(&format!(
            r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":"1"}},"Action":"*",{only}}}"#
        ));
        assert_eq!(but.whom, ["*"]);
        let beside = of(
            r#"{"Effect":"Deny","Principal":"*","Action":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"},
            "StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}"#,
        );
        assert!(!beside.whole);
    }

    #[test]
    fn what_is_allowed_from_anywhere_beside_it_needs_no_address() {
        let with = |other: &str| {
            let document = format!(
                r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:1",
                "Condition":{{"IpAddress":{{"aws:SourceIp":"203.0.113.0/24"}}}}}},{other}]}}"#
            );
            conditions("p", &document).len()
        };
        let open = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
        assert_eq!(with(open), 0);
        for (is, other) in [
            (r#""*","Resource":"*""#, r#""s3:ListBucket","Resource":"*""#),
            ("Allow", "Deny"),
            (r#""Principal":"*""#, r#""Principal":{"AWS":"1"}"#),
        ] {
            assert_eq!(with(&open.replace(is, other)), 1, "{other}");
        }
    }
}
