//! `sixshift plan FILE|PLAN…`: everything that a migration will do, before it does anything.
//!
//! What belongs here: whose future is asked for, and the exit code. What must not: what will be done
//! (`sixshift_core::foresee`), and any call that changes something.

mod look;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueHint};
use serde::Serialize;
use sixshift_api::{make_visible, model::Foresight};

use crate::{
    Output, client,
    cost::{Cost, Prices},
    exit, lint,
};
pub(crate) use look::look;

/// Arguments of `plan`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Plan files or folders (`-` is standard input), read with this machine's access to AWS; or names of plans, which the
    /// daemon that runs them is asked for. What is there as a file is one.
    #[arg(required = true, value_name = "FILE|PLAN", value_hint = ValueHint::AnyPath, add = client::files_or_names())]
    what: Vec<PathBuf>,
    /// text or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// What an hour costs in dollars, in place of the list prices of us-east-1: `vcpu=0.04656,gb=0.00511,address=0.005`.
    #[arg(long, value_name = "PRICES")]
    prices: Option<Prices>,
    /// Go by the clock of a simulated region, e.g. `http://127.0.0.1:4566`.
    #[arg(long, value_name = "URL")]
    sim_clock: Option<String>,
    #[command(flatten)]
    server: client::Server,
}

/// What programs get.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    api_version: &'static str,
    kind: &'static str,
    plans: Vec<Told>,
}

/// One plan's future, and what it costs.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    foresight: Foresight,
    cost: Cost,
}

/// Prints what lies ahead.
///
/// # Errors
/// A daemon does not answer, or standard output is closed.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let (files, names): (Vec<_>, Vec<_>) = args.what.iter().cloned().partition(|w| is_file(w));
    let mut foreseen = Vec::new();
    if !files.is_empty() {
        let plans = match lint::plans(&files, args.output)? {
            Ok(plans) => plans,
            Err(code) => return Ok(code),
        };
        foreseen.extend(look::ahead_of(plans, args.sim_clock.as_deref())?);
    }
    if !names.is_empty() {
        let connection = args.server.connect()?;
        for name in names {
            foreseen.push(client::foresight(&connection, &name.to_string_lossy())?);
        }
    }
    let code = code(&foreseen);
    let told = foreseen.into_iter().map(|foresight| Told {
        cost: Cost::of(&foresight.twice, args.prices),
        foresight,
    });
    let told: Vec<Told> = told.collect();
    match args.output {
        Output::Json => client::say(&json(told)?)?,
        Output::Text => client::say(&text::page(&told))?,
    }
    Ok(code)
}

/// A plan is called as Kubernetes calls things: its name has no slash.
fn is_file(what: &Path) -> bool {
    let text = what.to_string_lossy();
    let is_yaml = what.extension().is_some_and(|e| e == "yaml" || e == "yml");
    let looks_so = text == "-" || text.contains('/') || is_yaml;
    looks_so || what.exists()
}

fn json(plans: Vec<Told>) -> anyhow::Result<String> {
    let report = Report {
        api_version: "sixshift/v1",
        kind: "ForesightReport",
        plans,
    };
    Ok(format!("{}\n", serde_json::to_string_pretty(&report)?))
}

/// In the API's words, as a terminal may show them.
fn visible(foresight: &Foresight) -> anyhow::Result<Foresight> {
    let mut value = serde_json::to_value(foresight)?;
    make_visible(&mut value);
    Ok(serde_json::from_value(value)?)
}

/// What is worst counts: AWS that cannot be read, then a plan that is stopped, then one that changes something.
fn code(foreseen: &[Foresight]) -> u8 {
    let is = |outcome: &str| foreseen.iter().any(|f| f.outcome == outcome);
    if is("unreadable") {
        exit::ERROR
    } else if is("blocked") {
        exit::UNREADY
    } else if is("changes") {
        exit::CHANGES
    } else {
        exit::DONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_from_a_plans_name() {
        for file in [
            "-",
            "plans/",
            "./checkout",
            "checkout.yaml",
            "Cargo.toml",
            "src",
        ] {
            assert!(is_file(Path::new(file)), "{file}");
        }
        assert!(!is_file(Path::new("checkout")) && !is_file(Path::new("checkout.v2")));
    }
}
