//! Which cluster, in which region, as whom: what the verbs that read live services have in common.

use clap::Args;
use sixshift_controller::Hands;
use sixshift_core::plan::{ServiceRef, is_role_arn};

/// A cluster in AWS.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The ECS cluster, by name.
    #[arg(short, long, value_name = "CLUSTER")]
    pub(crate) cluster: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// A service of a cluster, as an argument or, as `init` and `preflight` take it, as an option.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Named {
    /// The ECS service, by name.
    #[arg(value_name = "SERVICE")]
    service: Option<String>,
    /// The same, as `init` and `preflight` take it.
    #[arg(long = "service", value_name = "SERVICE")]
    option: Option<String>,
}

impl Named {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        let name = self.service.as_ref().or(self.option.as_ref());
        name.map_or("", String::as_str)
    }
}

/// A place in AWS.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The cluster's region. Default: the environment's or the profile's.
    #[arg(long, env = "AWS_REGION", value_name = "REGION")]
    region: Option<String>,
    /// A role to read as, which yours may assume; the plans name it.
    #[arg(long, value_name = "ARN", value_parser = role)]
    role_arn: Option<String>,
    /// What that role asks of whoever assumes it.
    #[arg(long, value_name = "ID", requires = "role_arn")]
    external_id: Option<String>,
    /// Go by the clock of a simulated region, e.g. `http://127.0.0.1:4566`.
    #[arg(long, value_name = "URL")]
    pub(crate) sim_clock: Option<String>,
}

fn role(text: &str) -> Result<String, &'static str> {
    if is_role_arn(text) {
        Ok(text.to_owned())
    } else {
        Err("write the ARN of a role, as in arn:aws:iam::123456789012:role/sixshift")
    }
}

impl Place {
    /// A cluster there, with no service named yet.
    ///
    /// # Errors
    /// No region is known.
    pub(crate) fn of(&self, named: &str, hands: &Hands) -> anyhow::Result<ServiceRef> {
        let region = self.region.clone().or_else(|| hands.home());
        let region = region.filter(|region| !region.is_empty());
        Ok(ServiceRef {
            region: region.ok_or_else(|| {
                anyhow::anyhow!("no region is known: give --region, or set AWS_REGION")
            })?,
            cluster: cluster(named).to_owned(),
            name: String::new(),
            role_arn: self.role_arn.clone(),
            external_id: self.external_id.clone(),
        })
    }
}

/// A cluster's name; consoles show its ARN, too.
fn cluster(text: &str) -> &str {
    match text.split_once(":cluster/") {
        Some((_, name)) => name,
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_may_be_named_by_its_arn() {
        assert_eq!(
            cluster("arn:aws:ecs:eu-central-1:123456789012:cluster/prod"),
            "prod"
        );
        assert_eq!(cluster("prod"), "prod");
    }
}
