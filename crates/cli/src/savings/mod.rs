//! `sixshift savings`: what IPv6-only would save a month, and whether it pays.
//!
//! What belongs here: counts times prices. What must not: what could go and why not (`sixshift_core::savings`), and any call that
//! changes something.

mod text;

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use clap::Args as ClapArgs;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sixshift_api::make_visible;
use sixshift_controller::{Clock, Hands};
use sixshift_core::{
    facts::Facts,
    foresee::{MOST_ROUNDS, foresee},
    observation::Known,
    plan::{Plan, ServiceRef},
    proposal::{Material, Moved, Outcome, name_of, propose},
    savings::{Gateway, Member, Savings, savings},
};

use crate::{
    Output, client,
    cost::{Cost, HOURS_A_MONTH, LIST, NetworkPrices},
    exit,
    init::Whose,
    skew,
};

/// What gateways carried is read of so long.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);
const GB: f64 = 1e9;

/// Arguments of `savings`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Services that would move. Without one: all of the cluster that can.
    services: Vec<String>,
    #[command(flatten)]
    whose: Whose,
    /// Prices in dollars, in place of the list prices of us-east-1: `nat=0.052,natgb=0.052,address=0.005`.
    #[arg(long, value_name = "PRICES")]
    prices: Option<NetworkPrices>,
    /// text or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// What programs get.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    api_version: String,
    kind: String,
    services: Vec<Service>,
    gateways: Vec<Told>,
    /// Public IPv4 addresses of tasks that would move.
    addresses: u32,
    /// What those cost a month.
    addresses_a_month: f64,
    /// What would be saved a month, in dollars.
    a_month: f64,
    /// What it costs once to run both sides, as far as that is known.
    both_sides: f64,
    /// Whether anything is saved.
    pays: bool,
    /// Whose prices, and what was taken for granted, a sentence each without a full stop.
    assumed: Vec<String>,
}

/// A service of the cluster.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    name: String,
    moves: bool,
    /// Dollars for both sides; `null`: not known, or it stays.
    both_sides: Option<f64>,
    /// Why it stays, or why its cost is not known.
    because: Option<String>,
}

/// A NAT gateway.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    id: String,
    /// Why it stays; empty: it could go.
    stays: Vec<String>,
    /// GB a month by the last week; `null`: not known.
    gb_a_month: Option<f64>,
    /// Dollars a month that it costs today.
    a_month: f64,
}

/// Reads, counts, tells.
///
/// # Errors
/// The cluster's services cannot be listed, or standard output is closed.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let clock = skew::clock(args.whose.place.sim_clock.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(report(args, &clock))?;
    match args.output {
        Output::Json => client::say(&format!("{}\n", serde_json::to_string_pretty(&report)?))?,
        Output::Text => client::say(&text::page(&report))?,
    }
    Ok(exit::DONE)
}

async fn report(args: &Args, clock: &Clock) -> anyhow::Result<Report> {
    let hands = Hands::from_environment(clock.rate()).await;
    let place = args.whose.place.of(&args.whose.cluster, &hands)?;
    let listed = hands.services(&place).await;
    let names = listed
        .with_context(|| format!("the services of cluster {} cannot be listed", place.cluster))?;
    if let Some(ghost) = args.services.iter().find(|s| !names.contains(s)) {
        anyhow::bail!(
            "there is no service {ghost} in cluster {} of {}",
            place.cluster,
            place.region
        );
    }
    let drafts = names.into_iter().map(|name| {
        let service = ServiceRef {
            name,
            ..place.clone()
        };
        Plan::draft(&name_of(&service, &BTreeSet::new()), &service)
    });
    let drafts: Vec<Plan> = drafts.collect();
    let materials = hands.material(&drafts, clock.now()).await;
    let both = || drafts.iter().zip(&materials);
    let services = both().map(|(draft, material)| args.service(draft, material, clock.now()));
    let services: Vec<Service> = services.collect();
    let members = both()
        .zip(&services)
        .filter_map(|((draft, material), service)| {
            Some(Member {
                name: &draft.service.name,
                seen: &material.seen,
                ground: material.ground.seen()?,
                moves: service.moves,
            })
        });
    let saved = savings(&members.collect::<Vec<_>>());
    let ids: Vec<String> = saved.gateways.keys().cloned().collect();
    let carried = match drafts.first() {
        Some(draft) if !ids.is_empty() => hands.carried(draft, &ids, WEEK, clock.now()).await,
        _ => Known::Absent,
    };
    visible(args.told(services, &saved, &carried))
}

impl Args {
    /// Whether a service would move, and what it costs to run it twice.
    fn service(&self, draft: &Plan, material: &Material, now: Timestamp) -> Service {
        let name = draft.service.name.clone();
        let stays = |because: String| Service {
            name: name.clone(),
            moves: false,
            both_sides: None,
            because: Some(because),
        };
        if !self.services.is_empty() && !self.services.contains(&name) {
            return stays("it was not asked for".to_owned());
        }
        match propose(&draft.service, &draft.name, material, &Moved::default()) {
            Outcome::Twin => stays("it runs on IPv6 already".to_owned()),
            Outcome::Plan(proposal) => {
                let foreseen = foresee(
                    &proposal.plan,
                    &Facts::default(),
                    &material.seen,
                    now,
                    MOST_ROUNDS,
                );
                let twice = sixshift_api::foresight(&proposal.plan, &foreseen).twice;
                let cost = Cost::of(&twice, None);
                Service {
                    name,
                    moves: true,
                    both_sides: cost.both_sides,
                    because: cost.both_sides.is_none().then_some(cost.source),
                }
            }
            Outcome::Refused(refusal) => {
                let why = refusal.reasons.first();
                let why = why.map_or_else(String::new, |reason| reason.message.clone());
                // A network can be made; what else stands against it stays until somebody mends it.
                let waits = refusal.reasons.iter().all(|r| r.code == "no-ipv6-subnets");
                Service {
                    moves: waits,
                    ..stays(why)
                }
            }
        }
    }

    fn told(
        &self,
        services: Vec<Service>,
        saved: &Savings,
        carried: &Known<std::collections::BTreeMap<String, f64>>,
    ) -> Report {
        let prices = self.prices.unwrap_or_default();
        let gateway = |(id, gateway): (&String, &Gateway)| {
            let bytes = carried.seen().and_then(|all| all.get(id));
            let gb = bytes.map(|bytes| bytes / GB * HOURS_A_MONTH / (WEEK.as_secs_f64() / 3_600.0));
            let address = if gateway.is_public {
                prices.address_hour
            } else {
                0.0
            };
            Told {
                id: id.clone(),
                stays: gateway.stays.iter().cloned().collect(),
                gb_a_month: gb,
                a_month: HOURS_A_MONTH * (prices.nat_hour + address)
                    + gb.unwrap_or(0.0) * prices.nat_gb,
            }
        };
        let gateways: Vec<Told> = saved.gateways.iter().map(gateway).collect();
        let addresses_a_month = f64::from(saved.addresses) * HOURS_A_MONTH * prices.address_hour;
        let go = gateways.iter().filter(|g| g.stays.is_empty());
        let a_month = go.map(|g| g.a_month).sum::<f64>() + addresses_a_month;
        let both_sides = services.iter().filter_map(|s| s.both_sides).sum();
        Report {
            api_version: "sixshift/v1".to_owned(),
            kind: "SavingsReport".to_owned(),
            assumed: self.assumed(saved, carried),
            gateways,
            addresses: saved.addresses,
            addresses_a_month,
            a_month,
            both_sides,
            pays: a_month > 0.0,
            services,
        }
    }

    fn assumed(
        &self,
        saved: &Savings,
        carried: &Known<std::collections::BTreeMap<String, f64>>,
    ) -> Vec<String> {
        let whose = if self.prices.is_some() {
            "prices of the network as given".to_owned()
        } else {
            format!("{LIST}; --prices takes others")
        };
        let mut all = vec![
            whose,
            "a month of 730 hours, with what the last week had".to_owned(),
            "services call nothing that has IPv4 addresses alone: what does keeps a NAT gateway for NAT64".to_owned(),
            "in the subnets of these services there is nothing else that needs IPv4: only services of this cluster were read".to_owned(),
            "a NAT gateway that stays costs what it costs today, though it would carry less".to_owned(),
        ];
        if let Some(why) = carried.unknown() {
            all.push(format!(
                "gateways carried nothing, for CloudWatch does not tell: {why}"
            ));
        }
        all.extend(
            saved
                .unread
                .iter()
                .map(|what| format!("nothing is saved where {what}")),
        );
        all
    }
}

/// As a terminal may show it.
fn visible(report: Report) -> anyhow::Result<Report> {
    let mut value = serde_json::to_value(report)?;
    make_visible(&mut value);
    Ok(serde_json::from_value(value)?)
}
