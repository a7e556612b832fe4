//! The services that are asked of neighbours, without their SDK crates.
//!
//! What belongs here: each service's address, version and protocol, and the walk through its pages. What must not: which questions
//! are asked.

use std::{sync::Arc, time::Duration};

use aws_types::{SdkConfig, region::Region as RegionName};
use serde_json::{Value, json};

use super::buckets::Buckets;
use crate::{
    addresses,
    call::{Caller, Meter, Operation},
    dates::DateReader,
    error::Error,
    json::{self, Version},
    query::{Call, Form, pair},
    signed::{self, Service},
    tape::Ear,
    xml::Element,
};

/// What is asked is worth knowing, but nothing that a plan under way should wait for long.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The same for what a query found, which may be ten thousand rows.
const LONG: Duration = Duration::from_secs(10);

/// The clients of one region and role.
#[derive(Clone)]
pub(crate) struct Clients {
    pub(crate) efs: json::Client,
    pub(crate) waf: Targeted,
    pub(crate) quotas: Targeted,
    pub(crate) logs: Targeted,
    /// The same, whose answers may be long.
    pub(crate) queries: Targeted,
    pub(crate) rds: Query,
    pub(crate) elasticache: Query,
    pub(crate) iam: Query,
    pub(crate) buckets: Buckets,
}

impl Clients {
    /// With the same configuration as the SDK's clients.
    pub(crate) fn new(sdk: &SdkConfig, region: &str, meter: &Arc<Meter>) -> Self {
        let within =
            |timeout, service: &'static Service, protocol, sdk: &SdkConfig, address: &str| {
                signed::operation(sdk, service, protocol, address, timeout)
                    .interceptor(DateReader(Arc::clone(meter)))
                    .interceptor(Ear(Arc::clone(meter)))
            };
        let operation = |service, protocol, sdk: &SdkConfig, address: &str| {
            within(TIMEOUT, service, protocol, sdk, address)
        };
        let query = |service, version, sdk: &SdkConfig, address: &str| Query {
            call: Call::new(operation(service, "Query", sdk, address)),
            version,
        };
        let efs = operation(&EFS, "REST JSON", sdk, &addresses::of_efs(sdk, region));
        let waf = operation(&WAF, "JSON", sdk, &addresses::of_waf(sdk, region));
        let quotas = operation(&QUOTAS, "JSON", sdk, &addresses::of_quotas(sdk, region));
        let of_logs = addresses::of_logs(sdk, region);
        let logs = operation(&LOGS, "JSON", sdk, &of_logs);
        let queries = within(LONG, &LOGS, "JSON", sdk, &of_logs);
        let targeted = |operation, prefix| Targeted {
            client: json::Client::over(operation, Version::V1_1, json::read),
            prefix,
        };
        // There is one IAM for all regions of a partition, and it is signed for as in one of them.
        let (address, home) = addresses::of_iam(sdk, region);
        let at_home = sdk.to_builder().region(RegionName::new(home)).build();
        Self {
            efs: json::Client::asking(efs),
            waf: targeted(waf, "AWSWAF_20190729"),
            quotas: targeted(quotas, "ServiceQuotasV20190624"),
            logs: targeted(logs, "Logs_20140328"),
            queries: targeted(queries, "Logs_20140328"),
            rds: query(&RDS, "2014-10-31", sdk, &addresses::of_rds(sdk, region)),
            elasticache: query(
                &ELASTICACHE,
                "2015-02-02",
                sdk,
                &addresses::of_elasticache(sdk, region),
            ),
            iam: query(&IAM, "2010-05-08", &at_home, &address),
            buckets: Buckets::new(sdk, region),
        }
    }
}

const EFS: Service = Service {
    name: "EFS",
    signing_name: "elasticfilesystem",
};
const WAF: Service = Service {
    name: "WAF",
    signing_name: "wafv2",
};
const QUOTAS: Service = Service {
    name: "Service Quotas",
    signing_name: "servicequotas",
};
const LOGS: Service = Service {
    name: "CloudWatch Logs",
    signing_name: "logs",
};
const RDS: Service = Service {
    name: "RDS",
    signing_name: "rds",
};
const ELASTICACHE: Service = Service {
    name: "ElastiCache",
    signing_name: "elasticache",
};
const IAM: Service = Service {
    name: "IAM",
    signing_name: "iam",
};

/// A service that is told by a header which operation it is asked for.
#[derive(Clone)]
pub(crate) struct Targeted {
    client: json::Client,
    /// What stands before the operation.
    prefix: &'static str,
}

impl Targeted {
    /// What an operation answers.
    pub(crate) async fn ask(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        body: Value,
    ) -> Result<Value, Error> {
        let target = format!("{}.{}", self.prefix, operation.action());
        let send = || self.client.send(target.clone(), body.clone());
        caller.read(operation, send).await.map(|answer| answer.body)
    }
}

/// One page of what EFS tells.
pub(crate) async fn efs_page(
    clients: &crate::region::Clients,
    operation: &'static Operation,
    path: &str,
    asked: &[(&str, &str)],
) -> Result<Value, Error> {
    let asked = asked.iter();
    let asked: Vec<String> = asked
        .map(|(name, value)| format!("{name}={}", signed::escaped(value)))
        .collect();
    let uri = format!("/2015-02-01/{path}?{}", asked.join("&"));
    let send = || clients.neighbours.efs.send(uri.clone(), json!({}));
    let answer = clients.caller.read(operation, send).await?;
    Ok(answer.body)
}

/// A service that speaks awsQuery.
#[derive(Clone)]
pub(crate) struct Query {
    call: Call,
    version: &'static str,
}

impl Query {
    /// The part of an answer that holds what was asked for.
    pub(crate) async fn ask(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        asked: &[(&str, &str)],
    ) -> Result<Element, Error> {
        let action = operation.action();
        let mut form: Form = vec![pair("Action", action), pair("Version", self.version)];
        form.extend(asked.iter().map(|(name, value)| pair(name, value)));
        let send = || self.call.send(form.clone());
        let answer = caller.read(operation, send).await?;
        Ok(answer.root.get(&format!("{action}Result")).clone())
    }

    /// Every item of a list, page by page. `token` is how the service spells what says where the next page begins, in its answers
    /// and its questions.
    pub(crate) async fn all(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        asked: &[(&str, &str)],
        [list, item, token]: [&str; 3],
    ) -> Result<Vec<Element>, Error> {
        let (mut items, mut next) = (Vec::new(), String::new());
        loop {
            let mut asked = asked.to_vec();
            if !next.is_empty() {
                asked.push((token, &next));
            }
            let page = self.ask(caller, operation, &asked).await?;
            items.extend(page.get(list).all(item).cloned());
            next = page.get(token).text().to_owned();
            if next.is_empty() {
                return Ok(items);
            }
        }
    }
}
