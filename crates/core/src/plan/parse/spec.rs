//! `metadata`, `spec`, `spec.service` and `spec.ipv6`.

use std::collections::BTreeMap;

use super::{
    super::{
        model::{
            ContainerEdits, Drift, HealthPolicy, Ipv6, Preflight, Retire, ServiceRef, Shift,
            TaskDefinitionEdits,
        },
        probe::Probe,
    },
    cursor::{At, Fields, quoted},
    families, health, logs, metrics, names as registries, preflight, retire, shift,
    sink::Sink,
    tree::Span,
    warm,
    watched::{self, Watched},
};
use crate::names;

const MOST_LABELS: usize = 50;
const MOST_VARIABLES: usize = 100;
/// ECS service quotas: "Containers per task definition".
const MOST_CONTAINERS: usize = 10;
const SUBNET: &str = "subnet-0a1b2c3d4e5f60718";
const SECURITY_GROUP: &str = "sg-0a1b2c3d4e5f60718";

pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) name_at: Span,
    pub(super) labels: BTreeMap<String, String>,
}

pub(super) fn metadata(at: &At, sink: &mut Sink<'_>) -> Option<Metadata> {
    let mut fields = at.fields(sink, "{ name: checkout }")?;
    let name_at = fields.required(sink, "name", "checkout");
    let what = "plan name: lower-case letters, digits and inner dashes, at most 63";
    let name = name_at
        .as_ref()
        .and_then(|n| n.text_like(sink, what, "checkout", is_dns_label));
    let labels = texts(&mut fields, sink, "labels", MOST_LABELS, is_label_key);
    fields.close(sink);
    Some(Metadata {
        name: name?,
        name_at: name_at?.span(),
        labels: labels?,
    })
}

pub(super) struct Spec {
    pub(super) paused: bool,
    pub(super) service: ServiceRef,
    pub(super) service_at: Span,
    pub(super) ipv6: Ipv6,
    pub(super) shift: Shift,
    pub(super) health: HealthPolicy,
    pub(super) probe: Option<Probe>,
    pub(super) retire: Retire,
    pub(super) drift: Drift,
    pub(super) preflight: Preflight,
}

pub(super) fn spec(at: &At, sink: &mut Sink<'_>) -> Option<Spec> {
    let mut fields = at.fields(sink, "{ service: …, ipv6: …, shift: …, health: … }")?;
    let paused = or_default(fields.optional("paused"), false, |at| at.flag(sink));
    let service_at = fields.required(
        sink,
        "service",
        "{ region: eu-central-1, cluster: prod, name: checkout }",
    );
    let service = service_at.as_ref().and_then(|at| service(at, sink));
    let ipv6_at = fields.required(sink, "ipv6", &format!("{{ subnets: [{SUBNET}] }}"));
    let ipv6 = ipv6_at.as_ref().and_then(|at| ipv6(at, sink));
    let shift_at = fields.required(sink, "shift", shift::EXAMPLE);
    let watched = Watched::meant(shift_at.as_ref());
    let is_open = shift_at.as_ref().is_some_and(shift::is_open);
    let mut shift = shift_at.as_ref().and_then(|at| shift::shift(at, sink));
    let health_at = fields.required(sink, "health", health::EXAMPLE);
    let health = health_at
        .as_ref()
        .and_then(|at| health::health(at, watched, is_open, sink))
        .map(|health| families::counted(shift_at.as_ref(), health));
    let health = match (health, &shift) {
        (Some(health), Some(shift)) => Some(HealthPolicy {
            metrics: health
                .metrics
                .into_iter()
                .map(|m| m.paced(shift).counted_by(shift.way))
                .collect(),
            ..health
        })
        .map(|health| registries::counted(health, shift, ipv6.as_ref())),
        (health, _) => health,
    };
    families::refuse_others(shift_at.as_ref(), health_at.as_ref(), sink);
    if let (Some(shift), Some(health)) = (&shift, &health) {
        metrics::fit(&health.metrics, health_at.as_ref(), shift, sink);
        logs::fit(&health.metrics, health_at.as_ref(), shift, sink);
    }
    let probe = or_default(fields.optional("warm"), None, |at| {
        warm::warm(at, shift.as_ref(), sink)
    });
    registries::fit(
        (ipv6_at.as_ref(), shift_at.as_ref()),
        shift.as_mut(),
        ipv6.as_ref(),
        sink,
    );
    let retire_at = fields.optional("retire");
    watched::refuse_others(watched, health_at.as_ref(), retire_at.as_ref(), sink);
    let retire = or_default(retire_at, retire::default(), |at| retire::retire(at, sink));
    let drift = or_default(fields.optional("drift"), Drift::default(), |at| {
        at.word(sink)
    });
    let preflight = or_default(fields.optional("preflight"), Preflight::default(), |at| {
        preflight::preflight(at, sink)
    });
    fields.close(sink);
    Some(Spec {
        paused: paused?,
        service: service?,
        service_at: service_at?.handle,
        ipv6: ipv6?,
        shift: shift?,
        health: health?,
        probe: probe?,
        retire: retire?,
        drift: drift?,
        preflight: preflight?,
    })
}

/// What a field says, or its default where it is left out; nothing where it is wrong.
pub(super) fn or_default<T>(
    at: Option<At>,
    default: T,
    read: impl FnOnce(&At) -> Option<T>,
) -> Option<T> {
    match at {
        Some(at) => read(&at),
        None => Some(default),
    }
}

fn service(at: &At, sink: &mut Sink<'_>) -> Option<ServiceRef> {
    let mut fields = at.fields(
        sink,
        "{ region: eu-central-1, cluster: prod, name: checkout }",
    )?;
    let region = fields
        .required(sink, "region", "eu-central-1")
        .and_then(|at| at.text_like(sink, "AWS region", "eu-central-1", is_region));
    let cluster = fields
        .required(sink, "cluster", "prod")
        .and_then(|at| ecs_name(&at, sink, "cluster", "prod"));
    let name = fields.required(sink, "name", "checkout").and_then(|at| {
        let name = ecs_name(&at, sink, "service", "checkout")?;
        if name.len() > names::LONGEST_SERVICE {
            at.report(
                sink,
                format!(
                    "the twin of a service with {} characters would have a name that AWS refuses",
                    name.len()
                ),
                format!(
                    "a service with a name of at most {} characters",
                    names::LONGEST_SERVICE
                ),
            );
            return None;
        }
        Some(name)
    });
    let role_arn = or_default(fields.optional("roleArn"), None, |at| {
        at.text_like(
            sink,
            "ARN of an IAM role",
            "arn:aws:iam::123456789012:role/sixshift",
            is_role_arn,
        )
        .map(Some)
    });
    let external_id_at = fields.optional("externalId");
    if let Some(at) = external_id_at.as_ref().filter(|_| role_arn == Some(None)) {
        at.report(
            sink,
            "an external id belongs to a role, and there is none",
            "write roleArn beside it, or remove it",
        );
    }
    let external_id = or_default(external_id_at, None, |at| {
        at.text_like(
            sink,
            "external id: letters, digits and + = , . @ : / _ -, 2 to 1224",
            "sixshift-4f1c",
            is_external_id,
        )
        .map(|id| Some(id.to_owned()))
    });
    fields.close(sink);
    Some(ServiceRef {
        region: region?,
        cluster: cluster?,
        name: name?,
        role_arn: role_arn?,
        external_id: external_id?,
    })
}

/// People paste ARNs where a name belongs; the name is the last part.
fn ecs_name(at: &At, sink: &mut Sink<'_>, what: &str, example: &str) -> Option<String> {
    let text = at.text(sink, example)?;
    if is_ecs_name(text) {
        return Some(text.to_owned());
    }
    let name = text
        .rsplit('/')
        .next()
        .filter(|name| text.starts_with("arn:") && is_ecs_name(name));
    let message = format!(
        "{} is no name of an ECS {what}: letters, digits, - and _, at most 255",
        quoted(text)
    );
    let remedy = name.map_or_else(|| at.write_like(example), |name| at.write(name));
    at.report(sink, message, remedy);
    None
}

fn ipv6(at: &At, sink: &mut Sink<'_>) -> Option<Ipv6> {
    let mut fields = at.fields(sink, &format!("{{ subnets: [{SUBNET}] }}"))?;
    let subnets = fields
        .required(sink, "subnets", &format!("[{SUBNET}]"))
        .and_then(|at| {
            identifiers(&at, sink, 16, "subnet id", SUBNET, |id| {
                is_resource_id(id, "subnet-")
            })
        });
    let security_groups = or_default(fields.optional("securityGroups"), None, |at| {
        let sound = |id: &str| is_resource_id(id, "sg-");
        identifiers(at, sink, 5, "security group id", SECURITY_GROUP, sound).map(Some)
    });
    let registry = or_default(fields.optional("registry"), None, |at| {
        registries::registry(at, sink)
    });
    let unedited = TaskDefinitionEdits {
        ecr_dual_stack: true,
        env: BTreeMap::new(),
        containers: BTreeMap::new(),
    };
    let task_definition = or_default(fields.optional("taskDefinition"), unedited, |at| {
        task_definition(at, sink)
    });
    fields.close(sink);
    Some(Ipv6 {
        subnets: subnets?,
        security_groups: security_groups?,
        registry: registry?,
        task_definition: task_definition?,
    })
}

fn identifiers(
    at: &At,
    sink: &mut Sink<'_>,
    most: usize,
    what: &str,
    example: &str,
    sound: impl Fn(&str) -> bool,
) -> Option<Vec<String>> {
    let items = at.list(sink, &format!("[{example}]"))?;
    if items.is_empty() || items.len() > most {
        let remedy = if items.is_empty() {
            at.write(&format!("[{example}]"))
        } else {
            format!("keep at most {most}")
        };
        at.report(
            sink,
            format!("{} stand here; 1 to {most} must", items.len()),
            remedy,
        );
        return None;
    }
    unique(&items, sink, |item, sink| {
        item.text_like(sink, what, example, &sound)
    })
}

/// Every item read, none twice; nothing if any is wrong.
pub(super) fn unique<T: PartialEq>(
    items: &[At],
    sink: &mut Sink<'_>,
    read: impl Fn(&At, &mut Sink<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut values = Vec::new();
    for item in items {
        let Some(value) = read(item, sink) else {
            continue;
        };
        if values.contains(&value) {
            item.report(sink, "this stands in the list before", "remove one of them");
        } else {
            values.push(value);
        }
    }
    (values.len() == items.len()).then_some(values)
}

fn task_definition(at: &At, sink: &mut Sink<'_>) -> Option<TaskDefinitionEdits> {
    let mut fields = at.fields(sink, "{ ecrDualStack: true }")?;
    let ecr_dual_stack = or_default(fields.optional("ecrDualStack"), true, |at| at.flag(sink));
    let env = texts(&mut fields, sink, "env", MOST_VARIABLES, is_variable);
    let containers = or_default(fields.optional("containers"), BTreeMap::new(), |at| {
        containers(at, sink)
    });
    fields.close(sink);
    Some(TaskDefinitionEdits {
        ecr_dual_stack: ecr_dual_stack?,
        env: env?,
        containers: containers?,
    })
}

fn containers(at: &At, sink: &mut Sink<'_>) -> Option<BTreeMap<String, ContainerEdits>> {
    let all = at.fields(sink, "{ app: { env: { KEY: value } } }")?.all();
    if all.len() > MOST_CONTAINERS {
        let message = format!(
            "{} containers stand here; {MOST_CONTAINERS} are the most",
            all.len()
        );
        at.report(sink, message, "remove some");
        return None;
    }
    let count = all.len();
    let mut edits = BTreeMap::new();
    for (name, at) in all {
        let edit = container(&at, sink);
        if !is_ecs_name(&name) {
            let message = format!("{} is no name of a container", quoted(&name));
            let remedy = "use letters, digits, - and _ only, at most 255".to_owned();
            sink.report(at.handle, &at.path, message, remedy);
        } else if let Some(edit) = edit {
            edits.insert(name, edit);
        }
    }
    (edits.len() == count).then_some(edits)
}

fn container(at: &At, sink: &mut Sink<'_>) -> Option<ContainerEdits> {
    let mut fields = at.fields(sink, "{ env: { KEY: value } }")?;
    let env = texts(&mut fields, sink, "env", MOST_VARIABLES, is_variable);
    fields.close(sink);
    Some(ContainerEdits { env: env? })
}

/// A map with free keys and texts as values.
fn texts(
    fields: &mut Fields,
    sink: &mut Sink<'_>,
    key: &'static str,
    most: usize,
    sound: impl Fn(&str) -> bool,
) -> Option<BTreeMap<String, String>> {
    let Some(at) = fields.optional(key) else {
        return Some(BTreeMap::new());
    };
    let all = at.fields(sink, "{ key: value }")?.all();
    if all.len() > most {
        at.report(
            sink,
            format!("{} keys stand here; {most} are the most", all.len()),
            "remove some",
        );
        return None;
    }
    let count = all.len();
    let mut texts = BTreeMap::new();
    for (name, value) in all {
        let value_text = value.text(sink, "text").map(str::to_owned);
        if !sound(&name) {
            let remedy = "use letters, digits and . _ - only, at most 128".to_owned();
            sink.report(
                value.handle,
                &value.path,
                format!("{} is no key for {key}", quoted(&name)),
                remedy,
            );
        } else if let Some(text) = value_text {
            texts.insert(name, text);
        }
    }
    (texts.len() == count).then_some(texts)
}

fn is_made_of(text: &str, most: usize, others: &str) -> bool {
    let sound = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    !text.is_empty() && text.len() <= most && text.chars().all(sound)
}

fn is_dns_label(text: &str) -> bool {
    let lower = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    lower && is_made_of(text, 63, "-") && !text.starts_with('-') && !text.ends_with('-')
}

fn is_label_key(text: &str) -> bool {
    is_made_of(text, 128, "._/-")
}

fn is_variable(text: &str) -> bool {
    is_made_of(text, 128, "._-")
}

fn is_ecs_name(text: &str) -> bool {
    is_made_of(text, 255, "_-")
}

fn is_resource_id(text: &str, prefix: &str) -> bool {
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    text.strip_prefix(prefix)
        .is_some_and(|id| (8..=17).contains(&id.len()) && id.chars().all(hexadecimal))
}

/// Whether a text can be a region's name: `eu-central-1`, `us-gov-west-1`, `eusc-de-east-1`.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return false;
    };
    let letters = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let number = (1..=2).contains(&last.len()) && last.chars().all(|c| c.is_ascii_digit());
    (2..=4).contains(&first.len())
        && letters(first)
        && !middle.is_empty()
        && middle.iter().all(|part| letters(part))
        && number
}

/// STS: AssumeRole's `ExternalId`.
fn is_external_id(text: &str) -> bool {
    text.len() >= 2 && is_made_of(text, 1224, "_+=,.@:/-")
}

/// Whether a text is the ARN of a role, as IAM makes them.
#[must_use]
pub fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, role] = parts.as_slice() else {
        return false;
    };
    let partition_sound = partition.starts_with("aws")
        && partition
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '-');
    let account_sound = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
    let role_sound = role
        .strip_prefix("role/")
        .is_some_and(|name| is_made_of(name, 576, "+=,.@_/-"));
    partition_sound && account_sound && role_sound
}
