//! A simulated region in this process, and the binary that tries a migration there.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use sixshift_sim::{
    Region, serve,
    world::{World, ecs::ServiceStatus},
};
use sixshift_tests::{binary, checkout, in_region};
use tempfile::TempDir;

/// The account that must not be told.
pub(crate) const ACCOUNT: &str = "123456789012";
/// How long a whole trial may take here.
const PATIENCE: Duration = Duration::from_secs(280);

pub(crate) struct Here {
    pub(crate) region: Region,
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    // Its threads serve the region for as long as it lives.
    _runtime: tokio::runtime::Runtime,
}

impl Here {
    /// A region whose seconds pass so many times as fast.
    pub(crate) fn at(speed: f64) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (region, url) = runtime.block_on(async {
            let now = "2027-01-15T08:00:00Z".parse().unwrap();
            let region = Region::new(World::new("eu-central-1", ACCOUNT, now), 1);
            region.set_rate(speed);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(serve(region.clone(), listener, std::future::pending()));
            (region, url)
        });
        Self {
            region,
            url,
            folder: tempfile::tempdir().unwrap(),
            _runtime: runtime,
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary().expect("the binary is built"));
        in_region(&mut command, &self.url)
            .args(["trial", "--region", "eu-central-1", "--sim", &self.url])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("USER", "jane")
            .stdin(Stdio::null());
        command
    }

    /// Runs to its end.
    pub(crate) fn trial(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    /// Starts one that nobody is asked about.
    pub(crate) fn start(&self, arguments: &[&str]) -> Under {
        let path = self.file(&format!(
            "said-{}.txt",
            arguments.concat().replace('/', "-")
        ));
        let said = fs::File::create(&path).unwrap();
        let child = self
            .command(arguments)
            .arg("--yes")
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .expect("it starts");
        Under { child, said: path }
    }

    /// How many things of each sort are there.
    pub(crate) fn inventory(&self) -> BTreeMap<&'static str, usize> {
        self.region.with_world(|world| {
            let services = world
                .ecs
                .services
                .values()
                .filter(|s| s.status != ServiceStatus::Inactive);
            BTreeMap::from([
                ("vpcs", world.network.vpcs.len()),
                ("subnets", world.network.subnets.len()),
                ("groups", world.network.groups.len()),
                ("tables", world.network.route_tables.len()),
                ("gateways", world.network.internet_gateways.len()),
                ("balancers", world.elb.load_balancers.len()),
                ("listeners", world.elb.listeners.len()),
                ("rules", world.elb.rules.len()),
                ("target groups", world.elb.target_groups.len()),
                ("services", services.count()),
            ])
        })
    }

    /// The same of what has no place in the world's open parts: as AWS's API tells.
    pub(crate) fn told(
        &self,
        service: sixshift_sim::services::Service,
        op: &str,
        list: &str,
    ) -> usize {
        let empty = sixshift_sim::Value::Map(Vec::new());
        self.region.with_world(|world| {
            let answer = sixshift_sim::services::call(world, service, op, &empty).unwrap();
            answer.get(list).items().len()
        })
    }

    /// What the policies of the product and of the trial allow together, and nothing else.
    pub(crate) fn allow(&self, change: impl Fn(String) -> String) {
        let mut statements = Vec::new();
        for file in ["deploy/iam/policy.json", "deploy/iam/trial.json"] {
            let text = fs::read_to_string(checkout().join(file)).unwrap();
            let policy: Value = serde_json::from_str(&change(text)).unwrap();
            statements.extend(policy["Statement"].as_array().unwrap().clone());
        }
        let whole = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
        let policy = sixshift_sim::caller::Policy::read(whole.to_string().as_bytes()).unwrap();
        self.region.set_policy(Some(policy));
    }
}

/// A trial under way.
pub(crate) struct Under {
    child: Child,
    said: PathBuf,
}

impl Under {
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    /// Waits until it says something.
    pub(crate) fn until(&self, words: &str) {
        let since = Instant::now();
        while !self.said().contains(words) {
            assert!(since.elapsed() < PATIENCE, "{words}: {}", self.said());
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn interrupt(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its exit code, and all that it said.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), self.said());
            }
            if since.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("it does not end: {}", self.said());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}
