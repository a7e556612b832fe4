//! What code calls each member of AWS's documents, a file a kind of document (AWS's names: botocore; Terraform's: the schema of
//! its provider 5.100; CloudFormation's: its resource specification).
//!
//! What belongs here: tables. What must not: code. A member that a table leaves out is told by its name.

mod alarm;
mod container;
mod definition;
mod scaling;
mod service;

pub(super) use alarm::METRIC_ALARM;
pub(super) use definition::TASK_DEFINITION;
pub(super) use scaling::{POLICY, SCALABLE_TARGET, SCHEDULED_ACTION};
pub(super) use service::{OF_REVISION, SERVICE};
