//! `spec.warm` as people write it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DEFAULT_PROBE_LATENCY, DEFAULT_PROBE_STATUS, DEFAULT_PROBE_TIMES, LatencyText};

/// What the twin must show before it gets its first customer, beside its health.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Warm {
    /// Requests of ours to the twin while customers have no part of it, through a rule of ours on the load balancer that none
    /// but they meet. Behind an Application Load Balancer only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

/// Requests of ours to the twin, and what answers prove it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probe {
    /// What is asked, over HTTP or HTTPS as the listener has it.
    pub http: HttpProbe,
    /// What counts as a good answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
    /// So many good answers in a row prove the twin: 1 to 10. Each time it is looked at they are asked for anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10), extend("default" = DEFAULT_PROBE_TIMES, "examples" = [3]))]
    pub times: Option<u32>,
}

/// A request without a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpProbe {
    /// Path, and query where there is one. Take one that does what customers need done, and nothing twice that must not be.
    #[schemars(length(min = 1, max = 1024), extend("examples" = ["/orders?limit=1"]))]
    pub path: String,
    /// What is asked of it; none of these changes anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["GET", "HEAD", "OPTIONS"], "default" = "GET", "examples" = ["HEAD"]))]
    pub method: Option<String>,
    /// The name that customers ask for: `Host`, and the name in the certificate. Without it, the load balancer's own name, which
    /// no certificate of yours has: an HTTPS listener needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["shop.example.com"]))]
    pub host: Option<String>,
    /// Further headers, at most 20. No secrets: this is kept in git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = {}, "examples" = [{"accept": "text/html"}]))]
    pub headers: Option<BTreeMap<String, String>>,
}

/// What counts as a good answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expect {
    /// A status, or the first and the last of several. Redirects are not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$", "default" = DEFAULT_PROBE_STATUS, "examples" = ["200"]))]
    pub status: Option<String>,
    /// How long an answer may take, as measured where sixshift runs: 1ms to 5s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = DEFAULT_PROBE_LATENCY, "examples" = ["300ms"]))]
    pub latency: Option<LatencyText>,
}
