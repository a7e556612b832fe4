//! A recording played again to somebody else who speaks AWS's protocols, and the two answers held against each other.
//!
//! What belongs here: the playing, and what counts as a difference. What must not: who is asked, or how.
//!
//! Compared are HTTP status, error code and members. Two accounts are never at the same point of their own affairs: what
//! differs because of that, and says nothing of the calls, stands in [`OF_THE_MOMENT`] and [`WAITS`], with reasons.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Kind;
use crate::tape::{
    Answered, Asked, Posted, Recording, Taped,
    names::{Names, Unbound},
    posted, read,
    shape::EMPTY,
};

/// A call of a recording that was answered otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Which call of the recording, counted from 0.
    pub call: usize,
    /// As in `ecs DescribeServices`.
    pub operation: String,
    /// What differs.
    pub what: What,
}

/// What differs. The recording comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum What {
    #[error("answered {recorded} in the recording and {replayed} here")]
    Status { recorded: u16, replayed: u16 },
    #[error("the error is {recorded} in the recording and {replayed} here")]
    Code { recorded: String, replayed: String },
    #[error("{0} is in the recording and not here")]
    Missing(String),
    #[error("{0} is here and not in the recording")]
    Extra(String),
    #[error("{member} is a {recorded} in the recording and a {replayed} here")]
    Type {
        member: String,
        recorded: String,
        replayed: String,
    },
}

/// What came of playing a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many calls it has that AWS answered.
    pub calls: usize,
    /// How many it has beside them: without an answer, or with one that tells of a role's permissions alone.
    pub unanswered: usize,
    /// How many were asked and answered alike.
    pub alike: usize,
    /// Where answers differ; each sort of difference of an operation once, where it was met first.
    pub differences: Vec<Difference>,
    /// Calls that could not be asked, with why: what they speak of is not there.
    pub unasked: Vec<(usize, String)>,
}

/// Errors that pass by themselves. Whether one comes is a matter of seconds, and so it is waited here as it was there.
const WAITS: &[&str] = &[
    // Network interfaces of load balancers and tasks go some time after them.
    "DependencyViolation",
    // A target group is in use until its load balancer is gone.
    "ResourceInUse",
    "ClusterContainsServicesException",
    "ClusterContainsTasksException",
    // A call that came too fast was not looked at.
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
];

/// Errors of what is gone here already, while it was refused there for the moment: whoever looks meanwhile sees it there alone.
const GONE: &[&str] = &["ClusterNotFoundException"];

/// Members that are there or not as things stand at the moment; with what they depend on.
const OF_THE_MOMENT: &[(&str, &str)] = &[
    (
        "ecs DescribeTasks",
        "how far a task is: what it has, it has from some moment on",
    ),
    (
        "ecs DescribeServices services.deployments",
        "which deployments there are, and how far each is",
    ),
    (
        "ecs DescribeServices services.currentServiceDeployment",
        "which deployments there are",
    ),
    (
        "ecs DescribeServices services.events",
        "what happened so far",
    ),
    (
        "ecs DescribeServices services.taskSets",
        "which deployments there are",
    ),
    (
        "ecs DescribeServices failures",
        "whether a service that was asked for is there yet, or still",
    ),
    (
        "ecs DeleteService service.currentServiceDeployment",
        "whether one was under way when it was deleted",
    ),
    (
        "ecs DeleteService service.deployments",
        "which deployments there are, and how far each is",
    ),
    ("ecs DeleteService service.events", "what happened so far"),
    ("ecs ListTasks", "which tasks there are"),
    (
        "elasticloadbalancing DescribeTargetHealth",
        "whether a target is healthy: only others have a reason",
    ),
    (
        "ec2 DescribeRouteTables routeTableSet",
        "which ways there are in a VPC that somebody gave",
    ),
    ("monitoring GetMetricData", "which minutes had a request"),
    (
        "wafv2 GetWebACLForResource WebACL",
        "whether an account gives each load balancer one, as AWS Firewall Manager does",
    ),
    (
        "monitoring DescribeAlarms MetricAlarms.StateReasonData",
        "whether the alarm was evaluated",
    ),
    (
        "application-autoscaling DescribeScalingPolicies ScalingPolicies.Alarms",
        "whether the policy's alarms are made",
    ),
];

/// Plays a recording. `ask` sends a request and has the status, the header that may name an error, and the body; `before` is
/// told of each call before it is sent, and lets time pass until it was.
pub async fn play(
    recording: &Recording,
    region: &str,
    names: &[(String, String)],
    mut before: impl AsyncFnMut(&Taped),
    mut ask: impl AsyncFnMut(Posted) -> (u16, Option<String>, Vec<u8>),
) -> Comparison {
    let mut player = Player::new(recording, names);
    for (number, call) in recording.calls.iter().enumerate() {
        before(call).await;
        let input = match player.names.value(&call.request) {
            Ok(input) => input,
            Err(Unbound(token)) => {
                let why = format!("{}: nothing here stands for {token}", operation(call));
                player.comparison.unasked.push((number, why));
                continue;
            }
        };
        let key = format!("{} {input}", operation(call));
        let answered = match player.done.remove(&key) {
            Some(answered) => answered,
            None => {
                let asked = Asked {
                    service: call.service.clone(),
                    operation: call.operation.clone(),
                    protocol: call.protocol,
                    input,
                };
                let (status, kind, body) = ask(posted(&asked, region)).await;
                read(call.protocol, status, kind.as_deref(), &body)
            }
        };
        player.judge(number, call, key, answered);
    }
    player.comparison
}

/// Whether a call has an answer that tells of AWS: what a role may not is an account's own affair.
fn is_told(call: &Taped) -> bool {
    let is_denied = |code: &str| Kind::of_code("", code, "") == Kind::Denied;
    call.status.is_some() && !call.error.as_deref().is_some_and(is_denied)
}

/// The name of a call's operation with its service.
fn operation(call: &Taped) -> String {
    format!("{} {}", call.service, call.operation)
}

struct Player<'a> {
    recording: &'a Recording,
    names: Names,
    /// What is done here already and was refused for the moment there: its answer is kept until it is done there, too.
    done: BTreeMap<String, Answered>,
    told: BTreeSet<(String, What)>,
    comparison: Comparison,
}

impl<'a> Player<'a> {
    fn new(recording: &'a Recording, names: &[(String, String)]) -> Self {
        let answer = |call: &Taped| call.answer.and_then(|at| recording.shapes.get(at));
        let calls = recording.calls.iter();
        let mut known = Names::of(calls.map(|call| (&call.request, answer(call))));
        for (token, name) in names {
            known.set(token, name);
        }
        let told = recording.calls.iter().filter(|c| is_told(c)).count();
        let comparison = Comparison {
            calls: told,
            unanswered: recording.calls.len() - told,
            ..Comparison::default()
        };
        Self {
            recording,
            names: known,
            done: BTreeMap::new(),
            told: BTreeSet::new(),
            comparison,
        }
    }

    fn judge(&mut self, number: usize, call: &Taped, key: String, answered: Answered) {
        let Some(status) = call.status.filter(|_| is_told(call)) else {
            return;
        };
        let waits = |code: Option<&str>| code.is_some_and(|code| WAITS.contains(&code));
        if waits(call.error.as_deref()) && answered.error.is_none() {
            self.done.insert(key, answered);
            self.comparison.alike += 1;
            return;
        }
        if waits(answered.error.as_deref()) && call.error.is_none() {
            self.comparison.alike += 1;
            return;
        }
        let is_gone = answered
            .error
            .as_deref()
            .is_some_and(|code| GONE.contains(&code));
        if is_gone && !self.done.is_empty() {
            self.comparison.alike += 1;
            return;
        }
        let mut found = Vec::new();
        if answered.status != status {
            found.push(What::Status {
                recorded: status,
                replayed: answered.status,
            });
        }
        if answered.error != call.error {
            let said = |error: Option<&String>| error.cloned().unwrap_or_else(|| "none".to_owned());
            found.push(What::Code {
                recorded: said(call.error.as_ref()),
                replayed: said(answered.error.as_ref()),
            });
        }
        if found.is_empty()
            && let Some(shape) = call.answer.and_then(|at| self.recording.shapes.get(at))
        {
            learn(shape, &answered.body, &mut self.names);
            let place = operation(call);
            members(&place, &[shape], &[&answered.body], &mut found);
        }
        if found.is_empty() {
            self.comparison.alike += 1;
        }
        for what in found {
            let operation = operation(call);
            if self.told.insert((operation.clone(), what.clone())) {
                self.comparison.differences.push(Difference {
                    call: number,
                    operation,
                    what,
                });
            }
        }
    }
}

/// Learns what tokens stand for from an answer, place by place.
fn learn(shape: &Value, body: &Value, names: &mut Names) {
    match (shape, body) {
        (Value::String(pattern), Value::String(text)) => names.learn(pattern, text),
        (Value::Array(shapes), Value::Array(items)) => {
            for (shape, item) in shapes.iter().zip(items) {
                learn(shape, item, names);
            }
        }
        (Value::Object(shapes), Value::Object(members)) => {
            for (name, shape) in shapes {
                if let Some(member) = members.get(name) {
                    learn(shape, member, names);
                }
            }
        }
        _ => {}
    }
}

/// What differs below a place, all items of a list taken together.
fn members(place: &str, recorded: &[&Value], replayed: &[&Value], found: &mut Vec<What>) {
    if OF_THE_MOMENT.iter().any(|(at, _)| place == *at) {
        return;
    }
    let (there, here) = (named(recorded), named(replayed));
    // Behind the service and the operation members are named from the outside in.
    let dot = if place.matches(' ').count() == 1 {
        ' '
    } else {
        '.'
    };
    let at = |name: &str| format!("{place}{dot}{name}");
    let moment = |member: &str| OF_THE_MOMENT.iter().any(|(at, _)| member == *at);
    // A list that is empty on one side says nothing of its items.
    if there.is_empty() || here.is_empty() {
        return types(place, recorded, replayed, found);
    }
    for (name, recorded) in &there {
        match here.get(name) {
            Some(replayed) => members(&at(name), recorded, replayed, found),
            None if moment(&at(name)) => {}
            None => found.push(What::Missing(at(name))),
        }
    }
    let extra = here.keys().filter(|name| !there.contains_key(*name));
    let extra = extra.map(|name| at(name)).filter(|member| !moment(member));
    found.extend(extra.map(What::Extra));
}

/// The members of objects, those of a list's items too.
fn named<'a>(values: &[&'a Value]) -> BTreeMap<&'a str, Vec<&'a Value>> {
    let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for value in values {
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter().filter(|(_, m)| !m.is_null()) {
                    found.entry(name).or_default().push(member);
                }
            }
            Value::Array(items) => {
                for (name, mut of_items) in named(&items.iter().collect::<Vec<_>>()) {
                    found.entry(name).or_default().append(&mut of_items);
                }
            }
            _ => {}
        }
    }
    found
}

/// What sorts of values stand at a place: it is a difference if none of one side is of a sort of the other.
fn types(place: &str, recorded: &[&Value], replayed: &[&Value], found: &mut Vec<What>) {
    let there: BTreeSet<&str> = recorded.iter().filter_map(|v| sort_of_shape(v)).collect();
    let here: BTreeSet<&str> = replayed.iter().filter_map(|v| sort(v)).collect();
    if let (Some(recorded), Some(replayed)) = (there.first(), here.first())
        && there.is_disjoint(&here)
    {
        found.push(What::Type {
            member: place.to_owned(),
            recorded: (*recorded).to_owned(),
            replayed: (*replayed).to_owned(),
        });
    }
}

/// `None`: what is empty may be anything.
fn sort(value: &Value) -> Option<&'static str> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some("flag"),
        Value::Number(_) => Some("number"),
        Value::String(text) if text.is_empty() => None,
        Value::String(_) => Some("text"),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(_) => Some("list"),
        Value::Object(members) if members.is_empty() => None,
        Value::Object(_) => Some("structure"),
    }
}

fn sort_of_shape(shape: &Value) -> Option<&'static str> {
    match shape {
        Value::String(word) if word == EMPTY => None,
        Value::String(word) if word == "flag" => Some("flag"),
        Value::String(word) if word == "number" => Some("number"),
        other => sort(other),
    }
}
