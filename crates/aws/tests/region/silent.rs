//! AWS that takes requests and does not answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_types::region::Region as RegionName;
use sixshift_aws::{Asked, Hands, Setup};
use sixshift_core::observation::Look;
use sixshift_sim::mount::serve;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{self, Instant},
};

use crate::ground::Ground;

/// A line to a region that can fall silent: what was sent then stays on it.
struct Line {
    url: String,
    is_silent: Arc<AtomicBool>,
}

impl Line {
    async fn to(ground: &Ground) -> Self {
        let region = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let far = region.local_addr().unwrap();
        tokio::spawn(serve(
            ground.region.clone(),
            region,
            std::future::pending::<()>(),
        ));
        let near = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", near.local_addr().unwrap());
        let is_silent = Arc::new(AtomicBool::new(false));
        let silent = Arc::clone(&is_silent);
        tokio::spawn(async move {
            while let Ok((client, _)) = near.accept().await {
                let server = TcpStream::connect(far).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(carry(from_client, to_server, Arc::clone(&silent)));
                tokio::spawn(carry(from_server, to_client, Arc::clone(&silent)));
            }
        });
        Self { url, is_silent }
    }

    async fn hands(&self, region: &str) -> Hands {
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(&self.url)
            .region(RegionName::new(region.to_owned()))
            .credentials_provider(Credentials::new(
                "AKIDSIMULATED",
                "simulated",
                None,
                None,
                "test",
            ))
            .load()
            .await;
        Hands::new(Setup { sdk, rate: 1.0 })
    }
}

async fn carry(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    is_silent: Arc<AtomicBool>,
) {
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if is_silent.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        to.write_all(&bytes[..count]).await.unwrap();
    }
}

/// The calls of a look follow one another: each may take its time, all of them together may not.
#[tokio::test]
async fn that_aws_does_not_answer_is_known_within_a_minute() {
    let ground = Ground::new("healthy", None);
    let (plan, line) = (ground.plan(), Line::to(&ground).await);
    let hands = line.hands(&plan.service.region).await;
    let look = async || {
        let asked = Asked::full(ground.now());
        hands.observe(&plan, asked).await
    };
    let before = look().await;
    assert!(before.ipv4.seen().is_some(), "{:?}", before.ipv4);
    line.is_silent.store(true, Ordering::Relaxed);
    // From here on nothing comes any more, and time jumps to whoever waits for it.
    time::pause();
    time::advance(Duration::from_secs(600)).await;
    let begun = Instant::now();
    // A round looks closer before it says what it does not know.
    for closely in [Look::Light, Look::Full] {
        let asked = Asked {
            look: closely,
            ..Asked::full(ground.now())
        };
        let seen = hands.observe(&plan, asked).await;
        let why = seen.ipv4.unknown().unwrap().to_string();
        assert!(why.contains("no answer in time"), "{why}");
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(55), "{took:?}");
    line.is_silent.store(false, Ordering::Relaxed);
    time::advance(Duration::from_secs(30)).await;
    time::resume();
    assert!(look().await.ipv4.seen().is_some());
}
