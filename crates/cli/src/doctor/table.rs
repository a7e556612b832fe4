//! The journal's table as the daemon will see it: its shape, and what its role may do there. Nothing is written.

use std::error::Error as _;

use sixshift_controller::journal::{DynamoDb, Error, TableAt};

use super::Finding;

/// Whether the table is a journal's, and can be read and written.
pub(super) async fn journal(at: &TableAt) -> Finding {
    let journal = DynamoDb::open(at).await;
    let shown = format!("DynamoDB table {}", at.table);
    if let Err(error) = journal.fits().await {
        return bad(&shown, &error);
    }
    match journal.permits().await {
        Ok(()) => Finding::ok(
            "journal",
            format!("{shown} is a journal's, and can be read and written"),
        ),
        Err(error) => bad(&shown, &error),
    }
}

fn bad(shown: &str, error: &Error) -> Finding {
    let sentence = match error.source() {
        Some(_) => format!("{shown} cannot be used: {}", error.why()),
        None => error.to_string(),
    };
    Finding::bad(
        "journal",
        sentence,
        "make the table and its permissions as the templates in deploy/ do",
    )
}
