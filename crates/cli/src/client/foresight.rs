//! What lies ahead of a daemon's plan.

use sixshift_api::model::Foresight;

use super::{connection::Connection, error::Error, get};

/// As the daemon foresees it, by its own look and with what people told it.
///
/// # Errors
/// The daemon does not answer, or has no such plan.
pub(crate) fn foresight(connection: &Connection, name: &str) -> Result<Foresight, Error> {
    connection.get(&format!("{}/foresight", get::path(name)))
}
