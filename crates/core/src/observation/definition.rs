//! A task definition.

use jiff::Timestamp;
use serde_json::Value;

use super::{Document, Shared, Tags};

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
    pub document: Document,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// Tags.
    pub tags: Tags,
}

/// The containers that a task definition's document describes.
pub fn containers(document: &Value) -> impl Iterator<Item = &Value> {
    let containers = document["containerDefinitions"].as_array();
    containers.into_iter().flatten()
}

/// What a whole task is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSize {
    /// `cpu` in units: 1,024 are a vCPU.
    pub cpu: u32,
    /// `memory` in MiB.
    pub memory: u32,
}
