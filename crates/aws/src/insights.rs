//! CloudWatch Logs Insights: a query is started, and asked for until it has ended.
//!
//! What belongs here: the three calls and the wait between them. What must not: what is asked.
//!
//! Source: CloudWatch Logs API reference, StartQuery, GetQueryResults, StopQuery.

use std::time::Duration;

use serde_json::{Value, json};
use sixshift_core::deps::Scanned;
use tokio::time::sleep;

use crate::{
    call::{self, Operation},
    error::{Error, Retry},
    pages::{part, taken},
    region::Clients,
};

/// Between two questions whether a query has ended.
const PAUSE: Duration = Duration::from_secs(1);
/// How often something is asked for that AWS was too busy for, or that waits for others' queries to end.
const TRIES: u32 = 6;
/// Rows that a query may give (botocore: logs `GetQueryResultsRequest.maxItems`).
pub(crate) const MOST_ROWS: usize = 10_000;

/// What is asked of one log group, from a second to another, both of which count.
pub(crate) struct Asked<'a> {
    pub(crate) group: &'a str,
    pub(crate) query: &'a str,
    pub(crate) since: i64,
    pub(crate) until: i64,
    /// How often it is asked whether the query has ended: it may run for an hour.
    pub(crate) longest: u32,
}

/// What a query found.
pub(crate) struct Found {
    pub(crate) rows: Vec<Value>,
    pub(crate) scanned: Scanned,
}

/// Why nothing was found out.
pub(crate) enum Failed {
    /// There is no such log group.
    NoGroup,
    /// Nothing could have been written then, or nothing of it is kept.
    TooOld(Error),
    /// AWS refused, or did not answer.
    Call(Error),
    /// The query ended as that.
    Ended(String),
    /// It had not ended, and was stopped.
    Late,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error {
            error if error.is_code(&["ResourceNotFoundException"]) => Self::NoGroup,
            // A query that ends before its log group was made, or before what is kept of it.
            error
                if error.is_code(&["MalformedQueryException"])
                    && crate::observe::why(&error)
                        .to_string()
                        .contains("creation time") =>
            {
                Self::TooOld(error)
            }
            error => Self::Call(error),
        }
    }
}

/// Everything that a query finds.
pub(crate) async fn ask(clients: &Clients, asked: Asked<'_>) -> Result<Found, Failed> {
    let body = json!({
        "logGroupName": asked.group,
        "queryString": asked.query,
        "startTime": asked.since,
        "endTime": asked.until,
        "limit": MOST_ROWS,
    });
    let mut started = patiently(clients, &call::START_QUERY, body).await?;
    let id: String = part(&call::START_QUERY, taken(&mut started, "queryId"))?;
    let asked_for = json!({ "queryId": id });
    for _ in 0..asked.longest {
        sleep(clients.caller.pace(PAUSE)).await;
        let answer = patiently(clients, &call::GET_QUERY_RESULTS, asked_for.clone()).await?;
        match answer["status"].as_str().unwrap_or_default() {
            "Scheduled" | "Running" | "Unknown" => {}
            "Complete" => return Ok(found(answer)?),
            other => return Err(Failed::Ended(other.to_owned())),
        }
    }
    // It would run, and cost, for up to an hour more.
    let _ = patiently(clients, &call::STOP_QUERY, asked_for).await;
    Err(Failed::Late)
}

async fn patiently(
    clients: &Clients,
    operation: &'static Operation,
    body: Value,
) -> Result<Value, Error> {
    let (logs, caller) = (&clients.neighbours.queries, &clients.caller);
    let mut tried = 1;
    loop {
        match logs.ask(caller, operation, body.clone()).await {
            Err(error) if tried < TRIES && waits(&error) => tried += 1,
            answer => return answer,
        }
        sleep(caller.pace(PAUSE * tried)).await;
    }
}

/// Of an account's queries 100 run at a time; whose turn has not come is refused by that code.
fn waits(error: &Error) -> bool {
    error.retry() == Retry::Soon || error.is_code(&["LimitExceededException"])
}

fn found(mut answer: Value) -> Result<Found, Error> {
    let operation = &call::GET_QUERY_RESULTS;
    let statistics = taken(&mut answer, "statistics");
    let figure = |name: &str| statistics[name].as_f64().unwrap_or_default().max(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts, which AWS tells as floating numbers; a cast ends at u64's end"
    )]
    let scanned = Scanned {
        records: figure("recordsScanned") as u64,
        bytes: figure("bytesScanned") as u64,
        queries: 1,
    };
    let rows: Option<Vec<Value>> = part(operation, taken(&mut answer, "results"))?;
    Ok(Found {
        rows: rows.unwrap_or_default(),
        scanned,
    })
}
