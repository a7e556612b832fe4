//! The daemon in a network that has IPv6 alone, on its loopback too: plans in S3, journal and lease in DynamoDB, and a migration that
//! runs through.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sixshift_tests::{
    Boto, Host, OwnNetwork, Server, binary, control, in_region, own_network, python_tests, venv,
    without_people,
};

const THERE: &str = "SIXSHIFT_IPV6_ONLY_NETWORK";
/// AWS's side of the cable, and the daemon's.
const AWS: &str = "fd00:6::1";
const DAEMON: &str = "fd00:6::2";
const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\n\
    source: { s3: { bucket: plans, prefix: prod, poll: 1s } }\n\
    journal: { dynamodb: { table: sixshift } }\n\
    listen: [\"[::]:8686\"]\n";
const PATIENCE: Duration = Duration::from_secs(240);

#[test]
fn a_migration_runs_through_where_the_daemon_has_ipv6_alone() {
    // What is installed the first time needs the machine's own network.
    venv().unwrap_or_else(|e| panic!("{e}"));
    match own_network(THERE) {
        OwnNetwork::Here => migration(),
        OwnNetwork::Passed => {}
        OwnNetwork::NotGiven => {
            left_out("this system gives no network of one's own (unshare --net)")
        }
    }
}

fn left_out(why: &str) {
    println!(
        "::warning title=IPv6-only network left out::{why}: nothing says that the daemon needs no IPv4"
    );
}

fn migration() {
    let host = match Host::without_ipv4(AWS, DAEMON) {
        Ok(host) => host,
        Err(error) => return left_out(&format!("{error} (iproute2 makes the network)")),
    };
    let stage = Stage::new();
    stage.publishes();
    let mut daemon = stage.daemon(&host);
    let since = Instant::now();
    loop {
        let phases = stage.phases();
        if phases == ["Done"] {
            break;
        }
        // The bake and the cold time are days, in which nothing is to be seen here.
        if phases.iter().all(|p| p == "Bake" || p == "Cold") && !phases.is_empty() {
            control(&stage.region.url, "POST", "advance", "{\"seconds\": 3600}").unwrap();
        }
        assert!(daemon.0.try_wait().unwrap().is_none(), "{}", stage.log());
        assert!(since.elapsed() < PATIENCE, "{phases:?}\n{}", stage.log());
        sleep(Duration::from_millis(500));
    }
    let deleted = control(&stage.region.url, "GET", "counters", "").unwrap();
    assert!(
        deleted.contains(":DeleteService") && deleted.contains(":DeleteTargetGroup"),
        "{deleted}"
    );
    // The container's own health check, as the templates ask it, and not a single socket of IPv4.
    let health = host
        .command(&stage.binary)
        .args(["health", "--server", "http://[::1]:8686"])
        .status()
        .unwrap();
    assert!(health.success());
    for table in ["tcp", "udp"] {
        let sockets = host
            .command("cat")
            .arg(format!("/proc/net/{table}"))
            .output()
            .unwrap();
        let sockets = String::from_utf8(sockets.stdout).unwrap();
        assert_eq!(sockets.lines().count(), 1, "{sockets}");
    }
    let sockets = host.command("cat").arg("/proc/net/tcp6").output().unwrap();
    assert!(
        String::from_utf8(sockets.stdout).unwrap().lines().count() > 1,
        "the daemon is not in that network"
    );
}

/// AWS on its side: the simulated region, and another project's S3 and DynamoDB.
struct Stage {
    binary: PathBuf,
    folder: PathBuf,
    region: Server,
    stores: Server,
}

impl Stage {
    fn new() -> Self {
        let folder =
            std::env::temp_dir().join(format!("sixshift-ipv6-only-{}", std::process::id()));
        let plans = folder.join("plans");
        fs::create_dir_all(&plans).unwrap();
        let binary = binary().unwrap();
        let mut sim = Command::new(&binary);
        sim.args([
            "sim",
            "--listen",
            "[::]:0",
            "--speed",
            "60",
            "--scenario",
            "healthy",
            "--write-plans",
        ]);
        let region = Server::announced(sim.arg(&plans)).unwrap();
        without_people(&plans).unwrap();
        let bin = venv().unwrap();
        let mut moto = Command::new(bin.join("python"));
        moto.arg(python_tests().join("moto_here.py"));
        let stores = Server::on_free_port(&mut moto, |moto, port| {
            moto.args([&port.to_string(), "::"]);
        })
        .unwrap();
        let boto = Boto::at(&stores.url).unwrap();
        boto.table("sixshift", "expires").unwrap();
        let place = json!({ "LocationConstraint": "eu-central-1" });
        let bucket = json!({ "Bucket": "plans", "CreateBucketConfiguration": place });
        boto.call("s3", "create_bucket", bucket).unwrap();
        Self {
            binary,
            folder,
            region,
            stores,
        }
    }

    /// With AWS as the daemon's network sees it.
    fn in_aws<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let at = |server: &Server| {
            let port = server.url.rsplit(':').next().unwrap();
            format!("http://[{AWS}]:{port}")
        };
        let stores = at(&self.stores);
        in_region(command, &at(&self.region))
            .env("AWS_ENDPOINT_URL_DYNAMODB", &stores)
            .env("AWS_ENDPOINT_URL_S3", &stores)
            .env("NO_COLOR", "1")
    }

    fn publishes(&self) {
        let mut publish = Command::new(&self.binary);
        publish
            .arg("publish")
            .arg(self.folder.join("plans"))
            .arg("s3://plans/prod");
        let output = self.in_aws(&mut publish).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    fn daemon(&self, host: &Host) -> Daemon {
        let log = File::create(self.folder.join("log")).unwrap();
        let mut run = host.command(&self.binary);
        let port = self.region.url.rsplit(':').next().unwrap();
        run.args(["run", "--config", "env:SETTINGS", "--sim-clock"])
            .arg(format!("http://[{AWS}]:{port}"));
        let run = self.in_aws(&mut run).env("SETTINGS", SETTINGS);
        Daemon(
            run.stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap(),
        )
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Of the plans, as somebody on the other side of the cable is told.
    fn phases(&self) -> Vec<String> {
        let mut list = Command::new(&self.binary);
        list.args(["list", "-o", "json", "--server"])
            .arg(format!("http://[{DAEMON}]:8686"));
        let list = list.output().unwrap().stdout;
        let list: Value = serde_json::from_slice(&list).unwrap_or_default();
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|plan| plan["phase"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// It ends with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
