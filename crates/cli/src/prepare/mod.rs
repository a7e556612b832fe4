//! `sixshift prepare`: the network that a service's twin needs and its VPC lacks, as infrastructure code.
//!
//! What belongs here: whose network, and in which language. What must not: what lacks (`sixshift_core::prepare`), and any call
//! that changes something.

use anyhow::{Context, bail};
use clap::{Args as ClapArgs, ValueEnum};
use sixshift_controller::{Clock, Hands};
use sixshift_core::{
    observation::{Ground, Known, Observation},
    plan::{Plan, ServiceRef},
    prepare::{Whole, cloudformation, lacking, terraform},
};

use crate::{
    client, exit,
    init::{Named, Whose},
    skew,
};

/// Arguments of `prepare`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    service: Named,
    #[command(flatten)]
    whose: Whose,
    /// In which language.
    #[arg(short, long, value_enum)]
    output: Language,
    /// With DNS64 and NAT64 through a NAT gateway that is there: names that have IPv4 addresses alone are reached, too.
    #[arg(long)]
    nat64: bool,
}

/// A language of infrastructure code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// A template.
    Cloudformation,
    /// For the provider hashicorp/aws.
    Terraform,
}

/// Prints the code.
///
/// # Errors
/// The service or its VPC cannot be read, or standard output is closed.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let clock = skew::clock(args.whose.place.sim_clock.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (service, seen, ground) = runtime.block_on(read(args, &clock))?;
    let network = match lacking(&service, &seen, &ground, args.nat64) {
        Ok(network) => network,
        Err(nothing @ Whole::Nothing(_)) => {
            client::note(&format!("nothing is to be made: {nothing}"));
            return Ok(exit::DONE);
        }
        Err(error) => return Err(error.into()),
    };
    client::say(&match args.output {
        Language::Cloudformation => cloudformation(&network),
        Language::Terraform => terraform(&network),
    })?;
    for note in &network.notes {
        client::note(&format!("not in the code: {note}"));
    }
    Ok(exit::DONE)
}

async fn read(
    args: &Args,
    clock: &Clock,
) -> anyhow::Result<(ServiceRef, Observation, std::sync::Arc<Ground>)> {
    let hands = Hands::from_environment(clock.rate()).await;
    let service = ServiceRef {
        name: args.service.name().to_owned(),
        ..args.whose.place.of(&args.whose.cluster, &hands)?
    };
    let drafts = [Plan::draft("prepare", &service)];
    let read = hands.material(&drafts, clock.now()).await;
    let material = read.into_iter().next().context("nothing was read")?;
    if material.seen.ipv4.is_absent() {
        bail!(
            "there is no service {} in cluster {} of {}",
            service.name,
            service.cluster,
            service.region
        );
    }
    if let Some(why) = material.seen.ipv4.unknown() {
        bail!("the service cannot be read: {why}");
    }
    match material.ground {
        Known::Seen(ground) => Ok((service, material.seen, ground)),
        Known::Absent => {
            bail!("the service names no subnet: move its task definition to awsvpc first")
        }
        Known::Unknown(why) => bail!("its VPC cannot be read: {why}"),
    }
}
