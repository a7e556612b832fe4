//! The lines that keep somebody's code away for as long as a migration takes.
//!
//! What belongs here: the words of each tool, ready to be copied. What must not: what happens without them.

use super::{
    Kind, Managed,
    owner::{Owner, Tool},
};

impl Tool {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
            Self::Cdk => "CDK",
            Self::CloudFormation => "CloudFormation",
        }
    }

    /// Whether what it makes is a stack of CloudFormation's.
    pub(super) fn has_stacks(self) -> bool {
        matches!(self, Self::Cdk | Self::CloudFormation)
    }

    fn command(self) -> &'static str {
        match self {
            Self::OpenTofu => "tofu",
            _ => "terraform",
        }
    }
}

/// What to write where, until the migration is done.
pub(super) fn remedy(kind: Kind, owner: &Owner, all: &[Managed]) -> String {
    match owner {
        Owner::Stack { .. } => stack(kind, &Policy::of(kind, owner, all)),
        Owner::Tool { tool, .. } if tool.has_stacks() => stack(kind, &Policy::default()),
        Owner::Tool { tool, .. } => terraform(kind, *tool),
        Owner::Copilot { app, env, service } => copilot(app, env.as_deref(), service.as_deref()),
        Owner::Express => express(kind).to_owned(),
    }
}

fn terraform(kind: Kind, tool: Tool) -> String {
    let ignoring = |resource: &str, argument: &str| {
        format!(
            "until the migration is done, put into the {resource}: lifecycle {{ ignore_changes = [{argument}] }}"
        )
    };
    match kind {
        Kind::Listener => ignoring("aws_lb_listener", "default_action"),
        Kind::Rule => ignoring("aws_lb_listener_rule", "action"),
        Kind::Service => ignoring("aws_ecs_service", "desired_count"),
        Kind::TargetGroup => format!(
            "before the apply after that, take the aws_lb_target_group out of the code and run: {} state rm aws_lb_target_group.NAME",
            tool.command()
        ),
    }
}

/// A stack has no way to ignore a property, but what it must not update it can be told.
fn stack(kind: Kind, policy: &Policy) -> String {
    match kind {
        Kind::Listener | Kind::Rule => format!(
            "until the migration is done, hold its updates by a stack policy, beside the statements that the stack has: {}",
            policy.command()
        ),
        // AWS: an update without it leaves the count as it is (aws/containers-roadmap#493); CDK: aws/aws-cdk#13130.
        Kind::Service => format!(
            "take DesiredCount out of its properties (CDK: desiredCount), which leaves the count as it is; or hold its updates, releases by the stack among them: {}",
            policy.command()
        ),
        Kind::TargetGroup => format!(
            "before it is deleted, set DeletionPolicy: Retain on {} and take it out of the template once no route of the template names it",
            match policy.ids.as_slice() {
                [] => "it".to_owned(),
                ids => ids.join(" and "),
            }
        ),
    }
}

fn copilot(app: &str, env: Option<&str>, service: Option<&str>) -> String {
    let mut command = match service {
        Some(service) => format!("copilot svc deploy --app {app} --name {service}"),
        None => format!("copilot env deploy --app {app}"),
    };
    if let Some(env) = env {
        let flag = if service.is_some() { "env" } else { "name" };
        command += &format!(" --{flag} {env}");
    }
    format!(
        "until the migration is done, do not run {command}; release by registering a task definition and updating the service"
    )
}

fn express(kind: Kind) -> &'static str {
    match kind {
        Kind::Listener | Kind::Rule => {
            "lead to the service by a rule of its own, which no Express service made"
        }
        Kind::Service | Kind::TargetGroup => "give the service what no Express service made",
    }
}

/// One policy is all that a stack has: it names whatever of the stack is to be held, not only what a finding is about.
#[derive(Default)]
struct Policy {
    stack: Option<String>,
    ids: Vec<String>,
}

impl Policy {
    fn of(kind: Kind, owner: &Owner, all: &[Managed]) -> Self {
        let Owner::Stack { name, .. } = owner else {
            return Self::default();
        };
        let is_held = |m: &&Managed| {
            let same = matches!(&m.owner, Owner::Stack { name: other, .. } if other == name);
            same && match kind {
                Kind::TargetGroup => m.kind == kind,
                _ => m.kind.is_route() || m.kind == kind,
            }
        };
        let held = all.iter().filter(is_held);
        Self {
            stack: Some(name.clone()),
            ids: held.filter_map(|m| m.logical.clone()).collect(),
        }
    }

    fn command(&self) -> String {
        let name = self.stack.as_deref().unwrap_or("NAME");
        let ids = match self.ids.as_slice() {
            [] => vec!["LOGICAL_ID".to_owned()],
            ids => ids.to_vec(),
        };
        let ids: Vec<String> = ids
            .iter()
            .map(|id| format!(r#""LogicalResourceId/{id}""#))
            .collect();
        let statement = |effect: &str, resource: &str| {
            format!(
                r#"{{"Effect":"{effect}","Action":"Update:*","Principal":"*","Resource":{resource}}}"#
            )
        };
        let statements = [
            statement("Allow", r#""*""#),
            statement("Deny", &format!("[{}]", ids.join(","))),
        ];
        format!(
            r#"aws cloudformation set-stack-policy --stack-name {name} --stack-policy-body '{{"Statement":[{}]}}'"#,
            statements.join(",")
        )
    }
}
