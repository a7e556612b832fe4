//! The twin of a scaling policy and of a scheduled action.
//!
//! What belongs here: what in their documents names the IPv4 side, by the name and namespace of a dimension and by a label,
//! and what still names it afterwards. What must not: which of them are copied (`decide`).

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::DateTime};
use serde_json::{Map, Value, json};

/// The two sides, as metrics name them.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Sides {
    pub cluster: String,
    pub ipv4: String,
    pub ipv6: String,
    /// `targetgroup/name/id` of each IPv4 group and of its partner, itself where there is none yet.
    pub groups: BTreeMap<String, String>,
}

/// What of a policy still looks at the IPv4 side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remnant {
    /// A label that names no target group of the service.
    Label(String),
    /// A metric of the team's own, or an expression, that may be the IPv4 side's.
    Metric(String),
}

/// Namespaces in which ECS itself tells of services: there a `ServiceName` is one of ECS.
const OF_ECS: &[&str] = &["AWS/ECS", "ECS/ContainerInsights"];
const OF_ALB: &str = "AWS/ApplicationELB";

/// A policy's settings for the twin, and what of them could not be turned.
#[must_use]
pub fn twin_policy(settings: &Value, sides: &Sides) -> (Value, Vec<Remnant>) {
    let mut copy = settings.clone();
    let mut left = Vec::new();
    turn(&mut copy, sides, &mut left);
    (copy, left)
}

fn turn(value: &mut Value, sides: &Sides, left: &mut Vec<Remnant>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| turn(item, sides, left)),
        Value::Object(members) => {
            if let Some(Value::String(label)) = members.get_mut("ResourceLabel") {
                relabel(label, sides, left);
            }
            if let Some(Value::String(expression)) = members.get("Expression")
                && names_ipv4(expression, sides)
            {
                left.push(Remnant::Metric(expression.clone()));
            }
            redirect(members, sides, left);
            members
                .values_mut()
                .for_each(|item| turn(item, sides, left));
        }
        _ => {}
    }
}

/// `app/name/id/targetgroup/name/id` (botocore: application-autoscaling `PredefinedMetricSpecification.ResourceLabel`): the
/// load balancer stays, the group becomes the partner.
fn relabel(label: &mut String, sides: &Sides, left: &mut Vec<Remnant>) {
    let group = label.find("targetgroup/").map(|at| label[at..].to_owned());
    match group.and_then(|g| Some((sides.groups.get(&g)?, g))) {
        Some((partner, group)) => *label = label.replace(&group, partner),
        None => left.push(Remnant::Label(label.clone())),
    }
}

fn redirect(members: &mut Map<String, Value>, sides: &Sides, left: &mut Vec<Remnant>) {
    let Some(namespace) = members.get("Namespace").and_then(Value::as_str) else {
        return;
    };
    let (of_ecs, of_alb) = (OF_ECS.contains(&namespace), namespace == OF_ALB);
    let namespace = namespace.to_owned();
    let Some(Value::Array(dimensions)) = members.get_mut("Dimensions") else {
        return;
    };
    let is = |d: &Value, name: &str, value: &str| d["Name"] == name && d["Value"] == value;
    let elsewhere = dimensions
        .iter()
        .any(|d| d["Name"] == "ClusterName" && d["Value"] != sides.cluster.as_str());
    for dimension in dimensions {
        let group = dimension["Value"]
            .as_str()
            .and_then(|v| sides.groups.get(v));
        if dimension["Name"] == "TargetGroup"
            && let Some(partner) = group
        {
            if of_alb {
                dimension["Value"] = json!(partner);
            } else {
                left.push(Remnant::Metric(format!(
                    "{namespace} of {}",
                    dimension["Value"]
                )));
            }
        } else if is(dimension, "ServiceName", &sides.ipv4) {
            if of_ecs && !elsewhere {
                dimension["Value"] = json!(sides.ipv6);
            } else if !of_ecs {
                left.push(Remnant::Metric(format!("{namespace} of {}", sides.ipv4)));
            }
        }
    }
}

/// As a word of its own, in quotes, as search expressions have it.
fn names_ipv4(expression: &str, sides: &Sides) -> bool {
    let words = expression.split(['"', '\'']);
    let mut words = words.map(|w| w.rsplit('=').next().unwrap_or(w).trim());
    words.any(|w| w == sides.ipv4 || sides.groups.contains_key(w))
}

/// A scheduled action's settings for the twin; none, where it is over. AWS is not known to take a moment that is past, so
/// what has begun has no beginning.
#[must_use]
pub fn twin_schedule(settings: &Value, now: Timestamp) -> Option<Value> {
    let past = |value: &Value| {
        value
            .as_f64()
            .is_some_and(|at| at <= now.as_second() as f64)
    };
    if past(&settings["EndTime"]) || once(settings).is_some_and(|at| at <= now) {
        return None;
    }
    let mut copy = settings.clone();
    if past(&settings["StartTime"]) {
        copy.as_object_mut()?.remove("StartTime");
    }
    Some(copy)
}

/// The moment of `at(2026-01-01T00:00:00)`, in the action's time zone.
fn once(settings: &Value) -> Option<Timestamp> {
    let at = settings["Schedule"].as_str()?.strip_prefix("at(")?;
    let at: DateTime = at.strip_suffix(')')?.parse().ok()?;
    let zone = settings["Timezone"].as_str().unwrap_or("UTC");
    let there = at.in_tz(zone).or_else(|_| at.in_tz("UTC")).ok()?;
    Some(there.timestamp())
}

/// Whether two documents say the same: AWS writes out what it takes as given, lists dimensions in its own order, and does
/// not tell 1 from 1.0.
#[must_use]
pub fn is_same_setting(a: &Value, b: &Value) -> bool {
    plain(a) == plain(b)
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(k, v)| (k.clone(), plain(v)));
            let nothing =
                |v: &Value| v.is_null() || *v == json!(false) || *v == json!([]) || *v == json!({});
            Value::Object(members.filter(|(_, v)| !nothing(v)).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            if items
                .iter()
                .all(|i| i.get("Name").is_some_and(Value::is_string))
            {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides() -> Sides {
        Sides {
            cluster: "orders".to_owned(),
            ipv4: "orders".to_owned(),
            ipv6: "orders-ipv6".to_owned(),
            groups: [("targetgroup/v4/1".to_owned(), "targetgroup/v6/2".to_owned())].into(),
        }
    }

    fn metric(namespace: &str, dimensions: &[(&str, &str)]) -> Value {
        let dimension = |(n, v): &(&str, &str)| json!({ "Name": n, "Value": v });
        let dimensions: Value = dimensions.iter().map(dimension).collect();
        json!({ "MetricName": "M", "Namespace": namespace, "Dimensions": dimensions })
    }

    fn turned(metric: Value) -> (Value, Vec<Remnant>) {
        let settings = json!({ "C": { "CustomizedMetricSpecification": metric } });
        let (copy, left) = twin_policy(&settings, &sides());
        (copy["C"]["CustomizedMetricSpecification"].clone(), left)
    }

    #[test]
    fn a_cluster_a_queue_and_a_service_of_one_name_are_told_apart() {
        let ecs = metric(
            "AWS/ECS",
            &[("ClusterName", "orders"), ("ServiceName", "orders")],
        );
        let wanted = metric(
            "AWS/ECS",
            &[("ClusterName", "orders"), ("ServiceName", "orders-ipv6")],
        );
        assert_eq!(turned(ecs), (wanted, vec![]));
        let queue = metric("AWS/SQS", &[("QueueName", "orders")]);
        assert_eq!(turned(queue.clone()), (queue, vec![]));
        let other = metric(
            "AWS/ECS",
            &[("ClusterName", "billing"), ("ServiceName", "orders")],
        );
        assert_eq!(turned(other.clone()), (other, vec![]));
    }

    #[test]
    fn requests_to_the_group_are_those_to_the_partner_and_the_load_balancer_stays() {
        let alb = |group| {
            metric(
                "AWS/ApplicationELB",
                &[("LoadBalancer", "app/a/1"), ("TargetGroup", group)],
            )
        };
        assert_eq!(
            turned(alb("targetgroup/v4/1")),
            (alb("targetgroup/v6/2"), vec![])
        );
        let balancer = metric("AWS/ApplicationELB", &[("LoadBalancer", "app/a/1")]);
        assert_eq!(turned(balancer.clone()), (balancer, vec![]));
    }

    #[test]
    fn math_and_prediction_are_turned_wherever_they_hold_a_metric_or_a_label() {
        let stat = json!({ "Metrics": [
            { "Id": "m", "MetricStat": { "Metric": metric("ECS/ContainerInsights", &[("ServiceName", "orders")]), "Stat": "Sum" } },
            { "Id": "e", "Expression": "m / 2" },
        ]});
        let (copy, left) = turned(stat);
        assert_eq!(
            copy["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"][0]["Value"],
            "orders-ipv6"
        );
        assert_eq!(left, []);
        let predictive = json!({ "PredictiveScalingPolicyConfiguration": { "MetricSpecifications": [
            { "PredefinedLoadMetricSpecification": { "ResourceLabel": "app/a/1/targetgroup/v4/1" } },
        ]}});
        let (copy, left) = twin_policy(&predictive, &sides());
        assert_eq!(
            copy["PredictiveScalingPolicyConfiguration"]["MetricSpecifications"][0]["PredefinedLoadMetricSpecification"]
                ["ResourceLabel"],
            "app/a/1/targetgroup/v6/2"
        );
        assert_eq!(left, []);
    }

    #[test]
    fn what_cannot_be_turned_is_told() {
        let own = metric("Shop", &[("ServiceName", "orders")]);
        assert_eq!(
            turned(own).1,
            [Remnant::Metric("Shop of orders".to_owned())]
        );
        let label = json!({ "ResourceLabel": "app/a/1/targetgroup/other/9" });
        assert!(matches!(
            twin_policy(&label, &sides()).1[..],
            [Remnant::Label(_)]
        ));
        let search = json!({ "Expression": "SEARCH('{AWS/ECS,ServiceName} ServiceName=\"orders\"', 'Sum')" });
        assert!(matches!(
            twin_policy(&search, &sides()).1[..],
            [Remnant::Metric(_)]
        ));
    }

    #[test]
    fn what_is_over_is_not_copied_and_what_has_begun_has_no_beginning() {
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let at = |text: &str| json!({ "Schedule": text, "Timezone": "Europe/Berlin" });
        assert_eq!(twin_schedule(&at("at(2026-06-01T13:59:00)"), now), None);
        assert_eq!(
            twin_schedule(&at("at(2026-06-01T14:01:00)"), now),
            Some(at("at(2026-06-01T14:01:00)"))
        );
        let mut cron = at("cron(0 6 * * ? *)");
        cron["StartTime"] = json!(0.0);
        assert_eq!(twin_schedule(&cron, now), Some(at("cron(0 6 * * ? *)")));
        cron["EndTime"] = json!(1.0);
        assert_eq!(twin_schedule(&cron, now), None);
    }

    #[test]
    fn what_aws_writes_out_is_no_difference() {
        let sent =
            json!({ "T": { "TargetValue": 50, "Dimensions": [{ "Name": "B" }, { "Name": "A" }] } });
        let told = json!({ "T": { "TargetValue": 50.0, "DisableScaleIn": false, "Dimensions": [{ "Name": "A" }, { "Name": "B" }] } });
        assert!(is_same_setting(&sent, &told));
        assert!(!is_same_setting(
            &sent,
            &json!({ "T": { "TargetValue": 60 } })
        ));
    }
}
