//! A daemon whose secrets are rotated while it runs.

use std::{fs, path::Path, process::Command, thread::sleep, time::Duration};

use serde_json::json;

use crate::{
    daemon::{Daemon, tail},
    moto::{Moto, plan},
};

impl Daemon {
    /// Whether a token may read.
    fn knows(&self, token: &str) -> bool {
        let bearer = format!("authorization: Bearer {token}\r\n");
        self.ask("GET", "/api/v1/plans", &bearer, "").0 == 200
    }

    /// Whether a push notice is believed.
    fn believes(&self, secret: &str) -> bool {
        let token = format!("x-gitlab-token: {secret}\r\n");
        self.ask("POST", "/hooks/git", &token, "{}").0 == 202
    }
}

pub(crate) fn keep(moto: &Moto, name: &str, text: &str) {
    let with = json!({ "Name": name, "SecretString": text });
    moto.call("secretsmanager", "create_secret", with);
}

pub(crate) fn rotate(moto: &Moto, name: &str, text: &str) {
    let with = json!({ "SecretId": name, "SecretString": text });
    moto.call("secretsmanager", "put_secret_value", with);
}

#[test]
fn a_rotated_secret_counts_soon_and_one_that_is_lost_goes_on() {
    let moto = Moto::start();
    keep(
        &moto,
        "prod/tokens",
        r#"{"oncall": "first-token-of-oncall"}"#,
    );
    keep(&moto, "prod/hook", "first-hook");
    let daemon = Daemon::start(
        &moto,
        "{ dir: { path: plans } }",
        "auth: { read: token, tokens: [{ name: oncall, role: operator, secret: 'prod/tokens:oncall::' }] }\n\
         webhook: { secretSecret: prod/hook }\n",
    );
    assert!(daemon.knows("first-token-of-oncall") && daemon.believes("first-hook"));
    rotate(
        &moto,
        "prod/tokens",
        r#"{"oncall": "second-token-of-oncall"}"#,
    );
    rotate(&moto, "prod/hook", "second-hook");
    // The first who comes with the new one is refused, and it is read again for that.
    daemon.until("the new token counts", || {
        sleep(Duration::from_secs(2));
        daemon.knows("second-token-of-oncall")
    });
    daemon.until("the new hook counts", || daemon.believes("second-hook"));
    assert!(!daemon.knows("first-token-of-oncall") && !daemon.believes("first-hook"));
    assert!(
        daemon
            .log()
            .contains("the secret prod/tokens:oncall:: is another now")
    );
    // A value that cannot be a token, and a secret that is gone: what was read last goes on, and that is told.
    rotate(&moto, "prod/tokens", r#"{"oncall": "tiny"}"#);
    let gone = json!({ "SecretId": "prod/hook", "ForceDeleteWithoutRecovery": true });
    moto.call("secretsmanager", "delete_secret", gone);
    let told = |what: &str| {
        let (token, hook) = (
            daemon.knows("who-is-this-stranger"),
            daemon.believes("a-wrong-hook"),
        );
        assert!(!token && !hook);
        sleep(Duration::from_secs(7));
        daemon.log().contains(what)
    };
    daemon.until("the lost secret is told", || {
        told("cannot read the secret prod/hook")
    });
    daemon.until("the unfit one is told", || {
        told("the secret prod/tokens:oncall:: holds fewer than 16")
    });
    assert!(daemon.knows("second-token-of-oncall") && daemon.believes("second-hook"));
    // At the log's finest, and on every page.
    let shown = [
        daemon.log(),
        daemon
            .ask(
                "GET",
                "/api/v1/fleet",
                "authorization: Bearer second-token-of-oncall\r\n",
                "",
            )
            .1,
        daemon
            .ask(
                "GET",
                "/metrics",
                "authorization: Bearer second-token-of-oncall\r\n",
                "",
            )
            .1,
    ];
    for secret in [
        "first-token",
        "second-token",
        "first-hook",
        "second-hook",
        "tiny\"",
    ] {
        for text in &shown {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret}");
        }
    }
}

#[test]
fn the_daemon_runs_plans_from_a_bucket_and_keeps_them_when_it_is_gone() {
    let moto = Moto::start();
    moto.put("prod/a.yaml", &plan("a", 10));
    let daemon = Daemon::start(
        &moto,
        "{ s3: { bucket: plans, prefix: prod, poll: 1s } }",
        "",
    );
    let source = || daemon.ask("GET", "/api/v1/fleet", "", "").1;
    daemon.until("the plan is read", || {
        daemon.ask("GET", "/api/v1/plans/a", "", "").0 == 200
    });
    assert!(source().contains("s3://plans/prod/"), "{}", source());
    moto.delete("prod/a.yaml");
    daemon.until("the deletion is told", || {
        daemon
            .ask("GET", "/api/v1/plans/a", "", "")
            .1
            .to_lowercase()
            .contains("vanished")
    });
    moto.put("prod/a.yaml", &plan("a", 10));
    daemon.until("it is back", || {
        !daemon
            .ask("GET", "/api/v1/plans/a", "", "")
            .1
            .to_lowercase()
            .contains("vanished")
    });
    moto.delete("prod/a.yaml");
    moto.call("s3", "delete_bucket", json!({ "Bucket": "plans" }));
    daemon.until("the lost bucket is told", || {
        source().contains("there is no bucket of this name")
    });
    // What fails in the same way at the next looks is one event.
    sleep(Duration::from_secs(4));
    let told = daemon.log().matches("the source could not be read").count();
    assert_eq!(told, 1, "{}", tail(&daemon.log()));
    assert_eq!(daemon.ask("GET", "/api/v1/plans/a", "", "").0, 200);
}

#[test]
fn a_hangup_reads_the_settings_again_from_where_they_are() {
    let moto = Moto::start();
    let put = |text: &str| {
        let with =
            json!({ "Name": "/sixshift", "Value": text, "Type": "String", "Overwrite": true });
        moto.call("ssm", "put_parameter", with);
    };
    let daemon = Daemon::start_from(&moto, "{ dir: { path: plans } }", "", |command, text| {
        put(text);
        command.args(["--config", "ssm:/sixshift"]);
    });
    put(&format!(
        "{}log: {{ filter: 'info,sixshift=debug' }}\n",
        head()
    ));
    hang_up(&daemon);
    daemon.until("it was read", || {
        daemon.log().contains("filter is info,sixshift=debug now")
    });
    put(&format!("{}lg: []\n", head()));
    hang_up(&daemon);
    daemon.until("the mistake is told", || {
        daemon.log().contains("ssm:/sixshift:4:1")
    });
    drop(daemon);
    let daemon = Daemon::start_from(&moto, "{ dir: { path: plans } }", "", |command, text| {
        let file =
            Path::new(&std::env::temp_dir()).join(format!("sixshift-stdin-{}", std::process::id()));
        fs::write(&file, text).unwrap();
        command
            .args(["--config", "-"])
            .stdin(fs::File::open(&file).unwrap());
        fs::remove_file(&file).unwrap();
    });
    hang_up(&daemon);
    daemon.until("it says that it cannot", || {
        daemon.log().contains("cannot be read again")
    });
}

#[test]
fn a_token_that_is_taken_out_of_the_settings_is_nobodys_after_a_hangup_and_a_log_in_outlives_the_daemon()
 {
    let moto = Moto::start();
    let file = |text: &str, with: &str| {
        let at = text.find("auth:").unwrap_or(text.len());
        format!("{}{with}", &text[..at])
    };
    let both = "auth: { read: token, tokens: [{ name: a, role: viewer, env: A }, { name: b, role: viewer, env: B }] }\n";
    let one = "auth: { read: token, tokens: [{ name: b, role: viewer, env: B }] }\n";
    let start = |folder: tempfile::TempDir| {
        Daemon::start_in(
            folder,
            &moto,
            "{ dir: { path: plans } }",
            both,
            |command, text| {
                let at = command.get_current_dir().unwrap().join("sixshift.yaml");
                fs::write(at, text).unwrap();
                command.args(["--config", "sixshift.yaml"]);
                command
                    .env("A", "the-token-of-a-visitor")
                    .env("B", "the-token-of-another");
            },
        )
    };
    let daemon = start(tempfile::tempdir().unwrap());
    let log_in = |daemon: &Daemon, token: &str| {
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let answer = daemon
            .ask("POST", "/login", form, &format!("token={token}"))
            .1;
        let cookie = answer.split("set-cookie: ").nth(1).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    };
    let reads = |daemon: &Daemon, cookie: &str| {
        let cookie = format!("cookie: {cookie}\r\n");
        daemon.ask("GET", "/api/v1/fleet", &cookie, "").0 == 200
    };
    let (a, b) = (
        log_in(&daemon, "the-token-of-a-visitor"),
        log_in(&daemon, "the-token-of-another"),
    );
    let daemon = start(daemon.kill());
    assert!(reads(&daemon, &a) && reads(&daemon, &b));
    let at = daemon.folder().join("sixshift.yaml");
    let text = fs::read_to_string(&at).unwrap();
    fs::write(&at, file(&text, one)).unwrap();
    hang_up(&daemon);
    daemon.until("the token is nobody's", || {
        !daemon.knows("the-token-of-a-visitor")
    });
    assert!(!reads(&daemon, &a) && reads(&daemon, &b) && daemon.knows("the-token-of-another"));
    fs::write(
        &at,
        file(
            &text,
            "auth: { read: token, tokens: [{ name: c, role: viewer, env: NOT_SET }] }\n",
        ),
    )
    .unwrap();
    hang_up(&daemon);
    daemon.until("what cannot be used is told", || {
        daemon.log().contains("who may do what goes on as before")
    });
    assert!(reads(&daemon, &b));
}

fn head() -> &'static str {
    "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans } }\n"
}

pub(crate) fn hang_up(daemon: &Daemon) {
    let id = daemon.child.id().to_string();
    let status = Command::new("kill").args(["-HUP", &id]).status().unwrap();
    assert!(status.success());
}
