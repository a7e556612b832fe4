//! How a table is made.
//!
//! What belongs here: what DynamoDB's descriptions of it say. What must not: how it should be made, which only whoever uses it
//! knows.

use serde_json::Value as Json;

/// How a table is made, as far as anybody but its owner can see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// It can be used.
    pub is_active: bool,
    /// Name and type (`S`, `N`, `B`) of the partition key.
    pub partition: (String, String),
    /// The same of the sort key, where it has one.
    pub sort: Option<(String, String)>,
    /// The attribute after whose time rows go, where that is on.
    pub expires: Option<String>,
}

/// From the answers of DescribeTable and DescribeTimeToLive.
pub(super) fn of(table: &Json, ttl: &Json) -> Shape {
    let text = |of: &Json, path: &str| {
        let text = of.pointer(path).and_then(Json::as_str);
        text.unwrap_or_default().to_owned()
    };
    let parts = |list: &str| {
        let parts = table.pointer(&format!("/Table/{list}"));
        let parts = parts.and_then(Json::as_array);
        parts.into_iter().flatten()
    };
    let key = |kind: &str| {
        let mut schema = parts("KeySchema");
        let part = schema.find(|part| text(part, "/KeyType") == kind)?;
        let name = text(part, "/AttributeName");
        let mut defined = parts("AttributeDefinitions");
        let found = defined.find(|part| text(part, "/AttributeName") == name);
        let sort = found.map(|part| text(part, "/AttributeType"));
        Some((name, sort.unwrap_or_default()))
    };
    let status = text(ttl, "/TimeToLiveDescription/TimeToLiveStatus");
    let is_on = ["ENABLED", "ENABLING"].contains(&status.as_str());
    Shape {
        // While it is being updated it can be used all the same.
        is_active: ["ACTIVE", "UPDATING"].contains(&text(table, "/Table/TableStatus").as_str()),
        partition: key("HASH").unwrap_or_default(),
        sort: key("RANGE"),
        expires: is_on.then(|| text(ttl, "/TimeToLiveDescription/AttributeName")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_described_by_two_answers() {
        let table = json!({ "Table": {
            "TableStatus": "UPDATING",
            "KeySchema": [
                { "AttributeName": "sk", "KeyType": "RANGE" },
                { "AttributeName": "pk", "KeyType": "HASH" },
            ],
            "AttributeDefinitions": [
                { "AttributeName": "pk", "AttributeType": "S" },
                { "AttributeName": "sk", "AttributeType": "N" },
            ],
        }});
        let ttl = |status: &str| json!({ "TimeToLiveDescription": { "TimeToLiveStatus": status, "AttributeName": "expires" } });
        let part = |name: &str, sort: &str| (name.to_owned(), sort.to_owned());
        let expected = Shape {
            is_active: true,
            partition: part("pk", "S"),
            sort: Some(part("sk", "N")),
            expires: Some("expires".to_owned()),
        };
        assert_eq!(of(&table, &ttl("ENABLING")), expected);
        assert_eq!(of(&table, &ttl("DISABLING")).expires, None);
        assert_eq!(of(&json!({}), &json!({})), Shape::default());
    }
}
