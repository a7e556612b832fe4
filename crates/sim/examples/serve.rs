//! Serves an empty simulated region, or a scenario's: `serve [ADDRESS [RATE [SCENARIO]]]`.

use std::error::Error;

use sixshift_sim::{Region, scenario, serve, world::World};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:4566".to_owned());
    let rate: f64 = arguments.next().map_or(Ok(1.0), |r| r.parse())?;
    let world = match arguments.next() {
        Some(name) => scenario::build(&name, None, 1)?.world,
        None => World::new(
            "eu-central-1",
            "123456789012",
            "2027-01-15T08:00:00Z".parse()?,
        ),
    };
    let region = Region::new(world, 1);
    region.set_rate(rate);
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    serve(region, TcpListener::bind(address).await?, stop).await;
    Ok(())
}
