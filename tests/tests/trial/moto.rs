//! The making and the deleting over another project's AWS: moto's server. It runs no tasks, so nothing migrates there.

use std::{collections::BTreeSet, process::Command, time::Duration};

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use sixshift_aws::{
    Hands, Setup,
    trial::{Leftover, LeftoverKind as Kind, Outcome, Part, Plot, Run, Site},
};
use sixshift_tests::{Server, venv};

/// Pauses are short: moto does at once what it does.
const RATE: f64 = 1_000.0;

async fn plot(url: &str) -> Plot {
    let key = Credentials::new("AKIDEXAMPLE", "not-a-secret", None, None, "test");
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(url)
        .credentials_provider(key)
        .load()
        .await;
    Plot::new(&Hands::new(Setup { sdk, rate: RATE }), "eu-central-1").await
}

#[tokio::test]
async fn what_is_made_in_motos_aws_is_found_again_twice_made_is_once_made_and_all_of_it_goes() {
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let server = Server::on_free_port(
        &mut Command::new(bin.join("moto_server")),
        |command, port| {
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        },
    )
    .unwrap_or_else(|e| panic!("{e}"));
    let plot = plot(&server.url).await;
    let run = Run {
        id: "ghjkmn".to_owned(),
        expires: "2027-01-15T08:00:00Z".parse().unwrap(),
        image: sixshift_aws::trial::IMAGE.to_owned(),
    };
    let mut site = Site::default();
    // moto does not tell the tags of scalable targets.
    let parts = Part::ALL.into_iter().filter(|part| *part != Part::Scaling);
    for part in parts {
        let mut made = plot.make(&run, part, &mut site).await;
        // A server that has just begun may take its time.
        if made.is_err() {
            made = plot.make(&run, part, &mut site).await;
        }
        made.unwrap_or_else(|e| panic!("{}: {e}", part.name()));
    }
    let first = plot.leftovers().await.unwrap();
    assert!(
        first
            .iter()
            .all(|one| one.run == run.id && one.expires == Some(run.expires))
    );
    let kinds: BTreeSet<_> = first.iter().map(|one| one.kind).collect();
    assert_eq!(kinds.len(), 11, "{first:#?}");

    // A second try of the parts that AWS itself does not make twice.
    let mut again = Site::default();
    for part in [Part::Network, Part::Groups] {
        plot.make(&run, part, &mut again).await.unwrap();
    }
    assert_eq!(again.dual_stack, site.dual_stack);
    assert_eq!(again.task_group, site.task_group);
    assert_eq!(plot.leftovers().await.unwrap(), first);

    let left = cleared(&plot).await;
    // In AWS a subnet's association with its route table goes with the subnet; in moto's it stays, and holds these.
    let kinds: Vec<Kind> = left.iter().map(|(one, _)| one.kind).collect();
    assert_eq!(kinds, [Kind::Table, Kind::Vpc], "{left:#?}");
}

async fn cleared(plot: &Plot) -> Vec<(Leftover, String)> {
    let mut left = Vec::new();
    for _ in 0..12 {
        let all = plot.leftovers().await.unwrap();
        left.clear();
        for one in &all {
            let why = match plot.delete(one, &all).await {
                None | Some(Outcome::Taken) => String::new(),
                Some(Outcome::Later(error) | Outcome::Refused(error)) => error.to_string(),
            };
            left.push((one.clone(), why));
        }
        if all.is_empty() {
            break;
        }
        plot.pause(Duration::from_secs(10)).await;
    }
    left
}
