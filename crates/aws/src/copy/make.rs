//! Making the copy, in the order in which its parts need each other.
//!
//! What belongs here: where calls go, and what is done about a refusal. What must not: a part of the copy ([`super::network`],
//! [`super::balancers`], [`super::service`]).

use std::{collections::BTreeMap, time::Duration};

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use serde_json::Value;
use sixshift_core::plan::Plan;

use super::{Copied, Lack, Names, Original};
use crate::{
    Error, Hands,
    asker::{Asker, text},
};

/// What the region does not take.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be made there")]
pub struct NotMade {
    what: String,
    source: Error,
}

/// Makes copies. It has no way to AWS: its HTTP client is what it was given, and its credentials mean nothing there.
pub struct Copyist {
    asker: Asker,
    pub(super) names: Names,
    pub(super) lacks: Vec<Lack>,
    /// How many container instances each cluster has.
    pub(super) machines: BTreeMap<String, u64>,
}

impl std::fmt::Debug for Copyist {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copyist").finish_non_exhaustive()
    }
}

impl Copyist {
    /// Over an HTTP client that ends in a simulated region, by its time.
    pub async fn into(
        client: SharedHttpClient,
        time: impl TimeSource + 'static,
        region: &str,
    ) -> Self {
        let hands = Hands::with_http_client(client, time, 1.0);
        Self {
            asker: Asker::new(&hands, region, None).await,
            names: Names::default(),
            lacks: Vec::new(),
            machines: BTreeMap::new(),
        }
    }

    /// Makes everything.
    ///
    /// # Errors
    /// The region refuses what cannot be done without.
    pub async fn copy(mut self, original: &Original, plans: &[Plan]) -> Result<Copied, NotMade> {
        let of = |what: &str| {
            let what = what.to_owned();
            |source| NotMade { what, source }
        };
        let network = self.network(&original.network).await;
        network.map_err(of("the network"))?;
        let balancers = self.balancers(original).await;
        balancers.map_err(of("the load balancers"))?;
        let mut services = Vec::new();
        for (service, plan) in original.services.iter().zip(plans) {
            let made = self.service(service, plan, &original.network).await;
            let mut made = made.map_err(of(&plan.name))?;
            made.routes = self.routes_to(original, &service.groups);
            services.push(made);
        }
        Ok(Copied {
            names: self.names,
            lacks: self.lacks,
            services,
        })
    }

    /// Asks for a document of the original's, translated.
    pub(super) async fn ask(&self, call: &'static str, input: &Value) -> Result<Value, Error> {
        self.asker.ask(call, self.names.document(input)).await
    }

    /// All items of a list of the copy's.
    pub(super) async fn all(
        &self,
        call: &'static str,
        input: Value,
        list: &str,
    ) -> Result<Vec<Value>, Error> {
        let pages = ("nextToken", "NextToken");
        self.asker.all(call, input, list, pages).await
    }

    /// The same for what can be done without: a refusal is told.
    pub(super) async fn try_to(
        &mut self,
        call: &'static str,
        input: &Value,
        lack: impl FnOnce() -> Lack,
    ) -> Option<Value> {
        match self.ask(call, input).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                let mut lack = lack();
                let why = match error.message() {
                    "" => error.to_string(),
                    said => said.to_owned(),
                };
                lack.what = format!("{} (the region refuses it: {why})", lack.what);
                self.lacks.push(lack);
                None
            }
        }
    }

    pub(super) async fn pause(&self, length: Duration) {
        self.asker.pause(length).await;
    }

    pub(super) fn lack(&mut self, what: impl Into<String>, means: &str) {
        self.lacks.push(Lack::new(what, means));
    }
}

/// Some members of a document under the same names; empty ones are not there.
pub(super) fn picked(document: &Value, members: &[&str]) -> Value {
    let members = members
        .iter()
        .map(|name| ((*name).to_owned(), pruned(&document[*name])));
    Value::Object(members.filter(|(_, value)| !value.is_null()).collect())
}

/// Without what is empty: XML has an empty text for an empty list.
pub(super) fn pruned(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().map(pruned).filter(|v| !v.is_null()).collect();
            if items.is_empty() {
                Value::Null
            } else {
                items.into()
            }
        }
        Value::Object(members) => {
            let members = members.iter().map(|(k, v)| (k.clone(), pruned(v)));
            let members: serde_json::Map<_, _> = members.filter(|(_, v)| !v.is_null()).collect();
            if members.is_empty() {
                Value::Null
            } else {
                members.into()
            }
        }
        other => other.clone(),
    }
}

/// EC2 tells members in lower camel case and takes them in upper.
pub(super) fn raised(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(raised).collect(),
        Value::Object(members) => {
            let upper = |name: &str| {
                let mut letters = name.chars();
                let first = letters.next().map(|c| c.to_ascii_uppercase());
                first.into_iter().chain(letters).collect::<String>()
            };
            let members = members.iter().map(|(k, v)| (upper(k), raised(v)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// The id of what was made, noted beside the original's.
pub(super) fn made(names: &mut Names, original: &Value, made: &Value) -> String {
    let id = text(made);
    names.add(&text(original), &id);
    id
}
