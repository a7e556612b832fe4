//! One DynamoDB table with a partition key and a sort key.
//!
//! What belongs here: reads that see every write before them, transactions that are tried again under their token, and the
//! sorts of DynamoDB's refusals. What must not: what the rows are.
//!
//! Sources: DynamoDB's API reference (TransactWriteItems, Query), "Error handling with DynamoDB".

mod expression;
mod refusal;

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    types::{
        ConditionCheck, Delete, KeyType, ReturnValuesOnConditionCheckFailure, ScalarAttributeType,
        TableStatus, TimeToLiveStatus, TransactWriteItem, Update,
    },
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::{
    error::display::DisplayErrorContext, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_types::{SdkConfig, region::Region};
use tokio::time::{sleep, timeout};

use expression::{Said, attribute, keys, row, text};
pub use refusal::Error;
use refusal::{Cancelled, Refusal, Source, cancelled};

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

/// A table in one region.
#[derive(Clone)]
pub struct Table {
    client: Client,
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

/// What every change of a row says; the SDK's builders share no trait.
macro_rules! on_condition {
    ($table:ident, $builder:expr, $key:expr, $said:expr) => {{
        let said = $said;
        $builder
            .table_name(&$table.name)
            .set_key(Some(keys($key)))
            .set_condition_expression(said.condition.clone())
            .set_expression_attribute_names(said.names())
            .set_expression_attribute_values(said.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }};
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
        let config = aws_sdk_dynamodb::config::Builder::from(sdk)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(DESCRIBE).build())
            .build();
        Self {
            client: Client::from_conf(config),
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
        let answer = self
            .tried("GetItem", || {
                self.client
                    .get_item()
                    .table_name(&self.name)
                    .set_key(Some(keys(key)))
                    .consistent_read(true)
                    .send()
            })
            .await?;
        Ok(answer.item.map(row))
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
        let mut start = None;
        while rows.len() < limit {
            let wanted = i32::try_from(limit - rows.len()).unwrap_or(i32::MAX);
            let page = self
                .tried("Query", || {
                    self.client
                        .query()
                        .table_name(&self.name)
                        .key_condition_expression("pk = :p AND sk BETWEEN :a AND :z")
                        .expression_attribute_values(":p", text(partition))
                        .expression_attribute_values(":a", text(first))
                        .expression_attribute_values(":z", text(last))
                        .consistent_read(true)
                        .scan_index_forward(!descending)
                        .limit(wanted)
                        .set_exclusive_start_key(start.clone())
                        .send()
                })
                .await?;
            rows.extend(page.items.unwrap_or_default().into_iter().map(row));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
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
        let items: Vec<TransactWriteItem> = changes.iter().map(|c| self.item(c)).collect();
        let token = token();
        self.tried("TransactWriteItems", || {
            self.client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .client_request_token(&token)
                .send()
        })
        .await
        .map(drop)
    }

    /// How it is made.
    ///
    /// # Errors
    /// As of [`Table::get`]; that it does not exist is one.
    pub async fn shape(&self) -> Result<Shape, Error> {
        let described = self.client.describe_table().table_name(&self.name).send();
        let described = described
            .await
            .map_err(|e| self.error("DescribeTable", e))?;
        let table = described
            .table
            .unwrap_or_else(|| aws_sdk_dynamodb::types::TableDescription::builder().build());
        let typed = |kind: KeyType| {
            let name = table
                .key_schema()
                .iter()
                .find(|part| part.key_type == kind)?
                .attribute_name
                .clone();
            let defined = table.attribute_definitions();
            let found = defined.iter().find(|part| part.attribute_name == name);
            let sort = found.map_or(ScalarAttributeType::from(""), |part| {
                part.attribute_type.clone()
            });
            Some((name, sort.as_str().to_owned()))
        };
        let ttl = self.client.describe_time_to_live().table_name(&self.name);
        let ttl = ttl
            .send()
            .await
            .map_err(|e| self.error("DescribeTimeToLive", e))?;
        let ttl = ttl.time_to_live_description.filter(|ttl| {
            let on = [TimeToLiveStatus::Enabled, TimeToLiveStatus::Enabling];
            ttl.time_to_live_status
                .as_ref()
                .is_some_and(|s| on.contains(s))
        });
        Ok(Shape {
            // While it is being updated it can be used all the same.
            is_active: matches!(
                table.table_status,
                Some(TableStatus::Active | TableStatus::Updating)
            ),
            partition: typed(KeyType::Hash).unwrap_or_default(),
            sort: typed(KeyType::Range),
            expires: ttl.and_then(|ttl| ttl.attribute_name),
        })
    }

    /// A few tries of what passes by itself, each with its own time.
    async fn tried<T, E, F>(
        &self,
        operation: &'static str,
        attempt: impl Fn() -> F,
    ) -> Result<T, Error>
    where
        E: Refusal,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut pauses = PAUSES.iter();
        loop {
            let answer = match timeout(TRY, Box::pin(attempt())).await {
                Ok(answer) => answer.map_err(|error| self.error(operation, error)),
                Err(late) => Err(self.no_answer(operation, late.into())),
            };
            match (answer, pauses.next()) {
                (Err(error), Some(pause)) if error.passes() => sleep(*pause).await,
                (answer, _) => return answer,
            }
        }
    }

    fn item(&self, change: &Change) -> TransactWriteItem {
        let item = TransactWriteItem::builder();
        let built = match change {
            Change::Set {
                key,
                set,
                counts,
                when,
            } => self.update(key, set, counts, when).map(|u| item.update(u)),
            Change::Delete { key, when } => {
                on_condition!(self, Delete::builder(), key, Said::of(when))
                    .build()
                    .map(|delete| item.delete(delete))
            }
            Change::Check { key, when } => {
                on_condition!(self, ConditionCheck::builder(), key, Said::of(when))
                    .build()
                    .map(|check| item.condition_check(check))
            }
        };
        // What a builder misses is always given here; without it DynamoDB refuses the item.
        built
            .unwrap_or_else(|_| TransactWriteItem::builder())
            .build()
    }

    fn update(
        &self,
        key: &Key,
        set: &Row,
        counts: &[&str],
        when: &Condition,
    ) -> Result<Update, aws_smithy_types::error::operation::BuildError> {
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
        on_condition!(self, Update::builder(), key, said)
            .update_expression(expression.join(" "))
            .build()
    }

    fn no_answer(&self, operation: &'static str, source: Source) -> Error {
        Error::NoAnswer {
            operation,
            table: self.name.clone(),
            source,
        }
    }

    fn error<E: Refusal>(
        &self,
        operation: &'static str,
        error: SdkError<E, HttpResponse>,
    ) -> Error {
        let SdkError::ServiceError(answer) = &error else {
            let source = DisplayErrorContext(error).to_string();
            return self.no_answer(operation, source.into());
        };
        if let Some(cancelled) = cancelled(answer.err().reasons()) {
            return match cancelled {
                Cancelled::Condition { change, found } => Error::Condition { change, found },
                Cancelled::Other { code, message } => Error::Refused {
                    operation,
                    table: self.name.clone(),
                    code,
                    message,
                },
            };
        }
        let meta = answer.err().meta();
        let status = answer.raw().status().as_u16();
        Error::Refused {
            operation,
            table: self.name.clone(),
            code: meta
                .code()
                .map_or_else(|| format!("HTTP {status}"), str::to_owned),
            message: meta.message().unwrap_or("no message").to_owned(),
        }
    }
}

/// A transaction's own, among all that this and other processes send: 36 characters at most.
fn token() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
