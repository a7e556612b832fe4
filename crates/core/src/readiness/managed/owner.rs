//! Who writes a resource, as far as its tags tell.
//!
//! What belongs here: AWS's, Copilot's and the usual tags, and what each says. What must not: what the owner would do.

use crate::observation::Few;

/// Whose a resource is beside ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// CloudFormation; CDK too, which leaves no other mark.
    Stack {
        /// The stack's name.
        name: String,
        /// Whether a tag says that CDK made it.
        by_cdk: bool,
    },
    /// AWS Copilot, whose stacks are CloudFormation's: it is the one that is run.
    Copilot {
        /// The application.
        app: String,
        /// The environment.
        env: Option<String>,
        /// The service; a load balancer belongs to the whole environment.
        service: Option<String>,
    },
    /// An ECS Express service.
    Express,
    /// A program that leaves no tag by itself, by one that the team set.
    Tool {
        /// Which one.
        tool: Tool,
        /// The tag, as in `ManagedBy=terraform`.
        tag: String,
    },
}

/// What a team's own tag may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tool {
    Terraform,
    OpenTofu,
    Cdk,
    CloudFormation,
}

type Tags = Few<String, String>;

const STACK: &str = "aws:cloudformation:stack-name";
const LOGICAL_ID: &str = "aws:cloudformation:logical-id";
/// ECS: what it made around an Express service.
const MANAGED_BY_ECS: &str = "AmazonECSManaged";
/// Prefixes of tags that CDK sets for itself on some resources; a plain stack of CDK's has none.
const CDK: &[&str] = &["aws:cdk:", "aws-cdk:"];

/// Keys under which teams write who manages a thing, in any case and however their words are joined.
const KEYS: &[&str] = &[
    "managedby",
    "provisioner",
    "provisionedby",
    "createdby",
    "deployedby",
    "iac",
    "iactool",
];
/// Words in their values.
const WORDS: &[(&str, Tool)] = &[
    ("terraform", Tool::Terraform),
    ("terragrunt", Tool::Terraform),
    ("opentofu", Tool::OpenTofu),
    ("cdk", Tool::Cdk),
    ("cloudformation", Tool::CloudFormation),
];
/// Keys that name the tool themselves.
const FLAGS: &[(&str, Tool)] = &[
    ("terraform", Tool::Terraform),
    ("terraformed", Tool::Terraform),
    ("opentofu", Tool::OpenTofu),
];
const NO: &[&str] = &["false", "no", "0"];

/// Whose a resource with these tags is. AWS's own tags are proof, the team's are its word.
pub(super) fn of(tags: &Tags) -> Option<Owner> {
    copilot(tags)
        .or_else(|| stack(tags))
        .or_else(|| tags.contains_key(MANAGED_BY_ECS).then_some(Owner::Express))
        .or_else(|| by_convention(tags).map(|(tool, tag)| Owner::Tool { tool, tag }))
}

/// What the resource is called in its stack's template.
pub(super) fn logical_id(tags: &Tags) -> Option<String> {
    text(tags, LOGICAL_ID)
}

/// AWS Copilot, "Additional AWS resources" and its templates: these tags are on everything that it makes.
fn copilot(tags: &Tags) -> Option<Owner> {
    Some(Owner::Copilot {
        app: text(tags, "copilot-application")?,
        env: text(tags, "copilot-environment"),
        service: text(tags, "copilot-service"),
    })
}

fn stack(tags: &Tags) -> Option<Owner> {
    let name = text(tags, STACK)?;
    let marked = |key: &String| CDK.iter().any(|prefix| key.starts_with(prefix));
    let told = || matches!(by_convention(tags), Some((Tool::Cdk, _)));
    let by_cdk = tags.keys().any(marked) || told();
    Some(Owner::Stack { name, by_cdk })
}

fn by_convention(tags: &Tags) -> Option<(Tool, String)> {
    tags.iter().find_map(|(key, value)| {
        let tool = named(key, value).or_else(|| flagged(key, value))?;
        Some((tool, format!("{key}={value}")))
    })
}

/// `ManagedBy`, `managed-by` and `managed_by` are one key; `Terraform v1.9` names Terraform.
fn named(key: &str, value: &str) -> Option<Tool> {
    if !KEYS.iter().any(|known| is_like(key, known)) {
        return None;
    }
    let mut words = value.split(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(|word| {
        let mut known = WORDS.iter();
        let found = known.find(|(name, _)| word.eq_ignore_ascii_case(name));
        found.map(|(_, tool)| *tool)
    })
}

/// `terraform=true`.
fn flagged(key: &str, value: &str) -> Option<Tool> {
    let (_, tool) = FLAGS.iter().find(|(known, _)| is_like(key, known))?;
    let denied = NO.iter().any(|no| value.eq_ignore_ascii_case(no));
    (!denied).then_some(*tool)
}

/// Whether a key is this one, whatever its case and between its words; nothing is built for it, since every look asks.
fn is_like(key: &str, known: &str) -> bool {
    let letters = key.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).eq(known.chars())
}

fn text(tags: &Tags, key: &str) -> Option<String> {
    tags.get(key).filter(|value| !value.is_empty()).cloned()
}
