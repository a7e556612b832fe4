//! What AWS keeps for sixshift itself, beside the services that it moves: typed clients and nothing more.
//!
//! What belongs here: a file a service: how a store is asked, its limits, which answers may be asked for again. What must not:
//! our words. What an item, an object, a parameter or a secret means is for whoever asks.

mod access;
mod bucket;
mod bus;
mod fault;
mod parameter;
mod secret;
mod table;
mod topic;

pub use access::Access;
pub use bucket::{Bucket, Expect, Got, Listed, Page, Put};
pub use bus::{Bus, Entry};
pub use fault::Fault;
pub use parameter::parameter;
pub use secret::{SecretId, secret};
pub use table::{
    Change, Condition, Error as TableError, Key, Row, Shape, TABLE_CALLS, Table, Value,
};
pub use topic::{Published, Topic};

/// Every call that these stores may make, the table's aside, by its name in IAM. None is made unless the settings name such a
/// store.
pub const CALLS: &[&str] = &[
    "events:PutEvents",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "sns:Publish",
    "ssm:GetParameter",
];
