//! The binary `sixshift`: a file a verb. What belongs here: arguments, exit codes, what people see. No decision.

mod demo;
mod exit;
mod lint;
mod report;
mod run;
mod schema;
mod sim;
mod skew;
mod staged;
mod timeout;
mod watch;

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

/// Moves Amazon ECS services from IPv4 to IPv6-only, safely and reversibly.
///
/// Exit codes: 0 done, 1 error, 3 preflight or lint failed, 4 a migration was rolled back, 5 time-out, 6 waits for a
/// person, 64 usage, 130 stopped by Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "sixshift", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// What to log, as in `debug` or `sixshift_aws=debug,warn`; to standard error.
    #[arg(long, global = true, env = "SIXSHIFT_LOG", default_value = "warn")]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show a small fleet migrating in a simulated AWS region: no account needed.
    Demo(demo::Args),
    /// Migrate what the plans in a folder say.
    Run(run::Args),
    /// Find every mistake in plan files.
    Lint {
        /// Files or folders.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// text or json.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Print the JSON Schema of a plan.
    Schema,
    /// Serve a simulated AWS region to any AWS client.
    Sim(sim::Args),
    /// Print shell completions.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
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
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
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
    log_to_stderr(&cli.log);
    match start(cli.verb) {
        Ok(code) => ExitCode::from(code),
        // A reader that went away (`| head`) is no error of ours.
        Err(error) if is_closed_pipe(&error) => ExitCode::from(exit::DONE),
        Err(error) => {
            anstream::eprintln!("sixshift: {error:#}");
            ExitCode::from(exit::ERROR)
        }
    }
}

fn start(verb: Verb) -> anyhow::Result<u8> {
    match verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::Run(args) => run::run(&args),
        Verb::Lint { files, output } => lint::run(&files, output == Output::Json),
        Verb::Schema => schema::run(),
        Verb::Sim(args) => sim::run(&args),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "sixshift", &mut script);
            std::io::Write::write_all(&mut std::io::stdout(), &script)?;
            Ok(exit::DONE)
        }
    }
}

fn log_to_stderr(filter: &str) {
    // In process there is no connection that the SDK could close after an error, which it would say each time.
    let filter = format!("aws_smithy_runtime::client::http::connection_poisoning=off,{filter}");
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
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
}
