//! How infrastructure code takes over what a migration made: the code, written from AWS's own documents of that moment.
//!
//! What belongs here: the documents as one value, the tables that say of each of their members what code calls it, and the
//! code. What must not: the reading of documents (`sixshift-aws`), or of files. A member that no table knows, or that code has
//! no word for, is named as lacking; nothing is left out in silence.

mod cloudformation;
mod document;
mod estate;
mod label;
mod state;
mod tables;
mod terraform;

pub use cloudformation::{cloudformation, resources_to_import};
pub use estate::{
    Estate, Ipv4, ReadyError, RouteActions, ScalingDocuments, Tagged, TargetGroupDocuments, ready,
};
pub use state::{State, StateError};
pub use terraform::terraform;

/// Code, and what is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The file; what lacks is told in its comments, too.
    pub text: String,
    /// What is in AWS and could not be written down, a sentence each, without a full stop.
    pub lacks: Vec<String>,
}
