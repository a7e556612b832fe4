//! `spec.health.logs` as people write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DEFAULT_MIN_SAMPLES, MissingPoint, Percent};

/// Lines of the application's log, and how many of them are bad. They are counted for 1,000 requests of each side (connections behind
/// a Network Load Balancer); where nothing counts requests, for each minute and each task that writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["max"]}, {"required": ["worseThanIpv4By"]}]))]
pub struct LogLines {
    /// What it is called everywhere, as a metric is. No name twice in a plan, the metrics' included. Without it, `log-lines-1` for the
    /// first, and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "^[a-z][a-z0-9-]{0,39}$", "examples" = ["errors-in-log"]))]
    pub name: Option<String>,
    /// A regular expression that is found in the lines that are meant: at most 200 characters, without groups. `(?i)` before it takes
    /// letters of either case.
    #[schemars(length(min = 1, max = 200), extend("examples" = ["ERROR|FATAL"]))]
    pub pattern: String,
    /// At most so many on IPv6, in the mean of the minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("minimum" = 0, "examples" = [2]))]
    pub max: Option<f64>,
    /// At most this much beyond IPv4's in the same time, as a part of it: at 50%, 4 on IPv4 allow 6. Neither in place nor with
    /// `via: cloudMap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["50%"]))]
    pub worse_than_ipv4_by: Option<Percent>,
    /// Fewer minutes than this prove nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 100), extend("default" = DEFAULT_MIN_SAMPLES, "examples" = [10]))]
    pub min_samples: Option<u32>,
    /// What a minute means in which a side wrote no line at all. `zero`: the application writes nothing while all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "noData", "examples" = ["zero"]))]
    pub missing: Option<MissingPoint>,
    /// `true` judges and shows it, and lets it stop nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false, "examples" = [true]))]
    pub dry_run: Option<bool>,
}
