//! A task definition.

use jiff::Timestamp;
use serde_json::Value;

use super::{Shared, Tags};

/// A registered task definition, as far as decisions need it; the looks that show it share it.
pub type TaskDefinition = Shared<DescribedTaskDefinition>;

/// What is known of a [`TaskDefinition`].
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedTaskDefinition {
    /// ARN with revision.
    pub arn: String,
    /// awsvpc, bridge, host or none.
    pub network_mode: String,
    /// `runtimePlatform.operatingSystemFamily`.
    pub operating_system: Option<String>,
    /// `runtimePlatform.cpuArchitecture`: X86_64 or ARM64, where it is said.
    pub architecture: Option<String>,
    /// What a task is given as a whole, where it is said; on Fargate it always is.
    pub size: Option<TaskSize>,
    /// Container name and image.
    pub images: Vec<(String, String)>,
    /// Container name and the name of a secret that it gets as an environment variable.
    pub secrets: Vec<(String, String)>,
    /// Whether it asks for Elastic Inference accelerators.
    pub accelerators: bool,
    /// How long its description is.
    pub bytes: usize,
    /// As AWS describes it, whole.
    pub document: Value,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// Tags.
    pub tags: Tags,
}

impl DescribedTaskDefinition {
    /// Its containers, as AWS describes them.
    pub fn containers(&self) -> impl Iterator<Item = &Value> {
        let containers = self.document["containerDefinitions"].as_array();
        containers.into_iter().flatten()
    }

    /// Whether a container logs by a driver, as in `awslogs`.
    #[must_use]
    pub fn logs_by(&self, driver: &str) -> bool {
        let mut drivers = self
            .containers()
            .map(|c| &c["logConfiguration"]["logDriver"]);
        drivers.any(|d| d == driver)
    }

    /// Whether a container's secret comes from a service, as in `secretsmanager`.
    #[must_use]
    pub fn fetches(&self, service: &str) -> bool {
        let secrets = self.containers().filter_map(|c| c["secrets"].as_array());
        let mut froms = secrets.flatten().filter_map(|s| s["valueFrom"].as_str());
        froms.any(|from| from.split(':').nth(2) == Some(service))
    }
}

/// What a whole task is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSize {
    /// `cpu` in units: 1,024 are a vCPU.
    pub cpu: u32,
    /// `memory` in MiB.
    pub memory: u32,
}
