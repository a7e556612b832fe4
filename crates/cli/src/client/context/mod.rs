//! `sixshift context`: daemons by a name of one's own.

mod file;

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Subcommand};

pub(super) use file::{Context, Contexts, Error};

use super::{
    complete,
    connection::Connection,
    output::{Format, note, say},
    table::Table,
    words::NOTHING,
};
use crate::exit;

/// Arguments of `context`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Give a daemon a name; the first one is in use at once.
    Add {
        /// The name.
        #[arg(value_parser = name)]
        name: String,
        /// The daemon's address.
        #[arg(long, value_name = "URL")]
        server: String,
        /// A file that holds the token. The token itself is never kept.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// Ask this daemon from now on.
    Use {
        /// Its name.
        #[arg(add = complete::contexts())]
        name: String,
    },
    /// Show the daemons that have a name.
    List {
        /// table, wide, json or yaml.
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Forget a daemon's name.
    Remove {
        /// Its name.
        #[arg(add = complete::contexts())]
        name: String,
    },
}

/// A name that a shell needs no quotes for.
fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.is_empty() || text.starts_with('-') || !text.chars().all(plain) {
        return Err("letters, digits, dots, dashes and underscores, as in prod-eu".to_owned());
    }
    Ok(text.to_owned())
}

/// Does it.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    match &args.what {
        What::Add {
            name,
            server,
            token_file,
        } => add(name, server, token_file.clone())?,
        What::Use { name } => {
            let mut contexts = Contexts::read()?;
            let server = contexts.named(name)?.server.clone();
            contexts.current = Some(name.clone());
            contexts.write()?;
            say(&format!("{name} is in use: {server}\n"))?;
        }
        What::List { output } => list(*output)?,
        What::Remove { name } => {
            let mut contexts = Contexts::read()?;
            let was_current = contexts.current.as_deref() == Some(name);
            contexts.remove(name)?;
            contexts.write()?;
            say(&format!("{name} is forgotten\n"))?;
            if was_current {
                note("no context is in use now; `sixshift context use NAME` chooses another");
            }
        }
    }
    Ok(exit::DONE)
}

fn add(name: &str, server: &str, token_file: Option<PathBuf>) -> anyhow::Result<()> {
    // Nothing is asked; an address that is none is refused.
    Connection::new(server, None, Duration::from_secs(1))?;
    let token_file = token_file.map(std::path::absolute).transpose()?;
    if let Some(file) = token_file.as_ref().filter(|file| !file.is_file()) {
        note(&format!("there is no file {} yet", file.display()));
    }
    let mut contexts = Contexts::read()?;
    contexts.add(Context {
        name: name.to_owned(),
        server: server.trim_end_matches('/').to_owned(),
        token_file,
    })?;
    let file = contexts.write()?;
    let in_use = contexts.current.as_deref() == Some(name);
    let use_it = if in_use {
        "it is in use".to_owned()
    } else {
        format!("`sixshift context use {name}` or --context {name} asks it")
    };
    say(&format!("{name} is in {}; {use_it}\n", file.display()))?;
    Ok(())
}

fn list(output: Format) -> anyhow::Result<()> {
    let contexts = Contexts::read()?;
    if output.print(&contexts)? {
        return Ok(());
    }
    if contexts.contexts.is_empty() {
        note("no daemon has a name; `sixshift context add NAME --server URL` gives one");
        return Ok(());
    }
    let mut table = Table::new(&["", "NAME", "SERVER", "TOKEN FILE"]);
    for context in &contexts.contexts {
        let is_current = contexts.current.as_ref() == Some(&context.name);
        let file = context.token_file.as_ref();
        table.add(vec![
            if is_current { "*" } else { "" }.into(),
            context.name.clone().into(),
            context.server.clone().into(),
            file.map_or_else(|| NOTHING.to_owned(), |file| file.display().to_string())
                .into(),
        ]);
    }
    say(&table.render(usize::MAX))?;
    Ok(())
}
