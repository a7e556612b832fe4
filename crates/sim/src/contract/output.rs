//! An answer against its shape: members that the model lacks, required ones that are not there, values of another type.
//!
//! What must not be here: bounds of lengths and ranges, which AWS's models give for what is sent alone.

use super::table::{Member, Shape, Shapes};
use super::wrong::Path;
use super::{Newer, beyond, input, table};
use crate::Value;
use crate::services::Service;

/// What is wrong with an answer, a sentence each.
pub(super) fn faults(service: Service, op: &str, output: &Value, newer: &Newer) -> Vec<String> {
    let shapes = table::of(service);
    let Some(operation) = shapes.operation(op) else {
        return vec![format!("{op} is not in the table")];
    };
    let mut look = Look {
        service,
        shapes,
        newer,
        faults: Vec::new(),
    };
    match operation.output {
        Some(shape) => look.value(shape, output, &mut Path::default()),
        // EC2 says `<return>true</return>` where its models say nothing.
        None if output.fields().iter().all(|(name, _)| name == "return") => {}
        None => look.faults.push("an answer where there is none".to_owned()),
    }
    look.faults
}

struct Look<'a> {
    service: Service,
    shapes: &'static Shapes,
    newer: &'a Newer,
    faults: Vec<String>,
}

impl Look<'_> {
    fn value(&mut self, name: &'static str, value: &Value, at: &mut Path) {
        match (self.shapes.shape(name), value) {
            (Shape::Structure { members, .. }, Value::Map(fields)) => {
                self.structure(name, members, fields, at);
            }
            (Shape::Structure { members, .. }, Value::Null) => {
                self.structure(name, members, &[], at);
            }
            (Shape::List { of, .. }, Value::List(items)) => {
                for (i, item) in items.iter().enumerate() {
                    at.item(i, |at| self.value(of, item, at));
                }
            }
            (Shape::Map { value: held, .. }, Value::Map(fields)) => {
                for (key, item) in fields {
                    at.key(key, |at| self.value(held, item, at));
                }
            }
            (Shape::Anything, _) => {}
            (scalar, value) => self.scalar(name, scalar, value, at),
        }
    }

    fn structure(
        &mut self,
        name: &str,
        members: &'static [Member],
        fields: &[(String, Value)],
        at: &mut Path,
    ) {
        for (field, held) in fields.iter().filter(|(_, v)| !v.is_null()) {
            match members.iter().find(|m| m.output == field) {
                Some(member) => at.member(field, |at| self.value(member.shape, held, at)),
                None => {
                    let known = format!("{}:{name}.{field}", self.service.model());
                    if !self.newer.contains(&known) {
                        at.member(field, |at| {
                            self.say(at, &format!("{name} has no such member"))
                        });
                    }
                }
            }
        }
        for member in members.iter().filter(|m| m.required) {
            if !fields
                .iter()
                .any(|(f, v)| f == member.output && !v.is_null())
            {
                at.member(member.output, |at| {
                    self.say(at, "is required and not there")
                });
            }
        }
    }

    fn scalar(&mut self, name: &str, shape: &Shape, value: &Value, at: &Path) {
        // On the wire of a query protocol each scalar is text.
        let text = self.service.spells_all_as_text() && self.service != Service::CloudWatch;
        match (input::typed(shape, value, text), shape) {
            (None, _) => {
                let (found, wanted) = (input::kind_of(value), input::wanted(shape));
                self.say(at, &format!("{found} where a {wanted} belongs"));
            }
            (Some(Value::Str(is)), Shape::OneOf(values))
                if !values.contains(&is.as_str()) && !beyond::takes(self.service, name, &is) =>
            {
                self.say(at, &format!("'{is}' is none of {name}"));
            }
            _ => {}
        }
    }

    fn say(&mut self, at: &Path, what: &str) {
        self.faults.push(format!("{}: {what}", at.as_sent()));
    }
}
