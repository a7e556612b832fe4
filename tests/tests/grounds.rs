//! One network, built by boto3 in the simulated region and in another project's AWS, moto's: what preflight finds of the one it finds
//! of the other, as it is built and after each change.
//!
//! What moto lacks is asserted too, each under the name of a check: on the day on which moto has it, this test says so.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where"
)]

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use serde_json::{Value, json};
use sixshift_tests::{Boto, Server, binary, in_region, python_tests, said, venv};

/// The checks that cannot say the same of both, and why.
const LACKS: &[(&str, &str)] = &[
    (
        "acl-balancer-out",
        "the ACL that a VPC is born with has no rules for IPv6, where AWS's has",
    ),
    ("dhcp-resolvers", "a VPC is born without DHCP options"),
];

/// A network somewhere.
struct Place {
    server: Server,
    boto: Boto,
    /// What has which id, and which block is whose.
    built: Value,
    plan: PathBuf,
}

/// What a check says: its state, and what it found, in names for ids.
type Said = BTreeMap<String, (String, Vec<String>)>;

impl Place {
    fn new(name: &str, server: Server, with_network: bool) -> Self {
        let bin = venv().unwrap_or_else(|e| panic!("{e}"));
        let kind = if with_network {
            "with-network"
        } else {
            "without"
        };
        let output = Command::new(bin.join("python"))
            .arg(python_tests().join("grounds.py"))
            .args([&server.url, kind])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("the environment has a Python");
        assert!(output.status.success(), "{name}: {}", said(&output));
        let built: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let id = |of: &str| built["ids"][of].as_str().expect("an id").to_owned();
        let plan = format!(
            "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: shop }}\nspec:\n  service: {{ region: eu-central-1, \
             cluster: prod, name: shop }}\n  ipv6:\n    subnets: [{}, {}]\n    securityGroups: [{}]\n  shift:\n    steps:\n      - \
             {{ weight: 25%, hold: 10m }}\n      - {{ weight: 100% }}\n  health: {{ errorRate: {{ max: 1% }} }}\n",
            id("ipv6-0"),
            id("ipv6-1"),
            id("group-tasks")
        );
        let file = format!("sixshift-grounds-{name}-{}.yaml", std::process::id());
        let file = std::env::temp_dir().join(file);
        fs::write(&file, plan).expect("a plan can be written");
        let boto = Boto::at(&server.url).unwrap_or_else(|e| panic!("{e}"));
        Self {
            server,
            boto,
            built,
            plan: file,
        }
    }

    fn id(&self, of: &str) -> &str {
        self.built["ids"][of].as_str().expect("an id")
    }

    fn ec2(&self, call: &str, with: Value) {
        let done = self.boto.call("ec2", call, with);
        done.unwrap_or_else(|e| panic!("{call}: {e}"));
    }

    /// In names for what each place has ids of its own for.
    fn named(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, id) in self.built["ids"].as_object().expect("ids") {
            text = text.replace(id.as_str().expect("an id"), name);
        }
        for (block, whose) in self.built["blocks"].as_object().expect("blocks") {
            text = text.replace(block, whose.as_str().expect("words"));
        }
        text
    }

    fn preflight(&self) -> Said {
        let mut command = Command::new(binary().expect("the binary is built"));
        let output = in_region(&mut command, &self.server.url)
            .args(["preflight", "--no-dns", "--only", "net", "-o", "json"])
            .arg(&self.plan)
            .output()
            .expect("it runs");
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", said(&output)));
        let rows = report["plans"][0]["checks"].as_array().expect("checks");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let row = |row: &Value| {
            let found = row["found"].as_array().into_iter().flatten();
            let mut found: Vec<String> = found.map(|f| self.named(&text(&f["message"]))).collect();
            found.sort();
            (text(&row["name"]), (text(&row["state"]), found))
        };
        rows.iter().map(row).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.plan);
    }
}

/// A change, and what it makes checks say.
struct Change {
    says: &'static [&'static str],
    make: fn(&Place),
}

const TO_ALL: &str = "::/0";
const NAT64: &str = "64:ff9b::/96";

fn route(place: &Place, call: &str, to: &str, target: Value) {
    let mut with =
        json!({ "RouteTableId": place.id("ipv6-routes"), "DestinationIpv6CidrBlock": to });
    let with_it = with.as_object_mut().expect("an object");
    with_it.extend(target.as_object().cloned().unwrap_or_default());
    place.ec2(call, with);
}

fn tasks_from(place: &Place, call: &str, who: Value) {
    let mut permission = json!({ "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080 });
    let members = permission.as_object_mut().expect("an object");
    members.extend(who.as_object().cloned().unwrap_or_default());
    place.ec2(
        call,
        json!({ "GroupId": place.id("group-tasks"), "IpPermissions": [permission] }),
    );
}

fn balancers(place: &Place) -> Value {
    json!({ "UserIdGroupPairs": [{ "GroupId": place.id("group-balancers") }] })
}

/// One upon another, each but the last ones taken back by the next.
const CHANGES: &[Change] = &[
    Change {
        says: &["acl-icmp"],
        make: |_| {},
    },
    Change {
        says: &["default-route"],
        make: |place| route(place, "delete_route", TO_ALL, Value::Null),
    },
    Change {
        says: &["group-balancer"],
        make: |place| {
            let egress = json!({ "EgressOnlyInternetGatewayId": place.id("eigw") });
            route(place, "create_route", TO_ALL, egress);
            tasks_from(place, "revoke_security_group_ingress", balancers(place));
            let ipv4 = json!({ "IpRanges": [{ "CidrIp": "10.20.0.0/16" }] });
            tasks_from(place, "authorize_security_group_ingress", ipv4);
        },
    },
    Change {
        says: &["acl-balancer", "acl-out"],
        make: |place| {
            tasks_from(place, "authorize_security_group_ingress", balancers(place));
            let entry = json!({ "NetworkAclId": place.id("acl"), "RuleNumber": 50, "Egress": false, "RuleAction": "deny",
                "Protocol": "6", "Ipv6CidrBlock": TO_ALL, "PortRange": { "From": 1024, "To": 65535 } });
            place.ec2("create_network_acl_entry", entry);
        },
    },
    Change {
        says: &["balancer-group-in"],
        make: |place| {
            let entry =
                json!({ "NetworkAclId": place.id("acl"), "RuleNumber": 50, "Egress": false });
            place.ec2("delete_network_acl_entry", entry);
            let ipv6 = json!({ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Ipv6Ranges": [{ "CidrIpv6": TO_ALL }] });
            let of = json!({ "GroupId": place.id("group-balancers"), "IpPermissions": [ipv6] });
            place.ec2("revoke_security_group_ingress", of);
        },
    },
    Change {
        says: &[],
        make: |place| route(place, "delete_route", NAT64, Value::Null),
    },
];

/// A lack is as it was.
fn lacks(check: &str, why: &str, is_so: bool) {
    assert!(
        is_so,
        "moto has it now: {check} says the same there. Take it out of LACKS: {why}"
    );
    println!("::notice title=moto lacks::{check}: {why}");
}

#[test]
fn a_network_that_boto3_builds_is_judged_alike_here_and_at_moto() {
    let mut sim = Command::new(binary().expect("the binary is built"));
    sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", "60"]);
    let here = Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"));
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let mut moto = Command::new(bin.join("python"));
    moto.current_dir(python_tests())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let there = Server::on_free_port(&mut moto, |command, port| {
        command.args(["moto_network.py", &port.to_string()]);
    });
    let here = Place::new("here", here, true);
    // moto breaks on a network configuration together with a target group.
    let there = Place::new("moto", there.unwrap_or_else(|e| panic!("{e}")), false);
    let mut differ: BTreeMap<&str, bool> = LACKS.iter().map(|(check, _)| (*check, false)).collect();
    for change in CHANGES {
        (change.make)(&here);
        (change.make)(&there);
        let (mut ours, mut theirs) = (here.preflight(), there.preflight());
        for says in change.says {
            let (state, found) = &ours[*says];
            assert!(
                !found.is_empty() && state != "holds",
                "{says}: {state} {found:?}"
            );
        }
        for (check, was) in &mut differ {
            *was |= ours.remove(*check) != theirs.remove(*check);
        }
        assert_eq!(ours, theirs);
    }
    for (check, why) in LACKS {
        lacks(check, why, differ[check]);
    }
}
