//! CloudWatch Logs Insights: a query is started, and asked for until it has ended.
//!
//! What belongs here: the three calls and the wait between them. What must not: what is asked.
//!
//! Source: CloudWatch Logs API reference, StartQuery, GetQueryResults, StopQuery.

use std::time::Duration;

use aws_types::SdkConfig;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sixshift_core::{
    deps::{FlowLog, Lack, Scanned},
    observation::Why,
};
use tokio::time::sleep;

use super::query::MOST_ROWS;
use crate::{
    addresses,
    call::{self, Caller, Operation},
    error::{Error, Retry},
    json::{Client, Version},
    observe::why,
    pages::{part, taken},
    signed::Service,
};

const LOGS: Service = Service {
    name: "CloudWatch Logs",
    signing_name: "logs",
};
const LIMIT: Duration = Duration::from_secs(10);
/// Between two questions whether a query has ended.
const PAUSE: Duration = Duration::from_secs(1);
/// A query may run for an hour; whoever waits at a terminal has gone by then.
const LONGEST: u32 = 180;
/// How often something is asked for that AWS was too busy for, or that waits for others' queries to end.
const TRIES: u32 = 6;

/// Asks CloudWatch Logs in one region, as one role.
pub(super) struct Insights<'a> {
    client: Client,
    caller: &'a Caller,
}

/// What a query found.
pub(super) struct Found {
    pub(super) rows: Vec<Value>,
    pub(super) scanned: Scanned,
}

impl<'a> Insights<'a> {
    pub(super) fn new(sdk: &SdkConfig, caller: &'a Caller) -> Self {
        let address = addresses::of_logs(sdk, &caller.region);
        Self {
            client: Client::new(sdk, &LOGS, Version::V1_1, &address, LIMIT),
            caller,
        }
    }

    /// Everything that a query finds in a flow log's group between two moments.
    pub(super) async fn ask(
        &self,
        log: &FlowLog,
        query: &str,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Found, Lack> {
        let group = log.group();
        let body = json!({
            "logGroupName": group,
            "queryString": query,
            "startTime": since.as_second(),
            "endTime": until.as_second(),
            "limit": MOST_ROWS,
        });
        let started = self.patiently(&call::START_QUERY, body).await;
        let mut started = started.map_err(|error| match error {
            error if error.is_code(&["ResourceNotFoundException"]) => {
                Lack::NoGroup(log.id.clone(), group.to_owned())
            }
            error => unread(&error),
        })?;
        let id = part(&call::START_QUERY, taken(&mut started, "queryId"));
        let id: String = id.map_err(|error| unread(&error))?;
        let asked = json!({ "queryId": id });
        for _ in 0..LONGEST {
            sleep(self.caller.pace(PAUSE)).await;
            let answer = self
                .patiently(&call::GET_QUERY_RESULTS, asked.clone())
                .await;
            let answer = answer.map_err(|error| unread(&error))?;
            match answer["status"].as_str().unwrap_or_default() {
                "Scheduled" | "Running" | "Unknown" => {}
                "Complete" => return found(answer).map_err(|error| unread(&error)),
                other => {
                    let text = format!("the query of log group {group} ended as {other}");
                    return Err(Lack::Unread(Why::new(text)));
                }
            }
        }
        // It would run, and cost, for up to an hour more.
        let _ = self.patiently(&call::STOP_QUERY, asked).await;
        Err(Lack::Unread(Why::new(format!(
            "the query of log group {group} had not ended after {LONGEST} s and was stopped; ask of less time by --since"
        ))))
    }

    async fn patiently(&self, operation: &'static Operation, body: Value) -> Result<Value, Error> {
        let body: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
        let mut tried = 1;
        loop {
            let target = format!("Logs_20140328.{}", operation.action());
            let attempt = || {
                self.client
                    .send(target.clone(), Value::Object(body.clone()))
            };
            match self.caller.read(operation, attempt).await {
                Ok(answer) => return Ok(answer.body),
                Err(error) if tried < TRIES && waits(&error) => tried += 1,
                Err(error) => return Err(error),
            }
            sleep(self.caller.pace(PAUSE * tried)).await;
        }
    }
}

fn unread(error: &Error) -> Lack {
    Lack::Unread(why(error))
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
