//! `sixshift reconcile [NAME…]`: a look at source and plans now.

use clap::Args as ClapArgs;
use sixshift_api::model::{Reconcile, Reconciled};

use super::{
    Server, complete,
    output::{Format, note, say},
    unknown::explained,
};
use crate::exit;

/// Arguments of `reconcile`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The plans; all of them where none is named.
    #[arg(value_name = "NAME", add = complete::names())]
    names: Vec<String>,
    /// table, wide, json or yaml.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    server: Server,
}

/// Has them looked at.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let wanted = Reconcile {
        plans: args.names.clone(),
    };
    let connection = args.server.connect()?;
    let told = connection.order("/api/v1/reconcile", &wanted);
    let told: Reconciled = told.map_err(|error| {
        let names: Vec<&str> = args.names.iter().map(String::as_str).collect();
        explained(&connection, &names, error)
    })?;
    if args.output.print(&told)? {
        return Ok(exit::DONE);
    }
    note("the source is read now");
    for look in &told.items {
        say(&format!("{}: {}\n", look.plan, look.sentence))?;
    }
    Ok(exit::DONE)
}
