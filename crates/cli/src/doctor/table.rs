//! The tables of journal and lease as the daemon will see them: their shape, and what its role may do there. Nothing is written.

use std::error::Error as _;

use sixshift_controller::journal::{DynamoDb, Error, TableAt};

use super::Finding;

/// Whether the table is made as a journal's, which a lease's is, too, and can be read and written.
pub(super) async fn look(check: &'static str, at: &TableAt) -> Finding {
    let table = DynamoDb::open(at).await;
    let shown = format!("DynamoDB table {}", at.table);
    let looked = match table.fits().await {
        Ok(()) => table.permits().await,
        unfit => unfit,
    };
    match looked {
        Ok(()) => Finding::ok(
            check,
            format!("{shown} is a {check}'s, and can be read and written"),
        ),
        Err(error) => bad(check, &shown, &error),
    }
}

fn bad(check: &'static str, shown: &str, error: &Error) -> Finding {
    let sentence = match error.source() {
        Some(_) => format!("{shown} cannot be used: {}", error.why()),
        None => error.to_string(),
    };
    Finding::bad(
        check,
        sentence,
        "make the table and its permissions as the templates in deploy/ do",
    )
}
