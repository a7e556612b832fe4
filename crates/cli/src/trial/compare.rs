//! `sim --compare`: a trial's recording played to a fresh simulated region, in virtual time.
//!
//! What belongs here: the region, and who asks its services as in the trial. What must not: what counts as a difference
//! (`sixshift_controller::trial::replay`).

use std::path::Path;

use http::Request;
use sixshift_controller::trial::{
    IMAGE, SICK,
    replay::play,
    tape::{Posted, Taped},
};
use sixshift_sim::{
    Region,
    world::{
        World,
        behaviour::{Behaviour, Told},
        tasks::repository_and_tag,
        traffic::Source,
    },
};

use super::{file::Document, shown};
use crate::exit;

pub(super) use sixshift_controller::trial::replay::Comparison;

/// The account of a region that has none.
const ACCOUNT: &str = "123456789012";

/// Prints what differs. Exit code 3: something does.
pub(crate) fn run(path: &Path) -> anyhow::Result<u8> {
    let compared = compared(&Document::read(path)?)?;
    shown::print(&compared, usize::MAX);
    Ok(if compared.differences.is_empty() {
        exit::DONE
    } else {
        exit::UNREADY
    })
}

/// Plays a recording on a thread of its own, whose time is virtual.
pub(super) fn compared(document: &Document) -> anyhow::Result<Comparison> {
    std::thread::scope(|scope| {
        let played = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()?;
            Ok(runtime.block_on(played(document)))
        });
        played
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("the simulated region broke down")))
    })
}

async fn played(document: &Document) -> Comparison {
    let mut world = World::new(&document.region, ACCOUNT, document.begun);
    let mut sick = Behaviour::default();
    sick.v6.error_share = 1.0;
    let told = Told {
        image: repository_and_tag(IMAGE),
        text: SICK.to_owned(),
    };
    world.tell(told, sick);
    let region = Region::new(world, 1);
    let before = async |call: &Taped| {
        let now = region.clock().now;
        if let Ok(ahead) = std::time::Duration::try_from(call.at.duration_since(now)) {
            tokio::time::sleep(ahead).await;
        }
        region.with_world(|world| customers(world, document.pace));
    };
    let ask = async |posted: Posted| {
        let mut request = Request::post(&posted.path);
        for (name, value) in posted.headers {
            request = request.header(name, value);
        }
        let Ok(request) = request.body(posted.body.into()) else {
            return (0, None, Vec::new());
        };
        let answer = region.request(request).await;
        let kind = answer.headers().get("x-amzn-errortype");
        let kind = kind.and_then(|kind| kind.to_str().ok()).map(str::to_owned);
        (answer.status().as_u16(), kind, answer.body().to_vec())
    };
    play(&document.recording, &document.region, &[], before, ask).await
}

/// Lets every load balancer that has a rule be asked as a trial's is.
fn customers(world: &mut World, rate: f64) {
    let known = world.traffic();
    let asked: Vec<Source> = world
        .elb
        .listeners
        .values()
        .filter(|listener| !known.contains_key(&listener.load_balancer))
        .map(|listener| Source {
            service: listener.load_balancer.clone(),
            load_balancer: listener.load_balancer.clone(),
            port: listener.port,
            host: "trial".to_owned(),
            path: "/".to_owned(),
            rate,
        })
        .collect();
    asked
        .into_iter()
        .for_each(|source| world.add_traffic(source));
}
