//! What has to read otherwise in the code that there is: forwards, and of an IPv4 side that is kept its size.
//!
//! What belongs here: the lines as they must read. What must not: who is asked to write them ([`super::page`]).

use serde_json::Value;

use super::{removed, walk::References};
use crate::handover::{Estate, RouteActions, State, state::Known};
use crate::hcl::{Block, Expr, Item};
use crate::letters::plain;

/// An edit.
#[derive(Debug)]
pub(super) struct Edit {
    /// Terraform's address; none where no state tells it.
    pub(super) address: Option<String>,
    /// For people.
    pub(super) what: String,
    /// What must read so, as a sentence's beginning.
    pub(super) means: String,
    /// The lines, each of several where the state does not tell how the code spells it.
    pub(super) spellings: Vec<String>,
}

/// All of them.
pub(super) fn of(estate: &Estate, state: Option<&State>, references: &References) -> Vec<Edit> {
    let routes = estate
        .routes
        .iter()
        .filter_map(|route| forward(route, state, references));
    routes
        .chain(kept(estate, state))
        .chain(left_driving(estate, state))
        .collect()
}

fn forward(route: &RouteActions, state: Option<&State>, references: &References) -> Option<Edit> {
    let actions = route.actions.as_array()?;
    let (at, action) = actions
        .iter()
        .enumerate()
        .find(|(_, a)| a["Type"] == "forward")?;
    let (kinds, block): (&[&str], &str) = if route.is_rule {
        (&["aws_lb_listener_rule", "aws_alb_listener_rule"], "action")
    } else {
        (&["aws_lb_listener", "aws_alb_listener"], "default_action")
    };
    let known = state.and_then(|s| {
        kinds
            .iter()
            .find_map(|kind| s.find(kind, "arn", &route.arn))
    });
    let told = known.map(|known| &known.values[block][at]);
    let order = (actions.len() > 1)
        .then(|| plain(&action["Order"]))
        .filter(|o| !o.is_empty());
    let within = known.is_some_and(Known::is_in_module);
    let refer = |arn: &str| {
        let mut all = references.iter();
        match all.find(|(text, _)| text == arn && !within) {
            Some((_, reference)) => Expr::Plain(reference.clone()),
            None => Expr::Text(arn.to_owned()),
        }
    };
    let spelled = |is_long: bool| block_of(block, order.as_deref(), action, is_long, told, &refer);
    let groups = action["ForwardConfig"]["TargetGroups"]
        .as_array()
        .map_or(0, Vec::len);
    let has = |name: &str| told.is_some_and(|t| !crate::handover::document::is_nothing(&t[name]));
    let spellings = match (has("target_group_arn"), has("forward")) {
        _ if groups > 1 || is_sticky(action) => vec![spelled(true)],
        (true, false) => vec![spelled(false)],
        (_, true) => vec![spelled(true)],
        (false, false) => vec![spelled(false), spelled(true)],
    };
    Some(Edit {
        address: known.map(|known| known.address.clone()),
        what: route.place.clone(),
        means: format!("its {block} of type forward must read"),
        spellings,
    })
}

fn is_sticky(action: &Value) -> bool {
    action["ForwardConfig"]["TargetGroupStickinessConfig"]["Enabled"] == "true"
}

/// The action in one of Terraform's two spellings.
fn block_of(
    kind: &str,
    order: Option<&str>,
    action: &Value,
    is_long: bool,
    told: Option<&Value>,
    refer: &impl Fn(&str) -> Expr,
) -> String {
    let argument = |name: &str, value: Expr| Item::Argument(name.to_owned(), value);
    let mut items = vec![argument("type", Expr::Text("forward".to_owned()))];
    items.extend(order.map(|order| argument("order", Expr::Plain(order.to_owned()))));
    let config = &action["ForwardConfig"];
    let groups = config["TargetGroups"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if !is_long {
        let alone = groups
            .first()
            .map_or(&action["TargetGroupArn"], |g| &g["TargetGroupArn"]);
        items.push(argument("target_group_arn", refer(&plain(alone))));
        return Block::new(kind, &[], items).text();
    }
    let group = |group: &Value| {
        let items = vec![
            argument("arn", refer(&plain(&group["TargetGroupArn"]))),
            argument("weight", Expr::Plain(plain(&group["Weight"]))),
        ];
        Item::Block(Block::new("target_group", &[], items))
    };
    let mut within: Vec<Item> = groups.iter().map(group).collect();
    let was_sticky = told.is_some_and(|t| t["forward"][0]["stickiness"][0]["enabled"] == true);
    if is_sticky(action) || was_sticky {
        let sticky = &config["TargetGroupStickinessConfig"];
        let seconds = plain(&sticky["DurationSeconds"]);
        let mut items = vec![argument(
            "enabled",
            Expr::Plain(is_sticky(action).to_string()),
        )];
        items.extend(
            (!seconds.is_empty() && seconds != "null")
                .then(|| argument("duration", Expr::Plain(seconds))),
        );
        within.push(Item::Block(Block::new("stickiness", &[], items)));
    }
    items.push(Item::Block(Block::new("forward", &[], within)));
    Block::new(kind, &[], items).text()
}

/// An IPv4 side that the plan keeps has no task, and nothing scales it.
fn kept(estate: &Estate, state: Option<&State>) -> Vec<Edit> {
    let mut edits = Vec::new();
    if let Some(service) = &estate.ipv4.service {
        let known = state.and_then(|s| removed::service(estate, s));
        edits.push(Edit {
            address: known.map(|k| k.address.clone()),
            what: format!("the IPv4 service {}", estate.ipv4.name),
            means: "unless its desired count is ignored, it must read".to_owned(),
            spellings: vec![format!(
                "desired_count = {}\n",
                plain(&service["desiredCount"])
            )],
        });
    }
    if let Some(target) = &estate.ipv4.scalable_target {
        let known = state.into_iter().flat_map(|s| removed::scaling(estate, s));
        let known = known
            .into_iter()
            .find(|k| k.kind == "aws_appautoscaling_target");
        let mut walk = super::Walk {
            what: "",
            references: &References::new(),
            lacks: Vec::new(),
        };
        let items = walk.items(target, super::SCALABLE_TARGET, "");
        let suspended = items.into_iter().filter_map(|item| match item {
            Item::Block(block) => Some(block.text()),
            Item::Argument(..) => None,
        });
        edits.push(Edit {
            address: known.map(|k| k.address.clone()),
            what: format!("what scales the IPv4 service {}", estate.ipv4.name),
            means: "it must have".to_owned(),
            spellings: suspended.collect(),
        });
    }
    edits
}

/// Alarms that name a policy of the IPv4 side as their action: nothing refers to it any more, and what AWS has stays.
fn left_driving(estate: &Estate, state: Option<&State>) -> Vec<Edit> {
    let Some(state) = state.filter(|_| estate.ipv4.scalable_target.is_none()) else {
        return Vec::new();
    };
    let scaling = removed::scaling(estate, state);
    let policies = scaling
        .iter()
        .filter(|known| known.kind == "aws_appautoscaling_policy");
    let gone: Vec<&str> = policies.map(|policy| policy.text("arn")).collect();
    let mut edits = Vec::new();
    for alarm in state.of("aws_cloudwatch_metric_alarm") {
        for list in ["alarm_actions", "ok_actions", "insufficient_data_actions"] {
            let actions = alarm.values[list].as_array().into_iter().flatten();
            let actions: Vec<&Value> = actions.collect();
            if !actions
                .iter()
                .any(|a| a.as_str().is_some_and(|a| gone.contains(&a)))
            {
                continue;
            }
            let literal = Expr::List(actions.into_iter().map(Expr::of).collect());
            let line = Block::new("", &[], vec![Item::Argument(list.to_owned(), literal)]).text();
            let line = line.lines().nth(1).unwrap_or_default().trim();
            edits.push(Edit {
                address: Some(alarm.address.clone()),
                what: format!("alarm {}", alarm.text("alarm_name")),
                means: "it names a policy that is gone; until you take that out, it must read"
                    .to_owned(),
                spellings: vec![format!("{line}\n")],
            });
        }
    }
    edits
}
