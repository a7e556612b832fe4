//! What AWS keeps of a service: each document as its fields, through the region's own operations.

use std::collections::{BTreeMap, BTreeSet};

use sixshift_sim::{
    Region, Value,
    services::{self, Service},
};

/// A service's documents by their kind (and name, where there are several), each as path -> value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    pub(crate) documents: BTreeMap<String, BTreeMap<String, String>>,
}

/// Whether a path is the named field or lies below it. `*` is any one part.
pub(crate) fn lies_in(path: &str, named: &str) -> bool {
    if named.is_empty() {
        return true;
    }
    let mut parts = path.split('.');
    named
        .split('.')
        .all(|name| parts.next().is_some_and(|part| name == "*" || name == part))
}

impl Kept {
    /// Everything of a service in a cluster with the target group and on these routes, as far as it is there.
    pub(crate) fn read(region: &Region, at: &At<'_>) -> Self {
        let mut kept = Self::default();
        kept.service(region, at);
        kept.target_group(region, at.target_group);
        kept.scaling(region, &format!("service/{}/{}", at.cluster, at.name));
        kept.routes(region, at.routes);
        kept
    }

    /// Each field of either: document, path, here, there.
    pub(crate) fn side_by_side<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a str, &'a str, Option<&'a String>, Option<&'a String>)> {
        let fields = |kept: &'a Self| {
            let all = kept.documents.iter();
            all.flat_map(|(document, fields)| {
                fields.keys().map(move |f| (document.as_str(), f.as_str()))
            })
        };
        let both: BTreeSet<(&str, &str)> = fields(self).chain(fields(other)).collect();
        let at =
            |kept: &'a Self, document: &str, field: &str| kept.documents.get(document)?.get(field);
        both.into_iter().map(move |(document, field)| {
            (
                document,
                field,
                at(self, document, field),
                at(other, document, field),
            )
        })
    }

    /// For each route, what part of its requests each target group gets.
    pub(crate) fn shares(&self) -> BTreeMap<String, BTreeMap<String, f64>> {
        let routes = self
            .documents
            .iter()
            .filter(|(d, _)| d.starts_with("route"));
        routes
            .map(|(route, fields)| (route.clone(), shares(fields)))
            .collect()
    }

    fn put(&mut self, document: impl Into<String>, value: &Value) {
        let mut fields = BTreeMap::new();
        flatten("", value, &mut fields);
        self.documents.insert(document.into(), fields);
    }

    fn service(&mut self, region: &Region, at: &At<'_>) {
        let asked = [
            ("cluster", at.cluster.into()),
            ("services", Value::list([at.name])),
            ("include", Value::list(["TAGS"])),
        ];
        let answer = ask(region, Service::Ecs, "DescribeServices", asked);
        let Some(service) = answer.get("services").items().first() else {
            return;
        };
        if service.get("status").as_str() != Some("ACTIVE") {
            return;
        }
        self.put("service", service);
        let asked = [
            ("taskDefinition", service.get("taskDefinition").clone()),
            ("include", Value::list(["TAGS"])),
        ];
        let answer = ask(region, Service::Ecs, "DescribeTaskDefinition", asked);
        let mut definition = answer.get("taskDefinition").clone();
        definition.set("tags", answer.get("tags").clone());
        self.put("task definition", &definition);
    }

    fn target_group(&mut self, region: &Region, arn: &str) {
        let asked = [("TargetGroupArns", Value::list([arn]))];
        let found = tried(region, Service::Elbv2, "DescribeTargetGroups", asked);
        let Some(group) = found
            .as_ref()
            .and_then(|f| f.get("TargetGroups").items().first())
        else {
            return;
        };
        self.put("target group", group);
        let asked = [("TargetGroupArn", Value::from(arn))];
        let found = ask(
            region,
            Service::Elbv2,
            "DescribeTargetGroupAttributes",
            asked,
        );
        self.put("attributes", found.get("Attributes"));
        let asked = [("ResourceArns", Value::list([arn]))];
        let found = ask(region, Service::Elbv2, "DescribeTags", asked);
        for described in found.get("TagDescriptions").items() {
            self.put("target group tags", described.get("Tags"));
        }
    }

    fn scaling(&mut self, region: &Region, resource: &str) {
        let of = |key: &'static str| {
            let named = if key == "ResourceIds" {
                Value::list([resource])
            } else {
                resource.into()
            };
            [("ServiceNamespace", Value::from("ecs")), (key, named)]
        };
        let scaling = Service::AutoScaling;
        let found = ask(
            region,
            scaling,
            "DescribeScalableTargets",
            of("ResourceIds"),
        );
        for target in found.get("ScalableTargets").items() {
            self.put("scalable target", target);
            let asked = [("ResourceARN", target.get("ScalableTargetARN").clone())];
            let found = ask(region, scaling, "ListTagsForResource", asked);
            self.put("scalable target tags", found.get("Tags"));
        }
        let found = ask(region, scaling, "DescribeScalingPolicies", of("ResourceId"));
        for policy in found.get("ScalingPolicies").items() {
            self.put(named("policy", policy.get("PolicyName")), policy);
        }
        let found = ask(
            region,
            scaling,
            "DescribeScheduledActions",
            of("ResourceId"),
        );
        for action in found.get("ScheduledActions").items() {
            self.put(named("schedule", action.get("ScheduledActionName")), action);
        }
    }

    fn routes(&mut self, region: &Region, routes: &[String]) {
        for arn in routes {
            let (op, key, list) = if arn.contains(":listener-rule/") {
                ("DescribeRules", "RuleArns", "Rules")
            } else {
                ("DescribeListeners", "ListenerArns", "Listeners")
            };
            let asked = [(key, Value::list([arn.as_str()]))];
            let found = ask(region, Service::Elbv2, op, asked);
            let route = found.get(list).items().first().expect("the route is there");
            self.put(format!("route:{arn}"), route);
        }
    }
}

/// Where a service and what belongs to it are.
pub(crate) struct At<'a> {
    pub(crate) cluster: &'a str,
    pub(crate) name: &'a str,
    pub(crate) target_group: &'a str,
    pub(crate) routes: &'a [String],
}

fn named(kind: &str, name: &Value) -> String {
    format!("{kind}:{}", name.as_str().unwrap_or_default())
}

fn tried<'a>(
    region: &Region,
    service: Service,
    op: &str,
    fields: impl IntoIterator<Item = (&'a str, Value)>,
) -> Option<Value> {
    let input = Value::map(fields);
    region.with_world(|world| services::call(world, service, op, &input).ok())
}

fn ask<'a>(
    region: &Region,
    service: Service,
    op: &str,
    fields: impl IntoIterator<Item = (&'a str, Value)>,
) -> Value {
    tried(region, service, op, fields).unwrap_or_else(|| panic!("{op} was refused"))
}

/// Items of lists are told by their name or key, where they have one: their order says nothing then.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let below = |part: &str| {
        if path.is_empty() {
            part.to_owned()
        } else {
            format!("{path}.{part}")
        }
    };
    match value {
        Value::Null => {}
        Value::Map(fields) => {
            for (key, value) in fields {
                flatten(&below(key), value, into);
            }
        }
        Value::List(items) => {
            for (number, item) in items.iter().enumerate() {
                let keys = ["name", "Name", "key", "Key", "Field"];
                let name = keys.iter().find_map(|key| item.get(key).as_str());
                match name {
                    Some(name) => flatten(&below(name), item, into),
                    None => flatten(&below(&number.to_string()), item, into),
                }
            }
        }
        Value::Str(text) => {
            into.insert(path.to_owned(), text.clone());
        }
        other => {
            into.insert(path.to_owned(), format!("{other:?}"));
        }
    }
}

fn shares(fields: &BTreeMap<String, String>) -> BTreeMap<String, f64> {
    let mut weights = BTreeMap::new();
    for (path, arn) in fields {
        if path.contains(".TargetGroups.")
            && let Some(entry) = path.strip_suffix(".TargetGroupArn")
        {
            let weight = fields.get(&format!("{entry}.Weight"));
            let weight = weight.and_then(|w| w.strip_prefix("Int(")?.strip_suffix(')'));
            weights.insert(arn.clone(), weight.map_or(1.0, |w| w.parse().unwrap()));
        }
    }
    let sum: f64 = weights.values().sum();
    weights
        .values_mut()
        .for_each(|w| *w = (*w / sum * 1e6).round() / 1e6);
    weights
}
