//! The binary `sixshift`: a file a verb. What belongs here: arguments, exit codes, what people see. No decision.

mod client;
mod completions;
mod cost;
mod daemon;
mod demo;
mod deps;
mod doctor;
mod exit;
mod explain;
mod help;
mod init;
mod lint;
mod man;
mod plan;
mod preflight;
mod prepare;
mod publish;
mod rehearse;
mod report;
mod run;
mod savings;
mod schema;
mod screen;
mod sim;
mod skew;
mod staged;
mod stop;
mod timeout;
mod trial;
mod version;
mod watch;
mod whoami;

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, error::ErrorKind};

use daemon::settings::Format;

/// Moves Amazon ECS services from IPv4 to IPv6-only, safely and reversibly.
///
/// Exit codes: 0 done, 1 error, 2 `plan` foresees changes, 3 preflight or lint failed, 4 a migration was rolled back, 5 time-out, 6 waits for a
/// person, 64 usage, 130 stopped by Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "sixshift", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// What to log, as in `debug` or `sixshift_aws=debug,warn`; to standard error.
    /// Default: warn; of a daemon, what its settings say.
    #[arg(long, global = true, env = "SIXSHIFT_LOG")]
    log: Option<String>,
    /// Print the answer and errors, but no notes beside them.
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(flatten)]
    daemon: client::Before,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show a small fleet migrating in a simulated AWS region: no account needed.
    Demo(demo::Args),
    /// Migrate what the plans in a folder say.
    Run(run::Args),
    /// Find every mistake in plan files.
    Lint {
        /// Files or folders; `-` is standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// text or json.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Show everything that a migration will do, before it does anything.
    ///
    /// Each call in order, with its resource, its IAM action, what changes and its earliest time; the waits and the gates between
    /// them; what will be in the account and what will be gone; what it costs to run both sides. AWS is read, nothing is changed.
    /// Exit codes: 0 nothing to do, 2 changes, 1 error, 3 it will not come to its end.
    Plan(plan::Args),
    /// Write a commented plan for live services, and say why others get none.
    ///
    /// AWS is read, nothing in it is changed. A file that is there is never written over without --force, and a service that a
    /// plan of the folder covers is left alone. Exit codes: 0 written, 3 a service got no plan, 1 one could not be read.
    Init(init::Args),
    /// Write the network that a service's twin needs and its VPC lacks, as infrastructure code.
    ///
    /// IPv6-only subnets in the service's zones, their routes and network ACL, an egress-only internet gateway, rules of security
    /// groups; with --nat64 a way to names that have IPv4 addresses alone. AWS is read, nothing in it is changed.
    Prepare(prepare::Args),
    /// Estimate what IPv6-only would save a month, and what it costs to run both sides meanwhile.
    ///
    /// NAT gateways that could go, with what they carried in the last week, and public IPv4 addresses; and plainly why it would
    /// not pay. AWS is read, nothing in it is changed.
    Savings(savings::Args),
    /// Run plans in a copy of their live services, and show what would happen and when.
    ///
    /// Reads each service with what is around it (network, load balancer, task definition, scaling, alarms, the last day's traffic),
    /// builds the same in a simulated region in this process, and runs the plan there at full speed. Nothing is changed in AWS;
    /// what could not be copied is listed. Exit codes: as of demo.
    Rehearse(rehearse::Args),
    /// Tell what a service really talks to, from flow logs: what has a way over IPv6, and what NAT64 alone reaches.
    ///
    /// AWS is read, nothing in it is changed; CloudWatch Logs charges for what its queries scan, and that is told. Exit codes: 0
    /// told, 1 something broke, 3 nothing recorded it or it may not be read.
    Deps(deps::Args),
    /// Find what will break on IPv6 alone, before anything is made, and say what to do about it.
    ///
    /// Reads the service, its load balancer, its task definition and the network of the plan's subnets; nothing is changed. Exit
    /// codes: 0 ready, 1 a service cannot be read, 3 something stops a plan, or what could was not checked.
    Preflight(preflight::Args),
    /// Explain a check of preflight: what holds, why it matters, what to do where it does not.
    Explain(explain::Args),
    /// Check a folder of plans and put it into an S3 bucket, as a whole or not at all.
    ///
    /// Every file goes up under its digest, and the manifest that names them last: a daemon whose `source.s3` reads there sees
    /// all of it or what was there before. Nothing is deleted. Exit code 3: a plan has mistakes, and nothing was changed.
    Publish(publish::Args),
    /// Print the JSON Schema of a plan, or of the daemon's settings.
    Schema {
        /// Of the settings that `run --config` takes.
        #[arg(long)]
        settings: bool,
    },
    /// Serve a simulated AWS region to any AWS client.
    Sim(sim::Args),
    /// Try a migration in your own AWS account, on services that are made for it and deleted again.
    #[command(long_about = trial::about())]
    Trial(trial::Args),
    /// Print shell completions.
    Completions {
        /// For which shell.
        shell: completions::Shell,
    },
    /// Check what the daemon needs on this machine, and say how to mend what it lacks.
    ///
    /// Exit code 3: it lacks something.
    Doctor(doctor::Args),
    /// Print version, commit and target; so does `--version -v`.
    Version,
    /// Write manual pages.
    Man {
        /// Into this folder.
        folder: PathBuf,
    },
    #[command(flatten)]
    Client(client::Verb),
}

/// How a verb answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    #[default]
    Text,
    /// One object at the end.
    Json,
}

fn main() -> ExitCode {
    completions::answer(Cli::command);
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) if is_long_version(&error) => return ExitCode::from(ended(version::run())),
        Err(error) => {
            // clap's own code for a wrong call is 2; ours is sysexits' 64. Help and version are no mistakes.
            let code = if error.use_stderr() {
                exit::USAGE
            } else {
                exit::DONE
            };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    ExitCode::from(ended(start(cli)))
}

fn parse() -> Result<Cli, clap::Error> {
    let matches = help::on(Cli::command()).try_get_matches()?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut Cli::command()))
}

/// Whether `--version -v` was asked: clap answers the first of the two and reads no further.
fn is_long_version(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::DisplayVersion && std::env::args().skip(1).any(|arg| arg == "-v")
}

fn ended(result: anyhow::Result<u8>) -> u8 {
    match result {
        Ok(code) => code,
        // A reader that went away (`| head`) is no error of ours.
        Err(error) if is_closed_pipe(&error) => exit::DONE,
        Err(error) => {
            anstream::eprintln!("sixshift: {error:#}");
            exit::ERROR
        }
    }
}

fn start(cli: Cli) -> anyhow::Result<u8> {
    client::before_the_verb(cli.daemon, cli.quiet);
    let filter = cli.log.as_deref();
    if let Verb::Run(args) = &cli.verb
        && let Some(config) = &args.config
    {
        return daemon::run::run(args, config, filter);
    }
    let colour = std::io::stderr().is_terminal();
    // The doctor says itself what it finds; the SDK's warnings would say it first, and worse.
    let usual = match cli.verb {
        Verb::Doctor(_) => "error",
        // Each round's act is a line of what these show.
        Verb::Demo(_) | Verb::Run(_) | Verb::Rehearse(_) | Verb::Trial(_) => {
            "warn,sixshift_controller::fleet::log=off"
        }
        _ => "warn",
    };
    daemon::log::start(filter.unwrap_or(usual), Format::Text, colour);
    match cli.verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::Run(args) => match &args.plans {
            Some(plans) => run::run(&args, plans),
            None => anyhow::bail!("give --config FROM or --plans DIR"),
        },
        Verb::Lint { files, output } => lint::run(&files, output == Output::Json, cli.quiet),
        Verb::Plan(args) => plan::run(&args),
        Verb::Init(args) => init::run(&args),
        Verb::Prepare(args) => prepare::run(&args),
        Verb::Savings(args) => savings::run(&args),
        Verb::Rehearse(args) => rehearse::run(&args),
        Verb::Deps(args) => deps::run(&args),
        Verb::Preflight(args) => preflight::run(&args),
        Verb::Explain(args) => explain::run(&args),
        Verb::Publish(args) => publish::run(&args),
        Verb::Schema { settings } => schema::run(settings),
        Verb::Sim(args) => sim::run(&args),
        Verb::Trial(args) => trial::run(&args),
        Verb::Completions { shell } => completions::run(shell),
        Verb::Doctor(args) => doctor::run(&args),
        Verb::Version => version::run(),
        Verb::Man { folder } => man::run(help::on(Cli::command()), &folder),
        Verb::Client(verb) => client::run(&verb),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    /// Every command of ours in a page's blocks and sentences.
    fn commands(page: &str) -> Vec<&str> {
        let parts = page.split("```").enumerate();
        let each = parts.flat_map(|(i, part)| match i % 2 {
            0 => part.split('`').skip(1).step_by(2).collect::<Vec<_>>(),
            _ => part.lines().map(str::trim).collect(),
        });
        each.filter(|text| text.starts_with("sixshift ")).collect()
    }

    /// The words that a shell makes of a command; quotes are the only thing in them that it reads.
    fn words(command: &str) -> Vec<String> {
        let parts = command.split('"').enumerate();
        let words = parts.flat_map(|(i, part)| match i % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        words.collect()
    }

    #[test]
    fn every_command_in_the_runbooks_is_one_that_we_take() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/runbooks");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).expect("the runbooks") {
            let path = entry.expect("a page").path();
            let page = std::fs::read_to_string(&path).expect("text");
            for command in commands(&page) {
                let words = words(command);
                // A verb alone is its name in a sentence.
                let is_taken = match &words[..] {
                    [_, verb] if Cli::command().find_subcommand(verb).is_some() => Ok(()),
                    words => Cli::command().try_get_matches_from(words).map(|_| ()),
                };
                if let Err(error) = is_taken {
                    panic!("{}: {command}: {error}", path.display());
                }
                seen += 1;
            }
        }
        assert!(seen > 100, "only {seen} commands were found");
    }
}
