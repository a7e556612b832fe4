//! A trial over another project's AWS: moto's server, as far as it goes. It runs no tasks, so nothing migrates there.
//!
//! What moto lacks of what a trial asks is asserted too, each under the name of [`Lack`]: on the day on which moto has it, this test
//! says so, and can go further.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
    time::Duration,
};

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use sixshift_aws::{
    Hands, Setup,
    trial::{Leftover, LeftoverKind as Kind, Outcome, Part, Plot, Release, Role, Run, Site},
};
use sixshift_tests::{Server, binary, in_region, venv};

/// Pauses are short: moto does at once what it does.
const RATE: f64 = 1_000.0;

/// What moto does not have.
#[derive(Debug)]
enum Lack {
    /// A service's tasks: none is started, so no target is healthy and no customer is answered.
    Tasks,
    /// A load balancer that is asked for again, all alike, is the one that is there (AWS API: CreateLoadBalancer is idempotent); in
    /// moto's another one takes its place.
    BalancerTwice,
    /// A target group that is asked for again, all alike, is the one that is there (AWS API: CreateTargetGroup is idempotent).
    TargetGroupTwice,
    /// `ListTagsForResource` of a scalable target: what has one cannot be found again.
    TagsOfScaling,
    /// The end of a route table's association with its subnet: in AWS it goes with the subnet, in moto's it stays and holds
    /// table and VPC.
    EndOfAssociation,
}

/// A lack is as it was.
fn lacks(what: Lack, is_so: bool) {
    assert!(
        is_so,
        "moto has it now: {what:?}. Let this test go on there"
    );
    println!("::notice title=moto lacks::{what:?}");
}

fn moto() -> Server {
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let mut command = Command::new(bin.join("moto_server"));
    let server = Server::on_free_port(&mut command, |command, port| {
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    });
    server.unwrap_or_else(|e| panic!("{e}"))
}

async fn plot(url: &str) -> Plot {
    let key = Credentials::new("AKIDEXAMPLE", "not-a-secret", None, None, "test");
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(url)
        .credentials_provider(key)
        .load()
        .await;
    Plot::new(&Hands::new(Setup { sdk, rate: RATE }), "eu-central-1").await
}

fn run() -> Run {
    Run {
        id: "ghjkmn".to_owned(),
        expires: "2027-01-15T08:00:00Z".parse().unwrap(),
        driven: "2027-01-15T05:10:00Z".parse().unwrap(),
        by: "jane@laptop".to_owned(),
        image: sixshift_aws::trial::IMAGE.to_owned(),
    }
}

async fn made(plot: &Plot, run: &Run, part: Part, site: &mut Site) {
    let mut made = plot.make(run, part, site).await;
    // A server that has just begun may take its time.
    if made.is_err() {
        made = plot.make(run, part, site).await;
    }
    made.unwrap_or_else(|e| panic!("{}: {e}", part.name()));
}

#[tokio::test]
async fn what_is_made_in_motos_aws_is_found_again_twice_made_is_once_made_and_all_of_it_goes() {
    let server = moto();
    let plot = plot(&server.url).await;
    let run = run();
    let mut site = Site::default();
    let parts = || Part::ALL.into_iter().filter(|part| *part != Part::Scaling);
    for part in parts() {
        made(&plot, &run, part, &mut site).await;
    }
    let first = plot.leftovers().await.unwrap();
    assert!(
        first
            .iter()
            .all(|one| one.run == run.id && one.expires == Some(run.expires))
    );
    let kinds: BTreeSet<_> = first.iter().map(|one| one.kind).collect();
    assert_eq!(kinds.len(), 11, "{first:#?}");

    // As after an answer that was lost: every part again but what is lacking there.
    let mut again = site.clone();
    for part in parts().filter(|part| ![Part::Balancer, Part::Routes].contains(part)) {
        if part == Part::Network {
            again = Site {
                dual_stack: Vec::new(),
                ipv6_only: Vec::new(),
                vpc: String::new(),
                ..again
            };
        }
        made(&plot, &run, part, &mut again).await;
    }
    assert_eq!(again, site);
    assert_eq!(plot.leftovers().await.unwrap(), first);

    lacks(Lack::Tasks, !plot.answers(&site).await.unwrap());

    let refused = plot.make(&run, Part::Routes, &mut again).await;
    let is_so = refused.is_err_and(|e| e.to_string().contains("DuplicateTargetGroupName"));
    lacks(Lack::TargetGroupTwice, is_so);
    made(&plot, &run, Part::Balancer, &mut again).await;
    lacks(Lack::BalancerTwice, again.balancer != site.balancer);

    let left = cleared(&plot).await;
    let kinds: Vec<Kind> = left.iter().map(|(one, _)| one.kind).collect();
    lacks(Lack::EndOfAssociation, kinds == [Kind::Table, Kind::Vpc]);
}

#[tokio::test]
async fn in_motos_aws_a_release_is_rolled_out_and_weights_are_edited_and_set_back() {
    let server = moto();
    let plot = plot(&server.url).await;
    let run = run();
    let mut site = Site::default();
    for part in Part::ALL {
        made(&plot, &run, part, &mut site).await;
    }
    for role in Role::ALL {
        for release in [Release::Bad, Release::Good] {
            plot.release(&run, role, release).await.unwrap();
        }
        let before = plot.weights(&site, role).await.unwrap();
        assert_eq!(before, [(site.place(role).target_group.clone(), 1)]);
        let edited = [
            (site.through.target_group.clone(), 3),
            (site.back.target_group.clone(), 1),
        ];
        plot.weigh(&site, role, &edited).await.unwrap();
        assert_eq!(plot.weights(&site, role).await.unwrap(), edited);
        plot.weigh(&site, role, &before).await.unwrap();
        assert_eq!(plot.weights(&site, role).await.unwrap(), before);
    }
    let found = plot.leftovers().await;
    lacks(
        Lack::TagsOfScaling,
        found.is_err_and(|e| e.to_string().contains("ListTagsForResource")),
    );
}

/// The binary, until it waits for tasks; and what moto answered, held against the simulated region: of members each of the two
/// has some that the other one lacks, but no call is refused by one of them alone.
#[test]
fn what_moto_takes_the_region_takes_and_nothing_else() {
    let server = moto();
    let folder = tempfile::tempdir().unwrap();
    let said = folder.path().join("said.txt");
    let file = std::fs::File::create(&said).unwrap();
    let mut trial = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
    let mut trial = in_region(&mut trial, &server.url)
        .args(["trial", "--region", "eu-central-1", "--yes", "--keep"])
        .args(["--connect-to", server.url.trim_start_matches("http://")])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn()
        .unwrap();
    let text = || std::fs::read_to_string(&said).unwrap();
    for _ in 0..600 {
        if text().contains("the services answer") || trial.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let id = trial.id().to_string();
    let asked = Command::new("kill").args(["-INT", &id]).status();
    assert!(asked.unwrap().success(), "{}", text());
    assert_eq!(trial.wait().unwrap().code(), Some(130), "{}", text());
    assert!(!text().contains("FAILED"), "{}", text());

    let compared = Command::new(binary().unwrap_or_else(|e| panic!("{e}")))
        .args(["sim", "--compare", "trial.json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let compared = String::from_utf8_lossy(&compared.stdout).into_owned();
    let told: Vec<&str> = compared.lines().filter(|l| l.contains("  call ")).collect();
    assert!(!told.is_empty(), "{compared}");
    let of_members = |line: &&&str| {
        line.ends_with("is here and not in the recording")
            || line.ends_with("is in the recording and not here")
            || line.contains(" in the recording and a ")
    };
    let others: Vec<_> = told.iter().filter(|l| !of_members(l)).collect();
    assert!(others.is_empty(), "{compared}");
    assert!(!compared.contains("could not be asked"), "{compared}");
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
