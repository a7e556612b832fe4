//! `sixshift init`: a commented plan for each live service of a cluster, and why there is none for the others.
//!
//! What belongs here: whose plans are wanted, and the exit code. What must not: what stands in a plan
//! (`sixshift_core::proposal`), and any call that changes AWS (a test holds the region's own record against that).

mod files;
mod text;
mod whose;

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::Context;
use clap::{Args as ClapArgs, ValueEnum};
use serde::{Deserialize, Serialize};
use sixshift_api::make_visible;
use sixshift_controller::Hands;
use sixshift_core::{
    plan::{Plan, ServiceRef},
    proposal::{Moved, Outcome, Proposal, Refusal, name_of, propose},
    readiness::Finding,
};

use crate::{client, exit, lint, skew};
pub(crate) use whose::{Named, Place, Whose};

/// Arguments of `init`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: Whose,
    /// A service; may be given several times. Without one: all of the cluster.
    #[arg(
        short,
        long = "service",
        value_name = "SERVICE",
        conflicts_with = "all"
    )]
    services: Vec<String>,
    /// All services of the cluster.
    #[arg(long)]
    all: bool,
    /// The folder of plans, made where it is not there. What a plan in it covers is left alone.
    #[arg(short, long, value_name = "DIR", default_value = "plans")]
    dir: PathBuf,
    /// Write over a file that has the plan's name and nothing else in it.
    #[arg(long)]
    force: bool,
    /// text or json; `-` writes the plans to standard output, and no file.
    #[arg(short, long, value_enum, default_value_t)]
    output: Where,
}

/// Where plans and answer go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Where {
    /// Plans into files; what came of each service for people.
    #[default]
    Text,
    /// Plans into files; what came of each service as one object.
    Json,
    /// Plans to standard output.
    #[value(name = "-")]
    Plans,
}

/// What programs get.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    api_version: String,
    kind: String,
    cluster: String,
    region: String,
    services: Vec<Told>,
}

/// What came of a service.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    service: String,
    /// `written`, `printed`, `covered`, `exists`, `refused`, `unread` or `twin`.
    outcome: String,
    /// The plan's name, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    /// Its file, with the line where it is one of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// Whether the file was there, and was written over.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replaced: bool,
    /// How traffic would move.
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<String>,
    /// Why so.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    /// Why there is no plan; or what preflight says of the one there is.
    reasons: Vec<Because>,
}

/// A finding, or another reason.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Because {
    code: String,
    /// Whether the migration waits until it is mended, or waived.
    blocks: bool,
    message: String,
    remedy: String,
}

impl Told {
    fn of(service: &str, outcome: &str) -> Self {
        Self {
            service: service.to_owned(),
            outcome: outcome.to_owned(),
            ..Self::default()
        }
    }

    fn covered(service: &str, plan: &Plan) -> Self {
        Self {
            plan: Some(plan.name.clone()),
            file: Some(format!(
                "{}:{}",
                plan.origin.file.display(),
                plan.origin.line
            )),
            ..Self::of(service, "covered")
        }
    }

    fn refused(service: &str, refusal: &Refusal) -> Self {
        let is_unread = |code: &str| matches!(code, "unread" | "missing");
        let unread = refusal.reasons.iter().any(|r| is_unread(&r.code));
        let outcome = if unread { "unread" } else { "refused" };
        let because = refusal.reasons.iter().map(|r| Because {
            code: r.code.clone(),
            blocks: true,
            message: r.message.clone(),
            remedy: r.remedy.clone(),
        });
        Self {
            via: refusal.way.as_ref().map(|way| way.via().to_owned()),
            because: refusal.way.as_ref().map(|way| way.to_string()),
            reasons: because.collect(),
            ..Self::of(service, outcome)
        }
    }

    fn proposed(outcome: &str, proposal: &Proposal) -> Self {
        let because = |f: &Finding| Because {
            code: f.code.to_owned(),
            blocks: f.blocks(),
            message: f.message.clone(),
            remedy: f.remedy.clone(),
        };
        Self {
            plan: Some(proposal.plan.name.clone()),
            via: Some(proposal.way.via().to_owned()),
            because: Some(proposal.way.to_string()),
            reasons: proposal.findings.iter().map(because).collect(),
            ..Self::of(&proposal.plan.service.name, outcome)
        }
    }
}

/// Reads, proposes, writes.
///
/// # Errors
/// The cluster's services cannot be listed, or a file cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let there = match args.output {
        Where::Plans => lint::There::default(),
        _ => lint::there(&args.dir),
    };
    if !there.mistaken.is_empty() {
        client::note(&format!(
            "{} has mistakes, which `sixshift lint` shows: a plan that could not be read is not counted as one",
            args.dir.display()
        ));
    }
    let clock = skew::clock(args.whose.place.sim_clock.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(async {
        let hands = Hands::from_environment(clock.rate()).await;
        let services = args.wanted(&hands).await?;
        let (drafts, covering) = args.drafts(&services, &there);
        let covered = covering
            .iter()
            .map(|plan| Told::covered(&plan.service.name, plan));
        let mut told: Vec<Told> = covered.collect();
        let now = clock.now();
        let mut moved = Moved::default();
        for (plan, material) in covering.iter().zip(hands.material(&covering, now).await) {
            moved.add(&plan.name, &material.seen);
        }
        for (draft, material) in drafts.iter().zip(hands.material(&drafts, now).await) {
            let outcome = propose(&draft.service, &draft.name, &material, &moved);
            if let Outcome::Plan(_) = outcome {
                moved.add(&draft.name, &material.seen);
            }
            told.push(args.came(draft, outcome, &there)?);
        }
        told.sort_by(|a, b| a.service.cmp(&b.service));
        let (region, cluster) = services
            .first()
            .map_or_else(Default::default, |s| (s.region.clone(), s.cluster.clone()));
        visible(Report {
            api_version: "sixshift/v1".to_owned(),
            kind: "InitReport".to_owned(),
            cluster: if cluster.is_empty() {
                args.whose.cluster.clone()
            } else {
                cluster
            },
            region,
            services: told,
        })
    })?;
    match args.output {
        Where::Text => client::say(&text::page(&report))?,
        Where::Plans => client::note(text::page(&report).trim_end()),
        Where::Json => client::say(&format!("{}\n", serde_json::to_string_pretty(&report)?))?,
    }
    Ok(code(&report))
}

/// The services that are named, or all of a cluster.
///
/// # Errors
/// The cluster's services cannot be listed.
pub(crate) async fn wanted(
    hands: &Hands,
    place: &ServiceRef,
    named: &[String],
) -> anyhow::Result<Vec<ServiceRef>> {
    let names = if named.is_empty() {
        let listed = hands.services(place).await;
        listed.with_context(|| {
            format!("the services of cluster {} cannot be listed", place.cluster)
        })?
    } else {
        let named: BTreeSet<String> = named.iter().cloned().collect();
        named.into_iter().collect()
    };
    let service = |name| ServiceRef {
        name,
        ..place.clone()
    };
    Ok(names.into_iter().map(service).collect())
}

impl Args {
    async fn wanted(&self, hands: &Hands) -> anyhow::Result<Vec<ServiceRef>> {
        let place = self.whose.place.of(&self.whose.cluster, hands)?;
        wanted(hands, &place, &self.services).await
    }

    /// What is to be looked at, and the plans that cover the others.
    fn drafts(&self, services: &[ServiceRef], there: &lint::There) -> (Vec<Plan>, Vec<Plan>) {
        let mut taken: BTreeSet<String> = there.plans.iter().map(|p| p.name.clone()).collect();
        let (mut drafts, mut covered) = (Vec::new(), Vec::new());
        for service in services {
            let name = match there
                .plans
                .iter()
                .find(|p| p.service.is_same_service(service))
            {
                Some(plan) if self.may_replace(&plan.name, service, there) => plan.name.clone(),
                Some(plan) => {
                    covered.push(plan.clone());
                    continue;
                }
                None => name_of(service, &taken),
            };
            taken.insert(name.clone());
            drafts.push(Plan::draft(&name, service));
        }
        (drafts, covered)
    }

    fn file(&self, plan: &str) -> PathBuf {
        self.dir.join(format!("{plan}.yaml"))
    }

    fn may_replace(&self, plan: &str, service: &ServiceRef, there: &lint::There) -> bool {
        self.force && there.is_alone(&self.file(plan), service)
    }

    /// Puts a plan where it is wanted.
    fn came(&self, draft: &Plan, outcome: Outcome, there: &lint::There) -> anyhow::Result<Told> {
        let service = &draft.service.name;
        let proposal = match outcome {
            Outcome::Twin => return Ok(Told::of(service, "twin")),
            Outcome::Refused(refusal) => return Ok(Told::refused(service, &refusal)),
            Outcome::Plan(proposal) => proposal,
        };
        if self.output == Where::Plans {
            client::say(&format!("---\n{}", proposal.text))?;
            return Ok(Told::proposed("printed", &proposal));
        }
        let path = self.file(&draft.name);
        let may_replace = self.may_replace(&draft.name, &draft.service, there);
        let written = files::write(&path, &proposal.text, may_replace)?;
        Ok(Told {
            file: Some(path.display().to_string()),
            replaced: written == files::Written::Over,
            ..Told::proposed(written.outcome(), &proposal)
        })
    }
}

/// As a terminal may show it.
fn visible(report: Report) -> anyhow::Result<Report> {
    let mut value = serde_json::to_value(report)?;
    make_visible(&mut value);
    Ok(serde_json::from_value(value)?)
}

/// What is worst counts: a service that cannot be read, then one without a plan.
fn code(report: &Report) -> u8 {
    let is = |outcomes: &[&str]| {
        let mut services = report.services.iter();
        services.any(|told| outcomes.contains(&told.outcome.as_str()))
    };
    if is(&["unread"]) {
        exit::ERROR
    } else if is(&["refused", "exists"]) {
        exit::UNREADY
    } else {
        exit::DONE
    }
}
