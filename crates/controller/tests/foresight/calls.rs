//! A call that changes something: as AWS was asked for it, and as it was foreseen.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use sixshift_core::{
    action::{Action, Spell},
    foresee::Call,
};
use sixshift_sim::{Value, witness::Write};

/// A call: the operation, what it is done to, and the figures in it that a migration is about.
#[derive(Clone, PartialEq)]
pub(crate) struct Made {
    pub(crate) op: String,
    pub(crate) of: String,
    pub(crate) figures: Vec<String>,
    pub(crate) at: Timestamp,
}

impl Made {
    /// All but the moment.
    pub(crate) fn what(&self) -> String {
        format!("{} {} {}", self.op, self.of, self.figures.join(" "))
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.what())
    }
}

/// The name of a target group or a service in its ARN; any other text as it is.
fn name(arn: &str) -> String {
    if let Some(service) = arn.split(":service/").nth(1) {
        return service.rsplit('/').next().unwrap_or(service).to_owned();
    }
    let group = arn.split(":targetgroup/").nth(1);
    let name = group.and_then(|g| g.split('/').next());
    name.unwrap_or(arn).to_owned()
}

/// Without the revision that AWS gives.
fn family(arn: &str) -> String {
    let named = arn.rsplit('/').next().unwrap_or(arn);
    named.split(':').next().unwrap_or(named).to_owned()
}

/// A rule that a migration makes.
const RULE: &str = "rule of ours";

/// Target groups of VPC Lattice that were made, by their ids.
pub(crate) type Ours = BTreeMap<String, String>;

/// As the region was asked.
pub(crate) fn made(write: &Write<'_>, ours: &Ours, at: Timestamp) -> Made {
    let of = [
        "PolicyName",
        "ScheduledActionName",
        "ListenerArn",
        "RuleArn",
        "TargetGroupArn",
        "ResourceId",
        "Name",
        "serviceName",
        "service",
        "family",
        "resourceArn",
        "ruleIdentifier",
        "listenerIdentifier",
        "targetGroupIdentifier",
        "name",
    ];
    let text = |key: &&str| write.input.get(key).as_str().map(str::to_owned);
    let named = of.iter().find_map(text);
    let listed = || {
        let arns = write.input.get("ResourceArns").items();
        arns.first().and_then(Value::as_str).map(str::to_owned)
    };
    let of = named.or_else(listed).unwrap_or_default();
    Made {
        op: write.op.to_owned(),
        // AWS gives a rule of ours its ARN.
        of: if of.contains(":listener-rule/net/") || write.op == "DeleteRule" {
            RULE.to_owned()
        } else {
            called(&of, ours)
        },
        figures: asked(write.input, ours),
        at,
    }
}

fn called(of: &str, ours: &Ours) -> String {
    let name = name(of);
    ours.get(&name).cloned().unwrap_or(name)
}

fn asked(input: &Value, ours: &Ours) -> Vec<String> {
    let mut figures = Vec::new();
    for action in [input.get("action"), input.get("defaultAction")] {
        for group in action.get("forward").get("targetGroups").items() {
            let id = group.get("targetGroupIdentifier").as_str();
            let name = called(id.unwrap_or_default(), ours);
            figures.push(format!("{name}={}", number(group.get("weight"))));
        }
    }
    for action in input
        .get("Actions")
        .items()
        .iter()
        .chain(input.get("DefaultActions").items())
    {
        if let Some(arn) = action.get("TargetGroupArn").as_str() {
            figures.push(format!("{}=1", name(arn)));
        }
        let forward = action.get("ForwardConfig").get("TargetGroups").items();
        for group in forward {
            let arn = group.get("TargetGroupArn").as_str().unwrap_or_default();
            figures.push(format!("{}={}", name(arn), number(group.get("Weight"))));
        }
    }
    for key in ["desiredCount", "MinCapacity", "MaxCapacity"] {
        let value = input.get(key);
        if !value.is_null() {
            figures.push(format!("{key}={}", number(value)));
        }
    }
    if let Some(arn) = input.get("taskDefinition").as_str() {
        figures.push(family(arn));
    }
    figures.sort();
    figures
}

fn number(value: &Value) -> String {
    match value {
        Value::Int(n) => n.to_string(),
        // Of a query, all is text.
        Value::Str(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// As it was foreseen.
pub(crate) fn foreseen(call: &Call) -> Made {
    let op = call.action.call().split(':').nth(1).unwrap();
    let resource = &call.resource;
    // A part of a scalable target is called by its own name in the call.
    let named = resource.name.split(" of service/").next().unwrap();
    let is_rule =
        matches!(&call.action, Action::SetForward { spell, .. } if spell.rule().is_some());
    let of = match (resource.kind, &resource.arn) {
        _ if is_rule => RULE.to_owned(),
        _ if matches!(call.action, Action::DropProbeRule { .. }) => RULE.to_owned(),
        _ if let Action::MakeProbeRule(rule) = &call.action => name(&rule.listener),
        ("listener" | "rule", Some(arn)) => name(arn),
        ("service", _) => named.split('/').nth(1).unwrap().to_owned(),
        _ => named.to_owned(),
    };
    Made {
        op: op.to_owned(),
        of,
        figures: told(&call.action),
        at: call.at,
    }
}

fn told(action: &Action) -> Vec<String> {
    let mut figures = match action {
        Action::SetForward {
            spell:
                Spell::Default { group } | Spell::MakeRule { group, .. } | Spell::LeadRule { group, .. },
            ..
        } => vec![format!("{}=1", name(group))],
        Action::MakeProbeRule(rule) => vec![format!("{}=1", name(&rule.group))],
        Action::SetForward {
            spell: Spell::DropRule { .. },
            ..
        } => Vec::new(),
        Action::SetForward { forward, .. } => {
            let groups = forward.groups.iter();
            groups
                .map(|g| format!("{}={}", name(&g.arn), g.weight))
                .collect()
        }
        Action::ScaleService { desired, .. } => vec![format!("desiredCount={desired}")],
        Action::CreateService(new) => vec![
            format!("desiredCount={}", new.desired),
            family(&new.task_definition),
        ],
        Action::RollTwin {
            task_definition, ..
        } => vec![family(task_definition)],
        Action::SetScaling {
            bounds: Some(bounds),
            ..
        } => vec![
            format!("MinCapacity={}", bounds.min),
            format!("MaxCapacity={}", bounds.max),
        ],
        _ => Vec::new(),
    };
    figures.sort();
    figures
}
