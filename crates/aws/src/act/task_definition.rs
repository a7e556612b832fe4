//! A task definition derived from another.
//!
//! What belongs here: the copying of every field, and the edits. What must not: which edits are wanted.

use std::collections::BTreeMap;

use aws_sdk_ecs::{
    operation::register_task_definition::builders::RegisterTaskDefinitionInputBuilder,
    types::{ContainerDefinition, KeyValuePair, Tag, TaskDefinition, TaskDefinitionField},
};

use super::ecs;
use crate::{call, error::Error, observe::task_definitions, region::Clients};

/// What differs from the source.
pub(super) struct Edits<'a> {
    pub(super) family: &'a str,
    /// Container name to image.
    pub(super) images: &'a BTreeMap<String, String>,
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) tags: &'a BTreeMap<String, String>,
}

pub(super) async fn register(
    clients: &Clients,
    from: &str,
    edits: &Edits<'_>,
) -> Result<(), Error> {
    let gone = || Error::Gone {
        operation: call::REGISTER_TASK_DEFINITION.name,
        resource: from.to_owned(),
    };
    let request = clients
        .ecs
        .describe_task_definition()
        .task_definition(from)
        .include(TaskDefinitionField::Tags);
    let answer = match clients
        .caller
        .read(&call::DESCRIBE_TASK_DEFINITION, || request.clone().send())
        .await
    {
        Err(error) if task_definitions::is_missing(&error) => return Err(gone()),
        other => other?,
    };
    let tags = answer.tags.unwrap_or_default();
    let request = derived(answer.task_definition.ok_or_else(gone)?, &tags, edits);
    clients
        .caller
        .once(
            &call::REGISTER_TASK_DEFINITION,
            request.send_with(&clients.ecs),
        )
        .await
        .map(drop)
}

#[expect(deprecated, reason = "a source that still has accelerators keeps them")]
fn derived(
    source: TaskDefinition,
    tags: &[Tag],
    edits: &Edits<'_>,
) -> RegisterTaskDefinitionInputBuilder {
    let containers = source
        .container_definitions
        .map(|all| all.into_iter().map(|c| edited(c, edits)).collect());
    RegisterTaskDefinitionInputBuilder::default()
        .family(edits.family)
        .set_container_definitions(containers)
        .set_tags(Some(ecs::tags_with(tags, edits.tags)))
        .set_task_role_arn(source.task_role_arn)
        .set_execution_role_arn(source.execution_role_arn)
        .set_network_mode(source.network_mode)
        .set_volumes(source.volumes)
        .set_placement_constraints(source.placement_constraints)
        .set_requires_compatibilities(source.requires_compatibilities)
        .set_cpu(source.cpu)
        .set_memory(source.memory)
        .set_pid_mode(source.pid_mode)
        .set_ipc_mode(source.ipc_mode)
        .set_proxy_configuration(source.proxy_configuration)
        .set_inference_accelerators(source.inference_accelerators)
        .set_ephemeral_storage(source.ephemeral_storage)
        .set_runtime_platform(source.runtime_platform)
        .set_enable_fault_injection(source.enable_fault_injection)
}

fn edited(mut container: ContainerDefinition, edits: &Edits<'_>) -> ContainerDefinition {
    let image = container
        .name
        .as_ref()
        .and_then(|name| edits.images.get(name));
    if let Some(image) = image {
        container.image = Some(image.clone());
    }
    if !edits.env.is_empty() {
        let mut env = container.environment.unwrap_or_default();
        env.retain(|pair| !pair.name().is_some_and(|name| edits.env.contains_key(name)));
        env.extend(
            edits
                .env
                .iter()
                .map(|(name, value)| KeyValuePair::builder().name(name).value(value).build()),
        );
        container.environment = Some(env);
    }
    container
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::*;

    use super::{super::twin_service::tests::fields, *};

    #[expect(deprecated, reason = "every field is to be carried, that one too")]
    fn source() -> TaskDefinition {
        let env = |name: &str, value: &str| KeyValuePair::builder().name(name).value(value).build();
        let container = ContainerDefinition::builder()
            .name("web")
            .image("old")
            .environment(env("KEEP", "1"))
            .environment(env("SET", "old"))
            .user("1000")
            .build();
        TaskDefinition::builder()
            .container_definitions(container)
            .task_role_arn("task")
            .execution_role_arn("execution")
            .network_mode(NetworkMode::Awsvpc)
            .volumes(Volume::builder().name("v").build())
            .placement_constraints(TaskDefinitionPlacementConstraint::builder().build())
            .requires_compatibilities(Compatibility::Fargate)
            .cpu("256")
            .memory("512")
            .pid_mode(PidMode::Task)
            .ipc_mode(IpcMode::Task)
            .proxy_configuration(
                ProxyConfiguration::builder()
                    .container_name("envoy")
                    .build()
                    .unwrap(),
            )
            .inference_accelerators(
                InferenceAccelerator::builder()
                    .device_name("d")
                    .device_type("t")
                    .build()
                    .unwrap(),
            )
            .ephemeral_storage(EphemeralStorage::builder().size_in_gib(30).build())
            .runtime_platform(RuntimePlatform::builder().build())
            .enable_fault_injection(true)
            .build()
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn no_field_of_the_request_is_forgotten() {
        let (images, env, tags) = (
            map(&[("web", "new")]),
            map(&[("SET", "new"), ("ADD", "2")]),
            map(&[("ours", "1")]),
        );
        let edits = Edits {
            family: "f",
            images: &images,
            env: &env,
            tags: &tags,
        };
        let made = derived(source(), &[], &edits).build().unwrap();
        for (name, value) in fields(&format!("{made:?}")) {
            assert_ne!(value, "None", "{name}");
        }
        let container = &made.container_definitions()[0];
        assert_eq!(container.image(), Some("new"));
        assert_eq!(container.user(), Some("1000"));
        let env: Vec<_> = container
            .environment()
            .iter()
            .map(|p| (p.name().unwrap(), p.value().unwrap()))
            .collect();
        assert_eq!(env, [("KEEP", "1"), ("ADD", "2"), ("SET", "new")]);
    }

    #[test]
    fn aws_own_tags_stay_behind() {
        let tag = |k: &str| Tag::builder().key(k).value("v").build();
        let none = BTreeMap::new();
        let ours = map(&[("ours", "1")]);
        let edits = Edits {
            family: "f",
            images: &none,
            env: &none,
            tags: &ours,
        };
        let made = derived(
            source(),
            &[tag("team"), tag("aws:cloudformation:stack-name")],
            &edits,
        )
        .build()
        .unwrap();
        let keys: Vec<_> = made.tags().iter().filter_map(|t| t.key()).collect();
        assert_eq!(keys, ["ours", "team"]);
    }
}
