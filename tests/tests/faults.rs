//! A newcomer at an account with twenty-three services that differ and sixteen faults: `init` writes a plan for each service that can move and says why
//! for the others, `preflight` names each fault with a remedy that makes it go away, and accuses nothing that is well.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;
use sixshift_tests::{Server, binary, in_region, python_tests, said, venv};

/// One that `planted.py` plants, and whose remedy it applies by this name.
struct Fault {
    name: &'static str,
    service: &'static str,
    /// What says so, by name, in the state in which it does.
    says: &'static [(&'static str, &'static str)],
    /// Words of the first one's remedy.
    remedy: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "no-way-out",
        service: "billing",
        says: &[("default-route", "blocks")],
        remedy: "aws ec2 create-route --destination-ipv6-cidr-block ::/0 --egress-only-internet-gateway-id",
    },
    Fault {
        name: "dns64-alone",
        service: "billing",
        says: &[("dns64-without-nat64", "blocks")],
        remedy: "--destination-ipv6-cidr-block 64:ff9b::/96 --nat-gateway-id",
    },
    Fault {
        name: "acl-of-ipv4",
        service: "media",
        says: &[
            ("acl-out", "blocks"),
            ("acl-balancer", "blocks"),
            ("acl-icmp", "warns"),
        ],
        remedy: "allow port 443 to ::/0 out, and ports 1024 to 65535 from ::/0 in",
    },
    Fault {
        name: "endpoint-of-ipv4",
        service: "media",
        says: &[("endpoint-answers-ipv4", "blocks")],
        remedy: "aws ec2 modify-vpc-endpoint --ip-address-type dualstack",
    },
    Fault {
        name: "group-of-ipv4",
        service: "profile",
        says: &[("group-balancer", "blocks")],
        remedy: "allow the container's port from the load balancer's security group",
    },
    Fault {
        name: "policy-of-ipv4",
        service: "profile",
        says: &[("policy-addresses", "warns")],
        remedy: "add the IPv6 blocks that the tasks call from",
    },
    Fault {
        name: "image-of-ipv4",
        service: "reviews",
        says: &[("image-ipv4", "warns")],
        remedy: "copy the image to ECR",
    },
    Fault {
        name: "balancer-of-ipv4",
        service: "gateway",
        says: &[("load-balancer-ipv4", "blocks")],
        remedy: "set its IP address type to dualstack",
    },
    Fault {
        name: "binds-ipv4",
        service: "gateway",
        says: &[("binds-ipv4", "warns")],
        remedy: "let it listen on ::",
    },
    Fault {
        name: "database-of-ipv4",
        service: "orders",
        says: &[("database", "blocks")],
        remedy: "make it dual-stack (a database by its network type",
    },
    Fault {
        name: "address",
        service: "orders",
        says: &[("ipv4-address", "blocks")],
        remedy: "name it by a name",
    },
    Fault {
        name: "broker-by-address",
        service: "exports",
        says: &[("ipv4-address", "blocks")],
        remedy: "name it by a name",
    },
    Fault {
        name: "files-of-ipv4",
        service: "ledger",
        says: &[("efs-mount-targets", "blocks")],
        remedy: "make the mount targets anew with IpAddressType DUAL_STACK",
    },
    Fault {
        name: "bucket-of-ipv4",
        service: "invoices",
        says: &[("bucket-addresses", "blocks")],
        remedy: "to aws:SourceIp in the policy of bucket invoices-assets",
    },
    Fault {
        name: "outside-its-bounds",
        service: "invoices",
        says: &[("outside-bounds", "blocks")],
        remedy: "set its desired count within the bounds",
    },
    Fault {
        name: "grpc-alone",
        service: "chat",
        says: &[("grpc-unwatched", "blocks")],
        remedy: "name an alarm on the application's own errors in spec.health.alarms",
    },
];

/// Who cannot move, and what says so.
const UNMOVABLE: &[(&str, &[&str])] = &[
    ("agent", &["daemon", "network-mode", "no-load-balancer"]),
    ("blue", &["controller"]),
    ("labels", &["windows"]),
    ("pos", &["external", "network-mode", "no-load-balancer"]),
    ("sockets", &["load-balancer-ipv4", "load-balancer-kind"]),
];

/// What warns of services that are well, and is so.
const TRUE_OF_THEM: &[(&str, &str, &str)] = &[
    ("loyalty", "step-scaling", "warns"),
    ("mailer", "in-place-unwatched", "warns"),
    ("exports", "in-place-unwatched", "warns"),
    ("worker", "cloud-map-unwatched", "warns"),
];

/// Who has no load balancer, and is moved in place.
const IN_PLACE: &[&str] = &["exports", "mailer"];

/// A service, a check's name, and the state that it is in.
type Told = BTreeSet<(String, String, String)>;

struct Account {
    region: Server,
    folder: PathBuf,
}

impl Account {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("sixshift-faults-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a temporary folder");
        let mut sim = Command::new(binary().expect("the binary is built"));
        sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", "30"]);
        let region = Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"));
        let account = Self { region, folder };
        account.planted("build");
        account
    }

    fn planted(&self, what: &str) {
        let bin = venv().unwrap_or_else(|e| panic!("{e}"));
        let mut python = Command::new(bin.join("python"));
        let output = in_region(&mut python, &self.region.url)
            .arg(python_tests().join("planted.py"))
            .args([&self.region.url, what])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("the environment has a Python");
        assert!(output.status.success(), "{what}: {}", said(&output));
    }

    fn sixshift(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary().expect("the binary is built"));
        in_region(&mut command, &self.region.url)
            .current_dir(&self.folder)
            .args(arguments)
            .output()
            .expect("it runs")
    }

    fn json(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let more = ["--sim-clock", &self.region.url, "-o", "json"];
        let output = self.sixshift(&[arguments, &more].concat());
        let report = serde_json::from_slice(&output.stdout);
        let report = report.unwrap_or_else(|e| panic!("{e}: {}", said(&output)));
        (output.status.code(), report)
    }

    fn init(&self) -> Value {
        self.json(&["init", "--cluster", "prod", "--all"]).1
    }

    /// Of live services or of plans; no name is looked up, for the outside is not simulated.
    fn preflight(&self, whom: &[&str]) -> (Option<i32>, Value) {
        self.json(&[&["preflight", "--no-dns"], whom].concat())
    }

    /// What a preflight of the live services tells beyond what is for information.
    fn told(&self, of: &[&str]) -> Told {
        told(&self.preflight(&[&["--cluster", "prod"], of].concat()).1)
    }

    /// Names an alarm in a plan.
    fn name_alarm(&self, plan: &str, alarm: &str) {
        let file = self.folder.join("plans").join(format!("{plan}.yaml"));
        let text = fs::read_to_string(&file).expect("a plan");
        let edited = text.replacen(
            "  health:\n",
            &format!("  health:\n    alarms: [{alarm}]\n"),
            1,
        );
        assert_ne!(text, edited);
        fs::write(&file, edited).expect("a plan can be written");
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// `checkout`, of `prod/checkout in eu-central-1`.
fn service_of(plan: &Value) -> &str {
    let whole = text(&plan["service"]);
    let name = whole.split(['/', ' ']).nth(1);
    name.expect("a service's name")
}

fn told(report: &Value) -> Told {
    let mut all = Told::new();
    for plan in each(&report["plans"]) {
        assert_eq!(plan["unreadable"], Value::Null, "{plan:#}");
        for row in each(&plan["checks"]) {
            let state = text(&row["state"]);
            if !["holds", "notHere", "informs"].contains(&state) {
                let name = text(&row["name"]).to_owned();
                all.insert((service_of(plan).to_owned(), name, state.to_owned()));
            }
        }
    }
    all
}

fn of_fault(fault: &Fault) -> impl Iterator<Item = (String, String, String)> {
    let says = fault.says.iter();
    says.map(|(name, state)| (fault.service.into(), (*name).into(), (*state).into()))
}

/// What is so whatever is mended.
fn lasting() -> Told {
    let unmovable = UNMOVABLE.iter().flat_map(|(service, names)| {
        let all = names.iter();
        all.map(|name| ((*service).into(), (*name).into(), "blocks".into()))
    });
    let true_of_them = TRUE_OF_THEM.iter();
    let warns = true_of_them.map(|(service, name, state)| {
        let [service, name, state] = [service, name, state].map(|text| (*text).to_owned());
        (service, name, state)
    });
    unmovable.chain(warns).collect()
}

/// The remedy of each that a check found of a service.
fn remedies<'a>(report: &'a Value, service: &str, check: &str) -> Vec<&'a str> {
    let plan = each(&report["plans"]).find(|p| service_of(p) == service);
    let mut rows = each(&plan.expect("the service's report")["checks"]);
    let row = rows.find(|row| row["name"] == check).expect("the check");
    each(&row["found"]).map(|f| text(&f["remedy"])).collect()
}

/// Who of the services came to something in a report of `init`.
fn who<'a>(report: &'a Value, outcome: &str) -> BTreeSet<&'a str> {
    let services = each(&report["services"]).filter(|s| s["outcome"] == outcome);
    services.map(|s| text(&s["service"])).collect()
}

#[test]
fn each_fault_of_an_account_is_named_with_a_remedy_that_makes_it_go_away() {
    let account = Account::new();
    let lint = || {
        let output = account.sixshift(&["lint", "plans"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    };
    let services = account.init();
    let unmovable: BTreeSet<&str> = UNMOVABLE.iter().map(|(service, _)| *service).collect();
    assert_eq!(each(&services["services"]).count(), 23);
    for service in IN_PLACE {
        let file = account.folder.join("plans").join(format!("{service}.yaml"));
        let plan = fs::read_to_string(&file).expect("a plan");
        assert!(plan.contains("via: inPlace"), "{plan}");
    }
    let plan = fs::read_to_string(account.folder.join("plans/worker.yaml")).expect("a plan");
    assert!(plan.contains("registry: { name: worker-ipv6 }"), "{plan}");
    // A plan could not waive what these two have.
    let refused: BTreeSet<&str> = unmovable
        .iter()
        .copied()
        .chain(["gateway", "invoices"])
        .collect();
    assert_eq!(who(&services, "refused"), refused, "{services:#}");
    for service in each(&services["services"]).filter(|s| s["outcome"] == "refused") {
        for reason in each(&service["reasons"]) {
            assert!(!text(&reason["message"]).is_empty() && !text(&reason["remedy"]).is_empty());
        }
    }
    lint();

    let (code, report) = account.preflight(&["--cluster", "prod"]);
    assert_eq!(code, Some(3));
    let mut expected = lasting();
    expected.extend(FAULTS.iter().flat_map(of_fault));
    assert_eq!(told(&report), expected);
    for fault in FAULTS {
        for (check, _) in &fault.says[..1] {
            let found = remedies(&report, fault.service, check);
            let told = !found.is_empty() && found.iter().all(|r| r.contains(fault.remedy));
            assert!(told, "{}: {found:?}", fault.name);
        }
    }

    for fault in FAULTS {
        account.planted(fault.name);
        of_fault(fault).for_each(|gone| _ = expected.remove(&gone));
        let left = expected
            .iter()
            .filter(|(service, ..)| service == fault.service);
        let left: Told = left.cloned().collect();
        if fault.name == "grpc-alone" {
            account.name_alarm(fault.service, "chat-failed-calls");
            let (code, report) = account.preflight(&["plans/chat.yaml"]);
            assert_eq!((code, told(&report)), (Some(0), left));
        } else {
            assert_eq!(
                account.told(&["--service", fault.service]),
                left,
                "{}",
                fault.name
            );
        }
    }

    let services = account.init();
    assert_eq!(who(&services, "refused"), unmovable, "{services:#}");
    assert_eq!(
        who(&services, "written"),
        BTreeSet::from(["gateway", "invoices"])
    );
    lint();
    let (code, report) = account.preflight(&["plans"]);
    let warned = TRUE_OF_THEM.iter();
    let warned: BTreeSet<&str> = warned.map(|(service, ..)| *service).collect();
    let told = told(&report);
    assert_eq!(
        told.iter()
            .map(|(s, ..)| s.as_str())
            .collect::<BTreeSet<_>>(),
        warned
    );
    assert_eq!((code, each(&report["plans"]).count()), (Some(0), 18));
}
