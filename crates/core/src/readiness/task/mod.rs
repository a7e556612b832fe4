//! What the application is told to do, as far as its task definition says it.
//!
//! What belongs here: the twin's containers, with the plan's variables in them. What must not: a secret's value, which is in no
//! task definition; what is in the image, which a canary shows.

pub(super) mod buckets;
pub(super) mod connect;
mod hosts;
pub(super) mod scan;
pub(super) mod settings;
pub(super) mod words;

pub(super) use hosts::named;
pub(super) use words::has_detour;

use serde_json::Value;

use super::check::{Scene, Spared};
use crate::{observation, plan::Plan};

/// A container of the twin.
pub(super) struct Container<'a> {
    pub(super) name: &'a str,
    document: &'a Value,
    plan: &'a Plan,
}

/// The twin's containers; of a task definition that was not read whole there are none.
pub(super) fn containers<'a>(s: &'a Scene<'_>) -> Result<Vec<Container<'a>>, Spared> {
    Ok(containers_of(s.plan, s.document()?))
}

/// The same of a task definition's document that somebody has.
pub(super) fn containers_of<'a>(plan: &'a Plan, definition: &'a Value) -> Vec<Container<'a>> {
    let container = |document: &'a Value| Container {
        name: document["name"].as_str().unwrap_or_default(),
        document,
        plan,
    };
    observation::containers(definition).map(container).collect()
}

/// A text of a container, and where it stands, as in `variable HOST`.
pub(super) struct Said<'a> {
    pub(super) place: Place<'a>,
    pub(super) text: &'a str,
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Variable(&'a str),
    Command,
    EntryPoint,
    HealthCheck,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Command => f.write_str("command"),
            Self::EntryPoint => f.write_str("entry point"),
            Self::HealthCheck => f.write_str("health check"),
        }
    }
}

impl<'a> Container<'a> {
    /// The variables that it will have: the plan's win over its own.
    fn variables(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let edits = &self.plan.ipv6.task_definition;
        let own = edits.containers.get(self.name).map(|c| &c.env);
        let is_own = move |name: &str| own.is_some_and(|env| env.contains_key(name));
        let pair = |pair: &'a Value| Some((pair["name"].as_str()?, pair["value"].as_str()?));
        let kept = self.items("environment").filter_map(pair);
        let kept = kept.filter(move |(name, _)| !is_own(name) && !edits.env.contains_key(*name));
        let of_all = edits.env.iter().filter(move |(name, _)| !is_own(name));
        let added = of_all.chain(own.into_iter().flatten());
        kept.chain(added.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    fn variable(&self, name: &str) -> Option<&'a str> {
        self.variables()
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value)
    }

    /// Variables, command and entry point: what makes the application do something.
    pub(super) fn said(&self) -> impl Iterator<Item = Said<'a>> + use<'a> {
        let variables = self.variables().map(|(name, text)| Said {
            place: Place::Variable(name),
            text,
        });
        let command = self.texts("command").map(|text| Said {
            place: Place::Command,
            text,
        });
        let entry = self.texts("entryPoint").map(|text| Said {
            place: Place::EntryPoint,
            text,
        });
        variables.chain(command).chain(entry)
    }

    fn health_check(&self) -> impl Iterator<Item = Said<'a>> + use<'a> {
        let words = self.document["healthCheck"]["command"]
            .as_array()
            .into_iter()
            .flatten();
        words.filter_map(Value::as_str).map(|text| Said {
            place: Place::HealthCheck,
            text,
        })
    }

    fn texts(&self, member: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.items(member).filter_map(Value::as_str)
    }

    fn items(&self, member: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.document[member].as_array().into_iter().flatten()
    }
}
