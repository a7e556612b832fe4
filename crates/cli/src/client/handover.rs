//! `sixshift handover NAME`: the infrastructure code that takes over what a migration made.
//!
//! What belongs here: where documents and state come from, and where code goes. What must not: the code
//! (`sixshift_core::handover`).

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{Args as ClapArgs, ValueEnum};
use sixshift_api::model::Handover;
use sixshift_core::handover::{
    Code, Estate, State, cloudformation, resources_to_import, terraform,
};

use super::{
    Server, complete,
    error::Error,
    get,
    output::{complain, say},
};
use crate::exit;

/// Arguments of `handover`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The plan.
    #[arg(add = complete::names())]
    name: String,
    /// For which tool.
    #[arg(short, long, value_enum)]
    output: Form,
    /// What `terraform show -json` writes in the folder of your code; `-` is standard input. It tells the addresses of what is
    /// gone and of what changed, and is read here alone.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

/// The code's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A file of Terraform's: resources, `import` and `removed` blocks; what has to be edited is in its comments.
    Terraform,
    /// A template for a change set of type IMPORT.
    Cloudformation,
    /// The resources that such a change set imports.
    CloudformationImport,
}

/// Prints the code.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let is_terraform = args.output == Form::Terraform;
    anyhow::ensure!(
        args.state.is_none() || is_terraform,
        "--state is Terraform's; leave it out, or write -o terraform"
    );
    let state = args.state.as_deref().map(state).transpose()?;
    let connection = args.server.connect()?;
    let path = format!("{}/handover", get::path(&args.name));
    let handover: Handover = match connection.get_to_the_letter(&path) {
        Err(Error::Problem(problem))
            if ["notDone", "nothingMade"].contains(&problem.code.as_str()) =>
        {
            complain(&problem.detail);
            return Ok(exit::UNREADY);
        }
        answer => answer?,
    };
    let estate: Estate = serde_json::from_value(handover.documents)
        .context("cannot read the daemon's documents; is it another version than this?")?;
    let code = match args.output {
        Form::Terraform => terraform(&estate, state.as_ref()),
        Form::Cloudformation => cloudformation(&estate),
        Form::CloudformationImport => Code {
            text: format!(
                "{}\n",
                serde_json::to_string_pretty(&resources_to_import(&estate))?
            ),
            lacks: Vec::new(),
        },
    };
    say(&code.text)?;
    for lack in &code.lacks {
        complain(&format!("not in the code: {lack}"));
    }
    Ok(if code.lacks.is_empty() {
        exit::DONE
    } else {
        exit::UNREADY
    })
}

fn state(file: &Path) -> anyhow::Result<State> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    let text = text.with_context(|| format!("cannot read the state from {}", file.display()))?;
    State::read(&text).with_context(|| format!("{} cannot be used", file.display()))
}
