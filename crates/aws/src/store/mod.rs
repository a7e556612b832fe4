//! Stores that the daemon may be told to use: typed clients that know nothing of what is kept in them.
//!
//! What belongs here: a file a service, each with the few calls that are needed of it. What must not: what an object, a
//! parameter or a secret means.

mod access;
mod bucket;
mod fault;
mod parameter;
mod secret;

pub use access::Access;
pub use bucket::{Bucket, Condition, Got, Listed, Page, Put};
pub use fault::Fault;
pub use parameter::parameter;
pub use secret::{SecretId, secret};

/// Every call that a store may make, by its name in IAM. None is made unless the settings name such a store.
pub const CALLS: &[&str] = &[
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
];
