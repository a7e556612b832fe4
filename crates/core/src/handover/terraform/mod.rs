//! Terraform code for what is new, `import` and `removed` blocks, and what has to read otherwise in the code that there is.
//!
//! What belongs here: which resource becomes which block. What must not: the language ([`crate::hcl`]), a member of a document
//! ([`super::tables`]), the words around the code ([`page`]).

mod edits;
mod group;
mod page;
mod removed;
mod walk;

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Code, Estate, State,
    document::Member,
    estate::tag_list,
    label::Names,
    tables::{
        METRIC_ALARM, OF_REVISION, POLICY, SCALABLE_TARGET, SCHEDULED_ACTION, SERVICE,
        TASK_DEFINITION,
    },
};
use crate::hcl::{Block, Expr, Item, quoted};
use crate::letters::plain;
use walk::{References, Walk};

/// What Application Auto Scaling scales of an ECS service.
const DIMENSION: &str = "ecs:service:DesiredCount";

/// A new resource, and how Terraform gets it.
struct New {
    kind: &'static str,
    name: String,
    /// What `import` takes; none: the provider imports none of its kind.
    id: Option<String>,
    items: Vec<Item>,
    /// Where the state has it already.
    known_as: Option<String>,
}

impl New {
    fn address(&self) -> String {
        format!("{}.{}", self.kind, self.name)
    }
}

/// A file of Terraform's for all that the plan left, as the state knows the team's own code.
#[must_use]
pub fn terraform(estate: &Estate, state: Option<&State>) -> Code {
    let mut writer = Writer::new(estate, state);
    writer.all();
    let Writer {
        new,
        references,
        mut lacks,
        ..
    } = writer;
    let removed = removed::of(estate, state);
    let edits = edits::of(estate, state, &references);
    lacks.extend(page::not_imported(&new));
    let text = page::text(estate, state.is_some(), &new, &removed, &edits, &lacks);
    Code { text, lacks }
}

/// Writes one resource after the other; what is written can be referred to by what comes after it.
struct Writer<'a> {
    estate: &'a Estate,
    state: Option<&'a State>,
    default_tags: BTreeMap<String, String>,
    names: Names,
    references: References,
    new: Vec<New>,
    lacks: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(estate: &'a Estate, state: Option<&'a State>) -> Self {
        let mut names = Names::default();
        let addresses = state.into_iter().flat_map(State::addresses);
        addresses.for_each(|address| names.take(address));
        Self {
            estate,
            state,
            default_tags: state
                .map(|s| removed::default_tags(estate, s))
                .unwrap_or_default(),
            names,
            references: References::new(),
            new: Vec::new(),
            lacks: Vec::new(),
        }
    }

    fn all(&mut self) {
        let service = self.estate.service["serviceName"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.target_groups(&service);
        self.task_definition(&service);
        self.service(&service);
        self.scaling(&service);
        self.alarms(&service);
    }

    fn target_groups(&mut self, service: &str) {
        for group in &self.estate.target_groups {
            let arn = plain(&group.document["TargetGroupArn"]);
            let what = format!("target group {}", plain(&group.document["TargetGroupName"]));
            let (mut items, lacks) = group::items(group);
            self.lacks
                .extend(lacks.iter().map(|lack| format!("{lack} of {what}")));
            self.tags(&mut items, &group.tags, &what);
            let address = self.add("aws_lb_target_group", &[service], ("arn", &arn), items);
            let dimension = crate::names::metric_dimension(&arn).to_owned();
            self.references.push((arn, format!("{address}.arn")));
            self.references
                .push((dimension, format!("{address}.arn_suffix")));
        }
    }

    fn task_definition(&mut self, service: &str) {
        let estate = self.estate;
        let document = &estate.task_definition.document;
        let what = format!("task definition {}", plain(&document["family"]));
        let mut items = self.walk(document, TASK_DEFINITION, &what);
        self.tags(&mut items, &estate.task_definition.tags, &what);
        let arn = plain(&document["taskDefinitionArn"]);
        let address = self.add("aws_ecs_task_definition", &[service], ("arn", &arn), items);
        // The provider reads the service's as family and revision where it imports it.
        let reference = format!("\"${{{address}.family}}:${{{address}.revision}}\"");
        self.references.push((arn, reference));
    }

    fn service(&mut self, service: &str) {
        let estate = self.estate;
        let document = &estate.service;
        let what = format!("service {service}");
        let mut items = self.walk(document, SERVICE, &what);
        let definition = &document["taskDefinition"];
        let definition = self
            .reference(&plain(definition))
            .unwrap_or_else(|| quoted(&plain(definition)));
        let at = items.len().min(2);
        items.insert(
            at,
            Item::Argument("task_definition".to_owned(), Expr::Plain(definition)),
        );
        items.extend(self.walk_known(&estate.revision, OF_REVISION, &what));
        self.tags(&mut items, &tag_list(&document["tags"]), &what);
        if estate.scaling.is_some() {
            // Scaling sets it.
            items.push(ignored(&["desired_count"]));
        }
        let arn = plain(&document["serviceArn"]);
        let address = self.add("aws_ecs_service", &[service], ("id", &arn), items);
        if let Some(new) = self.new.last_mut() {
            new.id = Some(format!("{}/{service}", estate.cluster));
        }
        self.references
            .push((service.to_owned(), format!("{address}.name")));
    }

    fn scaling(&mut self, service: &str) {
        let estate = self.estate;
        let Some(scaling) = &estate.scaling else {
            return;
        };
        let resource = crate::names::scaling_resource(&estate.cluster, service);
        let what = format!("scaling of {service}");
        let mut items = self.walk(&scaling.target, SCALABLE_TARGET, &what);
        self.tags(&mut items, &scaling.tags, &what);
        let mut name_of = items.iter_mut().filter_map(|item| match item {
            Item::Argument(name, value) if name == "resource_id" => Some(value),
            _ => None,
        });
        if let (Some(value), Some(service)) = (name_of.next(), self.reference(service)) {
            let cluster = quoted(&format!("service/{}/", estate.cluster));
            let cluster = cluster.trim_end_matches('"');
            *value = Expr::Plain(format!("{cluster}${{{service}}}\""));
        }
        let target = self.add(
            "aws_appautoscaling_target",
            &[service],
            ("resource_id", &resource),
            items,
        );
        let id = format!("ecs/{resource}/{DIMENSION}");
        if let Some(new) = self.new.last_mut() {
            new.id = Some(id.clone());
        }
        for policy in &scaling.policies {
            let name = plain(&policy["PolicyName"]);
            let mut items = self.walk(policy, POLICY, &format!("scaling policy {name}"));
            items.splice(0..0, of_target(&target));
            let arn = plain(&policy["PolicyARN"]);
            let address = self.add(
                "aws_appautoscaling_policy",
                &[service, &name],
                ("arn", &arn),
                items,
            );
            if let Some(new) = self.new.last_mut() {
                new.id = Some(format!("{id}/{name}"));
            }
            self.references.push((arn, format!("{address}.arn")));
        }
        for action in &scaling.scheduled {
            let name = plain(&action["ScheduledActionName"]);
            let what = format!("scheduled action {name}");
            let mut items = self.walk(action, SCHEDULED_ACTION, &what);
            items.splice(0..0, of_target(&target));
            items.extend(moment("start_time", &action["StartTime"]));
            items.extend(moment("end_time", &action["EndTime"]));
            let arn = plain(&action["ScheduledActionARN"]);
            self.add(
                "aws_appautoscaling_scheduled_action",
                &[service, &name],
                ("arn", &arn),
                items,
            );
            if let Some(new) = self.new.last_mut() {
                new.id = None;
            }
        }
    }

    fn alarms(&mut self, service: &str) {
        let estate = self.estate;
        for alarm in &estate.alarms {
            let name = plain(&alarm.document["AlarmName"]);
            let what = format!("alarm {name}");
            let mut items = self.walk(&alarm.document, METRIC_ALARM, &what);
            // They were not read: an alarm is its maker's.
            items.push(ignored(&["tags", "tags_all"]));
            let arn = plain(&alarm.document["AlarmArn"]);
            self.add(
                "aws_cloudwatch_metric_alarm",
                &[service, &name],
                ("arn", &arn),
                items,
            );
            if let Some(new) = self.new.last_mut() {
                new.id = Some(name);
            }
        }
    }

    /// One more; its address, where the state has it already its address there.
    fn add(
        &mut self,
        kind: &'static str,
        name: &[&str],
        (key, value): (&str, &str),
        items: Vec<Item>,
    ) -> String {
        let known = self.state.and_then(|state| state.find(kind, key, value));
        let new = New {
            kind,
            name: self.names.terraform(kind, name),
            id: Some(value.to_owned()),
            items,
            known_as: known.map(|known| known.address.clone()),
        };
        let address = new.known_as.clone().unwrap_or_else(|| new.address());
        self.new.push(new);
        address
    }

    fn walk(&mut self, document: &Value, table: &[Member], what: &str) -> Vec<Item> {
        let mut walk = Walk {
            what,
            references: &self.references,
            lacks: Vec::new(),
        };
        let items = walk.items(document, table, "");
        self.lacks.append(&mut walk.lacks);
        items
    }

    /// Of a document that says more than is asked of it.
    fn walk_known(&mut self, document: &Value, table: &[Member], what: &str) -> Vec<Item> {
        let members = document.as_object().into_iter().flatten();
        let known = members.filter(|(name, _)| table.iter().any(|m| m.aws == *name));
        let known = known.map(|(k, v)| (k.clone(), v.clone())).collect();
        self.walk(&Value::Object(known), table, what)
    }

    fn reference(&self, literal: &str) -> Option<String> {
        let mut known = self.references.iter();
        known
            .find(|(text, _)| text == literal)
            .map(|(_, reference)| reference.clone())
    }

    /// The tags but for those that the team's provider sets by itself.
    fn tags(&mut self, items: &mut Vec<Item>, tags: &BTreeMap<String, String>, what: &str) {
        for (key, value) in &self.default_tags {
            if tags.get(key) != Some(value) {
                self.lacks.push(format!(
                    "your provider's default tag {key} = {value}: {what} has it not, and the first apply puts it there"
                ));
            }
        }
        let own = tags
            .iter()
            .filter(|(k, v)| self.default_tags.get(*k) != Some(v));
        let own = own.filter(|(key, _)| !key.starts_with("aws:"));
        let own: Vec<_> = own
            .map(|(k, v)| (k.clone(), Expr::Text(v.clone())))
            .collect();
        if !own.is_empty() {
            items.push(Item::Argument("tags".to_owned(), Expr::Map(own)));
        }
    }
}

/// Whose changes Terraform leaves alone.
fn ignored(names: &[&str]) -> Item {
    let names = names.iter().map(|name| Expr::Plain((*name).to_owned()));
    let names = Expr::List(names.collect());
    let ignore = vec![Item::Argument("ignore_changes".to_owned(), names)];
    Item::Block(Block::new("lifecycle", &[], ignore))
}

/// What hangs on a scalable target names it three times.
fn of_target(address: &str) -> Vec<Item> {
    let names = ["service_namespace", "scalable_dimension", "resource_id"];
    let argument =
        |name: &str| Item::Argument(name.to_owned(), Expr::Plain(format!("{address}.{name}")));
    names.into_iter().map(argument).collect()
}

fn moment(name: &str, value: &Value) -> Option<Item> {
    let at = super::estate::moment(value)?;
    Some(Item::Argument(name.to_owned(), Expr::Text(at)))
}
