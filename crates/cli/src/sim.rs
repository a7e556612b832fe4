//! `sixshift sim`: the simulated region over TCP, for any AWS client.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use sixshift_sim::{Region, mount, world::World};
use tokio::net::TcpListener;

use crate::{
    exit,
    staged::{self, Choice, Staged},
    trial,
};

/// Arguments of `sim`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:4566")]
    listen: SocketAddr,
    #[command(flatten)]
    choice: Choice,
    /// Virtual seconds per second.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Write the plans for what is simulated into this folder.
    #[arg(long, requires = "scenario")]
    write_plans: Option<PathBuf>,
    /// Serve nothing: play a trial's recording to the region and print what it answers otherwise than AWS (exit code 3).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scenario", "write_plans"])]
    compare: Option<PathBuf>,
}

/// Serves until Ctrl-C.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    if args.choice.scenario.as_deref() == Some("list") {
        anstream::print!("{}", staged::list());
        return Ok(exit::DONE);
    }
    if let Some(recording) = &args.compare {
        return trial::compare::run(recording);
    }
    anyhow::ensure!(
        args.speed.is_finite() && args.speed > 0.0,
        "--speed: a number above 0"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(args))
}

async fn serve(args: &Args) -> anyhow::Result<u8> {
    // First: a region that nobody can reach leaves no plans behind.
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; give another address with --listen, as in 127.0.0.1:4567, or end who has it",
            args.listen
        )
    })?;
    let region = match &args.choice.scenario {
        None => {
            let now = jiff::Timestamp::now();
            let world = World::new("eu-central-1", "123456789012", now);
            let region = Region::new(world, args.choice.seed);
            region.set_lag(args.choice.lag);
            args.choice.recorded(&region)?;
            region
        }
        Some(_) => {
            let Staged { region, files, .. } = staged::stage(&args.choice)?;
            if let Some(folder) = &args.write_plans {
                staged::write(&files, folder)?;
                let noun = if files.len() == 1 { "plan" } else { "plans" };
                anstream::eprintln!("wrote {} {noun} to {}", files.len(), folder.display());
            }
            region
        }
    };
    region.set_rate(args.speed);
    let address = listener.local_addr()?;
    anstream::println!("listening on http://{address}");
    anstream::eprintln!(
        "an AWS client reaches it with AWS_ENDPOINT_URL=http://{address}, AWS_REGION=eu-central-1 and any credentials"
    );
    let stop = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    mount::serve(region, listener, stop).await;
    Ok(exit::DONE)
}
