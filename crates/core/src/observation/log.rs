//! Where the containers of a task write their log, by its definition, and the first lines that one of them wrote.
//!
//! What must not be here: how a log is read, and any conclusion from a line.
//!
//! Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch" (with `awslogs-stream-prefix` a stream is called
//! prefix/container/task).

use serde::Serialize;
use serde_json::Value;

use super::containers;

/// So many lines tell how a container began.
pub const FIRST: usize = 10;
/// So much of each is kept.
const LONGEST: usize = 200;

/// A container's log of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStream {
    /// The container.
    pub container: String,
    /// `awslogs-group`.
    pub group: String,
    /// The stream's name.
    pub stream: String,
}

/// What a task wrote first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstLines {
    /// The task's id.
    pub task: String,
    /// The container that wrote them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Each cut where it is long.
    pub lines: Vec<String>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// The log of the container that a task stands and falls with, in a region.
///
/// # Errors
///
/// Why its lines cannot be asked for.
pub fn log_stream(definition: &Value, region: &str, task: &str) -> Result<LogStream, String> {
    let is_essential = |c: &&Value| c["essential"] != Value::Bool(false);
    let container = containers(definition).find(is_essential);
    let container = container.ok_or("its task definition has no container that it needs")?;
    let name = container["name"].as_str().unwrap_or_default();
    let log = &container["logConfiguration"];
    match log["logDriver"].as_str() {
        Some("awslogs") => {}
        Some(other) => {
            return Err(format!(
                "container {name} writes its log by {other}, and only CloudWatch Logs is asked"
            ));
        }
        None => return Err(format!("container {name} has no log driver")),
    }
    let option = |key: &str| log["options"][key].as_str();
    if let Some(other) = option("awslogs-region").filter(|other| *other != region) {
        return Err(format!(
            "the log of container {name} is in {other}, and only {region} is asked"
        ));
    }
    let group = option("awslogs-group").unwrap_or_default();
    let Some(prefix) = option("awslogs-stream-prefix") else {
        return Err(format!(
            "container {name} has no awslogs-stream-prefix, so that its stream is not known by the task"
        ));
    };
    Ok(LogStream {
        container: name.to_owned(),
        group: group.to_owned(),
        stream: format!("{prefix}/{name}/{task}"),
    })
}

/// A line as it is shown: short, and without what a terminal would take for an order.
#[must_use]
pub fn cut_line(line: &str) -> String {
    let plain = line.trim_end().chars();
    let mut plain = plain.map(|c| if c.is_control() { ' ' } else { c });
    let mut cut: String = plain.by_ref().take(LONGEST).collect();
    if plain.next().is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition(log: Value) -> Value {
        json!({ "containerDefinitions": [
            { "name": "envoy", "essential": false },
            { "name": "mailer", "logConfiguration": log },
        ] })
    }

    #[test]
    fn a_stream_is_named_by_its_prefix_its_container_and_its_task() {
        let options = json!({ "awslogs-group": "/ecs/mailer", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "ecs" });
        let log = json!({ "logDriver": "awslogs", "options": options });
        let stream = log_stream(&definition(log), "eu-central-1", "4a1b").unwrap();
        assert_eq!(stream.group, "/ecs/mailer");
        assert_eq!(stream.stream, "ecs/mailer/4a1b");
    }

    #[test]
    fn whoever_writes_elsewhere_is_told_why_nothing_is_read() {
        let elsewhere = [
            (Value::Null, "has no log driver"),
            (json!({ "logDriver": "splunk" }), "by splunk"),
            (
                json!({ "logDriver": "awslogs", "options": { "awslogs-region": "us-east-1" } }),
                "is in us-east-1",
            ),
            (
                json!({ "logDriver": "awslogs", "options": { "awslogs-group": "a" } }),
                "awslogs-stream-prefix",
            ),
        ];
        for (log, words) in elsewhere {
            let why = log_stream(&definition(log), "eu-central-1", "4a1b").unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn a_line_is_short_and_gives_no_orders_to_a_terminal() {
        assert_eq!(cut_line("ready\n"), "ready");
        assert_eq!(cut_line("a\u{1b}[2Jb"), "a [2Jb");
        assert_eq!(cut_line(&"x".repeat(500)).chars().count(), 201);
    }
}
