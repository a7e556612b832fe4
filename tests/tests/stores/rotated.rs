//! A receiver's key or address is rotated while the daemon runs, in Secrets Manager and in a file: the next message goes by the
//! new one, none is lost, and neither side has to be the first to know it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use sixshift_tests::{ask_at_the_first_step, binary, three_services};

use crate::{
    daemon::Daemon,
    moto::{Moto, plan},
    secrets::{hang_up, keep, rotate},
};

/// What a gate's webhook answers, and others may.
const OPEN: &str = r#"{"open": true}"#;

/// What a server of others knows, and what it got.
#[derive(Default)]
struct Known {
    /// By path: what signs whatever is sent there; nothing: whoever knows the path may post.
    keys: BTreeMap<String, Option<String>>,
    /// By path: the ids or texts that were accepted, and how many were not.
    accepted: BTreeMap<String, Vec<String>>,
    refused: BTreeMap<String, usize>,
    signatures: Vec<String>,
}

/// Webhooks that accept nothing that is not signed with the key that they know.
#[derive(Clone)]
struct Hooks {
    address: String,
    known: Arc<Mutex<Known>>,
}

impl Hooks {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hooks = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            known: Arc::default(),
        };
        let serves = hooks.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serves = serves.clone();
                thread::spawn(move || serves.answer(stream));
            }
        });
        hooks
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).is_err() || line.trim_end().is_empty() {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let header = |name: &str| {
            let mut headers = head.iter().filter_map(|line| line.split_once(": "));
            let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_owned())
        };
        let length = header("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        if lines.read_exact(&mut body).is_err() || head.is_empty() {
            return;
        }
        let path = head[0].split(' ').nth(1).unwrap().to_owned();
        let status = self.judge(&path, header("sixshift-signature"), &body);
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{OPEN}",
            OPEN.len()
        );
        let _ = stream.write_all(answer.as_bytes());
    }

    fn judge(&self, path: &str, signature: Option<String>, body: &[u8]) -> u16 {
        let mut known = self.known.lock().unwrap();
        let status = match known.keys.get(path) {
            None => 404,
            Some(None) => 200,
            Some(Some(key)) if signature.as_ref().is_some_and(|s| holds(s, key, body)) => 200,
            Some(Some(_)) => 401,
        };
        known.signatures.extend(signature);
        let shown: Value = serde_json::from_slice(body).unwrap();
        let mut names = ["id", "text", "plan"]
            .iter()
            .filter_map(|name| shown[name].as_str());
        let what = names.next().unwrap();
        if status == 200 {
            let accepted = known.accepted.entry(path.to_owned()).or_default();
            accepted.push(what.to_owned());
        } else {
            *known.refused.entry(path.to_owned()).or_default() += 1;
        }
        status
    }

    fn knows(&self, path: &str, key: Option<&str>) {
        let mut known = self.known.lock().unwrap();
        known.keys.insert(path.to_owned(), key.map(str::to_owned));
    }

    fn forgets(&self, path: &str) {
        self.known.lock().unwrap().keys.remove(path);
    }

    /// Whether a path accepted something of this plan.
    fn heard(&self, path: &str, plan: &str) -> bool {
        let known = self.known.lock().unwrap();
        let mut of = known.accepted.get(path).into_iter().flatten();
        of.any(|what| {
            what.contains(&format!("/{plan}/"))
                || what.contains(&format!("*{plan}*"))
                || what.contains(&format!("{plan} needs"))
        })
    }

    /// Whether a path accepted exactly this.
    fn accepted(&self, path: &str, what: &str) -> bool {
        let known = self.known.lock().unwrap();
        let accepted = known.accepted.get(path);
        accepted.is_some_and(|all| all.iter().any(|one| one == what))
    }

    fn refused(&self) -> usize {
        self.known.lock().unwrap().refused.values().sum()
    }
}

/// As docs/guide/notifications.md has it verified.
fn holds(signature: &str, key: &str, body: &[u8]) -> bool {
    let parts = signature.split(',').filter_map(|part| part.split_once('='));
    let all = |name: &'static str| {
        let of = parts.clone().filter(move |(key, _)| *key == name);
        of.map(|(_, value)| value)
    };
    let seconds = all("t").next().unwrap_or_default();
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    let signed = [seconds.as_bytes(), b".", body].concat();
    let hex: String = mac
        .chain_update(signed)
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    all("v1").any(|v1| v1 == hex)
}

#[test]
fn the_next_message_goes_by_a_rotated_key_or_address_and_none_is_lost() {
    let (moto, hooks) = (Moto::start(), Hooks::start());
    let slack = |name: &str| format!("{}/slack/{name}", hooks.address);
    keep(&moto, "prod/hook", "key-one");
    keep(&moto, "prod/slack", &slack("one"));
    let file = tempfile::tempdir().unwrap();
    let key_file = file.path().join("key");
    fs::write(&key_file, "key-one").unwrap();
    let all_know = |key: &str| {
        hooks.knows("/stored", Some(key));
        hooks.knows("/file", Some(key));
    };
    all_know("key-one");
    hooks.knows("/slack/one", None);
    let settings = format!(
        "notify:\n  \
         - webhook: {{ name: stored, url: '{0}/stored', secretSecret: prod/hook, allowPrivate: true, on: [needsPerson] }}\n  \
         - webhook: {{ name: file, url: '{0}/file', secretFile: {1}, allowPrivate: true, on: [needsPerson] }}\n  \
         - slack: {{ urlSecret: prod/slack, allowPrivate: true, on: [needsPerson] }}\n",
        hooks.address,
        key_file.display(),
    );
    let daemon = Daemon::start(&moto, "{ dir: { path: plans, poll: 1s } }", &settings);
    let plans = daemon.folder().join("plans");
    let a_plan = |name: &str| {
        // A plan whose service is nowhere needs a person.
        fs::write(plans.join(format!("{name}.yaml")), plan(name, 10)).unwrap();
    };
    let all_heard = |slack: &str, plan: &str| {
        let paths = ["/stored", "/file", slack];
        daemon.until(&format!("all hear of {plan}"), || {
            paths.iter().all(|path| hooks.heard(path, plan))
        });
    };
    a_plan("first");
    all_heard("/slack/one", "first");
    assert_eq!(hooks.refused(), 0);
    // Whoever receives knows the new one first, and nothing else.
    rotate(&moto, "prod/hook", "key-two");
    rotate(&moto, "prod/slack", &slack("two"));
    fs::write(&key_file, "key-two").unwrap();
    all_know("key-two");
    hooks.forgets("/slack/one");
    hooks.knows("/slack/two", None);
    a_plan("second");
    all_heard("/slack/two", "second");
    // The daemon knows it first: whoever receives still has the old one.
    rotate(&moto, "prod/hook", "key-three");
    fs::write(&key_file, "key-three").unwrap();
    hang_up(&daemon);
    daemon.until("the new keys are read", || {
        daemon.log().matches("is another now").count() >= 5
    });
    let refused = hooks.refused();
    a_plan("third");
    all_heard("/slack/two", "third");
    all_know("key-three");
    a_plan("fourth");
    all_heard("/slack/two", "fourth");
    assert_eq!(hooks.refused(), refused, "nobody refused anything");
    let known = hooks.known.lock().unwrap();
    for path in ["/stored", "/file"] {
        let ids = &known.accepted[path];
        assert_eq!(ids.len(), 4, "each once: {ids:?}");
    }
    let log = daemon.log();
    for secret in ["key-one", "key-two", "key-three", "slack/one", "slack/two"] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[test]
fn a_gate_is_asked_with_a_rotated_key_and_opens() {
    let (moto, hooks) = (Moto::start(), Hooks::start());
    keep(&moto, "prod/gate", "key-one");
    // Whoever is asked knows the next one first.
    hooks.knows("/gate", Some("key-two"));
    let folder = tempfile::tempdir().unwrap();
    let plans = folder.path().join("plans");
    let region = three_services(&binary().unwrap(), "60", &plans).unwrap();
    ask_at_the_first_step(&plans, &format!("{}/gate", hooks.address), 5).unwrap();
    let settings = "gates: { allowPrivate: [127.0.0.1], secretSecret: prod/gate }\n";
    let source = "{ dir: { path: plans } }";
    let daemon = Daemon::start_in(folder, &moto, source, settings, |command, text| {
        command
            .args(["--config", "env:SETTINGS", "--sim-clock", &region.url])
            .env("SETTINGS", text.replace("filter: trace", "filter: info"))
            .env("AWS_ENDPOINT_URL", &region.url)
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &moto.server.url);
    });
    let until = |what: &str, is_so: &dyn Fn() -> bool| {
        let since = Instant::now();
        while !is_so() {
            assert!(
                since.elapsed() < Duration::from_secs(150),
                "{what}: {}",
                daemon.log()
            );
            thread::sleep(Duration::from_millis(200));
        }
    };
    until("it is asked with the old key", &|| hooks.refused() > 0);
    assert!(!hooks.accepted("/gate", "checkout"));
    rotate(&moto, "prod/gate", "key-two");
    until("it is asked with the new key", &|| {
        hooks.accepted("/gate", "checkout")
    });
    until("the gate opens", &|| {
        let plan = daemon.ask("GET", "/api/v1/plans/checkout", "", "").1;
        !plan.contains("Webhook") && !plan.contains("\"stepIndex\":0")
    });
}
