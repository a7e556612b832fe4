//! A template for a change set of type IMPORT, and the list of what it imports.
//!
//! What belongs here: which resource becomes which type, and its primary identifier. What must not: a member of a document
//! ([`super::tables`]), YAML ([`crate::yaml`]), the words around the template ([`page`]).

mod page;
mod properties;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Code, Estate, TargetGroupDocuments,
    label::Names,
    tables::{
        METRIC_ALARM, OF_REVISION, POLICY, SCALABLE_TARGET, SCHEDULED_ACTION, SERVICE,
        TASK_DEFINITION,
    },
};
use crate::letters::plain;
use properties::Walk;

/// A resource of the template.
struct Resource {
    id: String,
    kind: &'static str,
    /// What the import finds it by (AWS docs: resource types that support import operations).
    identifier: Vec<(&'static str, String)>,
    properties: Map<String, Value>,
    depends_on: Option<String>,
}

/// A template for all that the plan left.
#[must_use]
pub fn cloudformation(estate: &Estate) -> Code {
    let mut stack = Stack::of(estate);
    properties::resolved(
        stack.resources.iter().map(|r| (&r.id, &r.properties)),
        &mut stack.lacks,
    );
    let resources = stack.resources.iter().map(|resource| {
        let mut body = Map::from_iter([
            ("Type".to_owned(), json!(resource.kind)),
            ("DeletionPolicy".to_owned(), json!("Retain")),
            ("UpdateReplacePolicy".to_owned(), json!("Retain")),
        ]);
        body.extend(
            resource
                .depends_on
                .iter()
                .map(|id| ("DependsOn".to_owned(), json!(id))),
        );
        body.insert(
            "Properties".to_owned(),
            Value::Object(resource.properties.clone()),
        );
        (resource.id.clone(), Value::Object(body))
    });
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("{}: the service on IPv6-only", estate.plan),
        "Resources": Value::Object(resources.collect()),
    });
    Code {
        text: page::text(estate, &template, &stack.references, &stack.lacks),
        lacks: stack.lacks,
    }
}

/// `--resources-to-import` for that template.
#[must_use]
pub fn resources_to_import(estate: &Estate) -> Value {
    let entry = |resource: &Resource| {
        let identifier = resource.identifier.iter();
        let identifier = identifier.map(|(k, v)| ((*k).to_owned(), json!(v)));
        json!({
            "ResourceType": resource.kind,
            "LogicalResourceId": resource.id,
            "ResourceIdentifier": Value::Object(identifier.collect()),
        })
    };
    Stack::of(estate).resources.iter().map(entry).collect()
}

#[derive(Default)]
struct Stack {
    names: Names,
    resources: Vec<Resource>,
    /// What stands for a resource, and its logical id.
    references: BTreeMap<String, String>,
    lacks: Vec<String>,
}

impl Stack {
    fn of(estate: &Estate) -> Self {
        let mut stack = Self::default();
        let service = plain(&estate.service["serviceName"]);
        for group in &estate.target_groups {
            stack.target_group(&service, group);
        }
        stack.task_definition(&service, estate);
        stack.service(&service, estate);
        stack.scaling(&service, estate);
        for alarm in &estate.alarms {
            let name = plain(&alarm.document["AlarmName"]);
            let walk = stack.walk(&format!("alarm {name}"));
            let properties = walk.properties(&alarm.document, METRIC_ALARM, "");
            stack.add(
                &[&name, "Alarm"],
                "AWS::CloudWatch::Alarm",
                vec![("AlarmName", name.clone())],
                properties,
            );
        }
        stack
    }

    fn target_group(&mut self, service: &str, group: &TargetGroupDocuments) {
        let name = plain(&group.document["TargetGroupName"]);
        let mut walk = self.walk(&format!("target group {name}"));
        let mut properties = walk.target_group(&group.document);
        let attribute = |(key, value): (&String, &String)| json!({ "Key": key, "Value": value });
        let told = group
            .attributes
            .iter()
            .filter(|(_, value)| !value.is_empty());
        let attributes: Value = told.map(attribute).collect();
        properties
            .0
            .insert("TargetGroupAttributes".to_owned(), attributes);
        tagged(&mut properties.0, &group.tags);
        let arn = plain(&group.document["TargetGroupArn"]);
        let identifier = vec![("TargetGroupArn", arn.clone())];
        let id = self.add(
            &[service, "TargetGroup"],
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            identifier,
            properties,
        );
        self.references.insert(arn, id);
    }

    fn task_definition(&mut self, service: &str, estate: &Estate) {
        let document = &estate.task_definition.document;
        let walk = self.walk(&format!("task definition {}", plain(&document["family"])));
        let mut properties = walk.properties(document, TASK_DEFINITION, "");
        tagged(&mut properties.0, &estate.task_definition.tags);
        let arn = plain(&document["taskDefinitionArn"]);
        let identifier = vec![("TaskDefinitionArn", arn.clone())];
        let id = self.add(
            &[service, "TaskDefinition"],
            "AWS::ECS::TaskDefinition",
            identifier,
            properties,
        );
        self.references.insert(arn, id);
    }

    fn service(&mut self, service: &str, estate: &Estate) {
        let document = &estate.service;
        let walk = self.walk(&format!("service {service}"));
        let definition = walk.text(&document["taskDefinition"]);
        let (mut properties, mut lacks) = walk.properties(document, SERVICE, "");
        properties.insert("TaskDefinition".to_owned(), definition);
        let walk = self.walk(&format!("service {service}"));
        let (of_revision, more) = walk.known(&estate.revision, OF_REVISION);
        properties.extend(of_revision);
        lacks.extend(more);
        if estate.scaling.is_some() {
            // Scaling sets it; an update that leaves it out leaves it as it is.
            properties.remove("DesiredCount");
        }
        tagged(&mut properties, &super::estate::tag_list(&document["tags"]));
        let identifier = vec![
            ("ServiceArn", plain(&document["serviceArn"])),
            ("Cluster", plain(&document["clusterArn"])),
        ];
        self.add(
            &[service, "Service"],
            "AWS::ECS::Service",
            identifier,
            (properties, lacks),
        );
    }

    /// Scheduled actions are the scalable target's.
    fn scaling(&mut self, service: &str, estate: &Estate) {
        let Some(scaling) = &estate.scaling else {
            return;
        };
        let walk = self.walk(&format!("scaling of {service}"));
        let (mut properties, mut lacks) = walk.properties(&scaling.target, SCALABLE_TARGET, "");
        let mut scheduled = Vec::new();
        for action in &scaling.scheduled {
            let name = plain(&action["ScheduledActionName"]);
            let walk = self.walk(&format!("scheduled action {name}"));
            let (mut of_it, more) = walk.properties(action, SCHEDULED_ACTION, "");
            for moment in ["StartTime", "EndTime"] {
                of_it.extend(
                    super::estate::moment(&action[moment]).map(|at| (moment.to_owned(), json!(at))),
                );
            }
            scheduled.push(Value::Object(of_it));
            lacks.extend(more);
        }
        if !scheduled.is_empty() {
            properties.insert("ScheduledActions".to_owned(), Value::Array(scheduled));
        }
        let resource = plain(&scaling.target["ResourceId"]);
        let whose = [
            ("ResourceId", resource),
            (
                "ScalableDimension",
                plain(&scaling.target["ScalableDimension"]),
            ),
            (
                "ServiceNamespace",
                plain(&scaling.target["ServiceNamespace"]),
            ),
        ];
        let kind = "AWS::ApplicationAutoScaling::ScalableTarget";
        let target = self.add(
            &[service, "Scaling"],
            kind,
            whose.to_vec(),
            (properties, lacks),
        );
        for policy in &scaling.policies {
            let name = plain(&policy["PolicyName"]);
            let walk = self.walk(&format!("scaling policy {name}"));
            let mut properties = walk.properties(policy, POLICY, "");
            properties
                .0
                .extend(whose.iter().map(|(k, v)| ((*k).to_owned(), json!(v))));
            let arn = plain(&policy["PolicyARN"]);
            let identifier = vec![
                ("Arn", arn.clone()),
                ("ScalableDimension", whose[1].1.clone()),
            ];
            let kind = "AWS::ApplicationAutoScaling::ScalingPolicy";
            let id = self.add(&[service, &name, "Policy"], kind, identifier, properties);
            if let Some(resource) = self.resources.last_mut() {
                resource.depends_on = Some(target.clone());
            }
            self.references.insert(arn, id);
        }
    }

    fn walk(&self, what: &str) -> Walk {
        Walk {
            what: what.to_owned(),
            references: self.references.clone(),
        }
    }

    fn add(
        &mut self,
        name: &[&str],
        kind: &'static str,
        identifier: Vec<(&'static str, String)>,
        (properties, lacks): (Map<String, Value>, Vec<String>),
    ) -> String {
        let id = self.names.logical_id(name);
        self.resources.push(Resource {
            id: id.clone(),
            kind,
            identifier,
            properties,
            depends_on: None,
        });
        self.lacks.extend(lacks);
        id
    }
}

fn tagged(properties: &mut Map<String, Value>, tags: &BTreeMap<String, String>) {
    let own = tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
    let tags: Vec<Value> = own.map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
    if !tags.is_empty() {
        properties.insert("Tags".to_owned(), Value::Array(tags));
    }
}
