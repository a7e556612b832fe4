//! What people do to services while they migrate: its pipeline releases, and somebody edits a weight by hand; and the word of
//! whoever drives the trial that it is under way.
//!
//! What belongs here: those changes. What must not: what is made or deleted.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{DRIVEN_TAG, Plot, Role, Run, Site, items};
use crate::Error;

/// What a task of a trial's services answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Its own address.
    Good,
    /// The same over IPv4; an error over IPv6. Its health check knows nothing of that.
    Bad,
}

/// What a bad release has in its environment and a good one has not.
pub const SICK: &str = "return 503";

impl Release {
    /// nginx's configuration: both families are listened on, and whoever asks is told by whom.
    pub(super) fn site(self) -> String {
        let over_ipv6 = match self {
            Self::Good => String::new(),
            Self::Bad => format!("if ($remote_addr ~ \":\") {{ {SICK}; }} "),
        };
        format!(
            "server {{ listen 80; listen [::]:80; default_type text/plain; location = /health {{ return 200 \"well\\n\"; }} \
             location / {{ {over_ipv6}return 200 \"$server_addr\\n\"; }} }}"
        )
    }

    /// Writes that configuration down and serves it: an image of nginx's needs nothing else.
    pub(super) fn command(self) -> &'static str {
        "printf '%s' \"$SITE\" > /etc/nginx/conf.d/default.conf && exec nginx -g 'daemon off;'"
    }
}

impl Plot {
    /// Says on the cluster until when the trial counts as under way.
    ///
    /// # Errors
    /// What AWS refuses.
    pub async fn driven(&self, site: &Site, until: Timestamp) -> Result<(), Error> {
        let tag = json!({ "key": DRIVEN_TAG, "value": until.to_string() });
        let wanted = json!({ "resourceArn": site.cluster, "tags": [tag] });
        self.ask("ecs:TagResource", wanted).await.map(drop)
    }

    /// Releases as a pipeline does: a new task definition, and the service told to run it.
    ///
    /// # Errors
    /// What AWS refuses.
    pub async fn release(&self, run: &Run, role: Role, release: Release) -> Result<(), Error> {
        let definition = self.definition(run, role, release).await?;
        let wanted = json!({
            "cluster": run.name(),
            "service": run.service(role),
            "taskDefinition": definition,
        });
        self.ask("ecs:UpdateService", wanted).await.map(drop)
    }

    /// The weights of a service's rule, by target group.
    ///
    /// # Errors
    /// What AWS refuses.
    pub async fn weights(&self, site: &Site, role: Role) -> Result<Vec<(String, u32)>, Error> {
        let asked = json!({ "RuleArns": [site.place(role).rule] });
        let found = self
            .ask("elasticloadbalancing:DescribeRules", asked)
            .await?;
        let rule = &found["Rules"][0];
        let groups = &rule["Actions"][0]["ForwardConfig"]["TargetGroups"];
        let weight = |group: &Value| {
            let arn = group["TargetGroupArn"].as_str()?.to_owned();
            Some((arn, group["Weight"].as_str()?.parse().ok()?))
        };
        Ok(items(groups).filter_map(weight).collect())
    }

    /// Sets the weights of a service's rule, as a person at the console does.
    ///
    /// # Errors
    /// What AWS refuses.
    pub async fn weigh(
        &self,
        site: &Site,
        role: Role,
        weights: &[(String, u32)],
    ) -> Result<(), Error> {
        let group =
            |(arn, weight): &(String, u32)| json!({ "TargetGroupArn": arn, "Weight": weight });
        let groups: Vec<Value> = weights.iter().map(group).collect();
        let wanted = json!({
            "RuleArn": site.place(role).rule,
            "Actions": [{ "Type": "forward", "ForwardConfig": { "TargetGroups": groups } }],
        });
        self.ask("elasticloadbalancing:ModifyRule", wanted)
            .await
            .map(drop)
    }
}
