//! One DynamoDB table with a partition key and a sort key.
//!
//! What belongs here: reads that see every write before them, transactions that are tried again under their token, and the
//! sorts of DynamoDB's refusals. What must not: what the rows are.
//!
//! Sources: DynamoDB's API reference (TransactWriteItems, Query), "Error handling with DynamoDB".

mod expression;
mod refusal;
mod shape;

use std::{
    collections::BTreeMap,
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use aws_config::BehaviorVersion;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_types::{SdkConfig, region::Region};
use serde_json::{Map, Value as Json, json};
use tokio::time::{sleep, timeout};

use super::{Access, Fault};
use crate::{
    Kind, addresses,
    json::{Client, Refusal, Version},
    signed::Service,
};
pub use refusal::Error;
pub use shape::Shape;
use {
    expression::{Said, attribute, keys, row, text},
    refusal::Source,
};

const DYNAMODB: Service = Service {
    name: "DynamoDB",
    signing_name: "dynamodb",
};

/// How long one try may take. DynamoDB answers within milliseconds; whoever waits has a rollback to do.
const TRY: Duration = Duration::from_millis(1_300);
/// How long a table's description may take: nobody waits for it.
const DESCRIBE: Duration = Duration::from_secs(5);
/// What is waited before the second and the third try of what passes by itself.
const PAUSES: [Duration; 2] = [Duration::from_millis(60), Duration::from_millis(250)];

const PARTITION: &str = "pk";
const SORT: &str = "sk";

/// What a table's calls are in IAM, in order. A transaction is allowed by what its changes are: an update, a deletion, a check.
pub const TABLE_CALLS: &[&str] = &[
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
];

const DESCRIBE_TABLE: &str = "DynamoDB_20120810.DescribeTable";
const DESCRIBE_TIME_TO_LIVE: &str = "DynamoDB_20120810.DescribeTimeToLive";
const GET_ITEM: &str = "DynamoDB_20120810.GetItem";
const QUERY: &str = "DynamoDB_20120810.Query";
const TRANSACT_WRITE_ITEMS: &str = "DynamoDB_20120810.TransactWriteItems";
const UPDATE_ITEM: &str = "DynamoDB_20120810.UpdateItem";

/// A table in one region. Cheap to clone.
#[derive(Clone)]
pub struct Table {
    /// `None`: in no region that is known.
    client: Option<Client>,
    name: String,
}

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `pk`.
    pub partition: String,
    /// `sk`.
    pub sort: String,
}

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A whole number.
    Number(u64),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// The string, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The bytes, if it is such.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// A row's attributes, its keys among them.
pub type Row = BTreeMap<String, Value>;

/// What must hold of a row for a change to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Whatever is there, or nothing.
    Always,
    /// There is no such row.
    Absent,
    /// These attributes have these values.
    Equal(Row),
    /// There is no such row, or this attribute of it is at most so much.
    AbsentOrAtMost(&'static str, u64),
    /// It has no such attribute, or there is no such row.
    Missing(&'static str),
    /// It has the one attribute, and not the other.
    HasNot {
        /// What it has.
        has: &'static str,
        /// What it has not.
        not: &'static str,
    },
}

/// A change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sets attributes, adds 1 to each that counts, and leaves the row's others as they are. What counts begins at 0.
    Set {
        /// Which row; it is made where there is none.
        key: Key,
        /// What it has afterwards.
        set: Row,
        /// What is counted up.
        counts: &'static [&'static str],
        /// On which condition.
        when: Condition,
    },
    /// Deletes the row. To delete what is not there is no error.
    Delete {
        /// Which row.
        key: Key,
        /// On which condition.
        when: Condition,
    },
    /// Changes nothing, and fails with all others where the condition does not hold.
    Check {
        /// Which row.
        key: Key,
        /// The condition.
        when: Condition,
    },
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&self.name).finish()
    }
}

impl Table {
    /// A table, with what the environment says: credential chain, profiles, `AWS_ENDPOINT_URL_DYNAMODB`,
    /// `AWS_USE_DUALSTACK_ENDPOINT`; `region` is the environment's where none is given.
    pub async fn from_environment(name: &str, region: Option<&str>) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        Self::new(&loader.load().await, name)
    }

    /// A table, with any configuration of the SDK. Tries and their time are this client's own.
    #[must_use]
    pub fn new(sdk: &SdkConfig, name: &str) -> Self {
        let sdk = Access::new(sdk).sdk;
        let client = sdk.region().map(|region| {
            let address = addresses::of_dynamodb(&sdk, region.as_ref());
            Client::new(&sdk, &DYNAMODB, Version::V1_0, &address, DESCRIBE)
        });
        Self {
            client,
            name: name.to_owned(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The row under a key, with every write before this.
    ///
    /// # Errors
    /// DynamoDB refused or did not answer.
    pub async fn get(&self, key: &Key) -> Result<Option<Row>, Error> {
        let asked = json!({
            "TableName": self.name,
            "Key": keys(key),
            "ConsistentRead": true,
        });
        let answer = self.tried(GET_ITEM, &asked).await?;
        Ok(answer.get("Item").map(row))
    }

    /// Rows of a partition in the order of their sort keys, from `first` to `last`, both with them, at most `limit`: every
    /// page of DynamoDB's that it takes.
    ///
    /// # Errors
    /// As of [`Table::get`].
    pub async fn query(
        &self,
        partition: &str,
        (first, last): (&str, &str),
        descending: bool,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        let mut asked = json!({
            "TableName": self.name,
            "KeyConditionExpression": "pk = :p AND sk BETWEEN :a AND :z",
            "ExpressionAttributeValues": { ":p": text(partition), ":a": text(first), ":z": text(last) },
            "ConsistentRead": true,
            "ScanIndexForward": !descending,
        });
        while rows.len() < limit {
            asked["Limit"] = i32::try_from(limit - rows.len()).unwrap_or(i32::MAX).into();
            let mut page = self.tried(QUERY, &asked).await?;
            let items = page.get("Items").and_then(Json::as_array);
            rows.extend(items.into_iter().flatten().map(row));
            match page.get_mut("LastEvaluatedKey").map(Json::take) {
                Some(Json::Object(key)) if !key.is_empty() => {
                    asked["ExclusiveStartKey"] = key.into()
                }
                _ => break,
            }
        }
        Ok(rows)
    }

    /// All of these changes, in one step, or none of them. What passes by itself is tried again, under one token: a reply
    /// that was lost does nothing twice.
    ///
    /// # Errors
    /// A condition does not hold, or as of [`Table::get`].
    pub async fn change(&self, changes: &[Change]) -> Result<(), Error> {
        let items: Vec<Json> = changes.iter().map(|c| self.item(c)).collect();
        let asked = json!({ "TransactItems": items, "ClientRequestToken": token() });
        self.tried(TRANSACT_WRITE_ITEMS, &asked).await.map(drop)
    }

    /// Changes a row as [`Change::Set`] does, by itself and at half of a transaction's price. Where a reply was lost it may
    /// happen twice, and its condition must hold twice: only for what may be said again.
    ///
    /// # Errors
    /// As of [`Table::change`].
    pub async fn set_again(
        &self,
        key: &Key,
        set: &Row,
        counts: &[&str],
        when: &Condition,
    ) -> Result<(), Error> {
        let asked = self.update(key, set, counts, when);
        self.tried(UPDATE_ITEM, &asked).await.map(drop)
    }

    /// How it is made.
    ///
    /// # Errors
    /// As of [`Table::get`]; that it does not exist is one.
    pub async fn shape(&self) -> Result<Shape, Error> {
        let asked = json!({ "TableName": self.name });
        let table = self.once(DESCRIBE_TABLE, &asked).await?;
        let ttl = self.once(DESCRIBE_TIME_TO_LIVE, &asked).await?;
        Ok(shape::of(&table, &ttl))
    }

    /// A few tries of what passes by itself, each with its own time.
    async fn tried(&self, target: &'static str, asked: &Json) -> Result<Json, Error> {
        let mut pauses = PAUSES.iter();
        loop {
            let answer = match timeout(TRY, Box::pin(self.once(target, asked))).await {
                Ok(answer) => answer,
                Err(late) => Err(self.no_answer(target, Kind::Timeout, late.into())),
            };
            match (answer, pauses.next()) {
                (Err(error), Some(pause)) if error.passes() => sleep(*pause).await,
                (answer, _) => return answer,
            }
        }
    }

    async fn once(&self, target: &'static str, asked: &Json) -> Result<Json, Error> {
        let Some(client) = &self.client else {
            let source = "no region is known: set AWS_REGION".into();
            return Err(self.no_answer(target, Kind::Refused, source));
        };
        match client.send(target, asked.clone()).await {
            Ok(answer) => Ok(answer.body),
            Err(error) => Err(self.error(target, error)),
        }
    }

    /// A change as a transaction has it.
    fn item(&self, change: &Change) -> Json {
        match change {
            Change::Set {
                key,
                set,
                counts,
                when,
            } => json!({ "Update": self.update(key, set, counts, when) }),
            Change::Delete { key, when } => json!({ "Delete": self.on(key, Said::of(when)) }),
            Change::Check { key, when } => {
                json!({ "ConditionCheck": self.on(key, Said::of(when)) })
            }
        }
    }

    /// What every change of a row says.
    fn on(&self, key: &Key, said: Said) -> Map<String, Json> {
        let mut members = said.into_members();
        members.insert("TableName".to_owned(), self.name.as_str().into());
        members.insert("Key".to_owned(), keys(key));
        members.insert(
            "ReturnValuesOnConditionCheckFailure".to_owned(),
            "ALL_OLD".into(),
        );
        members
    }

    fn update(&self, key: &Key, set: &Row, counts: &[&str], when: &Condition) -> Json {
        let mut said = Said::of(when);
        let sets: Vec<String> = set
            .iter()
            .map(|(name, value)| said.is(name, attribute(value)))
            .collect();
        let adds: Vec<String> = counts.iter().map(|name| said.adds_one(name)).collect();
        let clause = |verb: &str, parts: Vec<String>| {
            (!parts.is_empty()).then(|| format!("{verb} {}", parts.join(", ")))
        };
        let clauses = [clause("SET", sets), clause("ADD", adds)];
        let expression: Vec<String> = clauses.into_iter().flatten().collect();
        let mut members = self.on(key, said);
        members.insert("UpdateExpression".to_owned(), expression.join(" ").into());
        members.into()
    }

    fn no_answer(&self, target: &'static str, kind: Kind, source: Source) -> Error {
        Error::NoAnswer {
            operation: name(target),
            table: self.name.clone(),
            kind,
            source,
        }
    }

    fn error(&self, target: &'static str, error: SdkError<Refusal, HttpResponse>) -> Error {
        let SdkError::ServiceError(answer) = &error else {
            let fault = Fault::from_sdk(name(target), error);
            return self.no_answer(target, fault.kind(), fault.said().into());
        };
        let status = answer.raw().status().as_u16();
        match refusal::Said::by(answer.err()) {
            refusal::Said::Condition { change, found } => Error::Condition { change, found },
            refusal::Said::Other { code, message } => Error::Refused {
                operation: name(target),
                table: self.name.clone(),
                code: code.unwrap_or_else(|| format!("HTTP {status}")),
                message: message.unwrap_or_else(|| "no message".to_owned()),
            },
        }
    }
}

/// Of a target, as errors have it.
fn name(target: &'static str) -> &'static str {
    target.split_once('.').map_or(target, |(_, name)| name)
}

/// A transaction's own, among all that this and other processes send: 36 characters at most.
fn token() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
